"""The signals of the learning filter in words.

A signal is stored as a word, as two words, or as a code with its value, like ":host example.com"; what a code means is
said when it is shown. No word begins with a colon.
"""

from collections.abc import Callable

from blog.wording import gettext, ngettext, number


def coded(code: str, value: object = "") -> str:
    """Return a signal that is no word of the text, as it is stored."""
    return f":{code} {value}"


def phrase(signal: str) -> str:
    """Say what a signal is: link to example.com."""
    code, _, value = signal[1:].partition(" ")
    if not signal.startswith(":") or code not in PHRASES:
        return signal
    return PHRASES[code](value)


def _links(count: str) -> str:
    if count == "0":
        return gettext("no link")
    if count.isdecimal() and int(count) < 4:
        return ngettext("one link", "{n} links", int(count))
    return gettext("four links or more")


def _name_of(count: str) -> str:
    return ngettext("a name of one word", "a name of {n} words", int(count))


def _digits_in_email(count: str) -> str:
    if count == "0":
        return gettext("no digits in the email")
    return ngettext("{n} digit in the email", "{n} digits in the email", int(count))


PHRASES: dict[str, Callable[[str], str]] = {
    "empty": lambda _: gettext("no words"),
    "begins": lambda word: gettext("begins with “{word}”", word=word),
    "ends": lambda word: gettext("ends with “{word}”", word=word),
    "links": _links,
    "host": lambda host: gettext("link to {host}", host=host),
    "top": lambda top: gettext("link to a .{top} address", top=top),
    "path": lambda word: gettext("“{word}” in a link", word=word),
    "shape": lambda shape: gettext("a link’s path like {shape}", shape=shape),
    "bare": lambda _: gettext("a link to a bare domain"),
    "site-host": lambda host: gettext("site at {host}", host=host),
    "site-top": lambda top: gettext("site at a .{top} address", top=top),
    "site-path": lambda word: gettext("“{word}” in the site’s address", word=word),
    "site-shape": lambda shape: gettext("a site’s path like {shape}", shape=shape),
    "site-bare": lambda _: gettext("a site at a bare domain"),
    "capitals": lambda percent: gettext("{percent}% capitals", percent=number(int(percent))),
    "digits": lambda percent: gettext("{percent}% digits", percent=number(int(percent))),
    "punctuation": lambda percent: gettext("{percent}% punctuation", percent=number(int(percent))),
    "emoji": lambda percent: gettext("{percent}% emoji", percent=number(int(percent))),
    "different": lambda percent: gettext("{percent}% different words", percent=number(int(percent))),
    "characters": lambda count: ngettext("{n} character", "{n} characters", int(count)),
    "words": lambda count: ngettext("{n} word", "{n} words", int(count)),
    "exclamations": lambda count: ngettext("{n} exclamation mark", "{n} exclamation marks", int(count)),
    "lines": lambda count: ngettext("{n} line", "{n} lines", int(count)),
    "script": lambda script: gettext("{script} letters", script=script.title()),
    "name": lambda word: gettext("“{word}” in the name", word=word),
    "name-words": _name_of,
    "name-digits": lambda _: gettext("digits in the name"),
    "name-no-digits": lambda _: gettext("no digits in the name"),
    "email-host": lambda host: gettext("email at {host}", host=host),
    "email-top": lambda top: gettext("email at a .{top} address", top=top),
    "email-digits": _digits_in_email,
}
