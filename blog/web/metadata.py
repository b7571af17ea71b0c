"""Metadata of a post's page for machines: JSON-LD (schema.org), the canonical address and the image."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from blog.rendering.markdown import plain_text
from blog.web import post_context
from blog.web.page_view import PageView
from blog.web.site import Site
from blog.wording import gettext


def canonical(site: Site, post: Mapping[str, Any]) -> str:
    """Return the canonical address of a post: what its file says, else its own."""
    where: str = post["canonical"]
    return where or f"{site.settings.url}{post_context.address(site, post)}"


def image(site: Site, post: Mapping[str, Any]) -> str:
    """Return the absolute address of a post's picture, "" without one."""
    if not post["image"]:
        return ""
    return urljoin(f"{site.settings.url}{post_context.address(site, post)}", str(post["image"]))


def linked_data(view: PageView) -> str:
    """Return a post and a page of its comments as JSON-LD, for a `script` that holds data.

    While comments are taken, `potentialAction` is a CommentAction; without one, they are closed.
    """
    site, post = view.site, view.post
    url = f"{site.settings.url}{view.url}"
    author = post["author"] or site.settings.author
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "BlogPosting" if post["kind"] == "post" else "WebPage",
        "@id": url,
        "url": url,
        "headline": post["title"],
        "description": post["summary"],
        "inLanguage": post["language"] or site.settings.language,
        "datePublished": post["published_at"],
        "dateModified": post["updated_at"] or post["published_at"],
        "author": {"@type": "Person", "name": author} if author else "",
        "publisher": {"@type": "Organization", "name": site.settings.title},
        "image": image(site, post),
        "keywords": json.loads(post["tags"]),
        "commentCount": post["approved"],
    }
    data = {key: value for key, value in data.items() if value not in ("", [])}
    page_url = post_context.page_address(url, view.address.page)
    if comments := [_comment(row, page_url) for row in view.rows if row["status"] == "approved"]:
        data["comment"] = comments
    if view.state.mode != "closed":
        data["potentialAction"] = {"@type": "CommentAction", "target": f"{url}#comment-form"}
    return _escape(json.dumps(data, ensure_ascii=False, separators=(",", ":")))


def _comment(row: Mapping[str, Any], page_url: str) -> dict[str, Any]:
    parent = {"parentItem": {"@id": f"{page_url}#comment-{row['parent_id']}"}} if row["parent_id"] else {}
    written = {"dateCreated": row["created_at"]} if row["created_at"] else {}
    return {
        "@type": "Comment",
        "@id": f"{page_url}#comment-{row['id']}",
        "author": {"@type": "Person", "name": row["author"] or gettext("Anonymous")},
        **written,
        "text": plain_text(row["text_html"]),
        **parent,
    }


def _escape(text: str) -> str:
    """Return JSON that cannot end its element or be read as markup."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
