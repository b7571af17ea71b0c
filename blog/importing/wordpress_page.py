"""WordPress pages saved from a browser, and HTML pages much like them."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bs4 import Tag

from blog.importing import markup, tree, wordpress_comments
from blog.importing.dates import When, when
from blog.importing.markup import Finder
from blog.importing.model import (
    Page,
    Unreadable,
    miscounted_on_page,
    same,
    taken_as_utc,
    title_from,
    with_replies,
    without,
)
from blog.importing.wordpress_comments import Comments, written_at
from blog.wording import gettext, ngettext

SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d{1,6}\)(\S{1,2000})\s*-->")
TITLES = (
    "h1.wp-block-post-title",
    "h1.entry-title",
    "h1.post-title",
    "article h1",
    ".wp-block-post-title",
    ".entry-title",
    ".post-title",
    "main h1",
)
AUTHORS = (
    "article .author .fn, .entry-meta .author .fn, .entry-header .author .fn",
    ".author .fn",
    ".wp-block-post-author__name",
    ".wp-block-post-author-name",
    ".byline .author, .entry-meta .author, .entry-author",
    "article [rel~=author], .post [rel~=author]",
    "[rel~=author]",
)
DATES = (
    "time.entry-date.published",
    "time.entry-date",
    ".wp-block-post-date time",
    ".posted-on time, .entry-meta time, .entry-header time, .post-date time",
    "article time[datetime]",
    ".entry-date, .posted-on, .post-date, .published, .wp-block-post-date",
)
BODIES = (
    ".wp-block-post-content",
    ".entry-content",
    ".post-content, .post-entry, .entrytext, .entry-text, .post-body, .the-content, .article-content",
    "[itemprop=articleBody]",
    ".post .entry, .e-content",
    "article",
    ".post, .hentry",
    "main",
)
SHORTEST_BODY = 200  # letters; a shorter one is taken when there is no other
OUTSIDE_BODY = (
    ".entry-header, .entry-title, .post-title, .wp-block-post-title, .entry-footer, .entry-meta,"
    " .navigation, .postmetadata, .wp-block-post-date, .wp-block-post-author,"
    " .wp-block-post-author-name, .wp-block-post-terms, aside"
)
# Names of what themes and plugins put around a text: buttons to share it, related posts, its author's box, counters.
RESIDUE = re.compile(
    r"(?:^|[-_ ])(?:share|shares|sharing|social|related|recommended|newsletter|subscribe|signup|promo|advert\w*|ads?"
    r"|breadcrumbs?|author-?(?:box|bio|info|card)|about-(?:the-)?author|post-?views|views?-count|counter)(?:[-_ ]|$)",
    re.IGNORECASE,
)
LARGEST_RESIDUE = 0.3  # of the words of a post; more than that is text, whatever its name is


@dataclass
class Notes:
    findings: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    assumed: int = 0


def read(html: str, *, name: str, doubts: list[str], at_hand: Finder | None = None) -> Page:
    """Return the post and the comments of an HTML page; `doubts` are those of its decoding.

    `at_hand` finds the pictures whose files lie beside it.
    """
    root = tree.parse(html, name=name)
    notes = Notes(doubts=list(doubts))
    url = _url(html, root)
    base = tree.address(tree.attribute(tree.select_first(root, "base[href]"), "href"), base=url) or url
    comments = wordpress_comments.comments(root, base=base)
    title = _title(root, comments, notes, name=name)
    author, published = _author(root, notes), _published(root, notes)
    made = _body(root, title, notes, base=base, at_hand=at_hand)
    body = made.text if made else ""
    if not body and not comments.listed:
        raise Unreadable(
            gettext("{name} holds no post: no element is marked as an article or as its content.", name=name)
        )
    _tell_comments(comments, notes)
    return Page(
        title=title,
        author=author,
        published_at=published.at if published else None,
        body=body,
        comments=tuple(comments.listed),
        closed=comments.closed,
        kind="HTML",
        findings=tuple(notes.findings),
        doubts=tuple(notes.doubts),
        url=url,
        language=tree.attribute(tree.select_first(root, "html"), "lang"),
        tags=_tags(root),
        pictures=tuple({picture.mark: picture for picture in made.found}.values()) if made else (),
    )


def _tags(root: Tag) -> tuple[str, ...]:
    """Return the tags and categories that the page says the post has."""
    links = tree.select(
        root, "article a[rel~=tag], .hentry a[rel~=tag], .entry-meta a[rel~=tag], .wp-block-post-terms a"
    )
    metas = tree.select(root, "meta[property='article:tag']")
    named = [*(tree.attribute(meta, "content") for meta in metas), *map(tree.words, links)]
    return tuple(dict.fromkeys(name for name in named if 0 < len(name) <= 60))[:20]


def _url(html: str, root: Tag) -> str:
    """Return where the page says it is from, "" when it does not."""
    saved = SAVED_FROM.search(html[:4096])
    named = (
        tree.attribute(tree.select_first(root, "link[rel~=canonical]"), "href"),
        _meta(root, "og:url"),
        saved[1] if saved else "",
    )
    return next((url for given in named if (url := tree.address(given, base=""))), "")


def _meta(root: Tag, name: str) -> str:
    return tree.attribute(tree.select_first(root, f"meta[property='{name}'], meta[name='{name}']"), "content")


def _title(root: Tag, comments: Comments, notes: Notes, *, name: str) -> str:
    """Return the title from the first place that has one, and say from which."""
    if title := tree.words(tree.select_first(root, *TITLES)):
        notes.findings.append(gettext("The title was taken from the post's heading."))
        return title
    if comments.heading and comments.heading.title:
        notes.findings.append(gettext("The title was taken from the heading of the comments."))
        if comments.heading.mended:
            notes.doubts.append(gettext("The heading's quotation marks do not pair; the title may differ."))
        return comments.heading.title
    if title := _meta(root, "og:title") or _window_title(root):
        notes.doubts.append(gettext("The title was taken from the head of the page; it may hold the name of the blog."))
        return title
    title = title_from(name)
    notes.doubts.append(gettext("No title could be told; “{title}” was made from the file's name.", title=title))
    return title


def _window_title(root: Tag) -> str:
    """Return the title without the blog's name, where the page tells that."""
    title, site = tree.words(tree.select_first(root, "title")), _meta(root, "og:site_name")
    for heading in map(tree.words, tree.select(root, "h1, h2, h3")):
        if heading in title and len(heading) > 0.4 * len(title) and heading != site:
            return heading
    parts = re.split(r"\s+[|–—«»-]\s+", title)
    if site and len(parts) > 1 and site in (parts[0], parts[-1]):
        return title.removeprefix(site).removesuffix(site).strip(" |–—«»-")
    return title


