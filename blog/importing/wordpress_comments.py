"""The comments of a WordPress page, whichever theme printed them."""

import copy
import re
from dataclasses import dataclass, field, replace

from bs4 import Tag

from blog.comments.imported_comments import ImportedComment
from blog.importing import headings, markup, tree
from blog.importing.dates import When, when
from blog.importing.model import excerpt
from blog.wording import N_, gettext, ngettext

LISTS = {
    "ol.wp-block-comment-template": N_("The comments are printed as by a block theme."),
    "ol.comment-list, ul.comment-list, div.comment-list": N_(
        "The comments are printed as by a theme with ol.comment-list."
    ),
    "ol.commentlist, ul.commentlist, div.commentlist": N_(
        "The comments are printed as by a classic theme with ol.commentlist."
    ),
}
ITEMS = (
    "li.comment, li.pingback, li.trackback, li[id^=comment-], li[id^=li-comment-]",
    "div.comment[id], article.comment[id], div.pingback[id], div.trackback[id]",
    "div.comment, article.comment",
)
HEADINGS = (
    ".wp-block-comments-title, .comments-title",
    "#comments-title",
    "#comments h2, #comments h3, h2#comments, h3#comments",
    ".comments-area h2, .comments-area h3, .wp-block-comments h2",
)
AREAS = (
    ".comments-area, .wp-block-comments, .wp-block-comments-query-loop, #respond, .comment-respond,"
    " ol.commentlist, ol.comment-list, ol.wp-block-comment-template, section#comments, div#comments,"
    " .comments-title"
)
AUTHORS = (
    ".fn",
    ".wp-block-comment-author-name, .comment-author-name, .comment__author-name",
    ".comment-author cite, .comment-author strong, .comment-author b, .comment-author a[href]",
    ".comment-author",
    "cite .url",
    "cite",
)
DATES = (
    ".comment-meta time, .comment-metadata time, .wp-block-comment-date time, .comment-date time",
    "time",
    ".comment-meta a, .commentmetadata a, .comment-metadata a",
    ".wp-block-comment-date, .comment-date, .comment-time",
    ".comment-meta, .commentmetadata, .comment-metadata",
)
TEXTS = (
    ".comment-content",
    ".wp-block-comment-content",
    ".comment-text",
    ".comment-entry",
    ".comment_content",
    "[itemprop=text]",
)
AROUND = (
    ".comment-author, .comment-meta, .commentmetadata, .comment-metadata,"
    " .wp-block-comment-author-name, .wp-block-comment-date, .wp-block-comment-edit-link,"
    " .wp-block-comment-reply-link, .wp-block-avatar, .reply, .comment-reply-link, .comment-edit-link,"
    " .comment-actions, .comment-likes, .says, .avatar, .comment-respond, .comment-awaiting-moderation,"
    " header, footer"
)
BUTTONS = ".reply, .comment-reply-link, .comment-edit-link, .edit-link, .says, .avatar, .votes, .comment-likes"
NOTICES = ".no-comments, .nocomments, .comments-closed"
FORMS = "#respond, #commentform, .comment-respond, form.comment-form, .wp-block-post-comments-form"
LONGEST_NAME = 120  # letters; what is longer is a line about the comment
HELD = ".comment-awaiting-moderation"


@dataclass
class Comments:
    """What the page's comment list held; `linked_back` counts pingbacks and trackbacks."""

    listed: list[ImportedComment] = field(default_factory=list)
    heading: headings.CommentsHeading | None = None
    closed: bool = False
    linked_back: int = 0
    assumed: int = 0
    pictures: int = 0
    plain: int = 0  # how many lost their layout
    unread: list[str] = field(default_factory=list)  # dates that are none in English
    findings: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def comments(root: Tag, *, base: str) -> Comments:
    """Return the page's comments, and take its whole comment area out of the tree."""
    made = Comments(heading=_heading(root))
    theme = next((sentence for selector, sentence in LISTS.items() if tree.select_first(root, selector)), "")
    made.findings += [gettext(theme)] if theme else []
    form = tree.select_first(root, FORMS)
    items = _items(root)
    parents = _parents(items)
    tree.remove(*items)
    _list(items, parents, made, base=base)
    _tell_losses(made)
    _tell_openness(root, made, form=form)
    tree.remove(*tree.select(root, AREAS))
    return made


