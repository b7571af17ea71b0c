"""The switch of a post or of the site, and what the database knows of a discussion's state."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from blog.closing import sentences
from blog.closing.state import STRICTNESS, Closure, Facts, State, state
from blog.errors import Invalid, NotFound
from blog.journal import acts, events
from blog.journal.acts import Act, Row, Undoing
from blog.journal.events import Actor, moment, stamp
from blog.rules import policy as policies
from blog.wording import gettext, ngettext, number

Values = dict[str, Any]  # of a switch, as the journal has them: mode, note, until; since when and by whom
SITE = 0
NOTE_LENGTH = 2_000
FILES_DAYS = 36_500
FOLLOW = "follow"
CLOCKS_APART, STORED_TOGETHER = timedelta(minutes=1), 500

# One row of facts, to be joined to `posts p` in whoever's query needs the state.
COLUMNS = """
    p.published_at as closing_published_at, p.comments_mode as closing_front, p.closing_note as closing_front_note,
    p.close_on as closing_on, p.close_after as closing_after, p.close_quiet as closing_quiet,
    p.timezone as closing_timezone,
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
        row["closing_on"],
        row["closing_after"],
        row["closing_quiet"],
        row["closing_timezone"],
    )


def of_post(db: Database, slug: str, *, at: str) -> tuple[State, Facts]:
    """Return a post's state at a moment and what it follows from; raise NotFound."""
    row = next(iter(db.query(f"select {COLUMNS} from posts p where p.slug = ?", [slug])), None)
    if row is None:
        raise NotFound(gettext("There is no post {slug!r}.", slug=slug))
    post_facts = facts(row)
    return state(post_facts, policies.load(db), at), post_facts


def listed(db: Database, *, at: str) -> list[tuple[str, State, Facts]]:
    """Return slug, state and facts of every post, newest first, as `because` puts them into words."""
    policy = policies.load(db)
    rows = db.query(
        f"select p.slug, {COLUMNS} from posts p order by p.published_at = '' desc, p.published_at desc, p.id desc"
    )
    known = [(row["slug"], facts(row)) for row in rows]
    return [(slug, state(each, policy, at), each) for slug, each in known]


def site_switch(db: Database, at: str) -> Closure | None:
    row = db.conn.execute(
        """
        select c.mode, c.note, c.until, c.at, coalesce(a.name, '')
        from closures c left join accounts a on a.id = c.account_id where c.post_id = 0
        """
    ).fetchone()
    switch = Closure(*row) if row else None
    return switch if switch and switch.holds(at) else None


def close(
    db: Database, slug: str | None, *, mode: str = "closed", note: str = "", until: str | None = None, by: Actor
) -> int | None:
    """Set the switch of a post (or of the site: None); return the batch, None without a change."""
    if slug is None and mode == "open":
        raise Invalid(
            {"mode": gettext("The site's switch is closed, replies-only or moderated; to lift it, open the site.")}
        )
    return _set(db, [slug], _closure(mode, note, until, by), by=by)


def open_again(db: Database, slug: str | None, *, by: Actor) -> int | None:
    """Open a post whatever its file and the rules say; for the site, lift its switch."""
    return _set(db, [slug], None if slug is None else Closure("open"), by=by, kind="open")


def follow(db: Database, slug: str, *, by: Actor) -> int | None:
    """Remove a post's own switch: its file and the rules decide again."""
    return _set(db, [slug], None, by=by)


def switch_many(
    db: Database, slugs: Sequence[str], mode: str, *, note: str = "", until: str | None = None, by: Actor
) -> int | None:
    """Set the switches of many posts as one batch, or remove them (`mode` follow); None without a change."""
    if not slugs:
        raise Invalid({"slug": gettext("No post is chosen. Tick the posts first.")})
    return _set(db, slugs, None if mode == FOLLOW else _closure(mode, note, until, by), by=by)


def _closure(mode: str, note: str, until: str | None, by: Actor) -> Closure:
    if mode not in STRICTNESS:
        raise Invalid(
            {"mode": gettext("A discussion is open, moderated, replies-only or closed, not {mode!r}.", mode=mode)}
        )
    if len(note) > NOTE_LENGTH:
        raise Invalid(
            {
                "note": ngettext(
                    "The note has {n} character; {most} fit.",
                    "The note has {n} characters; {most} fit.",
                    len(note),
                    most=number(NOTE_LENGTH),
                )
            }
        )
    if until is not None and until <= by.at:
        raise Invalid({"until": gettext("This day is over already.")})
    return Closure(mode, note.strip(), until)


def end(written: str, zone: ZoneInfo) -> str | None:
    """Read the end of a switch: a time, or a day, which means its beginning in `zone`."""
    if not written.strip():
        return None
    try:
        moment = datetime.fromisoformat(written.strip())
        return stamp(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        raise Invalid(
            {"until": gettext("Until is {written!r}; write a day like 2026-06-01.", written=written[:40])}
        ) from None


def _set(db: Database, slugs: Sequence[str | None], wanted: Closure | None, *, by: Actor, kind: str = "") -> int | None:
    """Write one batch with an event for each switch that changes."""
    posts = [SITE] if None in slugs else _ids(db, [slug for slug in slugs if slug])
    changing = {
        post: before for post, before in _stored(db, posts).items() if _comparable(before) != _comparable(wanted)
    }
    if not changing:
        return None
    kind = kind or ("follow" if wanted is None else "open" if wanted.mode == "open" else "close")
    by = replace(by, at=_after_all(db, by.at))
    batch = events.open_batch(db, kind, by=by)
    day = _day(db, wanted.until) if wanted and wanted.until else ""
    after = {post: _values(wanted, _since(before, wanted, by.at), day) for post, before in changing.items()}
    values = {"batch": batch, "at": by.at, "kind": kind, "account": by.account, "source": by.source}
    db.conn.execute(
        """
        insert into events (batch_id, at, kind, post_id, account_id, source, before, after)
        select :batch, :at, :kind, json_extract(value, '$[0]'), :account, :source,
          coalesce(json_extract(value, '$[1]'), ''), coalesce(json_extract(value, '$[2]'), '')
        from json_each(:changes) order by key
        """,
        {**values, "changes": json.dumps([[post, before, after[post]] for post, before in changing.items()])},
    )
    _write(db, after, by=by)
    return batch


def _after_all(db: Database, at: str) -> str:
    """Return a timestamp at or after that of every stored comment.

    With several processes, one may take its time later and store earlier. So this looks at the newest events, except
    those that are later by more than clocks differ.
    """
    row = db.conn.execute(
        "select max(at) from (select at from events order by id desc limit ?) where at <= ?",
        [STORED_TOGETHER, stamp(moment(at) + CLOCKS_APART)],
    ).fetchone()
    return max(at, row[0] or at)


def _since(before: Values | None, wanted: Closure | None, at: str) -> str | None:
    """Return since when a switch has had this mode: another note or another end does not begin a new closing."""
    if before is None or wanted is None or before["mode"] != wanted.mode:
        return None
    return None if before["until"] and before["until"] <= at else str(before["at"])


def _undo(db: Database, undoing: Undoing) -> None:
    """Give each post of a batch the switch that it had before."""
    rows = db.conn.execute("select post_id, before from events where batch_id = ?", [undoing.number]).fetchall()
    _write(db, {post: json.loads(before) if before else None for post, before in rows}, by=undoing.by)


def _stored(db: Database, posts: Sequence[int]) -> dict[int, Values | None]:
    rows = db.query(
        """
        select post_id, mode, note, until, at, account_id as account, source from closures
        where post_id in (select value from json_each(?))
        """,
        [json.dumps(posts)],
    )
    by_post = {row.pop("post_id"): row for row in rows}
    return {post: by_post.get(post) for post in posts}


def _write(db: Database, switches: Mapping[int, Values | None], *, by: Actor) -> None:
    """Store the switches of posts, or remove them (None)."""
    lifted = [post for post, values in switches.items() if values is None]
    if lifted:
        db.conn.execute("delete from closures where post_id in (select value from json_each(?))", [json.dumps(lifted)])
    own = {"at": by.at, "account": by.account, "source": by.source}
    rows = [own | values | {"post": post} for post, values in switches.items() if values is not None]
    if rows:
        db.conn.execute(
            """
            insert into closures (post_id, mode, note, until, at, account_id, source)
            select value ->> 'post', value ->> 'mode', value ->> 'note', value ->> 'until', value ->> 'at',
              value ->> 'account', value ->> 'source'
            from json_each(?) where true
            on conflict (post_id) do update set mode = excluded.mode, note = excluded.note, until = excluded.until,
              at = excluded.at, account_id = excluded.account_id, source = excluded.source
            """,
            [json.dumps(rows)],
        )


def _values(closure: Closure | None, since: str | None, day: str) -> Values | None:
    """Return what is stored of a switch; `day` is its last day by the site's own clock, for the sentence in the log."""
    if closure is None:
        return None
    more = {name: value for name, value in (("at", since), ("day", day)) if value}
    return {"mode": closure.mode, "note": closure.note, "until": closure.until} | more


def _comparable(switch: Values | Closure | None) -> tuple[Any, ...] | None:
    if switch is None:
        return None
    if isinstance(switch, Closure):
        return switch.mode, switch.note, switch.until
    return switch["mode"], switch["note"], switch["until"]


def _day(db: Database, at: str) -> str:
    row = db.conn.execute("select timezone from posts order by id desc limit 1").fetchone()
    return moment(at).astimezone(ZoneInfo(row[0] if row else "UTC")).date().isoformat()


def _ids(db: Database, slugs: Sequence[str]) -> list[int]:
    """Return the ids of posts, each once; raise NotFound for the first that is not there."""
    rows = db.conn.execute(
        "select slug, id from posts where slug in (select value from json_each(?))", [json.dumps(slugs)]
    ).fetchall()
    ids = dict(rows)
    for slug in slugs:
        if slug not in ids:
            raise NotFound(gettext("There is no post {slug!r}.", slug=slug))
    return list(dict.fromkeys(ids[slug] for slug in slugs))


def _act(kind: str, sentence: Callable[[Row], str]) -> Act:
    return Act(kind=kind, group=acts.SWITCHES, sentence=sentence, undone=sentences.undone, undo=_undo, of_post=True)


ACTS = (
    _act("close", sentences.switched),
    _act("open", sentences.switched),
    _act("follow", sentences.followed),
)
