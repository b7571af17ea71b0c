"""Posts and pages that programs write, change, trash and restore; each by its file, with versions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any

from sqlite_utils import Database
from starlette.concurrency import run_in_threadpool

from blog.errors import BadPost, Conflict, NotFound
from blog.importing import sent_text
from blog.journal import events
from blog.people import profiles
from blog.posts import catalog, deletion, media, terms
from blog.publishing import editor, program_posts
from blog.publishing.program_posts import PostChange, Writer
from blog.representations.place import EDIT
from blog.representations.posts import BASES, takes_comments
from blog.storage import store
from blog.web import trashed_posts
from blog.web.api import answers, post_reading
from blog.web.api.answers import Answer, ApiError
from blog.web.api.call import FORCE, Call
from blog.web.api.parameters import Param, Wrong, invalid

TEXT = Param("text")
OPEN = Param(enum=("open", "closed"))
DATE = Param(format="date-time", nullable=True, early=True)
STATUS = Param(enum=("publish", "future", "draft", "pending", "private"))
CHANGE = {
    "date": DATE,
    "date_gmt": replace(DATE, utc=True),
    "slug": Param(),
    "status": STATUS,
    "password": Param(),
    "title": TEXT,
    "content": TEXT,
    "author": Param("integer"),
    "excerpt": TEXT,
    "featured_media": Param("integer"),
    "comment_status": OPEN,
    "ping_status": OPEN,
    "meta": Param("any"),
    "template": Param("any"),
}
CHANGES = {
    "post": {
        **CHANGE,
        "format": Param("any"),
        "sticky": Param("boolean"),
        "categories": Param("array"),
        "tags": Param("array"),
    },
    "page": {**CHANGE, "parent": Param("integer"), "menu_order": Param("integer")},
}
REMOVE = FORCE
TRIES = 10  # to change a file that others change at the same time
NO_CREATE = "Sorry, you are not allowed to create posts as this user."
NO_EDIT = "Sorry, you are not allowed to edit this post."
NO_DELETE = "Sorry, you are not allowed to delete this post."
OF_STATUSES = {"publish": "published", "future": "published", "draft": "draft", "pending": "draft", "private": "draft"}


async def create(call: Call, kind: str) -> Answer:
    """Write a new post or page."""
    if call.given.get("id"):
        raise ApiError(400, "rest_post_exists", "Cannot create existing post.")
    if not _may_create(call, kind):
        raise call.refuse("rest_cannot_create", NO_CREATE)
    _check_rights(call)
    if not any(call.get(name) for name in ("title", "content", "excerpt")):
        raise ApiError(400, "empty_content", "Content, title, and excerpt are empty.")
    change = await call.read(_change, call, kind, None)
    number = await run_in_threadpool(_create, call, change, kind)
    row = await call.read(post_reading.load_one, call.site, number, kind)
    headers = {"Location": call.place.api(f"{BASES[kind]}/{number}"), **post_reading.validators(row)}
    return Answer(post_reading.shown(call, row, EDIT), 201, headers)


def _may_create(call: Call, kind: str) -> bool:
    """Tell whether this caller may write new posts; pages belong to the whole site."""
    return call.caller.may("publish") and (kind == "post" or not call.caller.owner)


def _check_rights(call: Call) -> None:
    """Raise ApiError for what a caller who writes own posts only may not say."""
    if not call.caller.owner:
        return
    if call.get("author") not in (None, call.caller.id):
        raise call.refuse("rest_cannot_edit_others", NO_CREATE)
    if call.get("sticky"):
        raise call.refuse("rest_cannot_assign_sticky", "Sorry, you are not allowed to make posts sticky.")


def _writer(call: Call) -> Writer:
    return Writer(call.caller.actor(call.at), call.caller.owner)


def _create(call: Call, change: PostChange, kind: str) -> int:
    with call.site.store.another() as db:
        try:
            return program_posts.create(db, call.site.settings, change, kind, _writer(call))
        except BadPost as problem:
            raise _as_invalid(problem) from problem


def _as_invalid(problem: BadPost) -> ApiError:
    return ApiError(400, "rest_invalid_param", problem.by_line)


def _change(db: Database, call: Call, kind: str, row: Mapping[str, Any] | None) -> PostChange:
    """Return what a call gives for a post; raise ApiError for what cannot be so."""
    if call.get("password"):
        wrong = Wrong("rest_invalid_param", "Posts with a password are not supported here.")
        raise invalid({"password": wrong})
    if call.get("parent") and catalog.of_any_kind(db, call.get("parent")) is None:
        raise ApiError(400, "rest_post_invalid_id", "Invalid post parent ID.")
    owner, body, status = call.caller.owner, call.get("content"), call.get("status")
    comments = call.get("comment_status")
    if row is not None and comments == ("open" if takes_comments(row, call.at) else "closed"):
        comments = None
    return PostChange(
        title=call.get("title") or None,
        body=sent_text.post(body) if body and owner else body,
        summary=_summary(call),
        slug=call.get("slug") or None,
        status=_status(status, row) if status and not _has_status(status, row) else None,
        date=call.get("date") or call.get("date_gmt"),
        tags=_tags(db, call, row) if kind == "post" else None,
        comments=comments,
        author=_author(db, call),
        image=_image(db, call),
        menu=call.get("menu_order"),
    )


def _summary(call: Call) -> str | None:
    excerpt = call.get("excerpt")
    return sent_text.post(excerpt) if excerpt else excerpt


def _status(status: str, row: Mapping[str, Any] | None) -> str:
    """Return our own status; what readers saw becomes withdrawn when it is to be private."""
    if status == "private" and row is not None and row["status"] != "draft":
        return "withdrawn"
    return OF_STATUSES[status]


def _has_status(status: str, row: Mapping[str, Any] | None) -> bool:
    """Tell whether a post has a status already, so that its file need not say it."""
    return row is not None and _status(status, row) == row["status"]


def _tags(db: Database, call: Call, row: Mapping[str, Any] | None) -> list[str] | None:
    """Return the names of the tags that a post is to have: it has the same ones as tags and as categories.

    When both lists are given, the one that differs from what the post has now is the one that was changed.
    """
    given = [list(dict.fromkeys(call.get(name))) for name in ("tags", "categories") if call.has(name)]
    if not given:
        return None
    now = sorted(post_reading.term_ids(row)) if row is not None else []
    changed = [numbers for numbers in given if sorted(numbers) != now]
    if not changed:
        return None
    numbers: Sequence[int] = list(dict.fromkeys(each for numbers in changed for each in numbers))
    return terms.names(db, numbers)


def _author(db: Database, call: Call) -> str | None:
    """Return the name of the account that is given as the author; of a new post, of whoever writes it."""
    given = call.get("author")
    if given is None or given == call.caller.id:
        new = call.request.method == "POST" and "id" not in call.values
        return call.caller.program["name"] if call.caller.program and (new or given) else None
    try:
        return str(profiles.one(db, given, at=call.at)["name"])
    except NotFound as error:
        raise ApiError(400, "rest_invalid_author", "Invalid author ID.") from error


def _image(db: Database, call: Call) -> str | None:
    """Return the address of the picture that is given by its number, "" to take the picture away."""
    number = call.get("featured_media")
    if number is None:
        return None
    try:
        path = str(media.one(db, number)["path"]) if number else ""
    except NotFound:
        return None
    return path.removeprefix("..") if path.startswith("../static/") else None if path else ""


async def _editable(call: Call, kind: str, code: str, message: str) -> dict[str, Any]:
    row = await post_reading.find(call, kind)
    if not (call.caller.edits(row["author"]) and (kind == "post" or not call.caller.owner)):
        raise call.refuse(code, message)
    return row


async def update(call: Call, kind: str) -> Answer:
    """Change a part of a post; of one in the trash a status brings it back first."""
    row = await _editable(call, kind, "rest_cannot_edit", NO_EDIT)
    _check_rights(call)
    _check_preconditions(call, row)
    if row["deleted_at"]:
        if call.get("status") is None:
            raise ApiError(409, "rest_post_trashed", "The post is in the trash. Give it a status to restore it.")
        await run_in_threadpool(_restore, call, row["id"])
        row = await post_reading.find(call, kind)
    change = await call.read(_change, call, kind, row)
    await run_in_threadpool(_update, call, row, change)
    row = await call.read(post_reading.load_one, call.site, row["id"], kind)
    allow = post_reading.methods(call, row)
    return Answer(post_reading.shown(call, row, EDIT), headers=post_reading.validators(row), allow=allow)


def _check_preconditions(call: Call, row: Mapping[str, Any]) -> None:
    """Raise ApiError with 412 when the post is not any more as the program read it (If-Match, If-Unmodified-Since)."""
    headers, digest = call.request.headers, row["digest"]
    wanted = [
        tag.strip().removeprefix("W/").strip('"') for tag in headers.get("if-match", "").split(",") if tag.strip()
    ]
    stale = bool(wanted) and "*" not in wanted and digest not in wanted
    if since := headers.get("if-unmodified-since"):
        try:
            read_at = events.stamp(parsedate_to_datetime(since))
        except (ValueError, TypeError):
            read_at = "9999"
        stale = stale or row["modified_at"][:19] > read_at[:19]
    if stale:
        raise ApiError(412, "rest_precondition_failed", "The post was changed since you read it. Nothing was written.")


def _update(call: Call, row: Mapping[str, Any], change: PostChange) -> None:
    """Write a change of a post; what an editor wrote between reading and writing is never lost."""

    def unchanged(file: editor.Source) -> None:
        if call.request.headers.get("if-match") and file.digest != row["digest"]:
            raise editor.Changed(file)

    tries = 1 if call.request.headers.get("if-match") else TRIES
    with call.site.store.another() as db:
        for left in reversed(range(tries)):
            try:
                program_posts.change(db, call.site.settings, row["path"], change, unchanged, _writer(call))
                return
            except BadPost as problem:
                raise _as_invalid(problem) from problem
            except Conflict as conflict:
                if not left or not isinstance(conflict, editor.Changed):
                    raise ApiError(409, "rest_post_conflict", conflict.sentence) from conflict
                # what was written meanwhile is read, and changed in turn


def _restore(call: Call, number: int) -> None:
    if not trashed_posts.restore(call.site, number, by=call.caller.actor(call.at)):
        raise ApiError(404, "rest_post_invalid_id", "Invalid post ID.")


async def destroy(call: Call, kind: str) -> Answer:
    """Put a post into the trash, or with `force` out of it too; Undo brings either back."""
    row = await _editable(call, kind, "rest_cannot_delete", NO_DELETE)
    if call.get("force"):
        shown = post_reading.shown(call, row, EDIT)
        await run_in_threadpool(_delete, call, row, True)
        return answers.deleted(shown)
    if row["deleted_at"]:
        raise ApiError(410, "rest_already_trashed", "The post has already been deleted.")
    await run_in_threadpool(_delete, call, row, False)
    row = await post_reading.find(call, kind)
    return Answer(post_reading.shown(call, row, EDIT), allow=post_reading.methods(call, row))


def _delete(call: Call, row: Mapping[str, Any], for_good: bool) -> None:
    with call.site.store.another() as db:
        if not row["deleted_at"]:
            program_posts.trash(db, call.site.settings, row, by=call.caller.actor(call.at))
        if for_good:
            with store.transaction(db):
                deletion.hide_for_good(db, row["id"])
