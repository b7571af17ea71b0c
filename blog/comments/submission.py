"""Submit a comment: check, judge and store a draft, in one transaction."""

import json
from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

from sqlite_utils import Database

from blog import filter
from blog.comments import admission, paging, rows
from blog.comments import context as contexts
from blog.comments.context import CommentContext
from blog.comments.drafts import Draft
from blog.comments.rows import Row
from blog.errors import Duplicate
from blog.journal import events
from blog.journal.acts import Act, arrival
from blog.journal.events import Actor, NewEvent
from blog.rules import Submission, Verdict, evidence, judge
from blog.rules.policy import Policy
from blog.wording import gettext


class Stored(TypedDict):
    """The stored comment. `page` is the page that shows it: of a long `thread`, or of the discussion if that is 0.

    `unconfirmed` is set where its writer has to confirm the address first.
    """

    id: int
    status: str
    post: dict[str, Any]
    page: int
    thread: int
    root_id: int | None
    unconfirmed: NotRequired[bool]


def submit(db: Database, slug: str, draft: Draft, *, at: str, by: Actor | None = None) -> Stored:
    """Store a comment with its verdict, or raise the first refusal.

    In this order: NotFound, Gone, Closed, Invalid (the fields, then the parent), Duplicate, TooFast. `by` is somebody
    who sends it by a program, for himself or for somebody else: then it is never too fast.
    """
    post = admission.admit(db, slug, draft, at)
    policy = post["policy"]
    context = contexts.gather(db, post["id"], draft, policy, at=at)
    root = admission.root_of(context, draft, post["id"])
    if context["sent_json"] and not draft.mention:  # of one source there is one mention; many say the same
        sent_at, earlier = json.loads(context["sent_json"])
        raise Duplicate(gettext("You sent this already."), sent_at=sent_at, comment=earlier)
    if draft.sender.account is None and by is None and not draft.mention:
        admission.check_pace(context, policy, at)
    if draft.too_fast:
        raise draft.too_fast
    scored = _score(db, context, draft, policy)
    submission = _submission(draft, post, context, at, scored)
    facts, source = evidence.dump_facts(submission), draft.source
    row = Row(post["id"], draft, judge(submission), root, at, source=source, evidence=facts, scored=scored)
    comment = rows.insert(db, row)
    status, rule = row.verdict.action.status, row.verdict.rule
    sender = by or Actor(at, draft.sender.account, source)
    events.record(
        db,
        NewEvent("submit", comment=comment, post=post["id"], after=status, rule=rule, reason=post["grace"]),
        by=sender,
    )
    return _stored(db, comment, row, post)


def _stored(db: Database, comment: int, row: Row, post: dict[str, Any]) -> Stored:
    page, thread = 1, 0
    if row.root or not paging.is_one_page(post, post["policy"]):
        place = paging.place_on(db, post["id"], comment, post["policy"])
        assert place is not None
        page, thread = place["page"], place["thread"]
    return {
        "id": comment,
        "status": row.verdict.action.status,
        "post": post,
        "page": page,
        "thread": thread,
        "root_id": row.root,
    }


def foresee(db: Database, slug: str, draft: Draft, *, at: str) -> Verdict:
    """Return the verdict on a draft without storing it; raise as `submit` does, but not Duplicate and TooFast."""
    post = admission.admit(db, slug, draft, at)
    context = contexts.gather(db, post["id"], draft, post["policy"], at=at)
    admission.root_of(context, draft, post["id"])
    return judge(_submission(draft, post, context, at, _score(db, context, draft, post["policy"])))


def _submission(
    draft: Draft, post: Mapping[str, Any], context: CommentContext, at: str, scored: filter.Score | None
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
        mention=draft.mention,
        shared=draft.shared,
        history=contexts.history(context, at, scored),
        policy=post["policy"],
    )


def _score(db: Database, context: CommentContext, draft: Draft, policy: Policy) -> filter.Score | None:
    """Score a draft with one more query, if the filter is on and has learned enough; staff are not scored."""
    if policy.filter_mode == "off" or draft.sender.account is not None:
        return None
    if not filter.is_trained(json.loads(context["learned_json"])):
        return None
    return filter.score(db, {"text": draft.text, "author": draft.author, "email": draft.email, "url": draft.url})


SUBMIT = Act(kind="submit", sentence=lambda row: gettext("Received."), event=arrival)
