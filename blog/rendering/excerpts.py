"""The beginning of a rendered comment, for lists."""

from html import escape
from html.parser import HTMLParser
from math import ceil

BLOCKS = frozenset(("p", "li", "blockquote", "pre", "ul", "ol", "br"))
VOID = frozenset(("br", "hr", "img"))


class _Beginning(HTMLParser):
    """Copy HTML until its text fills a number of lines, then count the words that are left out."""

    def __init__(self, lines: int, width: int) -> None:
        super().__init__(convert_charrefs=True)
        self.room, self.width = lines * width, width
        self.used, self.left_out = 0, 0
        self.parts: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BLOCKS:
            self.used = ceil(self.used / self.width) * self.width
        if self.left_out:
            return
        written = "".join([f' {name}="{escape(value)}"' for name, value in attrs if value is not None])
        self.parts.append(f"<{tag}{written}>")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open and not self.left_out:
            self.parts.append(f"</{tag}>")
            self.open.remove(tag)

    def handle_data(self, data: str) -> None:
        room = self.room - self.used
        if self.left_out or (len(data) > room and not data.strip()):
            self.left_out += len(data.split())
        elif len(data) <= room:
            self.used += len(data)
            self.parts.append(escape(data, quote=False))
        else:
            kept = data[: max(room, 0)].rpartition(" ")[0]
            self.left_out = len(data.split()) - len(kept.split())
            self.parts.append(escape(f"{kept} …", quote=False))

    def html(self) -> str:
        return "".join([*self.parts, *(f"</{tag}>" for tag in reversed(self.open))])


def beginning(text_html: str, *, lines: int = 4, width: int = 70) -> tuple[str, int]:
    """Return as much of a comment's HTML as fills `lines` of `width` characters, and how many words it leaves out."""
    parser = _Beginning(lines, width)
    parser.feed(text_html)
    parser.close()
    return (parser.html(), parser.left_out) if parser.left_out else (text_html, 0)
