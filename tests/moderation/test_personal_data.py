"""Every column of text is either known to hold personal data or excused here."""

from sqlite_utils import Database

from blog.moderation.personal_data import PLACES

# Tables that hold what the site's own people write and how the site works, nothing about readers.
TABLES_EXCUSED = {
    *("_sqlite_migrations", "batches", "closures", "events", "heartbeat", "media", "old_addresses", "passkeys"),
    *(
        "post_tags",
        "post_versions",
        "posts",
        "recovery_codes",
        "settings",
        "site",
        "tags",
        *("tokens", "authorization_codes"),  # which programs an account let in
        "unfinished_posts",
        "unsaved",
        "used_challenges",
    ),
    *("comment_counts", "rule_counts", "day_counts", "filter_fit", "filter_state", "filter_words", "filter_examples"),
    *("imported_comments", "comment_past"),
    *("announced_posts", "mentions_sent", "known_discussions"),  # what the site's own posts say
    *("webhooks", "webhook_deliveries"),  # where messages go, and which comments they were about
    "server_problems",  # what is wrong with the server
    "account_mail",  # what an account chose
    "outbox",  # each kind of message says itself whom it names, and it is removed when it has been sent
    *("mail_limits", "unwanted_mail"),  # their keys are hashes with the site's secret
    "sign_in_failures",  # its keys are hashes with the site's secret, forgotten after hours
}
COLUMNS_EXCUSED = {
    "comments": {"kind", "status", "verdict", "rule", "created_at", "edited_at", "source", "withdrawn_at"},
    "revisions": {"at", "edited_at"},
    "notes": {"at", "who"},
    "proposals": {"at"},
    "marks": {"kind", "at"},
    "unconfirmed_comments": {"asked_at"},
    "subscriptions": {"kind", "created_at", "confirmed_at", "sent_at"},
    "confirmed_addresses": {"at"},
    "mail_links": {"token_hash", "purpose", "code_hash", "created_at", "expires_at", "used_at"},
    "mailbox_sessions": {"token_hash", "expires_at"},
    "refused_mail": {"at"},
    "second_looks": {"week"},
    "declined_suggestions": {"setting", "at"},
    "mentions_received": {"target", "type", "state", "error", "received_at", "checked_at"},
    "filter_lines": {"label"},
    "standings": {"kind", "standing", "until", "at"},
    "accounts": {"role", "password_hash", "created_at", "removed_at", "feed", "language"},
    "sessions": {"token_hash", "created_at", "seen_at", "confirmed_at", "expires_at"},
    "known_places": {"seen_at"},
}


def columns_of_text(db: Database) -> set[tuple[str, str]]:
    rows = db.conn.execute(
        """
        select t.name, c.name from pragma_table_list t join pragma_table_info(t.name) c
        where t.schema = 'main' and t.type = 'table' and t.name not like 'sqlite%' and lower(c.type) = 'text'
        """
    )
    return set(rows.fetchall())


def test_every_column_of_text_is_listed_or_excused(db: Database) -> None:
    known = {(place.table, place.column) for place in PLACES}
    excused = {(table, column) for table, columns in COLUMNS_EXCUSED.items() for column in columns}
    there = {pair for pair in columns_of_text(db) if pair[0] not in TABLES_EXCUSED}
    assert there - known == excused
    assert known & excused == set()


def test_every_listed_column_is_in_the_schema(db: Database) -> None:
    every = {
        (table, column)
        for (table,) in db.conn.execute("select name from pragma_table_list where schema = 'main'").fetchall()
        for (column,) in db.conn.execute("select name from pragma_table_info(?)", [table]).fetchall()
    }
    assert {(place.table, place.column) for place in PLACES} <= every
    assert {place.table for place in PLACES} & TABLES_EXCUSED == set()
