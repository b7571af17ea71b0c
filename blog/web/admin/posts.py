"""The list of posts, with the state of each discussion, why it is so, and its switch."""

from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from blog import closing, posts, publishing
from blog.closing import Closure
from blog.errors import BadFile
from blog.journal.events import Actor
from blog.publishing import editor
from blog.rules import policy
from blog.rules.policy import Policy
from blog.text import alphabetical
from blog.web import forms, post_context, switch
from blog.web import site as sites
from blog.web.admin import access, layout, post_filter
from blog.web.admin.access import Recent
from blog.web.admin.post_filter import Listed, PostFilter
from blog.web.site import Site
from blog.wording import N_, gettext

STATUSES = {
    "published": N_("Published"),
    "scheduled": N_("Scheduled"),
    "draft": N_("Draft"),
    "withdrawn": N_("Withdrawn"),
}


def load(db: Any, at: str, recent: Recent, owner: str = "") -> dict[str, Any]:
    return {
        "posts": posts.all_posts(db, owner),
        "policy": policy.load(db),
        "switch": closing.site_switch(db, at),
        "frame": layout.frame(db, recent),
    }


async def index(request: Request) -> Response:
    """A page of the posts that match a filter (`status`, `state`, `author`, `q`), after the post `after`."""
    return await page(request, post_filter.of_fields(request.query_params), request.query_params.get("after", ""))


async def page(
    request: Request, wanted: PostFilter, after: str = "", refused: Mapping[str, Any] | None = None
) -> Response:
    """Answer with posts; after a refusal with what is wrong in one of the forms, as it was typed."""
    site, at = sites.of(request), sites.now()
    data = await site.store.read(_load, at, access.recent(request), access.owner(request))
    problems, gone = await site.store.read(_problems, site, at)
    broken = {problem.path: problem.problem for problem in problems}
    marks = {each.row["path"]: _gone(each.row, at) for each in data["posts"] if each.row["path"] in gone} | broken
    listed = post_filter.chosen(data["posts"], wanted)
    rows, place = post_filter.page_after(listed, after)
    context = layout.context(request, data["frame"], "posts")
    return site.render.page(
        "admin/posts/index.html",
        **(context | {"back": wanted.address()} if refused else context),
        code=refused["status"] if refused else 200,
        refused=refused,
        rows=[row_context(site, each.row, data["policy"], at, marks.get(each.row["path"], "")) for each in rows],
        **_lists(data["posts"], wanted),
        **_pages(listed, rows, place, wanted),
        **_whole(data["posts"], listed, wanted),
        switch=switch_context(site, data["switch"]),
        problems=[
            {"path": posts.site_path(problem.path), "line": problem.line, "sentence": problem.problem}
            for problem in problems
            if access.may(request, "site")
        ],
    )


async def destroy(request: Request) -> Response:
    """Delete a post and its file; its comments stay, and Undo brings all of it back."""
    site, fields = sites.of(request), await forms.fields(request)
    post = await site.store.read(editor.find, request.path_params["slug"])
    batch = await run_in_threadpool(_delete, site, post, fields.get("base", ""), access.by(request))
    if forms.wants_json(request):
        return JSONResponse({"batch": batch})
    return RedirectResponse(layout.with_batch("/admin/posts", batch), 303)


def _delete(site: Site, post: dict[str, Any], base: str, by: Actor) -> int:
    with site.store.another() as db:
        return editor.delete(db, site.settings, post, base=base, by=by)


def _load(db: Database, at: str, recent: Recent, owner: str) -> dict[str, Any]:
    current = policy.load(db)
    return {
        "posts": post_filter.all_listed(db, current, at=at, owner=owner),
        "policy": current,
        "switch": closing.site_switch(db, at),
        "frame": layout.frame(db, recent),
    }


def _lists(listed: list[Listed], wanted: PostFilter) -> dict[str, Any]:
    """Return what narrows the list: statuses and states with their counts, the authors, and what is set."""

    def tabs(name: str, labels: Mapping[str, str]) -> list[dict[str, Any]]:
        numbers = post_filter.counts(listed, wanted, name, labels)
        return [
            {
                "label": gettext(label),
                "url": wanted.changed(name, value).address(),
                "count": numbers[value],
                "current": value == wanted.query.get(name, ""),
            }
            for value, label in labels.items()
        ]

    return {
        "total": len(listed),
        "statuses": tabs("status", post_filter.STATUSES),
        "states": tabs("state", post_filter.STATES),
        "authors": sorted({each.row["author"] for each in listed if each.row["author"]}, key=alphabetical),
        "asked": {name: wanted.query.get(name, "") for name in post_filter.FIELDS},
        "narrowed": bool(wanted.query),
    }


def _pages(listed: list[Listed], rows: list[Listed], place: int, wanted: PostFilter) -> dict[str, Any]:
    """Return where in the list its page is, and the addresses of the pages around it."""
    end = place + len(rows)
    before = listed[place - post_filter.PAGE - 1].row["slug"] if place > post_filter.PAGE else ""
    return {
        "first": place + 1,
        "last_shown": end,
        "next_url": wanted.address(after=rows[-1].row["slug"]) if rows and end < len(listed) else "",
        "previous_url": (wanted.address(after=before) if before else wanted.address()) if place else "",
    }


def _whole(everything: list[Listed], listed: list[Listed], wanted: PostFilter) -> dict[str, Any]:
    """Return what “All posts in this list” stands for, and how many of them each new state would change."""
    return {
        "matching": len(listed),
        "whole": wanted.query | {"asof": str(max((each.row["id"] for each in everything), default=0))},
        "changes": {mode: post_filter.changing(listed, mode) for mode in (*closing.STRICTNESS, closing.FOLLOW)},
    }


def _problems(db: Database, site: Site, at: str) -> tuple[list[BadFile], set[str]]:
    """Return the problems of the files of posts, pages, templates and `static/`, and the posts whose files are gone."""
    broken, gone = publishing.check_files(site.settings, db, at=at)
    return [*broken, *site.render.problems()], gone


def _gone(row: dict[str, Any], at: str) -> str:
    return publishing.missing_file(posts.site_path(row["path"]), row["slug"], row["status"], row["published_at"], at=at)


def row_context(site: Site, row: dict[str, Any], policy: Policy, at: str, problem: str = "") -> dict[str, Any]:
    """Return a post as the list shows it; `url` is "" where readers find no page, or one that says it is gone."""
    status = post_filter.status_of(row, at)
    return {
        **switch.of_post(row, policy, at),
        "url": post_context.address(site, row) if status == "published" else "",
        "status": status,
        "status_name": status_name(status),
        "edit_url": f"/admin/posts/{row['slug']}/edit",
        "author": row["author"],
        "published_on": site.render.day(row["published_at"]) if row["published_at"] else "",
        "thoughts": row["approved"],
        "waiting": row["waiting"],
        "waiting_url": f"/admin/comments?status=pending&post={row['slug']}",
        "problem": problem,
    }


def status_name(status: str) -> str:
    """Return the status of a post as it stands alone: Published."""
    return gettext(STATUSES[status])


def switch_context(site: Site, switch: Closure | None) -> dict[str, str]:
    if switch is None or switch.mode == "open":
        return {
            "mode": "open",
            "sentence": gettext("The whole site is open"),
            "cause": gettext("Each post has its own state."),
        }
    who, at = switch.who or gettext("the command line"), site.render.moment(switch.at)
    if switch.until:
        until = site.render.moment(switch.until)
        cause = gettext("Set by {who} on {time}, until {until}.", who=who, time=at, until=until)
    else:
        cause = gettext("Set by {who} on {time}.", who=who, time=at)
    return {"mode": switch.mode, "sentence": gettext(OF_SITE[switch.mode]), "cause": cause}


OF_SITE = {
    "closed": N_("All discussions are closed"),
    "replies-only": N_("All discussions take replies only"),
    "moderated": N_("All comments are held"),
}
