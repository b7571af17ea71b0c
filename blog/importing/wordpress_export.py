"""WordPress's own export (WXR 1.0 to 1.2): posts, pages, drafts; comments of all statuses, and pings."""

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from blog.importing import comment_text, moments, wordpress_text, xml_stream
from blog.importing.imported import (
    APPROVED,
    PENDING,
    SPAM,
    TRASH,
    ImportedComment,
    ImportedPost,
    Items,
    Progress,
    Skipped,
    Unsure,
)
from blog.importing.model import Unreadable
from blog.importing.uploads import Uploads
from blog.importing.wordpress_text import Attachment, Converted, Library
from blog.posts import slugify
from blog.wording import gettext

WP = re.compile(r"\{https?://wordpress\.org/export/1\.\d/\}")
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
EXCERPT = re.compile(r"\{https?://wordpress\.org/export/1\.\d/excerpt/\}encoded")
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
COMMENT_STATUSES = {
    "1": APPROVED,
    "approved": APPROVED,
    "approve": APPROVED,
    "0": PENDING,
    "hold": PENDING,
    "spam": SPAM,
    "trash": TRASH,
    "post-trashed": TRASH,
}
STATUSES = {"publish": "published", "future": "published", "draft": "draft", "pending": "draft", "private": "draft"}
KINDS = {"": "comment", "comment": "comment", "pingback": "pingback", "trackback": "trackback"}
KEPT_TYPES = ("post", "page")
# What WordPress keeps for itself as posts.
INTERNAL_TYPES = ("attachment", "revision", "nav_menu_item", "custom_css", "customize_changeset", "oembed_cache")
NO_CATEGORY = {"uncategorized", "uncategorised", "allgemein", "non-classe", "sin-categoria"}
UNDATED = "afterword_undated"  # our own mark of a comment whose date is that of an import
NEVER = "0000-00-00 00:00:00"


@dataclass
class _Blog:
    """What is known of the whole blog before its posts are read."""

    link: str = ""
    authors: dict[str, str] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)


@dataclass(frozen=True)
class Options:
    """`media` is a copy of wp-content/uploads; `zone` is the zone of times that are given in local time only."""

    media: Path | None = None
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))


def read(path: Path, options: Options | None = None) -> Items:
    """Give the posts and comments of an export file; it is read twice, first for authors and media."""
    return _Export(path, options or Options()).items()


