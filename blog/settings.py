"""Deployment settings: what `blog.toml` and `BLOG_*` variables say about this installation.

What moderators change while the site runs (the discussion settings) is kept in the database: see policy.py.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from blog import colours, mail_server, measures, replica, reserved, shared_cache
from blog.errors import Unusable
from blog.mail_server import MailServer
from blog.measures import Listen
from blog.replica import Replica
from blog.shared_cache import SharedCache
from blog.wording import gettext, listed, number

LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
HOST = re.compile(rf"(?=.{{1,253}}$){LABEL}(\.{LABEL})+", re.IGNORECASE | re.ASCII)
PRIVATE_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(:[1-9]\d{0,4})?", re.IGNORECASE | re.ASCII)
BOOLEANS = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}
# The tables of blog.toml, each with the function that reads it.
TABLES = {"mail": mail_server.read, "cache": shared_cache.read, "metrics": measures.read, "replica": replica.read}
PERMALINK_PARTS = {"{year}", "{month}", "{day}", "{slug}"}


@dataclass(frozen=True)
class Settings:
    """Describe one site.

    `url` is the public address without a final slash ("" while unknown: links are then paths). `timezone` is
    an IANA name; dates are shown in it. `trusted_proxies` are addresses or networks whose `X-Forwarded-For`
    is believed. `frames` are the hosts whose frames a post may show, once a reader asks for them. `permalink` is the
    pattern of a post's address. `contact` is where readers can write to the author: an email, with or without
    `mailto:`, or a web address; "" for nowhere. `accent` is the colour of links and marks, "" for the engine's red,
    and `typeface` the kind of letters that texts are set in: serif or sans. Without `mail` nothing is sent by mail.
    `websub_hub` is told of new posts, if it is set. `private_hosts` are hosts, with a port unless it is a usual one,
    that mentions may reach though they are not public, and `private_webhooks` those that webhooks may reach too.
    Without `cache` no shared cache keeps a page, without `metrics` nothing is measured, and without `replica` there is
    no second machine.
    """

    root: Path
    title: str = "Afterword"
    tagline: str = ""
    author: str = ""
    contact: str = ""
    url: str = ""
    language: str = "en"
    timezone: str = "UTC"
    permalink: str = "/{slug}/"
    posts_per_page: int = 10
    accent: str = ""
    typeface: str = "serif"
    trusted_proxies: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()
    websub_hub: str = ""
    private_hosts: tuple[str, ...] = ()
    private_webhooks: tuple[str, ...] = ()
    xmlrpc: bool = False
    mail: MailServer | None = None
    cache: SharedCache | None = None
    metrics: Listen | None = None
    replica: Replica | None = None

    @property
    def database(self) -> Path:
        return self.root / "blog.db"

    @property
    def posts(self) -> Path:
        return self.root / "posts"

    @property
    def pages(self) -> Path:
        return self.root / "pages"

    @property
    def static(self) -> Path:
        return self.root / "static"

    @property
    def templates(self) -> Path:
        return self.root / "templates"

    @property
    def translations(self) -> Path:
        return self.root / "translations"

    @property
    def webhook_hosts(self) -> tuple[str, ...]:
        """The hosts that messages to webhooks may reach though they are not public."""
        return (*self.private_hosts, *self.private_webhooks)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def contact_url(self) -> str:
        """Return `contact` as the address of a link."""
        named = self.contact.startswith("mailto:") or "://" in self.contact or not self.contact
        return self.contact if named else f"mailto:{self.contact}"

    @property
    def secure(self) -> bool:
        return self.url.startswith("https://")


def load(root: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read `blog.toml` in `root`, then `BLOG_TITLE`, `BLOG_URL` ... over it.

    Raises Unusable with a sentence that names the file and the key.
    """
    path = root / "blog.toml"
    if not path.exists():
        return parse("", root, environ)
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise Unusable(f"{path}: {error}.") from error
    except OSError as error:
        raise Unusable(gettext("{path} cannot be read: {reason}.", path=path, reason=error.strerror)) from error
    return parse(text, root, environ)


