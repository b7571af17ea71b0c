"""The log: the journal, newest first, with filters, and with Undo for one act or for several."""

import json
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from blog import posts
from blog.errors import Conflict, NotFound
from blog.journal import events, log
from blog.journal.acts import Acts, groups, sentence, who
from blog.journal.log import PAGE, LogFilter
from blog.people import accounts
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, decisions, layout
from blog.web.admin.access import Recent
from blog.web.site import Site
from blog.wording import N_, facts, gettext, ngettext, pgettext

ACTORS = {
    "web": N_("somebody"),
    "command": N_("the command line"),
    "import": N_("an import"),
    "rule": N_("a rule"),
    "webmention": N_("another site"),
    "mail": N_("mail"),
    "api": N_("a program"),
}
SOURCES = {**ACTORS, "web": N_("the web"), "webmention": N_("a mention"), "mail": N_("mail")}
FIELDS = ("who", "kind", "source", "post", "since", "until")
CHOICES = ("none", "all")  # with `several` in the address: which acts of the page are ticked at first


def _load(db: Any, acts: Acts, wanted: LogFilter, before: int | None, recent: Recent) -> dict[str, Any]:
    return {
        "rows": log.log(db, acts, wanted, limit=PAGE + 1, before=before),
        "names": [row["name"] for row in accounts.all_accounts(db)],
        "title": posts.title(db, wanted.post) if wanted.post else "",
        "frame": layout.frame(db, recent),
    }


async def index(request: Request) -> Response:
    """A page of the log; its filters are in the address."""
    site = sites.of(request)
    values = {name: request.query_params.get(name, "").strip()[:200] for name in FIELDS}
    days = {name: _day(site, values[name]) for name in ("since", "until")}
    query = {name: value for name, value in values.items() if value and days.get(name, value)}

    def choice(name: str, names: Any) -> str:
        return values[name] if values[name] in names else ""

    kinds = groups(site.acts)
    wanted = LogFilter(**{**values, **days, "kind": choice("kind", kinds), "source": choice("source", SOURCES)})
    data = await site.store.read(
        _load,
        site.acts,
        wanted,
        forms.number(request.query_params.get("before", "")),
        access.recent(request),
    )
    rows = data["rows"][:PAGE]
    older = urlencode({**query, "before": rows[-1]["key"]}) if len(data["rows"]) > PAGE else ""
    place = {**query, **({"before": before} if (before := request.query_params.get("before")) else {})}
    several = request.query_params.get("several", "")
    return site.render.page(
        "admin/log.html",
        **layout.context(request, data["frame"], "log"),
        days=_by_day([_entry(site, row) for row in rows]),
        older_url=f"/admin/log?{older}" if older else "",
        asked=values,
        narrowed=bool(query),
        several=several if several in CHOICES else "",
        several_urls={name: f"/admin/log?{urlencode({**place, 'several': name})}" for name in CHOICES},
        log_url=f"/admin/log?{urlencode(place)}" if place else "/admin/log",
        title=data["title"],
        choices={
            "who": data["names"],
            "kind": {name: gettext(label) for name, label in kinds.items()},
            "source": {name: gettext(label) for name, label in SOURCES.items()},
        },
    )


async def undo(request: Request) -> Response:
    """Undo the acts that were ticked, the newest first; say which were not undone, and why."""
    site = sites.of(request)
    form = await forms.read(request)
    ticked = {batch for value in form.getlist("batch") if (batch := forms.number(str(value)))}
    undone, left = [], []
    for batch in sorted(ticked, reverse=True)[:PAGE]:
        try:
            result, stayed = await decisions.undo_batch(request, batch)
        except (Conflict, NotFound) as refusal:
            left.append(refusal.sentence)
            continue
        undone.append(result["batch"])
        left += stayed
    frame = await site.store.read(layout.frame, access.recent(request))
    return site.render.page(
        "admin/undone.html",
        **{**layout.context(request, frame, "log"), "back": forms.back(forms.first(form), "/admin/log")},
        heading=_heading(len(undone)),
        sentences=left,
        again=undone,
    )


def _heading(undone: int) -> str:
    if undone == 0:
        return gettext("Nothing was undone")
    return ngettext("{n} act was undone", "{n} acts were undone", undone)


def _day(site: Site, text: str) -> str:
    """Return the moment at which a day begins in the site's time zone; "" for what is no day."""
    try:
        return events.stamp(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=site.settings.zone))
    except (ValueError, OverflowError):
        return ""


def _entry(site: Site, row: dict[str, Any]) -> dict[str, Any]:
    undone = events.undone_by(row)
    said = sentence(site.acts, row)
    reason = "" if row["batch"] is None else row["reason"]
    return {
        "batch": row["batch"],
        "at": row["at"],
        "on": site.render.moment(row["at"]),
        "by": _by(row),
        "sentence": said,
        "about_url": _about(row),
        "reason": reason,
        "undo": _undo_label(row),
        "undo_about": gettext(
            "{undo} batch {batch}: {sentence}", undo=_undo_label(row), batch=row["batch"], sentence=said
        ),
        "day": site.render.day(row["at"]),
        "clock": site.render.clock(row["at"]),
        "who": _who(row),
        "undone": gettext("Undone by batch {batch}", batch=undone) if undone else "",
        "undo_url": "" if undone or row["batch"] is None else f"/admin/batches/{row['batch']}/reversal",
    }


def _by_day(entries: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    return [(day, list(same)) for day, same in groupby(entries, lambda entry: str(entry["day"]))]


def _undo_label(row: dict[str, Any]) -> str:
    """Return the label of an act's button: the undo of an undo does the act again."""
    undid = json.loads(row["undid"]) if row["undid"] else None
    return gettext("Do it again") if undid and not undid["again"] else pgettext("verb", "Undo")


def _who(row: dict[str, Any]) -> str:
    if row["who"] and row["source"] == "mail":
        return gettext("by mail link of {name}", name=row["who"])
    return who(row) or gettext(ACTORS[row["source"]])


def _by(row: dict[str, Any]) -> str:
    """Say who did it, where that is not the desk, and in which batch."""
    parts = []
    if row["who"] and row["source"] not in ("web", "mail", "api"):
        parts.append(gettext(ACTORS[row["source"]]))
    if row["batch"]:
        parts.append(gettext("batch {batch}", batch=row["batch"]))
    return facts(parts)


def _about(row: dict[str, Any]) -> str:
    """Return the address of an entry's subject: a comment, the comments of a batch, or a post's part of the log."""
    if row["comment"] and row["moved"] == 1:
        return f"/admin/comments/{row['comment']}"
    if row["comment"] and row["batch"]:
        return f"/admin/comments?{urlencode({'q': 'batch:' + str(row['batch'])})}"
    return f"/admin/log?{urlencode({'post': row['post']})}" if row["post"] else ""
