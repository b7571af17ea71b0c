"""Mentions that other sites send (Webmention): received at once, checked later, and taken through the rules.

A mention is a comment whose writer is a host (`reader_hash` "mention:host", which no cookie has). It is updated when
its source is sent again, and moved to the trash when its source is gone or no longer links here.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlite_utils import Database

from blog import closing, comments, deliveries, moderation, outbox, posts
from blog.comments import Draft, Sender
from blog.deliveries import Waiting
from blog.errors import Closed, Gone, NotFound, Refused, TooFast
from blog.federation import addresses, client, own_addresses, sources
from blog.federation.client import Call, Limits, NoAnswer
from blog.federation.sources import Page, Said, Unreadable
from blog.journal.events import Actor, earlier
from blog.moderation import Decision, Ruling, edits
from blog.rules import Action
from blog.rules import policy as policies
from blog.settings import Settings
from blog.wording import gettext

MOST_WAITING, MOST_OF_A_HOST = 1_000, 20
PAUSE_SECONDS = 5  # between two requests to the same host
REFUSED_DAYS = 30
KINDS = {"like": "like", "repost": "repost"}
Result = Literal["there", "gone", "missing", "refused", "later"]


@dataclass(frozen=True)
class Mention:
    """A source that says that it links to a target."""

    source: str
    target: str


@dataclass(frozen=True)
class Finding:
    """What the source of a mention turned out to be: for `there` the draft of a comment, else why it is none."""

    result: Result
    draft: Draft | None = None
    type: str = ""
    error: str = ""


def receive(db: Database, settings: Settings, mention: Mention, *, at: str) -> None:
    """Note a mention, to be checked soon.

    Raises Refused with a sentence for what is none, Closed where none is taken, TooFast when too many wait.
    """
    source = addresses.place(mention.source)
    addresses.place(mention.target)
    if sources.same(mention.source) == sources.same(mention.target):
        raise Refused(gettext("Source and target are the same page."))
    target = own_addresses.target_of(db, settings, mention.target)
    if target is None:
        raise Refused(gettext("The target is no post of this site."))
    try:
        post = posts.find(db, target.slug, at=at, text=False)
    except (NotFound, Gone) as refusal:
        raise Refused(gettext("The target is no post of this site.")) from refusal
    known = db.conn.execute(
        "select 1 from mentions_received where post_id = ? and source = ? and comment_id is not null",
        [post["id"], mention.source],
    ).fetchone()
    if not known and not takes(post, at):  # one that is known can still be changed and removed
        raise Closed(gettext("Comments are closed."))
    _enqueue(db, post["id"], mention, source.name, at)


def takes(post: Mapping[str, Any], at: str) -> bool:
    """Tell whether a post takes mentions: while it takes new comments, and unless the setting says otherwise."""
    policy = policies.from_json(post["policy"])
    state = closing.state(closing.facts(dict(post)), policy, at)
    return closing.takes_mentions(state, policy)


def _enqueue(db: Database, post: int, mention: Mention, host: str, at: str) -> None:
    """Put the check into the outbox, once, some seconds after the last one of the same host."""
    key = f"mention:{post}:{hashlib.sha256(mention.source.encode()).hexdigest()}"
    waiting, of_host, same = db.conn.execute(
        """
        select count(*), total(payload ->> '$.host' = :host), total(key = :key) from outbox
        where kind = 'webmention' and failed_at is null and payload ->> '$.host' is not null
        """,
        {"host": host, "key": key},
    ).fetchone()
    if same:
        db.conn.execute("update outbox set due_at = min(due_at, ?) where key = ? and key <> ''", [at, key])
        return
    if waiting >= MOST_WAITING or of_host >= MOST_OF_A_HOST:
        raise TooFast(gettext("Too many mentions wait to be checked. Send this one again later."), retry_after=300)
    db.conn.execute(
        """
        insert into mentions_received (post_id, source, target, state, received_at)
        values (:post, :source, :target, 'waiting', :at)
        on conflict (post_id, source) do update set target = excluded.target, received_at = excluded.received_at
        """,
        {"post": post, "source": mention.source, "target": mention.target, "at": at},
    )
    payload = {"host": host, "post": post, "source": mention.source}
    due = deliveries.later(at, seconds=PAUSE_SECONDS * int(of_host))
    outbox.put(db, "webmention", payload, key=key, at=at, due_at=due)  # perhaps for one that was given up


def look(mention: Mention, settings: Settings, limits: Limits) -> Finding:
    """Fetch a source and read it; without the database, and it blocks."""
    try:
        answer = client.send(Call(mention.source), limits)
        if answer.status in (404, 410):
            return Finding("gone" if answer.status == 410 else "missing", error=_status(answer.status))
        if answer.status >= 500 or answer.status in (408, 425, 429):
            return Finding("later", error=_status(answer.status))
        if not answer.is_good:
            return Finding("refused", error=_status(answer.status))
        if answer.media_type not in ("text/html", "application/xhtml+xml"):
            return Finding("refused", error=gettext("The source is no HTML page."))
        page = Page(answer.url, answer.body, answer.headers.get_content_charset() or "")
        said = sources.read_apart(page, mention.target)
    except NoAnswer as error:
        return Finding("later", error=str(error))
    except Refused as error:
        return Finding("refused", error=str(error))
    except Unreadable:
        return Finding("refused", error=gettext("The source is too large or too deep to be read."))
    if said is None:
        return Finding("gone", error=gettext("The source does not link to the target."))
    return Finding("there", prepare(mention, said, settings, host=addresses.place(answer.url).name), said.type)


def _status(code: int) -> str:
    return gettext("The source answers with the status {code}.", code=str(code))


def prepare(mention: Mention, said: Said, settings: Settings, *, host: str) -> Draft:
    """Return the draft of the comment that a mention becomes; its address is the source's.

    `host` is where the page was in the end, so a known host that redirects lends its good name to no other.
    """
    sender = Sender(reader_hash=f"mention:{host}")
    own = comments.host_of(settings.url)
    typed = {"author": said.author or host, "comment": said.text or f"<{mention.source}>"}
    names = (settings.title, settings.author)
    draft = comments.prepare(typed, sender, own=own, site_names=names)
    if draft.errors:
        draft = comments.prepare({"author": host, "comment": f"<{mention.source}>"}, sender, own=own)
    return replace(
        draft,
        url=mention.source,
        source="webmention",
        kind=KINDS.get(said.type, "webmention"),
        mention=host,
        shared=said.shared,
    )


def mention_of(db: Database, waiting: Waiting) -> Mention | None:
    """Return the mention that is due for its check; None for one that is gone with its post."""
    row = _row(db, waiting)
    return Mention(row["source"], row["target"]) if row else None


def _row(db: Database, waiting: Waiting) -> dict[str, Any] | None:
    rows = db.query(
        """
        select m.id, m.source, m.target, m.comment_id, m.type, m.state, m.missing, p.slug, c.status, c.kind
        from mentions_received m join posts p on p.id = m.post_id left join comments c on c.id = m.comment_id
        where m.post_id = ? and m.source = ?
        """,
        [waiting.payload["post"], waiting.payload["source"]],
    )
    return next(iter(list(rows)), None)


def note(db: Database, settings: Settings, waiting: Waiting, finding: Finding, *, at: str) -> None:
    """Store what became of a mention: a new or changed comment, a removed one, or why it is refused."""
    row = _row(db, waiting)
    if row is None:
        deliveries.remove(db, waiting.id)
        return
    has_comment = row["comment_id"] is not None and row["status"] != "deleted"
    if finding.result == "later" and not deliveries.tried_for_days(waiting, at):
        deliveries.postpone(db, waiting, finding.error, at=at)
        _mark(db, row, row["state"], finding, at)
        return
    if finding.result == "missing" and has_comment and not row["missing"]:
        _mark(db, row, row["state"], finding, at, missing=1)  # it may be back at the next look
        deliveries.postpone(db, waiting, finding.error, at=at)
        return
    deliveries.remove(db, waiting.id)
    if finding.result == "there":
        _store(db, settings, row, finding, at)
    elif finding.result in ("gone", "missing") and has_comment:
        if row["status"] in ("approved", "pending"):
            _decide(db, row["comment_id"], Decision.TRASH, finding.error, at)
        _mark(db, row, "gone", finding, at)
    elif not has_comment:
        _mark(db, row, "refused", finding, at)


def _mark(db: Database, row: Mapping[str, Any], state: str, finding: Finding, at: str, *, missing: int = 0) -> None:
    db.conn.execute(
        """
        update mentions_received set state = :state, type = iif(:type = '', type, :type), error = :error,
          missing = :missing, checked_at = :at where id = :id
        """,
        {"state": state, "type": finding.type, "error": finding.error, "missing": missing, "at": at, "id": row["id"]},
    )


def _decide(db: Database, comment: int, decision: Decision, reason: str, at: str) -> None:
    moderation.decide(db, [comment], Ruling(decision, reason), by=Actor(at, None, "webmention"))


def _store(db: Database, settings: Settings, row: dict[str, Any], finding: Finding, at: str) -> None:
    assert finding.draft is not None
    draft = _in_place(db, settings, row, finding.draft)
    try:
        if row["comment_id"] is not None and row["kind"] == draft.kind and row["status"] != "deleted":
            _update(db, row, draft, at)
        elif row["state"] == "stored" and row["kind"] in (None, draft.kind):
            raise Refused(gettext("A moderator removed it."))
        elif not takes(posts.find(db, row["slug"], at=at, text=False), at):
            raise Closed(gettext("Comments are closed."))
        else:
            if row["comment_id"] is not None and row["status"] in ("approved", "pending"):
                _decide(db, row["comment_id"], Decision.TRASH, gettext("The source says something else now."), at)
            stored = comments.submit(db, row["slug"], draft, at=at)
            db.conn.execute("update mentions_received set comment_id = ? where id = ?", [stored["id"], row["id"]])
        _mark(db, row, "stored", finding, at)
    except Refused as refusal:
        state = "refused" if row["comment_id"] is None else row["state"]
        _mark(db, row, state, replace(finding, error=str(refusal)), at)


def _in_place(db: Database, settings: Settings, row: Mapping[str, Any], draft: Draft) -> Draft:
    """Return a draft as the answer to the comment that its target names, if that one is public."""
    target = own_addresses.target_of(db, settings, row["target"])
    if draft.kind != "webmention" or target is None or target.comment is None:
        return draft
    public = db.conn.execute(
        """
        select 1 from comments c join posts p on p.id = c.post_id
        where c.id = ? and p.slug = ? and c.status = 'approved' and c.kind in ('comment', 'webmention')
        """,
        [target.comment, row["slug"]],
    ).fetchone()
    return replace(draft, parent=target.comment) if public else draft


def _update(db: Database, row: Mapping[str, Any], draft: Draft, at: str) -> None:
    """Give a comment the words that its source has now; what the rules would hold now waits again."""
    comment, by = row["comment_id"], Actor(at, None, "webmention")
    verdict = comments.foresee(db, row["slug"], replace(draft, parent=None), at=at)  # raises Closed
    changed = edits.revise(db, comment, draft, by=by)
    if row["state"] == "gone" and row["status"] == "trash":
        _decide(db, comment, Decision.RESTORE, "", at)
    status = db.conn.execute("select status from comments where id = ?", [comment]).fetchone()[0]
    if status == "approved" and (changed or row["state"] == "gone") and verdict.action is not Action.ALLOW:
        _decide(db, comment, Decision.UNAPPROVE, gettext("Its source was changed."), at)


def purge(db: Database, *, at: str) -> None:
    """Forget mentions that were refused long ago."""
    db.conn.execute(
        "delete from mentions_received where state = 'refused' and received_at < ?", [earlier(at, days=REFUSED_DAYS)]
    )


def newest(db: Database, *, most: int) -> list[dict[str, Any]]:
    """Return the newest mentions that came, each with slug and title of its post, and with its comment's status."""
    return list(
        db.query(
            """
            select m.source, m.type, m.state, m.error, m.comment_id, coalesce(m.checked_at, m.received_at) as at,
              p.slug, p.title, coalesce(c.status, '') as status
            from mentions_received m join posts p on p.id = m.post_id left join comments c on c.id = m.comment_id
            order by m.id desc limit ?
            """,
            [most],
        )
    )
