"""What the log says about switches of discussions: whole sentences for one post, for the whole site, and for many."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from blog.journal.acts import Row
from blog.wording import N_, gettext, number, plural_form


@dataclass(frozen=True)
class Sentences:
    """What is said of the discussion of one post, of every discussion (the site's switch), and of many posts'."""

    post: str
    site: str
    posts: Callable[[int], str]

    def of(self, row: Row, day: str = "") -> str:
        count = row["moved"]
        if count > 1:
            return self.posts(count).format(n=number(count), day=day)
        return gettext(self.post if row["post"] else self.site).format(title=row["title"], day=day)


SWITCHED = {
    "closed": Sentences(
        N_("Closed the discussion of “{title}”."),
        N_("Closed every discussion."),
        lambda n: plural_form("Closed {n} discussion.", "Closed {n} discussions.", n),
    ),
    "replies-only": Sentences(
        N_("Closed the discussion of “{title}” to new thoughts."),
        N_("Closed every discussion to new thoughts."),
        lambda n: plural_form("Closed {n} discussion to new thoughts.", "Closed {n} discussions to new thoughts.", n),
    ),
    "moderated": Sentences(
        N_("Set the discussion of “{title}” to moderated."),
        N_("Set every discussion to moderated."),
        lambda n: plural_form("Set {n} discussion to moderated.", "Set {n} discussions to moderated.", n),
    ),
    "open": Sentences(
        N_("Opened the discussion of “{title}”."),
        N_("Opened every discussion."),
        lambda n: plural_form("Opened {n} discussion.", "Opened {n} discussions.", n),
    ),
}
SWITCHED_UNTIL = {
    "closed": Sentences(
        N_("Closed the discussion of “{title}” until {day}."),
        N_("Closed every discussion until {day}."),
        lambda n: plural_form("Closed {n} discussion until {day}.", "Closed {n} discussions until {day}.", n),
    ),
    "replies-only": Sentences(
        N_("Closed the discussion of “{title}” to new thoughts until {day}."),
        N_("Closed every discussion to new thoughts until {day}."),
        lambda n: plural_form(
            "Closed {n} discussion to new thoughts until {day}.",
            "Closed {n} discussions to new thoughts until {day}.",
            n,
        ),
    ),
    "moderated": Sentences(
        N_("Set the discussion of “{title}” to moderated until {day}."),
        N_("Set every discussion to moderated until {day}."),
        lambda n: plural_form(
            "Set {n} discussion to moderated until {day}.", "Set {n} discussions to moderated until {day}.", n
        ),
    ),
    "open": Sentences(
        N_("Opened the discussion of “{title}” until {day}."),
        N_("Opened every discussion until {day}."),
        lambda n: plural_form("Opened {n} discussion until {day}.", "Opened {n} discussions until {day}.", n),
    ),
}
LIFTED = Sentences(
    N_("Opened the discussion of “{title}” again: it has its own state back."),
    N_("Opened every discussion again: each has its own state back."),
    lambda n: plural_form(
        "Opened {n} discussion again: it has its own state back.",
        "Opened {n} discussions again: each has its own state back.",
        n,
    ),
)
FOLLOWED = Sentences(
    N_("Let file and rules decide on the discussion of “{title}” again."),
    N_("Let file and rules decide on every discussion again."),
    lambda n: plural_form(
        "Let file and rules decide on {n} discussion again.", "Let file and rules decide on {n} discussions again.", n
    ),
)
AS_BEFORE = Sentences(
    N_("Undone: the discussion of “{title}” is as before."),
    N_("Undone: every discussion is as before."),
    lambda n: plural_form("Undone: {n} discussion is as before.", "Undone: {n} discussions are as before.", n),
)


def switched(row: Row) -> str:
    """Say how a switch was set; without a value after it, the site's switch was lifted."""
    if not row["after"]:
        return LIFTED.of(row)
    switch = json.loads(row["after"])
    if not switch["until"]:
        return SWITCHED[switch["mode"]].of(row)
    return SWITCHED_UNTIL[switch["mode"]].of(row, switch.get("day") or switch["until"][:10])


def followed(row: Row) -> str:
    """Say that file and rules decide again."""
    return FOLLOWED.of(row)


def undone(row: Row) -> str:
    """Say that switches are as before an act."""
    return AS_BEFORE.of(row)
