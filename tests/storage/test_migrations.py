"""The schema: what there is, what it refuses by itself, and that its counts are right whatever happens."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations
from sqlite_utils.utils import sqlite3

from blog import moderation
from blog.comments import search
from blog.errors import Conflict, Invalid, NotFound
from blog.rules.policy import Policy
from blog.settings import Settings
from blog.storage import migrations, store
from blog.upkeep import integrity
from tests import factories
from tests.factories import decide, submit, undo

TABLES = {
    "accounts",
    "batches",
    "closures",
    "comment_counts",
    "comment_domains",
    "comments",
    "comments_search",
    "comments_words",
    "day_counts",
    "events",
    "filter_examples",
    "filter_fit",
    "filter_lines",
    "filter_state",
    "filter_words",
    "heartbeat",
    "moves",
    "notes",
    "old_addresses",
    "post_tags",
    "posts",
    "posts_search",
    "words",
    "words_search",
    "known_places",
    "passkeys",
    "recovery_codes",
    "revisions",
    "rule_counts",
    "sessions",
    "settings",
    "sign_in_failures",
    "site",
    "standing_changes",
    "standings",
    "unsaved",
    "used_challenges",
}
# What the full-text index, sqlite-utils and SQLite itself keep.
THEIRS = {
    "_sqlite_migrations",
    "comments_search_config",
    "comments_search_data",
    "comments_search_docsize",
    "comments_search_idx",
    "comments_words_config",
    "comments_words_data",
    "comments_words_docsize",
    "comments_words_idx",
    "posts_search_config",
    "posts_search_data",
    "posts_search_docsize",
    "posts_search_idx",
    "words_search_config",
    "words_search_data",
    "words_search_docsize",
    "words_search_idx",
    "sqlite_sequence",
}
INDEXES = {
    "accounts_by_feed",
    "batches_by_time",
    "comments_answered",
    "comments_arrivals",
    "comments_by_head",
    "comments_by_rule",
    "comments_by_tail",
    "comments_by_score",
    "filter_learned",
    "filter_lines_of_batch",
    "filter_lines_same",
    "filter_pending",
    "domains_of_comment",
    "notes_of_comment",
    "revisions_of_batch",
    "revisions_of_comment",
    "comments_by_account",
    "comments_by_email",
    "comments_by_network",
    "comments_by_reader",
    "comments_imported",
    "comments_in_thread",
    "comments_later",
    "comments_newest",
    "comments_of_post",
    "comments_queue",
    "comments_replies",
    "comments_roots",
    "comments_twice",
    "comments_threads",
    "comments_with_machine",
    "comments_trusting_account",
    "comments_trusting_reader",
    "events_alone",
    "events_of_batch",
    "events_of_comment",
    "events_of_post",
    "failures_by_time",
    "moves_from_post",
    "old_addresses_of_post",
    "pages_due",
    "passkeys_of_account",
    "posts_by_author",
    "posts_by_hash",
    "posts_by_name",
    "posts_newest",
    "posts_of_author",
    "posts_of_menu",
    "sessions_of_account",
    "unsaved_of_account",
    "tags_of_post",
}
TRIGGERS = {
    "closures_changed",
    "closures_lifted",
    "closures_made",
    "days_added",
    "days_gone",
    "days_moved",
    "filter_text_changed",
    "filter_word_added",
    "filter_word_gone",
    "rules_added",
    "rules_gone",
    "rules_moved",
    "threads_changed",
    "threads_gone",
    "threads_locked",
    "comments_added",
    "comments_edited",
    "comments_gone",
    "comments_moved",
    "comments_relocated",
    "comments_search_edited",
    "comments_search_gone",
    "events_counted",
    "events_never_change",
    "events_never_go",
    "events_never_replaced",
    "neighbours_came",
    "neighbours_changed",
    "neighbours_went",
    "posts_added",
    "posts_removed",
    "posts_search_added",
    "posts_search_changed",
    "posts_search_gone",
    "posts_seen_anew",
    "settings_added",
    "settings_changed",
    "settings_removed",
    "tags_added",
    "tags_changed",
    "words_added",
    "words_gone",
}


def of_kind(db: Database, kind: str) -> set[str]:
    rows = db.conn.execute(
        "select name from sqlite_master where type = ? and name not like 'sqlite\\_autoindex%' escape '\\'"
        " and name not like 'idx\\_\\_sqlite\\_migrations%' escape '\\'",
        [kind],
    )
    return {row[0] for row in rows.fetchall()}


def test_there_are_these_tables_indexes_and_triggers_and_no_others(db: Database) -> None:
    assert of_kind(db, "table") == TABLES | THEIRS
    assert of_kind(db, "index") == INDEXES
    assert of_kind(db, "trigger") == TRIGGERS
    assert of_kind(db, "view") == {"comments_searched"}


def test_a_decision_writes_in_these_indexes_and_in_no_others(db: Database) -> None:
    rows = db.conn.execute("select name from sqlite_master where type = 'index' and sql like '% on comments (%status%'")
    assert {row[0] for row in rows.fetchall()} == {
        *("comments_queue", "comments_of_post", "comments_newest", "comments_in_thread", "comments_by_rule"),
        *("comments_trusting_reader", "comments_trusting_account", "comments_later", "comments_by_score"),
        *("comments_answered", "comments_by_email"),
    }


def test_acts_make_no_table_by_a_misspelled_name(db: Database) -> None:
    factories.post(db)
    decide(db, submit(db), "approve")
    undo(db)
    assert of_kind(db, "table") == TABLES | THEIRS


def test_every_table_of_ours_keeps_to_its_types(db: Database) -> None:
    strict = {row[0] for row in db.conn.execute("select name from pragma_table_list where strict").fetchall()}
    assert strict == TABLES - {"comments_search", "comments_words", "posts_search", "words_search"}


def test_a_new_site_has_a_secret_of_its_own(tmp_path: Path) -> None:
    secrets = set()
    for name in ("a.db", "b.db"):
        store.prepare(tmp_path / name)
        db = store.connect(tmp_path / name)
        secrets |= {row[0] for row in db.conn.execute("select secret from site").fetchall()}
        db.conn.close()
    assert len(secrets) == 2
    assert all(len(secret) >= 43 for secret in secrets)


@pytest.mark.parametrize(
    "statement",
    [
        "update events set reason = ''",
        "update events set at = '2000' where id = 1",
        "delete from events",
        "delete from events where id = 1",
        "insert or replace into events (id, at, kind, source) values (1, '2000', 'submit', 'web')",
        "replace into events (id, at, kind, source) values (1, '2000', 'submit', 'web')",
        "insert into events (id, at, kind, source) values (1, '2000', 'submit', 'web')"
        " on conflict (id) do update set kind = 'spam'",
    ],
)
def test_the_journal_only_grows(db: Database, statement: str) -> None:
    factories.post(db)
    submit(db)
    before = db.conn.execute("select * from events").fetchall()
    assert before
    with pytest.raises(sqlite3.IntegrityError, match=r"The journal is append-only\."):
        db.conn.execute(statement)
    assert db.conn.execute("select * from events").fetchall() == before


COMMENT = """
    insert into comments (post_id, parent_id, root_id, status, author, email, url, text, text_html, text_hash, ip,
      network, user_agent, verdict, rule, reason, remember, created_at, source)
    values (1, {parent_id}, {root_id}, {status}, 'Ana', '', '', 'x', 'x', 'x', '', '', '', {verdict}, '', '',
      {remember}, '2026', {source})
