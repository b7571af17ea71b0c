"""Where a page takes mentions: the endpoint in its `Link` headers, else in its first `link` or `a` that has one."""

import re
from collections.abc import Iterator
from contextlib import suppress
from html.parser import HTMLParser
from urllib.parse import urljoin

from blog.federation.client import Answer

# One link of a Link header (RFC 8288): its target, and its parameters, whose values may be quoted.
LINK = re.compile(r"""<([^<>]*)>((?:\s*;\s*[\w!#$%&'*+.^`|~-]+\*?\s*(?:=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",;]*))?)*)""")
PARAMETER = re.compile(r""";\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",;]*))""")


def endpoint(answer: Answer) -> str | None:
    """Return the address that takes mentions of a page, None without one; relative ones are resolved."""
    found = in_headers(answer)
    if found is None and answer.media_type in ("text/html", "application/xhtml+xml"):
        return in_page(answer)
    return None if found is None else _joined(answer.url, found)


def in_headers(answer: Answer, wanted: str = "webmention") -> str | None:
    """Return the target of the first link with a relation, as it is written."""
    return next(targets(answer, wanted), None)


def targets(answer: Answer, wanted: str) -> Iterator[str]:
    """Yield the targets of all links with a relation in the headers, as they are written."""
    for line in answer.headers.get_all("link", []):
        for target, parameters in LINK.findall(line):
            values = {name.lower(): quoted or plain for name, quoted, plain in reversed(PARAMETER.findall(parameters))}
            if wanted in values.get("rel", "").lower().split():
                yield str(target)


def in_page(answer: Answer) -> str | None:
    finder = _Finder()
    parse(finder, answer.text)
    return None if finder.found is None else _joined(_joined(answer.url, finder.base) or answer.url, finder.found)


def parse(parser: HTMLParser, html: str) -> None:
    """Give a parser as much of a page as it can read."""
    with suppress(AssertionError):  # what the parser of the standard library raises at a strange declaration
        parser.feed(html)
        parser.close()


def _joined(base: str, found: str) -> str | None:
    """Return the whole address; its query string is kept."""
    try:
        return urljoin(base, found.strip())
    except ValueError:
        return None


class _Finder(HTMLParser):
    """Find the first link to an endpoint; comments, scripts and escaped tags are no elements."""

    def __init__(self) -> None:
        super().__init__()
        self.found: str | None = None
        self.base = ""
        self._inert = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(reversed(attrs))
        if tag in ("template", "noscript"):
            self._inert += 1
        if tag == "base" and not self.base:
            self.base = values.get("href") or ""
        if self.found is not None or self._inert or tag not in ("link", "a") or values.get("href") is None:
            return
        if "webmention" in (values.get("rel") or "").lower().split():
            self.found = values["href"]

    def handle_endtag(self, tag: str) -> None:
        if tag in ("template", "noscript") and self._inert:
            self._inert -= 1
