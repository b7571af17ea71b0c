"""The shape of the engine, held: imports go down, SQL stays in the domain, templates escape, files stay small."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from blog.rules import RULES

ROOT = Path(__file__).parent.parent
BLOG = ROOT / "blog"

# Imports only go DOWN this list of rooms; within one room they go where they like. docs/architecture.md draws it.
LAYERS = (
    "blog.__main__",
    "blog.cli",
    "blog.agents",
    "blog.exporting",
    "blog.upkeep",
    "blog.app",
    "blog.jobs",
    "blog.web.xmlrpc",
    "blog.web.micropub",
    "blog.web.api",
    "blog.web.admin",
    "blog.web",
    "blog.federation",
    "blog.importing",
    "blog.publishing",
    "blog.notifications",
    "blog.operation",
    "blog.representations",
    "blog.moderation",
    "blog.comments",
    "blog.posts",
    "blog.closing",
    "blog.filter",
    "blog.rules",
    "blog.webhooks",
    "blog.epochs",
    "blog.site_settings",
    "blog.people",
    "blog.purges",
    "blog.deliveries",
    "blog.journal",
    "blog.outbox",
    "blog.rendering",
    "blog.storage",
    "blog.settings",
    "blog.mail_server",
    "blog.shared_cache",
    "blog.measures",
    "blog.replica",
    "blog.reserved",
    "blog.colours",
    "blog.text",
    "blog.errors",
    "blog.wording",
    "blog",
)
# Questions of one line that web/ and cli/ ask the database themselves. A new one belongs into the domain instead.
SQL_ALLOWED = {
    "blog.web.posts._post_versions",  # is the cached page still right?
    "blog.web.cache.cached_page.site_versions",
}
SQL = re.compile(r"\b(select\s.*\sfrom|insert\s+into|update\s+\w+\s+set|delete\s+from)\b", re.IGNORECASE | re.DOTALL)
# What a rule may import: nothing that reaches a file, the network, the clock or the database.
PURE = {
    "blog",
    "collections",
    "dataclasses",
    "enum",
    "functools",
    "ipaddress",
    "json",
    "nh3",
    "re",
    "typing",
    "unicodedata",
}
VAGUE = {"base", "common", "core", "helpers", "manager", "misc", "models", "service", "services", "types", "utils"}
LONGEST = 400
GROWS = {"migrations.py"}  # nothing in it is ever changed or removed


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {_name(path): path for path in sorted(BLOG.rglob("*.py"))}


def _source(name: str) -> str:
    return MODULES[name].read_text("utf-8")


def _tree(name: str) -> ast.Module:
    return ast.parse(_source(name))


def _imported(name: str) -> Iterator[str]:
    """Return the modules of ours that a module imports, also inside its functions."""
    for node in ast.walk(_tree(name)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else node.module


def _layer(name: str) -> int:
    return next(at for at, layer in enumerate(LAYERS) if name == layer or name.startswith(f"{layer}."))


def test_every_module_has_its_layer() -> None:
    strange = [name for name in MODULES if LAYERS[_layer(name)] == "blog" and name != "blog"]
    assert strange == []
    assert [layer for layer in LAYERS if layer not in MODULES] == []


@pytest.mark.parametrize("name", MODULES)
def test_imports_only_go_down(name: str) -> None:
    upward = [other for other in _imported(name) if _layer(other) < _layer(name)]
    assert upward == []


def test_no_import_goes_round() -> None:
    """`blog.cli` alone is imported by its own commands, which register themselves in it."""
    below = {name: set(_imported(name)) - {name} for name in MODULES if not name.startswith("blog.cli")}
    while free := {name for name, others in below.items() if not others & below.keys()}:
        for name in free:
            del below[name]
    assert below == {}


def _with_sql(name: str) -> Iterator[str]:
    """Return the functions, classes and assignments of a module that hold SQL."""
    for part in _tree(name).body:
        texts = [node.value for node in ast.walk(part) if isinstance(node, ast.Constant)]
        if any(isinstance(text, str) and SQL.search(text) for text in texts):
            yield f"{name}.{getattr(part, 'name', '')}"


def test_the_web_and_the_commands_hold_no_sql_but_what_is_listed() -> None:
    above = [name for name in MODULES if f"{name}.".startswith(("blog.web.", "blog.cli.", "blog.app."))]
    assert {found for name in above for found in _with_sql(name)} == SQL_ALLOWED


def _parameters(arguments: ast.arguments) -> int:
    stars = [arguments.vararg, arguments.kwarg]
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return sum(each is not None and each.arg not in ("self", "cls") for each in [*named, *stars])


@pytest.mark.parametrize("name", MODULES)
def test_a_function_has_six_parameters_at_most(name: str) -> None:
    """What belongs together travels as a dataclass with a name: an Actor, a Ruling, a NewEvent."""
    functions = [node for node in ast.walk(_tree(name)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    counts = {f"{each.name}, line {each.lineno}": _parameters(each.args) for each in functions}
    assert {function: count for function, count in counts.items() if count > 6} == {}


def test_a_rule_looks_at_no_database_no_file_and_no_clock() -> None:
    seen = {
        alias.name.partition(".")[0]
        for name in MODULES
        if name.startswith("blog.rules") and name != "blog.rules.policy"  # the settings, which are stored
        for node in ast.walk(_tree(name))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in ([ast.alias(node.module or "")] if isinstance(node, ast.ImportFrom) else node.names)
    }
    assert seen <= PURE


def test_every_rule_is_asked() -> None:
    asked = {rule.__name__ for rule in RULES}
    assert asked == {name for name in MODULES if name.startswith("blog.rules.") and "def judge(" in _source(name)}
    assert len(asked) == len(RULES)


def test_nobody_asks_for_the_time_but_the_web_and_the_commands() -> None:
    asking = {
        name
        for name in MODULES
        for node in ast.walk(_tree(name))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("now", "utcnow", "today")
        and ast.unparse(node.func.value) in ("datetime", "date")
    }
    assert all(name.startswith(("blog.web", "blog.cli")) for name in asking)


def test_no_error_is_caught_that_nobody_can_name() -> None:
    vague = [
        f"{name}, line {node.lineno}"
        for name in MODULES
        if name not in ("blog.app", "blog.errors")
        for node in ast.walk(_tree(name))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception"))
    ]
    assert vague == []


def test_modules_are_concepts() -> None:
    assert [name for name in MODULES if name.rsplit(".", 1)[-1] in VAGUE] == []


@pytest.mark.parametrize("path", [*MODULES.values(), *BLOG.rglob("*.html")], ids=lambda path: path.name)
def test_no_file_is_long(path: Path) -> None:
    if path.name not in GROWS:
        assert len(path.read_text("utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("path", sorted(BLOG.rglob("*.html")), ids=lambda path: path.name)
def test_templates_trust_only_what_is_named_html(path: Path) -> None:
    source = path.read_text("utf-8")
    trusted = re.findall(r"([\w.]+)(?:\(.*?\))?\s*\|\s*safe\b", source)
    assert [name for name in trusted if not name.endswith("_html")] == []
    assert len(trusted) == len(re.findall(r"\|\s*safe\b", source))
    assert not re.search(r"{%-?\s*autoescape|\bMarkup\b", source)


@pytest.mark.parametrize("path", sorted((BLOG / "web").rglob("*.html")), ids=lambda path: path.name)
def test_templates_hold_no_style_and_no_script_of_their_own(path: Path) -> None:
    source = path.read_text("utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", source, re.IGNORECASE)
    data = '<script type="application/ld+json">'  # is not run
    assert all("src=" in tag or tag == data for tag in re.findall(r"<script[^>]*>", source))
    assert not re.search(r"(?:src|srcset|action)=\"(?:https?:)?//", source)
