"""The schema: what there is, what it refuses by itself, and that its counts are right whatever happens."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations
from sqlite_utils.utils import sqlite3

from blog import moderation
from blog.errors import Conflict, Invalid, NotFound
from blog.rules.policy import Policy
from blog.settings import Settings
from blog.storage import migrations, store
from blog.upkeep import integrity
from tests import factories
from tests.factories import decide, submit, undo

TABLES = {
    "account_mail",
    "accounts",
    "authorization_codes",
    "batches",
    "closures",
    "confirmed_addresses",
    "comment_counts",
    "comment_domains",
    "comment_past",
    "comment_fingerprints",
    "marks",
    "comments",
    "comments_search",
    "day_counts",
    "events",
    "filter_examples",
    "filter_fit",
    "filter_lines",
    "filter_state",
    "filter_words",
    "heartbeat",
    "imported_comments",
    "mail_limits",
    "mail_links",
    "mailbox_sessions",
    "media",
    "announced_posts",
    "mentions_received",
    "mentions_sent",
    "webhooks",
    "webhook_deliveries",
    "moves",
    "notes",
    "outbox",
    "old_addresses",
    "post_tags",
    "post_versions",
    "posts",
    "posts_search",
    "known_discussions",
    "known_places",
    "passkeys",
    "proposals",
    "recovery_codes",
    "refused_mail",
    "revisions",
    "rule_counts",
    "second_looks",
    "declined_suggestions",
    "sessions",
    "settings",
    "sign_in_failures",
    "site",
    "standing_changes",
    "standings",
    "subscriptions",
    "tags",
    "tokens",
    "server_problems",
    "unconfirmed_comments",
    "unfinished_import",
    "unfinished_posts",
    "unsaved",
    "unwanted_mail",
    "used_challenges",
}
# What the full-text index, sqlite-utils and SQLite itself keep.
THEIRS = {
    "_sqlite_migrations",
    "comments_search_config",
    "comments_search_data",
    "comments_search_docsize",
    "comments_search_idx",
    "posts_search_config",
    "posts_search_data",
    "posts_search_docsize",
    "posts_search_idx",
    "sqlite_sequence",
}
INDEXES = {
    "accounts_by_feed",
    "batches_by_time",
    "batches_of_account",
    "comments_by_rule",
    "comments_by_score",
    "filter_learned",
    "filter_lines_of_batch",
    "filter_lines_same",
    "filter_pending",
    "domains_of_comment",
    "fingerprints_of_comment",
    "mail_links_by_time",
    "mail_links_of_address",
    "media_deleted",
    "media_of_post",
    "notes_of_comment",
    "outbox_by_key",
    "outbox_purges",
    "outbox_due",
    "outbox_of_batch",
    "subscriptions_of_post",
    "subscriptions_unconfirmed",
    "tokens_of_account",
    "unconfirmed_by_address",
    "revisions_of_batch",
    "revisions_of_comment",
    "comments_by_account",
    "comments_by_email",
    "comments_by_network",
    "comments_by_reader",
    "comments_in_thread",
    "comments_marked",
    "comments_newest",
    "comments_of_other_kinds",
    "comments_public",
    "comments_picked",
    "comments_reactions",
    "comments_reported",
    "mention_of_comment",
    "mentions_refused",
    "mentions_sent_by_time",
    "webhook_deliveries_by_time",
    "webhook_deliveries_newest",
    "known_discussions_due",
    "posts_for_others",
    "posts_listed",
    "comments_of_post",
    "comments_put_aside",
    "comments_queue",
    "comments_replies",
    "comments_threads",
    "comments_waiting",
    "events_alone",
    "events_of_batch",
    "events_of_comment",
    "events_of_post",
    "failures_by_time",
    "old_addresses_of_post",
    "pages_due",
    "passkeys_of_account",
    "past_of_comment",
    "posts_by_author",
    "posts_by_hash",
    "posts_by_name",
    "posts_hidden",
    "posts_newest",
    "posts_of_author",
    "posts_of_menu",
    "second_looks_of_week",
    "sessions_of_account",
    "unsaved_of_account",
    "versions_of_post",
    "tags_of_post",
}
TRIGGERS = {
    "closures_changed",
    "closures_lifted",
    "closures_made",
    "filter_text_changed",
    "filter_word_added",
    "filter_word_gone",
    "threads_changed",
    "threads_locked",
    "reactions_added",
    "webhooks_added",
    "webhooks_removed",
    "reactions_gone",
    "reactions_moved",
    "comments_added",
    "comments_added_unseen",
    "comments_edited",
    "comments_gone",
    "comments_moved",
    "comments_picked_or_thanked",
    "comments_relocated",
    "comments_search_edited",
    "comments_search_gone",
    "events_counted",
    "events_never_change",
    "events_never_go",
    "events_never_replaced",
    "purges_of_added_tag",
    "purges_of_post",
    "purges_of_removed_tag",
    "purges_of_site",
    "posts_added",
    "posts_changed_for_others",
    "posts_removed",
    "posts_search_added",
    "posts_search_changed",
    "posts_search_gone",
    "posts_seen_anew",
    "settings_added",
    "settings_changed",
    "settings_removed",
    "tags_added",
    "unconfirmed_added",
    "unconfirmed_decided",
    "unconfirmed_gone",
    "unconfirmed_removed",
    "tags_changed",
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


OF_HELD = {  # written for each comment that is held, and comments_by_score where the filter gives a score
    *("comments_queue", "comments_by_rule", "comments_of_post"),
    *("comments_by_reader", "comments_by_email", "comments_by_network", "comments_waiting"),
}


def test_a_held_comment_is_written_to_seven_of_twenty_indexes_and_with_a_score_to_eight(db: Database) -> None:
    indexes = {name for name in INDEXES if name.startswith("comments_")}
    partial = db.conn.execute(
        "select name from sqlite_master where type = 'index' and tbl_name = 'comments' and sql like '% where %'"
    ).fetchall()
    whole = {"comments_by_reader", "comments_by_email", "comments_by_network", "comments_waiting"}
    assert (len(indexes), len(OF_HELD)) == (20, 7)
    assert indexes - {name for (name,) in partial} | whole == OF_HELD


def test_a_decision_writes_in_these_indexes_and_in_no_others(db: Database) -> None:
    rows = db.conn.execute("select name from sqlite_master where type = 'index' and sql like '% on comments (%status%'")
    assert {row[0] for row in rows.fetchall()} == {
        *(
            "comments_queue",
            "comments_of_post",
            "comments_newest",
            "comments_public",
            "comments_waiting",
            "comments_in_thread",
            "comments_by_rule",
        ),
        *("comments_marked", "comments_by_score", "comments_by_email", "comments_by_reader", "comments_by_account"),
    }


def test_acts_make_no_table_by_a_misspelled_name(db: Database) -> None:
    factories.post(db)
    decide(db, submit(db), "approve")
    undo(db)
    assert of_kind(db, "table") == TABLES | THEIRS


def test_every_table_of_ours_keeps_to_its_types(db: Database) -> None:
    strict = {row[0] for row in db.conn.execute("select name from pragma_table_list where strict").fetchall()}
    assert strict == TABLES - {"comments_search", "posts_search"}


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
      network, user_agent, verdict, rule, verdict_facts, remember, created_at, source)
    values (1, {parent_id}, {root_id}, {status}, 'Ana', '', '', 'x', 'x', 'x', '', '', '', {verdict}, '', '{{}}',
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


def comment(**changes: str) -> str:
    return COMMENT.format(**GOOD | changes)


def earlier_comment(**changes: str) -> str:
    return comment(**changes).replace("verdict_facts", "reason")


@pytest.mark.parametrize(
    "statement",
    [
        comment(status="'unread'"),
        comment(status="null"),
        comment(verdict="'approve'"),
        comment(source="'fax'"),
        comment(source="'web'").replace("source)", "source, kind)").replace("'web')", "'web', 'letter')"),
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
        "insert into batches (kind, at, source) values ('spam', '2026', 'fax')",
        "insert into batches (kind, at, source) values ('shuffle', '2026', 'web')",
        "insert into events (at, kind, source) values ('2026', 'shuffle', 'web')",
        "insert into closures (post_id, mode, at, source) values (1, 'closed', '2026', 'fax')",
        "insert into outbox (kind, payload, created_at, due_at) values ('pigeon', '{}', '2026', '2026')",
        "insert into outbox (kind, payload, created_at, due_at) values ('mail', 'not json', '2026', '2026')",
        "insert into batches (kind, at, source, reverses) values ('undo', '2026', 'web', 99)",
        "insert into events (at, kind, source) values ('2026', 'spam', 'fax')",
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
    key = "insert into imported_comments (post_id, source_key, comment_id) values (1, 'page:1', ?)"
    for _ in range(2):
        db.conn.execute(comment(source="'import'"))
    db.conn.execute(key, [1])
    with pytest.raises(sqlite3.IntegrityError, match=r"UNIQUE.*source_key"):
        db.conn.execute(key, [2])


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    site: Settings, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = Migrations("blog")
    later._migrations.extend(migrations.migrations._migrations)

    @later(name="0002_half")
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
