"""Pictures that programs send or name: made anew, as on the desk, and kept in `static/images/`."""

import tempfile
from contextlib import closing
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from blog.errors import Refused
from blog.federation import client
from blog.federation.client import Call, Limits
from blog.publishing import images
from blog.rendering.relations import is_address
from blog.web import media
from blog.web import site as sites
from blog.web.api.caller import Caller
from blog.web.api.dispatch import place_of
from blog.web.media import Sent
from blog.web.micropub.access import Access, access_of
from blog.web.micropub.answers import empty, invalid, json_answer
from blog.web.micropub.entries import Picture
from blog.web.middleware import bodies
from blog.wording import gettext

FIELDS = 200
SECONDS = 15.0  # for a picture of another site


async def multipart(request: Request) -> list[tuple[str, Any]]:
    """Return the fields and files of a form; raise MicropubError for a broken one."""
    try:
        form = await request.form(max_files=20, max_fields=FIELDS, max_part_size=bodies.FORM.size)
    except (HTTPException, ValueError) as error:
        raise invalid(gettext("The form could not be read.")) from error
    return list(form.multi_items())


async def create(request: Request) -> Response:
    """Take a picture, and say its address."""
    access = await access_of(request)
    access.check("media", "create")
    is_form = "multipart/form-data" in request.headers.get("content-type", "")
    pairs = await multipart(request) if is_form else []
    sent = next((value for name, value in pairs if name == "file" and isinstance(value, UploadFile)), None)
    if sent is None:
        raise invalid(gettext("Send the picture as the part {name!r} of multipart/form-data.", name="file"))
    path = await keep(request, access.caller, sent.file, sent.filename or "photo")
    return empty(201, Location=place_of(request).page(path))


async def show(request: Request) -> Response:
    """Refuse every query, as this endpoint knows none."""
    await access_of(request)
    return json_answer({"q": []})


async def keep(request: Request, caller: Caller, file: BinaryIO, name: str, alt: str = "") -> str:
    """Write a picture into `static/images/`; return its path on this site. Raises Invalid for what is no picture."""
    sent = Sent(file, name, alt=alt[:1_000])
    by = caller.actor(sites.now())
    kept = await media.keep_picture(sites.of(request), sent, by=by, incomplete=True)  # as WordPress takes them
    return kept.address


async def own(request: Request, access: Access, pictures: list[Picture]) -> list[Picture]:
    """Return the pictures at addresses of this site; those of others are fetched and kept: pages show no others."""
    return [Picture(await _own_path(request, access, each), each.alt) for each in pictures]


async def _own_path(request: Request, access: Access, picture: Picture) -> str:
    address, base = picture.address, place_of(request).base
    path = address.removeprefix(base)
    if path.startswith("/") and not path.startswith("//") and not set(path) & set(" ()<>\\\"'"):
        return path
    if not is_address(address):
        raise invalid(gettext("{address!r} is no web address.", address=address[:200]))
    limits = Limits(sites.of(request).settings.private_hosts, SECONDS, images.MOST_BYTES)
    call = Call(address, headers={"Accept": "image/*"})
    try:
        answer = await run_in_threadpool(client.send, call, limits)
    except Refused as refusal:
        sentence = gettext("The picture {address} was not fetched: {reason}", address=address, reason=refusal.sentence)
        raise invalid(sentence) from refusal
    if not answer.is_good:
        said = gettext(
            "The picture {address} was not fetched: its site answered {status}.", address=address, status=answer.status
        )
        raise invalid(said)
    with closing(tempfile.TemporaryFile()) as file:
        await run_in_threadpool(file.write, answer.body)
        name = unquote(urlsplit(address).path.rpartition("/")[2]) or "photo"
        return await keep(request, access.caller, file, name, picture.alt)
