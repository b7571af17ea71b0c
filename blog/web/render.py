"""Templates, hashed assets, and how dates and numbers are written."""

import logging
import math
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup
from starlette.responses import HTMLResponse

from blog import posts
from blog.errors import BadLook
from blog.journal import events
from blog.posts.keys import UNFIT
from blog.settings import Settings
from blog.web.theme import environments, files
from blog.web.theme.files import Asset

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
log = logging.getLogger("blog")


class Renderer:
    """Render templates for one site. An asset's address holds a hash of its bytes: a changed file has a new address.

    The site's own templates go before the engine's. Where one of them breaks, the page is made as it was before, else
    with the engine's alone, and `problems` tells why.
    """

    def __init__(self, settings: Settings, *, copied: bool = False) -> None:
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
            },
            "lang": settings.language,
            "english": in_english(settings.language),
            "nav": [],
            "noindex": False,
            "canonical": "",
            "copied": copied,
        }
        self._changing = Lock()
        self._environment = environments.engine_only(self._globals)
        self._look = files.Look()
        self._own = self._last_good = self._environment
        self._faults: dict[str, BadLook] = {}
        self.refresh()

    def refresh(self) -> bool:
        """Look anew at the site's own templates and files; tell whether pages may now be others than before."""
        with self._changing:
            before = self._look
            found = files.read(self.settings, before)
            said = set(map(str, before.problems))
            for problem in found.problems:
                if str(problem) not in said:
                    log.warning("%s", posts.site_path(str(problem)))
            self._look = found
            if found.templates != before.templates:
                if not self._faults:
                    self._last_good = self._own
                self._faults = {}
                self._own = self._environment
                if found.templates:
                    self._own = environments.over_engine(self.settings.templates, found.templates, self._globals)
            return found.templates != before.templates or found.assets != before.assets

    @property
    def has_own_templates(self) -> bool:
        return bool(self._look.templates)

    def problems(self) -> list[BadLook]:
        """Return what is wrong with the site's own templates and files, as far as it is known."""
        return [*self._look.problems, *self._faults.values()]

    def text(self, template: str, **context: Any) -> str:
        return self.body(template, **context).decode()

    def body(self, template: str, **context: Any) -> bytes:
        return UNFIT.sub("", self._made(template, context)).encode()  # neither HTML nor XML can hold those characters

    def _made(self, template: str, context: dict[str, Any]) -> str:
        """Render a page with the newest templates that can render it."""
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
        """Answer with a page that is nobody else's: never stored by any cache. `code` is the HTTP status."""
        out = {"Cache-Control": "private, no-store", "Vary": "Accept-Encoding, Cookie", **(headers or {})}
        return HTMLResponse(self.body(template, **context), status_code=code, headers=out)

    def asset(self, name: str) -> str:
        found = self._look.assets.get(name)
        return f"/static/{files.hashed(name, found) if found else name}"

    def has_asset(self, name: str) -> bool:
        return name in self._look.assets

    def asset_names(self) -> list[str]:
        """Return the names of all files of `static/` that readers' pages may need."""
        return [name for name in self._look.assets if not name.startswith("admin.")]

    def asset_file(self, path: str) -> tuple[Asset, bool] | None:
        """Return the file of an asset's address, and whether the address holds its hash (and may be kept for ever)."""
        assets = self._look.assets
        if path in assets:
            return assets[path], False
        stem, dot, ending = path.rpartition(".")
        name, _, digest = stem.rpartition(".")
        found = assets.get(f"{name}{dot}{ending}")
        if found is None or (found.digest != digest and path not in self._look.former):
            return None
        return found, found.digest == digest and found.is_as_it_was()

    def day(self, at: str) -> str:
        """Write a date: 7 May 2026."""
        local = self.local(at)
        return f"{local.day} {MONTHS[local.month - 1]} {local.year}"

    def moment(self, at: str) -> str:
        """Write a date and time: 7 May 2026, 09:31."""
        return _moment(at, self.zone)

    def clock(self, at: str) -> str:
        return f"{self.local(at):%H:%M}"

    def local(self, at: str) -> datetime:
        return events.moment(at).astimezone(self.zone)


@lru_cache(8_192)
def _moment(at: str, zone: ZoneInfo) -> str:
    local = events.moment(at).astimezone(zone)
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}, {local.hour:02}:{local.minute:02}"


def in_english(around: str) -> str:
    """Return the attributes of what the engine says, which is English, within a text in another language."""
    return Markup("") if around.lower().split("-")[0] == "en" else Markup(' lang="en" dir="ltr"')


def thoughts(count: int) -> str:
    return "One thought" if count == 1 else f"{count:,} thoughts" if count else ""


def counted(count: int, one: str, many: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def roughly(seconds: float) -> str:
    """Write a duration as one says it: about 3 hours."""
    for size, most, unit in ((60, 60, "minute"), (3_600, 36, "hour"), (86_400, 1_000_000, "day")):
        count = max(1, round(seconds / size))
        if count < most:
            return f"about {'an' if unit == 'hour' else 'a'} {unit}" if count == 1 else f"about {count:,} {unit}s"
    return "very long"


def ago(at: str, now: str) -> str:
    """Write how long ago something was, in the largest unit that fits: 3 min, 2 h, 5 d."""
    seconds = max(0.0, (events.moment(now) - events.moment(at)).total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{math.floor(seconds / size):,} {unit}"
    return "just now"
