"""Sound and film of the site's own files as players, and frames of other sites as links that a script may open."""

import re
from collections.abc import Sequence
from html import escape, unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from blog.wording import gettext

if TYPE_CHECKING:  # the parser is imported when the first text needs it
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

SOUND = ("mp3", "ogg", "oga", "opus", "m4a", "wav", "flac")
FILM = ("mp4", "webm", "m4v", "ogv")
OWN = re.compile(r"(?!//|[^/?#]*:)[^\\]*")  # neither another host nor a scheme
PLAYED = re.compile(rf"[^?#]+\.(?:({'|'.join(SOUND)})|{'|'.join(FILM)})(?:[?#].*)?", re.IGNORECASE)
FRAME = re.compile(r"""<iframe\b((?:[^<>"']|"[^"]*"|'[^']*')*)>""", re.IGNORECASE)
FRAME_END = re.compile(r"</iframe\s*>", re.IGNORECASE)
VALUE = re.compile(r"""(?<![\w-])(src|data-src|title)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.IGNORECASE)


def player(address: str, words: str, *, captioned: bool = False) -> str:
    """Return a player for a file of this site, which loads nothing before it is pressed; "" for another address."""
    if not (OWN.fullmatch(address) and (found := PLAYED.fullmatch(address))):
        return ""
    tag, source = "audio" if found[1] else "video", escape(address)
    label = f' aria-label="{escape(words)}"' if words else ""
    text = "" if captioned else f'<a href="{source}">{escape(words or gettext("Download the file"))}</a>'
    return f'<{tag} controls preload="none" src="{source}"{label}>{text}</{tag}>'


def image(renderer: Any, tokens: "Sequence[Token]", at: int, options: Any, env: Any) -> str:
    """Render a picture; where it is sound or film of this site, a player."""
    token = tokens[at]
    words = renderer.renderInlineAsText(token.children or [], options, env)
    made = player(str(token.attrs.get("src", "")), words, captioned="captioned" in token.meta)
    return made or str(renderer.image(tokens, at, options, env))


def links_alone(state: "StateCore") -> None:
    """Put a player above a link to sound or film that stands alone in its paragraph; the link is its caption."""
    from markdown_it.token import Token

    for opening, inline, closing in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        parts = inline.children or []
        if opening.type != "paragraph_open" or opening.hidden or [part.type for part in parts] != LINK:
            continue
        address = str(parts[0].attrs.get("href", ""))
        if not player(address, ""):
            continue
        opening.tag = closing.tag = "figure"
        words = Token("text", "", 0, content=parts[1].content)
        sound = Token("image", "img", 0, attrs={"src": address}, children=[words], meta={"captioned": True})
        caption = Token("figcaption_open", "figcaption", 1), Token("figcaption_close", "figcaption", -1)
        inline.children = [sound, caption[0], *parts, caption[1]]


LINK = ["link_open", "text", "link_close"]


def html(renderer: Any, tokens: "Sequence[Token]", at: int, options: Any, env: Any) -> str:
    """Render raw HTML unchanged, except that frames become links."""
    content = str(tokens[at].content)
    if "<iframe" not in content.lower() and "</iframe" not in content.lower():
        return content
    return FRAME_END.sub("", FRAME.sub(_link, content))


def _link(frame: re.Match[str]) -> str:
    """Return the link that stands for a frame; "" for one without an address of the web."""
    values = {name.lower(): unescape(a or b or c) for name, a, b, c in VALUE.findall(frame[1])}
    address = (values.get("src") or values.get("data-src") or "").strip()
    address = f"https:{address}" if address.startswith("//") else address
    try:
        host = urlsplit(address).hostname
    except ValueError:
        host = None
    if not host or not address.startswith(("https://", "http://")):
        return ""
    title = " ".join(values.get("title", "").split())
    words = gettext("{title} ({host})", title=title, host=host) if title else host
    return f'<a class="frame" href="{escape(address)}">{escape(words)}</a>'
