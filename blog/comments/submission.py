"""From a draft to a stored row: closed? too fast? what do the rules say? All of it in one transaction."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, TypedDict

from sqlite_utils import Database

from blog import closing, events, filter, policy, posts, store
from blog.comments.drafts import AGENT_LENGTH, Draft, text_hash
from blog.comments.reading import REPLIES
from blog.errors import Closed, Duplicate, Invalid, TooFast
from blog.events import By, moment, stamp
from blog.policy import Policy
from blog.rules import History, Submission, Verdict, evidence, judge

KNOWN, ALIKE, DOMAINS, ARRIVALS = 100, 20, 20, 250  # that are counted at most
BURST = timedelta(minutes=10)
GRACE = "Sent from a form that was opened before the closing by {}."
SENDERS = {"reader": "browser", "email": "email", "network": "network", "domain": "link's domain"}


class Stored(TypedDict):
    """`page` is one of the discussion, or of a long `thread` (0: of the discussion), on which the comment stands."""

    id: int
    status: str
    post: dict[str, Any]
    page: int
    thread: int


def submit(db: Database, slug: str, draft: Draft, *, at: str) -> Stored:
    """Store a comment with its verdict, or raise what refuses it; in the order of the contract.

    NotFound, Gone, Closed, Invalid (fields, then the parent), Duplicate, TooFast.
    """
    post = admit(db, slug, draft, at=at)
    rules = post["rules"]
    around = _surroundings(db, post["id"], draft, rules, at)
    root = _root(around, draft, post["id"])
    if around["twice"]:
        raise Duplicate("You sent this already.", sent_at=around["twice"])
    if draft.sender.account is None:
        _check_pace(around, rules, at)
    scored = _scored(db, around, draft, rules)
    submission = _submission(draft, post, rules, around, at, scored)
    verdict = judge(submission)
    facts = evidence.kept(submission)
    stored = insert(db, post["id"], draft, verdict, root=root, at=at, facts=facts, scored=scored)
    by = By(at, draft.sender.account, "web")
    events.record(
        db,
        "submit",
        by=by,
        comment=stored,
        post=post["id"],
        after=verdict.action.status,
        rule=verdict.rule,
        reason=post["grace"],
    )
    threads = post["threads"] + (root is None and verdict.action.status == "approved")
    thread, page = _page_of_reply(db, stored, root)
    if not thread:
        page = _page_of(db, post["id"], root, rules, threads)
    return {"id": stored, "status": verdict.action.status, "post": post, "page": page, "thread": thread}


def foresee(db: Database, slug: str, draft: Draft, *, at: str) -> Verdict:
    """Return what the rules say of a draft, without storing it.

    Raise as `submit` does, but for what was sent already and for how fast it is.
    """
    post = admit(db, slug, draft, at=at)
    rules = post["rules"]
    around = _surroundings(db, post["id"], draft, rules, at)
    _root(around, draft, post["id"])
    return judge(_submission(draft, post, rules, around, at, _scored(db, around, draft, rules)))


def admit(db: Database, slug: str, draft: Draft, *, at: str) -> dict[str, Any]:
    """Return the post when it is there and its discussion takes the draft; raise otherwise, the fields last.

    `held` tells that the discussion holds whatever it takes, `grace` why it was taken all the same, "" while open.
    """
    post = posts.find(db, slug, at=at, text=False)
    rules = policy.stored(post["policy"])
    facts = closing.facts(post)
    found = closing.state(facts, rules, at)
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
    held = found.held or (late and closing.mode_before(facts, rules, found.since or at) == "moderated")
    return {**post, "state": found, "rules": rules, "held": held, "grace": GRACE.format(found.cause) if late else ""}


def _missing(draft: Draft, rules: Policy) -> dict[str, str]:
    if not rules.require_name_email or draft.sender.account is not None:
        return {}
    wanted = {"author": "Your name is missing.", "email": "Your email is missing. It is not shown."}
    return {name: sentence for name, sentence in wanted.items() if not getattr(draft, name)}


def _surroundings(db: Database, post: int, draft: Draft, rules: Policy, at: str) -> dict[str, Any]:
    """Gather, in one query, what the checks and the rules want to know of parent and sender."""
    pace = stamp(moment(at) - timedelta(seconds=rules.comment_flood_seconds))
    return store.rows(
        db,
        SURROUNDINGS,
        {
            "post": post,
            "parent": draft.parent,
            "hash": text_hash(draft.text),
            "author": draft.author,
            "email": draft.email,
            "reader": draft.sender.reader_hash,
            "network": draft.sender.network,
            "account": draft.sender.account,
            "pace": pace,
            "at": at,
            "domains": json.dumps(draft.domains[:DOMAINS]),
            "known": KNOWN,
            "alike": ALIKE,
            "head": draft.halves[0] if draft.halves else None,
            "tail": draft.halves[1] if draft.halves else None,
            "month": stamp(moment(at) - timedelta(days=30)),
            "lately": stamp(moment(at) - BURST),
            "arrivals": ARRIVALS,
            "minute": stamp(moment(at) - timedelta(minutes=1)),
            "most": max(rules.comment_network_limit, 1),
        },
    )[0]


# SQLite plans a question anew for each value of a bare parameter as its limit; `1 *` spares that.
SURROUNDINGS = """
    select
      (select json_array(status, post_id, coalesce(root_id, id)) from comments where id = :parent)
        as parent,
      (select created_at from comments where post_id = :post and text_hash = :hash and parent_id is :parent
        and status not in ('trash', 'deleted')
        and ((author = :author and lower(email) = lower(:email)) or reader_hash = :reader) limit 1)
        as twice,
      (select max(created_at) from comments
        where network = :network and network <> '' and created_at > :pace) as by_network,
      (select max(created_at) from comments
        where reader_hash = :reader and reader_hash is not null and created_at > :pace) as by_reader,
      (select max(created_at) from comments
        where lower(email) = lower(:email) and email <> '' and created_at > :pace) as by_email,
      (select json_array(count(*), min(created_at)) from (select created_at from comments
        where network = :network and network <> '' and created_at > :minute
        order by created_at desc limit 1 * :most)) as in_minute,
      (select count(*) from (select 1 from comments
        where reader_hash = :reader and reader_hash is not null and status = 'approved' limit 1 * :known))
      + (select count(*) from (select 1 from comments
        where account_id = :account and account_id is not null and status = 'approved' limit 1 * :known))
        as approved,
      (select count(distinct id) from (
        select * from (select id, reader_hash, email from comments
          where head_hash = :head and head_hash is not null and created_at > :month
          order by id desc limit 1 * :alike)
        union all
        select * from (select id, reader_hash, email from comments
          where tail_hash = :tail and tail_hash is not null and created_at > :month
          order by id desc limit 1 * :alike))
        where reader_hash is not :reader and (lower(email) <> lower(:email) or email = '')) as alike,
      (select json_group_array(json_array(domain, approved, spam)) from (
        select d.value as domain, sum(s.status = 'approved') as approved, sum(s.status = 'spam') as spam
        from json_each(:domains) d join comments s on s.id in (
          select comment_id from comment_domains where domain = d.value order by comment_id desc limit 50)
        group by d.value)) as domains,
      (select json_array(count(*) filter (where created_at > :lately), count(*), min(created_at)) from (
        select created_at from comments where post_id = :post order by id desc limit 1 * :arrivals))
        as arrivals,
      exists (select 1 from accounts where name = :author and removed_at is null)
        or exists (select 1 from posts where author = :author collate nocase and author <> '')
        as staff_name,
      exists (select 1 from accounts
        where lower(email) = lower(:email) and email <> '' and removed_at is null) as staff_email,
      (select json_group_object(kind, standing) from standings
        where (until is null or until > :at) and ((kind = 'reader' and value = :reader)
          or (kind = 'email' and value = lower(:email)) or (kind = 'network' and value = :network)
          or (kind = 'domain' and value in (select value from json_each(:domains))))) as standings,
      (select locked from comments
        where id = (select coalesce(root_id, id) from comments where id = :parent)) as locked,
      (select json_object('spam', spam, 'ham', ham) from filter_state) as learned
