"""The versions of a post: a list by whom and when, what changed since one of them, and its restoring."""

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from blog import posts
from blog.errors import BadPost, Conflict, Invalid, NotFound
from blog.posts import versions
from blog.publishing import comparison, editor, restoration
from blog.publishing.editor import Source
from blog.publishing.restoration import Wish
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, layout
from blog.web.admin.access import Recent
from blog.web.admin.posts import status_name
from blog.web.site import Site
from blog.wording import gettext

SHOWN = 12  # versions that the page lists at first
COUNTED = 2_000_000  # bytes of the listed versions, up to which their words are counted


def _load(db: Any, slug: str, everything: bool, chosen: int | None, recent: Recent) -> dict[str, Any]:
    post = editor.find(db, slug)
    listed = versions.of_post(db, post["id"])
    if chosen is not None and chosen not in [row["id"] for row in listed]:
        raise NotFound(gettext("This post has no version {number}.", number=chosen))
    shown = listed if everything else listed[:SHOWN]
    numbers = [row["id"] for row in listed[: len(shown) + 1]]
    texts = versions.contents(db, list({*numbers, *([chosen] if chosen else [])}))
    return {"post": post, "listed": listed, "shown": shown, "texts": texts, "frame": layout.frame(db, recent)}


async def index(request: Request) -> Response:
    """The list, and what changed since the version `version`; without it, since the one before the present text."""
    chosen = request.query_params.get("version", "")
    return await _page(request, forms.number(chosen) if chosen else None)


async def _page(request: Request, chosen: int | None, problem: str = "", code: int = 200) -> Response:
    site, slug = sites.of(request), request.path_params["slug"]
    everything = request.query_params.get("all") == "1"
    data = await site.store.read(_load, slug, everything, chosen, access.recent(request))
    now = await run_in_threadpool(editor.present, site.settings, data["post"]["path"])
    context = await run_in_threadpool(_context, site, data, chosen, now)
    return site.render.page(
        "admin/posts/versions.html",
        code=code,
        **layout.context(request, data["frame"], "posts"),
        **context,
        problem=problem,
        base=now.digest,
        everything=everything,
    )


def _context(site: Site, data: dict[str, Any], chosen: int | None, now: Source) -> dict[str, Any]:
    listed, post = data["listed"], data["post"]
    current = next((row["id"] for row in listed if row["digest"] == now.digest), None)
    if chosen is None:
        chosen = next((row["id"] for row in data["shown"] if row["id"] != current), None)
    row = next((row for row in listed if row["id"] == chosen), None)
    return {
        "post": {"slug": post["slug"], "title": post["title"], "path": posts.site_path(post["path"])},
        "rows": [_entry(site, data, place, current) for place in range(len(data["shown"]))],
        "total": len(listed),
        "unpublished": bool(listed) and bool(now.digest) and current is None,
        "gone": not now.digest,
        "most": versions.MOST,
        "chosen": chosen,
        "since": _named(site, row) if row else "",
        "difference": comparison.compare(editor.plain(data["texts"][chosen]), now.text) if chosen and row else None,
        "is_now": chosen == current,
    }


def _entry(site: Site, data: dict[str, Any], place: int, current: int | None) -> dict[str, Any]:
    row = data["shown"][place]
    before = data["listed"][place + 1] if place + 1 < len(data["listed"]) else None
    few = sum(map(len, data["texts"].values())) <= COUNTED
    added = removed = None
    if few:
        older = editor.plain(data["texts"][before["id"]]) if before else ""
        added, removed = comparison.count_words(older, editor.plain(data["texts"][row["id"]]))
    return {
        "id": row["id"],
        "on": site.render.moment(row["at"]),
        "who": _who(row),
        "status": status_name(row["status"]) if row["saved"] else gettext("Typed, not saved"),
        "first": before is None,
        "added": added,
        "removed": removed,
        "now": row["id"] == current,
    }


def _who(row: dict[str, Any]) -> str:
    """Say who saved a version; without an account it was changed in the folder, or imported."""
    if row["who"]:
        return str(row["who"])
    return gettext("imported") if row["source"] == "import" else gettext("changed in the folder")


def _named(site: Site, row: dict[str, Any]) -> str:
    """Name a version by its time and by who saved it."""
    return gettext("{time}, {who}", time=site.render.moment(row["at"]), who=_who(row))


async def restore(request: Request) -> Response:
    """Restore a version; the answer is 409 if the file has changed since the page was shown."""
    site, slug, number = sites.of(request), request.path_params["slug"], request.path_params["id"]
    fields = await forms.fields(request)
    post = await site.store.read(editor.find, slug)
    wish = Wish(post, number, fields.get("base", ""), access.owner(request))
    try:
        slug = await run_in_threadpool(_restore, site, wish, access.by(request))
    except (Conflict, BadPost, Invalid) as problem:
        if forms.wants_json(request):
            raise problem if not isinstance(problem, BadPost) else Invalid({"version": problem.by_line}) from problem
        sentence = problem.by_line if isinstance(problem, BadPost) else problem.sentence
        return await _page(request, number, sentence, 409 if isinstance(problem, Conflict) else 422)
    if forms.wants_json(request):
        return JSONResponse({"slug": slug, "version": number})
    return RedirectResponse(f"/admin/posts/{slug}/edit?done=restore", 303)


def _restore(site: Site, wish: Wish, by: Any) -> str:
    with site.store.another() as db:
        return restoration.restore(db, site.settings, wish, by=by)
