"""Is everything as it says it is? Integrity, references, counts against a recount, states against the journal; and
mending what can be counted again."""

from dataclasses import dataclass

from sqlite_utils import Database

from blog.comments import search
from blog.storage import store


@dataclass(frozen=True)
class Check:
    """A sentence, the query that counts what is wrong, and what puts it right where that can be derived."""

    sentence: str
    query: str
    repairs: tuple[str, ...] = ()
    done: str = ""


# Pings, likes and reposts are not counted for readers.
SPOKEN = "kind not in ('pingback', 'trackback', 'like', 'repost')"
COUNTED = """
    select post_id, status, count(*) as n from comments group by post_id, status
    union all select 0, status, count(*) from comments group by status
"""
BY_RULE = "select status, rule, count(*) as n from comments group by status, rule"
BY_DAY = "select substr(created_at, 1, 10) as day, status, count(*) as n from comments group by 1, 2"


def _recount(table: str, columns: str, counted: str) -> tuple[str, str]:
    return (
        f"update {table} set n = 0",
        f"insert into {table} ({columns}, n) select * from ({counted}) where true"
        f" on conflict ({columns}) do update set n = excluded.n",
    )


def _stored_counts(what: str, table: str, columns: str, counted: str) -> Check:
    return Check(
        f"{{n}} counts of comments by {what} differ from a recount.",
        f"""
        select (select count(*) from (select {columns}, n from {table} where n > 0 except {counted}))
          + (select count(*) from ({counted} except select {columns}, n from {table}))
        """,
        _recount(table, columns, counted),
        f"Counted the comments of each {what} again.",
    )


CHECKS = (
    Check(
        "{n} counts of comments differ from a recount.",
        f"""
        select count(*) from (select post_id, status, n from comment_counts where n > 0
          except select * from ({COUNTED}))
        """,
        _recount("comment_counts", "post_id, status", COUNTED),
        "Counted the comments of each post again.",
    ),
    Check(
        "{n} groups of comments are not counted.",
        f"""
        select count(*) from (select * from ({COUNTED}) except select post_id, status, n from comment_counts)
        """,
        _recount("comment_counts", "post_id, status", COUNTED),
        "Counted the comments of each post again.",
    ),
    _stored_counts("rule", "rule_counts", "status, rule", BY_RULE),
    _stored_counts("day", "day_counts", "day, status", BY_DAY),
    Check(
        "{n} posts have a wrong number of approved comments.",
        f"""
        select count(*) from posts p where p.approved <>
          (select count(*) from comments c where c.post_id = p.id and c.status = 'approved' and c.{SPOKEN})
        """,
        (
            f"""
            update posts set version = version + 1,
              approved = (select count(*) from comments c
                where c.post_id = posts.id and c.status = 'approved' and c.{SPOKEN})
            where approved <> (select count(*) from comments c
              where c.post_id = posts.id and c.status = 'approved' and c.{SPOKEN})
            """,
        ),
        "Counted the approved comments of each post again.",
    ),
    Check(
        "{n} posts have a wrong number of threads.",
        """
        select count(*) from posts p where p.threads <> (select count(*) from comments c
          where c.post_id = p.id and c.root_id is null and c.approved_in_thread > 0)
        """,
        (
            """
            update posts set version = version + 1, threads = (select count(*) from comments c
              where c.post_id = posts.id and c.root_id is null and c.approved_in_thread > 0)
            """,
        ),
        "Counted the threads of each post again.",
    ),
    Check(
        "{n} comments have a wrong number of replies.",
        """
        select count(*) from comments c where c.replies <> (select count(*) from comments r where r.parent_id = c.id)
        """,
        (
            """
            update comments set replies = (select count(*) from comments r where r.parent_id = comments.id)
            where replies <> (select count(*) from comments r where r.parent_id = comments.id)
            """,
        ),
        "Counted the replies to each comment again.",
    ),
    Check(
        "{n} threads have a wrong number of approved comments.",
        f"""
        select count(*) from comments c where c.root_id is null and c.approved_in_thread <>
          (select count(*) from comments r where r.root_id = c.id and r.status = 'approved' and r.{SPOKEN})
            + (c.status = 'approved' and c.{SPOKEN})
        """,
        (
            f"""
            update comments set approved_in_thread = (status = 'approved' and {SPOKEN})
              + (select count(*) from comments r where r.root_id = comments.id and r.status = 'approved' and r.{SPOKEN})
            where root_id is null
            """,
            "update posts set version = version + 1",
        ),
        "Counted the approved comments of each thread again.",
    ),
    Check(
        "{n} comments are not in the state that the journal says.",
        """
        select count(*) from comments c where c.status <> coalesce(
          (select e.after from events e where e.comment_id = c.id order by e.id desc limit 1), '')
        """,
    ),
    Check(
        "{n} batches have a wrong number of events.",
        """
        select count(*) from batches b where b.moved <> (select count(*) from events e where e.batch_id = b.id)
        """,
        ("update batches set moved = (select count(*) from events e where e.batch_id = batches.id)",),
        "Counted the events of each batch again.",
    ),
    Check(
        "{n} replies are on another post, or in another thread, than what they answer.",
        """
        select count(*) from comments c join comments p on p.id = c.parent_id
        where c.post_id <> p.post_id or c.root_id <> coalesce(p.root_id, p.id)
        """,
    ),
)
UNFINISHED = "An import is being written, or was stopped. Its rest is removed when the server or an import starts."
DAMAGED = "The database is damaged: "
SEARCH = "The search index does not say what the comments say."
SEARCH_DONE = "Built the search index anew."


