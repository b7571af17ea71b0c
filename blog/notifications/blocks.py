"""A mail as a list of blocks, which one template turns into plain text and another into HTML."""

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from blog.rendering.typesetting import is_from_right
from blog.text import UNFIT
from blog.wording import facts, gettext

WIDTH = 72  # characters of a line of plain text
HOST = re.compile(r"(?:https?://|mailto:)?(?:www\.)?((?:[\w-]+\.)+[^\W\d_]{2,}\b)", re.IGNORECASE)


@dataclass(frozen=True)
class Lead:
    """The first sentence, which programs show in the list of mails."""

    text: str


@dataclass(frozen=True)
class Text:
    text: str


@dataclass(frozen=True)
class Small:
    """A remark in smaller type."""

    text: str


@dataclass(frozen=True)
class Heading:
    text: str


@dataclass(frozen=True)
class Quote:
    """What somebody wrote: `answered` is what the mail is about an answer to, `hidden` is not public yet.

    `language` is that of the text, as far as it is known.
    """

    author: str
    at: str
    text: str
    answered: bool = False
    hidden: bool = False
    language: str = ""

    @property
    def head(self) -> str:
        """Return by whom and when, as a line of plain text above the words."""
        return gettext("{facts}:", facts=facts(filter(None, (self.author, self.at))))

    @property
    def paragraphs(self) -> list[str]:
        return [part for part in re.split(r"\n\s*\n", self.text.strip()) if part]


@dataclass(frozen=True)
class Links:
    """Links in one row; the label says what each does."""

    links: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Button:
    """The one thing to do."""

    label: str
    url: str


@dataclass(frozen=True)
class Code:
    """Six digits to type, after a label."""

    label: str
    text: str


Block = Lead | Text | Small | Heading | Quote | Links | Button | Code


@dataclass(frozen=True)
class Mail:
    """One mail. `footer` are remarks and links below a line, such as the way to leave."""

    to: str
    subject: str
    blocks: Sequence[Block]
    footer: Sequence[Small | Button] = ()
    list_id: str = ""
    unsubscribe: str = ""
    thread: str = ""
    reply_to: str = ""
    language: str = "en"
    sent: Sequence[tuple[str, Any]] = field(default=())  # what has to be stored when it was sent

    @property
    def from_right(self) -> bool:
        return is_from_right(self.language)


def plain(mail: Mail, signature: str) -> str:
    """Return the plain text of a mail."""
    return _written("mail.txt", mail, signature).strip() + "\n"


def html(mail: Mail, signature: str) -> str:
    return _written("mail.html", mail, signature)


def _written(template: str, mail: Mail, signature: str) -> str:
    blocks = [(type(block).__name__.lower(), block) for block in mail.blocks]
    footer = [(type(block).__name__.lower(), block) for block in mail.footer]
    written = _environment().get_template(template).render(mail=mail, blocks=blocks, footer=footer, signature=signature)
    return UNFIT.sub("", written)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("blog.notifications"),
        autoescape=lambda name: name is not None and name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"filled": filled, "quoted": lambda text: filled(text, "> "), "line": one_line}
    return environment


def filled(text: str, before: str = "") -> str:
    """Break the lines of a text, each after the same beginning; addresses are never broken."""
    wrapped = []
    for line in text.strip().splitlines():
        parts = textwrap.wrap(line, WIDTH - len(before), break_long_words=False, break_on_hyphens=False)
        wrapped += [f"{before}{part}".rstrip() for part in parts or [""]]
    return "\n".join(wrapped)


def one_line(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())


def without_links(text: str) -> str:
    """Return a text whose addresses nobody can open by mistake: spinz[.]example."""
    return HOST.sub(lambda found: found[1].replace(".", "[.]"), text)


def shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + " …"
