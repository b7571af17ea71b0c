"""A copy of a site that was made before 0.1.0 comes over whole, or is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from blog import moderation, rules, settings
from blog.comments import imported_comments
from blog.comments.imported_comments import ImportedComment
from blog.errors import Unusable
from blog.moderation import Selection
from blog.settings import Settings
from blog.storage import migrations, store
from blog.upkeep import backups, integrity
from blog.upkeep.backups.former import BEFORE_LAST, FORMER_SCHEMA, STATE, UNDO_LAST
from tests.factories import NOON, SLUG, by, submit

LONG = "This is a text of some length, so that it can be compared with others: it has far more than sixteen words."
MIGRATIONS = (
    *("0001_site", "0002_posts", "0003_comments", "0004_journal", "0005_desk", "0006_queue", "0007_rules"),
    *("0008_closing", "0009_pages", "0010_writing", "0011_filter", "0012_speed", "0013_vault", "0014_door"),
    *("0015_finding", "0016_twice", "0017_record", "0018_places", "0019_heartbeat", "0020_drafts"),
)
COMMENT = """
    insert into comments (id, post_id, parent_id, root_id, status, author, email, url, text, text_html, text_hash,
      account_id, reader_hash, ip, network, user_agent, verdict, rule, reason, facts, head_hash, tail_hash, score,
      created_at, source, source_key, later, locked)
    values
"""
ROWS = f"""
    insert into site (id, secret, setup_hash, version, posts_version, searched) values (1, 'secret', 'x', 7, 9, 2);
    insert into settings values ('comment_max_links', '4');
    insert into accounts values (1, 'ana', 'ana@example.org', 'admin', 'x', '{NOON}', null, 0, 'key');
    insert into sessions values ('t', 1, '{NOON}', '{NOON}', '2027', '10.0.0.1', 'a browser', '');
    insert into passkeys (account_id, credential, public_key, name, created_at) values (1, 'c', x'01', 'k', '{NOON}');
    insert into used_challenges values ('h', '{NOON}');
    insert into recovery_codes values (1, 'h');
    insert into sign_in_failures values ('k', 3, '{NOON}');
    insert into known_places values (1, '10.0.0.0', '{NOON}');
    insert into posts (id, slug, path, title, author, summary, tags, tag_slugs, body_html, text, status, published_at,
      source_hash, source_key, was_published)
    values (3, '{SLUG}', '{SLUG}.md', 'A post', 'Judith', '', '["Birds"]', '["birds"]', '<p>Words.</p>', 'Words.',
      'published', '2026-05-01T00:00:00.000Z', '{SLUG}', 'page', 1),
      (4, 'other', 'other.md', 'Other', 'Judith', '', '[]', '[]', '', '', 'published', '2026-05-02T00:00:00.000Z',
      'other', null, 1);
    insert into old_addresses values ('old', 3, 1);
    insert into unsaved values (3, 1, 'typed', 'base', '{NOON}');
    insert into closures values (4, 'closed', 'Enough.', null, '{NOON}', 1, 'web');
    {COMMENT} (1, 3, null, null, 'approved', 'Zoë', 'zoe@example.org', '', 'A heron.', '<p>A heron.</p>', 'a', null,
      'reader z', '10.0.0.9', '10.0.0.0', 'a browser', 'allow', '', '', '', null, null, 0.2, '{NOON}', 'web',
      null, 0, 1);
    {COMMENT} (2, 3, 1, 1, 'pending', 'Bo', '', '', '{LONG}', '<p>{LONG}</p>', 'b', null, 'reader b', '10.0.0.8',
      '10.0.0.0', 'a browser', 'hold', 'by_hand', 'So.', '{{}}', 'head', 'tail', null, '{NOON}', 'web', null, 1, 0);
    {COMMENT} (5, 4, null, null, 'approved', 'Old', '', '', 'Imported.', '<p>Imported.</p>', 'c', null, null, '', '',
      '', 'allow', 'imported', '', '', null, null, null, '2020-01-01T00:00:00.000Z', 'import', 'page:7', 0, 0);
    insert into comment_domains values ('shoes.example', 2);
    insert into batches (id, kind, at, account_id, source) values (1, 'import', '{NOON}', 1, 'command'),
      (2, 'edit', '{NOON}', 1, 'web'), (3, 'ban', '{NOON}', 1, 'web'), (4, 'move', '{NOON}', 1, 'web'),
      (5, 'learn', '{NOON}', null, 'command');
    insert into events (batch_id, at, kind, comment_id, post_id, source, after) values
      (null, '{NOON}', 'submit', 1, 3, 'web', 'approved'), (null, '{NOON}', 'submit', 2, 3, 'web', 'pending'),
      (1, '{NOON}', 'import', 5, 3, 'command', 'approved'), (2, '{NOON}', 'edit', 1, 3, 'web', 'approved'),
      (3, '{NOON}', 'standing', null, null, 'web', ''), (4, '{NOON}', 'move', 5, 4, 'web', 'approved'),
      (5, '{NOON}', 'learn', null, null, 'command', '');
    insert into revisions (comment_id, batch_id, at, author, url, text, text_html, text_hash)
      values (1, 2, '{NOON}', 'Zoe', '', 'A stork.', '', 'd');
    insert into notes (comment_id, account_id, at, text) values (2, 1, '{NOON}', 'Look again.');
    insert into standings values ('email', 'eve@example.org', 'banned', null, 'So.', '{NOON}', 1);
    insert into standing_changes values (3, '', '{{"value": "eve@example.org"}}');
    insert into moves values (4, 5, 3, null);
    insert into filter_lines (batch_id, hash, label, text, author, email, url)
      values (5, 'h', 'spam', 'Buy', '', '', '');
    insert into filter_examples (key, label) values (1, 'ham');
    insert into filter_words values (11, 'buy', 1, 0);
    update filter_state set spam = 1;
    insert into filter_fit values (1, 0, '{NOON}', x'00', '');
    insert into words (word) values ('heron.');
    update heartbeat set beats = 12
