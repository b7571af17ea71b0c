"""Copies of sites that were made before 0.1.0: their schema, and how their rows come into the present one.

Needed once, for sites that are older than the release. With 0.1.0 this module and former_schema.sql are removed.
"""

from pathlib import Path

from sqlite_utils import Database

from blog.closing import known
from blog.comments import search
from blog.errors import Unusable
from blog.posts import announced
from blog.storage import migrations, store
from blog.upkeep import integrity
from blog.upkeep.backups.copying import Progress, table_names
from blog.wording import gettext

FORMER_SCHEMA = Path(__file__).with_name("former_schema.sql")
LAST = "0020_drafts"
# The version before the last one. What the last one added, taken away again, gives exactly its schema.
BEFORE_LAST = "0018_places"
UNDO_LAST = "alter table posts drop column was_published;\ndrop table heartbeat;\n"
NOT_COPIED = {"_sqlite_migrations", "sessions", "words"}
ONE_ROW = ("site", "heartbeat", "filter_state")  # tables to which the schema adds their only row
# What had columns of `comments` before, and the tags. An import is known by the post to which the comment came first.
FORMER_COLUMNS = {
    "insert into comment_fingerprints (hash, comment_id) values (?, ?)": """
        select 'first ' || head_hash, id from comments where head_hash is not null
        union select 'last ' || tail_hash, id from comments where tail_hash is not null
        """,
    "insert or ignore into imported_comments (post_id, source_key, comment_id) values (?, ?, ?)": """
        select p.id, c.source_key, c.id from comments c join posts p on p.id = coalesce(
          (select m.post_id from moves m where m.comment_id = c.id order by m.batch_id limit 1), c.post_id)
        where c.source_key is not null
        """,
    "insert or ignore into tags (slug, name) values (?, ?)": "select slug, name from post_tags order by post_id, slug",
}

LINES = "iif({0} = 'one line', 1, cast(replace(replace({0}, ' lines', ''), ',', '') as integer))"
# State that the journal held as words, as JSON: "locked 7", "3 lines".
STATE = f"""
    case
      when {{0}} glob 'locked [0-9]*'
        then json_object('thread', cast(substr({{0}}, 8) as integer), 'locked', json('true'))
      when {{0}} glob 'unlocked [0-9]*'
        then json_object('thread', cast(substr({{0}}, 10) as integer), 'locked', json('false'))
      when kind in ('learn', 'setting') and ({{0}} = 'one line' or {{0}} glob '[0-9]* lines')
        then json_object('lines', {LINES})
      else {{0}} end
"""
# What stands in a column now, made of what stood there before.
EXPRESSIONS = {
    ("comments", "evidence"): "facts",
    ("comments", "verdict_facts"): "json_object('sentence', reason)",
    ("events", "before"): STATE.format("before"),
    ("events", "after"): STATE.format("after"),
}
# What only the last version before 0.1.0 had, made of what the version before it had.
ADDED = {
    ("posts", "was_published"): "status <> 'draft' or exists (select 1 from comments where post_id = posts.id)",
}


def is_former(copy: Database, path: Path) -> bool:
    """Tell whether a copy was made before 0.1.0; raise Unusable for one older than the last two versions."""
    applied = _applied(copy)
    if migrations.FORMER not in applied:
        return False
    if max(applied) not in (LAST, BEFORE_LAST):
        raise Unusable(
            gettext(
                "{path} is older than the last version before 0.1.0. Restore it with that version, and make a new"
                " backup.",
                path=path,
            )
        )
    return True


def schema(copy: Database) -> str:
    """Return the statements that make the schema of the version that a former copy is of."""
    statements = FORMER_SCHEMA.read_bytes().decode()  # with the line ends that it has
    return f"{statements}\n{UNDO_LAST}" if max(_applied(copy)) == BEFORE_LAST else statements


def _applied(copy: Database) -> set[str]:
    return {migration.name for migration in migrations.migrations.applied(copy)}


def convert(copy: Database, db: Database, progress: Progress | None = None) -> None:
    """Fill an empty database with what a former copy holds, and build the search and the counts anew."""
    db.conn.execute("pragma foreign_keys = off")  # whoever restores a copy checks all references at the end
    migrations.migrate(db)
    try:
        with store.transaction(db):
            triggers = db.conn.execute("select name, sql from sqlite_master where type = 'trigger'").fetchall()
            for name, _ in triggers:
                db.conn.execute(f"drop trigger {name}")
            _copy_tables(copy, db, progress)
            for insert, select in FORMER_COLUMNS.items():
                db.conn.executemany(insert, copy.conn.execute(select))
            for _, sql in triggers:
                db.conn.execute(sql)
            db.conn.execute("insert into posts_search (posts_search) values ('rebuild')")
            announced.mark_all(db)  # nobody is told of posts that were there
            known.forget(db)
            search.build(db)
    except store.DatabaseError as error:
        raise Unusable(gettext("The copy holds what no site holds ({error}).", error=error)) from error
    integrity.repair(db)
    db.conn.execute("pragma foreign_keys = on")


def _copy_tables(copy: Database, db: Database, progress: Progress | None) -> None:
    """Copy what both have, columns by name, and the highest ids that were ever used."""
    ours = set(table_names(db))
    tables = [name for name in table_names(copy) if name in ours - NOT_COPIED]
    for name in set(ONE_ROW) & set(tables):
        db.conn.execute(f"delete from {name}")
    for done, name in enumerate(tables, 1):
        known = _columns(copy, name)
        made = {key: value for key, value in ADDED.items() if key[1] not in known} | EXPRESSIONS
        columns = [column for column in _columns(db, name) if column in known or (name, column) in made]
        values = [made.get((name, column), column) for column in columns]
        db.conn.executemany(
            f"insert into {name} ({', '.join(columns)}) values ({', '.join('?' * len(columns))})",
            copy.conn.execute(f"select {', '.join(values)} from {name}"),
        )
        if progress:
            progress(done, len(tables))
    for name, highest in copy.conn.execute("select name, seq from sqlite_sequence").fetchall():
        if name in ours:
            db.conn.execute("delete from sqlite_sequence where name = ?", [name])
            db.conn.execute("insert into sqlite_sequence (name, seq) values (?, ?)", [name, highest])


def _columns(db: Database, table: str) -> list[str]:
    return [row[0] for row in db.conn.execute("select name from pragma_table_info(?)", [table]).fetchall()]
