"""The application: its routes as one list, and the site that it holds while it runs."""

import asyncio
import gc
import logging
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer
from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from blog import jobs, wording
from blog import settings as deployment
from blog.errors import AfterwordError, Refused
from blog.journal.acts import Acts
from blog.measures import Measures
from blog.moderation.acts import ACTS
from blog.settings import Settings
from blog.storage.fence import Fence
from blog.storage.store import Store
from blog.web import (
    attachments,
    comments,
    drafts,
    errors,
    feeds,
    files,
    lists,
    marks,
    measuring,
    mentions,
    posts,
    privacy,
    request_log,
    your_comments,
)
from blog.web.cache import middleware
from blog.web.cache.pages import Pages
from blog.web.mail import links as mailed
from blog.web.mail import subscriptions
from blog.web.middleware import discovery, limits, security
from blog.web.middleware.bodies import Bodies
from blog.web.read_only import NothingSaved
from blog.web.render import Renderer
from blog.web.site import Site

log = logging.getLogger("blog")
READ_ONLY = "BLOG_READ_ONLY"  # in the environment: `blog serve --read-only`
ENDING_SECONDS = 2.0  # a worker that is stopped normally needs some milliseconds
HASHING = 2  # passwords that are checked at the same time
GARBAGE = 10_000  # new objects between two runs of the garbage collector