"""


@pytest.fixture
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with rows in every table that such a site had."""
    path = tmp_path_factory.mktemp("former") / "copy.db"
    db = Database(sqlite3.connect(path, isolation_level=None), execute_plugins=False)
    migrations.run(db, FORMER_SCHEMA.read_bytes().decode())
    db.conn.execute("insert into heartbeat (id, written_at) values (1, '2026')")
    db.conn.execute("insert into filter_state (id) values (1)")
    for statement in ROWS.split(";\n"):
        db.conn.execute(statement)
    for name in MIGRATIONS:
        db.conn.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) values ('blog', ?, '2026')", [name]
        )
    for index in ("comments_search", "comments_words", "words_search", "posts_search"):
        db.conn.execute(f"insert into {index} ({index}) values ('rebuild')")
    db.conn.close()
    return path


@pytest.fixture
def empty(tmp_path: Path) -> Settings:
    (tmp_path / "posts").mkdir()
    (tmp_path / "blog.toml").write_text('title = "Test"\n', "utf-8")
    return settings.load(tmp_path, {})


def rows(db: Database, table: str, columns: list[str]) -> list[Any]:
    return sorted(db.conn.execute(f"select {', '.join(columns)} from {table}").fetchall(), key=repr)


def tables(db: Database) -> set[str]:
    names = "select name from pragma_table_list where type = 'table' and name not like 'sqlite%'"
    return {row[0] for row in db.conn.execute(names).fetchall()}


def columns(db: Database, table: str) -> list[str]:
    return [row[0] for row in db.conn.execute("select name from pragma_table_info(?)", [table]).fetchall()]


def test_every_row_of_every_table_comes_over(empty: Settings, copy: Path) -> None:
    before = store.connect(copy, readonly=True)
    assert [name for name in tables(before) if not rows(before, name, ["*"])] == []
    copied = backups.restore(empty, copy, at=NOON)
    assert (copied.comments, copied.posts) == (3, 2)
    db = store.connect(empty.database)
    for name in tables(before) - {"sessions", "words", "_sqlite_migrations"}:
        both = [column for column in columns(before, name) if column in columns(db, name) and column != "searched"]
        assert rows(db, name, both) == rows(before, name, both), name
        missing = set(columns(before, name)) - set(both) - {"searched"}
        moved = {"source_key", "head_hash", "tail_hash", "facts", "reason"}
        assert missing == (moved if name == "comments" else set())
    reasons = dict(before.conn.execute("select id, reason from comments").fetchall())
    verdicts = db.conn.execute("select id, rule, verdict_facts from comments").fetchall()
    assert {row[0]: rules.sentence(row[1], json.loads(row[2])) for row in verdicts} == reasons
    assert rows(db, "comments", ["id", "evidence"]) == rows(before, "comments", ["id", "facts"])
    assert tables(before) - tables(db) == {"words"}
    assert rows(db, "sessions", ["*"]) == []
    assert rows(db, "comment_fingerprints", ["*"]) == [("first head", 2), ("last tail", 2)]
    assert rows(db, "imported_comments", ["*"]) == [(3, "page:7", 5)]
    assert rows(db, "tags", ["slug", "name"]) == [("birds", "Birds")]
    before.conn.close()
    db.conn.close()


