"""Answers to refused and failed requests: a page with a sentence, or problem+json."""

import json
import logging
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from blog import posts, wording
from blog.errors import AfterwordError, Invalid, TooFast, Unavailable
from blog.posts import lists
from blog.rendering.typesetting import is_from_right
from blog.web import forms, post_context, redirects, request_log
from blog.web import site as sites
from blog.web.render import interface_within
from blog.wording import N_, gettext

SUGGESTED = 5
log = logging.getLogger("blog")

HEADINGS = {
    400: N_("The request could not be read"),
    403: N_("Not allowed"),
    404: N_("Page not found"),
    405: N_("Method not allowed"),
    408: N_("The request took too long"),
    409: N_("Somebody else was faster"),
    410: N_("This page was withdrawn"),
    413: N_("The request is too large"),
    415: N_("This kind of form is not supported"),
    422: N_("Please correct the form"),
    429: N_("Too many requests"),
    500: N_("Something went wrong"),
    503: N_("Temporarily unavailable"),
}

FAILED = N_("Request failed")


def problem(
    status: int,
    sentence: str,
    *,
    headers: Mapping[str, str] | None = None,
    comment: str | None = None,
    fields: Mapping[str, str] | None = None,
) -> Response:
    """Answer with problem+json (RFC 9457): the sentence, one for each field, and the comment that was typed."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": sentence,
    }
    if fields is not None:
        body["errors"] = dict(fields)
    if comment is not None:
        body["comment"] = comment
    if number := request_log.current():
        body["request"] = number
    out = {"Cache-Control": "private, no-store", **(headers or {})}
    return Response(json.dumps(body), status, media_type="application/problem+json", headers=out)


async def page(
    request: Request, status: int, sentence: str, *, headers: Mapping[str, str] | None = None, text: str = ""
) -> Response:
    """Answer with an error page; that of a missing page suggests posts."""
    site = sites.of(request)
    suggested: list[dict[str, str]] = []
    at_desk = request.scope["path"].startswith("/admin/")
    lang = wording.tag() if at_desk else site.settings.language  # an account has its own
    nav: list[dict[str, Any]] = []
    if status in (404, 410):
        rows, nav = await site.store.read(_suggested, request.scope["path"], sites.now())
        suggested = [{"title": row["title"], "url": post_context.address(site, row)} for row in rows]
    return site.render.page(
        "errors/error.html",
        code=status,
        status=status,
        headers=dict(headers or {}),
        heading=gettext(HEADINGS.get(status, FAILED)),
        sentence=sentence,
        text=text,
        kept=status == 422 and at_desk,
        back_url=_back(request) if status == 413 else "",
        request_number=request_log.current(),
        posts=suggested,
        nav=nav,
        lang=lang,
        from_right=is_from_right(lang),
        interface=interface_within(lang),
        noindex=True,
    )


def _suggested(db: Any, path: str, at: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return posts that share a word with an address, filled up with the newest; and the menu."""
    near = lists.near(db, path, at=at, size=3)
    newest = posts.recent(db, at=at, page=1, size=SUGGESTED)
    rest = [row for row in newest["posts"] if row["slug"] not in {each["slug"] for each in near}]
    return [*near, *rest][:SUGGESTED], post_context.menu(newest, path)


async def refused(request: Request, error: Exception) -> Response:
    """Answer an error of this program; an internal one is logged, and only said to be in the log."""
    assert isinstance(error, AfterwordError)
    status = error.status
    sentence = error.sentence if status < 500 or isinstance(error, Unavailable) else gettext("The error is in the log.")
    if status >= 500 and not isinstance(error, Unavailable):  # the store logs that itself, once
        log.warning("%s %r: %s (%s)", request.method, request.scope["path"], error, error.__cause__)
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooFast | Unavailable) else {}
    return await _answer(request, status, sentence, headers, error.errors if isinstance(error, Invalid) else None)


def _back(request: Request) -> str:
    """Return the address of the post that a comment was sent to, "" for anything else."""
    path = str(request.scope["path"])
    return f"{quote(path.removesuffix('comments'))}#comment-form" if path.endswith("/comments") else ""


async def http(request: Request, error: Exception) -> Response:
    """Answer Starlette's own errors with sentences of this site."""
    assert isinstance(error, HTTPException)
    sentences = {
        404: gettext("There is nothing at this address."),
        405: gettext("This address does not accept this method."),
        413: gettext("That was more than 256 KiB. Go back: your browser has kept the text."),
    }
    sentence = sentences.get(error.status_code, str(error.detail))
    return await _answer(request, error.status_code, sentence, dict(error.headers or {}), None)


async def broken(request: Request, error: Exception) -> Response:
    """Answer an unexpected error with a number; the log has the traceback under the same number."""
    number = request_log.current() or secrets.token_hex(4)
    log.error("Error %s: %s %r", number, request.method, request.scope["path"], exc_info=error)
    sentence = gettext("It is in the log as error {number}. Nothing of yours was changed.", number=number)
    return await _answer(request, 500, sentence, {}, None)


def for_program(status: int, sentence: str, headers: Mapping[str, str]) -> Response:
    """Return an error in WordPress's form, for a request under /wp-json that failed before it reached the API."""
    body = {"code": "internal_server_error" if status >= 500 else "rest_refused", "message": sentence}
    shared = {"Access-Control-Allow-Origin": "*", "Cache-Control": "private, no-store"}
    return JSONResponse({**body, "data": {"status": status}}, status, headers={**shared, **headers})


async def _answer(
    request: Request, status: int, sentence: str, headers: Mapping[str, str], fields: Mapping[str, str] | None
) -> Response:
    try:
        elsewhere = await redirects.moved(request) if status == 404 else None
        if isinstance(elsewhere, Response):
            return elsewhere
        if elsewhere is not None:
            status, sentence = elsewhere, gettext("What was here is gone.")
    except AfterwordError:
        log.warning("Whether %s is an old address could not be looked up.", request.scope["path"])
    if request.scope["path"].startswith("/wp-json"):
        return for_program(status, sentence, headers)
    if forms.wants_json(request):
        return problem(status, sentence, headers=headers, fields=fields)
    try:
        return await page(request, status, sentence, headers=headers)
    except AfterwordError:
        return Response(sentence, status, media_type="text/plain; charset=utf-8", headers=dict(headers))
