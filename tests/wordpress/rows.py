"""The rows, section by section, that WordPress's users know, and those that cannot be shown, with the reason."""

import pkgutil
import re
from importlib import import_module
from types import ModuleType

SECTIONS = {"A": 12, "B": 9, "C": 6, "D": 41, "E": 15, "F": 10, "G": 10, "H": 17, "I": 13}
ROWS = tuple(f"{section}{number}" for section, last in SECTIONS.items() for number in range(1, last + 1))

NOT_APPLICABLE = (
    ("D7", "A post has no password."),
    ("D8", "A post has no password."),
    ("D12", "A post is private to nobody: it is a draft, public or withdrawn."),
    ("D21", "Readers have no accounts, so none can be asked for."),
)


def shown(package: str) -> dict[str, list[str]]:
    """Return the modules of a package by the rows that their tests name, in their parameters or at their beginning."""
    found: dict[str, list[str]] = {}
    folder = import_module(package).__path__
    for info in pkgutil.iter_modules(folder):
        if info.name.startswith("test_"):
            for row in sorted(_rows(import_module(f"{package}.{info.name}"))):
                found.setdefault(row, []).append(info.name)
    return found


def _rows(module: ModuleType) -> set[str]:
    tests = {name: test for name, test in vars(module).items() if name.startswith("test_")}
    names = [name.removeprefix("test_").upper() for name in tests]
    for test in tests.values():
        for mark in getattr(test, "pytestmark", []):
            if mark.name == "parametrize":
                names += [param.id for param in mark.args[1] if getattr(param, "id", None)]
    return {match[0] for name in names if (match := re.match(r"[A-Z]\d+(?![^\s_])", name))}
