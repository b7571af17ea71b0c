"""A post before it is public: its page as it will be, and an address of it that can be shared and ends by itself."""

from datetime import timedelta
from typing import Any

from itsdangerous import BadSignature
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from blog.errors import BadPost, Gone, NotFound
from blog.journal.events import By, moment, stamp
from blog.publishing import editor
from blog.web import attachments, discussion
from blog.web import posts as post_pages
from blog.web import site as sites
from blog.web.middleware import security
from blog.web.site import Site

DAYS = 7
FRAMED = {"Content-Security-Policy": security.POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")}


def share(site: Site, slug: str, at: str) -> str:
    """Return an address that shows a draft to whoever has it, until seven days from today."""
    until = stamp(moment(f"{at[:10]}T00:00:00.000Z") + timedelta(days=DAYS + 1))
    return f"{site.settings.url}/preview/{site.signer.dumps(['draft', slug, until])}/"


def address(site: Site, post: dict[str, Any]) -> str:
    """Return the public address of a post where it has one now, "" else."""
    public = post["status"] == "published" and post["published_at"] <= sites.now()
    return discussion.address(site, post) if public else ""


async def show(request: Request) -> Response:
    """The page of a draft for whoever was given its address."""
    site, path = await _shared(request)
    source = await run_in_threadpool(editor.source, site.settings, path)
    return await page(site, path, source.text, by=By(sites.now(), None, "web"))


async def file(request: Request) -> Response:
    """A file beside such a draft."""
    site, path = await _shared(request)
    found = attachments.find(site.settings, path, request.path_params["file"])
    if found is None:
        raise NotFound("There is no such file.")
    return attachments.unpublished(found)


async def _shared(request: Request) -> tuple[Site, str]:
    site = sites.of(request)
    try:
        kind, slug, until = site.signer.loads(request.path_params["token"])
    except (BadSignature, ValueError, TypeError):
        raise NotFound("There is nothing at this address.") from None
    if kind != "draft":
        raise NotFound("There is nothing at this address.")
    if until <= sites.now():
        raise Gone("This address of a draft has ended. Ask its author for a new one.")
    post = await site.store.read(editor.find, slug)
    return site, post["path"]


async def page(site: Site, path: str, text: str, *, by: By, framed: bool = False) -> Response:
    """Answer with the page that a text will be; where it cannot be one yet, with what is wrong."""
    try:
        found = await run_in_threadpool(_load, site, path, text, by.at)
    except BadPost as problem:
        return site.render.page(
            "posts/unready.html", code=422, headers=FRAMED if framed else None, sentence=problem.by_line, noindex=True
        )
    found["form"] = None
    found["post"]["path"] = ""  # what lies beside its file lies beside this page, and not yet at the post's own address
    return post_pages.own_page(
        site, found, page=1, at=by.at, headers=FRAMED if framed else None, more=lambda *_: {"form": None}
    )


def _load(site: Site, path: str, text: str, at: str) -> dict[str, Any]:
    with (
        site.store.another(readonly=True) as db,
        editor.preview(db, site.settings, path, text, at=at) as slug,
    ):
        return post_pages.load_for(db, slug, 1, 0, "", None, None, None, at)
