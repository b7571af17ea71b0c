"""Files and posts out of sync: unpublished changes, images that no post shows or that are missing, and a style sheet
that replaces the engine's.

These are remarks and no problems: a draft is edited for weeks, and only its author can tell.
"""

import os
import re
from pathlib import Path
from urllib.parse import unquote

from sqlite_utils import Database

from blog import posts
from blog.errors import BadPost
from blog.publishing import movers_list, post_links, redirects, report, site_folder
from blog.rendering import media
from blog.rendering.markdown import addresses
from blog.settings import Settings, sample_folder
from blog.wording import gettext

IMAGES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".svg", ".avif")
SHOWN = (*IMAGES, *(f".{each}" for each in (*media.SOUND, *media.FILM)))
TEXTS = (".css", ".js", ".svg", ".html", ".md", ".txt", ".webmanifest")
BESIDE = re.compile(r"(?![a-z][a-z0-9+.-]*:|/|\.\./)", re.IGNORECASE)  # no scheme, no root, and not further up


def remarks(db: Database, settings: Settings, *, at: str) -> list[str]:
    """Return a sentence for each file and post that are out of sync."""
    return [
        *_posts(db, settings, at),
        *movers_list.ignored_files(settings),
        *_redirects(settings),
        *_images(db, settings),
        *_style(settings),
    ]


def _redirects(settings: Settings) -> list[str]:
    """Say what is wrong in the site's list of redirects."""
    rules, problems = redirects.load(settings)
    return [str(problem) for problem in (*problems, *redirects.loops(rules))]


def _style(settings: Settings) -> list[str]:
    """Say that the site's own style sheet replaces the engine's, so that corrections to it have no effect."""
    own = settings.static / "site.css"
    if not own.is_file() or own.samefile(sample_folder() / "static" / "site.css"):
        return []
    return [
        gettext(
            "static/site.css replaces the engine's whole style sheet, so new versions do not change the look. Keep only"
            " what you changed, in static/custom.css, or take the file away if you changed nothing."
        )
    ]


def _posts(db: Database, settings: Settings, at: str) -> list[str]:
    published = dict(db.conn.execute("select path, source_hash from posts").fetchall())
    found = []
    present = set()
    for path, name in site_folder.list_files(settings):
        present.add(name)
        try:
            file = site_folder.load(settings, Path(path))
        except BadPost:
            continue  # it is listed among the problems
        found += report.notes(file, posts.site_path(name))
        found += [str(each) for each in movers_list.of_file(file, file.first_line, settings.frames)]
        if name not in published:
            found.append(gettext("{path} is not published yet.", path=posts.site_path(name)))
        elif published[name] != file.hash:
            found.append(gettext("{path} was changed since it was published.", path=posts.site_path(name)))
    rows = db.conn.execute("select path, slug, status, published_at from posts where deleted_at is null").fetchall()
    gone = (report.missing_file(posts.site_path(path), *rest, at=at) for path, *rest in rows if path not in present)
    return [*found, *sorted(gone)]


def _images(db: Database, settings: Settings) -> list[str]:
    uses: dict[str, str] = {}
    lost = []
    for slug, path, html in db.conn.execute("select slug, path, body_html from posts order by id desc"):
        named = dict.fromkeys(unquote(re.split("[?#]", address)[0]) for address in addresses(html))
        lost += [
            gettext(
                "The post {slug!r} links to the file {address}, and no post has it. Correct the link; if the file"
                " came later, save the post once more.",
                slug=slug,
                address=address,
            )
            for address in post_links.broken(html)
        ]
        uses.update(dict.fromkeys(named.keys() - uses.keys(), slug))
        lost += [
            gettext(
                "The post {slug!r} shows {address}, and there is no such file beside it.", slug=slug, address=address
            )
            for address in named
            if address.lower().endswith(SHOWN) and BESIDE.match(address) and not _lies_beside(settings, path, address)
        ]
    there = {f"/{path.relative_to(settings.root).as_posix()}": path for path in _files(settings)}
    elsewhere = _named_elsewhere(settings)
    idle = [
        gettext("{address} is an image that no post shows.", address=address[1:])
        for address, path in there.items()
        if address not in uses and path.name not in elsewhere
    ]
    own = _files_of(sample_folder() / "static")
    lost += [
        gettext("The post {slug!r} shows {address}, and there is no such file.", slug=slug, address=address)
        for address, slug in uses.items()
        if address.startswith(("/static/", "/media/"))
        and _is_image(address)
        and address not in there
        and address.removeprefix("/static/") not in own
    ]
    return [*sorted(idle), *sorted(lost)]


def _is_image(address: str) -> bool:
    return address.lower().endswith(IMAGES)


def _lies_beside(settings: Settings, path: str, name: str) -> bool:
    """Tell whether a file lies beside a post's text; only a post with a folder of its own has any."""
    return path.endswith("/index.md") and os.path.isfile((settings.posts / path).parent / name)


def _files(settings: Settings) -> list[Path]:
    folders = [settings.static, settings.root / "media"]
    own = _files_of(sample_folder() / "static")
    return [
        folder / name
        for folder in folders
        for name in _files_of(folder)
        if _is_image(name) and not (folder == settings.static and name in own)
    ]


def _files_of(folder: Path) -> list[str]:
    inside = folder.resolve()
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.resolve().is_relative_to(inside)
    )


def _named_elsewhere(settings: Settings) -> set[str]:
    """Return the names of images that a stylesheet, a script or a page of the site's own names."""
    names: set[str] = set()
    for folder in (settings.static, settings.root / "pages"):
        for name in _files_of(folder):
            if name.lower().endswith(TEXTS):
                text = (folder / name).read_text("utf-8", "replace")
                names |= set(re.findall(r"([\w.%-]+\.(?:png|jpe?g|webp|gif|svg|avif))", text))
    return names