def create_app(
    settings: Settings,
    *,
    for_export: bool = False,
    watched: bool = False,
    read_only: bool = False,
    acts: Acts = ACTS,
) -> "Blog":
    """Make the application of one site. Its database must be up to date (store.prepare).

    With `for_export` its pages have no forms; with `watched` saved files are published at once; with
    `read_only` it writes nothing into the site's folder, and nothing can be sent.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.site = blog.site = site = open_site(settings, for_export=for_export, read_only=read_only, acts=acts)
        try:
            async with nullcontext() if for_export else jobs.running(site, blog, watched=watched), measured(site):
                yield
        finally:
            site.store.close()

    blog = Blog(
        routes=_routes(settings.permalink),
        middleware=[
            Middleware(SameSite),
            Middleware(limits.Limits),
            *([Middleware(NothingSaved)] if read_only or settings.replica else []),
        ],
        exception_handlers={
            AfterwordError: errors.refused,
            HTTPException: errors.http,
            Exception: errors.broken,
        },
        lifespan=lifespan,
    )
    blog.state.settings = settings
    blog.router.redirect_slashes = False
    return blog


class Order(Convertor[str]):
    """The order of a discussion in an address."""

    regex = "newest|oldest"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("order", Order())


PUBLISHING = ("/micropub", "/micropub/media", "/indieauth/{path:path}", "/.well-known/oauth-authorization-server")


def _routes(post: str) -> list[BaseRoute]:
    """Return all routes; `post` is the address of posts, with placeholders, as the settings give it."""
    publishing_programs = PublishingPrograms()
    typed = post.replace("{year}", "{year:int}").replace("{month}", "{month}")
    addresses = [typed] if post == "/{slug}/" else [typed, "/{slug}/"]  # pages that are no posts have the latter
    return [
        Mount("/admin", app=Desk()),
        Mount("/wp-admin", app=Desk(consent=True)),
        Route("/wp-json", Programs()),
        Route("/wp-json/{path:path}", Programs()),
        *(Route(path, publishing_programs) for path in PUBLISHING),
        Route("/xmlrpc.php", xmlrpc, methods=["GET", "POST"]),
        # First the address that gets the most requests of those that the page cache does not answer.
        *(Route(f"{address}comments", comments.create, methods=["POST"]) for address in addresses),
        Route("/", posts.index),
        Route("/page/{page:int}/", posts.index),
        Route("/healthz", files.healthz),
        Route("/readyz", files.readyz),
        Route("/robots.txt", files.robots),
        Route("/favicon.ico", files.favicon),
        Route("/feed.xml", feeds.index),
        Route("/feed.json", feeds.index_json),
        Route("/feed/page/{page:int}.xml", feeds.index),
        Route("/feed/page/{page:int}.json", feeds.index_json),
        Route("/comments/feed.xml", feeds.all_comments),
        Route("/comments/feed/before/{before:int}.xml", feeds.all_comments),
        Route("/sitemap.xml", feeds.site_map),
        Route("/archive/", lists.archive),
        Route("/tags/", lists.tags),
        Route("/search", lists.search),
        *_paged("/archive/{year:int}/", lists.year),
        *_paged("/tags/{tag}/", lists.tag),
        *_paged("/authors/{author}/", lists.author),
        Route("/mail/{token}/", mailed.show),
        Route("/mail/{token}/", mailed.act, methods=["POST"]),
        Route("/mail/{token}/reversal", mailed.undo, methods=["POST"]),
        Route("/unsubscribe/{token}/", subscriptions.unsubscribe_page),
        Route("/unsubscribe/{token}/", subscriptions.unsubscribe, methods=["POST"]),
        *your_comments.ROUTES,
        Route(mentions.ENDPOINT, mentions.create, methods=["POST"]),
        Route("/privacy/", privacy.show),
        Route("/privacy", posts.redirect_to_slash),
        Route("/static/{path:path}", files.static),
        Route("/preview/{token}/", drafts.show),
        Route("/preview/{token}/{file:path}", drafts.file),
        Route("/admin", posts.redirect_to_slash),
        *(route for address in addresses for route in _at(address)),
    ]


class Blog(Starlette):
    """The application. A cached page is answered before the router and all middleware."""

    site: Site | None = None

    @cached_property
    def logs_requests(self) -> bool:
        return request_log.is_wanted()

    @cached_property
    def has_url(self) -> bool:
        return bool(self.state.settings.url)

    @cached_property
    def language(self) -> str:
        """The language of the site's interface: that of `blog.toml`, if there is a catalogue for it."""
        return wording.nearest(self.state.settings.language)

    def build_middleware_stack(self) -> ASGIApp:
        return Bodies(security.SecurityHeaders(super().build_middleware_stack(), self.state.settings))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = discovery.routed(scope)
        answer: measuring.Answer = self._answer
        if self.logs_requests and scope["type"] == "http":
            answer = partial(request_log.log_request, self._answer)
        if self.site is not None and self.site.measures is not None and scope["type"] == "http":
            await measuring.observe(self.site.measures, answer, scope, receive, send)
            return
        await answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Answer a request; tell whether the page cache did."""
        if self.site is not None and scope["type"] == "http" and (cached := middleware.answer(self.site, scope)):
            start, body = cached
            await send(start if self.has_url else discovery.whole(start, scope))
            await send(body)
            return True
        if scope["type"] == "http" and not self.has_url:
            send = discovery.with_address(scope, send)
        words = self.site.render.own_words if self.site is not None else {}
        with wording.language(self.language, own_words=words):
            await super().__call__(scope, receive, send)
        return False


def _paged(path: str, handler: Callable[[Request], Awaitable[Response]]) -> list[Route]:
    """Return the routes of a list and its further pages."""
    further = f"{path}page/{{page:int}}/"
    return [Route(path, handler), Route(further, handler), Route(path.rstrip("/"), posts.redirect_to_slash)]


def _at(post: str) -> list[Route]:
    """Return the routes at and beneath a post's address."""
    return [
        Route(post, posts.show),
        Route(f"{post}comments", comments.index),
        Route(f"{post}comment-page-{{page:int}}/", posts.show),
        Route(f"{post}comment-page-{{page:int}}", posts.redirect_to_slash),
        Route(f"{post}thread-{{thread:int}}/", posts.show),
        Route(f"{post}thread-{{thread:int}}-page-{{page:int}}/", posts.show),
        Route(f"{post}{{order:order}}/", posts.show),
        Route(f"{post}{{order:order}}/comment-page-{{page:int}}/", posts.show),
        Route(f"{post}comment/{{comment:int}}/", comments.show),
        Route(f"{post}comments/{{comment:int}}/report", marks.new),
        Route(f"{post}comments/{{comment:int}}/report", marks.report, methods=["POST"]),
        Route(f"{post}comments/{{comment:int}}/thanks", marks.thank, methods=["POST"]),
        Route(f"{post}feed.xml", feeds.post_comments),
        Route(f"{post}feed/before/{{before:int}}.xml", feeds.post_comments),
        Route(f"{post}{{file:path}}", attachments.show),
        Route(post.rstrip("/"), posts.redirect_to_post),
    ]


