"""Uploaded files: lists, one of them, uploads, their texts, and removal."""

import hashlib
import posixpath
import re
import tempfile
from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from blog.errors import Invalid
from blog.posts import catalog, media
from blog.posts.media import MediaWanted
from blog.publishing import media_trash, uploads
from blog.representations import files as representation
from blog.representations.place import EDIT
from blog.web import media as keeping
from blog.web.api import answers
from blog.web.api.answers import Answer, ApiError
from blog.web.api.call import FORCE, PAGES, SINGLE, Call, item_methods, moments_of, numbers_of, paged
from blog.web.api.parameters import MOMENT, NUMBERS, Param
from blog.web.media import Sent

ORDERS = ("author", "date", "id", "include", "modified", "parent", "relevance", "slug", "include_slugs", "title")
FILTERS = ("include", "exclude", "author", "author_exclude", "parent", "parent_exclude")
LIST = {
    **PAGES,
    "after": MOMENT,
    "before": MOMENT,
    **dict.fromkeys(FILTERS, NUMBERS),
    "offset": Param("integer", minimum=0),
    "order": Param(enum=("asc", "desc"), default="desc"),
    "orderby": Param(enum=ORDERS, default="date"),
    "media_type": Param(enum=("image", "video", "text", "application", "audio")),
    "mime_type": Param(),
    "slug": Param("array", items="string"),
    "status": Param("array", items="string"),
}
ONE = SINGLE
NO_EDIT = "Sorry, you are not allowed to edit this post."


async def index(call: Call) -> Answer:
    """A list of uploaded files, the newest first."""
    if call.context == EDIT and not call.caller.may_read("publish"):
        raise call.refuse("rest_forbidden_context", "Sorry, you are not allowed to edit posts in this post type.")
    wanted = MediaWanted(
        type=call.get("mime_type") or call.get("media_type") or "",
        search=call.get("search", ""),
        numbers=numbers_of(call, *FILTERS),
        moments=moments_of(call, "after", "before"),
        order=call.get("orderby"),
        direction=call.get("order"),
    )
    found = await call.read(media.chosen, wanted, at=call.at, size=call.get("per_page"), skip=call.skip)
    data = [shown(call, row) for row in found["rows"]]
    return paged(call, data, found["total"], refuse_past_end=True)


def edits(call: Call, row: Mapping[str, Any]) -> bool:
    """Tell whether this caller may change a file: its own, or anybody's where it writes all posts."""
    own = row["account_id"] == call.caller.id and bool(call.caller.id)
    return call.caller.may("publish") and (not call.caller.owner or own)


def shown(call: Call, row: Mapping[str, Any], context: str = "") -> dict[str, Any]:
    return representation.of_row(call.place, row, context or call.context, editable=edits(call, row))


async def find(call: Call) -> dict[str, Any]:
    """Return the row of the file that the address names; raise ApiError when there is none."""
    return dict(await call.find("rest_post_invalid_id", "Invalid post ID.", media.one, call.number))


async def show(call: Call) -> Answer:
    """One file; that of a post that is not public only for those who may read the post."""
    row = await find(call)
    reaches = call.caller.may_read("publish") and (not call.caller.owner or edits(call, row))
    if not media.is_public(row, call.at) and not reaches:
        raise call.refuse("rest_forbidden", "Sorry, you are not allowed to do that.")
    if call.context == EDIT and not reaches:
        raise call.refuse("rest_forbidden_context", NO_EDIT)
    headers = {"Link": f'<{representation.address_of(call.place, row)}>; rel="alternate"; type=text/html'}
    return Answer(shown(call, row), headers=headers, allow=methods(call, row))


def methods(call: Call, row: Mapping[str, Any]) -> tuple[str, ...]:
    return item_methods(edits(call, row))


TEXTS = {
    "title": Param("text"),
    "caption": Param("text"),
    "description": Param("text"),
    "alt_text": Param(),
    "post": Param("integer"),
    "author": Param("integer"),
}
NEW, CHANGE, REMOVE = TEXTS, TEXTS, FORCE
FILE_NAME = re.compile(r"""(?:^|;)\s*filename\s*=\s*(?:"([^"]+)"|([^\s;"]+))""", re.IGNORECASE)
NOT_TAKEN = "Sorry, you are not allowed to upload this file type."
NO_CREATE = "Sorry, you are not allowed to create posts as this user."
DISPOSITION = (
    "Invalid Content-Disposition supplied. Content-Disposition needs to be formatted as"
    ' `attachment; filename="image.png"` or similar.'
)


async def create(call: Call) -> Answer:
    """Take a picture, made anew as on the desk; other files for a post that has a folder of its own."""
    if not call.caller.may("publish"):
        raise call.refuse("rest_cannot_create", NO_CREATE)
    post = await call.read(catalog.of_any_kind, call.get("post") or 0)
    if post is not None and not call.caller.edits(post["author"]):
        message = "Sorry, you are not allowed to upload media to this post."
        raise call.refuse("rest_cannot_edit", message)
    sent = call.given.get("file")
    if isinstance(sent, UploadFile):
        number = await _keep(call, sent.file, sent.filename or "file", post)
    elif "multipart/form-data" in call.request.headers.get("content-type", ""):
        raise ApiError(400, "rest_upload_unknown_error", "Specified file failed upload test.")
    else:
        number = await _keep_body(call, post)
    row = await call.read(media.one, number)
    return Answer(shown(call, row, EDIT), 201, {"Location": call.place.api(f"media/{number}")}, ("GET", "POST"))


async def _keep_body(call: Call, post: Mapping[str, Any] | None) -> int:
    """Take a file that is the whole body; its name is in a header."""
    headers = call.request.headers
    if not headers.get("content-type"):
        raise ApiError(400, "rest_upload_no_content_type", "No Content-Type supplied.")
    if not (disposition := headers.get("content-disposition")):
        raise ApiError(400, "rest_upload_no_content_disposition", "No Content-Disposition supplied.")
    name = FILE_NAME.search(disposition)
    if name is None:
        raise ApiError(400, "rest_upload_invalid_disposition", DISPOSITION)
    with tempfile.TemporaryFile() as file:
        digest, size = hashlib.md5(usedforsecurity=False), 0
        async for piece in call.request.stream():
            await run_in_threadpool(file.write, piece)
            digest.update(piece)
            size += len(piece)
        if not size:
            raise ApiError(400, "rest_upload_no_data", "No data supplied.")
        if (wanted := headers.get("content-md5")) and wanted.strip().lower() != digest.hexdigest():
            raise ApiError(412, "rest_upload_hash_mismatch", "Content hash did not match expected.")
        return await _keep(call, file, name[1] or name[2], post)


async def _keep(call: Call, file: Any, name: str, post: Mapping[str, Any] | None) -> int:
    """Keep a file; return its number. Any file but a picture must be for a post that has a folder of its own."""
    texts = {"title": call.get("title"), "alt": call.get("alt_text"), "caption": call.get("caption")}
    sent = Sent(file, name, post, **{each: value or "" for each, value in texts.items()})
    by = call.caller.actor(call.at)
    try:
        if sent.has_folder and await run_in_threadpool(_is_no_picture, file):
            kept = await keeping.keep_file(call.site, sent, by=by)
        else:
            kept = await keeping.keep_picture(call.site, sent, by=by, incomplete=True)  # as WordPress takes them
    except Invalid as error:
        code = "rest_upload_unknown_error" if call.given.get("file") else "rest_upload_sideload_error"
        raise ApiError(400, code, f"{NOT_TAKEN} {error.sentence}") from error
    return kept.number


def _is_no_picture(file: Any) -> bool:
    """Tell whether a file is one of those that are taken beside pictures."""
    file.seek(0)
    return uploads.ending_of(file.read(uploads.BEGINNING)) != ""


async def update(call: Call) -> Answer:
    """Change the texts of a file, and for which post it is."""
    row = await find(call)
    if not edits(call, row):
        raise call.refuse("rest_cannot_edit", NO_EDIT)
    if call.get("post") and await call.read(catalog.of_any_kind, call.get("post")) is None:
        raise ApiError(400, "rest_invalid_param", "Invalid post ID.")
    given = {"title": call.get("title"), "alt": call.get("alt_text"), "caption": call.get("caption")}
    texts = {name: value for name, value in given.items() if value is not None}
    await call.write(media.describe, call.number, texts, call.get("post"))
    row = await find(call)
    return Answer(shown(call, row, EDIT), allow=methods(call, row))


async def destroy(call: Call) -> Answer:
    """Remove a file that no post shows any more; Undo brings it back."""
    row = await find(call)
    if not edits(call, row):
        raise call.refuse("rest_cannot_delete", "Sorry, you are not allowed to delete this post.")
    if not call.get("force"):
        message = "The post does not support trashing. Set 'force=true' to delete."
        raise ApiError(501, "rest_trash_not_supported", message)
    name = posixpath.basename(row["path"])
    if await call.read(media.is_used, name):
        raise ApiError(409, "rest_media_in_use", "A post shows this file. Take it out of the post first.")
    previous = shown(call, row, EDIT)
    await call.write(media.remove, call.number, by=call.caller.actor(call.at))
    await run_in_threadpool(media_trash.put, call.site.settings, row["path"])
    await run_in_threadpool(call.site.render.refresh)
    return answers.deleted(previous)
