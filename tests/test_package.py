"""The package as it is installed: built as a wheel, looked into, and at leisure installed and run somewhere else."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from importlib import metadata, util
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this source tree; built without asking the network for the builder where it is here already."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    here = ["--no-build-isolation"] if util.find_spec("hatchling") else []
    subprocess.run([*command, *here, "--wheel-dir", str(folder), str(ROOT)], check=True, timeout=170)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def _tracked(folder: str, *endings: str) -> set[str]:
    """Return the files of a folder of the repository that git knows, or, outside of one, that are there."""
    done = subprocess.run(["git", "ls-files", folder], cwd=ROOT, capture_output=True, text=True, check=False)
    listed = done.stdout.split("\n") if done.returncode == 0 else []
    found = listed or [path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file()]
    return {name for name in found if name.endswith(endings) and (ROOT / name).is_file()}


def test_the_wheel_carries_the_engine_whole(names: set[str]) -> None:
    assert _tracked("blog", ".py", ".html", ".sql") - names == set()
    assert any(name.startswith("blog/web/templates/") for name in names)


def test_the_wheel_carries_the_stylesheets_and_the_sample_posts(names: set[str]) -> None:
    wanted = {f"blog/_site/{name}" for name in _tracked("static", "") | _tracked("posts", "")}
    assert {"blog/_site/static/site.css", "blog/_site/posts/welcome.md"} <= wanted
    assert wanted - names == set()


def test_the_wheel_carries_nothing_else(names: set[str]) -> None:
    strange = [name for name in names if not name.startswith(("blog/", "afterword-"))]
    assert strange == []
    assert not [name for name in names if re.search(r"blog\.db|__pycache__|\.pyc$|/tests?/", name)]


def test_the_wheel_gives_the_command_and_names_its_licence(wheel: Path, names: set[str]) -> None:
    info = next(name for name in names if name.endswith(".dist-info/METADATA")).removesuffix("METADATA")
    with zipfile.ZipFile(wheel) as archive:
        entries, told = (archive.read(f"{info}{name}").decode() for name in ("entry_points.txt", "METADATA"))
    assert entries.split() == ["[console_scripts]", "blog", "=", "blog.cli:main"]
    assert "License-Expression: MIT" in told
    assert f"{info}licenses/LICENSE" in names
    assert PROJECT["requires-python"] == ">=3.11"


OF_THE_COMPARISON = {"sklearn"}  # imported by benchmarks alone; `make bench` installs it in an environment of its own


@pytest.mark.parametrize("folder", ["benchmarks", "blog", "tests"])
def test_every_library_that_is_imported_is_declared(folder: str) -> None:
    extras = PROJECT["optional-dependencies"]
    chosen = ("passkeys", "pictures", "agents", "replica")
    entries = [*PROJECT["dependencies"], *(each for extra in chosen for each in extras[extra])]
    if folder != "blog":
        entries += extras["dev"]
    declared = {_plain(re.split(r"[^\w.-]", entry)[0]) for entry in entries}
    givers = metadata.packages_distributions()
    ours = {"benchmarks", "blog", "tests"} | (OF_THE_COMPARISON if folder == "benchmarks" else set())
    missing = {
        name
        for name in _imported(ROOT / folder) - set(sys.stdlib_module_names) - ours
        if not declared & {_plain(giver) for giver in givers.get(name, [name])}
    }
    assert missing == set()


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _imported(folder: Path) -> set[str]:
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found


@pytest.mark.slow
def test_an_installed_wheel_makes_and_publishes_a_site_anywhere(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python, blog = tmp_path / "venv" / "bin" / "python", tmp_path / "venv" / "bin" / "blog"
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel]
    subprocess.run(install, check=True, timeout=600)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BLOG_", "PYTHON"))}

    def run(*words: str) -> str:
        done = subprocess.run([blog, *words], cwd=elsewhere, capture_output=True, text=True, env=kept, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    assert run("init", "site").startswith("Created a new site in site.")
    assert run("--site", "site", "publish") == "added: posts/hello.md → hello\n"
    assert run("--site", "site", "check").startswith("No problems found")
    assert not (elsewhere / "site" / "static" / "site.css").exists()  # the engine's own is served
    show = "from blog.settings import sample_folder; print(sample_folder())"
    done = subprocess.run([python, "-c", show], cwd=elsewhere, capture_output=True, text=True, check=True, env=kept)
    assert done.stdout.strip().endswith("site-packages/blog/_site")


def _built(folder: Path, *, into: Path, kind: str = "wheel") -> Path:
    """Build the package from a folder with the builder that is installed here; return the file."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(into)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=170)
    return max(into.iterdir(), key=lambda path: path.stat().st_mtime_ns)


def _git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=Ana", "-c", "user.email=ana@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A small clone: the files that decide about the version, in a repository of their own."""
    folder = tmp_path / "clone"
    (folder / "blog").mkdir(parents=True)
    for name in ("pyproject.toml", "README.md", "LICENSE", "blog/__init__.py", ".gitattributes", ".git_archival.txt"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    for name in ("posts", "static"):
        (folder / name).mkdir()
        (folder / name / "one.md").write_text("One.\n", "utf-8")
    _git(folder, "init", "--quiet")
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message", "Begin")
    return folder


needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="There is no git here.")


@needs_git
def test_two_builds_have_two_versions_and_a_tag_gives_its_own(clone: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    first = _built(clone, into=made)
    assert f"+g{_git(clone, 'rev-parse', '--short', 'HEAD')}" in first.name
    (clone / "README.md").write_text("Another.\n", "utf-8")
    _git(clone, "commit", "--quiet", "--all", "--message", "Continue")
    assert _built(clone, into=made).name != first.name
    _git(clone, "tag", "v1.2.3")
    assert _built(clone, into=made).name == "afterword-1.2.3-py3-none-any.whl"


@needs_git
def test_without_git_the_version_is_the_one_of_the_archive_or_the_number_of_the_project(
    clone: Path, tmp_path: Path
) -> None:
    _git(clone, "tag", "v1.2.3")
    made, unpacked = tmp_path / "made", tmp_path / "unpacked"
    made.mkdir()
    sdist = _built(clone, into=made, kind="sdist")
    _git(clone, "archive", "--format", "tar", "--prefix", "archive/", "--output", str(made / "archive.tar"), "HEAD")
    for archive in (sdist, made / "archive.tar"):
        with tarfile.open(archive) as opened:
            opened.extractall(unpacked, filter="data")
    for folder in unpacked.iterdir():
        assert _built(folder, into=made).name == "afterword-1.2.3-py3-none-any.whl"
    shutil.rmtree(clone / ".git")
    assert _built(clone, into=made).name == "afterword-0.1.0-py3-none-any.whl"