def _author(root: Tag, notes: Notes) -> str:
    for given in (
        tree.words(tree.select_first(root, *AUTHORS)),
        _meta(root, "author"),
        _meta(root, "article:author"),
    ):
        author = re.sub(r"^by\s+", "", given, flags=re.IGNORECASE)
        if author and "://" not in author and len(author) <= 120:
            return author
    notes.doubts.append(gettext("The page names no author."))
    return ""


def _published(root: Tag, notes: Notes) -> When | None:
    elements = (
        element
        for selector in DATES
        for element in tree.select(root, selector)
        if tree.attribute(element, "class") != "updated"
    )
    said = (_meta(root, "article:published_time"), *_linked_dates(root))
    at = next((at for given in said if (at := when(given))), None)
    at = at or next((at for element in elements if (at := written_at(element))), None)
    if at is None:
        notes.doubts.append(gettext("The page gives no date that could be read."))
    else:
        notes.assumed += at.assumed
    return at


def _linked_dates(root: Tag) -> Iterator[str]:
    """Give the dates of publication in the page's JSON-LD."""
    for script in tree.select(root, "script[type='application/ld+json']"):
        with suppress(ValueError, RecursionError):
            waiting: list[Any] = [json.loads(script.get_text())]
            while waiting:
                found = waiting.pop()
                if isinstance(found, list):
                    waiting += found
                elif isinstance(found, dict):
                    if isinstance(found.get("datePublished"), str):
                        yield found["datePublished"]
                    waiting.append(found.get("@graph"))