"""
GOOD = {
    "parent_id": "null",
    "root_id": "null",
    "status": "'pending'",
    "verdict": "'hold'",
    "remember": "0",
    "source": "'web'",
}


EARLIER_POST = """
    insert into posts (slug, path, title, author, summary, body_html, status, published_at, source_hash)
    values ('a-post', 'a-post.md', 'A post', '', '', '', 'published', '2026-05-01', '')
"""


def comment(**changes: str) -> str:
    return COMMENT.format(**GOOD | changes)


@pytest.mark.parametrize(
    "statement",
    [
        comment(status="'unread'"),
        comment(status="null"),
        comment(verdict="'approve'"),
        comment(source="'mail'"),
        comment(remember="2"),
        comment(remember="'yes'"),
        comment(parent_id="1"),
        comment(root_id="1"),
        comment(parent_id="99", root_id="99"),
        "update comments set status = 'hidden' where id = 1",
        "update comments set post_id = 99 where id = 1",
        "update comments set replies = -1 where id = 1",
        "update comments set approved_in_thread = -1 where id = 1",
        "update comment_counts set n = -1",
        "delete from posts where id = 1",
        "update posts set status = 'public'",
        "update posts set comments_mode = 'ajar'",
        "update posts set tags = 'not json'",
        "update posts set approved = -1",
        "update posts set slug = 'other' where id = 1",
        "update posts set path = 'other.md' where id = 1",
        "insert into site (id, secret) values (2, 'x')",
        "insert into accounts (name, role, password_hash, created_at) values ('x', 'owner', '', '2026')",
        "insert into accounts (name, role, password_hash, created_at) values ('ANA', 'admin', '', '2026')",
        "insert into sessions values ('x', 99, '2026', '2026', '2026', '', '', '')",
        "insert into closures (post_id, mode, at, source) values (1, 'shut', '2026', 'web')",
        "insert into batches (kind, at, source) values ('spam', '2026', 'mail')",
        "insert into batches (kind, at, source, reverses) values ('undo', '2026', 'web', 99)",
        "insert into events (at, kind, source) values ('2026', 'spam', 'mail')",
        "insert into events (batch_id, at, kind, source) values (99, '2026', 'spam', 'web')",
    ],
)
def test_the_database_itself_refuses_what_must_never_be(db: Database, statement: str) -> None:
    factories.post(db)
    factories.post(db, "other")
    submit(db)
    db.conn.execute("insert into accounts (name, role, password_hash, created_at) values ('Ana', 'admin', '', '2026')")
    db.conn.execute(comment())
    with pytest.raises(sqlite3.IntegrityError):
        db.conn.execute(statement)


def test_the_same_import_cannot_land_twice_on_one_post(db: Database) -> None:
    factories.post(db)
    with_key = comment().replace("source)", "source, source_key)").replace("'web')", "'import', 'page:1')")
    db.conn.execute(with_key)
    with pytest.raises(sqlite3.IntegrityError, match=r"UNIQUE.*source_key"):
        db.conn.execute(with_key)


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    site: Settings, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = Migrations("blog")
    later._migrations.extend(migrations.migrations._migrations)

    @later(name="0005_half")
    def half(db: Database) -> None:
        db.conn.execute("create table half (id integer primary key) strict")
        db.conn.execute("insert into nowhere values (1)")

    monkeypatch.setattr(migrations, "migrations", later)
    before = db.conn.execute("select * from sqlite_master").fetchall()
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        store.prepare(site.database)
    assert db.conn.execute("select * from sqlite_master").fetchall() == before
    monkeypatch.undo()
    assert store.prepare(site.database) == []


def test_what_was_decided_before_there_was_a_filter_is_learned(site: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = Migrations("blog")
    every = migrations.migrations._migrations
    earlier._migrations.extend(each for each in every if each.name < "0011")
    monkeypatch.setattr(migrations, "migrations", earlier)
    site.database.unlink()
    store.prepare(site.database)
    db = store.connect(site.database)
    db.conn.execute(EARLIER_POST)
    for _ in range(4):
        db.conn.execute(comment())
    db.conn.execute("insert into batches (kind, at, source) values ('spam', '2026', 'web'), ('spam', '2026', 'web')")
    db.conn.execute("update batches set undone_by = 2 where id = 2")
    for batch, number, kind in ((1, 1, "spam"), (1, 2, "approve"), (1, 3, "trash"), (2, 4, "spam"), (2, 2, "spam")):
        db.conn.execute(
            "insert into events (batch_id, at, kind, comment_id, source) values (?, '2026', ?, ?, 'web')",
            [batch, kind, number],
        )
    monkeypatch.undo()
    assert store.prepare(site.database)[0] == "0011_filter"
    assert db.conn.execute("select key, label from filter_examples").fetchall() == [(1, "spam"), (2, "ham")]
    db.conn.close()


def test_comments_from_before_are_in_every_index_afterwards(site: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = Migrations("blog")
    earlier._migrations.extend(each for each in migrations.migrations._migrations if each.name < "0015")
    monkeypatch.setattr(migrations, "migrations", earlier)
    site.database.unlink()
    store.prepare(site.database)
    db = store.connect(site.database)
    db.conn.execute(EARLIER_POST)
    for number, text in enumerate(("a Heron", "two\nstorks", 'a "bittern"', "herons"), 1):
        row = comment(status="'pending'").replace("'x', 'x'", "?, 'x'", 1).replace("'2026'", f"'2026-05-0{number}'")
        db.conn.execute(row, [text])
        db.conn.execute(
            "insert into events (at, kind, comment_id, source, after) values ('', '', ?, 'web', 'pending')", [number]
        )
    db.conn.execute("insert into comments_search (rowid, text) select id, text from comments where id < 3")
    db.conn.execute("update site set searched = 2")
    db.conn.execute("update comments set replies = 1 where id = 2")
    db.conn.close()
    monkeypatch.undo()
    assert store.prepare(site.database)[0] == "0015_finding"
    db = store.connect(site.database)
    db.conn.execute("update comments set replies = 0 where id = 2")
    assert integrity.check(db) == []
    assert search.behind(db) == (4, 4)
    for asked, ids in {"heron": [4, 1], "HERON": [4, 1], "stork": [2], "ittern": [3], "x": []}.items():
        assert [row["id"] for row in moderation.queue(db, moderation.Selection(search=asked))] == ids
    assert {row[0] for row in db.conn.execute("select word from words").fetchall()} >= {"heron", "storks", '"bittern"'}
    assert db.conn.execute("select day, last from day_counts order by day").fetchall()[1] == ("2026-05-02", 2)
    for index in ("comments_search", "comments_words", "words_search"):
        assert ("secure-delete", 1) in db.conn.execute(f"select k, v from {index}_config").fetchall()
    db.conn.close()


def test_each_migration_is_numbered_and_named_once() -> None:
    names = [migration.name for migration in migrations.migrations._migrations]
    numbers = [int(name[:4]) for name in names]
    assert numbers == sorted(set(numbers))
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("seed", range(5))
def test_counts_agree_with_a_recount_whatever_is_done(db: Database, seed: int) -> None:
    """Two hundred acts in a random order: comments, replies, decisions on some or many, undoings, purges."""
    chance = random.Random(seed)
    factories.post(db)
    factories.post(db, "other")
    sent = 0
    for step in range(200):
        at = f"2026-05-{1 + step // 24:02}T{step % 24:02}:00:00.000Z"
        act = chance.choices(ACTS, [8, 8, 2, 1])[0]
        try:
            sent += act(db, chance, at, sent)
        except (Conflict, NotFound, Invalid):
            continue
    assert integrity.check(db) == []
    assert moderation.counts(db)["all"] >= 0


def send(db: Database, chance: random.Random, at: str, sent: int) -> int:
    rows = db.conn.execute("select id from comments where status = 'approved' and post_id = 1").fetchall()
    parent = str(chance.choice(rows)[0]) if rows and chance.random() < 0.6 else ""
    slug = "a-post" if parent or chance.random() < 0.8 else "other"
    submit(db, f"Thought {sent}.", n=sent, slug=slug, at=at, comment_parent=parent)
    return 1


def judge(db: Database, chance: random.Random, at: str, sent: int) -> int:
    ids = chance.sample(range(1, sent + 2), min(sent + 1, chance.choice([1, 1, 1, 5, 20])))
    decision = chance.choice(["approve", "approve", "approve", "unapprove", "spam", "trash", "restore", "delete"])
    decide(db, ids, decision, by=factories.by(at))
    return 0


def take_back(db: Database, chance: random.Random, at: str, sent: int) -> int:
    last = db.conn.execute("select coalesce(max(id), 0) from batches").fetchone()[0]
    undo(db, chance.randint(max(1, last - 3), last + 1), by=factories.by(at))
    return 0


def empty(db: Database, chance: random.Random, at: str, sent: int) -> int:
    with store.transaction(db):
        moderation.purge(db, Policy(empty_trash_days=2, empty_spam_days=2), at=at)
    return 0


ACTS: list[Callable[[Database, random.Random, str, int], int]] = [send, judge, take_back, empty]


def test_a_draft_without_comments_holds_no_address_after_the_upgrade(
    site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = Migrations("blog")
    earlier._migrations.extend(each for each in migrations.migrations._migrations if each.name < "0019")
    monkeypatch.setattr(migrations, "migrations", earlier)
    site.database.unlink()
    store.prepare(site.database)
    db = store.connect(site.database)
    for slug, status in (("a", "published"), ("b", "draft"), ("c", "withdrawn"), ("d", "draft")):
        db.conn.execute(EARLIER_POST.replace("a-post", slug).replace("'published'", f"'{status}'"))
    db.conn.execute(comment().replace("(1, ", "(4, ", 1))
    monkeypatch.undo()
    store.prepare(site.database)
    rows = db.conn.execute("select slug, was_published from posts order by id").fetchall()
    assert rows == [("a", 1), ("b", 0), ("c", 1), ("d", 1)]
    db.conn.close()
