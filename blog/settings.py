"""Deployment settings: what `blog.toml` and `BLOG_*` variables say about this installation.

What moderators change while the site runs (the discussion settings) is kept in the database: see policy.py.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from blog.errors import Unusable

PERMALINK_PARTS = {"{year}", "{month}", "{slug}"}


@dataclass(frozen=True)
class Settings:
    """Describe one site.

    `url` is the public address without a final slash ("" while unknown: links are then paths). `timezone` is
    an IANA name; dates are shown in it. `trusted_proxies` are addresses or networks whose `X-Forwarded-For`
    is believed. `permalink` is the pattern of a post's address.
    """

    root: Path
    title: str = "Afterword"
    tagline: str = ""
    author: str = ""
    url: str = ""
    language: str = "en"
    timezone: str = "UTC"
    permalink: str = "/{slug}/"
    posts_per_page: int = 10
    trusted_proxies: tuple[str, ...] = ()

    @property
    def database(self) -> Path:
        return self.root / "blog.db"

    @property
    def posts(self) -> Path:
        return self.root / "posts"

    @property
    def static(self) -> Path:
        return self.root / "static"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def secure(self) -> bool:
        return self.url.startswith("https://")


def load(root: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read `blog.toml` in `root`, then `BLOG_TITLE`, `BLOG_URL` ... over it.

    Raises Unusable with a sentence that names the file and the key.
    """
    path = root / "blog.toml"
    written: dict[str, Any] = {}
    if path.exists():
        try:
            written = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Unusable(f"{path}: {error}.") from error
    names = [field.name for field in fields(Settings) if field.name != "root"]
    for key in written:
        if key not in names:
            near = get_close_matches(key, names, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known keys: {', '.join(names)}."
            raise Unusable(f"{path}: there is no setting {key!r}. {hint}")
    for name in names:
        if (value := environ.get(f"BLOG_{name.upper()}")) is not None:
            written[name] = value
    return _checked(replace(Settings(root=root.resolve()), **{k: _typed(path, k, v) for k, v in written.items()}))


def _typed(path: Path, name: str, value: Any) -> Any:
    default = getattr(Settings, name)
    if isinstance(default, int) and isinstance(value, str | int) and not isinstance(value, bool):
        if str(value).isdigit() and int(value) > 0:
            return int(value)
        raise Unusable(f"{path}: {name} is {value!r}; write a whole number above 0.")
    if isinstance(default, tuple):
        items = value.replace(",", " ").split() if isinstance(value, str) else value
        if isinstance(items, list) and all(isinstance(item, str) for item in items):
            return tuple(items)
        raise Unusable(f'{path}: {name} is a list of texts, like ["10.0.0.1"].')
    if isinstance(value, str):
        return value.strip()
    raise Unusable(f"{path}: {name} is {value!r}; write a text in quotation marks.")


def _checked(settings: Settings) -> Settings:
    try:
        ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Unusable(f"There is no time zone {settings.timezone!r}. Write one like 'Europe/Berlin'.") from error
    if settings.url:
        parts = urlsplit(settings.url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise Unusable(f"url is {settings.url!r}; write the whole address, like 'https://example.org'.")
    pattern = settings.permalink
    known = pattern
    for part in PERMALINK_PARTS:
        known = known.replace(part, "x")
    if "{slug}" not in pattern or "{" in known or not (pattern.startswith("/") and pattern.endswith("/")):
        raise Unusable(
            f"permalink is {pattern!r}; begin and end it with / and use {{slug}}, {{year}} and {{month}},"
            " like '/{year}/{month}/{slug}/'."
        )
    return replace(settings, url=settings.url.rstrip("/"))


def sample_folder() -> Path:
    """Return the folder with the sample `static/` and `posts/`: beside the package, or inside it when installed."""
    packaged = Path(__file__).parent / "_site"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent
