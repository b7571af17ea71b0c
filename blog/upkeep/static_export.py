"""The whole site as files that any host serves: every page that the application answers with, asked for one by one."""

import asyncio
import json
import posixpath
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from sqlite_utils import Database
from starlette.applications import Starlette

from blog.app import create_app
from blog.errors import Conflict, Invalid
from blog.posts import lists
from blog.publishing import redirects
from blog.rendering.markdown import readdressed
from blog.settings import Settings
from blog.upkeep import static_redirects
from blog.web import attachments, post_context
from blog.web.internal_client import fetch_internal
from blog.web.site import Site
from blog.wording import gettext, locale

MARKER = ".afterword-export"  # lists the files of an export, so that the next one may replace them
SEEDS = ("/", "/archive/", "/tags/", "/feed.xml", "/feed.json", "/comments/feed.xml", "/sitemap.xml", "/robots.txt")
WITHIN = re.compile(r"/(?!/)")
SKIPPED = re.compile(r"/(admin|search)(/|$|\?)")
MOVED = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta http-equiv="refresh" content="0; url={url}">
<meta name="robots" content="noindex">
</head>
<body>
<p>{sentence} <a href="{url}">{go}</a></p>
</body>
</html>
"""


@dataclass
class Exported:
    """What was written (`files`, relative to the folder), and `problems`: links that lead to nothing."""

    files: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def export(
    settings: Settings, folder: Path, *, at: str, base_url: str = "", watch: Callable[[int, int], None] | None = None
) -> Exported:
    """Write the site into a folder that is empty, new, or an earlier export; forms are left out.

    Links are relative, or whole below `base_url`. Raises Conflict for a folder with other files.
    """
    if base_url and not re.fullmatch(r"https?://[^\s\"'<>?#]+", base_url):
        raise Invalid(
            {
                "base_url": gettext(
                    "{base_url!r} is no whole address. Write one like https://example.org/blog.", base_url=base_url
                )
            }
        )
    before = earlier_files(folder)
    site = replace(settings, url=base_url.rstrip("/")) if base_url else settings
    exported = asyncio.run(_Export(site, folder, at, base_url.rstrip("/"), watch).run())
    for name in sorted(before - set(exported.files)):
        (folder / name).unlink(missing_ok=True)
    (folder / MARKER).write_text(json.dumps(sorted(exported.files), ensure_ascii=False, indent=0), "utf-8")
    return exported


def earlier_files(folder: Path) -> set[str]:
    """Return the files of an earlier export; raise Conflict when there are others, which would be lost or mixed in."""
    if folder.exists() and not folder.is_dir():
        raise Conflict(gettext("{folder} is a file. Name a new folder, or an empty one.", folder=folder))
    if not folder.is_dir() or not any(folder.iterdir()):
        return set()
    try:
        names = set(json.loads((folder / MARKER).read_text("utf-8")))
    except (OSError, ValueError):
        names = set()
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {MARKER}
    if not names or there - names:
        raise Conflict(
            gettext(
                "{folder} has other files in it. Name a new folder, an empty one, or an earlier export.", folder=folder
            )
        )
    return names


class _Export:
    def __init__(
        self, settings: Settings, folder: Path, at: str, base: str, watch: Callable[[int, int], None] | None
    ) -> None:
        self.settings, self.folder, self.at, self.base, self.watch = settings, folder, at, base, watch
        self.done = Exported()
        self.waiting: deque[str] = deque()
        self.seen: dict[str, str] = {}  # path -> the page that led to it

    async def run(self) -> Exported:
        app = create_app(self.settings, for_export=True)
        async with app.router.lifespan_context(app):
            site: Site = app.state.site
            old = await site.store.read(self._seed, site)
            while self.waiting:
                await self._take(app, self.waiting.popleft())
                if self.watch:
                    self.watch(len(self.seen) - len(self.waiting), len(self.seen))
            self._redirect(old)
            _, _, body = await fetch_internal(app, "/404.html/")
            self._write("/404.html", self._whole(body))
        return self.done

    def _seed(self, db: Database, site: Site) -> dict[str, str]:
        """Queue every address that nothing may link to; return old addresses with where they lead."""
        for path in (*SEEDS, *(f"/static/{name}" for name in site.render.asset_names())):
            self._queue(path, "")
        addresses = lists.addresses(db, at=self.at, most=1_000_000)
        policy = post_context.policy_of(addresses)
        for post in addresses["posts"]:
            url = post_context.address(site, post)
            pages = max(1, -(-post["threads"] // policy.comments_per_page))
            names = [quote(name) for name in attachments.beside(self.settings, post["path"])]
            for path in (url, f"{url}feed.xml", *(f"{url}{name}" for name in names)):
                self._queue(path, "")
            for page in range(2, pages + 1):
                self._queue(post_context.page_address(url, page), "")
        old = lists.old_addresses(db, at=self.at)
        return {quote(_old(site, row)): post_context.address(site, row) for row in old if "?" not in row["address"]}

    def _redirect(self, old: dict[str, str]) -> None:
        """Write `_redirects`, and a page at each old address for hosts that do not read it."""
        rules, _ = redirects.load(self.settings)
        for address, url in {**static_redirects.fixed(rules), **old}.items():
            path = address if "." in posixpath.basename(address) else f"{address.rstrip('/')}/"
            if path not in self.seen:
                self._write(path, self._moved(path, url))
        lines = static_redirects.write(old, rules, urlsplit(self.base).path)
        self._write(f"/{redirects.NAME}", lines.encode())

    def _queue(self, path: str, source: str) -> None:
        if path not in self.seen and not SKIPPED.match(path):
            self.seen[path] = source
            self.waiting.append(path)

    async def _take(self, app: Starlette, path: str) -> None:
        status, headers, body = await fetch_internal(app, path)
        target = headers.get("location", "")
        if status in (301, 308) and (await fetch_internal(app, urlsplit(target).path))[0] != 404:
            self._queue(target, path)
            self._write(path, self._moved(path, target))
        elif status != 200:
            self.done.problems.append(_dead_link(unquote(self.seen[path]), unquote(path)))
        else:
            kind = headers.get("content-type", "")
            self._write(path, self._rewritten(path, body) if kind.startswith("text/html") else body)

    def _rewritten(self, path: str, body: bytes) -> bytes:
        """Return a page whose links within the site are as the export wants them, and queue where they lead."""

        def link(url: str) -> str:
            if not WITHIN.match(url):
                return url
            self._queue(urlsplit(url).path, path)
            return self._link(path, url)

        return readdressed(body.decode(), link).encode()

    def _moved(self, path: str, url: str) -> bytes:
        """Return the page at `path` that leads on to `url`."""
        link = escape(self._link(path, url))
        words = {"title": escape(gettext("Moved")), "sentence": escape(gettext("This page moved to another address."))}
        page = MOVED.format(language=locale().language, url=link, go=escape(gettext("Go there")), **words)
        return page.encode()

    def _link(self, path: str, url: str) -> str:
        """Return the link from the page at `path` to `url` within the site."""
        if not WITHIN.match(url):
            return url
        if self.base:
            return f"{self.base}{url}"
        target, sign, rest = re.fullmatch(r"([^?#]*)([?#]?)(.*)", url, re.DOTALL).groups()  # type: ignore[union-attr]
        here = path if path.endswith("/") else posixpath.dirname(path)
        relative = posixpath.relpath(target, here) + ("/" if target.endswith("/") else "")
        return f"{'./' if relative in ('./', '.') else relative}{sign}{rest}"

    def _whole(self, body: bytes) -> bytes:
        """Return the page for what is not there, which a host shows at any depth: its links start at the root."""
        return readdressed(body.decode(), lambda url: f"{self.base}{url}" if WITHIN.match(url) else url).encode()

    def _write(self, path: str, body: bytes) -> None:
        name = unquote(path).strip("/")
        if path.endswith("/"):
            name = f"{name}/index.html".lstrip("/")
        target = self.folder / name
        if ".." in Path(name).parts or name in self.done.files:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
        self.done.files.append(name)


def _old(site: Site, row: dict[str, Any]) -> str:
    if row["address"].startswith("/"):
        return str(row["address"])
    return unquote(post_context.address(site, {**row, "slug": row["address"]}))


def _dead_link(page: str, path: str) -> str:
    """Say that a page (or, without one, the site itself) leads to nothing."""
    if not page:
        return gettext("The site leads to {path}, where nothing is.", path=path)
    return gettext("{page} leads to {path}, where nothing is.", page=page, path=path)
