"""What every page of the desk shows: who is signed in, how many comments wait, and what was just done."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.requests import Request

from blog import moderation
from blog.journal import events
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, public_effect
from blog.web.admin.access import Permission

SHOWN_PERMISSIONS: tuple[Permission, ...] = ("site", "publish", "settings", "users")  # that decide about links
MESSAGES = {
    "later": "Left for later: it stands at the end of the queue.",
    "now": "No longer left for later.",
    "note": "The note is kept for colleagues.",
}
RESULT_PARAMETERS = ("did", "left", "said")  # of an address: what was just done


def frame(db: Any, batch: int | None) -> dict[str, Any]:
    """Gather what every page of the desk shows: how many wait, and what was just done."""
    done = events.batch(db, batch) if batch else None
    now = (events.taken_back_by(done) or done["id"]) if done else None
    return {
        "waiting": moderation.counts(db)["pending"],
        "did": done,
        "effects": moderation.effects(db, now) if now else [],
    }


def context(request: Request, framed: dict[str, Any], current: str, *, said: str = "") -> dict[str, Any]:
    """Return the variables of the desk's layout; `did=N` in the address shows what batch N did, with Undo."""
    account = access.me(request)
    return {
        "me": {"name": account["name"], "role": account["role"]},
        "may": {what: access.may(request, what) for what in SHOWN_PERMISSIONS},
        "current": current,
        "waiting": framed["waiting"] if not access.owner(request) else request.state.waiting,
        "flash": {"sentence": said, "undo_url": "", "shown": None} if said else _flash(request, framed),
        "back": here(request),
        "keys": "on" if account["keys"] else "off",
        "trouble": sites.of(request).store.trouble,
    }


def _flash(request: Request, framed: dict[str, Any]) -> dict[str, Any] | None:
    """Say what was just done, of how many comments it was not done, and offer to take it back."""
    done, left = framed["did"], _left(request)
    if done:
        undone = events.taken_back_by(done) is not None
        sentence = events.undone(done) if undone else events.sentence(done)
        return {
            "sentence": f"{sentence}{'' if undone else left}",
            "undo_url": "" if undone else f"/admin/batches/{done['id']}/reversal",
            "undo": undo_label(done),
            "shown": public_effect.to_readers(sites.of(request), framed["effects"]),
        }
    if beside := MESSAGES.get(request.query_params.get("said", "")):
        return {"sentence": beside, "undo_url": "", "shown": None}
    if request.query_params.get("did") != "0":
        return None
    return {"sentence": f"Nothing was changed.{left or ' It is like this already.'}", "undo_url": "", "shown": None}


def _left(request: Request) -> str:
    """Say how many of “All that match” were left as they are."""
    count = forms.number(request.query_params.get("left", ""))
    if not count:
        return ""
    if count == 1:
        return " One comment was left alone: it was like this already, or was changed after this list was made."
    return (
        f" {count:,} comments were left alone: they were like this already, or were changed after this list was made."
    )


def undo_label(batch: Mapping[str, Any]) -> str:
    """Name the button that takes a batch back: what was undone is done again."""
    undid = json.loads(batch["undid"]) if batch["undid"] else None
    return "Do it again" if undid and not undid["again"] else "Undo"


def here(request: Request) -> str:
    """Return the address of this page without what was just done."""
    stays = [(name, value) for name, value in request.query_params.multi_items() if name not in RESULT_PARAMETERS]
    query = "&".join(f"{quote(name)}={quote(value)}" for name, value in stays)
    return f"{request.scope['path']}{'?' + query if query else ''}"


def with_batch(path: str, batch: int | None, *, left: int = 0) -> str:
    """Add to an address what was just done, and of how many comments that was not done."""
    return _with(path, f"did={batch or 0}{f'&left={left}' if left else ''}")


def with_message(path: str, name: str) -> str:
    """Add to an address what was done that makes no batch: one of MESSAGES."""
    return _with(path, f"said={name}")


def _with(path: str, done: str) -> str:
    path, _, place = path.partition("#")
    return f"{path}{'&' if '?' in path else '?'}{done}{'#' + place if place else ''}"
