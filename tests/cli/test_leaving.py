"""The export commands: a report, one sentence for a refusal, and no file that is not whole."""

import json
from pathlib import Path

import pytest
from sqlite_utils import Database

from blog.settings import Settings
from tests.cli.conftest import Run, everything, refused
from tests.exporting import leaving_site

FORMATS = ("wordpress", "disqus", "jsonl")


@pytest.fixture
def full(site: Settings, db: Database) -> Settings:
    leaving_site.fill(site, db)
    return site


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_for_people_and_for_programs(
    blog: Run, full: Settings, db: Database, tmp_path: Path, name: str
) -> None:
    before = everything(db)
    path = tmp_path / "one.out"
    written = json.loads(blog("export", name, path, "--json").stdout)
    assert set(written) == {"file", "posts", "pages", "comments", "replies", "pings", "left_out", "notes"}
    assert (written["file"], written["comments"]["approved"]) == (str(path), 6)
    again = blog("export", name, tmp_path / "two.out")
    assert again.stdout.startswith(f"{tmp_path / 'two.out'} contains ")
    assert again.stderr == ""
    assert path.read_bytes() == (tmp_path / "two.out").read_bytes() or name == "wordpress"  # a draft has the time of it
    assert everything(db) == before


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_is_there_stays(blog: Run, full: Settings, tmp_path: Path, name: str) -> None:
    path = tmp_path / "mine"
    path.write_text("mine", "utf-8")
    assert "never written over" in refused(blog("export", name, path))
    assert path.read_text("utf-8") == "mine"
    assert "no folder" in refused(blog("export", name, tmp_path / "none" / "file"))


def test_the_address_of_the_site_is_asked_for_or_given(blog: Run, full: Settings, tmp_path: Path) -> None:
    assert "Give --base-url." in blog("export", "disqus", tmp_path / "one").stdout
    done = blog("export", "disqus", tmp_path / "two", "--base-url", "https://ours.example/")
    assert "--base-url" not in done.stdout
    assert "<link>https://ours.example/size/</link>" in (tmp_path / "two").read_text("utf-8")
    assert "no whole address" in refused(blog("export", "disqus", tmp_path / "three", "--base-url", "ours.example"))


def test_an_export_that_fails_leaves_nothing(
    blog: Run, full: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device", "out")

    monkeypatch.setattr("os.fsync", full_disk)
    folder = tmp_path / "out"
    folder.mkdir()
    assert "No space left" in refused(blog("export", "jsonl", folder / "all.jsonl"))
    assert list(folder.iterdir()) == []


def test_out_and_in_again(blog: Run, full: Settings, tmp_path: Path) -> None:
    blog("export", "jsonl", tmp_path / "all.jsonl")
    assert "Nothing was added" not in blog("import", "jsonl", tmp_path / "all.jsonl", "--dry-run").stdout
    other = tmp_path / "other"
    (other / "posts").mkdir(parents=True)
    (other / "blog.toml").write_bytes((full.root / "blog.toml").read_bytes())
    assert "Imported. Batch 1" in blog("--site", other, "import", "jsonl", tmp_path / "all.jsonl").stdout
    assert blog("--site", other, "export", "jsonl", tmp_path / "again.jsonl").exit_code == 0
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "all.jsonl").read_bytes()
