"""Templates, hashed assets, and how dates and numbers are written."""

import logging
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup
from starlette.responses import HTMLResponse

from blog import posts, wording
from blog.errors import BadLook
from blog.journal import events
from blog.rendering import languages
from blog.rendering.typesetting import is_from_right
from blog.settings import Settings
from blog.text import UNFIT_IN_PAGE
from blog.web.middleware import discovery
from blog.web.theme import environments, files
from blog.web.theme.files import Asset

log = logging.getLogger("blog")


class Renderer:
    """Render templates for one site. An asset's address holds a hash of its bytes: a changed file has a new address.

    The site's own templates go before the engine's. Where one of them fails, the last good templates render the page,
    else the engine's, and `problems` says why.
    """

    def __init__(self, settings: Settings, *, for_export: bool = False) -> None:
        self.settings = settings
        self.zone = settings.zone
        self._globals: dict[str, Any] = {
            "asset": self.asset,
            "has_asset": self.has_asset,
            "site": {
                "title": settings.title,
                "tagline": settings.tagline,
                "author": settings.author,
                "lang": settings.language,
                "url": settings.url,
                "xmlrpc": settings.xmlrpc,
            },
            "lang": settings.language,
            "from_right": is_from_right(settings.language),
            "nav": [],
            "noindex": False,
            "canonical": "",
            "for_export": for_export,
            "spoken": self.spoken,
            "language_of": self.language_of,
        }
        self._changing = Lock()
        self._environment = environments.engine_only(self._globals)
        self._theme = files.Theme()
        self._own = self._last_good = self._environment
        self._faults: dict[str, BadLook] = {}
        self.refresh()

    def adopt(self, settings: Settings) -> None:
        """Show the title, the tagline and the look of other settings from now on."""
        self.settings = settings
        self._globals["site"].update(title=settings.title, tagline=settings.tagline)
        self.refresh()

    def refresh(self) -> bool:
        """Read the site's own templates and files again; tell whether any of them changed."""
        with self._changing:
            before = self._theme
            theme = files.read(self.settings, before)
            logged = set(map(str, before.problems))
            for problem in theme.problems:
                if str(problem) not in logged:
                    log.warning("%s", posts.site_path(str(problem)))
            self._theme = theme
            if theme.templates != before.templates:
                if not self._faults:
                    self._last_good = self._own
                self._faults = {}
                self._own = self._environment
                if theme.templates:
                    self._own = environments.over_engine(self.settings.templates, theme.templates, self._globals)
            changed = theme.own_words.words != before.own_words.words or theme.assets != before.assets
            return changed or theme.templates != before.templates

    @property
    def own_words(self) -> Mapping[str, wording.Words]:
        """The site's own sentences, by language."""
        return self._theme.own_words.words

    @property
    def has_own_templates(self) -> bool:
        return bool(self._theme.templates)

    def problems(self) -> list[BadLook]:
        """Return the known problems of the site's own templates and files."""
        return [*self._theme.problems, *self._faults.values()]

    def text(self, template: str, **context: Any) -> str:
        return self.body(template, **context).decode()

    def body(self, template: str, **context: Any) -> bytes:
        return UNFIT_IN_PAGE.sub("", self._render(template, context)).encode()

    def _render(self, template: str, context: dict[str, Any]) -> str:
        """Render a page with the newest templates that work."""
        context = {"interface": interface_within(self.settings.language), **context}
        if not template.startswith(files.DESK):
            chosen = self._own
            for environment in dict.fromkeys((chosen, self._last_good)):
                if environment is self._environment:
                    break
                try:
                    return environment.get_template(template).render(**context)
                except environments.FAULTS as error:
                    if environment is chosen:
                        self._note(
                            environments.fault(error, template, self.settings.templates, {**self._globals, **context})
                        )
        return self._environment.get_template(template).render(**context)

    def _note(self, problem: BadLook) -> None:
        if str(problem) not in self._faults:
            self._faults = {**self._faults, str(problem): problem}
            log.warning("%s", posts.site_path(str(problem)))

    def page(
        self, template: str, *, code: int = 200, headers: dict[str, str] | None = None, **context: Any
    ) -> HTMLResponse:
        """Answer with a private page, which no cache stores. `code` is the HTTP status."""
        out = {"Cache-Control": "private, no-store", "Vary": "Accept-Encoding, Cookie", **(headers or {})}
        if not template.startswith(files.DESK):
            out |= discovery.link(self.settings, out.get("Link", ""))
        return HTMLResponse(self.body(template, **context), status_code=code, headers=out)

    def spoken(self, text: str, post_language: str = "") -> str:
        """Return the attributes of an element with a stranger's text: its language, and that its letters turn it.

        What is in the language of all around it needs no more.
        """
        spoken = self.language_of(text, post_language)
        around = {tag.lower().split("-")[0] for tag in (self.settings.language, wording.tag(), spoken)}
        return Markup(' dir="auto"') if len(around) == 1 else Markup(' lang="{}" dir="auto"').format(spoken)

    def language_of(self, text: str, post_language: str = "") -> str:
        """Return the language of a stranger's text: that of the post that it is about, else the site's, if it fits."""
        own = self.settings.language
        return languages.language_of(text, post_language or own, own)

    def asset(self, name: str) -> str:
        asset = self._theme.assets.get(name)
        return f"/static/{files.hashed(name, asset) if asset else name}"

    def has_asset(self, name: str) -> bool:
        return name in self._theme.assets

    def asset_names(self) -> list[str]:
        """Return the names of all files of `static/` that readers' pages may need."""
        return [name for name in self._theme.assets if not name.startswith("admin.")]

    def asset_file(self, path: str) -> tuple[Asset, bool] | None:
        """Return the file of an asset's address, and whether the address holds its hash (and may be kept for ever)."""
        assets = self._theme.assets
        if path in assets:
            return assets[path], False
        stem, dot, ending = path.rpartition(".")
        name, _, digest = stem.rpartition(".")
        asset = assets.get(f"{name}{dot}{ending}")
        if asset is None or (asset.digest != digest and path not in self._theme.former):
            return None
        return asset, asset.digest == digest and asset.is_unchanged()

    def day(self, at: str) -> str:
        """Write a date: 7 May 2026."""
        return wording.date(self.local(at))

    def moment(self, at: str) -> str:
        """Write a date and time: 7 May 2026, 09:31."""
        return _moment(at, self.zone, wording.tag())

    def moment_after(self, at: str, beginning: str) -> str:
        """Write a date and time, without the year where it is the one of the beginning: 7 May, 09:31."""
        return _moment(at, self.zone, wording.tag(), at[:4] == beginning[:4])

    def clock(self, at: str) -> str:
        return wording.time(self.local(at))

    def local(self, at: str) -> datetime:
        return events.moment(at).astimezone(self.zone)


@lru_cache(8_192)
def _moment(at: str, zone: ZoneInfo, language: str, short: bool = False) -> str:
    local = events.moment(at).astimezone(zone)
    return wording.day_and_time(local) if short else wording.date_and_time(local)


def interface_within(around: str) -> str:
    """Return the attributes of the engine's own words within something that is in another language."""
    language = wording.tag()
    if around.lower().split("-")[0] == language.split("-")[0]:
        return Markup("")
    return Markup(f' lang="{language}" dir="{"rtl" if is_from_right(language) else "ltr"}"')


def thoughts(count: int) -> str:
    return wording.ngettext("One thought", "{n} thoughts", count) if count else ""


def thoughts_on(title: str, count: int) -> str:
    if not count:
        return ""
    return wording.ngettext("One thought on “{title}”", "{n} thoughts on “{title}”", count, title=title)


def ago(at: str, now: str) -> str:
    """Write how long ago something was: 3 min, 2 h, 5 d."""
    return wording.ago((events.moment(now) - events.moment(at)).total_seconds())
