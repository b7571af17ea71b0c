"""The journal, newest first, narrowed by who, what, when and its subject, with Undo where an act can be taken back."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from blog import posts
from blog.journal import events, log
from blog.journal.log import KINDS, PAGE, Wanted
from blog.people import accounts
from blog.web import site as sites
from blog.web.admin import access
from blog.web.site import Site

ACTORS = {"web": "somebody", "command": "the command line", "import": "an import", "rule": "a rule"}
SOURCES = {"web": "the web", "command": "the command line", "import": "an import", "rule": "a rule"}
WHAT = {
    "decisions": "Decisions",
    "edits": "Edits, replies and moves",
    "senders": "Trust and bans",
    "switches": "Switches",
    "imports": "Imports",
    "undo": "Undo",
    "settings": "Settings",
    "accounts": "Accounts and sessions",
}
FIELDS = ("who", "kind", "source", "post", "since", "until")


def _load(db: Any, wanted: Wanted, before: int | None, did: int | None) -> dict[str, Any]:
    return {
        "rows": log.log(db, wanted, limit=PAGE + 1, before=before),
        "names": [row["name"] for row in accounts.every(db)],
        "title": posts.title(db, wanted.post) if wanted.post else "",
        "frame": access.frame(db, did),
    }


async def index(request: Request) -> Response:
    """A page of the log; what narrows it stands in the address."""
    site = sites.of(request)
    asked = {name: request.query_params.get(name, "").strip()[:200] for name in FIELDS}
    days = {name: _day(site, asked[name]) for name in ("since", "until")}
    kept = {name: value for name, value in asked.items() if value and days.get(name, value)}
    before = request.query_params.get("before", "")

    def known(name: str, names: Any) -> str:
        return asked[name] if asked[name] in names else ""

    wanted = Wanted(**{**asked, **days, "kind": known("kind", KINDS), "source": known("source", SOURCES)})
    found = await site.store.read(
        _load,
        wanted,
        int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None,
        access.did(request),
    )
    rows = found["rows"][:PAGE]
    older = urlencode({**kept, "before": rows[-1]["key"]}) if len(found["rows"]) > PAGE else ""
    return site.render.page(
        "admin/log.html",
        **access.context(request, found["frame"], "log"),
        entries=[_entry(site, row) for row in rows],
        older_url=f"/admin/log?{older}" if older else "",
        asked=asked,
        narrowed=bool(kept),
        title=found["title"],
        choices={"who": found["names"], "kind": WHAT, "source": SOURCES},
    )


def _day(site: Site, text: str) -> str:
    """Read a day as the moment at which it begins here; "" for what is no day."""
    try:
        return events.stamp(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=site.settings.zone))
    except (ValueError, OverflowError):
        return ""


def _entry(site: Site, row: dict[str, Any]) -> dict[str, Any]:
    undone = events.taken_back_by(row)
    reason = "" if row["batch"] is None else row["reason"]
    return {
        "batch": row["batch"],
        "at": row["at"],
        "on": site.render.moment(row["at"]),
        "who": row["who"] or ACTORS[row["source"]],
        "source": row["source"] if row["who"] and row["source"] != "web" else "",
        "sentence": events.sentence(row),
        "about_url": _about(row),
        "reason": reason,
        "undo": access.undo_label(row),
        "undone": f"Undone by batch {undone}" if undone else "",
        "undo_url": "" if undone or row["batch"] is None else f"/admin/batches/{row['batch']}/reversal",
    }


def _about(row: dict[str, Any]) -> str:
    """Return the page of an entry's one subject, "" where there are several."""
    if row["comment"] and row["moved"] == 1:
        return f"/admin/comments/{row['comment']}"
    return f"/admin/log?{urlencode({'post': row['post']})}" if row["post"] else ""
