"""Is everything as it says it is? Integrity, references, counts against a recount, states against the journal; and
mending what can be counted again."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlite_utils import Database

from blog.comments import search
from blog.storage import store
from blog.wording import N_, gettext, ngettext


@dataclass(frozen=True)
class Check:
    """A sentence, the query that counts what is wrong, and what puts it right where that can be derived."""

    sentence: Callable[[int], str]
    query: str
    repairs: tuple[str, ...] = ()
    done: str = ""


# Pings, likes and reposts are not counted for readers.
SPOKEN = "kind not in ('pingback', 'trackback', 'like', 'repost')"
# Pending comments whose writers have not confirmed the address are counted apart.
STANDING = """
    iif(status = 'pending' and exists (select 1 from unconfirmed_comments u where u.comment_id = comments.id),
      'unconfirmed', status)
"""
COUNTED = f"""
    select post_id, {STANDING} as status, count(*) as n from comments group by 1, 2
    union all select 0, {STANDING}, count(*) from comments group by 2
"""
BY_RULE = f"select {STANDING} as status, rule, count(*) as n from comments group by 1, 2"
BY_DAY = """
    select substr(created_at, 1, 10) as day, status, count(*) as n from comments
    where created_at is not null group by 1, 2
"""


def _recount(table: str, columns: str, counted: str) -> tuple[str, str]:
    return (
        f"update {table} set n = 0",
        f"insert into {table} ({columns}, n) select * from ({counted}) where true"
        f" on conflict ({columns}) do update set n = excluded.n",
    )


def _stored_counts(sentence: Callable[[int], str], done: str, table: str, columns: str, counted: str) -> Check:
    return Check(
        sentence,
        f"""
        select (select count(*) from (select {columns}, n from {table} where n > 0 except {counted}))
          + (select count(*) from ({counted} except select {columns}, n from {table}))
        """,
        _recount(table, columns, counted),
        done,
    )


CHECKS = (
    Check(
        lambda n: ngettext(
            "One count of comments differs from a recount.", "{n} counts of comments differ from a recount.", n
        ),
        f"""
        select count(*) from (select post_id, status, n from comment_counts where n > 0
          except select * from ({COUNTED}))
        """,
        _recount("comment_counts", "post_id, status", COUNTED),
        N_("Counted the comments of each post again."),
    ),
    Check(
        lambda n: ngettext("One group of comments is not counted.", "{n} groups of comments are not counted.", n),
        f"""
        select count(*) from (select * from ({COUNTED}) except select post_id, status, n from comment_counts)
        """,
        _recount("comment_counts", "post_id, status", COUNTED),
        N_("Counted the comments of each post again."),
    ),
    _stored_counts(
        lambda n: ngettext(
            "One count of comments by rule differs from a recount.",
            "{n} counts of comments by rule differ from a recount.",
            n,
        ),
        N_("Counted the comments of each rule again."),
        "rule_counts",
        "status, rule",
        BY_RULE,
    ),
    _stored_counts(
        lambda n: ngettext(
            "One count of comments by day differs from a recount.",
            "{n} counts of comments by day differ from a recount.",
            n,
        ),
        N_("Counted the comments of each day again."),
        "day_counts",
        "day, status",
        BY_DAY,
    ),
    Check(
        lambda n: ngettext(
            "One post has a wrong number of approved comments.",
            "{n} posts have a wrong number of approved comments.",
            n,
        ),
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
        N_("Counted the approved comments of each post again."),
    ),
    Check(
        lambda n: ngettext("One post has a wrong number of threads.", "{n} posts have a wrong number of threads.", n),
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
        N_("Counted the threads of each post again."),
    ),
    Check(
        lambda n: ngettext(
            "One comment has a wrong number of replies.", "{n} comments have a wrong number of replies.", n
        ),
        """
        select count(*) from comments c where c.replies <> (select count(*) from comments r where r.parent_id = c.id)
        """,
        (
            """
            update comments set replies = (select count(*) from comments r where r.parent_id = comments.id)
            where replies <> (select count(*) from comments r where r.parent_id = comments.id)
            """,
        ),
        N_("Counted the replies to each comment again."),
    ),
    Check(
        lambda n: ngettext(
            "One thread has a wrong number of approved comments.",
            "{n} threads have a wrong number of approved comments.",
            n,
        ),
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
        N_("Counted the approved comments of each thread again."),
    ),
    Check(
        lambda n: ngettext(
            "One comment is not in the state that the journal says.",
            "{n} comments are not in the state that the journal says.",
            n,
        ),
        """
        select count(*) from comments c where c.status <> coalesce(
          (select e.after from events e where e.comment_id = c.id order by e.id desc limit 1), '')
        """,
    ),
    Check(
        lambda n: ngettext("One batch has a wrong number of events.", "{n} batches have a wrong number of events.", n),
        """
        select count(*) from batches b where b.moved <> (select count(*) from events e where e.batch_id = b.id)
        """,
        ("update batches set moved = (select count(*) from events e where e.batch_id = batches.id)",),
        N_("Counted the events of each batch again."),
    ),
    Check(
        lambda n: ngettext(
            "One reply is on another post, or in another thread, than what it answers.",
            "{n} replies are on another post, or in another thread, than what they answer.",
            n,
        ),
        """
        select count(*) from comments c join comments p on p.id = c.parent_id
        where c.post_id <> p.post_id or c.root_id <> coalesce(p.root_id, p.id)
        """,
    ),
)


UNFINISHED = N_("An import is being written, or was stopped. Its rest is removed when the server or an import starts.")
SEARCH = N_("The search index does not say what the comments say.")
SEARCH_DONE = N_("Built the search index anew.")


def check(db: Database) -> list[str]:
    """Return a sentence for each thing that is wrong; none when all is well."""
    return damage(db) or differences(db)


def differences(db: Database) -> list[str]:
    """Return a sentence for each thing that is wrong in a sound database."""
    if _is_importing(db):
        return [gettext(UNFINISHED)]  # it is counted when it is whole
    problems = []
    for row in db.conn.execute("pragma foreign_key_check").fetchall():
        problems.append(
            gettext(
                "Row {row} of {table} refers to a row of {other} that is not there.",
                row=row[1],
                table=row[0],
                other=row[2],
            )
        )
    for each in CHECKS:
        if (wrong := db.conn.execute(each.query).fetchone()[0]) > 0:
            problems.append(each.sentence(wrong))
    if not _search_agrees(db):
        problems.append(gettext(SEARCH))
    return problems


def repair(db: Database) -> list[str]:
    """Count again what differs, and build the search index anew where it does; return what was done.

    What cannot be derived stays as it is, and in a damaged file nothing is touched.
    """
    if damage(db) or _is_importing(db):
        return []
    done: list[str] = []
    with store.transaction(db):
        while search.feed(db):
            pass  # so that the index can be compared with all comments
        for each in CHECKS:
            if each.repairs and db.conn.execute(each.query).fetchone()[0] > 0:
                for statement in each.repairs:
                    db.conn.execute(statement)
                done.append(gettext(each.done))
        if not _search_agrees(db):
            search.build(db)
            done.append(gettext(SEARCH_DONE))
        if done:
            db.conn.execute("update site set version = version + 1")
    return list(dict.fromkeys(done))


def _is_importing(db: Database) -> bool:
    return db.conn.execute("select 1 from unfinished_import").fetchone() is not None


def damage(db: Database) -> list[str]:
    """Return a sentence for each damage that SQLite finds in the file."""
    return [
        gettext(
            "The database is damaged: {damage}. Put a copy of it back with `blog restore-backup FILE`.", damage=row[0]
        )
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