"""


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
    count, oldest = json.loads(around["in_minute"])
    if rules.comment_network_limit and count >= rules.comment_network_limit:
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
        history=_history(around, at, scored),
        policy=rules,
    )


def _scored(db: Database, around: Mapping[str, Any], draft: Draft, rules: Policy) -> filter.Score | None:
    """Ask the filter, in one read more, when it is on and has learned enough; of staff it has no opinion."""
    learned = json.loads(around["learned"])
    if rules.filter_mode == "off" or draft.sender.account is not None or not filter.speaks(learned):
        return None
    return filter.score(db, {"text": draft.text, "author": draft.author, "email": draft.email, "url": draft.url})


def _history(around: Mapping[str, Any], at: str, scored: filter.Score | None) -> History:
    standings: dict[str, str] = json.loads(around["standings"])
    banned = [kind for kind, standing in standings.items() if standing == "banned"]
    trusted = standings.get("reader") == "trusted"
    judged = scored if not trusted else None
    return History(
        approved=around["approved"],
        staff_name=bool(around["staff_name"]),
        staff_email=bool(around["staff_email"]),
        trusted=trusted,
        banned=f"this {SENDERS[banned[0]]}" if banned else "",
        alike=around["alike"],
        domains=tuple((name, good, bad) for name, good, bad in json.loads(around["domains"])),
        **_arrivals(json.loads(around["arrivals"]), at),
        score=judged.spam if judged else None,
        weighed=judged.words if judged else (),
    )


def _arrivals(counted: tuple[int, int, str | None], at: str) -> dict[str, Any]:
    """Return how many came to the post within ten minutes, and how many do on average, of its newest comments."""
    lately, every, oldest = counted
    if oldest is None:
        return {}
    before = moment(at) - BURST - moment(oldest)
    usual = (every - lately) / max(before / BURST, 1.0)
    return {"arrivals": lately, "usual": round(usual, 2)}


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
    row = db.conn.execute(
        """
        insert into comments (post_id, parent_id, root_id, status, author, email, url, text, text_html, text_hash,
          account_id, reader_hash, remember, ip, network, user_agent, verdict, rule, reason,
          created_at, source, source_key, facts, head_hash, tail_hash, score, weighed)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning id
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
            text_hash(draft.text),
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
    ).fetchone()
    stored = int(row[0])
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
