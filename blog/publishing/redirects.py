"""The site's file `_redirects`: lines of `/from /to [301|302|410]`, as Netlify and Cloudflare Pages read them.

`*` at the end of the first address stands for any rest, which is `:splat` in the second; `:name` stands for one part. A
query in the first address, as in /?p=123, has to be there as well. The first line that fits counts, and a page that
exists comes before all of them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from blog.errors import BadFile
from blog.settings import Settings
from blog.wording import gettext

NAME = "_redirects"
CODES = {"301": 301, "302": 302, "303": 302, "307": 302, "308": 301, "410": 410}
MOST_LINES, MOST_HOPS = 20_000, 10
PART = re.compile(r":([A-Za-z][A-Za-z0-9_]*)")
UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True)
class Rule:
    """One line: what it matches, and where it leads; `target` is "" for an address that is gone (410)."""

    line: int
    source: str
    query: tuple[tuple[str, str], ...]
    pattern: re.Pattern[str]
    target: str
    code: int


def load(settings: Settings) -> tuple[list[Rule], list[BadFile]]:
    """Return the rules of the site's file and what is wrong with its lines; none where there is no file."""
    path = settings.root / NAME
    try:
        stat = path.stat()
    except OSError:
        return [], []
    return _loaded(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(4)
def _loaded(path: Path, mtime: int, size: int) -> tuple[list[Rule], list[BadFile]]:
    return parse(path.read_text("utf-8", "replace"))


def parse(text: str) -> tuple[list[Rule], list[BadFile]]:
    """Read the lines of a file; each that is wrong is told, and the others count."""
    rules: list[Rule] = []
    problems: list[BadFile] = []
    for number, line in enumerate(text.splitlines()[:MOST_LINES], 1):
        words = line.partition(" #")[0].split()
        if not words or words[0].startswith("#"):
            continue
        try:
            rules.append(_rule(words, number))
        except ValueError as error:
            problems.append(BadFile(NAME, str(error), line=number))
    return rules, problems


def _rule(words: Sequence[str], line: int) -> Rule:
    code = CODES.get(words[-1].rstrip("!"), 0) if len(words) > 1 else 0
    places = words[:-1] if code else words
    if len(places) > 2 or not places or (len(places) == 1 and code != 410):
        raise ValueError(gettext("Write the old path, the new one, and 301, 302 or 410, parted by blanks."))
    source = urlsplit(places[0])
    if source.netloc or not source.path.startswith("/"):
        raise ValueError(
            gettext("{address!r} is no path of this site; write it like /old/address/.", address=places[0])
        )
    if "*" in source.path.removesuffix("*"):
        raise ValueError(gettext("A * stands only at the end of the first address."))
    target = "" if code == 410 else places[1]
    _check_target(target, source.path)
    query = tuple(parse_qsl(source.query, keep_blank_values=True))
    return Rule(line, places[0], query, _pattern(source.path), target, code or 301)


def _check_target(target: str, source: str) -> None:
    """Raise ValueError for a target that is no path and no web address, or has a placeholder outside its path."""
    if not target:
        return
    parts = urlsplit(target)
    if parts.scheme not in ("", "http", "https") or (not parts.scheme and not target.startswith("/")):
        raise ValueError(gettext("{address!r} is no path and no web address.", address=target))
    if UNSAFE.search(unquote(target)) or target.startswith("//"):
        raise ValueError(
            gettext("{address!r} could lead out of the site; write a path with one / first.", address=target)
        )
    if PART.search(parts.netloc.partition(":")[0] + parts.query + parts.fragment) or ":splat" in parts.netloc:
        raise ValueError(gettext("Placeholders stand only in the path of {address!r}.", address=target))
    known = {*PART.findall(source), *(["splat"] if source.endswith("*") else [])}
    if unknown := [name for name in PART.findall(parts.path) if name not in known]:
        raise ValueError(gettext("Nothing in the first address is called :{name}.", name=unknown[0]))


def _pattern(path: str) -> re.Pattern[str]:
    whole = path.removesuffix("*")
    made = "".join(
        f"(?P<{piece}>[^/]+)" if number % 2 else re.escape(unquote(piece))
        for number, piece in enumerate(PART.split(whole))
    )
    if path.endswith("*"):
        made = f"{made.removesuffix('/')}(?:/(?P<splat>.*))?" if made.endswith("/") else f"{made}(?P<splat>.*)"
        return re.compile(made, re.DOTALL)
    return re.compile(f"{made.rstrip('/')}/?", re.DOTALL)


def find(rules: Sequence[Rule], path: str, query: str, *, only_with_query: bool = False) -> tuple[str, int] | None:
    """Return where an address leads, and the code; None when no rule fits. The path is decoded."""
    given = dict(parse_qsl(query, keep_blank_values=True))
    for rule in rules:
        if only_with_query and not rule.query:
            continue
        if any(given.get(name) != value for name, value in rule.query):
            continue
        if found := rule.pattern.fullmatch(path):
            return _filled(rule.target, found.groupdict()), rule.code
    return None


def _filled(target: str, parts: Mapping[str, str | None]) -> str:
    """Put the parts of the old address into the path of the new one, so that it stays on its site."""
    if not target:
        return ""
    head, sign, tail = target.partition("?")
    scheme, _, rest = head.partition("://") if "://" in head else ("", "", head)
    host, slash, path = rest.partition("/") if scheme else ("", "", rest)
    filled = PART.sub(lambda name: quote(_folded(parts.get(name[1]) or "")), path)
    filled = re.sub("/{2,}", "/", filled)
    return (f"{scheme}://{host}{slash}{filled}" if scheme else filled) + sign + tail


def _folded(value: str) -> str:
    """Fold what browsers take for the beginning of another host, and leave out line breaks."""
    return re.sub(r"/{2,}", "/", re.sub(r"[\x00-\x1f\x7f]", "", value.replace("\\", "/")))


def loops(rules: Sequence[Rule]) -> list[BadFile]:
    """Return a problem for each rule whose target leads round to itself."""
    problems = []
    for rule in rules:
        if not rule.target.startswith("/") or PART.search(rule.target):
            continue
        parts, hops = urlsplit(rule.target), 0
        while hops < MOST_HOPS and (found := find(rules, unquote(parts.path), parts.query)):
            if not found[0].startswith("/"):
                break
            parts, hops = urlsplit(found[0]), hops + 1
        if hops == MOST_HOPS:
            sentence = gettext("{address} leads round in a circle. Change where it leads.", address=rule.source)
            problems.append(BadFile(NAME, sentence, line=rule.line))
    return problems


# Where other programs have their feeds; all of these words are reserved, so no post is there.
FEEDS = {
    **dict.fromkeys(
        (
            "/feed",
            "/feed/atom",
            "/feed/rss2",
            "/feed/rss",
            "/rss",
            "/rss.xml",
            "/rss2.xml",
            "/index.xml",
            "/atom.xml",
            "/feeds/posts/default",
            "/feeds/all.atom.xml",
            "/posts/index.xml",
        ),
        "/feed.xml",
    ),
    **dict.fromkeys(("/comments/feed", "/comments/feed/atom", "/feeds/comments/default"), "/comments/feed.xml"),
    "/feed/json": "/feed.json",
}


def usual_feed(path: str) -> str:
    """Return where a usual address of a feed leads, "" for what is none."""
    path = path.rstrip("/")
    if path in FEEDS:
        return FEEDS[path]
    post = re.fullmatch(r"(/.+)/feed(?:/(?:atom|rss2?))?", path)
    return f"{post[1]}/feed.xml" if post else ""


# Where other programs list the posts of a category, tag or label: /category/parent/child/, /tag/x.html, a page of it.
LISTS = re.compile(
    r"/(?:(?:blog/)?(?:category|categories|tag|topics|series)|search/label)/(?:[^/]+/)*?(?P<name>[^/]+?)"
    r"(?:\.html?)?(?:/page/\d+|/feed)?/?"
)


def usual_tag(path: str) -> str:
    """Return the name that a usual address of a category, tag or label gives it, "" for what is none."""
    found = LISTS.fullmatch(path)
    return found["name"] if found else ""


# What other programs named a post by, in the query of the front page; a line of `_redirects` may name more.
QUERIES = {"p", "page_id", "attachment_id", "cat", "tag", "feed", "m", "author", "name", "paged"}


def may_lead(settings: Settings, query: bytes) -> bool:
    """Tell whether a query of the front page may be an old address, so that the cached page is no answer."""
    names = {name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True)}
    if not names:
        return False
    rules, _ = load(settings)
    return not names.isdisjoint(QUERIES.union(*(dict(rule.query) for rule in rules)))
