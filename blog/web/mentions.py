"""Mentions of other sites: where they are sent, and that posts say so."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from blog import closing
from blog.errors import Refused, TooFast
from blog.settings import Settings
from blog.web import forms
from blog.web import site as sites
from blog.web.middleware import limits
from blog.web.page_view import PageView
from blog.wording import gettext

ENDPOINT = "/webmention"
HEADER = f'<{ENDPOINT}>; rel="webmention"'


def is_taken(view: PageView) -> bool:
    """Tell whether a page says that its post takes mentions."""
    return closing.takes_mentions(view.state, view.policy) and not view.site.for_export


async def create(request: Request) -> Response:
    """Take a mention: 202, and it is checked later; 400 for what is none."""
    from blog.federation import received  # a few milliseconds that no other request needs
    from blog.federation.received import Mention

    site = sites.of(request)
    limits.take(request, "mention")
    try:
        fields = await forms.fields(request)
        mention = Mention(fields.get("source", "").strip(), fields.get("target", "").strip())
        await site.store.write(received.receive, _addressed(request), mention, at=sites.now())
    except TooFast:
        raise
    except Refused as refusal:
        if refusal.status in (413, 503):
            raise
        return _answer(request, refusal.sentence, 400)
    return _answer(request, gettext("Thank you. The mention will be checked soon."), 202)


def _addressed(request: Request) -> Settings:
    """Return the settings with the site's address: where it is not set, the one that the mention was sent to.

    Of that only the host is compared with the target's; no address is made of it.
    """
    settings = sites.of(request).settings
    return settings if settings.url else replace(settings, url=f"http://{request.headers.get('host', '')}")


def _answer(request: Request, sentence: str, status: int) -> Response:
    headers = {"Cache-Control": "no-store"}
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"status": status, "detail": sentence}, status, headers)
    return PlainTextResponse(f"{sentence}\n", status, headers)
