"""Comments that programs write, change, decide on and remove: through the same rules, decisions and journal."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from sqlite_utils import Database
from starlette.concurrency import run_in_threadpool

from blog import closing, comments, moderation
from blog.comments import Draft, Sender, catalog
from blog.comments.drafts import is_web_address
from blog.errors import Closed, Duplicate, Gone, Invalid, NotFound, Refused, TooFast
from blog.importing import sent_text
from blog.moderation import Decision, Ruling, edits, moves
from blog.posts import catalog as posts
from blog.representations import comments as representation
from blog.rules import policy as policies
from blog.web.api import answers, comment_reading
from blog.web.api.answers import Answer, ApiError
from blog.web.api.call import FORCE, Call
from blog.web.api.parameters import MOMENT, Param
from blog.web.middleware import security

CHANGE = {
    "author": Param("integer"),
    "author_email": Param(format="email"),
    "author_ip": Param(format="ip"),
    "author_name": Param(),
    "author_url": Param(),
    "author_user_agent": Param(),
    "content": Param("text"),
    "date": MOMENT,
    "date_gmt": MOMENT,
    "parent": Param("integer"),
    "post": Param("integer"),
    "status": Param(),
    "meta": Param("any"),
}
NEW = CHANGE
REMOVE = FORCE
DECISIONS = {
    **dict.fromkeys(("approve", "approved", "1"), Decision.APPROVE),
    **dict.fromkeys(("hold", "0"), Decision.UNAPPROVE),
    **dict.fromkeys(("unspam", "untrash"), Decision.RESTORE),
    "spam": Decision.SPAM,
    "trash": Decision.TRASH,
}
TOO_LONG = {
    "comment": "comment_content_column_length",
    "author": "comment_author_column_length",
    "email": "comment_author_email_column_length",
    "url": "comment_author_url_column_length",
}
LOGIN = ("rest_comment_login_required", "Sorry, you must be logged in to comment.")
NO_CONTENT = ("rest_comment_content_invalid", "Invalid comment content.")
NO_POST = ("rest_comment_invalid_post_id", "Sorry, you are not allowed to create this comment without a post.")
CLOSED = ("rest_comment_closed", "Sorry, comments are closed for this item.")
NO_EDIT = ("rest_cannot_edit", "Sorry, you are not allowed to edit this comment.")
NO_DELETE = ("rest_cannot_delete", "Sorry, you are not allowed to delete this comment.")
NOT_ON_THIS = "Sorry, you are not allowed to create a comment on this post."


async def create(call: Call) -> Answer:
    """Write a comment: as the account, or as a visitor, whose comment goes through the rules."""
    caller, policy = call.caller, await call.read(policies.load)
    if caller.refused or (caller.program is None and not policy.api_anonymous_comments):
        raise ApiError(401, *LOGIN)
    if call.given.get("type") not in (None, "", "comment"):
        raise ApiError(400, "rest_invalid_comment_type", "Cannot create a comment with that type.")
    row = await call.read(posts.of_any_kind, call.get("post") or 0)
    moderator = row is not None and caller.moderates(row["author"])
    _check_fields(call, moderator)
    if call.given.get("id"):
        raise ApiError(400, "rest_comment_exists", "Cannot create existing comment.")
    if row is None:
        raise ApiError(403, *NO_POST)
    _check_post(call, row)
    if not str(call.get("content") or "").strip():
        raise ApiError(400, *NO_CONTENT)
    if caller.program is not None and not caller.may("moderate"):
        raise call.refuse("rest_cannot_create", NOT_ON_THIS)
    try:
        draft = await run_in_threadpool(_draft, call, moderator)
        decision = DECISIONS.get(str(call.get("status") or "")) if moderator else None
        number = await call.write(_submit, row["slug"], draft, decision, call)
    except Refused as refusal:
        raise _as_api_error(call, refusal) from refusal
    call.site.new_decisions.set()
    made = await call.read(catalog.one, number, at=call.at)
    allow = ("GET", "POST") if caller.program else ("POST",)
    return Answer(
        comment_reading.after_writing(call, made), 201, {"Location": call.place.api(f"comments/{number}")}, allow
    )


def _check_fields(call: Call, moderator: bool) -> None:
    """Raise ApiError for fields that only moderators may give."""
    refused: list[str] = []
    if call.get("author") is not None and call.get("author") != call.caller.id and not moderator:
        refused.append("author")
    refused += [name for name in ("author_ip", "status") if call.get(name) is not None and not moderator]
    if refused:
        name = refused[0]
        message = f"Sorry, you are not allowed to edit '{name}' for comments."
        raise call.refuse(f"rest_comment_invalid_{name}", message)
    if moderator and call.get("author") not in (None, call.caller.id):
        raise ApiError(400, "rest_comment_author_invalid", "Invalid comment author ID.")


def _check_post(call: Call, row: Mapping[str, Any]) -> None:
    """Raise ApiError for a post that takes no comments; not even of moderators, as WordPress has it."""
    if row["deleted_at"]:
        raise ApiError(403, "rest_comment_trash_post", NOT_ON_THIS)
    if not posts.is_public(dict(row), call.at):
        raise ApiError(403, "rest_comment_draft_post", NOT_ON_THIS)
    policy = policies.from_json(row["policy"])
    state = closing.state(closing.facts(dict(row)), policy, call.at)
    if not closing.takes(state, reply=bool(call.get("parent")), opened_at=None, at=call.at, policy=policy):
        raise ApiError(403, *CLOSED)


def _draft(call: Call, moderator: bool) -> Draft:
    """Return the comment, rendered; of a moderator who names somebody else, it is that person's."""
    program, content = call.caller.program, sent_text.comment(str(call.get("content")))
    name, email = call.get("author_name") or "", call.get("author_email") or ""
    own = program is not None and name in ("", program["name"]) and email in ("", program["email"])
    fields = {"comment": content, "comment_parent": str(call.get("parent") or "")}
    if own and program is not None:
        sender = Sender(account=program["id"], account_name=program["name"], account_email=program["email"])
    else:
        fields |= {"author": name, "email": email, "url": _url(call.get("author_url") or "")}
        ip = (call.get("author_ip") or "") if moderator else call.client_ip()
        agent = call.get("author_user_agent") or ("" if moderator else call.request.headers.get("user-agent", ""))
        sender = Sender(ip=ip, network=security.network_of(ip), user_agent=agent)
    settings = call.site.settings
    own_host = comments.host_of(settings.url)
    names = (settings.title, settings.author)
    draft = comments.prepare(fields, sender, own=own_host, site_names=names)
    return replace(draft, source="api")


