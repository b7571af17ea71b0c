"""The queue, and one comment with all that is known of it."""

import json
import re
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog import comments, events, moderation, posts
from blog.markdown import plain_text
from blog.moderation import LISTED, PAGE, Decision, Selection
from blog.web import discussion
from blog.web import site as sites
from blog.web.admin import door
from blog.web.render import ago, counted
from blog.web.site import Site

TABS = (
    ("pending", "Pending"),
    ("approved", "Approved"),
    ("spam", "Spam"),
    ("trash", "Trash"),
    ("all", "All"),
)
LABELS = {
    "approve": ("Approve", "a"),
    "unapprove": ("Unapprove", "u"),
    "spam": ("Spam", "s"),
    "trash": ("Trash", "d"),
    "restore": ("Restore", ""),
    "delete": ("Delete", ""),
}
POSSIBLE = {
    "pending": ("approve", "spam", "trash"),
    "approved": ("unapprove", "spam", "trash"),
    "spam": ("approve", "restore", "delete"),
    "trash": ("approve", "restore", "delete"),
    "deleted": ("restore",),
    "all": ("approve", "unapprove", "spam", "trash"),
}
HEADINGS = {"approved": "approved", "spam": "in spam", "trash": "in the trash", "all": "approved or waiting"}


def selection_of(fields: Any) -> Selection:
    """Read the queue's filter from an address or a form; an unknown status shows what waits."""
    status = fields.get("status") or "pending"
    asof = fields.get("asof", "")
    return Selection(
        status if status in LISTED else "pending",
        fields.get("post", "")[:200],
        fields.get("q", "").strip()[:200],
        int(asof) if asof.isascii() and asof.isdigit() and len(asof) < 16 else None,
    )


async def index(request: Request) -> Response:
    """A page of the queue, newest first."""
    site, at = sites.of(request), sites.now()
    chosen = selection_of(request.query_params)
    after = request.query_params.get("after", "")
    before = int(after) if after.isascii() and after.isdigit() and len(after) < 16 else None
    found = await site.store.read(_load, chosen, before, door.did(request))
    return queue_page(request, site, chosen, found, before=before, at=at)


def _load(db: Any, chosen: Selection, before: int | None, did: int | None) -> dict[str, Any]:
    return {
        "rows": moderation.queue(db, chosen, before=before, limit=PAGE + 1),
        "counts": moderation.counts(db),
        "matching": moderation.matching(db, chosen),
        "posts": posts.every(db),
        "oldest": moderation.oldest_waiting(db),
        "frame": door.frame(db, did),
    }


def queue_page(
    request: Request, site: Site, chosen: Selection, found: dict[str, Any], *, before: int | None, at: str
) -> Response:
    kept = {name: value for name, value in (("post", chosen.post), ("q", chosen.search)) if value}
    rows, more = found["rows"][:PAGE], len(found["rows"]) > PAGE
    base = "/admin/comments?" + urlencode({"status": chosen.status, **kept})
    heading, lead = _heading(site, chosen, found, at)
    tabs = [
        {
            "label": label,
            "count": found["counts"][name],
            "current": name == chosen.status,
            "url": "/admin/comments?" + urlencode({"status": name, **kept}),
        }
        for name, label in TABS
    ]
    return site.render.page(
        "admin/comments/index.html",
        **door.context(request, found["frame"], "comments"),
        status=chosen.status,
        heading=heading,
        lead=lead,
        tabs=tabs,
        rows=[row_context(site, row, at) for row in rows],
        q=chosen.search,
        post=chosen.post,
        matching=found["matching"],
        asof=rows[0]["id"] if rows else 0,
        posts=[{"slug": each["slug"], "title": each["title"], "waiting": each["waiting"]} for each in found["posts"]],
        next_url=f"{base}&after={rows[-1]['id']}" if more else "",
        newest_url=base if before is not None else "",
        filter_query=[{"name": name, "value": value} for name, value in {"status": chosen.status, **kept}.items()],
        decisions=[decision(name) for name in POSSIBLE[chosen.status]],
    )


def _heading(site: Site, chosen: Selection, found: dict[str, Any], at: str) -> tuple[str, str]:
    if chosen.search:
        return f"{counted(found['matching'], 'comment')} with “{chosen.search}”", (
            "" if found["matching"] else f"Nothing found for “{chosen.search}”. Fewer words may help."
        )
    if chosen.status != "pending":
        return f"{counted(found['matching'], 'comment')} {HEADINGS[chosen.status]}", ""
    if not found["matching"]:
        return "Nothing waits", "" if chosen.post else "Every comment has been decided on."
    verb = "waits" if found["matching"] == 1 else "wait"
    oldest = found["oldest"]
    since = f"The oldest since {site.render.moment(oldest['created_at'])}." if oldest and not chosen.post else ""
    return f"{counted(found['matching'], 'comment')} {verb}", since


def decision(name: str) -> dict[str, str]:
    label, key = LABELS[name]
    return {"decision": name, "label": label, "key": key}


