"""From the journal to the outbox: which mails an act causes.

Each event is written in the transaction of its act, and is read here once. So every way of acting (the desk, a
command, a link in a mail) causes the same mails, an act costs nothing more, and nothing is lost when the program ends.
A mail belongs to the batch that caused it: undoing that drops it.
"""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from blog.comments.unconfirmed import IN_QUEUE
from blog.deliveries import GIVE_UP_DAYS, later
from blog.journal.events import earlier, moment
from blog.notifications import choices, mail_queue
from blog.notifications.choices import Choice

AT_ONCE_MOST = 5  # mails that wait for one account; what comes then is told in one mail about all
HOUR = 3_600
NOTICES = ("password changed", "role changed", "passkey added", "passkey removed", "token made", "token revoked")


def is_behind(db: Database) -> bool:
    row = db.conn.execute("select notified is null or notified < (select max(id) from events) from site").fetchone()
    return bool(row[0])


def follow(db: Database, *, at: str, delay: int, zone: ZoneInfo) -> None:
    """Put the mails of all new events into the outbox, due `delay` seconds after each act."""
    last, newest = db.conn.execute("select notified, (select coalesce(max(id), 0) from events) from site").fetchone()
    if last == newest:
        return
    db.conn.execute("update site set notified = ?", [newest])
    if last is None:
        return  # mail was set up just now: nobody is told what happened before
    span = {"last": last, "newest": newest, "since": earlier(at, days=GIVE_UP_DAYS), "delay": f"+{delay} seconds"}
    for question in (PUBLISHED, NOT_PUBLISHED, ACCEPTED, ANSWERED, NEWS):
        db.conn.execute(question, span)
    _tell_moderators(db, span, delay, zone)
    _tell_accounts(db, span)


DUE = "strftime('%Y-%m-%dT%H:%M:%fZ', e.at, :delay)"
EVENTS = "from events e left join batches b on b.id = e.batch_id join comments c on c.id = e.comment_id"
RECENT = "e.id > :last and e.id <= :newest and e.at > :since and b.undone_by is null"
# An event that made a comment public: its arrival, a decision, or the undo of an undo of such a decision. Likes and
# reposts of other sites are no news.
APPEARED = """
    c.status = 'approved' and c.kind in ('comment', 'webmention') and e.after = 'approved' and e.before <> 'approved'
    and (
      e.kind in ('submit', 'approve', 'restore')
      or (e.kind = 'undo' and (select act.kind from batches undone join batches act on act.id = undone.reverses
        where undone.id = b.reverses) in ('approve', 'answer')))
"""
BY_ITS_WRITER = """
    s.post_id = c.post_id and s.confirmed_at is not null and s.address = lower(c.email)
    and (s.reader_hash = c.reader_hash or exists (select 1 from confirmed_addresses a
      where a.address = s.address and a.reader_hash = c.reader_hash))
"""
INSERT = "insert or ignore into outbox (kind, payload, batch_id, created_at, due_at, key)"


def _payload(name: str, *more: str) -> str:
    pairs = ", ".join([f"'mail', '{name}', 'to', s.address, 'subscription', s.id", *more])
    return f"json_object({pairs})"


PUBLISHED = f"""
    {INSERT}
    select 'mail', {_payload("public", "'comment', c.id")}, e.batch_id, e.at, {DUE},
      'public:' || c.id || ':' || s.address
    {EVENTS} join subscriptions s on {BY_ITS_WRITER}
    where {RECENT} and {APPEARED} and e.kind <> 'submit'
"""
NOT_PUBLISHED = f"""
    {INSERT}
    select 'mail', {_payload("not-published", "'comment', c.id", "'batch', e.batch_id")}, e.batch_id, e.at, {DUE},
      'not-published:' || c.id || ':' || s.address
    {EVENTS} join subscriptions s on {BY_ITS_WRITER}
    where {RECENT} and c.status = 'trash' and e.kind = 'trash' and e.before = 'pending'
"""
ACCEPTED = f"""
    {INSERT}
    select 'mail', {_payload("accepted", "'comment', c.id")}, e.batch_id, e.at, {DUE}, 'accepted:' || e.id
    {EVENTS} join subscriptions s on {BY_ITS_WRITER}
    where {RECENT} and c.status = 'approved' and e.kind = 'edit' and b.kind = 'edit' and b.told = 1
"""
ANSWERED = f"""
    {INSERT}
    select 'mail', {_payload("answered", "'comment', e.comment_id")}, e.batch_id, e.at, {DUE},
      'answered:' || e.comment_id || ':' || s.address
    from events e left join batches b on b.id = e.batch_id join comments r on r.id = e.comment_id
    join comments c on c.id = r.parent_id
    join subscriptions s on {BY_ITS_WRITER} and s.kind = 'replies'
    where {RECENT} and {APPEARED.replace("c.status", "r.status", 1)} and c.status = 'approved'
      and r.reader_hash is not c.reader_hash and lower(r.email) <> s.address
"""
NEWS = f"""
    {INSERT}
    select 'mail', {_payload("news")}, null, max(e.at),
      max({DUE}, iif(s.sent_at = '', '', strftime('%Y-%m-%dT%H:%M:%fZ', s.sent_at, '+1 hour'))), 'news:' || s.id
    {EVENTS} join subscriptions s on s.post_id = c.post_id and s.kind = 'all' and s.confirmed_at is not null
      and not exists (select 1 from subscriptions o where o.address = s.address and o.post_id = s.post_id
        and o.confirmed_at is not null and o.id < s.id)
    where {RECENT} and {APPEARED} and c.reader_hash is not s.reader_hash and lower(c.email) <> s.address
    group by s.id
"""
ARRIVED = f"""
    select e.comment_id, e.at {EVENTS}
    where {RECENT} and c.status = 'pending' and e.after = 'pending' and {IN_QUEUE}
      and (e.kind in ('submit', 'address confirmed')
        or (e.kind = 'unapprove' and e.before <> 'pending' and e.account_id is null and e.source = 'web'))
    order by e.id
"""


