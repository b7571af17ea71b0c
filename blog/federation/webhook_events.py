"""From the journal to the messages that webhooks get.

Each event is read here once. So every way of acting causes the same messages, and undoing an act drops those that it
caused and that nobody has tried to send yet. What closes a discussion without an act, a rule or its file, is noted when
it happens (blog/closing/known.py).
"""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from blog import outbox, webhooks
from blog.closing import known
from blog.deliveries import GIVE_UP_DAYS
from blog.errors import NotFound
from blog.journal.events import earlier
from blog.wording import gettext

TEST = "test"
KEPT_DAYS = 30


def is_behind(db: Database, at: str) -> bool:
    """Tell whether there is something that webhooks are not told of yet."""
    has_any, has_news = db.conn.execute(
        """
        select exists (select 1 from webhooks where removed_at is null),
          (select hooked from site) < (select coalesce(max(id), 0) from events)
        """
    ).fetchone()
    return bool(has_any) and (bool(has_news) or known.is_due(db, at))


def follow(db: Database, *, at: str, delay: int) -> None:
    """Put the messages of all new events into the outbox; what an act causes is due `delay` seconds after it.

    Of discussions that may have changed by themselves only some are looked at: call it again while `is_behind`.
    """
    _follow_journal(db, at=at, delay=delay)
    for closed in known.look(db, at=at):
        message = {"event": "post.closed", "message": f"closed-{closed.post}-{closed.at}", "at": closed.at}
        _tell(db, {**message, "post": closed.post}, at=at)


def _follow_journal(db: Database, *, at: str, delay: int) -> None:
    last, newest = db.conn.execute("select hooked, (select coalesce(max(id), 0) from events) from site").fetchone()
    db.conn.execute("update site set hooked = ?", [newest])
    span = {"last": last, "newest": newest, "since": earlier(at, days=GIVE_UP_DAYS), "delay": f"+{delay} seconds"}
    db.conn.execute(FOLLOW, span)


# What an event means for others, by the statuses before and after it. Imports tell nobody.
TYPE = """
    case
      when e.kind = 'close' and e.post_id = 0 then iif(e.after ->> '$.mode' = 'closed', 'site.closed', null)
      when e.kind = 'close' then iif(e.after ->> '$.mode' = 'closed', 'post.closed', null)
      when e.comment_id is null or e.source = 'import' then null
      when e.kind = 'address confirmed' then 'comment.held'
      when exists (select 1 from unconfirmed_comments u where u.comment_id = e.comment_id) then null
      when e.after = 'pending' and e.before <> 'pending' then 'comment.held'
      when e.after = 'approved' and e.before <> 'approved' then 'comment.published'
      when e.before = 'approved' and e.after in ('spam', 'trash', 'deleted') then 'comment.removed'
    end
"""
FOLLOW = f"""
    insert or ignore into outbox (kind, payload, batch_id, created_at, due_at, key)
    select 'webhook', json_object('webhook', w.id, 'event', x.type, 'message', 'event-' || x.id, 'at', x.at,
        'comment', x.comment_id, 'post', nullif(x.post_id, 0)),
      x.batch_id, x.at, iif(x.batch_id is null, x.at, strftime('%Y-%m-%dT%H:%M:%fZ', x.at, :delay)),
      'webhook:' || w.id || ':event-' || x.id
    from (select e.id, e.at, e.batch_id, e.comment_id, e.post_id, {TYPE} as type
      from events e left join batches b on b.id = e.batch_id
      where e.id > :last and e.id <= :newest and e.at > :since and b.undone_by is null) x
    join webhooks w on w.removed_at is null
    join json_each(w.events) j on j.value = x.type
    order by x.id, w.id
"""


def announce(db: Database, post: int, digest: str, *, at: str) -> None:
    """Put the messages about a post that was published into the outbox."""
    message = {"event": "post.published", "message": f"post-{post}-{digest[:16]}", "at": at, "post": post}
    _tell(db, message, at=at)


def _tell(db: Database, message: Mapping[str, Any], *, at: str) -> None:
    """Put a message into the outbox for each webhook that wants its event."""
    for webhook in webhooks.listed(db):
        if message["event"] in json.loads(webhook["events"]):
            _enqueue(db, webhook["id"], message, at)


def test(db: Database, number: int, *, at: str) -> None:
    """Send a webhook a message that says nothing."""
    webhooks.find(db, number)
    _enqueue(db, number, {"event": TEST, "message": f"test-{secrets.token_hex(8)}", "at": at}, at)


def resend(db: Database, delivery: int, *, at: str) -> None:
    """Send a message again, under the same name; raise NotFound for an unknown one."""
    rows = db.query(
        """
        select d.webhook_id, d.message, d.event, d.comment_id as comment, d.post_id as post, d.happened_at as at
        from webhook_deliveries d join webhooks w on w.id = d.webhook_id where d.id = ? and w.removed_at is null
        """,
        [delivery],
    )
    row = next(iter(list(rows)), None)
    if row is None:
        raise NotFound(gettext("There is no such message any more."))
    _enqueue(db, row.pop("webhook_id"), row, at)
    db.conn.execute("update webhook_deliveries set state = 'waiting' where id = ?", [delivery])


def _enqueue(db: Database, webhook: int, message: Mapping[str, Any], at: str) -> None:
    key = f"webhook:{webhook}:{message['message']}"
    outbox.put(db, "webhook", {"webhook": webhook, **message}, key=key, at=at, due_at=at)


def newest(db: Database, number: int, *, most: int) -> list[dict[str, Any]]:
    """Return the newest messages to a webhook that were sent or tried."""
    return list(
        db.query(
            """
            select d.id, d.message, d.event, d.comment_id, d.state, d.status, d.error, d.tries, d.at,
              coalesce(p.title, '') as title
            from webhook_deliveries d left join posts p on p.id = d.post_id
            where d.webhook_id = ? order by d.id desc limit ?
            """,
            [number, most],
        )
    )


def purge(db: Database, *, at: str) -> None:
    """Forget messages of long ago."""
    db.conn.execute("delete from webhook_deliveries where at < ?", [earlier(at, days=KEPT_DAYS)])
