"""WordPress's format, held to the rules of its importer."""

import stat
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from blog import closing, publishing, settings
from blog.errors import Conflict, Invalid, NotFound
from blog.exporting import wordpress
from blog.exporting.report import ExportReport
from blog.importing import landing, wordpress_export
from blog.settings import Settings
from blog.storage import store
from tests.cli.conftest import everything
from tests.exporting import leaving_site
from tests.exporting.leaving_site import LATER
from tests.factories import by, submit, write_post

NS = {
    "wp": "http://wordpress.org/export/1.2/",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "excerpt": "http://wordpress.org/export/1.2/excerpt/",
}


def exported(site: Settings, **more: Any) -> tuple[ET.Element, ExportReport]:
    path = site.root / "export.xml"
    report = wordpress.export(site, path, at=LATER, **more)
    return ET.parse(path).getroot(), report


def said(element: ET.Element, name: str) -> str:
    return element.findtext(f"wp:{name}", "", NS)


def items(root: ET.Element) -> dict[str, ET.Element]:
    return {said(item, "post_name"): item for item in root.iter("item")}


@pytest.fixture
def full(site: Settings, db: Database) -> dict[str, int]:
    return leaving_site.fill(site, db)


def test_every_status_is_there_and_the_report_counts_it(site: Settings, full: dict[str, int]) -> None:
    root, report = exported(site)
    statuses = [said(comment, "comment_approved") for comment in root.iter(f"{{{NS['wp']}}}comment")]
    assert sorted(statuses) == ["0", "0", *["1"] * 6, "spam", "trash"]
    assert report.as_dict() | {"notes": [], "file": ""} == {
        "file": "",
        "posts": 4,
        "pages": 1,
        "comments": {"approved": 6, "pending": 2, "spam": 1, "trash": 1},
        "replies": 4,
        "pings": 0,
        "left_out": 1,
        "notes": [],
    }
    states = {slug: (said(item, "status"), said(item, "comment_status")) for slug, item in items(root).items()}
    assert states == {
        "size": ("publish", "open"),
        "closed": ("publish", "closed"),
        "switched": ("publish", "closed"),
        "draft": ("draft", "open"),
        "about": ("publish", "open"),
    }


def test_parents_come_before_their_replies_and_answer_what_is_there(site: Settings, full: dict[str, int]) -> None:
    root, _ = exported(site)
    for item in root.iter("item"):
        numbers = set()
        for comment in item.findall("wp:comment", NS):
            assert said(comment, "comment_parent") in numbers | {"0"}
            assert int(said(comment, "comment_parent")) < int(said(comment, "comment_id"))
            numbers.add(said(comment, "comment_id"))


def test_a_reply_that_was_moved_below_a_later_comment_still_comes_after_it(site: Settings, db: Database) -> None:
    write_post(site.root, "a-post")
    publishing.publish(db, site, by=by())
    early, late = (submit(db, f"Number {n}.", n, slug="a-post", at=leaving_site.at(n * 20)) for n in (1, 2))
    with store.transaction(db):
        db.conn.execute("update comments set parent_id = ?, root_id = ? where id = ?", [late, late, early])
    root, _ = exported(site)
    comments = list(root.iter(f"{{{NS['wp']}}}comment"))
    assert [said(each, "comment_content") for each in comments] == ["Number 2.", "Number 1."]
    assert [said(each, "comment_parent") for each in comments] == ["0", "1"]


def test_a_reply_to_what_was_removed_answers_the_comment_above(site: Settings, full: dict[str, int]) -> None:
    root, report = exported(site)
    comments = {said(each, "comment_id"): each for each in root.iter(f"{{{NS['wp']}}}comment")}
    below = next(each for each in comments.values() if said(each, "comment_content") == "Below it.")
    assert said(comments[said(below, "comment_parent")], "comment_content").startswith("First")
    assert "One removed comment is left out; its replies answer the comment above it." in report.notes


def test_what_other_sites_sent_are_pingbacks(site: Settings, full: dict[str, int], db: Database) -> None:
    source = "https://alice.example/note"
    with store.transaction(db):
        for name, kind in (("first", "webmention"), ("deeper", "like")):
            db.conn.execute("update comments set kind = ?, url = ? where id = ?", [kind, source, full[name]])
    root, report = exported(site)
    comments = list(root.iter(f"{{{NS['wp']}}}comment"))
    pings = [each for each in comments if said(each, "comment_type") == "pingback"]
    assert [said(each, "comment_author_url") for each in pings] == [source, source]
    assert report.pings == 2
    assert "2 mentions by other sites are pingbacks there." in report.notes


def test_no_author_has_two_comments_in_a_second(site: Settings, full: dict[str, int]) -> None:
    root, report = exported(site)
    comments = list(root.iter(f"{{{NS['wp']}}}comment"))
    pairs = [(said(each, "comment_author").casefold(), said(each, "comment_date")) for each in comments]
    assert len(set(pairs)) == len(pairs)
    assert sum("moved by seconds" in note for note in report.notes) == 1


def test_local_times_are_the_sites_and_gmt_is_gmt(site: Settings, full: dict[str, int]) -> None:
    (site.root / "blog.toml").write_text('title = "T"\ntimezone = "Europe/Berlin"\n', "utf-8")
    root, _ = exported(settings.load(site.root, {}))
    first = next(root.iter(f"{{{NS['wp']}}}comment"))
    assert said(first, "comment_date") == "2026-05-08 12:00:01"
    assert said(first, "comment_date_gmt") == "2026-05-08 10:00:01"


