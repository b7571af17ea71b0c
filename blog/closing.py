"""The state of a discussion and its cause: one pure function that everything asks; and the switch.

Precedence: this post's own switch, then its front matter, then its age, then its silence, then the default for new
posts. The site's switch stands over all of it and only ever makes it stricter.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from blog import events
from blog.errors import Invalid, NotFound
from blog.events import By, moment, stamp
from blog.policy import Policy

STRICTNESS = ("open", "moderated", "replies-only", "closed")
SITE = 0
NOTE_LENGTH = 2_000


@dataclass(frozen=True)
class Closure:
    """One setting of a switch, of a post or of the site. `until` ends it by itself."""

    mode: str
    note: str = ""
    until: str | None = None
    at: str = ""
    who: str = ""

    def holds(self, at: str) -> bool:
        return self.until is None or at < self.until


@dataclass(frozen=True)
class Facts:
    """All that bears on a discussion's state."""

    published_at: str = ""
    front: str | None = None
    front_note: str = ""
    switch: Closure | None = None
    site: Closure | None = None
    last_approved_at: str | None = None


@dataclass(frozen=True)
class State:
    """`mode` is open, moderated, replies-only or closed; `cause` is switch, front matter, age, quiet, default or site.

    `since` and `until` are times or None; `note` is Markdown; `turns_at` is the next moment at which the state may
    change with no write.
    """

    mode: str
    cause: str
    since: str | None = None
    until: str | None = None
    note: str = ""
    who: str = ""
    turns_at: str | None = None

    @property
    def by_person(self) -> bool:
        return self.cause in ("switch", "site")


def state(facts: Facts, policy: Policy, at: str) -> State:
    """Return the effective state at the moment `at`, and why it is so."""
    own = _own(facts, policy, at)
    site = facts.site if facts.site and facts.site.holds(at) else None
    if site and STRICTNESS.index(site.mode) > STRICTNESS.index(own.mode):
        own = State(site.mode, "site", site.at, site.until, site.note, site.who)
    turns = [turn for turn in _turns(facts, policy) if turn > at]
    return State(own.mode, own.cause, own.since, own.until, own.note, own.who, min(turns, default=None))


def _own(facts: Facts, policy: Policy, at: str) -> State:
    if (switch := facts.switch) and switch.holds(at):
        return State(switch.mode, "switch", switch.at, switch.until, switch.note, switch.who)
    if facts.front:
        return State(facts.front, "front matter", note=facts.front_note)
    if (old := _old_at(facts, policy)) and old <= at:
        return State("closed", "age", since=old)
    if (quiet := _quiet_at(facts, policy)) and quiet <= at:
        return State("closed", "quiet", since=quiet)
    return State(policy.default_comment_status, "default")


def _old_at(facts: Facts, policy: Policy) -> str | None:
    """Return when the age rule closes the post; an undated post does not grow old."""
    if not policy.close_comments_for_old_posts or not facts.published_at:
        return None
    return _later(facts.published_at, policy.close_comments_days_old)


def _quiet_at(facts: Facts, policy: Policy) -> str | None:
    if not policy.close_comments_quiet_days or not facts.last_approved_at:
        return None
    return _later(max(facts.published_at, facts.last_approved_at), policy.close_comments_quiet_days)


def _later(text: str, days: int) -> str:
    try:
        return stamp(moment(text) + timedelta(days=days))
    except OverflowError:  # a post dated 9999, to keep it for later
        return stamp(datetime.max.replace(tzinfo=UTC))


def _turns(facts: Facts, policy: Policy) -> list[str]:
    ends = [closure.until for closure in (facts.switch, facts.site) if closure and closure.until]
    return ends + [turn for turn in (_old_at(facts, policy), _quiet_at(facts, policy)) if turn]


def takes(found: State, *, reply: bool, opened_at: str | None, at: str, policy: Policy) -> bool:
    """Tell whether a comment is taken: also for some minutes from a form opened before a rule closed the discussion."""
    if found.mode in ("open", "moderated") or (found.mode == "replies-only" and reply):
        return True
    if found.by_person or not found.since or not opened_at or opened_at >= found.since:
        return False
    return at < stamp(moment(found.since) + timedelta(minutes=policy.closing_grace_minutes))


# One row of facts, to be joined to `posts p` in whoever's query needs the state.
COLUMNS = """
    p.published_at as closing_published_at, p.comments_mode as closing_front, p.closing_note as closing_front_note,
    (select json_group_array(json_array(c.post_id, c.mode, c.note, c.until, c.at, coalesce(a.name, '')))
      from closures c left join accounts a on a.id = c.account_id where c.post_id in (0, p.id)) as closing_switches,
    (select max(c.created_at) from comments c where c.post_id = p.id and c.status = 'approved')
      as closing_last_approved_at
"""


