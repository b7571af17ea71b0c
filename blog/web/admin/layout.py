"""What every page of the desk shows: who is signed in, how many comments wait, and what was just done."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.requests import Request

from blog import moderation
from blog.journal import acts, events
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, public_effect
from blog.web.admin.access import Permission, Recent
from blog.wording import N_, gettext, ngettext, pgettext

SHOWN_PERMISSIONS: tuple[Permission, ...] = ("site", "publish", "settings", "users")  # that decide about links
MESSAGES = {
    "later": N_("Left for later: it is now at the end of the queue."),
    "now": N_("No longer marked for later."),
    "note": N_("Note saved."),
}
RESULT_PARAMETERS = ("did", "left", "said")  # of an address: what was just done


def frame(db: Any, recent: Recent) -> dict[str, Any]:
    """Load what every page of the desk shows: how many comments wait, and what was done last."""
    done = events.batch(db, recent.batch) if recent.batch else None
    now = (events.undone_by(done) or done["id"]) if done else None
    own = events.last_acts(db, recent.account, since=recent.since)
    stands = events.batch(db, own["stands"]) if own["stands"] else None
    return {
        "waiting": moderation.counts(db)["pending"],
        "did": done,
        "effects": moderation.effects(db, now) if now else [],
        "stands": stands,
        "before": events.statuses_before(db, stands["id"]) if stands else [],
        "undo": own["undo"],
    }


def context(request: Request, data: dict[str, Any], current: str, *, message: str = "") -> dict[str, Any]:
    """Return the variables of the desk's layout; `did=N` in the address shows what batch N did, with Undo."""
    account = access.me(request)
    return {
        "me": {"name": account["name"], "role": account["role"], "role_name": access.role_name(account["role"])},
        "may": {what: access.may(request, what) for what in SHOWN_PERMISSIONS},
        "current": current,
        "waiting": data["waiting"] if not access.owner(request) else request.state.waiting,
        "flash": {"sentence": message, "undo_url": "", "shown": None} if message else _flash(request, data),
        "last": _last(request, data),
        "redo_url": f"/admin/batches/{data['undo']}/reversal" if data["undo"] else "",
        "back": page_address(request),
        "keys": "on" if account["keys"] else "off",
        "trouble": gettext(sites.of(request).store.trouble),
    }


ASKS_AFTER_SECONDS, ASKS_ABOVE = 3_600, 50  # an older act, or one on more comments, is undone after a question


def _last(request: Request, data: dict[str, Any]) -> dict[str, Any] | None:
    """Say what this person did last, and offer its Undo, with a question before that of an old or a large act."""
    done, site = data["stands"], sites.of(request)
    act = acts.find(site.acts, done["kind"]) if done else None
    if not done or not act or not act.undo:
        return None
    age = (events.moment(sites.now()) - events.moment(done["at"])).total_seconds()
    return {
        "sentence": gettext("{time}: {act}", time=site.render.clock(done["at"]), act=acts.sentence(site.acts, done)),
        "url": f"/admin/batches/{done['id']}/reversal",
        "asks": age > ASKS_AFTER_SECONDS or done["moved"] > ASKS_ABOVE,
        "effect": undo_effect(done, data["before"]),
    }


def undo_effect(done: Mapping[str, Any], before: list[str]) -> str:
    """Say what comes back when a batch is undone; `before` are the statuses that its comments had."""
    if before == ["pending"]:
        return ngettext("It will wait again.", "They will wait again.", done["moved"])
    if before == ["approved"]:
        return ngettext("It will be public again.", "They will be public again.", done["moved"])
    return ""


def _flash(request: Request, data: dict[str, Any]) -> dict[str, Any] | None:
    """Say what was just done, how many comments were left out, and offer Undo."""
    done, left_out = data["did"], _left_out(request)
    if done:
        undone = events.undone_by(done) is not None
        sentence = (acts.undone_sentence if undone else acts.sentence)(sites.of(request).acts, done)
        return {
            "sentence": sentence if undone or not left_out else f"{sentence} {left_out}",
            "undo_url": "" if undone else f"/admin/batches/{done['id']}/reversal",
            "undo": undo_label(done),
            "shown": public_effect.describe(sites.of(request), data["effects"]),
        }
    if message := MESSAGES.get(request.query_params.get("said", "")):
        return {"sentence": gettext(message), "undo_url": "", "shown": None}
    if request.query_params.get("did") != "0":
        return None
    return {
        "sentence": " ".join(filter(None, (gettext("Nothing to change."), left_out))),
        "undo_url": "",
        "shown": None,
    }


def _left_out(request: Request) -> str:
    """Say how many of “All that match” were not changed."""
    count = forms.number(request.query_params.get("left", ""))
    if not count:
        return ""
    return ngettext(
        "One comment was not changed: it had this status already, or was changed after this list was made.",
        "{n} comments were not changed: they had this status already, or were changed after this list was made.",
        count,
    )


def undo_label(batch: Mapping[str, Any]) -> str:
    """Return the label of a batch's undo button: the undo of an undo does it again."""
    undid = json.loads(batch["undid"]) if batch["undid"] else None
    return gettext("Redo") if undid and not undid["again"] else pgettext("verb", "Undo")


def page_address(request: Request) -> str:
    """Return the address of this page without the parameters of the last act."""
    others = [(name, value) for name, value in request.query_params.multi_items() if name not in RESULT_PARAMETERS]
    query = "&".join(f"{quote(name)}={quote(value)}" for name, value in others)
    return f"{request.scope['path']}{'?' + query if query else ''}"


def with_batch(path: str, batch: int | None, *, left_out: int = 0) -> str:
    """Add to an address the batch that was just made, and how many comments it left out."""
    return _with(path, f"did={batch or 0}{f'&left={left_out}' if left_out else ''}")


def with_message(path: str, name: str) -> str:
    """Add to an address what was done that makes no batch: one of MESSAGES."""
    return _with(path, f"said={name}")


def _with(path: str, done: str) -> str:
    path, _, place = path.partition("#")
    return f"{path}{'&' if '?' in path else '?'}{done}{'#' + place if place else ''}"
