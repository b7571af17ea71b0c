"""From a draft to a stored row: closed? too fast? what do the rules say? All of it in one transaction."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple, TypedDict

from sqlite_utils import Database

from blog import closing, events, filter, policy, posts
from blog.comments import surroundings
from blog.comments.drafts import AGENT_LENGTH, Draft
from blog.comments.reading import REPLIES
from blog.errors import Closed, Duplicate, Invalid, Refused, TooFast
from blog.events import moment, stamp
from blog.policy import Policy
from blog.rules import Action, Submission, Verdict, evidence, judge

Discussions = dict[str, dict[str, Any]]  # posts by slug, with their rules and state, that one transaction looked up
NEVER = "9999-12-31T23:59:59.999Z"
GRACE = "Sent from a form that was opened before the closing by {}."


class Stored(TypedDict):
    """`page` is one of the discussion, or of a long `thread` (0: of the discussion), on which the comment stands."""

    id: int
    status: str
    post: dict[str, Any]
    page: int
    thread: int


class Arrival(NamedTuple):
    """A draft that came to the post of this slug at the moment `at`."""

    slug: str
    draft: Draft
    at: str


def submit(db: Database, slug: str, draft: Draft, *, at: str) -> Stored:
    """Store a comment with its verdict, or raise what refuses it; in the order of the contract.

    NotFound, Gone, Closed, Invalid (fields, then the parent), Duplicate, TooFast.
    """
    (outcome,) = submit_all(db, [Arrival(slug, draft, at)])
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def submit_all(db: Database, arrivals: Sequence[Arrival]) -> list[Stored | Refused]:
    """Store what arrived together, in its order; return for each what `submit` returns, or the error that it raises.

    A discussion is looked up once for all of them, and the journal is written at the end, in one statement.
    """
    known: Discussions = {}
    written: list[events.Submitted] = []
    outcomes: list[Stored | Refused] = []
    for arrival in arrivals:
        try:
            stored, event = _submit(db, arrival, known)
        except Refused as refusal:
            outcomes.append(refusal)
        else:
            outcomes.append(stored)
            written.append(event)
    events.record_submitted(db, written)
    return outcomes


def _submit(db: Database, arrival: Arrival, known: Discussions) -> tuple[Stored, events.Submitted]:
    slug, draft, at = arrival
    post = _admit(db, slug, draft, at, known)
    rules = post["rules"]
    around = surroundings.gather(db, post["id"], draft, rules, at)
    root = _root(around, draft, post["id"])
    if around["twice"]:
        raise Duplicate("You sent this already.", sent_at=around["twice"])
    if draft.sender.account is None:
        _check_pace(around, rules, at)
    scored = _scored(db, around, draft, rules)
    submission = _submission(draft, post, rules, around, at, scored)
    verdict = judge(submission)
    status = verdict.action.status
    facts = evidence.kept(submission)
    stored = insert(db, post["id"], draft, verdict, root=root, at=at, facts=facts, scored=scored)
    if verdict.action is Action.ALLOW:
        known.pop(slug, None)  # it counts its threads, and knows when it was last spoken in
    threads = post["threads"] + (root is None and verdict.action is Action.ALLOW)
    thread, page = _page_of_reply(db, stored, root)
    if not thread:
        page = _page_of(db, post["id"], root, rules, threads)
    return (
        {"id": stored, "status": status, "post": post, "page": page, "thread": thread},
        events.Submitted(at, stored, post["id"], draft.sender.account, status, verdict.rule, post["grace"]),
    )


def foresee(db: Database, slug: str, draft: Draft, *, at: str) -> Verdict:
    """Return what the rules say of a draft, without storing it.

    Raise as `submit` does, but for what was sent already and for how fast it is.
    """
    post = _admit(db, slug, draft, at, {})
    rules = post["rules"]
    around = surroundings.gather(db, post["id"], draft, rules, at)
    _root(around, draft, post["id"])
    return judge(_submission(draft, post, rules, around, at, _scored(db, around, draft, rules)))


def _admit(db: Database, slug: str, draft: Draft, at: str, known: Discussions) -> dict[str, Any]:
    """Return the post when it is there and its discussion takes the draft; raise otherwise, the fields last.

    `held` tells that the discussion holds whatever it takes, `grace` why it was taken all the same, "" while open.
    """
    post = _discussion(db, slug, at, known)
    found, rules = post["state"], post["rules"]
    reply = draft.parent is not None
    staff = draft.sender.account is not None
    if not staff and not closing.takes(found, reply=reply, opened_at=draft.opened_at, at=at, policy=rules):
        raise Closed(
            "New thoughts are closed; replies are welcome." if found.mode == "replies-only" else "Comments are closed."
        )
    errors = {**_missing(draft, rules), **draft.errors}
    if errors:
        raise Invalid(errors)
    late = not staff and closing.by_grace(found, opened_at=draft.opened_at, at=at, policy=rules)
    held = found.held or (late and closing.mode_before(post["facts"], rules, found.since or at) == "moderated")
    return {**post, "held": held, "grace": GRACE.format(found.cause) if late else ""}


def _discussion(db: Database, slug: str, at: str, known: Discussions) -> dict[str, Any]:
    """Return the post with `rules`, `facts` and `state`, as it was looked up since `at` unless its state turned."""
    if (there := known.get(slug)) is not None and there["seen_at"] <= at < (there["state"].turns_at or NEVER):
        return there
    post = posts.find(db, slug, at=at, text=False)
    rules, facts = policy.stored(post["policy"]), closing.facts(post)
    known[slug] = post | {"rules": rules, "facts": facts, "state": closing.state(facts, rules, at), "seen_at": at}
    return known[slug]


def _missing(draft: Draft, rules: Policy) -> dict[str, str]:
    if not rules.require_name_email or draft.sender.account is not None:
        return {}
    wanted = {"author": "Your name is missing.", "email": "Your email is missing. It is not shown."}
    return {name: sentence for name, sentence in wanted.items() if not getattr(draft, name)}


def _root(around: Mapping[str, Any], draft: Draft, post: int) -> int | None:
    """Return the id of the thread that a reply joins; a parent must be approved, on this post, and not locked."""
    if draft.parent is None:
        return None
    status, parent_post, root = json.loads(around["parent"]) if around["parent"] else ("", 0, 0)
    if status != "approved" or parent_post != post:
        raise Invalid({"comment_parent": "The comment that you reply to is not there any more."})
    if around["locked"] and draft.sender.account is None:
        raise Closed("This thread is locked: it takes no more replies.")
    return int(root)


def _check_pace(around: Mapping[str, Any], rules: Policy, at: str) -> None:
    latest = max(around["by_network"] or "", around["by_reader"] or "", around["by_email"] or "")
    if rules.comment_flood_seconds and latest:
        ready = moment(latest) + timedelta(seconds=rules.comment_flood_seconds)
        # A clock that was set back must not make anybody wait longer than the setting says.
        raise _too_fast(min(_seconds_until(stamp(ready), at), rules.comment_flood_seconds))
    if not rules.comment_network_limit:
        return
    count, oldest = json.loads(around["in_minute"])
    if count >= rules.comment_network_limit:
        raise _too_fast(_seconds_until(stamp(moment(oldest) + timedelta(minutes=1)), at))


def _too_fast(seconds: int) -> TooFast:
    plural = "second" if seconds == 1 else "seconds"
    return TooFast(f"Please wait {seconds} {plural} and send again. Your text is kept.", retry_after=seconds)


def _seconds_until(ready: str, at: str) -> int:
    left = (moment(ready) - moment(at)).total_seconds()
    return max(1, int(left) + (left > int(left)))


def _submission(
    draft: Draft,
    post: Mapping[str, Any],
    rules: Policy,
    around: Mapping[str, Any],
    at: str,
    scored: filter.Score | None,
) -> Submission:
    return Submission(
        author=draft.author,
        email=draft.email,
        url=draft.url,
        text=draft.text,
        plain=draft.rendered.plain,
        links=draft.links,
        ip=draft.sender.ip,
        user_agent=draft.sender.user_agent,
        honeypot=draft.honeypot,
        stamp=draft.stamp,
        staff=draft.sender.account is not None,
        mode="moderated" if post["held"] else "open",
        history=surroundings.history(around, at, scored),
        policy=rules,
    )


def _scored(db: Database, around: Mapping[str, Any], draft: Draft, rules: Policy) -> filter.Score | None:
    """Ask the filter, in one read more, when it is on and has learned enough; of staff it has no opinion."""
    learned = surroundings.read_json(around["learned"])
    if rules.filter_mode == "off" or draft.sender.account is not None or not filter.speaks(learned):
        return None
    return filter.score(db, {"text": draft.text, "author": draft.author, "email": draft.email, "url": draft.url})


def insert(
    db: Database,
    post: int,
    draft: Draft,
    verdict: Verdict,
    *,
    root: int | None,
    at: str,
    source: str = "web",
    source_key: str | None = None,
    facts: str = "",
    scored: filter.Score | None = None,
) -> int:
    """Write one comment's row and return its id."""
    sender = draft.sender
    written = db.conn.execute(
        """
        insert into comments (post_id, parent_id, root_id, status, author, email, url, text, text_html, text_hash,
          account_id, reader_hash, remember, ip, network, user_agent, verdict, rule, reason,
          created_at, source, source_key, facts, head_hash, tail_hash, score, weighed)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
            post,
            draft.parent,
            root,
            verdict.action.status,
            draft.author,
            draft.email,
            draft.url,
            draft.text,
            draft.rendered.html,
            draft.text_hash,
            sender.account,
            sender.reader_hash,
            int(draft.remember),
            sender.ip,
            sender.network,
            sender.user_agent[:AGENT_LENGTH],
            verdict.action.value,
            verdict.rule,
            verdict.reason,
            at,
            source,
            source_key,
            facts,
            *(draft.halves or (None, None)),
            scored.spam if scored else None,
            json.dumps(scored.because) if scored else "",
        ],
    )
    stored = written.lastrowid
    assert stored is not None
    if draft.domains:
        db.conn.execute(
            "insert into comment_domains (domain, comment_id) select value, ? from json_each(?)",
            [stored, json.dumps(draft.domains)],
        )
    return stored


def _page_of(db: Database, post: int, root: int | None, rules: Policy, threads: int) -> int:
    """Return the page on which a thread stands, or would once it is approved; None is the newest one of `threads`."""
    newest_last = rules.comment_order == "asc"
    if root is None:
        before = max(threads - 1, 0) if newest_last else 0
    else:
        row = db.conn.execute(BEFORE if newest_last else AFTER, {"post": post, "root": root}).fetchone()
        before = int(row[0])
    size = rules.comments_per_page
    return min(before // size + 1, max(1, -(-threads // size)))


def _page_of_reply(db: Database, comment: int, root: int | None) -> tuple[int, int]:
    """Return thread and page of a reply that stands beyond the first hundred of its thread, else 0 and 0."""
    if root is None:
        return 0, 0
    long, before = db.conn.execute(
        """
        select c.approved_in_thread > :most, iif(c.approved_in_thread > :most,
          (select count(*) from comments r indexed by comments_in_thread
            where r.root_id = c.id and (r.status = 'approved' or r.replies > 0) and r.id < :comment), 0)
        from comments c where c.id = :root
        """,
        {"most": REPLIES, "comment": comment, "root": root},
    ).fetchone()
    return (root, before // REPLIES + 1) if long and before >= REPLIES else (0, 0)


LISTED = "select count(*) from comments where post_id = :post and root_id is null and approved_in_thread > 0"
BEFORE, AFTER = f"{LISTED} and id < :root", f"{LISTED} and id > :root"


def place(db: Database, comment: int, *, at: str) -> tuple[dict[str, Any], int, int]:
    """Return the post, the page and the thread (0: a page of the discussion) of a comment, for a link to it."""
    row = db.conn.execute(
        "select p.slug, c.root_id from comments c join posts p on p.id = c.post_id where c.id = ?",
        [comment],
    ).fetchone()
    post = posts.find(db, row[0], at=at, text=False)
    rules = policy.stored(post["policy"])
    thread, page = _page_of_reply(db, comment, row[1])
    return post, page or _page_of(db, post["id"], row[1] or comment, rules, post["threads"]), thread
