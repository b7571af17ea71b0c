"""What another site needs to show a link to a post well (oEmbed): its title, its author, its picture.

The answer is of the type `link`: pages of this site are shown in no frames of others, so there is nothing to embed.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlite_utils import Database

from blog import posts
from blog.errors import Gone, NotFound
from blog.federation import own_addresses
from blog.representations.place import Place
from blog.web.api.answers import Answer, ApiError
from blog.web.api.call import Call
from blog.web.api.parameters import Param

PARAMS = {
    "url": Param(required=True),
    "format": Param(default="json"),
    "maxwidth": Param("integer", default=600),
}


async def show(call: Call) -> Answer:
    """A public post by its address, as JSON."""
    if call.get("format") == "xml":
        raise ApiError(501, "oembed_format", "Only the format json is offered.")
    row = await call.read(_post_at, call.place, call.get("url"), at=call.at)
    if row is None:
        raise ApiError(404, "oembed_invalid_url", "Not Found")
    settings, author = call.site.settings, row["author"]
    return Answer(
        {
            "version": "1.0",
            "type": "link",
            "provider_name": settings.title,
            "provider_url": call.place.base,
            "title": row["title"],
            "author_name": author or settings.title,
            "author_url": call.place.author(posts.word_slug(author)) if author else call.place.base,
        }
    )


def _post_at(db: Database, place: Place, url: str, *, at: str) -> Mapping[str, Any] | None:
    """Return the public post with an address of this site, None where there is none."""
    target = own_addresses.target_of(db, replace(place.settings, url=place.base), url)
    try:
        return posts.find(db, target.slug, at=at, text=False) if target else None
    except (NotFound, Gone):
        return None
