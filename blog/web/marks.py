"""Thanks and reports of readers. Their cookie is one of its own, so that pages still come from the cache."""

import secrets
from functools import partial
from typing import Any

from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from blog import comments, posts
from blog.comments import marks
from blog.comments.marks import Mark
from blog.errors import NotFound
from blog.moderation import reports
from blog.people import accounts
from blog.web import forms, lists, post_context
from blog.web import site as sites
from blog.web.entries import shortened
from blog.web.middleware import limits, security
from blog.wording import N_, gettext

COOKIE = "mark"
REASONS = (N_("Unkind"), N_("Advertising"), N_("Off topic"), N_("Private data of somebody"), N_("Something else"))


async def new(request: Request) -> Response:
    """The form for a report, with the comment that it is about."""
    site = sites.of(request)
    slug, number = request.path_params["slug"], request.path_params["comment"]
    post, row, data = await site.store.read(_load, slug, number, sites.now())
    url = post_context.address(site, post)
    return site.render.page(
        "comments/report.html",
        **lists.frame(site, data, url),
        author=row["author"] or gettext("Anonymous"),
        text=shortened(row["plain"], 300),
        post_language=post["language"],
        back_url=post_context.comment_address(url, number),
        action=f"{url}comments/{number}/report",
        reasons=[gettext(reason) for reason in REASONS],
        sent=request.query_params.get("sent") == "1",
        most=marks.REASON_LENGTH,
        noindex=True,
    )


def _load(db: Database, slug: str, comment: int, at: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    post = posts.find(db, slug, at=at, text=False)
    row = comments.public(db, post["id"], comment)
    if row is None:
        raise NotFound(gettext("There is no such comment here."))
    return post, row, posts.site(db, at)


async def report(request: Request) -> Response:
    """Store a report with its reason, and say thank you."""
    fields = await forms.fields(request)
    reason = " ".join(filter(None, (fields.get("reason", "").strip(), fields.get("more", "").strip())))
    act = partial(reports.report, given=_mark(request, "report", reason))
    return await _store(request, act, f"{request.url.path}?sent=1")


async def thank(request: Request) -> Response:
    """Count a reader's mark, where the site has turned marks on."""
    act = partial(_thank, given=_mark(request, "thanks"))
    return await _store(request, act, "")


async def _store(request: Request, act: Any, then: str) -> Response:
    limits.take(request, "mark")
    site = sites.of(request)
    slug, number = request.path_params["slug"], request.path_params["comment"]
    await site.store.write(act, slug, number)
    if forms.wants_json(request):
        response: Response = JSONResponse({"comment": number}, 201)
    else:
        place = request.url.path.partition("/comments/")[0]
        response = RedirectResponse(then or f"{place}/comment/{number}/", 303)
    security.set_cookie(response, COOKIE, _secret(request), seconds=security.READER_SECONDS, settings=site.settings)
    return response


def _thank(db: Database, slug: str, comment: int, *, given: Mark) -> None:
    post = posts.find(db, slug, at=given.at, text=False)
    if post_context.policy_of(post).comment_marks == "off":
        raise NotFound(gettext("This site has no such marks."))
    marks.mark(db, post["id"], comment, given)


def _mark(request: Request, kind: str, reason: str = "") -> Mark:
    return Mark(kind, accounts.hash_of(_secret(request)), sites.now(), reason)


def _secret(request: Request) -> str:
    """Return the secret of this browser's cookie, and keep a new one for the answer."""
    known = request.cookies.get(COOKIE, "")
    if not (known and len(known) < 100 and known.replace("-", "").replace("_", "").isalnum()):
        known = getattr(request.state, "mark", "") or secrets.token_urlsafe(32)
        request.state.mark = known
    return known