def _tell_moderators(db: Database, span: dict[str, Any], delay: int, zone: ZoneInfo) -> None:
    """Tell each account that wants it about comments that wait, one by one or later all together."""
    arrived: dict[int, str] = dict(db.conn.execute(ARRIVED, span).fetchall())
    for row in choices.recipients(db, list(arrived)):
        choice = Choice(row["notify"], row["hour"], row["quiet"], row["posts"])
        account, comment, at = row["account"], row["comment"], arrived[row["comment"]]
        due = later(at, seconds=delay)
        quiet = choices.is_quiet(choice.quiet, moment(due).astimezone(zone))
        if choice.notify == "at-once" and not quiet and _waiting(db, account) < AT_ONCE_MOST:
            payload = {"mail": "waits", "to": row["email"], "account": account, "comment": comment}
            mail_queue.enqueue(db, payload, at=at, due_at=due, key=f"waits:{account}:{comment}")
            continue
        if choice.notify == "at-once" and not quiet:
            choice = replace(choice, notify="hourly")
        payload = {"mail": "digest", "to": row["email"], "account": account}
        due = choices.digest_due(choice, due, zone)
        mail_queue.enqueue(db, payload, at=at, due_at=due, key=f"digest:{account}:{due[:16]}")


def _waiting(db: Database, account: int) -> int:
    """Count the mails about single comments that wait for an account."""
    start = f"waits:{account}:"
    row = db.conn.execute("select count(*) from outbox where key >= ? and key < ?", [start, f"{start}:"]).fetchone()
    return int(row[0])


def _tell_accounts(db: Database, span: dict[str, Any]) -> None:
    """Tell accounts that their password, passkeys, application passwords or role changed; nobody can turn that off."""
    db.conn.execute(
        f"""
        {INSERT}
        select 'mail', json_object('mail', 'changed', 'to', a.email, 'account', a.id, 'what', e.kind, 'at', e.at),
          null, e.at, e.at, 'changed:' || e.id
        from events e join accounts a
          on case when e.kind in ('password changed', 'role changed') then a.name = e.reason
            when e.kind in ('token made', 'token revoked') then a.name = e.before else a.id = e.account_id end
        where e.id > :last and e.id <= :newest and e.at > :since and a.removed_at is null and a.email <> ''
          and e.kind in ({", ".join(f"'{kind}'" for kind in NOTICES)})
        """,
        span,
    )


def news_after(db: Database, number: int, *, at: str) -> None:
    """Queue another digest of a subscription when something came while the last one was being sent."""
    row = db.conn.execute(
        f"""
        select 1 {EVENTS} join subscriptions s on s.id = ? and s.post_id = c.post_id
        where e.id > s.seen_event and e.id <= (select notified from site) and {APPEARED}
          and c.reader_hash is not s.reader_hash and lower(c.email) <> s.address and b.undone_by is null limit 1
        """,
        [number],
    ).fetchone()
    if row:
        address = db.conn.execute("select address from subscriptions where id = ?", [number]).fetchone()[0]
        payload = {"mail": "news", "to": address, "subscription": number}
        mail_queue.enqueue(db, payload, at=at, due_at=later(at, seconds=HOUR), key=f"news:{number}")
