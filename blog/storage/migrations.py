"""The steps that bring a database to the schema: schema.sql, and after the release what changes it.

From 0.1.0 on neither schema.sql nor a migration is ever changed: a change to the schema is a new migration at the end.
"""

import secrets
from pathlib import Path

from sqlite_utils import Database, Migrations
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # pysqlite3 where it is installed

from blog.errors import Unusable
from blog.wording import gettext, listed

migrations = Migrations("blog")
SCHEMA = Path(__file__).with_name("schema.sql")
FORMER = "0001_site"  # the first of the steps by which databases were made before 0.1.0
SECURE_SEARCH = (3, 42, 0)  # https://sqlite.org/fts5.html, the secure-delete option


def migrate(db: Database) -> list[str]:
    """Bring `db` up to date in one transaction; return the names that ran.

    Raises Unusable, and changes nothing, when `db` is newer than this program or belongs to another one.
    """
    db.conn.execute("begin immediate")
    try:
        check(db, empty=True)
        pending = [migration.name for migration in migrations.pending(db)]
        migrations.apply(db)
    except BaseException:
        db.conn.execute("rollback")
        raise
    db.conn.execute("commit")
    return pending


def check(db: Database, *, name: str = "blog.db", empty: bool = False) -> list[str]:
    """Return which migrations a database still wants; `empty` says that one without tables will do.

    Raises Unusable when it is newer than this program or belongs to another one.
    """
    known = [migration.name for migration in migrations._migrations]
    applied = {migration.name for migration in migrations.applied(db)}
    if FORMER in applied:
        raise Unusable(
            gettext(
                "{name} was made by a version before 0.1.0: copy it with that version's `blog backup FILE`, then put"
                " the copy in its place with this version's `blog restore-backup FILE`.",
                name=name,
            )
        )
    if strange := sorted(applied - set(known)):
        raise Unusable(
            gettext(
                "{name} was written by a newer Afterword (it has {migrations}). Install that version, or bring back a"
                " copy from before the upgrade.",
                name=name,
                migrations=listed(strange),
            )
        )
    if not applied and (db.table_names() or not empty):
        raise Unusable(
            gettext("{name} is the database of another program: it has no tables of Afterword's.", name=name)
        )
    return [each for each in known if each not in applied]


@migrations(name="0001_schema")
def _schema(db: Database) -> None:
    run(db, SCHEMA.read_text("utf-8"))
    db.conn.execute("insert into site (id, secret) values (1, ?)", [secrets.token_urlsafe(32)])
    if sqlite3.sqlite_version_info >= SECURE_SEARCH:  # otherwise FTS5 keeps deleted text until its parts are merged
        db.conn.execute("insert into comments_search (comments_search, rank) values ('secure-delete', 1)")


def run(db: Database, script: str) -> None:
    """Execute the statements of a script inside the transaction of the caller (`executescript` would commit it)."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.conn.execute(statement)
            statement = ""
