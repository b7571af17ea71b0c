"""The site at the desk: its title, tagline and look, which are written into blog.toml, its menu and its pages."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog import colours, posts, site_settings
from blog import settings as deployment
from blog.errors import AfterwordError, Conflict, Invalid, Refused, Unusable
from blog.journal.events import Actor
from blog.posts import menu
from blog.publishing import menu as menus
from blog.publishing.menu import Place
from blog.publishing.program_posts import Writer
from blog.site_settings import LABELS, NAMES, Overtaken, SiteFile
from blog.web import forms, post_context
from blog.web import site as sites
from blog.web.admin import access, layout, post_filter
from blog.web.admin.access import Recent
from blog.web.admin.posts import status_name
from blog.web.site import Site
from blog.wording import N_, gettext

URL = "/admin/settings/site"
HELP = {
    "title": N_("The name of the site: at the top of each page, in feeds, and in mails."),
    "tagline": N_("A sentence about the site, on the front page and for search engines. It may be empty."),
    "accent": N_("The colour of links and marks, like #0b6b4f. Empty: red. On dark pages it is lighter where needed."),
    "typeface": N_("The letters in which posts and comments are set."),
}
TYPEFACES = (("serif", N_("with serifs")), ("sans", N_("without serifs, as the reader's system has them")))
MESSAGES = {"saved": N_("Saved. All pages show it now."), "same": N_("Nothing to change."), "menu": N_("Menu saved.")}


@dataclass(frozen=True)
class SiteForm:
    """What was typed, what is wrong with it, and why nothing could be saved; empty, it shows what the file says.

    `seen` are the values of the file to which the person has agreed by looking at them.
    """

    typed: Mapping[str, str] = field(default_factory=dict)
    seen: Mapping[str, str] | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[int, Place] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    status: int = 200


async def edit(request: Request) -> Response:
    """The settings, what they were before, and the menu."""
    return await _page(request, SiteForm())


async def update(request: Request) -> Response:
    """Write what was typed into blog.toml; all pages of this worker show it at once, those of others a moment later."""
    site, fields = sites.of(request), await forms.fields(request)
    typed, seen = {name: fields[name] for name in NAMES if name in fields}, _seen(fields.get("was", ""))
    try:
        changed = await run_in_threadpool(_change, site, typed, seen, access.by(request))
        if changed:
            await site.adopt(await run_in_threadpool(deployment.load, site.settings.root))
    except Invalid as error:
        return await _refused(request, error, SiteForm(typed, seen, error.errors, status=422))
    except Overtaken as error:
        told = {name: gettext("Meanwhile it became “{value}”.", value=error.values[name]) for name in error.names}
        return await _refused(
            request, error, SiteForm(typed, error.values, told, problems=(error.sentence,), status=409)
        )
    except Unusable as error:
        return await _refused(
            request, Conflict(error.sentence), SiteForm(typed, seen, problems=(error.sentence,), status=409)
        )
    except Refused as error:
        return await _refused(request, error, SiteForm(typed, seen, problems=(error.sentence,), status=error.status))
    return RedirectResponse(f"{URL}?said={'saved' if changed else 'same'}", 303)


def _change(site: Site, typed: Mapping[str, str], seen: Mapping[str, str], by: Actor) -> list[str]:
    with site.store.another() as db:
        return site_settings.change(db, site.settings.root, typed, seen, by=by)


def _seen(text: str) -> dict[str, str]:
    """Read the values that a form had shown; {} for what is none."""
    try:
        values = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return {name: str(values[name]) for name in NAMES if name in values} if isinstance(values, dict) else {}


async def _refused(request: Request, error: Refused, form: SiteForm) -> Response:
    if forms.wants_json(request):
        raise error
    return await _page(request, form)


async def arrange(request: Request) -> Response:
    """Write the places in the menu that were changed into the files of the pages."""
    site, fields = sites.of(request), await forms.fields(request)
    places = {
        number: Place(value.strip(), fields.get(f"seen-{number}", "").strip())
        for name, value in fields.items()
        if name.startswith("place-") and (number := forms.number(name.removeprefix("place-")))
    }
    try:
        problems = await run_in_threadpool(_arrange, site, places, access.by(request))
    except Invalid as error:
        return await _refused(request, error, SiteForm(errors=error.errors, places=places, status=422))
    if problems:
        form = SiteForm(problems=tuple(problems), places=places, status=409)
        return await _refused(request, Conflict(" ".join(problems)), form)
    return RedirectResponse(f"{URL}?said=menu#menu", 303)


def _arrange(site: Site, places: Mapping[int, Place], by: Actor) -> list[str]:
    with site.store.another() as db:
        return menus.arrange(db, site.settings, menu.pages(db), places, Writer(by))


async def _page(request: Request, form: SiteForm) -> Response:
    site = sites.of(request)
    changes, pages, frame = await site.store.read(_load, access.recent(request))
    problems, readable = list(form.problems), True
    try:
        file = await run_in_threadpool(site_settings.read, site.settings.root)
    except AfterwordError as error:
        file = SiteFile(site_settings.values_of(site.settings), ())
        problems, readable = problems or [error.sentence], False  # nothing can be written before it is mended
    return site.render.page(
        "admin/site.html",
        code=form.status,
        **layout.context(request, frame, "settings", message=gettext(MESSAGES.get(_said(request), ""))),
        fields=[_field(site, name, file, form) for name in NAMES],
        was=dict(form.seen or file.values),
        readable=readable,
        problems=problems,
        swatch=_swatch(file.values["accent"]),
        changes=[_former(site, row) for row in changes],
        entries=[_entry(site, row, form) for row in pages],
        wrong_menu=form.errors.get("menu", ""),
    )


def _load(db: Database, recent: Recent) -> tuple[list[dict[str, str]], list[menu.MenuPage], Any]:
    return site_settings.changes(db), menu.pages(db), layout.frame(db, recent)


def _said(request: Request) -> str:
    return request.query_params.get("said", "")


def _field(site: Site, name: str, file: SiteFile, form: SiteForm) -> dict[str, Any]:
    stands = str(getattr(site.settings, name)) if name in file.fixed else file.values[name]
    return {
        "name": name,
        "label": gettext(LABELS[name]),
        "help": gettext(HELP[name]),
        "value": form.typed.get(name, stands),
        "error": form.errors.get(name, ""),
        "fixed": name in file.fixed,
        "longest": site_settings.LONGEST.get(name, 0),
        "choices": [(value, gettext(label)) for value, label in TYPEFACES] if name == "typeface" else [],
    }


def _swatch(accent: str) -> list[tuple[str, str]]:
    """Return paper and colour as they are on light and on dark pages; none for the engine's own colour."""
    if not colours.COLOUR.fullmatch(accent):
        return []
    return [(colours.PAPER, accent), (colours.DARK_PAPER, colours.in_the_dark(accent))]


def _former(site: Site, row: Mapping[str, str]) -> dict[str, Any]:
    return {
        **row,
        "sentence": site_settings.CHANGE.sentence({**row, "reason": row["name"]}),
        "on": site.render.moment(row["at"]),
        "who": row["who"] or gettext("the command line"),
        "was": {row["name"]: row["after"]},
    }


def _entry(site: Site, row: menu.MenuPage, form: SiteForm) -> dict[str, Any]:
    seen = "" if row["menu"] is None else str(row["menu"])
    status = post_filter.status_of(row, sites.now())
    return {
        "id": row["id"],
        "title": row["title"],
        "path": posts.site_path(row["path"]),
        "place": place.typed if (place := form.places.get(row["id"])) else seen,
        "seen": place.seen if place else seen,
        "status": "" if status == "published" else status_name(status),
        "url": post_context.address(site, {**row, "kind": "page"}) if status == "published" else "",
        "edit_url": f"/admin/posts/{row['slug']}/edit",
    }
