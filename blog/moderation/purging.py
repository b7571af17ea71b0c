"""What is deleted for good: after seven days, when trash and spam have been kept long enough, or when its writer asks;
and what was kept of a sender's machine, after its days."""

import json

from sqlite_utils import Database

from blog.comments.reading import ARRIVED
from blog.journal.acts import Act
from blog.journal.events import Actor, earlier, latest
from blog.journal.unfinished import COMMENT_SEEN, FIRST
from blog.moderation import personal_data
from blog.moderation.own_comments import RESTORABLE_DAYS
from blog.rules.policy import Policy
from blog.wording import gettext

DELETED_DAYS = 7
AT_ONCE = 50  # in one transaction: to take a comment out of the search indexes without a trace costs 2 to 15 ms


def purge(db: Database, policy: Policy, *, at: str) -> int:
    """Remove for good what was deleted over 7 days ago, and what has lain in trash or spam as long as the rules say.

    A comment with replies keeps its place in the thread, without a word of it. Returns how many went, 50 at most.
    """
    values = {
        "deleted": _ago(at, DELETED_DAYS),
        "withdrawn": _ago(at, RESTORABLE_DAYS),
        "trash": _ago(at, policy.empty_trash_days),
        "spam": _ago(at, policy.empty_spam_days),
        "most": AT_ONCE,
    }
    due = f"""
        select c.id from comments c where c.status in ('deleted', 'trash', 'spam') and {COMMENT_SEEN}
          and (c.text <> '' or c.replies = 0)
          and coalesce((select max(e.at) from events e where e.comment_id = c.id), c.created_at)
            < case when c.withdrawn_at is not null then :withdrawn when c.status = 'deleted' then :deleted
              when c.status = 'trash' then :trash else :spam end
        limit :most
    """
    return remove(db, [row[0] for row in db.conn.execute(due, values).fetchall()], by=Actor(at, None, "rule"))


def remove(db: Database, chosen: list[int], *, by: Actor) -> int:
    """Remove comments for good, with their earlier words and the notes on them; return how many.

    One with replies keeps its place, empty. The journal tells that it happened, and no undoing goes behind it.
    """
    if not chosen:
        return 0
    ids = json.dumps(chosen)
    db.conn.execute(
        """
        insert into events (at, kind, comment_id, post_id, account_id, source, before, after)
        select ?, 'purge', id, post_id, ?, ?, status, 'deleted' from comments
        where id in (select value from json_each(?))
        """,
        [by.at, by.account, by.source, ids],
    )
    for table in personal_data.TABLES_OF_COMMENT:
        db.conn.execute(f"delete from {table} where comment_id in (select value from json_each(?))", [ids])
    blank = db.conn.execute(
        f"""
        update comments set status = 'deleted', {personal_data.blanked("words", "person", "machine")}
        where id in (select value from json_each(?)) and replies > 0
        """,
        [ids],
    ).rowcount
    gone = db.conn.execute(
        "delete from comments where id in (select value from json_each(?)) and replies = 0", [ids]
    ).rowcount
    return int(blank + gone)


def forget_machines(db: Database, policy: Policy, *, at: str) -> int:
    """Cut IP, network and user agent of comments that are older than the rules keep them; return of how many.

    Comments are taken in the order of their ids, 50 at most, from where the last run ended (`site.forgotten`). One that
    is dated in the future, by a clock that was ahead, is due too: it must not hold up those after it.
    """
    if not policy.keep_ip_days:
        return 0
    rows = db.conn.execute(REMAINING, [AT_ONCE + 1]).fetchall()
    since, until = _ago(at, policy.keep_ip_days), latest(at)
    end = next((place for place, (_, created_at) in enumerate(rows) if since <= created_at <= until), len(rows))
    due, later = [number for number, _ in rows[: min(end, AT_ONCE)]], rows[min(end, AT_ONCE) :]
    if due:
        db.conn.execute(
            f"update comments set {personal_data.blanked('machine')} where id in (select value from json_each(?))",
            [json.dumps(due)],
        )
        db.conn.execute("update site set forgotten = ?", [later[0][0] - 1 if later else due[-1]])
    return len(due)


REMAINING = f"""
    select remaining.id, {ARRIVED.replace("c.", "remaining.")} from comments remaining
    where remaining.id > (select forgotten from site) and ({FIRST} = 0 or remaining.id < {FIRST})
      and {personal_data.present("machine", "remaining")}
    order by remaining.id limit ?
"""


def _ago(at: str, days: int) -> str:
    """Return the moment so many days before; "" for 0 days, which nothing is older than."""
    return earlier(at, days=days) if days else ""


PURGE = Act(
    kind="purge",
    sentence=lambda row: gettext("Purged for good."),
    event=lambda event: gettext("All data about its writer was erased."),
)