def test_the_end_of_cdata_in_a_text_ends_nothing(site: Settings, full: dict[str, int]) -> None:
    root, _ = exported(site)
    assert "A ]]&gt; b." in items(root)["size"].findtext("content:encoded", "", NS)
    write_post(site.root, "ends", title="Ends ]]> here")
    (site.root / "export.xml").unlink()
    db = store.connect(site.database)
    publishing.publish(db, site, by=by())
    db.conn.close()
    root, _ = exported(site)
    assert items(root)["ends"].findtext("title") == "Ends ]]> here"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a<br>\nb</p>\n<p>c</p>", "a\nb\n\nc"),
        ("<p>a</p>\n<ul>\n<li>x</li>\n<li>y</li>\n</ul>", "a\n\n<ul><li>x</li><li>y</li></ul>"),
        ("<pre><code>a\n\n<br>\nb\n</code></pre>", "<pre><code>a\n\n<br>\nb\n</code></pre>"),
    ],
)
def test_paragraphs_are_parted_as_wordpress_parts_them(html: str, expected: str) -> None:
    assert wordpress.content(html) == expected


def test_pictures_of_a_public_post_can_be_fetched(site: Settings, db: Database) -> None:
    write_post(site.root, "trip/index", body="![A lamp](lamp.png)")
    (site.posts / "trip" / "lamp.png").write_bytes(b"png")
    publishing.publish(db, site, by=by())
    root, _ = exported(site, base="https://ours.example/")
    (found,) = (item for item in root.iter("item") if said(item, "post_type") == "attachment")
    assert said(found, "attachment_url") == "https://ours.example/trip/lamp.png"
    assert said(found, "post_parent") == said(items(root)["trip"], "post_id")
    assert 'src="https://ours.example/trip/lamp.png"' in items(root)["trip"].findtext("content:encoded", "", NS)


def test_a_comment_without_a_date_has_that_of_its_import_and_a_mark(site: Settings, full: dict[str, int]) -> None:
    db = store.connect(site.database)
    with store.transaction(db):
        db.conn.execute("update comments set created_at = null where id = ?", [full["pending"]])
    db.conn.close()
    root, report = exported(site)
    (marked,) = (each for each in root.iter(f"{{{NS['wp']}}}comment") if each.find("wp:commentmeta", NS) is not None)
    assert said(marked, "comment_content") == "Waits."
    assert said(marked, "comment_date_gmt") == "2026-05-08 10:00:05"
    assert "One comment has no date; it has the time of its import." in report.notes


def test_our_own_import_reads_it_back(site: Settings, full: dict[str, int], db: Database, tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    wordpress.export(site, path, at=LATER, base="https://ours.example")
    other = _empty(tmp_path / "empty")
    again = store.connect(other.database)
    landing.bring_in(again, other, wordpress_export.read(path), landing.Wishes(), by=by(LATER))
    before = leaving_site.counts(db)
    assert leaving_site.counts(again) == {status: n for status, n in before.items() if status != "deleted"}
    moved = {("Below it", "To be re")}
    assert leaving_site.parents(again) == leaving_site.parents(db) - moved | {("Below it", "First ]]")}
    modes = {slug: state.mode for slug, state, _ in closing.listed(db, at=LATER)}
    assert {slug: state.mode for slug, state, _ in closing.listed(again, at=LATER)} == modes
    again.conn.close()


def test_an_import_that_is_not_whole_is_no_part_of_it(site: Settings, full: dict[str, int], db: Database) -> None:
    with store.transaction(db):
        db.conn.execute("insert into batches (kind, at, source) values ('import', ?, 'command')", [LATER])
        db.conn.execute(
            "insert into unfinished_import (id, first_comment, last_comment, batch_id)"
            " values (1, ?, ?, (select max(id) from batches))",
            [full["pending"], full["pending"]],
        )
    _, report = exported(site)
    assert report.comments["pending"] == 1


def test_a_file_that_is_there_a_folder_that_is_not_and_an_address_that_is_none(
    site: Settings, full: dict[str, int]
) -> None:
    path = site.root / "export.xml"
    path.write_text("mine", "utf-8")
    with pytest.raises(Conflict, match="never written over"):
        wordpress.export(site, path, at=LATER)
    assert path.read_text("utf-8") == "mine"
    with pytest.raises(NotFound, match="no folder"):
        wordpress.export(site, site.root / "none" / "export.xml", at=LATER)
    with pytest.raises(Invalid, match="no whole address"):
        wordpress.export(site, site.root / "other.xml", at=LATER, base="ours.example")
    assert not (site.root / "other.xml").exists()


def test_only_its_owner_may_read_it_and_nothing_else_is_left(site: Settings, full: dict[str, int]) -> None:
    before = set(site.root.iterdir())
    exported(site)
    path = site.root / "export.xml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(site.root.iterdir()) - before == {path}


def _empty(root: Path) -> Settings:
    (root / "posts").mkdir(parents=True)
    (root / "blog.toml").write_text('title = "Empty"\n', "utf-8")
    site = settings.load(root, {})
    store.prepare(site.database)
    return site


def test_the_database_is_as_it_was(site: Settings, full: dict[str, int], db: Database) -> None:
    before = everything(db)
    exported(site)
    assert everything(db) == before
