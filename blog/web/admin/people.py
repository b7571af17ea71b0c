"""The queue by people: who writes here for the first time, one row a person, decided with one button."""

import json
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from blog import moderation
from blog.errors import Invalid
from blog.moderation import Decision, Ruling, Selection, bans, newcomers
from blog.moderation.queue import PAGE
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, comments, layout
from blog.web.admin.access import Recent
from blog.web.admin.rows import row_context
from blog.wording import gettext, listed, ngettext

PERSON = re.compile(r"(approve|spam|trash):([0-9]{1,15})")
KEY = re.compile(r"([0-9]{1,15})-([0-9]{1,15})")


def _load(db: Any, after: tuple[int, int] | None, recent: Recent) -> dict[str, Any]:
    return {
        "rows": newcomers.newcomers(db, after=after, limit=PAGE + 1),
        "count": newcomers.count_newcomers(db),
        "counts": moderation.counts(db),
        "newest": moderation.last_event(db)[0],
        "frame": layout.frame(db, recent),
    }


async def index(request: Request) -> Response:
    """A page of people of whom nothing was approved yet, most waiting comments first."""
    site, at = sites.of(request), sites.now()
    key = KEY.fullmatch(request.query_params.get("after", ""))
    after = (int(key[1]), int(key[2])) if key else None
    data = await site.store.read(_load, after, access.recent(request))
    rows, more = data["rows"][:PAGE], len(data["rows"]) > PAGE
    people, waiting = data["count"]
    return site.render.page(
        "admin/comments/people.html",
        **layout.context(request, data["frame"], "comments"),
        heading=_heading(people, waiting),
        asof=data["newest"],
        tabs=comments.tabs(Selection(), data["counts"], {}),
        rows=[{**row_context(site, row, at, whole=False), "n": row["n"], "also": _others(row)} for row in rows],
        next_url=f"/admin/people?after={rows[-1]['n']}-{rows[-1]['id']}" if more else "",
        newest_url="" if after is None else "/admin/people",
    )


def _heading(people: int, waiting: int) -> str:
    if not people:
        return gettext("Nobody new waits")
    comments = ngettext("one comment", "{n} comments", waiting)
    return ngettext(
        "One person writes here for the first time, with {comments}",
        "{n} people write here for the first time, with {comments}",
        people,
        comments=comments,
    )


def _others(row: dict[str, Any]) -> str:
    names = [name for name in json.loads(row["names"]) if name.casefold() != row["author"].casefold()]
    return listed(names[:4])


async def decide(request: Request) -> Response:
    """Decide on all that waits from one browser; `then-ID` says what comes next from it: trusted, held or banned."""
    site, fields = sites.of(request), await forms.fields(request)
    chosen = PERSON.fullmatch(fields.get("person", ""))
    if chosen is None:
        raise Invalid({"person": gettext("Name a decision and a comment, like approve:42.")})
    decision, number = Decision(chosen[1]), int(chosen[2])
    standing = fields.get(f"then-{number}", fields.get("then", ""))
    ruling = Ruling(decision, fields.get("reason", "").strip())
    by, newest = access.by(request), forms.number(fields.get("asof", ""))
    batch: int | None
    if standing:
        batch = await site.store.write(bans.decide_person, number, standing, ruling, by=by, newest=newest)
    else:
        theirs = Selection(sender=f"reader:{number}", newest=newest)
        batch = (await site.store.write(moderation.decide, theirs, ruling, by=by))["batch"]
    if forms.wants_json(request):
        return JSONResponse({"batch": batch})
    return RedirectResponse(layout.with_batch(forms.back(fields, "/admin/people"), batch), 303)
