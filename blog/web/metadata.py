"""What a post's page says to machines: JSON-LD (schema.org), and the addresses that stand in its head."""

import json
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring as _text
from typing import Any
from urllib.parse import urljoin

from blog.closing import State
from blog.markdown import plain_text
from blog.web import discussion
from blog.web.site import Site

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def canonical(site: Site, post: Mapping[str, Any]) -> str:
    """Return where a post stands first: what its file says, else its own whole address."""
    where: str = post["canonical"]
    return where or f"{site.settings.url}{discussion.address(site, post)}"


def image(site: Site, post: Mapping[str, Any]) -> str:
    """Return the whole address of a post's picture, "" without one."""
    if not post["image"]:
        return ""
    return urljoin(f"{site.settings.url}{discussion.address(site, post)}", str(post["image"]))


def linked_data(site: Site, post: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], state: State, page: int) -> str:
    """Return a post and a page of its comments as JSON-LD, for a `script` that holds data.

    While comments are taken, `potentialAction` is a CommentAction; without one, they are closed.
    """
    url = f"{site.settings.url}{discussion.address(site, post)}"
    author = post["author"] or site.settings.author
    told = {
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
    written = [_json({key: value for key, value in told.items() if value not in ("", [])})[1:-1]]
    if said := comments_json(rows, discussion.page_address(url, page)):
        written.append(f'"comment":[{said}]')
    if _takes(state):
        written.append(f'"potentialAction":{_json({"@type": "CommentAction", "target": f"{url}#comment-form"})}')
    return _harmless(f"{{{','.join(written)}}}")


def comments_json(rows: Sequence[Mapping[str, Any]], here: str) -> str:
    """Write the approved comments as JSON, put together from their texts: nested dicts would take twice as long."""
    numbered = _text(f"{here}#comment-")[:-1]  # up to the number, and the quote after it
    return ",".join([_comment(row, numbered) for row in rows if row["status"] == "approved"])


def _comment(row: Mapping[str, Any], numbered: str) -> str:
    parent = f',"parentItem":{{"@id":{numbered}{row["parent_id"]}"}}' if row["parent_id"] else ""
    return (
        f'{{"@type":"Comment","@id":{numbered}{row["id"]}",'
        f'"author":{{"@type":"Person","name":{_text(row["author"] or "Anonymous")}}},'
        f'"dateCreated":{_text(row["created_at"])},"text":{_text(plain_text(row["text_html"]))}{parent}}}'
    )


def _takes(state: State) -> bool:
    return state.mode != "closed"


def _harmless(text: str) -> str:
    """Return JSON that cannot end the element it stands in, nor be taken for markup."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
