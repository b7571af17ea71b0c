"""The journal, newest first, with Undo where an act can be taken back."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from blog import events
from blog.web import site as sites
from blog.web.admin import door
from blog.web.site import Site

PAGE = 50
ACTORS = {"web": "somebody", "command": "the command line", "import": "an import", "rule": "a rule"}


def _load(db: Any, before: str | None, did: int | None) -> dict[str, Any]:
    return {"rows": events.log(db, limit=PAGE + 1, before=before), "frame": door.frame(db, did)}


async def index(request: Request) -> Response:
    site = sites.of(request)
    before = request.query_params.get("before") or None
    found = await site.store.read(_load, before, door.did(request))
    rows = found["rows"][:PAGE]
    older = f"/admin/log?before={rows[-1]['at']}" if len(found["rows"]) > PAGE else ""
    return site.render.page(
        "admin/log.html",
        **door.context(request, found["frame"], "log"),
        entries=[_entry(site, row) for row in rows],
        older_url=older,
    )


def _entry(site: Site, row: dict[str, Any]) -> dict[str, Any]:
    undone = row["undone_by"] is not None
    reason = "" if row["batch"] is None else row["reason"]
    return {
        "batch": row["batch"],
        "at": row["at"],
        "on": site.render.moment(row["at"]),
        "who": row["who"] or ACTORS[row["source"]],
        "source": row["source"] if row["who"] and row["source"] != "web" else "",
        "sentence": events.sentence(row),
        "reason": reason,
        "undone": f"undone by batch {row['undone_by']}" if undone else "",
        "undo_url": "" if undone or row["batch"] is None else f"/admin/batches/{row['batch']}/reversal",
    }
