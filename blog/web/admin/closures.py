"""The switch: of one post, of many, and of the whole site."""

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from blog import closing
from blog.errors import Invalid, NotFound
from blog.journal.events import By
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, posts
from blog.web.site import Site


async def _again(request: Request, refusal: Invalid | NotFound, form: FormData) -> Response:
    """Answer with the list of posts: in the form what is wrong, and all that was typed."""
    if isinstance(refusal, NotFound) and "slug" in request.path_params:
        raise refusal  # there is no such form
    refused = _as_typed(request, refusal, form)
    return await posts.page(request, refused["typed"]["state"], refused)


def _as_typed(request: Request, refusal: Invalid | NotFound, form: FormData) -> dict[str, Any]:
    """Return a refused form; `plain` tells that a field for dates would not show its `until`."""
    fields = forms.first(form)
    typed = {name: fields.get(name, "") for name in ("back", "mode", "note", "until", "all", "state")}
    return {
        "action": request.scope["path"],
        "status": refusal.status,
        "sentence": refusal.sentence,
        "errors": refusal.errors if isinstance(refusal, Invalid) else {},
        "typed": typed,
        "plain": not forms.shows_day(typed["until"]),
        "ticked": set(form.getlist("slug")),
    }


AS_NOW = "now"  # where a form begins, until something is chosen


@forms.given_back(_again, Invalid, NotFound)
async def create(request: Request) -> Response:
    """Close a discussion (`mode` closed, replies-only or moderated), with a note and until a day if given."""
    site, slug = sites.of(request), request.path_params.get("slug")
    fields = await forms.fields(request)
    how = {"mode": fields.get("mode") or "closed", **_how(site, fields)}
    if how["mode"] == AS_NOW:
        raise Invalid({"mode": "Choose a state for the discussion."})
    if slug and how["mode"] == closing.FOLLOW:
        return await _done(request, fields, await site.store.write(closing.follow, slug, by=access.by(request)))
    return await _done(request, fields, await site.store.write(closing.close, slug, **how, by=access.by(request)))


@forms.given_back(_again, Invalid, NotFound)
async def create_many(request: Request) -> Response:
    """Switch the ticked posts (`slug`, repeated), or all of a list (`all=1` with its `state`), as one batch."""
    site, form = sites.of(request), await forms.read(request)
    fields = forms.first(form)
    slugs = [value for value in form.getlist("slug") if isinstance(value, str)]
    batch = await site.store.write(
        _switch_many,
        whole(fields),
        slugs,
        fields.get("mode") or "closed",
        by=access.by(request),
        **_how(site, fields),
    )
    return await _done(request, fields, batch)


def whole(fields: Mapping[str, str]) -> posts.InList | None:
    """Return the list that is to be switched as a whole, None where posts are named."""
    return posts.LISTS.get(fields.get("state", "")) if fields.get("all") == "1" else None


def in_list(db: Any, listed: posts.InList, at: str) -> list[str]:
    return [slug for slug, found, facts in closing.listed(db, at=at) if listed(found, facts)]


def _switch_many(
    db: Any, listed: posts.InList | None, slugs: list[str], mode: str, *, note: str, until: str | None, by: By
) -> int | None:
    if listed is not None:
        slugs = in_list(db, listed, by.at)
    return closing.switch_many(db, slugs, mode, note=note, until=until, by=by)


def _how(site: Site, fields: Mapping[str, str]) -> dict[str, Any]:
    """Return note and end as a switch takes them."""
    note = fields.get("note", "").replace("\r\n", "\n")
    return {"note": note, "until": closing.end(fields.get("until", ""), site.settings.zone)}


async def destroy(request: Request) -> Response:
    """Open a post in spite of file and rules, or lift the site's switch."""
    fields = await forms.fields(request)
    batch = await sites.of(request).store.write(
        closing.open_again, request.path_params.get("slug"), by=access.by(request)
    )
    return await _done(request, fields, batch)


async def follow(request: Request) -> Response:
    """Drop a post's own switch."""
    fields = await forms.fields(request)
    batch = await sites.of(request).store.write(closing.follow, request.path_params["slug"], by=access.by(request))
    return await _done(request, fields, batch)


async def _done(request: Request, fields: Mapping[str, str], batch: int | None) -> Response:
    """Lead back with what was done; JSON has the state that one post now has, and why."""
    if not forms.wants_json(request):
        return RedirectResponse(access.with_batch(forms.back(fields, "/admin/posts", within="/"), batch), 303)
    said: dict[str, Any] = {"batch": batch}
    if slug := request.path_params.get("slug"):
        at = sites.now()
        found, facts = await sites.of(request).store.read(closing.of_post, slug, at=at)
        said |= {"state": found.mode, "cause": found.cause, "because": closing.because(found, facts, at)}
    return JSONResponse(said)
