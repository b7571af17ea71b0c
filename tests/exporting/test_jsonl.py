"""Everything out, everything in, and out again: the same bytes; and nothing that nobody may have."""

import json
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from blog import closing, publishing, settings
from blog.comments import notes
from blog.errors import AfterwordError
from blog.exporting import jsonl
from blog.importing import jsonl_export, landing
from blog.importing.report import ImportReport
from blog.journal import events
from blog.rules import policy
from blog.settings import Settings
from blog.storage import store
from blog.upkeep import integrity
from tests import factories
from tests.cli.conftest import everything
from tests.exporting import leaving_site
from tests.exporting.leaving_site import LATER
from tests.factories import by, decide, edit, undo, write_post
from tests.federation import servers
from tests.federation.servers import Web
from tests.federation.world import World, reply

TOML = 'title = "Test"\nauthor = "Judith"\nurl = "https://ours.example"\ntimezone = "Europe/Berlin"\n'


@pytest.fixture
def full(tmp_path: Path, site: Settings, db: Database) -> Settings:
    """A site with a bit of all that is stored."""
    (site.root / "blog.toml").write_text(TOML, "utf-8")
    full = settings.load(site.root, {})
    ids = leaving_site.fill(full, db)
    write_post(full.root, "trip/index", body="![A lamp](lamp.png)")
    (full.posts / "trip" / "lamp.png").write_bytes(bytes(range(256)) * 5_000)
    write_post(full.root, "renamed", body="Moved.")
    publishing.publish(db, full, by=by())
    write_post(full.root, "renamed", front="slug: new-name\n", body="Moved.")
    publishing.publish(db, full, by=by())
    with store.transaction(db):
        ana = factories.account(db, "ana")
        policy.change(db, {"comment_max_links": "3", "moderation_keys": "casino\npoker"}, by=by())
        closing.close(db, None, mode="moderated", note="For now.", by=by())
        notes.add(db, ids["pending"], "Ask her.", by=by(account=ana))
        notes.leave_for_later(db, ids["pending"], True)
        edit(db, ids["reply"], author="Reader 11", url="", text="A reply, mended.", by=by(account=ana))
        db.conn.execute("update comments set created_at = null where id = ?", [ids["trash"]])
        db.conn.execute("update comments set kind = 'pingback' where id = ?", [ids["other post"]])
        db.conn.execute(  # moved below a later one
            "update comments set parent_id = ?, root_id = ? where id = ?", [ids["trash"], ids["trash"], ids["spam"]]
        )
        db.conn.execute(
            "insert into standings (kind, value, standing, at) values ('email', 'x@example.org', 'banned', ?)", [LATER]
        )
        db.conn.execute(
            "insert into standings (kind, value, standing, at) values ('reader', 'a secret hash', 'banned', ?)", [LATER]
        )
    return full


@pytest.fixture
def web() -> Iterator[Web]:
    with servers.web() as running:
        yield running


@pytest.fixture
def empty(tmp_path: Path, migrated: Path) -> Settings:
    root = tmp_path / "empty"
    (root / "posts").mkdir(parents=True)
    (root / "blog.toml").write_text(TOML, "utf-8")
    shutil.copyfile(migrated, root / "blog.db")
    return settings.load(root, {})


def bring_in(site: Settings, path: Path, **wishes: Any) -> ImportReport:
    db = store.connect(site.database)
    try:
        with tempfile.TemporaryDirectory() as folder:
            items = jsonl_export.read(path, Path(folder))
            return landing.bring_in(db, site, items, landing.Wishes(**wishes), by=by(LATER))
    finally:
        db.conn.close()


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_export_import_export_is_the_same_bytes(full: Settings, empty: Settings, tmp_path: Path) -> None:
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    report = jsonl.export(full, first, at=LATER)
    done = bring_in(empty, first)
    assert (done.skipped, done.unsure) == ([], [])
    assert (done.posts, done.pages, done.comments) == (report.posts, report.pages, report.comments)
    jsonl.export(empty, second, at="2027-01-01T00:00:00.000Z")
    assert second.read_bytes() == first.read_bytes()
    db = store.connect(empty.database)
    assert integrity.differences(db) == []
    assert publishing.publish(db, empty, by=by()).done == []
    db.conn.close()
    assert (empty.posts / "trip" / "lamp.png").read_bytes() == (full.posts / "trip" / "lamp.png").read_bytes()


