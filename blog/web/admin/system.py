"""The page of the server: what is wrong and what to do, then its figures. For administrators, who can mend it."""

import os
from typing import Any

from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog import version
from blog.journal import events
from blog.operation import known_problems, problems
from blog.operation.condition import Condition, Sending
from blog.storage import lock, store
from blog.web import operating
from blog.web import site as sites
from blog.web.admin import access, layout
from blog.web.admin.access import Recent
from blog.web.render import ago
from blog.web.site import Site
from blog.wording import N_, facts, gettext, ngettext, number, size

KINDS = {
    "mail": N_("Mail"),
    "webhook": N_("Webhooks"),
    "webmention": N_("Mentions to other sites"),
    "websub": N_("The hub of the feeds"),
    "purge": N_("Caches in front of the site"),
}
PAGES = {"mail": "/admin/mail", "webhook": "/admin/webhooks", "webmention": "/admin/mentions"}


async def show(request: Request) -> Response:
    """What is wrong, and the figures of the program, its disk, its backups, what it sends, and its address."""
    site = sites.of(request)
    found = await operating.read(site)
    since, frame = await site.store.read(_load, access.recent(request))
    return site.render.page(
        "admin/system.html",
        **layout.context(request, frame, "settings", message=_said(request)),
        problems=[_problem(site, each, since) for each in problems.find(found)],
        groups=[
            {"title": gettext("Program"), "rows": _program(site)},
            {"title": gettext("Disk"), "rows": _disk(found)},
            {"title": gettext("Backup and check"), "rows": [_backup(site, found), _check(site, found)]},
            {"title": gettext("Sending"), "rows": _sending(site, found)},
            {"title": gettext("Address"), "rows": _address(site, found)},
        ],
        secure=site.settings.secure and not site.store.read_only,
    )


async def look_at_certificate(request: Request) -> Response:
    """Ask for the certificate of the site's address now."""
    await operating.look_at_certificate(sites.of(request))
    return RedirectResponse("/admin/system?said=certificate#address", 303)


def _said(request: Request) -> str:
    return gettext("Asked for the certificate.") if request.query_params.get("said") == "certificate" else ""


def _load(db: Database, recent: Recent) -> tuple[dict[str, str], Any]:
    return known_problems.since(db), layout.frame(db, recent)


def _problem(site: Site, problem: problems.Problem, since: dict[str, str]) -> dict[str, str]:
    what, cure = problems.describe(problem, site.render.moment)
    known = since.get(problem.name, "")
    return {"what": what, "cure": cure, "since": site.render.moment(known) if known else ""}


Row = dict[str, str]


def _row(label: str, value: str, about: str = "", url: str = "") -> Row:
    return {"label": label, "value": value, "about": about, "url": url}


def _program(site: Site) -> list[Row]:
    workers = int(os.environ.get("BLOG_WORKERS", "1"))
    leader = lock.holder(site.settings.database.resolve().with_name(f"{site.settings.database.name}.jobs"))
    if site.store.read_only:
        jobs = gettext("none: this server only reads")
    elif leader is None:
        jobs = gettext("nobody does them just now")
    else:
        jobs = gettext("process {process}", process=str(leader))
    return [
        _row(gettext("Version"), version()),
        _row("SQLite", store.version(), store.caution()),
        _row(
            gettext("Workers"),
            number(workers),
            gettext("This page came from process {process}.", process=str(os.getpid())),
        ),
        _row(gettext("Background jobs"), jobs),
    ]


def _disk(found: Condition) -> list[Row]:
    disk = found.disk
    return [
        _row(gettext("Database"), size(disk.database)),
        _row(gettext("Log of the database"), size(disk.log), gettext("It is brought into the database now and then.")),
        _row(gettext("Free space"), size(disk.free), gettext("of {whole}", whole=size(disk.whole))),
    ]


def _age(at: str, now: str) -> str:
    """Write how long ago something was done: 3 h ago."""
    time, seconds = ago(at, now), (events.moment(now) - events.moment(at)).total_seconds()
    return gettext("{time} ago", time=time) if seconds >= 60 else time


def _backup(site: Site, found: Condition) -> Row:
    record, label = found.records.get("backup"), gettext("Last backup")
    if record is None:
        return _row(label, gettext("none"), gettext("Made with “blog backup”, on the server."))
    if not record.good_at:
        return _row(
            label, gettext("none"), gettext("The last try, on {day}, failed.", day=site.render.moment(record.at))
        )
    parts = [site.render.moment(record.good_at)]
    if record.good:
        parts += [size(record.facts.get("size", 0)), str(record.facts.get("path", ""))]
    return _row(label, _age(record.good_at, found.at), facts(parts))


def _check(site: Site, found: Condition) -> Row:
    record, label = found.records.get("check"), gettext("Last check")
    if record is None:
        return _row(label, gettext("none"), gettext("Done with “blog check”, on the server."))
    count = int(record.facts.get("problems", 0))
    result = ngettext("{n} problem", "{n} problems", count) if count else gettext("no problems")
    return _row(label, _age(record.at, found.at), facts([site.render.moment(record.at), result]))


def _sending(site: Site, found: Condition) -> list[Row]:
    by_kind = {each.kind: each for each in found.outbox}
    shown = [kind for kind in KINDS if kind in by_kind or (kind == "mail" and found.sends_mail)]
    rows = [_kind(site, kind, by_kind.get(kind)) for kind in shown]
    if not found.sends_mail:
        rows.append(_row(gettext(KINDS["mail"]), gettext("not set up"), gettext("The guide on mail says how.")))
    return rows


def _kind(site: Site, kind: str, sending: Sending | None) -> Row:
    if sending is None:
        return _row(gettext(KINDS[kind]), gettext("nothing waits"), url=PAGES.get(kind, ""))
    counts = [
        ngettext("{n} to send", "{n} to send", sending.waiting),
        ngettext("{n} given up", "{n} given up", sending.failed) if sending.failed else "",
    ]
    return _row(gettext(KINDS[kind]), facts(filter(None, counts)), sending.error, PAGES.get(kind, ""))


def _address(site: Site, found: Condition) -> list[Row]:
    rows = [_row("url", site.settings.url or gettext("not set"))]
    record = found.records.get("certificate")
    if site.settings.secure and record and record.facts.get("url") == site.settings.url:
        asked = gettext("Asked on {day}.", day=site.render.moment(record.at))
        if record.facts.get("until"):
            value = gettext("until {day}", day=site.render.day(record.facts["until"]))
        elif record.facts.get("refused"):
            value = gettext("refused")
            asked = f"{record.facts['refused']}. {asked}"
        else:
            value = gettext("unknown")
            asked = f"{record.facts.get('unknown', '')} {asked}".strip()
        rows.append(_row(gettext("Certificate"), value, asked))
    elif site.settings.secure:
        rows.append(_row(gettext("Certificate"), gettext("not asked yet")))
    return rows
