"""What an act changed for readers: the heading of a discussion after it, the count before it, and the place."""

from typing import TypedDict

from blog.moderation import Effect
from blog.web import post_context
from blog.web.render import thoughts
from blog.web.site import Site


class PublicEffect(TypedDict):
    """A sentence about the headings before and after, and a link to the place with its label."""

    sentence: str
    url: str
    label: str


def describe(site: Site, effects: list[Effect]) -> PublicEffect | None:
    """Describe what an act changed on the public pages; None when readers see no difference."""
    if not effects:
        return None
    headings = [_heading(effect) for effect in effects[:2]]
    more = ["and the same on other posts"] if len(effects) > 2 else []
    first = effects[0]
    url = post_context.address(site, dict(first))
    return {
        "sentence": f"Readers now see {', '.join(headings + more)}.",
        "url": f"/admin/comments/{first['comment']}/place" if first["comment"] else f"{url}#comments",
        "label": "View on site",
    }


def _heading(effect: Effect) -> str:
    now, title = thoughts(effect["now"]), effect["title"]
    heading = f"“{now} on {title}”" if now else f"no thoughts on “{title}”"
    return f"{heading}, {effect['before']:,} before" if effect["before"] else f"{heading}, none before"
