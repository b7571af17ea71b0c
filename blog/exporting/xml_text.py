"""Texts as they stand in XML."""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from blog.text import fit


def text(value: object) -> str:
    return escape(fit(str(value)))


def cdata(value: object) -> str:
    """Return a text as CDATA, which its own ]]> does not end."""
    return f"<![CDATA[{fit(str(value)).replace(']]>', ']]]]><![CDATA[>')}]]>"


def attribute(value: object) -> str:
    """Return a value in quotation marks."""
    return quoteattr(fit(str(value)))


def elements(prefix: str, values: dict[str, object], *, plain: tuple[str, ...] = ()) -> Iterator[str]:
    """Give an element for each value: as CDATA, but for numbers and what is named `plain`."""
    for name, value in values.items():
        inside = text(value) if isinstance(value, int) or name in plain else cdata(value)
        yield f"<{prefix}{name}>{inside}</{prefix}{name}>\n"