class _Export:
    def __init__(self, path: Path, options: Options) -> None:
        self.path = path
        self.options = options
        self.uploads = Uploads(options.media)
        self.blog = _Blog()
        self.left_out: Counter[str] = Counter()

    def items(self) -> Items:
        self._look_over()
        for element, part in self._elements():
            if element.tag == "item":
                yield from self._post(element)
            elif _name(element) == "comment":
                yield from self._comment(element)
            yield Progress(part)
        for kind, count in self.left_out.items():
            yield Skipped(
                gettext("{n} of the type {kind}", n=count, kind=kind),
                gettext("Only posts and pages come in; this type belongs to a plugin, or to WordPress itself."),
            )

    def _look_over(self) -> None:
        """Read authors and media; raise Unreadable for what is no export of WordPress."""
        version = False
        for element, _ in self._elements():
            name = _name(element)
            version = version or name == "wxr_version"
            if name == "author":
                login, shown = _get(element, "author_login"), _get(element, "author_display_name")
                self.blog.authors[login] = shown or login
            elif name in ("base_blog_url", "base_site_url") or element.tag == "link":
                self.blog.link = self.blog.link or (element.text or "").strip().rstrip("/")
            elif element.tag == "item" and _get(element, "post_type") == "attachment":
                self._note_attachment(element)
        if not version:
            raise Unreadable(gettext("{name} is no export of WordPress: it names no wxr_version.", name=self.path.name))

    def _note_attachment(self, element: ET.Element) -> None:
        excerpt = next((child.text or "" for child in element if EXCERPT.fullmatch(child.tag)), "")
        self.blog.attachments[_get(element, "post_id")] = Attachment(
            _get(element, "attachment_url"),
            _meta(element, "_wp_attachment_image_alt"),
            excerpt.strip(),
            _get(element, "post_parent"),
        )

    def _elements(self) -> Iterator[tuple[ET.Element, float]]:
        """Give each element of the channel and each comment of an item, whole; then forget it."""
        stack: list[ET.Element] = []
        for step in xml_stream.steps(self.path):
            if not step.ends:
                self._check_outermost(step)
                stack.append(step.element)
                continue
            stack.pop()
            in_item = step.depth == 4 and _name(step.element) == "comment"
            if in_item:
                step.element.set("post", _get(stack[-1], "post_id"))
                step.element.set("type", _get(stack[-1], "post_type") or "post")
                step.element.set("status", _get(stack[-1], "status"))
            if in_item or step.depth == 3:
                yield step.element, step.part
                stack[-1].remove(step.element)

    def _check_outermost(self, step: xml_stream.Step) -> None:
        if step.depth == 1 and step.element.tag != "rss":
            raise Unreadable(gettext("{name} is no export of WordPress.", name=self.path.name))

    def _key(self, number: str) -> str:
        return f"wordpress:{re.sub(r'^https?://(?:www[.])?', '', self.blog.link)}:{number}"

    def _post(self, item: ET.Element) -> Items:
        kind, status = _get(item, "post_type") or "post", _get(item, "status") or "publish"
        title = comment_text.name(item.findtext("title") or "")
        if kind not in KEPT_TYPES:
            if kind not in INTERNAL_TYPES and not kind.startswith("wp_"):
                self.left_out[kind] += 1
            return
        number = _get(item, "post_id")
        named = title or gettext("post {number}", number=number)
        if status not in STATUSES:
            if status != "auto-draft":
                yield Skipped(named, gettext("It is in the state {state}.", state=status))
            return
        made = wordpress_text.convert(
            item.findtext(CONTENT) or "",
            base=f"{self.blog.link}/" if self.blog.link else "",
            find=self.uploads.find,
            library=Library(self.blog.attachments, number),
        )
        password = bool(_get(item, "post_password"))
        yield self._imported(item, made, title or named, STATUSES[status] if not password else "draft")
        yield from _remarks(named, status, password=password, made=made)

    def _imported(self, item: ET.Element, made: Converted, title: str, status: str) -> ImportedPost:
        number, creator = _get(item, "post_id"), (item.findtext(CREATOR) or "").strip()
        excerpt = next((child.text or "" for child in item if EXCERPT.fullmatch(child.tag)), "")
        return ImportedPost(
            key=self._key(number),
            title=title,
            body=made.text,
            published_at=self._date(item, "post_date"),
            updated_at=self._date(item, "post_modified"),
            kind=_get(item, "post_type") or "post",
            status=status,
            author=self.blog.authors.get(creator, creator),
            slug=slugify(unquote(_get(item, "post_name"))),
            summary=" ".join(comment_text.name(re.sub(r"<[^<>]*>", " ", excerpt)).split()),
            tags=tuple(dict.fromkeys(_tags(item))),
            comments=_mode(item),
            addresses=self._addresses(item, number),
            pictures=tuple(dict.fromkeys(made.pictures)),
        )

    def _date(self, element: ET.Element, name: str) -> str | None:
        gmt = _get(element, f"{name}_gmt")
        if gmt and gmt != NEVER:
            return moments.utc(gmt)
        local = _get(element, name)
        return moments.utc(local, self.options.zone) if local and local != NEVER else None

    def _addresses(self, item: ET.Element, number: str) -> tuple[str, ...]:
        """Return where the post was: the path of its link, and the short address that works on every WordPress."""
        short = f"/?page_id={number}" if _get(item, "post_type") == "page" else f"/?p={number}"
        prefix = urlsplit(self.blog.link).path.rstrip("/")
        link = urlsplit((item.findtext("link") or "").strip())
        path = link.path if link.path.strip("/") and link.path.rstrip("/") != prefix else ""
        return tuple(dict.fromkeys(each for each in (path, f"{prefix}{short}" if number else "") if each))

    def _comment(self, element: ET.Element) -> Items:
        if element.get("type") not in KEPT_TYPES or element.get("status") not in (*STATUSES, ""):
            return
        number, kind = _get(element, "comment_id"), _get(element, "comment_type")
        if kind not in KINDS:
            yield Skipped(gettext("comment {number}", number=number), gettext("It is of the type {kind}.", kind=kind))
            return
        approved, parent = _get(element, "comment_approved"), _get(element, "comment_parent")
        if approved not in COMMENT_STATUSES:
            yield Unsure(
                gettext("comment {number}", number=number),
                gettext("Its status {state} is not known; it waits for you.", state=approved or "–"),
            )
        yield ImportedComment(
            key=f"{self._key('')}comment {number}",
            post=self._key(element.get("post") or ""),
            parent=f"{self._key('')}comment {parent}" if parent.strip("0") else "",
            status=COMMENT_STATUSES.get(approved, PENDING),
            published_at=None if _meta(element, UNDATED, of="commentmeta") else self._date(element, "comment_date"),
            author=comment_text.name(_get(element, "comment_author")),
            email=_get(element, "comment_author_email"),
            url=_get(element, "comment_author_url"),
            ip=_get(element, "comment_author_IP"),
            text=comment_text.from_html(_get(element, "comment_content"), breaks=True),
            kind=KINDS[kind],
            source=_get(element, "comment_content"),
        )