def _heading(root: Tag) -> headings.CommentsHeading | None:
    for selector in HEADINGS:
        for element in tree.select(root, selector):
            if heading := headings.heading(tree.words(element)):
                return heading
    return None


def _tell_losses(made: Comments) -> None:
    if count := len(made.unread):
        made.doubts.append(
            ngettext(
                "One date could not be read, such as {first}.",
                "{n} dates could not be read, such as {first}.",
                count,
                first=excerpt(made.unread[0]),
            )
        )
    if made.pictures:
        made.doubts.append(
            ngettext(
                "One picture in a comment became a link or words.",
                "{n} pictures in comments became links or words.",
                made.pictures,
            )
        )
    if made.plain:
        made.doubts.append(
            ngettext("One comment was kept without layout.", "{n} comments were kept without layout.", made.plain)
        )


def _tell_openness(root: Tag, made: Comments, *, form: Tag | None) -> None:
    """Look for the notice that comments are closed, when only the frame of the comment area is left."""
    notices = tree.select(root, NOTICES) + [
        p for frame in tree.select(root, AREAS) for p in tree.select(frame, "p, em")
    ]
    if any(headings.says_closed(tree.words(notice)) for notice in notices):
        made.closed = True
        made.findings.append(gettext("The page says that comments are closed."))
    elif form is None:
        made.closed = True
        made.doubts.append(
            gettext("The page has no form for comments and does not say why; they were taken as closed.")
        )


def _items(root: Tag) -> list[Tag]:
    """Return the elements that are one comment each: list items, else what themes without lists use."""
    for selector in ITEMS:
        if items := tree.select(root, selector):
            return items
    return []


def _parents(items: list[Tag]) -> dict[int, Tag | None]:
    """Return each comment's parent by identity: the comment around it, else the last one above its depth."""
    known = {id(item): item for item in items}
    parents = {id(item): _around(item, known) for item in items}
    if all(parent is None for parent in parents.values()):
        above: dict[int, Tag] = {}
        for item in items:
            depth = _depth(item)
            parents[id(item)] = above.get(depth - 1)
            above = {level: other for level, other in above.items() if level < depth} | {depth: item}
    return parents


def _around(item: Tag, known: dict[int, Tag]) -> Tag | None:
    node = item.parent
    while node is not None:
        if id(node) in known:
            return known[id(node)]
        node = node.parent
    return None


def _depth(item: Tag) -> int:
    match = re.search(r"(?:^|\s)depth-(\d{1,2})(?:\s|$)", tree.attribute(item, "class"))
    return int(match[1]) if match else 1


def _list(items: list[Tag], parents: dict[int, Tag | None], made: Comments, *, base: str) -> None:
    """Read the comments in order; what is left out hands its replies to the nearest comment that stays."""
    numbers: dict[int, int | None] = {}
    for item in items:
        above = parents[id(item)]
        parent = None if above is None else numbers[id(above)]
        comment = _comment(item, made, base=base)
        if comment is None:
            numbers[id(item)] = parent
            continue
        made.listed.append(replace(comment, number=len(made.listed) + 1, parent=parent))
        numbers[id(item)] = len(made.listed)


