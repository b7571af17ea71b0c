"""What is kept of whoever comments, who sees it and when it goes: made from the site's own settings."""

from typing import Any

from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import Response

from blog import posts
from blog.moderation.purging import DELETED_DAYS
from blog.rules import policy
from blog.web import lists
from blog.web import posts as post_pages
from blog.web import site as sites
from blog.web.cache import responses
from blog.web.middleware.security import READER_SECONDS
from blog.web.render import counted
from blog.web.site import Site


async def show(request: Request) -> Response:
    """The page, kept until a setting changes; the site's own one (`pages/privacy.md`) where it has one."""
    if await sites.of(request).store.read(posts.is_public, "privacy", at=sites.now()):
        request.scope["path_params"] = {"slug": "privacy"}
        return await post_pages.show(request)
    return await responses.answer(request, _load, _write)


def _load(db: Database, at: str) -> dict[str, Any]:
    return {**posts.site(db, at), "rules": policy.load(db)}


def _write(site: Site, found: dict[str, Any], at: str) -> tuple[bytes, None]:
    rules = found["rules"]
    body = site.render.body(
        "privacy.html",
        **lists.frame(site, found, "/privacy/"),
        machine_days=_days(rules.keep_ip_days),
        spam_days=_days(rules.empty_spam_days),
        trash_days=_days(rules.empty_trash_days),
        deleted_days=_days(DELETED_DAYS),
        cookie_days=_days(READER_SECONDS // 86_400),
        asked=rules.require_name_email,
        contact=site.settings.contact.removeprefix("mailto:"),
        contact_url=site.settings.contact_url,
    )
    return body, None


def _days(count: int) -> str:
    """Write a number of days; "" for 0, which stands for no end."""
    return counted(count, "day") if count else ""