def _body(root: Tag, title: str, notes: Notes, *, base: str, at_hand: Finder | None) -> markup.Markdown | None:
    posts = tree.select(root, "article.post, article.type-post, article.hentry, div.hentry")
    if len(posts) > 1:
        notes.doubts.append(
            ngettext("The page holds {n} post; one was read.", "The page holds {n} posts; one was read.", len(posts))
        )
    content = _content(root, notes)
    if content is None:
        return None
    titles = [heading for heading in tree.select(content, "h1, h2, h3") if same(tree.words(heading), title)]
    tree.remove(*tree.select(content, OUTSIDE_BODY), *titles)
    tree.remove(*_residue(content))
    made = markup.post(content, base=base, at_hand=at_hand)
    _tell_body(made, notes)
    return made


def _residue(content: Tag) -> list[Tag]:
    """Return the elements that belong to the page around the text, by their names and because they are small."""
    named = [
        tag
        for tag in content.find_all(["div", "section", "aside", "ul", "ol", "p", "span", "footer", "figure"])
        if RESIDUE.search(" ".join((*tree.classes(tag), tree.attribute(tag, "id"))))
    ]
    most = LARGEST_RESIDUE * _length(content)
    return [tag for tag in named if _length(tag) < most]


def _content(root: Tag, notes: Notes) -> Tag | None:
    """Return the element that holds the post: by its name, of several the longest; else by its paragraphs."""
    shorter = None
    for selector in BODIES:
        longest = max(tree.select(root, selector), key=_length, default=None)
        if longest is not None and _length(longest) >= SHORTEST_BODY:
            return longest
        shorter = shorter or longest
    parents = {id(p.parent): p.parent for p in tree.select(root, "p") if isinstance(p.parent, Tag)}
    longest = max(parents.values(), key=_length_of_paragraphs, default=None)
    if longest is None or _length_of_paragraphs(longest) < SHORTEST_BODY:
        return shorter
    notes.doubts.append(gettext("Nothing is marked as the post; the longest run of paragraphs was taken for it."))
    return longest


def _length(element: Tag) -> int:
    return len(tree.words(element))


def _length_of_paragraphs(element: Tag) -> int:
    return sum(_length(p) for p in element.children if isinstance(p, Tag) and p.name == "p")


def _tell_body(made: markup.Markdown, notes: Notes) -> None:
    notes.findings.append(ngettext("The post has one word.", "The post has {n} words.", len(made.text.split())))
    if made.pictures:
        notes.doubts.append(
            ngettext(
                "One picture was not brought in, but linked where that was possible.",
                "{n} pictures were not brought in, but linked where that was possible.",
                made.pictures,
            )
        )
    if made.embedded:
        notes.doubts.append(
            ngettext(
                "One video or other frame was not brought in, but linked where that was possible.",
                "{n} videos or other frames were not brought in, but linked where that was possible.",
                made.embedded,
            )
        )
    if made.plain:
        notes.doubts.append(gettext("The layout of the post could not be kept, only its words."))
    if not made.text:
        notes.doubts.append(gettext("The post has no text."))


def _tell_comments(comments: Comments, notes: Notes) -> None:
    listed = comments.listed
    notes.findings.append(with_replies(listed))
    notes.findings += comments.findings
    if comments.heading:
        held = len(listed) + comments.linked_back
        notes.doubts += miscounted_on_page(comments.heading, held)
    notes.doubts += comments.doubts + without(listed)
    notes.doubts += taken_as_utc(comments.assumed + notes.assumed)
