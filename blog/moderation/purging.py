"""What is deleted for good: after seven days, or when trash and spam have been kept long enough."""

import json
from datetime import timedelta

from sqlite_utils import Database

from blog.events import moment, stamp
from blog.policy import Policy

DELETED_DAYS = 7


def purge(db: Database, rules: Policy, *, at: str) -> int:
    """Remove for good what was deleted over 7 days ago, and what has lain in trash or spam as long as the rules say.

    A comment with replies keeps its place in the thread, without a word of it. Returns how many went, 1,000 at most.
    """

    def ago(days: int) -> str:
        return stamp(moment(at) - timedelta(days=days)) if days else ""

    values = {
        "deleted": ago(DELETED_DAYS),
        "trash": ago(rules.empty_trash_days),
        "spam": ago(rules.empty_spam_days),
    }
    due = """
        select c.id from comments c where c.status in ('deleted', 'trash', 'spam')
          and (c.text <> '' or c.replies = 0)
          and coalesce((select max(e.at) from events e where e.comment_id = c.id), c.created_at)
            < case c.status when 'deleted' then :deleted when 'trash' then :trash else :spam end
        limit 1000
    """
    ids = json.dumps([row[0] for row in db.conn.execute(due, values).fetchall()])
    if ids == "[]":
        return 0
    db.conn.execute(
        """
        insert into events (at, kind, comment_id, post_id, source, before, after)
        select ?, 'purge', id, post_id, 'rule', status, 'deleted' from comments
        where id in (select value from json_each(?))
        """,
        [at, ids],
    )
    blank = db.conn.execute(
        """
        update comments set status = 'deleted', author = '', email = '', url = '', text = '', text_html = '',
          text_hash = '', reader_hash = null, ip = '', network = '', user_agent = '', reason = '', facts = '',
          head_hash = null, tail_hash = null, score = null, weighed = ''
        where id in (select value from json_each(?)) and replies > 0
        """,
        [ids],
    ).rowcount
    gone = db.conn.execute(
        "delete from comments where id in (select value from json_each(?)) and replies = 0", [ids]
    ).rowcount
    return int(blank + gone)
