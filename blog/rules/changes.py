"""A change of a setting, as the log tells it."""

import json

from blog.journal import acts
from blog.journal.acts import Act, Row
from blog.wording import gettext, ngettext, number


def _sentence(row: Row) -> str:
    before, after = _lines_of(row["before"]), _lines_of(row["after"])
    if before is None or after is None:
        return gettext(
            "Changed {name} from {before} to {after}.", name=row["reason"], before=row["before"], after=row["after"]
        )
    if not before:
        return ngettext(
            "Changed {name} from nothing to one line.",
            "Changed {name} from nothing to {n} lines.",
            after or 0,
            name=row["reason"],
        )
    if not after:
        return ngettext(
            "Changed {name} from one line to nothing.",
            "Changed {name} from {n} lines to nothing.",
            before,
            name=row["reason"],
        )
    if before == 1:
        return ngettext(
            "Changed {name} from one line to one line.",
            "Changed {name} from one line to {n} lines.",
            after,
            name=row["reason"],
        )
    return ngettext(
        "Changed {name} from {before} lines to one line.",
        "Changed {name} from {before} lines to {n} lines.",
        after,
        name=row["reason"],
        before=number(before),
    )


def _lines_of(value: str) -> int | None:
    """Return how many lines a list had, 0 for an empty one; None for another setting's value."""
    if not value:
        return 0
    return int(json.loads(value)["lines"]) if value.startswith("{") else None


SETTING = Act(kind="setting", group=acts.SETTINGS, sentence=_sentence)