def facts(row: dict[str, Any]) -> Facts:
    """Take the facts out of a row that was selected with COLUMNS."""
    switches = {post: Closure(*rest) for post, *rest in json.loads(row["closing_switches"])}
    site = switches.pop(SITE, None)
    return Facts(
        row["closing_published_at"],
        row["closing_front"],
        row["closing_front_note"],
        next(iter(switches.values()), None),
        site,
        row["closing_last_approved_at"],
    )


def site_switch(db: Database, at: str) -> Closure | None:
    row = db.conn.execute(
        """
        select c.mode, c.note, c.until, c.at, coalesce(a.name, '')
        from closures c left join accounts a on a.id = c.account_id where c.post_id = 0
        """
    ).fetchone()
    found = Closure(*row) if row else None
    return found if found and found.holds(at) else None


def close(
    db: Database, slug: str | None, *, mode: str = "closed", note: str = "", until: str | None = None, by: By
) -> int | None:
    """Set the switch of a post (or of the site: None); return the batch, or None when it stood so already."""
    if mode not in STRICTNESS or (mode == "open" and slug is None):
        raise Invalid({"mode": f"A discussion is closed, replies-only or moderated, not {mode!r}."})
    if len(note) > NOTE_LENGTH:
        raise Invalid({"note": f"The note has {len(note):,} characters; {NOTE_LENGTH:,} fit."})
    if until is not None and until <= by.at:
        raise Invalid({"until": "The day until which it stays closed is over already."})
    return _set(db, slug, Closure(mode, note.strip(), until), kind="close" if mode != "open" else "open", by=by)


def end(written: str, zone: ZoneInfo) -> str | None:
    """Read until when a switch holds: a day, from whose beginning in `zone` on it no longer does, or a moment."""
    if not written.strip():
        return None
    try:
        moment = datetime.fromisoformat(written.strip())
        return stamp(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        raise Invalid({"until": f"Until is {written[:40]!r}; write a day like 2026-06-01."}) from None


def open_again(db: Database, slug: str | None, *, by: By) -> int | None:
    """Open a post in spite of file and rules; for the site, lift its switch so that each post is what it was."""
    if slug is None:
        return _set(db, None, None, kind="open", by=by)
    return _set(db, slug, Closure("open"), kind="open", by=by)


def follow(db: Database, slug: str, *, by: By) -> int | None:
    """Drop a post's own switch: its file and the rules decide again."""
    return _set(db, slug, None, kind="follow", by=by)


def _set(db: Database, slug: str | None, wanted: Closure | None, *, kind: str, by: By) -> int | None:
    post = SITE if slug is None else _post_id(db, slug)
    before = kept(db, post)
    after = _written(wanted)
    if _essence(before) == _essence(after):
        return None
    batch = events.open_batch(db, kind, by=by)
    events.record(db, kind, by=by, batch=batch, post=post, before=before, after=after)
    put(db, post, after, by=by)
    return batch


def put(db: Database, post: int, written: str, *, by: By) -> None:
    """Make a switch what the journal's text says: JSON of mode, note, until; "" for none."""
    if not written:
        db.conn.execute("delete from closures where post_id = ?", [post])
        return
    switch = json.loads(written)
    db.conn.execute(
        """
        insert into closures (post_id, mode, note, until, at, account_id, source) values (?, ?, ?, ?, ?, ?, ?)
        on conflict (post_id) do update set mode = excluded.mode, note = excluded.note, until = excluded.until,
          at = excluded.at, account_id = excluded.account_id, source = excluded.source
        """,
        [
            post,
            switch["mode"],
            switch["note"],
            switch["until"],
            switch.get("at", by.at),
            switch.get("account", by.account),
            switch.get("source", by.source),
        ],
    )


def kept(db: Database, post: int) -> str:
    """Return a switch as the journal writes it, "" for none."""
    row = db.conn.execute(
        "select mode, note, until, at, account_id, source from closures where post_id = ?", [post]
    ).fetchone()
    return json.dumps(dict(zip(("mode", "note", "until", "at", "account", "source"), row, strict=True))) if row else ""


def _written(closure: Closure | None) -> str:
    return json.dumps({"mode": closure.mode, "note": closure.note, "until": closure.until}) if closure else ""


def _essence(written: str) -> tuple[Any, ...] | None:
    if not written:
        return None
    switch = json.loads(written)
    return switch["mode"], switch["note"], switch["until"]


def _post_id(db: Database, slug: str) -> int:
    row = db.conn.execute("select id from posts where slug = ?", [slug]).fetchone()
    if row is None:
        raise NotFound(f"There is no post {slug!r}.")
    return int(row[0])
