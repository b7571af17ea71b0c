"""Which posts the desk lists: by status, state of the discussion, author and words; from an address or a form."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from sqlite_utils import Database

from blog import closing, posts
from blog.closing import Closure, Facts, State
from blog.rules.policy import Policy
from blog.text import has_all
from blog.web import forms
from blog.wording import N_

PAGE = 50
STATUSES = {
    "": N_("All"),
    "published": N_("Published"),
    "draft": N_("Drafts"),
    "scheduled": N_("Scheduled"),
    "withdrawn": N_("Withdrawn"),
}
STATES = {
    "": N_("All"),
    "open": N_("Open"),
    "moderated": N_("Moderated"),
    "replies-only": N_("Replies only"),
    "closed": N_("Closed"),
    "switched": N_("By hand"),
}
FIELDS = ("state", "status", "author", "q")


@dataclass(frozen=True)
class PostFilter:
    """`state` is a mode, or `switched` for those with a switch of their own; `q` has words of title, slug or author.

    `newest` holds a form to the posts that its page counted: the highest id at that time.
    """

    state: str = ""
    status: str = ""
    author: str = ""
    q: str = ""
    newest: int | None = None

    @property
    def query(self) -> dict[str, str]:
        return {name: value for name in FIELDS if (value := asdict(self)[name])}

    def changed(self, name: str, value: str) -> "PostFilter":
        """Return this filter with another value of one field."""
        return of_fields(self.query | {name: value})

    def address(self, **more: str) -> str:
        query = urlencode(self.query | more)
        return f"/admin/posts?{query}" if query else "/admin/posts"


@dataclass(frozen=True)
class Listed:
    """A post of the list: its row, what its discussion's state follows from, and that state."""

    row: dict[str, Any]
    facts: Facts
    state: State
    status: str


def of_fields(fields: Mapping[str, Any]) -> PostFilter:
    """Read the filter of an address or a form; an unknown state or status means all."""
    typed = {name: str(fields.get(name, "")).strip()[:200] for name in FIELDS}
    if typed["state"] not in STATES:
        typed["state"] = ""
    if typed["status"] not in STATUSES:
        typed["status"] = ""
    return PostFilter(**typed, newest=forms.number(str(fields.get("asof", ""))))


def all_listed(db: Database, current: Policy, *, at: str, owner: str = "") -> list[Listed]:
    """Return every post with its state, newest first, drafts without a date before them."""
    known = [(row, closing.facts(row)) for row in posts.all_posts(db, owner)]
    return [Listed(row, facts, closing.state(facts, current, at), status_of(row, at)) for row, facts in known]


def status_of(row: Mapping[str, Any], at: str) -> str:
    """Return the status of a post: one whose date is in the future is scheduled."""
    return "scheduled" if row["status"] == "published" and row["published_at"] > at else str(row["status"])


def chosen(listed: list[Listed], wanted: PostFilter) -> list[Listed]:
    """Return the posts that a filter selects."""
    words = "\n".join(wanted.q.casefold().split())
    return [each for each in listed if _fits(each, wanted, words)]


def _fits(each: Listed, wanted: PostFilter, words: str) -> bool:
    row = each.row
    return (
        (not wanted.state or _has_state(each, wanted.state))
        and (not wanted.status or each.status == wanted.status)
        and (not wanted.author or row["author"].casefold() == wanted.author.casefold())
        and (wanted.newest is None or row["id"] <= wanted.newest)
        and (not words or has_all("\n".join((row["title"], row["slug"], row["author"])), words))
    )


def _has_state(each: Listed, state: str) -> bool:
    return each.facts.switch is not None if state == "switched" else each.state.mode == state


def counts(listed: list[Listed], wanted: PostFilter, name: str, values: Mapping[str, str]) -> dict[str, int]:
    """Count what each value of one filter would select, with all others as they are."""
    others = chosen(listed, wanted.changed(name, ""))
    return {value: len(chosen(others, PostFilter().changed(name, value))) for value in values}


def page_after(listed: list[Listed], slug: str) -> tuple[list[Listed], int]:
    """Return the page that begins after a post, and its place in the list; from the beginning without such a post."""
    place = next((n + 1 for n, each in enumerate(listed) if each.row["slug"] == slug), 0)
    return listed[place : place + PAGE], place


def changing(listed: list[Listed], mode: str) -> int:
    """Count the posts whose own switch a new one of this mode, without note or end, would change."""
    wanted = None if mode == closing.FOLLOW else (mode, "", None)
    return sum(_switch(each.facts.switch) != wanted for each in listed)


def _switch(switch: Closure | None) -> tuple[str, str, str | None] | None:
    return (switch.mode, switch.note, switch.until) if switch else None
