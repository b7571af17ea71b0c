"""What refuses a comment: no such post, closed, a field, the parent, too fast; in the order of the contract."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlite_utils import Database

from blog import closing, policy, posts
from blog.comments.drafts import Draft
from blog.errors import Closed, Invalid, TooFast
from blog.events import moment, stamp
from blog.policy import Policy

Discussions = dict[str, dict[str, Any]]  # posts by slug, with their rules and state, that one transaction looked up
NEVER = "9999-12-31T23:59:59.999Z"
GRACE = "Sent from a form that was opened before the closing by {}."


def admit(db: Database, slug: str, draft: Draft, at: str, known: Discussions) -> dict[str, Any]:
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


def root_of(around: Mapping[str, Any], draft: Draft, post: int) -> int | None:
    """Return the id of the thread that a reply joins; a parent must be approved, on this post, and not locked."""
    if draft.parent is None:
        return None
    status, parent_post, root = json.loads(around["parent"]) if around["parent"] else ("", 0, 0)
    if status != "approved" or parent_post != post:
        raise Invalid({"comment_parent": "The comment that you reply to is not there any more."})
    if around["locked"] and draft.sender.account is None:
        raise Closed("This thread is locked: it takes no more replies.")
    return int(root)


def check_pace(around: Mapping[str, Any], rules: Policy, at: str) -> None:
    latest = max(around["by_network"] or "", around["by_reader"] or "", around["by_email"] or "")
    if rules.comment_flood_seconds and latest:
        ready = moment(latest) + timedelta(seconds=rules.comment_flood_seconds)
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