def check(db: Database) -> list[str]:
    """Return a sentence for each thing that is wrong; none when all is well."""
    damage = _damage(db)
    if damage:
        return damage
    if _is_importing(db):
        return [UNFINISHED]  # it is counted when it is whole
    problems = []
    for row in db.conn.execute("pragma foreign_key_check").fetchall():
        problems.append(f"Row {row[1]} of {row[0]} refers to a row of {row[2]} that is not there.")
    for each in CHECKS:
        if (wrong := db.conn.execute(each.query).fetchone()[0]) > 0:
            problems.append(each.sentence.format(n=f"{wrong:,}"))
    return problems if _search_agrees(db) else [*problems, SEARCH]


def repair(db: Database) -> list[str]:
    """Count again what differs, and build the search index anew where it does; return what was done.

    What cannot be derived stays as it is, and in a damaged file nothing is touched.
    """
    if _damage(db) or _is_importing(db):
        return []
    done: list[str] = []
    with store.transaction(db):
        while search.feed(db):
            pass  # so that the index can be compared with all comments
        for each in CHECKS:
            if each.repairs and db.conn.execute(each.query).fetchone()[0] > 0:
                for statement in each.repairs:
                    db.conn.execute(statement)
                done.append(each.done)
        if not _search_agrees(db):
            search.build(db)
            done.append(SEARCH_DONE)
        if done:
            db.conn.execute("update site set version = version + 1")
    return list(dict.fromkeys(done))


def _is_importing(db: Database) -> bool:
    return db.conn.execute("select 1 from unfinished_import").fetchone() is not None


def _damage(db: Database) -> list[str]:
    return [
        f"{DAMAGED}{row[0]}. Put a copy of it back with `blog restore-backup FILE`."
        for row in db.conn.execute("pragma integrity_check(10)").fetchall()
        if row[0] != "ok"
    ]


def _search_agrees(db: Database) -> bool:
    """Let FTS5 compare its index with the comments (https://sqlite.org/fts5.html, the integrity-check command)."""
    newest, searched = search.behind(db)
    compared = int(newest <= searched)  # comments that are not indexed yet are no error
    try:
        db.conn.execute("insert into comments_search (comments_search, rank) values ('integrity-check', ?)", [compared])
    except store.DatabaseError as error:
        name = str(getattr(error, "sqlite_errorname", ""))
        if name.startswith("SQLITE_READONLY"):  # a database that may not be written cannot be asked
            return True
        if not name.startswith("SQLITE_CORRUPT"):
            raise
        return False
    return True