def row_context(site: Site, row: dict[str, Any], at: str) -> dict[str, Any]:
    """Return a comment as the desk shows it."""
    where = discussion.address(site, {"slug": row["post"], "published_at": row["post_published_at"]})
    parent = {
        "id": row["parent"],
        "author": row["parent_author"] or "Anonymous",
        "url": f"/admin/comments/{row['parent']}",
    }
    return {
        "id": row["id"],
        "status": row["status"],
        "author": row["author"] or "Anonymous",
        "email": row["email"],
        "author_url": row["url"],
        "author_host": urlsplit(row["url"]).hostname or row["url"],
        "ip": row["ip"],
        "created_at": row["created_at"],
        "created_on": site.render.moment(row["created_at"]),
        "ago": ago(row["created_at"], at),
        "post_title": row["post_title"],
        "post_url": where,
        "post_slug": row["post"],
        "parent": parent if row["parent"] else None,
        "text_html": led(row["text_html"]),
        "rule": row["rule"],
        "reason": row["reason"],
        "seen": f"{row['id']}:{row['status']}",
        "url": f"/admin/comments/{row['id']}",
        "public_url": f"/admin/comments/{row['id']}/place" if row["status"] == "approved" else "",
        "record": _record(row),
        "decisions": [decision(name) for name in POSSIBLE[row["status"]]],
    }


LINK = re.compile(r'<a href="([^"]*)"([^>]*)>(.*?)</a>', re.DOTALL)


def led(text_html: str) -> str:
    """Say at each link of a rendered comment where it leads, in short; a bare address says so itself."""

    def with_target(link: re.Match[str]) -> str:
        bare = link[3].startswith("http")
        to = "" if bare else re.sub(r"^https?://(www\.)?|/$", "", link[1])
        return f'<a href="{link[1]}" data-to="{to}"{link[2]}>{link[3]}</a>'

    return LINK.sub(with_target, text_html)


def _record(row: dict[str, Any]) -> str:
    """Say what else came from the same email, lately."""
    known = {status: n for status, n in json.loads(row["record"] or "{}").items() if status != "deleted"}
    if row["account_id"] is not None:
        return "of this site"
    if not known:
        return "first comment here"
    return ", ".join(
        f"{status} {known[status]:,}" for status in ("approved", "pending", "spam", "trash") if status in known
    )


def _load_one(db: Any, number: int, did: int | None) -> dict[str, Any]:
    row = moderation.comment(db, number)
    return {
        "row": row,
        "history": events.on_comment(db, number),
        "others": moderation.by_same_author(db, row),
        "frame": door.frame(db, did),
    }


async def show(request: Request) -> Response:
    """One comment: text, verdict, history, and what else came from the same browser, account or email."""
    site, at = sites.of(request), sites.now()
    found = await site.store.read(_load_one, request.path_params["id"], door.did(request))
    shared = sorted({other["by"][2:] for other in found["others"]})
    return site.render.page(
        "admin/comments/show.html",
        **door.context(request, found["frame"], "comments"),
        row=row_context(site, found["row"], at),
        history=[_event(site, event, found["row"]) for event in found["history"]],
        others=[_other(site, other) for other in found["others"]],
        others_by=f"the same {' or '.join(shared)}" if shared else "the same browser or email",
    )


def _event(site: Site, event: Any, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": event["at"],
        "on": site.render.moment(event["at"]),
        "who": event["who"] or ACTORS[event["source"]],
        "source": "" if event["who"] and event["source"] == "web" else "" if not event["who"] else event["source"],
        "sentence": happened(event, row),
        "reason": event["reason"],
        "batch": event["batch"],
    }


ACTORS = {"web": "a reader", "command": "the command line", "import": "an import", "rule": "a rule"}


def happened(event: Any, row: dict[str, Any]) -> str:
    """Say what one event did to a comment."""
    if event["kind"] in ("submit", "import"):
        rule = f" by {event['rule']}" if event["rule"] else ""
        return f"Came in, {event['after']}{rule}: {row['reason']}"
    if event["kind"] == "undo":
        return f"Undone: {event['before']} → {event['after'] or 'removed'}."
    return f"{Decision(event['kind']).value.capitalize()}: {event['before']} → {event['after']}."


def _other(site: Site, other: dict[str, Any]) -> dict[str, Any]:
    words = plain_text(other["text"])
    return {
        "id": other["id"],
        "status": other["status"],
        "author": other["author"] or "Anonymous",
        "created_on": site.render.moment(other["created_at"]),
        "post_title": other["post_title"],
        "excerpt": words if len(words) <= 160 else words[:157].rsplit(" ", 1)[0] + " …",
        "url": f"/admin/comments/{other['id']}",
    }


async def place(request: Request) -> Response:
    """Lead to where a comment stands on the site."""
    site = sites.of(request)
    number = request.path_params["id"]
    post, page = await site.store.read(_place, number, sites.now())
    url = discussion.page_address(discussion.address(site, post), page)
    return RedirectResponse(f"{url}#comment-{number}", 303)


def _place(db: Any, number: int, at: str) -> tuple[dict[str, Any], int]:
    moderation.comment(db, number)
    return comments.place(db, number, at=at)
