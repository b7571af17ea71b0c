"""The posts with the state of their discussions, its cause in words, and their switches."""

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
from blog.web import discussion, switch
from blog.web import site as sites
from blog.web.admin import access
from blog.web.site import Site

InList = Callable[[State, Facts], bool]
LISTS: dict[str, InList] = {
    "": lambda found, facts: True,
    "open": lambda found, facts: found.mode == "open",
    "moderated": lambda found, facts: found.mode == "moderated",
    "replies-only": lambda found, facts: found.mode == "replies-only",
    "closed": lambda found, facts: found.mode == "closed",
    "switched": lambda found, facts: facts.switch is not None,
}
LABELS = {"": "All", **{mode: word.capitalize() for mode, word in closing.MODES.items()}, "switched": "By hand"}


def load(db: Any, at: str, did: int | None, owner: str = "") -> dict[str, Any]:
    return {
        "posts": posts.every(db, owner),
        "rules": policy.load(db),
        "switch": closing.site_switch(db, at),
        "frame": access.frame(db, did),
    }


async def index(request: Request) -> Response:
    """The posts, all or those of one state (`state`)."""
    return await page(request, request.query_params.get("state", ""))


async def page(request: Request, state: str, refused: Mapping[str, Any] | None = None) -> Response:
    """Answer with the posts of a state; after a refusal with what is wrong in one of the forms, as it was typed."""
    site, at = sites.of(request), sites.now()
    wanted = state if state in LISTS else ""
    found = await site.store.read(load, at, access.did(request), access.owner(request))
    problems, gone = await site.store.read(_problems, site, at)
    broken = {problem.path: problem.problem for problem in problems}
    marks = {row["path"]: _gone(row, at) for row in found["posts"] if row["path"] in gone} | broken
    tabs, shown = _narrowed(found["posts"], found["rules"], at, wanted)
    context = access.context(request, found["frame"], "posts")
    return site.render.page(
        "admin/posts/index.html",
        **(context | {"back": _address(wanted)} if refused else context),
        code=refused["status"] if refused else 200,
        refused=refused,
        rows=[row_context(site, row, found["rules"], at, marks.get(row["path"], "")) for row in shown],
        tabs=tabs,
        total=len(found["posts"]),
        state=wanted,
        switch=switch_context(site, found["switch"]),
        problems=[
            {"path": posts.shown(problem.path), "line": problem.line, "sentence": problem.problem}
            for problem in problems
            if access.may(request, "site")
        ],
    )


def _problems(db: Database, site: Site, at: str) -> tuple[list[BadFile], set[str]]:
    """Return what is wrong with the files of posts, pages, templates and `static/`, and which posts' files are gone."""
    broken, gone = publishing.survey(site.settings, db, at=at)
    return [*broken, *site.render.problems()], gone


def _gone(row: dict[str, Any], at: str) -> str:
    return publishing.gone(posts.shown(row["path"]), row["slug"], row["status"], row["published_at"], at=at)


def _narrowed(
    rows: list[dict[str, Any]], rules: Policy, at: str, wanted: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the tabs with their counts, and the rows of the one that is chosen."""
    known = [(row, facts, closing.state(facts, rules, at)) for row in rows for facts in [closing.facts(row)]]
    fitting = {name: [row for row, facts, found in known if fits(found, facts)] for name, fits in LISTS.items()}
    tabs = [
        {
            "label": LABELS[name],
            "url": _address(name),
            "count": len(fitting[name]),
            "current": name == wanted,
        }
        for name in LISTS
    ]
    return tabs, fitting[wanted]


def _address(state: str) -> str:
    return f"/admin/posts?state={state}" if state else "/admin/posts"


def row_context(site: Site, row: dict[str, Any], rules: Policy, at: str, problem: str = "") -> dict[str, Any]:
    """Return what a line of the list shows; `url` is "" where readers find no page, or are told that it is gone."""
    due = row["status"] == "published" and row["published_at"] > at
    status = "scheduled" if due else row["status"]
    return {
        **switch.of_post(row, rules, at),
        "url": discussion.address(site, row) if status == "published" else "",
        "status": status,
        "edit_url": f"/admin/posts/{row['slug']}/edit",
        "published_on": site.render.day(row["published_at"]) if row["published_at"] else "",
        "thoughts": row["approved"],
        "waiting": row["waiting"],
        "waiting_url": f"/admin/comments?status=pending&post={row['slug']}",
        "problem": problem,
    }


def switch_context(site: Site, found: Closure | None) -> dict[str, str]:
    if found is None or found.mode == "open":
        return {
            "mode": "open",
            "sentence": "The whole site is open",
            "cause": "Each post has its own state.",
        }
    sentences = {
        "closed": "All discussions are closed",
        "replies-only": "All discussions take replies only",
        "moderated": "All comments are held",
    }
    until = f", until {site.render.moment(found.until)}" if found.until else ""
    who = found.who or "the command line"
    return {
        "mode": found.mode,
        "sentence": sentences[found.mode],
        "cause": f"Set by {who} on {site.render.moment(found.at)}{until}.",
    }