def test_a_copy_of_the_version_before_the_last_comes_over(empty: Settings, copy: Path) -> None:
    old = Database(sqlite3.connect(copy, isolation_level=None), execute_plugins=False)
    drafts = {row[0] for row in old.conn.execute("select id from posts where was_published = 0").fetchall()}
    migrations.run(old, UNDO_LAST)
    old.conn.execute("delete from _sqlite_migrations where name > ?", [BEFORE_LAST])
    old.conn.close()
    copied = backups.restore(empty, copy, at=NOON)
    assert (copied.comments, copied.posts) == (3, 2)
    db = store.connect(empty.database)
    assert db.conn.execute("select count(*) from heartbeat").fetchone() == (1,)
    never = {row[0] for row in db.conn.execute("select id from posts where was_published = 0").fetchall()}
    seen = {row[0] for row in db.conn.execute("select post_id from comments").fetchall()}
    assert never == drafts - seen
    db.conn.close()


@pytest.mark.parametrize(
    ("kind", "former", "state"),
    [
        ("lock", "locked 7", {"thread": 7, "locked": True}),
        ("undo", "unlocked 12", {"thread": 12, "locked": False}),
        ("learn", "1,234 lines", {"lines": 1_234}),
        ("setting", "one line", {"lines": 1}),
        ("approve", "approved", None),
    ],
)
def test_state_that_was_written_in_words_is_json(kind: str, former: str, state: dict[str, int] | None) -> None:
    db = store.empty_in_memory()
    made = db.conn.execute(f"select {STATE.format('before')} from (select ? as kind, ? as before)", [kind, former])
    written = made.fetchone()[0]
    assert (json.loads(written) if state else written) == (state or former)


def test_the_restored_site_is_sound_and_goes_on(empty: Settings, copy: Path) -> None:
    backups.restore(empty, copy, at=NOON)
    assert store.prepare(empty.database) == []
    db = store.connect(empty.database)
    assert integrity.check(db) == []
    assert [row["id"] for row in moderation.queue(db, Selection("all", search="heron"))] == [1]
    assert submit(db, "Next.", 5) == 6
    file = [ImportedComment(7, None, "Old", "", None, "Imported.")]
    with store.transaction(db):
        assert imported_comments.add(db, 3, file, by=by(), source="page") == 0
    assert integrity.check(db) == []
    db.conn.close()


def forge(copy: Path, statement: str) -> None:
    db = sqlite3.connect(copy)
    db.execute(statement)
    db.commit()
    db.close()


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("create trigger t after insert on comments begin delete from events; end", "trigger 't' is none of a site's"),
        ("drop trigger events_never_change", "trigger 'events_never_change' is missing"),
        ("create view v as select * from comments", "view 'v' is none of a site's"),
        ("delete from site", "does not say whose site it is"),
        ("insert into batches (kind, at, source) values ('shuffle', '', 'web')", "what no site holds"),
        ("delete from _sqlite_migrations where name > '0017_record'", "older than the last version before 0.1.0"),
    ],
)
def test_a_forged_or_older_copy_is_refused(empty: Settings, copy: Path, statement: str, sentence: str) -> None:
    forge(copy, statement)
    with pytest.raises(Unusable, match=sentence):
        backups.restore(empty, copy, at=NOON, force=True)
    assert not empty.database.exists()


def test_a_former_database_in_place_is_refused_with_what_to_do(empty: Settings, copy: Path) -> None:
    empty.database.write_bytes(copy.read_bytes())
    with pytest.raises(Unusable, match=r"copy it with that version's `blog backup FILE`"):
        store.prepare(empty.database)
    backups.restore(empty, copy, at=NOON)
    assert store.prepare(empty.database) == []