def open_site(settings: Settings, *, for_export: bool = False, read_only: bool = False, acts: Acts = ACTS) -> Site:
    fence = Fence() if settings.replica and not for_export and not read_only else None
    store = Store(settings.database, read_only=read_only, fence=fence)
    secret = store.secret()
    return Site(
        settings,
        store,
        Renderer(settings, for_export=for_export),
        Pages(security.headers_of(settings)),
        URLSafeSerializer(secret, salt="comment-form"),
        limits.all_buckets(),
        asyncio.Semaphore(HASHING),
        URLSafeTimedSerializer(secret, salt="kept-form"),
        for_export,
        acts=acts,
        measures=Measures() if settings.metrics and not for_export else None,
    )


@asynccontextmanager
async def measured(site: Site) -> AsyncIterator[None]:
    """Count and answer `/metrics` while the block lasts, where that is wanted."""
    if site.measures is None or site.settings.metrics is None:
        yield
        return
    task = asyncio.create_task(measuring.follow(site, site.measures, site.settings.metrics))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Desk:
    """The desk, or the page of it that lets programs in.

    Its modules, a third of all, are imported at the first request, so that a server starts sooner.
    """

    def __init__(self, *, consent: bool = False) -> None:
        self._consent = consent

    @cached_property
    def _router(self) -> Router:
        from blog.web import admin

        return admin.router(admin.CONSENT_ROUTES if self._consent else admin.ROUTES)

    @property
    def routes(self) -> Sequence[BaseRoute]:
        return self._router.routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._router(scope, receive, send)


class Programs:
    """The API for programs, imported at its first request."""

    @cached_property
    def _app(self) -> ASGIApp:
        from blog.web.api import Api

        return Api()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


class PublishingPrograms:
    """Micropub and IndieAuth, imported at their first request."""

    @cached_property
    def _router(self) -> Router:
        from blog.web import micropub

        return micropub.router()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._router(scope, receive, send)


async def xmlrpc(request: Request) -> Response:
    """XML-RPC, imported at its first call."""
    from blog.web import xmlrpc

    return await xmlrpc.answer(request)


class SameSite:
    """Refuse unsafe requests from pages of other sites before they are read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                security.check_same_site(scope)
            except Refused as refusal:
                await (await errors.refused(Request(scope, receive), refusal))(scope, receive, send)
                return
        await self.app(scope, receive, send)


def from_environment() -> ASGIApp:
    """Make the application of the site in `BLOG_SITE`; each worker of the server calls this after its fork."""
    threading.excepthook = _end_without_memory(threading.excepthook)
    sys.unraisablehook = _end_without_memory(sys.unraisablehook)
    threading.Thread(target=_end_with_the_loop, name="end", daemon=True).start()
    read_only = READ_ONLY in os.environ
    site = deployment.load(Path(os.environ.get("BLOG_SITE", ".")))
    app = create_app(site, watched=not read_only, read_only=read_only)
    gc.freeze()
    gc.set_threshold(GARBAGE)  # with Python's 700, sixty open requests cause collections again and again
    return app


def _end_with_the_loop() -> None:
    """End this worker when its main thread has ended, so that a new one starts.

    An event loop that ended for want of memory leaves threads behind that wait for work, and Python waits for them.
    """
    threading.main_thread().join()
    time.sleep(ENDING_SECONDS)
    os._exit(1)


def _end_without_memory(otherwise: Callable[[Any], object]) -> Callable[[Any], object]:
    """Return a hook that ends this worker, so that a new one starts, when one of its threads has run out of memory.

    Requests that wait for that thread would wait for ever. What was acknowledged is in the database.
    """

    def hook(failure: Any) -> object:
        if issubclass(failure.exc_type, MemoryError):
            os._exit(1)
        return otherwise(failure)

    return hook