def _remarks(named: str, status: str, *, password: bool, made: Converted) -> Items:
    """Say what of a post could not be kept."""
    if password:
        yield Unsure(named, gettext("It was protected by a password, which is not known here; it comes in as a draft."))
    elif status == "private":
        yield Unsure(named, gettext("It was private; it comes in as a draft."))
    for name in dict.fromkeys(made.shortcodes):
        yield Unsure(named, gettext("The shortcode [{name}] means nothing here and stands in the text.", name=name))
    for name in dict.fromkeys(made.blocks):
        yield Unsure(named, gettext("The block {name} is computed by WordPress, and leaves nothing here.", name=name))
    for address in dict.fromkeys(made.missing):
        yield Unsure(named, gettext("The picture {address} is not at hand; a link stands for it.", address=address))
    if made.frames:
        yield Unsure(named, gettext("A video or frame is a link now."))
    if made.plain:
        yield Unsure(named, gettext("Its layout could not be kept, only its words."))


def _tags(item: ET.Element) -> Iterator[str]:
    for category in item.findall("category"):
        if category.get("domain") in ("category", "post_tag", "tag", None):
            name = comment_text.name(category.text or "")
            if name and (category.get("nicename") or slugify(name)) not in NO_CATEGORY:
                yield name.replace(",", " ")[:100]


def _name(element: ET.Element) -> str:
    """Return an element's name within WordPress's namespace, of whichever version; "" outside it."""
    found = WP.match(element.tag)
    return element.tag[found.end() :] if found else ""


def _get(element: ET.Element, name: str) -> str:
    for child in element:
        if child.tag.endswith(name) and _name(child) == name:
            return (child.text or "").strip()
    return ""


def _mode(item: ET.Element) -> str:
    """Return the mode of a discussion; an open one of a post is what the site says, but pages are closed here."""
    if _get(item, "comment_status") != "open":
        return "closed"
    return "open" if _get(item, "post_type") == "page" else ""


def _meta(item: ET.Element, key: str, *, of: str = "postmeta") -> str:
    for child in item:
        if _name(child) == of and _get(child, "meta_key") == key:
            return _get(child, "meta_value")
    return ""
