"""What waits, since when, what came in; and the switch of the whole site."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from blog import moderation
from blog.web import site as sites
from blog.web.admin import door, posts
from blog.web.render import ago

SHOWN = 10


def _load(db: Any, at: str, did: int | None) -> dict[str, Any]:
    return {
        **posts.load(db, at, did),
        "counts": moderation.counts(db),
        "oldest": moderation.oldest_waiting(db),
    }


async def show(request: Request) -> Response:
    site, at = sites.of(request), sites.now()
    found = await site.store.read(_load, at, door.did(request))
    counts, oldest = found["counts"], found["oldest"]
    figures = [
        {"value": f"{counts['pending']:,}", "label": "waiting"},
        {"value": ago(oldest["created_at"], at) if oldest else "–", "label": "the oldest of them"},
        {"value": f"{counts['approved']:,}", "label": "approved"},
        {"value": f"{counts['spam'] + counts['trash']:,}", "label": "in spam and trash"},
    ]
    return site.render.page(
        "admin/overview.html",
        **door.context(request, found["frame"], "overview"),
        figures=figures,
        oldest_on=site.render.moment(oldest["created_at"]) if oldest else "",
        oldest_ago=ago(oldest["created_at"], at) if oldest else "",
        oldest_url=f"/admin/comments/{oldest['id']}" if oldest else "",
        switch=posts.switch_context(site, found["switch"]),
        rows=[posts.row_context(site, row, found["rules"], at) for row in found["posts"][:SHOWN]],
    )
