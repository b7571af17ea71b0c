"""Refusals: no such post, closed, a field, the parent, too fast; in this order."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import ceil
from typing import Any

from sqlite_utils import Database

from blog import closing, posts
from blog.comments.context import CommentContext
from blog.comments.drafts import Draft, Sender
from blog.errors import Closed, Invalid, TooFast
from blog.journal.events import earlier, moment, stamp
from blog.rules import policy as policies
from blog.rules.policy import Policy
from blog.wording import N_, gettext, ngettext

# Why a closed discussion accepts a comment, by the cause of the closing; stored in English, and translated when shown.
GRACE = {
    "date": N_("Sent from a form that was opened before the closing by date."),
    "age": N_("Sent from a form that was opened before the closing by age."),
    "quiet": N_("Sent from a form that was opened before the closing by quiet."),
}


def admit(db: Database, slug: str, draft: Draft, at: str) -> dict[str, Any]:
    """Return the post if its discussion accepts the draft; raise NotFound, Gone, Closed or Invalid otherwise.

    The post has its `policy`. `held` tells whether its discussion holds every comment. `grace` says why a closed
    discussion accepts the draft; it is "" for an open one.
    """
    post = posts.find(db, slug, at=at, text=False)
    policy, facts = policies.from_json(post["policy"]), closing.facts(post)
    state = closing.state(facts, policy, at)
    reply, staff = draft.parent is not None, draft.sender.account is not None
    if not staff and not closing.takes(state, reply=reply, opened_at=draft.opened_at, at=at, policy=policy):
        raise Closed(
            gettext("New threads are closed; replies are welcome.")
            if state.mode == "replies-only"
            else gettext("Comments are closed.")
        )
    errors = {**_missing(draft, policy), **draft.errors}
    if errors:
        raise Invalid(errors)
    late = not staff and closing.by_grace(state, opened_at=draft.opened_at, at=at, policy=policy)
    held = state.held or (late and closing.mode_before(facts, policy, state.since or at) == "moderated")
    return {**post, "policy": policy, "held": held, "grace": GRACE[state.cause] if late else ""}


def _missing(draft: Draft, policy: Policy) -> dict[str, str]:
    if draft.sender.account is not None or draft.mention:
        return {}
    both = policy.require_name_email
    asked = {"author": both, "email": both or policy.require_confirmed_address}
    sentences = {
        "author": gettext("Your name is missing."),
        "email": gettext("Your email is missing. It is not shown."),
    }
    return {name: sentences[name] for name, wanted in asked.items() if wanted and not getattr(draft, name)}


def root_of(context: CommentContext, draft: Draft, post: int) -> int | None:
    """Return the id of the thread that a reply joins; a parent must be approved, on this post, and not locked."""
    if draft.parent is None:
        return None
    status, parent_post, root = json.loads(context["parent_json"]) if context["parent_json"] else ("", 0, 0)
    if status != "approved" or parent_post != post:
        raise Invalid({"comment_parent": gettext("The comment that you reply to is not there any more.")})
    if context["locked"] and draft.sender.account is None:
        raise Closed(gettext("This thread is locked: it takes no more replies."))
    return int(root)


def check_pace(context: CommentContext | Mapping[str, Any], policy: Policy, at: str) -> None:
    latest = max(context["by_network"] or "", context["by_reader"] or "", context["by_email"] or "")
    if policy.comment_flood_seconds and latest:
        ready = moment(latest) + timedelta(seconds=policy.comment_flood_seconds)
        raise _too_fast(min(_seconds_until(stamp(ready), at), policy.comment_flood_seconds))
    if not policy.comment_network_limit:
        return
    count, oldest = json.loads(context["minute_json"])
    if count >= policy.comment_network_limit:
        raise _too_fast(_seconds_until(stamp(moment(oldest) + timedelta(minutes=1)), at))


def check_pace_early(
    db: Database, sender: Sender, email: str, *, at: str, refused: Sequence[float]
) -> tuple[TooFast | None, bool]:
    """Check a sender's pace before the text is rendered; return the refusal, and whether the network's limit caused it.

    `refused` lists the network's requests that were refused within the last minute, each by the seconds until it no
    longer counts; they count for `comment_network_limit` alone. The transaction that stores the comment checks again.
    """
    values = {
        "network": sender.network,
        "reader": sender.reader_hash,
        "email": email.strip().lower(),
        "at": at,
        "minute": earlier(at, seconds=60),
        "most": MOST_COUNTED,
    }
    row = next(iter(db.query(PACE, values)))
    policy = policies.from_json(row["policy"])
    since = earlier(at, seconds=policy.comment_flood_seconds)
    latest = {
        name: row[name] if (row[name] or "") > since else None for name in ("by_network", "by_reader", "by_email")
    }
    stored = json.loads(row["minute_json"])[0]
    if refused and policy.comment_network_limit and stored + len(refused) >= policy.comment_network_limit:
        first = min(max(stored + len(refused) - policy.comment_network_limit, 0), len(refused) - 1)
        return _too_fast(max(1, ceil(refused[first]))), True
    try:
        check_pace({**row, **latest}, policy, at)
    except TooFast as refusal:
        return refusal, False
    return None, False


MOST_COUNTED = 1_000
BY = ("by_network", "by_reader", "by_email")
PACE = """
    select (select json_group_object(name, value) from settings) as policy,
      (select max(created_at) from comments
        where network = :network and network <> '' and created_at <= :at) as by_network,
      (select max(created_at) from comments
        where reader_hash = :reader and reader_hash is not null and created_at <= :at) as by_reader,
      (select max(created_at) from comments
        where lower(email) = :email and email <> '' and created_at <= :at) as by_email,
      (select json_array(count(*), min(created_at)) from (select created_at from comments
        where network = :network and network <> '' and created_at > :minute and created_at <= :at
        order by created_at desc limit 1 * :most)) as minute_json
"""


def _too_fast(seconds: int) -> TooFast:
    sentence = ngettext(
        "Please wait {n} second and send again. Your text is kept.",
        "Please wait {n} seconds and send again. Your text is kept.",
        seconds,
    )
    return TooFast(sentence, retry_after=seconds)


def _seconds_until(ready: str, at: str) -> int:
    seconds = (moment(ready) - moment(at)).total_seconds()
    return max(1, int(seconds) + (seconds > int(seconds)))
