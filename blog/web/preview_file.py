"""A file as its page will be, before it is published: the public template, without a site's database."""

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
from blog.web import attachments, discussion
from blog.web.cache.pages import Pages
from blog.web.render import Renderer
from blog.web.site import Site

LOCAL = re.compile(r'(?<=\s)(href|src|poster)="(/[^"]*)"')


def page(settings: Settings, file: PostFile, *, at: str) -> str:
    """Return the page of a file as if it were published now, whatever its status and date say.

    Its stylesheet and pictures are addressed where they lie on the disk, so that a browser can open it as a file.
    """
    unasked = cast(Any, None)  # what only answers to requests need
    site = Site(
        settings,
        cast(Store, None),
        Renderer(settings, copied=True),
        Pages({}),
        URLSafeSerializer(""),
        buckets={},
        hashing=unasked,
        keeper=unasked,
        copied=True,
        decided=unasked,
    )
    date = file.published_at if file.published_at and file.published_at <= at else at
    post = _row(replace(file, status="published", published_at=date if file.kind == "post" else ""), at)
    text = site.render.text(
        "posts/show.html",
        post=discussion.post_context(site, post),
        nav=[],
        discussion=discussion.context(site, post, [], page=1, at=at),
        form=None,
        preview=None,
        refusal=None,
        switch=None,
        lang=settings.language,
    )
    url = discussion.address(site, post)

    def local(found: re.Match[str]) -> str:
        path = _on_disk(site, post, url, unquote(found[2]))
        return f'{found[1]}="{path.resolve().as_uri()}"' if path else found[0]

    return LOCAL.sub(local, text)


def _row(file: PostFile, at: str) -> dict[str, Any]:
    """Publish a file into a database that lives in memory, so that its row is what a page is made of."""
    db = store.in_memory()
    try:
        _, _, slug = posts.publish(db, file)
        return posts.find(db, slug, at=at)
    finally:
        db.conn.close()


def _on_disk(site: Site, post: dict[str, Any], url: str, path: str) -> Path | None:
    if path.startswith("/static/"):
        found = site.render.asset_file(path.removeprefix("/static/"))
        return found[0].path if found else None
    beneath = path.removeprefix(unquote(url))
    return attachments.find(site.settings, post["path"], beneath) if beneath != path else None