def parse(text: str, root: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read a text as the `blog.toml` of the site in `root`; raise as `load` does."""
    path = root / "blog.toml"
    try:
        written: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Unusable(f"{path}: {error}.") from error
    names = [field.name for field in fields(Settings) if field.name not in ("root", *TABLES)]
    tables = {name: written.pop(name) for name in TABLES if name in written}
    for key in written:
        if key not in names:
            near = get_close_matches(key, names, n=1)
            if near:
                raise Unusable(
                    gettext(
                        "{path}: there is no setting {key!r}. Did you mean {near!r}?", path=path, key=key, near=near[0]
                    )
                )
            raise Unusable(
                gettext(
                    "{path}: there is no setting {key!r}. Known keys: {keys}.",
                    path=path,
                    key=key,
                    keys=listed([*names, *TABLES]),
                )
            )
    values = {name: _typed(f"{path}: {name}", name, value) for name, value in written.items()}
    for name in names:
        if (value := environ.get(f"BLOG_{name.upper()}")) is not None:
            values[name] = _typed(f"BLOG_{name.upper()}", name, value)
    for name, table in tables.items():
        values[name] = TABLES[name](table, str(path), environ)
    return _checked(replace(Settings(root=root.resolve()), **values))


def _typed(where: str, name: str, value: Any) -> Any:
    """Return a value in the type of its default; `where` it was written is told with what is wrong."""
    default = getattr(Settings, name)
    if isinstance(default, bool):
        if (read := BOOLEANS.get(str(value).lower())) is None:
            raise Unusable(gettext("{where} is {value!r}; write true or false.", where=where, value=value))
        return read
    if isinstance(default, int):
        if isinstance(value, str | int) and re.fullmatch("[1-9][0-9]{0,2}", str(value), re.ASCII):
            return int(value)
        raise Unusable(gettext("{where} is {value!r}; write a whole number from 1 to 999.", where=where, value=value))
    if isinstance(default, tuple):
        items = value.replace(",", " ").split() if isinstance(value, str) else value
        if name == "frames":
            return _hosts(where, items)
        if name in ("private_hosts", "private_webhooks"):
            return _private_hosts(where, items)
        if not isinstance(items, list) or not all(map(_is_network, items)):
            raise Unusable(
                gettext(
                    '{where} is {value!r}; write a list of addresses or networks, like ["10.0.0.0/8"].',
                    where=where,
                    value=value,
                )
            )
        return tuple(items)
    if isinstance(value, str):
        return value.strip()
    raise Unusable(gettext("{where} is {value!r}; write a text in quotation marks.", where=where, value=value))


def _hosts(where: str, items: Any) -> tuple[str, ...]:
    """Return the hosts of a list, as a page's policy can name them."""
    if not isinstance(items, list) or not all(isinstance(each, str) and HOST.fullmatch(each.strip()) for each in items):
        raise Unusable(
            gettext(
                '{where} is {value!r}; write a list of names of hosts, like ["www.youtube-nocookie.com"].',
                where=where,
                value=items,
            )
        )
    return tuple(each.strip().lower() for each in items)


def _private_hosts(where: str, items: Any) -> tuple[str, ...]:
    """Return the hosts of a list, each perhaps with a port."""
    if not isinstance(items, list) or not all(
        isinstance(each, str) and PRIVATE_HOST.fullmatch(each.strip()) for each in items
    ):
        raise Unusable(
            gettext(
                '{where} is {value!r}; write a list of hosts, like ["intranet.example.org", "127.0.0.1:8001"].',
                where=where,
                value=items,
            )
        )
    return tuple(each.strip().lower() for each in items)


def _is_network(item: Any) -> bool:
    try:
        return isinstance(item, str) and bool(ip_network(item, strict=False))
    except ValueError:
        return False


def _checked(settings: Settings) -> Settings:
    try:
        ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Unusable(
            gettext("There is no time zone {timezone!r}. Write one like 'Europe/Berlin'.", timezone=settings.timezone)
        ) from error
    if settings.url and not _is_address(settings.url):
        raise Unusable(
            gettext("url is {url!r}; write the whole address, like 'https://example.org'.", url=settings.url)
        )
    if settings.websub_hub and not _is_address(settings.websub_hub.partition("?")[0]):
        raise Unusable(gettext("websub_hub is {hub!r}; write the whole address of a hub.", hub=settings.websub_hub))
    if settings.mail and not settings.url:
        raise Unusable(gettext("With [mail], url is needed: write the whole address, like 'https://example.org'."))
    mail = settings.contact.removeprefix("mailto:")
    if (
        settings.contact
        and not _is_address(settings.contact)
        and not re.fullmatch(r"[^\s@<>\"?&]+@[^\s@<>\"?&]+", mail)
    ):
        raise Unusable(
            gettext(
                "contact is {contact!r}; write an email, like 'ana@example.org', or a whole web address.",
                contact=settings.contact,
            )
        )
    _check_look(settings)
    pattern = settings.permalink
    known = pattern
    for part in PERMALINK_PARTS:
        known = known.replace(part, "x")
    slashed = pattern.startswith("/") and pattern.endswith("/") and "//" not in pattern
    if "{slug}" not in pattern or "{" in known or not slashed:
        raise Unusable(
            gettext(
                "permalink is {pattern!r}; begin and end it with / and use {{slug}}, {{year}}, {{month}} and {{day}},"
                " like '/{{year}}/{{month}}/{{slug}}/'.",
                pattern=pattern,
            )
        )
    if (first := pattern.split("/")[1]) in reserved.WORDS:
        raise Unusable(
            gettext(
                "permalink is {pattern!r}, and /{first}/ belongs to the site itself; begin it with another word.",
                pattern=pattern,
                first=first,
            )
        )
    return replace(settings, url=settings.url.rstrip("/"))


def _check_look(settings: Settings) -> None:
    """Raise Unusable for a colour that cannot be read on the pages, and for a typeface that is not known."""
    accent = settings.accent
    if accent and not colours.COLOUR.fullmatch(accent):
        raise Unusable(gettext("accent is {accent!r}; write a colour like '#0b6b4f'.", accent=accent))
    if accent and (found := colours.contrast(accent, colours.PAPER)) < colours.LEAST:
        raise Unusable(
            gettext(
                "accent is {accent!r}, which is too light to read on the pages: its contrast is {found}, and {least} is"
                " needed. Choose a darker colour.",
                accent=accent,
                found=number(round(found, 1)),
                least=number(colours.LEAST),
            )
        )
    if settings.typeface not in ("serif", "sans"):
        raise Unusable(gettext("typeface is {typeface!r}; write 'serif' or 'sans'.", typeface=settings.typeface))


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"[\s\"<>?#]", url)
    except ValueError:
        return False


def sample_folder() -> Path:
    """Return the folder with the sample `static/` and `posts/`: beside the package, or inside it when installed."""
    packaged = Path(__file__).parent / "_site"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent
