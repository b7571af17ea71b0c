"""The list of posts, with the state of each discussion, why it is so, and its switch."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import Response

from blog import closing, posts, publishing
from blog.closing import Closure, Facts, State
from blog.errors import BadFile
from blog.rules import policy
from blog.rules.policy import Policy
from blog.web import post_context, switch
from blog.web import site as sites
from blog.web.admin import access, layout
from blog.web.admin.access import Recent
from blog.web.site import Site
from blog.wording import N_, gettext

StateFilter = Callable[[State, Facts], bool]
LISTS: dict[str, StateFilter] = {
    "": lambda state, facts: True,
    "open": lambda state, facts: state.mode == "open",
    "moderated": lambda state, facts: state.mode == "moderated",
    "replies-only": lambda state, facts: state.mode == "replies-only",
    "closed": lambda state, facts: state.mode == "closed",
    "switched": lambda state, facts: facts.switch is not None,
}
LABELS = {
    "": N_("All"),
    "open": N_("Open"),
    "moderated": N_("Moderated"),
    "replies-only": N_("Replies only"),
    "closed": N_("Closed"),
    "switched": N_("By hand"),
}
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
    """The posts, all or those of one state (`state`)."""
    return await page(request, request.query_params.get("state", ""))


async def page(request: Request, state: str, refused: Mapping[str, Any] | None = None) -> Response:
    """Answer with the posts of a state; after a refusal with what is wrong in one of the forms, as it was typed."""
    site, at = sites.of(request), sites.now()
    chosen = state if state in LISTS else ""
    data = await site.store.read(load, at, access.recent(request), access.owner(request))
    problems, gone = await site.store.read(_problems, site, at)
    broken = {problem.path: problem.problem for problem in problems}
    marks = {row["path"]: _gone(row, at) for row in data["posts"] if row["path"] in gone} | broken
    tabs, rows = _tabs(data["posts"], data["policy"], at, chosen)
    context = layout.context(request, data["frame"], "posts")
    return site.render.page(
        "admin/posts/index.html",
        **(context | {"back": _address(chosen)} if refused else context),
        code=refused["status"] if refused else 200,
        refused=refused,
        rows=[row_context(site, row, data["policy"], at, marks.get(row["path"], "")) for row in rows],
        tabs=tabs,
        total=len(data["posts"]),
        state=chosen,
        switch=switch_context(site, data["switch"]),
        problems=[
            {"path": posts.site_path(problem.path), "line": problem.line, "sentence": problem.problem}
            for problem in problems
            if access.may(request, "site")
        ],
    )


def _problems(db: Database, site: Site, at: str) -> tuple[list[BadFile], set[str]]:
    """Return the problems of the files of posts, pages, templates and `static/`, and the posts whose files are gone."""
    broken, gone = publishing.check_files(site.settings, db, at=at)
    return [*broken, *site.render.problems()], gone


def _gone(row: dict[str, Any], at: str) -> str:
    return publishing.missing_file(posts.site_path(row["path"]), row["slug"], row["status"], row["published_at"], at=at)


def _tabs(
    rows: list[dict[str, Any]], policy: Policy, at: str, chosen: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the tabs with their counts, and the rows of the one that is chosen."""
    states = [(row, facts, closing.state(facts, policy, at)) for row in rows for facts in [closing.facts(row)]]
    listed = {name: [row for row, facts, state in states if fits(state, facts)] for name, fits in LISTS.items()}
    tabs = [
        {
            "label": gettext(LABELS[name]),
            "url": _address(name),
            "count": len(listed[name]),
            "current": name == chosen,
        }
        for name in LISTS
    ]
    return tabs, listed[chosen]


def _address(state: str) -> str:
    return f"/admin/posts?state={state}" if state else "/admin/posts"


def row_context(site: Site, row: dict[str, Any], policy: Policy, at: str, problem: str = "") -> dict[str, Any]:
    """Return a post as the list shows it; `url` is "" where readers find no page, or one that says it is gone."""
    status = status_of(row, at)
    return {
        **switch.of_post(row, policy, at),
        "url": post_context.address(site, row) if status == "published" else "",
        "status": status,
        "status_name": status_name(status),
        "edit_url": f"/admin/posts/{row['slug']}/edit",
        "published_on": site.render.day(row["published_at"]) if row["published_at"] else "",
        "thoughts": row["approved"],
        "waiting": row["waiting"],
        "waiting_url": f"/admin/comments?status=pending&post={row['slug']}",
        "problem": problem,
    }


def status_of(row: Mapping[str, Any], at: str) -> str:
    """Return the status of a post: one whose date is in the future is scheduled."""
    return "scheduled" if row["status"] == "published" and row["published_at"] > at else str(row["status"])


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
