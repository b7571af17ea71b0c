"""Plain words to Markdown that says exactly these words, and no raw HTML, picture or heading by accident."""

import re
from functools import cache

from linkify_it import LinkifyIt

ANYWHERE = re.compile(
    r"[\\`*<|]|(?<![^\W_])_|_(?![^\W_])|~(?=~)|(?<=~)~|&(?=#?\w{1,32};)|\](?=[(\[:])|\[(?=\^)|\^(?=\[)|!(?=\[)"
)
AT_LINE_START = re.compile(
    r"^([ \t]*)((?:#{1,6}|[-+:])(?=[ \t]|$)|>|=+(?=[ \t]*$)|-{2,}(?=[ \t]*$)|~{3})"
    r"|^([ \t]*\d{1,9})([.)])(?=[ \t]|$)",
    re.MULTILINE,
)
BRACKET = re.compile(r"\\.|[\[\]]")
OUTSIDE_URLS = {sign: f"%{ord(sign):02X}" for sign in ' <>"\\`|^'}


def escaped(text: str) -> str:
    """Return the text with a backslash before what Markdown would read as a sign."""
    text = ANYWHERE.sub(lambda found: "\\" + found[0], text)
    return AT_LINE_START.sub(_escaped_start, text)


def in_link(text: str) -> str:
    """Return the text escaped, with its brackets, as the words of a link."""
    return BRACKET.sub(lambda found: found[0] if found[0][0] == "\\" else "\\" + found[0], escaped(text))


def linked(text: str) -> str:
    """Return the text escaped, and the web addresses in it as links."""
    if "://" not in text:
        return escaped(text)
    made, at = [], 0
    for link in _finder().match(text) or ():
        if link.schema in ("http:", "https:"):
            made += [escaped(text[at : link.index]), f"<{web_address(link.url)}>"]
            at = link.last_index
    return "".join([*made, escaped(text[at:])])


def web_address(url: str) -> str:
    """Return a URL so written that it can stand between angle brackets."""
    return "".join(OUTSIDE_URLS.get(sign, sign) for sign in url if sign > "\x1f")


def _escaped_start(match: re.Match[str]) -> str:
    if match[4]:
        return f"{match[3]}\\{match[4]}"
    return f"{match[1]}\\{match[2]}"


@cache
def _finder() -> LinkifyIt:
    return LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
