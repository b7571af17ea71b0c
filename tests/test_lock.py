"""The lock files: they fit what pyproject.toml asks for, and an install takes exactly their versions."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
BUILD = PYPROJECT["build-system"]["requires"]
NEEDED = {
    "requirements.lock": PYPROJECT["project"]["dependencies"] + BUILD,
    "requirements-dev.lock": [
        *PYPROJECT["project"]["dependencies"],
        *PYPROJECT["project"]["optional-dependencies"]["dev"],
        *BUILD,
    ],
}
PLATFORMS = {
    "linux x86_64": {"sys_platform": "linux", "platform_machine": "x86_64", "os_name": "posix"},
    "linux aarch64": {"sys_platform": "linux", "platform_machine": "aarch64", "os_name": "posix"},
    "macOS": {"sys_platform": "darwin", "platform_machine": "arm64", "os_name": "posix"},
    "Windows": {"sys_platform": "win32", "platform_machine": "AMD64", "os_name": "nt"},
}
PYTHONS = ("3.11.2", "3.11.9", "3.12.3", "3.13.1")
ENVIRONMENTS = [
    {**PLATFORMS[platform], "python_full_version": python, "python_version": python.rpartition(".")[0]}
    for platform, python in product(PLATFORMS, PYTHONS)
]
ENTRY = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>\S+?)(?: ; (?P<marker>.+?))? \\$((?:\n    --hash=sha256:\w{64}(?: \\)?)+)$", re.M
)


@dataclass
class Entry:
    name: str
    version: str
    marker: Marker | None

    def applies(self, environment: dict[str, str]) -> bool:
        return self.marker is None or self.marker.evaluate({**default_environment(), **environment})


def entries(lock: str) -> list[Entry]:
    found = ENTRY.finditer((ROOT / lock).read_text("utf-8"))
    return [
        Entry(canonicalize_name(each["name"]), each["version"], Marker(each["marker"]) if each["marker"] else None)
        for each in found
    ]


def versions(lock: str, environment: dict[str, str]) -> dict[str, str]:
    """Return name -> version of what an install from a lock file takes in an environment."""
    applying = [each for each in entries(lock) if each.applies(environment)]
    locked = {each.name: each.version for each in applying}
    assert len(locked) == len(applying), "a distribution is locked twice"
    return locked


@pytest.mark.parametrize("lock", NEEDED)
def test_every_line_of_a_lock_file_is_one_version_with_its_hashes(lock: str) -> None:
    lines = (ROOT / lock).read_text("utf-8").splitlines()
    assert len(entries(lock)) == sum(not line.startswith((" ", "#")) for line in lines) > 30


@pytest.mark.parametrize("lock", NEEDED)
def test_the_locked_versions_lie_in_the_ranges_of_pyproject(lock: str) -> None:
    for environment in ENVIRONMENTS:
        locked = versions(lock, environment)
        for text in NEEDED[lock]:
            need = Requirement(text)
            if need.marker and not need.marker.evaluate({**default_environment(), **environment}):
                continue
            version = locked.get(canonicalize_name(need.name))
            assert version, f"{need.name} is not in {lock} for {environment}: run `make lock`."
            assert Version(version) in need.specifier, f"{lock} has {need.name} {version}: run `make lock`."


def test_both_lock_files_have_the_same_versions() -> None:
    for environment in ENVIRONMENTS:
        blog, dev = (versions(lock, environment).items() for lock in NEEDED)
        assert blog - dev == set()


def test_make_lock_asks_for_the_builder_that_pyproject_names() -> None:
    assert f"BUILD := {' '.join(map(repr, BUILD))}\n" in (ROOT / "Makefile").read_text("utf-8")


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize(
    ("lock", "target", "git"),
    [("requirements.lock", ".venv/installed", True), ("requirements-dev.lock", ".venv/installed-dev", False)],
    ids=["make serve from a clone", "make test from an archive"],
)
def test_make_installs_exactly_the_locked_versions(tmp_path: Path, lock: str, target: str, git: bool) -> None:
    folder = tmp_path / "afterword"
    if git and (ROOT / ".git").exists():
        subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True, timeout=60)
    else:
        shutil.copytree(
            ROOT, folder, ignore=shutil.ignore_patterns(".git", ".venv", ".*_cache", ".hypothesis", "blog.db*")
        )
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "BLOG_"))}

    def run(*words: str) -> str:
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, env=environment, timeout=1_700)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "the first time" in run("make", f"PYTHON={sys.executable}", target)
    freeze = run(".venv/bin/python", "-m", "pip", "freeze", "--all", "--exclude-editable").split()
    installed = {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in freeze)}
    assert installed == versions(lock, {})
    assert "blog" in run(".venv/bin/blog", "--help")
