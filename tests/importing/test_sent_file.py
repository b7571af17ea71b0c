"""What a sent file is called here, which program it comes from, and which threads of it are shown."""

import gzip
from pathlib import Path

import pytest
from sqlite_utils import Database

from blog.importing import landing, sent_file, sources
from blog.importing.landing import Wishes
from blog.settings import Settings
from tests import factories
from tests.importing import exports
from tests.importing.test_landing import post, said, threads


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("export.xml", "export.xml"),
        ("C:\\Old blog\\my export.xml", "my export.xml"),
        ("../../etc/passwd", "passwd"),
        (".hidden", "hidden"),
        ("..", "export"),
        ("a\x00b\n<c>.xml", "a-b-c-.xml"),
        ("x" * 300 + ".xml", "x" * 96 + ".xml"),
    ],
)
def test_a_file_gets_a_plain_name(given: str, name: str) -> None:
    assert sent_file.file_name(given) == name


def test_each_export_is_told_by_how_it_begins(tmp_path: Path, db: Database, site: Settings) -> None:
    files = exports.write_all(tmp_path)
    found = {name: sources.recognise(path) for name, path in files.items() if name != "markdown"}
    assert found == {name: name for name in found}
    packed = tmp_path / "packed.gz"
    packed.write_bytes(gzip.compress(files["remark42"].read_bytes()))
    assert sources.recognise(packed) == "remark42"
    wide = tmp_path / "wide.xml"
    wide.write_bytes(files["wordpress"].read_text("utf-8").replace("UTF-8", "UTF-16").encode("utf-16"))
    assert sources.recognise(wide) == "wordpress"


def test_our_own_export_is_told_too(tmp_path: Path, db: Database, site: Settings) -> None:
    from blog.exporting import jsonl

    factories.post(db)
    jsonl.export(site, tmp_path / "out.jsonl", at="2026-05-07T09:00:00.000Z")
    assert sources.recognise(tmp_path / "out.jsonl") == "jsonl"


def test_threads_are_chosen_for_different_reasons_each_reply_below_what_it_answers(
    db: Database, site: Settings
) -> None:
    deep = [said("a"), said("b", "a"), said("c", "b"), said("d", "a")]
    wide = [said("w"), *(said(f"w{n}", "w") for n in range(5))]
    old = [said("o", published_at="2001-01-01T00:00:00.000Z"), said("lost", "nobody"), said("x")]
    report = landing.bring_in(
        db, site, iter([post(), *deep, *wide, *old]), Wishes(dry_run=True, samples=True), by=factories.by()
    )
    shown = {sample.why: [pair.key for pair in sample.pairs] for sample in report.samples}
    assert shown["deepest"] == ["a", "b", "c", "d"]
    assert [pair.level for pair in report.samples[0].pairs] == [0, 1, 2, 1]
    assert shown["most"] == ["w", "w0", "w1", "w2", "w3", "w4"]
    assert shown["oldest"] == ["o"]
    assert shown["unsure"] == ["lost"]
    assert "begins a thread" in next(s for s in report.samples if s.why == "unsure").pairs[0].unsure
    assert len(shown) == 5


def test_what_is_left_out_by_wish_keeps_its_place_for_its_replies(db: Database, site: Settings) -> None:
    items = [post(), said("a", status="spam"), said("b", "a"), said("c", status="spam"), said("d", status="trash")]
    report = landing.bring_in(db, site, iter(items), Wishes(leave_out=("spam",)), by=factories.by())
    assert threads(db) == [("", None, "deleted"), ("Text d.", None, "trash"), ("Text b.", "", "approved")]
    assert report.comments["spam"] == 0
    assert report.in_file["spam"] == 2