def _comment(item: Tag, made: Comments, *, base: str) -> ImportedComment | None:
    """Return one comment, None for a link from elsewhere, an empty one, or one that only its author saw."""
    kinds = set(tree.classes(item))
    if kinds & {"pingback", "trackback"}:
        made.linked_back += 1
        made.findings.append(_linked_back(item, kinds, base=base))
        return None
    tree.remove(*tree.select(item, BUTTONS))
    author, url = _author(item, base=base)
    if tree.select_first(item, HELD) or "unapproved" in kinds:
        made.doubts.append(_held_on_page(author))
        return None
    at, source_id = _at(item, made), _source_id(item)
    text = _text(item, made, base=base)
    if not text:
        made.doubts.append(_empty(author))
        return None
    return ImportedComment(0, None, author, url, at, text, source_id)


def _held_on_page(author: str) -> str:
    if not author:
        return gettext("A comment by somebody awaited moderation on the page; it was left out.")
    return gettext("A comment by {author} awaited moderation on the page; it was left out.", author=author)


def _empty(author: str) -> str:
    if not author:
        return gettext("A comment by somebody has no text; it was left out.")
    return gettext("A comment by {author} has no text; it was left out.", author=author)


def _linked_back(item: Tag, kinds: set[str], *, base: str) -> str:
    ping = "pingback" in kinds
    links = [link for link in tree.select(item, "a[href]") if tree.address(tree.attribute(link, "href"), base=base)]
    if not links:
        return gettext("A pingback was left out.") if ping else gettext("A trackback was left out.")
    where = tree.address(tree.attribute(links[0], "href"), base=base)
    words = excerpt(tree.words(links[0]))
    if ping:
        return gettext("A pingback was left out: {words} ({where}).", words=words, where=where)
    return gettext("A trackback was left out: {words} ({where}).", words=words, where=where)


def _author(item: Tag, *, base: str) -> tuple[str, str]:
    element = tree.select_first(item, *AUTHORS)
    name = re.sub(r"^comment by\s+|\s+(?:says|said)\s*:?$|\s+—.*", "", tree.words(element), flags=re.IGNORECASE)
    link = tree.select_first(element, "a[href]") if element else None
    if link is None and element is not None and isinstance(element.parent, Tag) and element.parent.name == "a":
        link = element.parent
    href = tree.address(tree.attribute(link, "href"), base=base)
    return ("" if name.casefold() == "anonymous" or len(name) > LONGEST_NAME else name), href


def _at(item: Tag, made: Comments) -> str | None:
    """Return when the comment was written; a date that cannot be read becomes a doubt."""
    unread = ""
    for selector in DATES:
        for element in tree.select(item, selector):
            if at := written_at(element):
                made.assumed += at.assumed
                return at.at
            unread = unread or tree.words(element)
    made.unread += [unread] if unread else []
    return None


def written_at(element: Tag) -> When | None:
    """Return the time in an element, as its attribute or its words give it."""
    given = tree.attribute(element, "datetime") or tree.attribute(element, "content")
    return when(given) or when(
        re.sub(r"^(?:on|posted on)\s+|\s*(?:#|\(?edit\)?|permalink)$", "", tree.words(element), flags=re.I)
    )


def _source_id(item: Tag) -> str:
    """Return the name that links to this comment end in, "" when it has none."""
    for element in (item, *item.find_all(True)):
        if match := re.fullmatch(r"(?:li-|div-)?(comment-\d+)", tree.attribute(element, "id")):
            return match[1]
        if match := re.search(r"#(comment-\d+)$", tree.attribute(element, "href")):
            return match[1]
    return ""


def _text(item: Tag, made: Comments, *, base: str) -> str:
    """Return a comment's Markdown: from the element for it, else from what remains without all that is around it."""
    content = tree.select_first(item, *TEXTS) or tree.select_first(item, ".comment-body") or item
    for around in (AROUND, "cite, time, .fn"):
        part = copy.copy(content)
        part.name = "div"
        tree.remove(*tree.select(part, around), *(tree.select(part, "cite")[:1] if content is item else []))
        text = markup.comment(part, base=base)
        if text.text:
            made.pictures += text.pictures
            made.plain += text.plain
            return re.sub(r"^says:?\s+", "", text.text, flags=re.IGNORECASE)
    return ""
