"""How many comments or posts a form is about: told where it is shown again, far from the list that it was sent from."""

from dataclasses import replace

from starlette.requests import Request

from blog import moderation
from blog.errors import Invalid, Unavailable
from blog.moderation import Selection
from blog.web import site as sites
from blog.web.admin import closures, decisions, door
from blog.web.admin.comments import EMPTIED
from blog.web.render import counted

MOST = 10_000  # comments that are counted; a decision on more is said to be on more


async def told(request: Request, path: str, pairs: list[tuple[str, str]]) -> str:
    """Say how many comments or posts an act is about, "" for one alone and for what is none or will be refused."""
    fields = dict(reversed(pairs))  # the first of each name counts
    if path == "/admin/posts/closures":
        return await _about_posts(request, fields, sum(name == "slug" for name, _ in pairs))
    if path != "/admin/decisions" or fields.get("only"):
        return ""
    try:
        chosen = decisions.whole(fields)
    except Invalid:
        return ""
    if chosen is not None:
        return await _about_all(request, chosen, emptying=fields.get("empty") == "1")
    ids = sum(name == "id" for name, _ in pairs)
    return f"About {counted(ids, 'comment')}." if ids > 1 else ""


async def _about_posts(request: Request, fields: dict[str, str], ticked: int) -> str:
    if not door.may(request, "site"):
        return ""
    listed, site = closures.whole(fields), sites.of(request)
    if listed is None:
        return f"About {counted(ticked, 'post')}." if ticked > 1 else ""
    count = len(await site.store.read(closures.in_list, listed, sites.now()))
    return f"All of the list: {counted(count, 'post')} as of now." if count else "No post is in this list any more."


async def _about_all(request: Request, chosen: Selection, *, emptying: bool) -> str:
    site = sites.of(request)
    chosen = replace(chosen, owner=door.owner(request))
    what = f"{EMPTIED[chosen.status]} for good" if emptying else "All that match"
    try:
        count = await site.store.read(moderation.matching, chosen, most=MOST + 1)
    except Unavailable:  # what was typed is given back all the same
        return f"{what}: how many these are could not be counted in time."
    if not count:
        return "No comment matches any more."
    many = f"more than {counted(MOST, 'comment')}" if count > MOST else counted(count, "comment")
    return f"{what}: {many} as of now."