def _url(given: str) -> str:
    """Return a web address, "" for what is none, as WordPress has it; one without a scheme is taken."""
    return given if not given or len(given) > comments.LIMITS["url"] or is_web_address(_whole(given)) else ""


def _whole(url: str) -> str:
    return url if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:(?!\d)", url) else f"https://{url}"


def _submit(db: Database, slug: str, draft: Draft, decision: Decision | None, call: Call) -> int:
    """Store a comment, and decide on it where a moderator says its status."""
    by = call.caller.actor(call.at) if call.caller.program else None
    number = comments.submit(db, slug, draft, at=call.at, by=by)["id"]
    if decision is not None and decision is not Decision.RESTORE:
        moderation.decide(db, [number], Ruling(decision), by=call.caller.actor(call.at))
    return number


def _as_api_error(call: Call, refusal: Refused) -> ApiError:
    """Return the refusal of a comment as WordPress words it."""
    if isinstance(refusal, Closed):
        return ApiError(403, *CLOSED)
    if isinstance(refusal, NotFound | Gone):
        return ApiError(403, "rest_comment_draft_post", NOT_ON_THIS)
    if isinstance(refusal, Duplicate):
        said = "Duplicate comment detected; it looks as though you&#8217;ve already said that!"
        return ApiError(409, "comment_duplicate", said)
    if isinstance(refusal, TooFast):
        error = ApiError(400, "comment_flood", "You are posting comments too quickly. Slow down.")
        error.headers["Retry-After"] = str(refusal.retry_after)
        return error
    if not isinstance(refusal, Invalid):
        return answers.of_refusal(refusal)
    return _invalid(call, refusal.errors)