def test_no_secret_is_in_it_and_only_its_owner_reads_it(full: Settings, db: Database, tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    jsonl.export(full, path, at=LATER)
    text = path.read_text("utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    secrets = [
        row[0] for row in db.conn.execute("select secret from site union all select password_hash from accounts")
    ]
    secrets += [row[0] for row in db.conn.execute("select reader_hash from comments where reader_hash is not null")]
    for secret in (*secrets, "a secret hash"):
        assert secret not in text
    assert "To be removed." not in text
    assert {line["type"] for line in lines(path)} == {
        "site",
        "setting",
        "switch",
        "standing",
        "file",
        "post",
        "comment",
    }


def test_what_is_known_of_a_comment_comes_along(full: Settings, empty: Settings, tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    jsonl.export(full, path, at=LATER)
    bring_in(empty, path)
    db = store.connect(empty.database)
    waiting, reply = (
        db.conn.execute("select id from comments where text like ?", [text]).fetchone()[0]
        for text in ("Waits%", "A reply%")
    )
    assert [(note["who"], note["text"]) for note in notes.on_comment(db, waiting)] == [("ana", "Ask her.")]
    past = [(event["kind"], event["source"]) for event in events.on_comment(db, reply)]
    assert past == [("approve", "import"), ("import", "command")]
    row = db.conn.execute("select later, rule, user_agent, source from comments where id = ?", [waiting]).fetchone()
    assert tuple(row) == (1, "comment_previously_approved", "a browser", "web")
    assert db.conn.execute("select text from revisions where comment_id = ?", [reply]).fetchone()[0] == "A reply."
    assert policy.load(db).comment_max_links == 3
    assert closing.site_switch(db, LATER).note == "For now."  # type: ignore[union-attr]
    assert db.conn.execute("select address from old_addresses").fetchall() == [("renamed",)]
    assert db.conn.execute("select value from standings").fetchall() == [("x@example.org",)]
    db.conn.close()


def test_a_dry_run_changes_nothing_and_a_second_import_adds_nothing(
    full: Settings, empty: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "all.jsonl"
    jsonl.export(full, path, at=LATER)
    before = empty.database.read_bytes()
    planned = bring_in(empty, path, dry_run=True)
    assert empty.database.read_bytes() == before
    assert bring_in(empty, path).comments == planned.comments
    again = bring_in(empty, path)
    assert again.is_empty
    assert again.batch is None


def test_undo_takes_it_back(full: Settings, empty: Settings, tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    jsonl.export(full, path, at=LATER)
    db = store.connect(empty.database)
    before = everything(db)
    report = bring_in(empty, path)
    outcome = undo(db, report.batch)
    publishing.remove_files(empty, outcome["files"])
    after = everything(db)
    for table in ("posts", "comments"):
        assert after[table] == before[table]
    for table in ("revisions", "notes", "comment_past", "old_addresses", "imported_comments"):
        assert db.conn.execute(f"select count(*) from {table}").fetchone()[0] == 0
    assert integrity.differences(db) == []
    assert [path for path in empty.posts.rglob("*") if path.is_file()] == []
    db.conn.close()


def test_a_site_that_has_something_keeps_its_settings(full: Settings, empty: Settings, tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    jsonl.export(full, path, at=LATER)
    write_post(empty.root, "size", title="Mine")
    db = store.connect(empty.database)
    publishing.publish(db, empty, by=by())
    report = bring_in(empty, path)
    assert [each["why"] for each in report.skipped] == ["Only a site without posts and comments takes them over."]
    assert policy.load(db).comment_max_links == 2
    assert {row[0] for row in db.conn.execute("select slug from posts")} >= {"size", "size-2"}
    assert "Mine" in (empty.posts / "size.md").read_text("utf-8")
    db.conn.close()


BAD = {
    "a way out": ("post", {"path": "../../outside.md"}),
    "an absolute path": ("post", {"path": "/tmp/outside.md"}),
    "a hidden file": ("post", {"path": ".git/hooks.md"}),
    "no Markdown": ("post", {"path": "evil.html"}),
    "a file outside": ("file", {"name": "../../outside.png"}),
    "a broken file": ("file", {"data": "no base64!"}),
    "a status": ("comment", {"status": "admin"}),
    "a kind": ("comment", {"kind": "<b>"}),
    "a verdict": ("comment", {"verdict": "maybe"}),
    "a parent that is not there": ("comment", {"parent": 10_000}),
    "a time": ("comment", {"created_at": "yesterday"}),
    "a history": ("comment", {"history": [{"at": 5}]}),
}


@pytest.mark.parametrize(("kind", "changes"), BAD.values(), ids=BAD)
def test_a_line_that_is_none_of_ours_is_refused_and_nothing_is_done(
    full: Settings, empty: Settings, tmp_path: Path, kind: str, changes: dict[str, Any]
) -> None:
    path = tmp_path / "all.jsonl"
    jsonl.export(full, path, at=LATER)
    there = lines(path)
    place = next(number for number, line in enumerate(there) if line["type"] == kind)
    there[place] |= changes
    path.write_text("".join(json.dumps(line) + "\n" for line in there), "utf-8")
    before = empty.database.read_bytes()
    with pytest.raises(AfterwordError, match=f"line {place + 1}: this is no line of an export"):
        bring_in(empty, path)
    assert empty.database.read_bytes() == before
    assert list(empty.posts.iterdir()) == []


def test_facts_that_no_rule_understands_are_left_out(full: Settings, empty: Settings, tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    jsonl.export(full, path, at=LATER)
    there = lines(path)
    for line in there:
        if line["type"] == "comment":
            line |= {"rule": "comment_burst", "facts": {"usual": "x"}}
    path.write_text("".join(json.dumps(line) + "\n" for line in there), "utf-8")
    bring_in(empty, path)
    db = store.connect(empty.database)
    assert {tuple(row) for row in db.conn.execute("select rule, verdict_facts from comments")} == {("imported", "{}")}
    db.conn.close()


@pytest.mark.parametrize("text", ["", "{}\n", "[1]\n", "no json\n", '{"type":"post"}\n', "[" * 100_000])
def test_other_files_are_refused(empty: Settings, tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(AfterwordError, match=r"other\.jsonl"):
        bring_in(empty, path)


def test_mentions_come_along_with_their_sources(full: Settings, empty: Settings, web: Web, tmp_path: Path) -> None:
    """The copy knows the host, updates a comment when its source is sent again, and does not take it twice."""
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    target = "https://ours.example/size/"
    world = World(store.connect(full.database), replace(full, private_hosts=(web.host,)), web, LATER)
    for number, of in enumerate(("u-in-reply-to", "u-like-of", "u-repost-of"), 1):
        world.mention(reply("First words.", target, of=of), f"/{number}", target=target)
    made = [row for row in world.comments() if row["kind"] in ("webmention", "like", "repost")]
    decide(world.db, [row["id"] for row in made], "approve")
    world.db.conn.close()
    report = jsonl.export(full, first, at=LATER)
    said = [line["mention"] for line in lines(first) if "mention" in line]
    assert [(each["host"], each["source"], each["type"]) for each in said] == [
        (web.host, web.url(f"/{number}"), kind) for number, kind in enumerate(("reply", "like", "repost"), 1)
    ]
    done = bring_in(empty, first)
    assert (done.pings, done.comments) == (report.pings, report.comments)
    jsonl.export(empty, second, at=LATER)
    assert second.read_bytes() == first.read_bytes()
    copy = World(store.connect(empty.database), replace(empty, private_hosts=(web.host,)), web, LATER)
    before = copy.comments()
    copy.mention(reply("Other words.", target), target=target)
    assert [row["text"] for row in copy.comments() if row["url"] == web.url("/1")] == ["Other words."]
    assert len(copy.comments()) == len(before)
    copy.mention(reply("A host that is known.", target), "/9", target=target)
    assert copy.comments()[-1]["rule"] == "discussion_moderated"  # and not `mention_host`
    assert integrity.differences(copy.db) == []
    copy.db.conn.close()


def test_an_import_that_is_undone_leaves_no_mention(full: Settings, empty: Settings, web: Web, tmp_path: Path) -> None:
    path, target = tmp_path / "all.jsonl", "https://ours.example/size/"
    world = World(store.connect(full.database), replace(full, private_hosts=(web.host,)), web, LATER)
    world.mention(reply("Words.", target), target=target)
    world.db.conn.close()
    jsonl.export(full, path, at=LATER)
    bring_in(empty, path)
    db = store.connect(empty.database)
    assert db.conn.execute("select count(*) from mentions_received").fetchone() == (1,)
    undo(db)
    assert db.conn.execute("select count(*) from mentions_received").fetchone() == (0,)
    db.conn.close()
