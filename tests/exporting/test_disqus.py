"""Disqus's XML, held to what the programs that read it do with it."""

import xml.etree.ElementTree as ET

import pytest
from sqlite_utils import Database

from blog.exporting import disqus
from blog.exporting.report import ExportReport
from blog.importing import disqus_export, landing
from blog.importing.imported import ImportedComment, ImportedThread
from blog.settings import Settings
from blog.storage import store
from tests.exporting import leaving_site
from tests.exporting.leaving_site import LATER
from tests.factories import by

NS = "{http://disqus.com}"
ID = "{http://disqus.com/disqus-internals}id"


@pytest.fixture
def full(site: Settings, db: Database) -> dict[str, int]:
    return leaving_site.fill(site, db)


def exported(site: Settings) -> tuple[ET.Element, ExportReport]:
    path = site.root / "disqus.xml"
    report = disqus.export(site, path, at=LATER, base="https://ours.example")
    return ET.parse(path).getroot(), report


def test_nothing_that_waits_is_spam_or_was_removed_can_be_read(site: Settings, full: dict[str, int]) -> None:
    root, report = exported(site)
    whole = ET.tostring(root, "unicode")
    for words in ("Waits.", "Buy.", "Rude.", "Held reply.", "To be removed."):
        assert words not in whole
    assert report.comments == {"approved": 6, "pending": 0, "spam": 0, "trash": 0}
    assert report.left_out == 5
    deleted = [post for post in root.findall(f"{NS}post") if post.findtext(f"{NS}isDeleted") == "true"]
    assert [(post.findtext(f"{NS}message"), post.findtext(f"{NS}author/{NS}name")) for post in deleted] == [("", "")]


def test_threads_are_public_posts_with_their_addresses(site: Settings, full: dict[str, int]) -> None:
    root, _ = exported(site)
    threads = {each.findtext(f"{NS}link"): each.findtext(f"{NS}isClosed") for each in root.findall(f"{NS}thread")}
    assert threads == {
        "https://ours.example/size/": "false",
        "https://ours.example/closed/": "true",
        "https://ours.example/switched/": "true",
        "https://ours.example/about/": "false",
    }
    assert all(each.findtext(f"{NS}id") for each in root.findall(f"{NS}thread"))


def test_no_reply_is_earlier_than_what_it_answers(site: Settings, full: dict[str, int], db: Database) -> None:
    with store.transaction(db):
        db.conn.execute("update comments set created_at = ? where id = ?", [LATER, full["first"]])
    root, _ = exported(site)
    times = {post.get(ID): post.findtext(f"{NS}createdAt", "") for post in root.findall(f"{NS}post")}
    for post in root.findall(f"{NS}post"):
        if (parent := post.find(f"{NS}parent")) is not None:
            assert times[parent.get(ID)] <= times[post.get(ID)]


def test_our_own_import_reads_it_back(site: Settings, full: dict[str, int], db: Database) -> None:
    exported(site)
    read = list(disqus_export.read(site.root / "disqus.xml"))
    comments = [each for each in read if isinstance(each, ImportedComment)]
    assert sum(each.status == "approved" for each in comments) == 6
    assert len([each for each in read if isinstance(each, ImportedThread)]) == 4
    with store.transaction(db):  # as if the posts were there and their comments were not
        db.conn.execute("delete from comments where parent_id is not null")
        db.conn.execute("delete from comments")
    landing.bring_in(db, site, iter(read), landing.Wishes(), by=by(LATER))
    assert leaving_site.parents(db) == {
        ("First ]]", ""),
        ("The same", ""),
        ("Elsewher", ""),
        ("A reply.", "First ]]"),
        ("Deeper.", "A reply."),
        ("Below it", ""),  # in the place of what was removed, which has no text
    }
