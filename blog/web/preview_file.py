"""The preview of a file as a page, before it is published and without the site's database."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

from itsdangerous import URLSafeSerializer

from blog import posts
from blog.posts import PostFile
from blog.settings import Settings
from blog.storage import store
from blog.storage.store import Store
from blog.web import attachments
from blog.web import posts as post_pages
from blog.web.cache.pages import Pages
from blog.web.page_view import PageAddress, PageView
from blog.web.render import Renderer
from blog.web.site import Site

LOCAL = re.compile(r'(?<=\s)(href|src|poster)="(/[^"]*)"')


def page(settings: Settings, file: PostFile, *, at: str) -> str:
    """Return the page of a file as if it were published now, whatever its status and date say.

    Its stylesheet and pictures are addressed where they lie on the disk, so that a browser can open it as a file.
    """
    unused = cast(Any, None)  # what only requests need
    site = Site(
        settings,
        cast(Store, None),
        Renderer(settings, for_export=True),
        Pages({}),
        URLSafeSerializer(""),
        buckets={},
        hashing=unused,
        form_signer=unused,
        for_export=True,
        new_decisions=unused,
    )
    date = file.published_at if file.published_at and file.published_at <= at else at
    post = _row(replace(file, status="published", published_at=date if file.kind == "post" else ""), at)
    view = PageView(site, at, PageAddress(post["slug"]), post, [], has_form=False)
    text = site.render.text("posts/show.html", **post_pages.context(view))

    def local(link: re.Match[str]) -> str:
        path = _on_disk(site, post, view.url, unquote(link[2]))
        return f'{link[1]}="{path.resolve().as_uri()}"' if path else link[0]

    return LOCAL.sub(local, text)


def _row(file: PostFile, at: str) -> dict[str, Any]:
    """Publish a file into a database in memory, and return its row."""
    db = store.in_memory()
    try:
        _, _, slug = posts.publish(db, file)
        return posts.find(db, slug, at=at)
    finally:
        db.conn.close()


def _on_disk(site: Site, post: dict[str, Any], url: str, path: str) -> Path | None:
    if path.startswith("/static/"):
        match = site.render.asset_file(path.removeprefix("/static/"))
        return match[0].path if match else None
    beneath = path.removeprefix(unquote(url))
    return attachments.find(site.settings, post["path"], beneath) if beneath != path else None
