"""Reading a form, urlencoded or multipart; of a field that is given twice the first counts."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import date
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from blog import wording
from blog.errors import Refused, TooLarge, WrongType
from blog.web.middleware import bodies
from blog.wording import N_, gettext

Handler = Callable[[Request], Awaitable[Response]]
Respond = Callable[[Request, Any, FormData], Awaitable[Response]]  # with the refusal and the form
BROKEN = N_("The form could not be read; it is broken or has too many fields.")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
FIELDS = 1_000  # of one form, where nothing else is said


async def read(
    request: Request, *, most: int = bodies.FORM.size, fields: int = FIELDS, files: int = 0, text: int | None = None
) -> FormData:
    """Return a form of at most so many fields and files, each field of at most `text` bytes.

    Raises WrongType for another kind of body, TooLarge over `most` bytes, Refused for a broken one. The
    middleware `Bodies` has checked the size of every body before. A file is never in memory as a whole.
    """
    if await _checked_kind(request, most, streamed=files > 0) == FORMS[0]:
        return FormData(list[tuple[str, str | UploadFile]](await _pairs(request, fields)))
    try:
        return await request.form(max_fields=fields, max_files=files, max_part_size=text or most)
    except HTTPException as error:
        if error.status_code == 413:
            raise _too_large(most) from error
        raise Refused(gettext(BROKEN)) from error
    except ValueError as error:
        raise Refused(gettext(BROKEN)) from error


async def fields(request: Request, *, most: int = bodies.FORM.size) -> dict[str, str]:
    """Return each text field of a form once: the first of its name counts. Raises as `read` does."""
    if await _checked_kind(request, most) != FORMS[0]:
        return first(await read(request, most=most))
    return _firsts(await _pairs(request, FIELDS))


async def _checked_kind(request: Request, most: int, *, streamed: bool = False) -> str:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind not in FORMS:
        raise WrongType(gettext("A form is sent as {right}, not as {kind}.", right=FORMS[0], kind=kind))
    declared = request.headers.get("content-length", "")
    if streamed and not declared and kind == FORMS[1]:
        return kind  # of unknown size, which `bodies` counts as it comes in
    if (int(declared) if declared.isdigit() else len(await request.body())) > most:
        raise _too_large(most)
    return kind


async def _pairs(request: Request, most: int) -> list[tuple[str, str]]:
    text = (await request.body()).decode("utf-8", "replace")
    try:
        return parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=most)
    except ValueError as error:
        raise Refused(gettext(BROKEN)) from error


def _too_large(most: int) -> TooLarge:
    if most == bodies.FORM.size:
        return TooLarge(gettext(bodies.FORM.refusal))
    return TooLarge(
        gettext(
            "That was more than {size} MB. Go back: your browser has kept the text.",
            size=wording.number(most // 1_000_000),
        )
    )


def first(form: FormData) -> dict[str, str]:
    """Return each text field once: the first of its name counts."""
    return _firsts((name, value) for name, value in form.multi_items() if isinstance(value, str))


def _firsts(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(name, value)
    return fields


def number(text: str) -> int | None:
    """Read a whole number of at most 15 digits; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def wants_json(request: Request) -> bool:
    """Tell whether the client asked for JSON rather than for a page."""
    accept = request.headers.get("accept", "")
    return "json" in accept and "text/html" not in accept


def shows_day(written: str) -> bool:
    """Tell whether a date field of a browser can show a value: a day or nothing."""
    try:
        return not written or date.fromisoformat(written).isoformat() == written
    except ValueError:
        return False


def show_again(respond: Respond, *refusals: type[Refused]) -> Callable[[Handler], Handler]:
    """Answer these refusals of a handler by `respond`, with the form as it was sent; JSON gets a problem."""

    def wrap(handle: Handler) -> Handler:
        @wraps(handle)
        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except refusals as refusal:
                if wants_json(request):
                    raise
                return await respond(request, refusal, await read(request))

        return handled

    return wrap


def back(fields: Mapping[str, str], default: str, *, within: str = "/admin") -> str:
    """Return the path to go back to, on this site and `within` a part of it; anything else becomes the default."""
    path = fields.get("back", "")
    plain = path.isprintable() and "\\" not in path and not path.startswith("//")
    return path if path.startswith(within) and plain else default
