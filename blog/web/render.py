"""Templates, hashed assets, and how dates and numbers are written."""

import hashlib
import math
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from blog import events
from blog.posts.keys import UNFIT
from blog.settings import Settings, sample_folder

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
ASSETS = (".css", ".js", ".svg", ".png", ".jpg", ".jpeg", ".webp", ".gif", ".ico", ".woff2", ".txt")


class Renderer:
    """Render templates for one site. An asset's address holds a hash of its bytes: a changed file has a new address."""

    def __init__(self, settings: Settings, *, copied: bool = False) -> None:
        self.settings = settings
        self.zone = settings.zone
        self._assets = find_assets(settings)
        self._environment = Environment(
            loader=PackageLoader("blog", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals |= {
            "asset": self.asset,
            "site": {
                "title": settings.title,
                "tagline": settings.tagline,
                "author": settings.author,
                "lang": settings.language,
                "url": settings.url,
            },
            "lang": settings.language,
            "nav": [],
            "noindex": False,
            "canonical": "",
            "copied": copied,
        }

    def refresh(self) -> None:
        """Look for the files of `static/` anew: one was added."""
        self._assets = find_assets(self.settings)

    def text(self, template: str, **context: Any) -> str:
        text = self._environment.get_template(template).render(**context)
        return UNFIT.sub("", text)  # neither HTML nor XML could hold it, whoever wrote it

    def page(
        self, template: str, *, code: int = 200, headers: dict[str, str] | None = None, **context: Any
    ) -> HTMLResponse:
        """Answer with a page that is nobody else's: never stored by any cache. `code` is the HTTP status."""
        out = {"Cache-Control": "private, no-store", "Vary": "Accept-Encoding, Cookie", **(headers or {})}
        return HTMLResponse(self.text(template, **context), status_code=code, headers=out)

    def asset(self, name: str) -> str:
        found = self._assets.get(name)
        if found is None:
            return f"/static/{name}"
        stem, dot, ending = name.rpartition(".")
        return f"/static/{stem}.{found[1]}{dot}{ending}"

    def asset_names(self) -> list[str]:
        """Return the names of all files of `static/` that readers' pages may need."""
        return [name for name in self._assets if not name.startswith("admin.")]

    def asset_file(self, path: str) -> tuple[Path, bool] | None:
        """Return the file of an asset's address, and whether the address holds its hash (and may be kept for ever)."""
        if path in self._assets:
            return self._assets[path][0], False
        stem, dot, ending = path.rpartition(".")
        name, _, digest = stem.rpartition(".")
        found = self._assets.get(f"{name}{dot}{ending}")
        return (found[0], True) if found and found[1] == digest else None

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


def find_assets(settings: Settings) -> dict[str, tuple[Path, str]]:
    """Return name -> (file, hash) of all files under `static/`: the site's own go before the engine's."""
    found: dict[str, tuple[Path, str]] = {}
    for folder in (sample_folder() / "static", settings.static):
        inside = folder.resolve()
        for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
            if path.suffix.lower() in ASSETS and path.is_file() and path.resolve().is_relative_to(inside):
                digest = hashlib.blake2b(path.read_bytes(), digest_size=5).hexdigest()
                found[path.relative_to(folder).as_posix()] = (path, digest)
    return found


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
