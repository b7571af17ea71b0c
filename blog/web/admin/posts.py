"""The posts with the state of their discussions, its cause in words, and their switches."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from blog import closing, policy, posts, publishing
from blog.closing import Closure
from blog.policy import Policy
from blog.web import discussion
from blog.web import site as sites
from blog.web.admin import door
from blog.web.site import Site

WORDS = {"open": "Open", "moderated": "Moderated", "replies-only": "Replies only", "closed": "Closed"}


def load(db: Any, at: str, did: int | None) -> dict[str, Any]:
    return {
        "posts": posts.every(db),
        "rules": policy.load(db),
        "switch": closing.site_switch(db, at),
        "frame": door.frame(db, did),
    }


async def index(request: Request) -> Response:
    site, at = sites.of(request), sites.now()
    found = await site.store.read(load, at, door.did(request))
    problems = publishing.problems(site.settings)
    broken = {problem.path: problem.problem for problem in problems}
    return site.render.page(
        "admin/posts/index.html",
        **door.context(request, found["frame"], "posts"),
        rows=[row_context(site, row, found["rules"], at, broken.get(row["path"], "")) for row in found["posts"]],
        switch=switch_context(site, found["switch"]),
        problems=[{"path": problem.path, "line": problem.line, "sentence": problem.problem} for problem in problems],
    )


def row_context(site: Site, row: dict[str, Any], rules: Policy, at: str, problem: str = "") -> dict[str, Any]:
    facts = closing.facts(row)
    state = closing.state(facts, rules, at)
    due = row["status"] == "published" and row["published_at"] > at
    return {
        "slug": row["slug"],
        "title": row["title"],
        "url": discussion.address(site, row),
        "status": "scheduled" if due else row["status"],
        "published_on": site.render.day(row["published_at"]) if row["published_at"] else "",
        "thoughts": row["approved"],
        "waiting": row["waiting"],
        "waiting_url": f"/admin/comments?status=pending&post={row['slug']}",
        "mode": state.mode,
        "state_word": WORDS[state.mode],
        "cause": closing.because(state, facts, at),
        "override": closing.override(facts, rules, at),
        "overridden": facts.switch is not None,
        "by_site": state.cause == "site",
        "problem": problem,
    }


def switch_context(site: Site, switch: Closure | None) -> dict[str, str]:
    if switch is None or switch.mode == "open":
        return {
            "mode": "open",
            "sentence": "The whole site is open",
            "cause": "Every post follows its own state.",
        }
    sentences = {
        "closed": "Every discussion is closed",
        "replies-only": "Every discussion takes replies only",
        "moderated": "Every comment on the site is held",
    }
    until = f", until {site.render.moment(switch.until)}" if switch.until else ""
    who = switch.who or "the command line"
    return {
        "mode": switch.mode,
        "sentence": sentences[switch.mode],
        "cause": f"Set by {who} on {site.render.moment(switch.at)}{until}.",
    }
