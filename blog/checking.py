"""Is everything as it says it is? Integrity, references, counts against a recount, states against the journal."""

from sqlite_utils import Database

CHECKS = {
    "{n} counts of comments differ from a recount.": """
        select count(*) from (
          select post_id, status, n from comment_counts where n > 0
          except select post_id, status, count(*) from comments group by post_id, status
          except select 0, status, count(*) from comments group by status
        )
    """,
    "{n} groups of comments are not counted.": """
        select count(*) from (
          select post_id, status, count(*) from comments group by post_id, status
          union all select 0, status, count(*) from comments group by status
          except select post_id, status, n from comment_counts
        )
    """,
    "{n} posts have a wrong number of approved comments.": """
        select count(*) from posts p where p.approved <>
          (select count(*) from comments c where c.post_id = p.id and c.status = 'approved')
    """,
    "{n} posts have a wrong number of threads.": """
        select count(*) from posts p where p.threads <> (select count(*) from comments c
          where c.post_id = p.id and c.root_id is null and c.approved_in_thread > 0)
    """,
    "{n} comments have a wrong number of replies.": """
        select count(*) from comments c where c.replies <> (select count(*) from comments r where r.parent_id = c.id)
    """,
    "{n} threads have a wrong number of approved comments.": """
        select count(*) from comments c where c.root_id is null and c.approved_in_thread <>
          (select count(*) from comments r where r.root_id = c.id and r.status = 'approved') + (c.status = 'approved')
    """,
    "{n} comments are not in the state that the journal says.": """
        select count(*) from comments c where c.status <> coalesce(
          (select e.after from events e where e.comment_id = c.id order by e.id desc limit 1), '')
    """,
    "{n} batches have a wrong number of events.": """
        select count(*) from batches b where b.moved <> (select count(*) from events e where e.batch_id = b.id)
    """,
    "{n} replies are on another post, or in another thread, than what they answer.": """
        select count(*) from comments c join comments p on p.id = c.parent_id
        where c.post_id <> p.post_id or c.root_id <> coalesce(p.root_id, p.id)
    """,
}


def check(db: Database) -> list[str]:
    """Return a sentence for each thing that is wrong; none when all is well."""
    problems = [
        f"The database is damaged: {row[0]}. Put a copy of it back."
        for row in db.conn.execute("pragma integrity_check").fetchall()
        if row[0] != "ok"
    ]
    for row in db.conn.execute("pragma foreign_key_check").fetchall():
        problems.append(f"Row {row[1]} of {row[0]} refers to a row of {row[2]} that is not there.")
    for sentence, query in CHECKS.items():
        if (wrong := db.conn.execute(query).fetchone()[0]) > 0:
            problems.append(sentence.format(n=f"{wrong:,}"))
    return problems
