"""What whoever moved here has still to mend in the texts of posts: each with its file and line.

Template tags of other generators, pictures and frames of other sites (no page of ours loads any), pictures without
words for those who do not see them, and files that look like posts and are none.
"""

import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from blog import posts
from blog.posts import PostFile
from blog.settings import Settings
from blog.wording import gettext

FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
CODE = re.compile(r"(`+).+?\1")
TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{(?:static|filename|attach)\}\S*")
PICTURE = re.compile(r"!\[(?P<alt>(?:[^\[\]]|\[[^\[\]]*\])*)\]\(\s*<?(?P<to>[^)\s>]+)")
IMAGE = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
FRAME = re.compile(r"<(?:iframe|embed|object)\b[^<>]*", re.IGNORECASE)
VALUE = re.compile(r"\b(src|alt|data)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]*))", re.IGNORECASE)
OTHER_ENDINGS = (".mdown", ".mkd", ".mdx", ".rst", ".org", ".adoc", ".textile", ".html", ".htm")
MOST = 20  # of one file


@dataclass(frozen=True)
class ToMend:
    """One thing to mend: its file, as people know it, its line, and a sentence."""

    path: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}: {self.sentence}"


def of_file(file: PostFile, first_line: int, frames: Collection[str] = ()) -> list[ToMend]:
    """Return what is to mend in a post's text, whose first line is this one of its file.

    `frames` are the hosts whose frames the site shows.
    """
    found: list[ToMend] = []
    path = posts.site_path(file.path)
    for number, line in _outside_code(file.body):
        for sentence in _of_line(line, frames, raw_html=file.html):
            found.append(ToMend(path, first_line + number, sentence))
            if len(found) == MOST:
                return found
    return found


def _outside_code(text: str) -> Iterator[tuple[int, str]]:
    """Give the lines that are no code, counted from 0, without code within them."""
    fence = ""
    for number, line in enumerate(text.split("\n")):
        mark = FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence:
            yield number, CODE.sub("", line)


def _of_line(line: str, frames: Collection[str], *, raw_html: bool) -> Iterator[str]:
    for found in TAG.finditer(line):
        yield gettext("{tag} is a tag of another generator, and stands on the page as it is.", tag=found[0][:60])
    for found in PICTURE.finditer(line):
        yield from _picture(found["to"], found["alt"])
    if raw_html:
        for found in IMAGE.finditer(line):
            values = _values(found[0])
            yield from _picture(values.get("src", ""), values.get("alt", "") if "alt" in values else "")
        for found in FRAME.finditer(line):
            values = _values(found[0])
            address = values.get("src") or values.get("data") or "?"
            if found[0][:7].lower() == "<iframe":
                yield from _frame(address, frames)
            else:
                yield gettext("The frame of {address} is not shown; make a link of it.", address=address[:80])


def _frame(address: str, frames: Collection[str]) -> Iterator[str]:
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        host = ""
    if host not in frames:
        yield gettext(
            "The frame of {address} is shown as a link. If readers may open it on the page, name {host} under `frames`"
            " in blog.toml.",
            address=address[:80],
            host=host or "?",
        )


def _picture(address: str, alt: str) -> Iterator[str]:
    if re.match(r"(?:https?:)?//", address):
        yield gettext("The picture {address} is on another site, and is not shown.", address=address[:80])
    elif not alt.strip():
        yield gettext("The picture {address} has no words for those who do not see it.", address=address[:80])


def _values(tag: str) -> dict[str, str]:
    return {name.lower(): a or b or c for name, a, b, c in VALUE.findall(tag)}


def ignored_files(settings: Settings) -> list[str]:
    """Return a sentence for each file in posts/ and pages/ that looks like a text and is not read."""
    found = []
    for folder in (settings.posts, settings.pages):
        for root, folders, names in os.walk(folder):
            folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
            for name in sorted(names):
                if name.lower().endswith(OTHER_ENDINGS) and not name.startswith((".", "_")):
                    path = posts.site_path(posts.path_of(Path(root, name), settings.posts))
                    found.append(gettext("{path} is not read: posts end in .md or .markdown.", path=path))
    return found
