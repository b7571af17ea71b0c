"""What a page that mentions a post says: whether it really links there, who wrote it, and what it does.

Each page of a stranger is parsed in a process of its own with limits of time and memory: one that needs too much ends
that process and not the server. `python -m blog.federation.sources` reads a request on standard input and writes the
answer.
"""

import json
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import blog
from blog.federation.addresses import PORTS, joined
from blog.text import UNFIT

SECONDS = 5  # of processor time, and twice as much by the clock
MEMORY = 512 * 1024 * 1024
MOST_TAGS, DEEPEST = 20_000, 150
LONGEST = 2_000  # characters of a reply; more of it is at its source
SHORT = 280  # characters of what only mentions a post
# What a property of the entry that has the target says, in the order in which they count.
TYPES = {
    "in-reply-to": "reply",
    "like-of": "like",
    "repost-of": "repost",
    "bookmark-of": "bookmark",
}
LINKS = {
    **{"a": "href", "area": "href", "link": "href", "img": "src", "video": "src", "audio": "src", "source": "src"},
    **{
        "iframe": "src",
        "embed": "src",
        "object": "data",
        "blockquote": "cite",
        "q": "cite",
        "ins": "cite",
        "del": "cite",
    },
}


@dataclass(frozen=True)
class Page:
    """A page as it was fetched."""

    url: str
    body: bytes
    charset: str = ""


@dataclass(frozen=True)
class Said:
    """What a page says about the post that it links to. `text` is Markdown, "" where it has no words of its own.

    `shared` tells that the page is on a host where many people have their sites.
    """

    type: str
    author: str
    text: str
    shared: bool = False


class Unreadable(Exception):
    """A page takes too long or too much to read."""


def read_apart(page: Page, target: str) -> Said | None:
    """Read a page in a process of its own, as `read` does; raise Unreadable when that does not end in time."""
    request = {"url": page.url, "body": page.body.decode("latin-1"), "charset": page.charset, "target": target}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "blog.federation.sources"],
            input=json.dumps(request).encode(),
            capture_output=True,
            cwd=Path(blog.__file__).parent.parent,  # not the site's folder, whose files must not be imported
            timeout=2 * SECONDS,
            check=True,
        )
        answer = json.loads(done.stdout)
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        raise Unreadable from error
    return Said(**answer) if answer else None


def main() -> None:
    _limit()
    request = json.load(sys.stdin)
    page = Page(request["url"], request["body"].encode("latin-1"), request["charset"])
    said = read(page, request["target"])
    json.dump(said and asdict(said), sys.stdout)


def _limit() -> None:
    with suppress(ImportError, ValueError, OSError):  # where the system has no such limits
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def read(page: Page, target: str) -> Said | None:
    """Return what a page says about a target, None where no link of it leads there."""
    from bs4 import BeautifulSoup

    from blog.federation import hosts
    from blog.importing import tree

    if page.body.count(b"<") > MOST_TAGS:
        raise Unreadable
    soup = BeautifulSoup(page.body, tree.PARSER, from_encoding=page.charset or None)
    if tree.depth(soup) > DEEPEST:
        raise Unreadable
    for hidden in soup.select("template, noscript"):
        hidden.decompose()
    base = soup.find("base", href=True)
    where = joined(page.url, str(base["href"])) if base else page.url
    if not _links(soup, where, target):
        return None
    title = tree.words(soup.title)
    said = _said(_entry(soup, page.url), target, title)
    return replace(said, shared=hosts.is_shared(urlsplit(page.url).hostname or ""))


def _links(soup: Any, base: str, target: str) -> bool:
    wanted = same(target)
    return any(
        same(joined(base, str(tag[LINKS[tag.name]]))) == wanted
        for tag in soup.find_all(list(LINKS))
        if tag.has_attr(LINKS[tag.name])
    )


def same(url: str) -> str:
    """Return an address in the form in which two of the same page are equal: without fragment and usual port."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return ""
    name = host if port in (None, PORTS.get(parts.scheme)) else f"{host}:{port}"
    return f"{parts.scheme}://{name}{parts.path or '/'}{'?' + parts.query if parts.query else ''}"


def _entry(soup: Any, url: str) -> dict[str, Any]:
    """Return the properties of the entry (microformats2) that a page is; {} without one."""
    import mf2py

    items = list(mf2py.parse(doc=soup, url=url)["items"])
    people = [item for item in items if "h-card" in item["type"]]
    while items:
        item = items.pop(0)
        if "h-entry" in item["type"]:
            entry: dict[str, Any] = item["properties"]
            return entry if "author" in entry or not people else {**entry, "author": people[:1]}
        items += item.get("children", [])
    return {}


def _said(entry: dict[str, Any], target: str, title: str) -> Said:
    type = next((type for name, type in TYPES.items() if _has(entry.get(name, []), target)), "mention")
    author = _author(entry.get("author", []))
    if type in ("like", "repost"):
        return Said(type, author, "")
    return Said(type, author, _text(entry, title, whole=type == "reply"))


def _has(values: list[Any], target: str) -> bool:
    """Tell whether one of the values of a property is the target: as an address, or as what is cited."""
    each = [value if isinstance(value, dict) else {"value": value} for value in values]
    found = [url for value in each for url in (value.get("value"), *value.get("properties", {}).get("url", []))]
    return any(isinstance(url, str) and same(url) == same(target) for url in found)


def _author(values: list[Any]) -> str:
    for value in values:
        names = (
            value.get("properties", {}).get("name", [value.get("value", "")]) if isinstance(value, dict) else [value]
        )
        for name in names:
            if isinstance(name, str) and name.strip() and "://" not in name:
                return _plain(name)
    return ""


def _plain(value: Any) -> str:
    """Return the words of a property in one line."""
    text = value.get("value", "") if isinstance(value, dict) else value
    return " ".join(UNFIT.sub("", str(text)).split())


def _text(entry: dict[str, Any], title: str, *, whole: bool) -> str:
    """Return a reply's own words; of what only mentions the post its title and its summary, or its first words."""
    from blog.importing import comment_text, literal

    content = next(iter(entry.get("content", [])), "")
    words, name = _plain(content), _plain(next(iter(entry.get("name", [])), ""))
    if whole and content:
        html = content.get("html", "") if isinstance(content, dict) else ""
        text = comment_text.from_html(html) if html else literal.linked(words)
        return text if len(text) <= LONGEST else literal.linked(shortened(words, LONGEST))
    name = "" if words.startswith(name.rstrip("….")) and words else name
    summary = _plain(next(iter(entry.get("summary", [])), "")) or words
    parts = [part for part in (name or ("" if summary else _plain(title)), summary) if part]
    return "\n\n".join(literal.linked(shortened(part, SHORT)) for part in dict.fromkeys(parts))


def shortened(words: str, length: int) -> str:
    return words if len(words) <= length else f"{words[:length].rpartition(' ')[0] or words[:length]}…"


if __name__ == "__main__":
    main()
