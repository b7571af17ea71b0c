"""The page about privacy: what is stored about people who comment, who sees it, and when it is deleted."""

from typing import Any

from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import Response

from blog import posts, webhooks
from blog.moderation.purging import DELETED_DAYS
from blog.rules import policy
from blog.web import lists
from blog.web import posts as post_pages
from blog.web import site as sites
from blog.web.cache import cached_page as cache
from blog.web.cache.cached_page import Content, PageQuery, cached_page
from blog.web.middleware.security import READER_SECONDS


async def show(request: Request) -> Response:
    """The page, cached until a setting changes; the site's own (`pages/privacy.md`) if there is one."""
    if await sites.of(request).store.read(posts.is_public, "privacy", at=sites.now()):
        request.scope["path_params"] = {"slug": "privacy"}
        return await post_pages.show(request)
    return await cached_page(request, _load, _render)


def _load(db: Database, query: PageQuery) -> dict[str, Any]:
    return {**posts.site(db, query.at), "policy": policy.load(db), "webhooks": webhooks.listed(db)}


def _render(query: PageQuery, data: dict[str, Any]) -> Content:
    site, policy = query.site, data["policy"]
    body = site.render.body(
        "privacy.html",
        **lists.frame(site, data, "/privacy/"),
        machine_days=policy.keep_ip_days,
        spam_days=policy.empty_spam_days,
        trash_days=policy.empty_trash_days,
        deleted_days=DELETED_DAYS,
        cookie_days=READER_SECONDS // 86_400,
        asked=policy.require_name_email,
        mail=site.settings.mail is not None,
        replica_days=site.settings.replica.erased_days if site.settings.replica else 0,
        webhooks=bool(data["webhooks"]),
        personal_webhooks=any(each["personal"] for each in data["webhooks"]),
        frames=bool(site.settings.frames),
        contact=site.settings.contact.removeprefix("mailto:"),
        contact_url=site.settings.contact_url,
    )
    return cache.of_site(data, body, keys=())
