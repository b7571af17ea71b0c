"""What an act changed for readers: the heading of a discussion after it, the count before it, and the place."""

from typing import TypedDict

from blog.moderation import Effect
from blog.web import post_context
from blog.web.site import Site
from blog.wording import facts, gettext, ngettext, number


class PublicEffect(TypedDict):
    """A sentence about the headings before and after, and a link to the place with its label."""

    sentence: str
    url: str
    label: str


def describe(site: Site, effects: list[Effect]) -> PublicEffect | None:
    """Describe what an act changed on the public pages; None when readers see no difference."""
    if not effects:
        return None
    changes = [_change(effect) for effect in effects[:2]]
    more = len(effects) > 2
    first = effects[0]
    url = post_context.address(site, dict(first))
    return {
        "sentence": _sentence(changes, more=more),
        "url": f"/admin/comments/{first['comment']}/place" if first["comment"] else f"{url}#comments",
        "label": gettext("View on site"),
    }


def _sentence(changes: list[str], *, more: bool) -> str:
    if more:
        return gettext("Readers now see {changes}, and the same on other posts.", changes=facts(changes))
    return gettext("Readers now see {changes}.", changes=facts(changes))


def _change(effect: Effect) -> str:
    """Say which heading readers see now, and how many comments it counted before."""
    title, before = effect["title"], number(effect["before"])
    if effect["now"]:
        heading = gettext("“{heading}”", heading=_heading(effect["now"], title))
    else:
        heading = gettext("no thoughts on “{title}”", title=title)
    if effect["before"]:
        return gettext("{heading}, {n} before", heading=heading, n=before)
    return gettext("{heading}, none before", heading=heading)


def _heading(count: int, title: str) -> str:
    """Write the heading as it stands within quotation marks, so without marks around the title."""
    return ngettext("One thought on {title}", "{n} thoughts on {title}", count, title=title)