def _invalid(call: Call, errors: Mapping[str, str]) -> ApiError:
    values = {"comment": call.get("content"), "author": call.get("author_name")}
    values |= {"email": call.get("author_email"), "url": call.get("author_url")}
    for name, value in values.items():
        if name in errors and len(str(value or "")) > comments.LIMITS[name]:
            return ApiError(400, TOO_LONG[name], "Comment field exceeds maximum length allowed.")
    if "author" in errors or "email" in errors:
        message = "Creating a comment requires valid author name and email values."
        return ApiError(400, "rest_comment_author_data_required", message)
    if "comment" in errors:
        return ApiError(400, *NO_CONTENT)
    return ApiError(400, "rest_invalid_param", " ".join(errors.values()), params=dict(errors))


async def update(call: Call) -> Answer:
    """Change a comment's text, name or address, its place, or its status; each act is in the journal."""
    row = await comment_reading.find(call)
    if not call.caller.moderates(row["post_author"]):
        raise call.refuse(*NO_EDIT)
    if call.given.get("type") not in (None, "", row["kind"]):
        message = "Sorry, you are not allowed to change the comment type."
        raise ApiError(404, "rest_comment_invalid_type", message)
    if call.has("content") and not str(call.get("content") or "").strip():
        raise ApiError(400, *NO_CONTENT)
    draft = await run_in_threadpool(_edited, call, row)
    try:
        await call.write(_change, row, draft, call)
    except Refused as refusal:
        raise _as_api_error(call, refusal) from refusal
    call.site.new_decisions.set()
    row = await comment_reading.find(call)
    return Answer(comment_reading.after_writing(call, row), allow=comment_reading.methods(call, row))


def _edited(call: Call, row: Mapping[str, Any]) -> Draft | None:
    """Return the comment with what is changed in it, rendered; None when nothing is."""
    given = call.get("content")
    text = row["text"] if given is None else sent_text.comment(given)
    author, url = call.get("author_name") or row["author"], row["url"]
    url = call.get("author_url") if call.get("author_url") is not None else url
    if (text, author, url) == (row["text"], row["author"], row["url"]):
        return None
    return edits.prepare(author, url, text)


def _change(db: Database, row: Mapping[str, Any], draft: Draft | None, call: Call) -> None:
    by, number = call.caller.actor(call.at), int(row["id"])
    _move(db, row, call)
    if draft is not None:
        edits.revise(db, number, draft, by=by, edited=row["edited_at"] or "")
    decision = DECISIONS.get(str(call.get("status") or ""))
    if decision is None or (decision is Decision.RESTORE and row["status"] not in ("spam", "trash")):
        return
    moderation.decide(db, [number], Ruling(decision), by=by)


def _move(db: Database, row: Mapping[str, Any], call: Call) -> None:
    """Put a comment under another one, or on another post, where it was named and differs."""
    post, parent, now = call.get("post") or row["post_id"], call.get("parent"), representation.parent_of(row) or 0
    wanted = now if parent is None else parent
    if (post, wanted) == (row["post_id"], now):
        return
    target = posts.of_any_kind(db, post)
    if target is None or not call.caller.may("site"):
        raise ApiError(403, *NO_POST)
    by = call.caller.actor(call.at)
    kept = wanted if post == row["post_id"] or parent is not None else 0
    moves.move(db, int(row["id"]), post=target["slug"], parent=kept or None, by=by)


async def destroy(call: Call) -> Answer:
    """Put a comment into the trash, or with `force` delete it; Undo brings either back."""
    row = await comment_reading.find(call)
    if not call.caller.moderates(row["post_author"]):
        raise call.refuse(*NO_DELETE)
    if not call.get("force") and row["status"] == "trash":
        raise ApiError(410, "rest_already_trashed", "The comment has already been trashed.")
    decide = partial(moderation.decide, by=call.caller.actor(call.at))
    if call.get("force"):
        previous = comment_reading.after_writing(call, row)
        await call.write(decide, [call.number], Ruling(Decision.DELETE))
        call.site.new_decisions.set()
        return answers.deleted(previous)
    await call.write(decide, [call.number], Ruling(Decision.TRASH))
    call.site.new_decisions.set()
    row = await comment_reading.find(call)
    return Answer(comment_reading.after_writing(call, row), allow=comment_reading.methods(call, row))
