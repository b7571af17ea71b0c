"""What is typed into the desk's search: words, and operators such as `from:ana` or `before:2026-05-01`.

An operator's value may be quoted: `from:"Ana Sol"`. What looks like an operator but is none, or has no value, is
searched as it stands, so that an address (`https://…`) or `note: see above` can be found.
"""

import re
from dataclasses import dataclass, field, replace

from blog.moderation.selections import Selection

# Each operator, and the part of a selection that it sets.
OPERATORS = {
    "from": "name",
    "email": "email",
    "ip": "ip",
    "post": "post",
    "rule": "rule",
    "domain": "domain",
    "before": "before",
    "batch": "batch",
}
BATCH = re.compile(r"[1-9][0-9]{0,14}")
TERM = re.compile(r"""(?<!\S)(?P<name>[a-z]+):(?:"(?P<quoted>[^"]+)"|“(?P<curly>[^”]+)”|(?P<plain>[^\s"“]\S*))""", re.I)
DAY = re.compile(r"(?P<year>[12][0-9]{3})(?:-(?P<month>0[1-9]|1[0-2])(?:-(?P<day>0[1-9]|[12][0-9]|3[01]))?)?")


@dataclass(frozen=True)
class Terms:
    """What was typed, taken apart: the words, and for each part of a selection what an operator says."""

    words: str = ""
    values: dict[str, str] = field(default_factory=dict)


def parse(typed: str) -> Terms:
    """Take apart what was typed; of an operator that is given twice, the last one counts."""
    values: dict[str, str] = {}

    def take(term: re.Match[str]) -> str:
        part = OPERATORS.get(term["name"].lower(), "")
        value = (term["quoted"] or term["curly"] or term["plain"]).strip()
        value = moment_of(value) if part == "before" else value
        value = "" if part == "batch" and not BATCH.fullmatch(value) else value
        if not part or not value:
            return term[0]
        values[part] = value
        return ""

    words = TERM.sub(take, typed.replace("\0", " "))
    return Terms(" ".join(words.split()), values)


def moment_of(day: str) -> str:
    """Return the moment (UTC) at which a day, a month or a year begins; "" for what is none of them."""
    known = DAY.fullmatch(day)
    return f"{known['year']}-{known['month'] or '01'}-{known['day'] or '01'}T00:00:00.000Z" if known else ""


def narrowed(selection: Selection, typed: str) -> Selection:
    """Return a selection that is narrowed further by what was typed."""
    terms = parse(typed)
    return replace(selection, typed=typed.strip(), search=terms.words, **terms.values)  # type: ignore[arg-type]
