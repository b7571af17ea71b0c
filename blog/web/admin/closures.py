"""The switch: of one post, of many, and of the whole site."""

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from blog import closing
from blog.errors import Invalid, NotFound
from blog.rules import policy
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, layout, post_filter, posts
from blog.web.admin.post_filter import PostFilter
from blog.web.site import Site
from blog.wording import gettext


async def _show_again(request: Request, refusal: Invalid | NotFound, form: FormData) -> Response:
    """Answer a refused form with the list of posts; the form says what is wrong, and keeps what was typed."""
    if isinstance(refusal, NotFound) and "slug" in request.path_params:
        raise refusal  # there is no such form
    refused = _refused_form(request, refusal, form)
    return await posts.page(request, post_filter.of_fields(refused["typed"]), refused=refused)


def _refused_form(request: Request, refusal: Invalid | NotFound, form: FormData) -> dict[str, Any]:
    """Return a refused form; `plain` tells that a field for dates would not show its `until`."""
    fields = forms.first(form)
    typed = {name: fields.get(name, "") for name in ("back", "mode", "note", "until", "all", *post_filter.FIELDS)}
    return {
        "action": request.scope["path"],
        "status": refusal.status,
        "sentence": refusal.sentence,
        "errors": refusal.errors if isinstance(refusal, Invalid) else {},
        "typed": typed,
        "plain": not forms.shows_day(typed["until"]),
        "ticked": set(form.getlist("slug")),
    }


UNCHANGED = "now"  # the first choice of a form, until another one is made


@forms.show_again(_show_again, Invalid, NotFound)
async def create(request: Request) -> Response:
    """Close a discussion (`mode` closed, replies-only or moderated), with a note and until a day if given."""
    site, slug = sites.of(request), request.path_params.get("slug")
    fields = await forms.fields(request)
    mode = fields.get("mode") or "closed"
    if mode == UNCHANGED:
        raise Invalid({"mode": gettext("Choose a state for the discussion.")})
    if slug and mode == closing.FOLLOW:
        batch = await site.store.write(closing.follow, slug, by=access.by(request))
    else:
        batch = await site.store.write(closing.close, slug, mode=mode, **_options(site, fields), by=access.by(request))
    return await _done(request, fields, batch)


@forms.show_again(_show_again, Invalid, NotFound)
async def create_many(request: Request) -> Response:
    """Switch the ticked posts (`slug`, repeated), or all of a list (`all=1` with its filter), as one batch."""
    site, form = sites.of(request), await forms.read(request)
    fields = forms.first(form)
    slugs = [value for value in form.getlist("slug") if isinstance(value, str)]
    if listed := whole(fields):
        slugs = await site.store.read(in_list, listed, sites.now())
    mode = fields.get("mode") or "closed"
    batch = await site.store.write(closing.switch_many, slugs, mode, **_options(site, fields), by=access.by(request))
    return await _done(request, fields, batch)


def whole(fields: Mapping[str, str]) -> PostFilter | None:
    """Return the list that is to be switched as a whole; None where posts are named, or there is no such list."""
    listed = post_filter.of_fields(fields)
    unknown = any(fields.get(name, "") != listed.query.get(name, "") for name in ("state", "status"))
    return listed if fields.get("all") == "1" and not unknown else None


def in_list(db: Any, listed: PostFilter, at: str) -> list[str]:
    return [each.row["slug"] for each in post_filter.chosen(post_filter.all_listed(db, policy.load(db), at=at), listed)]


def _options(site: Site, fields: Mapping[str, str]) -> dict[str, Any]:
    """Return the note and the end of a switch."""
    note = fields.get("note", "").replace("\r\n", "\n")
    return {"note": note, "until": closing.end(fields.get("until", ""), site.settings.zone)}


async def destroy(request: Request) -> Response:
    """Open a post whatever its file and the rules say, or end the site's switch."""
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
    """Lead back with what was done; JSON has the state that the post has now, and why."""
    if not forms.wants_json(request):
        return RedirectResponse(layout.with_batch(forms.back(fields, "/admin/posts", within="/"), batch), 303)
    body: dict[str, Any] = {"batch": batch}
    if slug := request.path_params.get("slug"):
        at = sites.now()
        state, facts = await sites.of(request).store.read(closing.of_post, slug, at=at)
        body |= {"state": state.mode, "cause": state.cause, "because": closing.because(state, facts, at)}
    return JSONResponse(body)
