"""What readers see now: the heading of a post's discussion after an act, the count before it, and the place."""

from typing import TypedDict

from blog.moderation import Effect
from blog.web import discussion
from blog.web.render import thoughts
from blog.web.site import Site


class Shown(TypedDict):
    """`sentence` says heading and count before and after, `url` leads there, `label` says so."""

    sentence: str
    url: str
    label: str


def to_readers(site: Site, effects: list[Effect]) -> Shown | None:
    """Say what an act changed on the public pages; None when readers see no difference."""
    if not effects:
        return None
    told = [_heading(effect) for effect in effects[:2]]
    more = ["and changes on other posts"] if len(effects) > 2 else []
    first = effects[0]
    there = discussion.address(site, dict(first))
    return {
        "sentence": f"Readers now see {', '.join(told + more)}.",
        "url": f"/admin/comments/{first['comment']}/place" if first["comment"] else f"{there}#comments",
        "label": "View on site",
    }


def _heading(effect: Effect) -> str:
    now, title = thoughts(effect["now"]), effect["title"]
    heading = f"“{now} on {title}”" if now else f"no thoughts on “{title}”"
    return f"{heading}, {effect['before']:,} before" if effect["before"] else f"{heading}, none before"
