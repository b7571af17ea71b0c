"""What every mail needs to be written: the site, the database, addresses, dates, and what a comment says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sqlite_utils import Database

from blog import posts, rules
from blog.journal.events import moment
from blog.notifications import links
from blog.notifications.blocks import Button, Quote, Small, without_links
from blog.notifications.links import Link
from blog.rendering.languages import language_of
from blog.settings import Settings
from blog.wording import date_and_time, gettext


@dataclass(frozen=True)
class Writing:
    """One mail that is being written: for `payload`, at the moment `at`."""

    db: Database
    settings: Settings
    payload: Mapping[str, Any]
    at: str

    def url(self, path: str) -> str:
        return f"{self.settings.url}{path}"

    def post_url(self, row: Mapping[str, Any]) -> str:
        """Return the address of a post; the row has slug, published_at and post_kind."""
        return self.url(quote(posts.address_of(self.settings, row["slug"], row["post_kind"], row["published_at"])))

    def place(self, row: Mapping[str, Any]) -> str:
        """Return the address of a comment in its place."""
        return f"{self.post_url(row)}comment/{row['id']}/"

    def link(self, link: Link) -> str:
        """Store a link and return its address."""
        return self.url(f"/mail/{links.make(self.db, link, at=self.at)}/")

    def date(self, at: str) -> str:
        """Write a date and time; "" for a comment that was imported without one."""
        if not at:
            return ""
        return date_and_time(moment(at).astimezone(self.settings.zone))

    def spoken(self, text: str, row: Mapping[str, Any]) -> str:
        """Return the language of a comment: most likely that of its post, else that of the site."""
        own = self.settings.language
        return language_of(text, row["post_language"] or own, own)

    def deadline(self, at: str) -> str:
        """Write a moment with its zone, for readers in other places."""
        return gettext("{moment} UTC", moment=date_and_time(moment(at)))

    def leave(self, kind: Any, number: int) -> str:
        return self.url(f"/unsubscribe/{links.leave_token(self.db, kind, number)}/")

    def comment(self, number: int) -> dict[str, Any] | None:
        row = next(iter(self.db.query(COMMENT, [number])), None)
        return row


COMMENT = """
    select c.id, c.post_id, c.status, c.author, c.email, c.url, c.text, c.version, c.rule,
      coalesce(c.created_at, '') as created_at,
      c.verdict_facts, c.score, c.reader_hash, c.account_id, c.parent_id, p.slug, p.title, p.published_at,
      p.kind as post_kind, p.language as post_language,
      coalesce(o.author, '') as parent_author, coalesce(o.text, '') as parent_text,
      coalesce(o.created_at, '') as parent_at, coalesce(o.status, '') as parent_status,
      exists (select 1 from confirmed_addresses a where a.address = lower(c.email) and a.reader_hash = c.reader_hash)
        as address_confirmed
    from comments c join posts p on p.id = c.post_id left join comments o on o.id = c.parent_id where c.id = ?
"""


def name_of(author: str) -> str:
    return author or gettext("Anonymous")


def quote_of(writing: Writing, row: Mapping[str, Any], *, hidden: bool = False) -> Quote:
    """Return a comment as a mail shows it; addresses in one that waits cannot be opened by mistake."""
    text = without_links(row["text"]) if hidden else row["text"]
    author = without_links(name_of(row["author"])) if hidden else name_of(row["author"])
    return Quote(
        author, writing.date(row["created_at"]), text, hidden=hidden, language=writing.spoken(row["text"], row)
    )


def parent_of(writing: Writing, row: Mapping[str, Any]) -> list[Quote]:
    """Return the comment that another one answers, if it is public."""
    if row["parent_status"] != "approved":
        return []
    author = name_of(row["parent_author"])
    language = writing.spoken(row["parent_text"], row)
    return [Quote(author, writing.date(row["parent_at"]), row["parent_text"], answered=True, language=language)]


def reason_of(row: Mapping[str, Any]) -> str:
    """Say why a comment waits."""
    return rules.stored_sentence(row)


def footer(writing: Writing, why: str, subscription: int, address: str) -> list[Small | Button]:
    """Return why somebody gets a mail, and how to stop it and all others."""
    return [
        Small(why),
        Button(gettext("Stop these mails"), writing.leave("subscription", subscription)),
        Button(gettext("All your mails"), writing.link(Link("mails", address=address))),
    ]
