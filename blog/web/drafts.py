"""Drafts: the page of a post before it is public, and an address of it that can be shared and expires."""

from datetime import timedelta
from typing import Any

from itsdangerous import BadSignature
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from blog.errors import BadPost, Gone, NotFound
from blog.journal.events import Actor, moment, stamp
from blog.publishing import editor
from blog.web import attachments, page_view, post_context
from blog.web import posts as post_pages
from blog.web import site as sites
from blog.web.cache.cached_page import PageQuery
from blog.web.middleware import security
from blog.web.page_view import PageView
from blog.web.site import Site
from blog.wording import gettext

DAYS = 7
FRAMED = {"Content-Security-Policy": security.POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")}


def share(site: Site, slug: str, at: str) -> str:
    """Return an address that shows a draft to anybody who has it, for seven days."""
    until = stamp(moment(f"{at[:10]}T00:00:00.000Z") + timedelta(days=DAYS + 1))
    return f"{site.settings.url}/preview/{site.signer.dumps(['draft', slug, until])}/"


def address(site: Site, post: dict[str, Any]) -> str:
    """Return the public address of a post where it has one now, "" else."""
    public = post["status"] == "published" and post["published_at"] <= sites.now()
    return post_context.address(site, post) if public else ""


async def show(request: Request) -> Response:
    """The page of a draft for whoever was given its address."""
    site, path = await _read_token(request)
    source = await run_in_threadpool(editor.source, site.settings, path)
    return await page(site, path, source.text, by=Actor(sites.now(), None, "web"))


async def file(request: Request) -> Response:
    """A file beside such a draft."""
    site, path = await _read_token(request)
    attachment = attachments.find(site.settings, path, request.path_params["file"])
    if attachment is None:
        raise NotFound(gettext("There is no such file."))
    return attachments.unpublished(attachment)


async def _read_token(request: Request) -> tuple[Site, str]:
    site = sites.of(request)
    try:
        kind, slug, until = site.signer.loads(request.path_params["token"])
    except (BadSignature, ValueError, TypeError):
        raise NotFound(gettext("There is nothing at this address.")) from None
    if kind != "draft":
        raise NotFound(gettext("There is nothing at this address."))
    if until <= sites.now():
        raise Gone(gettext("This address of a draft has ended. Ask its author for a new one."))
    post = await site.store.read(editor.find, slug)
    return site, post["path"]


async def page(site: Site, path: str, text: str, *, by: Actor, framed: bool = False) -> Response:
    """Answer with the page of a draft's text; where it has an error, with that."""
    headers = FRAMED if framed else None
    try:
        view = await run_in_threadpool(_load, site, path, text, by.at)
    except BadPost as problem:
        return site.render.page("posts/unready.html", code=422, headers=headers, sentence=problem.by_line, noindex=True)
    view.has_form = False
    view.post["path"] = ""  # its files stand beside this page, and not yet at the post's own address
    return post_pages.respond(view, headers=headers)


def _load(site: Site, path: str, text: str, at: str) -> PageView:
    with (
        site.store.another(readonly=True) as db,
        editor.preview(db, site.settings, path, text, at=at) as slug,
    ):
        return page_view.load(db, PageQuery(site, at, parameters={"slug": slug}))
