"""Blogger's Atom export, of the old kind (categories tell what an entry is) and the new one (`blogger:type`)."""

import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import urlsplit

from blog.importing import comment_text, moments, wordpress_text, xml_stream
from blog.importing.imported import (
    APPROVED,
    DELETED,
    PENDING,
    SPAM,
    TRASH,
    ImportedComment,
    ImportedPost,
    Items,
    Progress,
    Unsure,
)
from blog.importing.model import Unreadable
from blog.importing.xml_stream import text
from blog.posts import slugify
from blog.wording import gettext

ATOM = "{http://www.w3.org/2005/Atom}"
BLOGGER = "{http://schemas.google.com/blogger/2018}"
CONTROLS = ("{http://www.w3.org/2007/app}", "{http://purl.org/atom/app#}")
REPLY = "{http://purl.org/syndication/thread/1.0}in-reply-to"
KIND = "http://schemas.google.com/g/2005#kind"
KINDS = "http://schemas.google.com/blogger/2008/kind#"
# What the new kind of export says of a comment.
STATUSES = {
    "LIVE": APPROVED,
    "PENDING": PENDING,
    "PENDING_MODERATION": PENDING,
    "SPAM": SPAM,
    "SPAM_COMMENT": SPAM,
    "GHOSTED": SPAM,
    "SOFT_TRASHED": TRASH,
    "TRASHED": TRASH,
    "EMPTIED": DELETED,
}
REMOVED = ("This comment has been removed by the author.", "This comment has been removed by a blog administrator.")


def read(path: Path) -> Items:
    """Give the posts, pages and comments of an export."""
    root = None
    for step in xml_stream.steps(path):
        if root is None:
            root = step.element
            if root.tag != f"{ATOM}feed":
                raise Unreadable(gettext("{name} is no export of Blogger.", name=path.name))
        if not step.ends or step.depth != 2:
            continue
        if step.element.tag == f"{ATOM}entry":
            kind = _kind(step.element)
            if kind in ("post", "page"):
                yield from _post(step.element, kind)
            elif kind == "comment":
                yield _comment(step.element)
        step.element.clear()
        root.clear()
        yield Progress(step.part)


def _kind(entry: ET.Element) -> str:
    given = text(entry.find(f"{BLOGGER}type")).lower()
    categories = entry.findall(f"{ATOM}category")
    terms = [category.get("term", "") for category in categories if category.get("scheme") == KIND]
    return given or next((term.removeprefix(KINDS) for term in terms if term.startswith(KINDS)), "")


def _post(entry: ET.Element, kind: str) -> Items:
    title = comment_text.name(text(entry.find(f"{ATOM}title"))) or gettext("Untitled")
    link, state = _link(entry, "alternate"), text(entry.find(f"{BLOGGER}status"))
    made = wordpress_text.convert(f"<!-- wp:html -->{_content(entry)}", base=link)
    path = text(entry.find(f"{BLOGGER}filename")) or urlsplit(link).path
    draft = state not in ("", "LIVE") or any(
        text(entry.find(f"{space}control/{space}draft")) == "yes" for space in CONTROLS
    )
    yield ImportedPost(
        key=f"blogger:{text(entry.find(f'{ATOM}id'))}",
        title=title,
        body=made.text,
        published_at=moments.utc(text(entry.find(f"{ATOM}published"))),
        updated_at=None,
        kind=kind,
        status="draft" if draft else "published",
        author=comment_text.name(text(entry.find(f"{ATOM}author/{ATOM}name"))),
        slug=slugify(path.rsplit("/", 1)[-1].removesuffix(".html")),
        tags=tuple(
            dict.fromkeys(
                comment_text.name(category.get("term", ""))
                for category in entry.findall(f"{ATOM}category")
                if category.get("scheme") != KIND and category.get("term")
            )
        ),
        addresses=(path,) if path.strip("/") else (),
    )
    for address in dict.fromkeys(made.missing):
        yield Unsure(title, gettext("The picture {address} is not at hand; a link stands for it.", address=address))
    if made.frames:
        yield Unsure(title, gettext("A video or frame is a link now."))


def _comment(entry: ET.Element) -> ImportedComment:
    reply = entry.find(REPLY)
    post = text(entry.find(f"{BLOGGER}parent")) or ("" if reply is None else reply.get("ref", ""))
    words = comment_text.from_html(_content(entry))
    removed = words in REMOVED
    status = DELETED if removed else STATUSES.get(text(entry.find(f"{BLOGGER}status")) or "LIVE", PENDING)
    author = entry.find(f"{ATOM}author")
    name, uri = ("", "") if author is None else (text(author.find(f"{ATOM}{key}")) for key in ("name", "uri"))
    return ImportedComment(
        key=f"blogger:{text(entry.find(f'{ATOM}id'))}",
        post=f"blogger:{post}",
        parent=_parent(entry),
        status=status,
        published_at=moments.utc(text(entry.find(f"{ATOM}published"))),
        author="" if removed else comment_text.name(name),
        url="" if removed else uri,
        text="" if status == DELETED else words,
        source=_content(entry),
    )


def _parent(entry: ET.Element) -> str:
    """Return the key of the comment that this one answers: named in the new export, in the old the end of a link."""
    if named := text(entry.find(f"{BLOGGER}inReplyTo")):
        return f"blogger:{named}"
    related, own = _link(entry, "related"), text(entry.find(f"{ATOM}id"))
    number = related.rsplit("/", 1)[-1]
    begin, sign, _ = own.rpartition(".post-")
    return f"blogger:{begin}{sign}{number}" if related and sign and number.isdigit() else ""


def _content(entry: ET.Element) -> str:
    return text(entry.find(f"{ATOM}content"))


def _link(entry: ET.Element, rel: str) -> str:
    return next((link.get("href", "") for link in entry.findall(f"{ATOM}link") if link.get("rel") == rel), "")
