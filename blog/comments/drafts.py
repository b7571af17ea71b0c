"""A comment before it is stored: what was typed, checked and rendered as far as that needs no database."""

import hashlib
import ipaddress
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from blog import wording
from blog.comments import near_duplicates
from blog.errors import TooFast
from blog.rendering.markdown import Rendered, render_comment, too_much
from blog.text import EMAIL, REFUSED, VISIBLE, name_keys
from blog.wording import N_, gettext, ngettext, number

# WordPress's limits, save the text's: what a comment costs to render grows with it.
LIMITS = {"author": 245, "email": 100, "url": 200, "comment": 16_384}
AGENT_LENGTH = 254
MISSING = N_("Your comment is missing.")
BAD_PARENT = -1


@dataclass(frozen=True)
class Sender:
    """Who sends: `reader_hash` is the hash of the cookie's secret, `account` an id with its name and email."""

    ip: str = ""
    network: str = ""
    user_agent: str = ""
    reader_hash: str | None = None
    account: int | None = None
    account_name: str = ""
    account_email: str = ""


class Stamp(NamedTuple):
    """What the hidden field of a form says: whether it is valid, missing or forged, and when the form was opened."""

    state: str = "valid"
    opened_at: str | None = None


VALID = Stamp()


@dataclass(frozen=True)
class Draft:
    """A comment before it is stored, checked and rendered as far as that needs no database.

    `too_fast` is the refusal of a sender who was found too fast early: such a text is neither rendered nor stored.
    `fingerprints` is what nearly the same texts share (near_duplicates.py). `domains` are the other hosts that text and
    address link to, each once, without www. `site_names` are the site's own names. The author's name is compared by its
    `name_keys`. `subscribe` is what mail the sender asks for, `source` the way that it came. Of a
    mention `mention` is the host that it comes from, `shared` tells that many people have their sites there.
    """

    author: str
    email: str
    url: str
    text: str
    parent: int | None
    remember: bool
    rendered: Rendered
    errors: Mapping[str, str]
    sender: Sender = field(default_factory=Sender)
    stamp: str = "valid"
    opened_at: str | None = None
    honeypot: bool = False
    own: str = ""
    site_names: tuple[str, ...] = ()
    too_fast: TooFast | None = None
    subscribe: str = ""
    source: str = "web"
    kind: str = "comment"
    mention: str = ""
    shared: bool = False

    text_hash: str = field(init=False)
    fingerprints: tuple[str, str] | tuple[()] = field(init=False)
    domains: list[str] = field(init=False)
    name_keys: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Compute here what would otherwise cost time in the writing thread."""
        object.__setattr__(self, "text_hash", text_hash(self.text))
        object.__setattr__(self, "fingerprints", near_duplicates.fingerprints(self.text))
        object.__setattr__(self, "domains", self._domains())
        object.__setattr__(self, "name_keys", name_keys(self.author))

    @property
    def links(self) -> int:
        """Return how many links of the text lead away from this site (`own` is its host)."""
        return sum(not self.own or host_of(link) != self.own for link in self.rendered.links)

    def _domains(self) -> list[str]:
        links = (*self.rendered.links, self.url) if self.url else self.rendered.links
        if not links:
            return []
        return sorted({host_of(link)[:253] for link in links if is_web_address(link)} - {"", self.own})


def host_of(link: str) -> str:
    """Return the host of an address as browsers resolve it, without www., "" where there is none."""
    try:
        host = unquote(urlsplit(link).hostname or "").lower()
    except ValueError:
        return ""
    return _number_as_address(_ascii_host(host).removesuffix(".")).removeprefix("www.")


def _ascii_host(host: str) -> str:
    """Return a host name in its ASCII form (UTS #46), with other scripts as xn--…"""
    if host.isascii():
        return host
    import idna  # it takes a while to load, and most addresses are plain

    try:
        labels = idna.uts46_remap(host, std3_rules=False, transitional=False).split(".")
    except idna.IDNAError:  # browsers take no such host either
        return host
    return ".".join(label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels)


def _number_as_address(host: str) -> str:
    """Return an IP address in its usual form; browsers also accept forms such as 0x7f.1 and 2130706433."""
    try:
        if ":" in host:
            return str(ipaddress.ip_address(host))
        is_number = re.search(r"(^|\.)(\d+|0x[\da-f]*)$", host)
        return socket.inet_ntoa(socket.inet_aton(host)) if is_number else host
    except (OSError, ValueError):
        return host


def prepare(
    fields: Mapping[str, str],
    sender: Sender,
    *,
    stamp: Stamp = VALID,
    own: str = "",
    site_names: tuple[str, ...] = (),
    too_fast: TooFast | None = None,
) -> Draft:
    """Check and render a form; pure, but slow (a tenth of a second for a hostile text), so run it in a thread.

    Links to `own`, the host of this site, are not counted. `site_names` are the site's title and author.
    """
    errors: dict[str, str] = {}
    author = _name(sender.account_name or fields.get("author", ""), errors)
    email = _email(sender.account_email if sender.account else fields.get("email", ""), errors)
    url = _url("" if sender.account else fields.get("url", ""), errors)
    text = fields.get("comment", "").replace("\r\n", "\n").replace("\r", "\n")
    _checked_text(text, errors)
    rendered = Rendered("", "", ()) if too_fast else _rendered(text, errors)
    return Draft(
        author=author,
        email=email,
        url=url,
        text=text,
        parent=parent_of(fields.get("comment_parent", "")),
        remember=bool(fields.get("remember")),
        rendered=rendered,
        errors=errors,
        sender=sender,
        stamp=stamp.state,
        opened_at=stamp.opened_at,
        honeypot=bool(fields.get("homepage", "").strip()),
        own=own.removeprefix("www."),
        site_names=site_names,
        too_fast=too_fast,
        subscribe=fields.get("subscribe", ""),
    )


def _name(value: str, errors: dict[str, str]) -> str:
    """Return a name on one line, or "" for a name without visible characters."""
    name = _line("author", value, errors)
    return name if VISIBLE.search(name) or "author" in errors else ""


def _line(name: str, value: str, errors: dict[str, str]) -> str:
    value = " ".join(value.split()) if "\n" in value or "\r" in value else value.strip()
    if len(value) > LIMITS[name]:
        errors[name] = _too_long(name, len(value))
    elif found := REFUSED.search(value):
        errors[name] = _strange(name, f"{ord(found[0]):04X}")
    return value


def _too_long(name: str, length: int) -> str:
    """Say that a field is too long."""
    most = number(LIMITS[name])
    if name == "author":
        return ngettext(
            "The name has {n} character; {most} fit. Nothing was cut.",
            "The name has {n} characters; {most} fit. Nothing was cut.",
            length,
            most=most,
        )
    if name == "email":
        return ngettext(
            "The email has {n} character; {most} fit. Nothing was cut.",
            "The email has {n} characters; {most} fit. Nothing was cut.",
            length,
            most=most,
        )
    if name == "url":
        return ngettext(
            "The web address has {n} character; {most} fit. Nothing was cut.",
            "The web address has {n} characters; {most} fit. Nothing was cut.",
            length,
            most=most,
        )
    return ngettext(
        "Your comment has {n} character; {most} fit. Nothing was cut.",
        "Your comment has {n} characters; {most} fit. Nothing was cut.",
        length,
        most=most,
    )


def _strange(name: str, code: str) -> str:
    """Say that a field of one line holds a control character."""
    if name == "author":
        return gettext("The name holds a control character (U+{code}). Please take it out.", code=code)
    if name == "email":
        return gettext("The email holds a control character (U+{code}). Please take it out.", code=code)
    return gettext("The web address holds a control character (U+{code}). Please take it out.", code=code)


def _email(value: str, errors: dict[str, str]) -> str:
    value = _line("email", value, errors)
    if value and "email" not in errors and not EMAIL.fullmatch(value):
        if "@" not in value:
            errors["email"] = gettext("“{value}” has no @. Write it like name@example.org.", value=value)
        else:
            errors["email"] = gettext("“{value}” is no email address. Write it like name@example.org.", value=value)
    return value


def _url(value: str, errors: dict[str, str]) -> str:
    """Return an http or https address; one without a scheme gets https."""
    value = _line("url", value, errors)
    if not value or "url" in errors:
        return value
    whole = value if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:(?!\d)", value) else f"https://{value}"
    if not is_web_address(whole):
        errors["url"] = gettext(
            "“{value}” is no web address. Write it like https://example.org, or leave it empty.", value=value
        )
    elif len(whole) > LIMITS["url"]:
        errors["url"] = _too_long("url", len(whole))
    return whole if "url" not in errors else value


def is_web_address(value: str) -> bool:
    if re.search(r"[\s\"<>\\^`{|}]", value):
        return False
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "@" not in parts.netloc and bool(host and re.search(r"\w", host))


def _checked_text(text: str, errors: dict[str, str]) -> None:
    if not text.strip():
        errors["comment"] = gettext(MISSING)
    elif len(text) > LIMITS["comment"]:
        errors["comment"] = _too_long("comment", len(text))
    elif found := REFUSED.search(text):
        code = f"{ord(found[0]):04X}"
        errors["comment"] = gettext(
            "Your comment holds a character that no page can show (U+{code}). Please take it out.", code=code
        )
    elif sentence := too_much(text):
        errors["comment"] = sentence


def _rendered(text: str, errors: dict[str, str]) -> Rendered:
    """Render a text without errors; text without visible characters counts as missing.

    The number of a list item is visible, since “2026.” may be a whole answer, and so is a line; the dots of a list are
    not.
    """
    if "comment" not in errors:
        rendered = render_comment(text, language=wording.of_texts())
        if VISIBLE.search(rendered.plain) or "<ol" in rendered.html or "<hr" in rendered.html:
            return rendered
        errors["comment"] = gettext(MISSING)
    return Rendered("", "", ())


def parent_of(value: str) -> int | None:
    value = value.strip()
    if value in ("", "0"):
        return None
    return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else BAD_PARENT


def text_hash(text: str) -> str:
    return hashlib.blake2b(text.strip().encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
