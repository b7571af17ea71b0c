"""Where personal data stands: each column, how it is found, and what erasing it leaves.

Erasure, export and the retention of IP addresses take their lists from here. A column that is missing is found by a
test, which compares this with the schema.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["words", "person", "machine"]  # what somebody wrote, who they are, what they sent it from
FoundBy = Literal[
    "comment", "email", "sender", "account"
]  # `sender`: a browser's hash, an email, a network or a domain


@dataclass(frozen=True)
class Place:
    """A column that holds personal data; `blank` is what erasing leaves in it (None: the whole row goes)."""

    table: str
    column: str
    found_by: FoundBy
    kind: Kind
    blank: str | None = None
    exported: bool = True


def _places(
    table: str,
    found_by: FoundBy,
    kind: Kind,
    columns: Iterable[str],
    *,
    blank: str | None = None,
    exported: bool = True,
) -> list[Place]:
    return [Place(table, column, found_by, kind, blank, exported) for column in columns]


PLACES = (
    *_places("comments", "comment", "person", ("author", "email", "url"), blank="''"),
    *_places("comments", "comment", "words", ("text",), blank="''"),
    *_places("comments", "comment", "words", ("text_html", "text_hash"), blank="''", exported=False),
    *_places("comments", "comment", "machine", ("ip", "user_agent"), blank="''"),
    *_places("comments", "comment", "machine", ("network",), blank="''", exported=False),
    *_places("comments", "comment", "person", ("reader_hash",), blank="null"),
    *_places("comments", "comment", "person", ("remember",), blank="0"),
    *_places("comments", "comment", "person", ("verdict_facts",), blank="'{}'"),
    *_places("comments", "comment", "person", ("evidence",), blank="''"),
    *_places("comments", "comment", "person", ("score",), blank="null", exported=False),
    *_places("comments", "comment", "person", ("weighed",), blank="''", exported=False),
    *_places("revisions", "comment", "words", ("author", "url", "text")),
    *_places("revisions", "comment", "words", ("text_html", "text_hash"), exported=False),
    *_places("notes", "comment", "person", ("text",)),
    *_places("proposals", "comment", "words", ("text",)),
    *_places("unconfirmed_comments", "comment", "person", ("address", "reader_hash"), exported=False),
    *_places("marks", "comment", "words", ("reason", "who"), exported=False),
    *_places("proposals", "comment", "words", ("text_html",), exported=False),
    *_places("mentions_received", "comment", "person", ("source",), exported=False),
    *_places("comment_fingerprints", "comment", "words", ("hash",), exported=False),
    *_places("comment_domains", "comment", "words", ("domain",), exported=False),
    *_places("filter_lines", "email", "words", ("text", "author", "email", "url")),
    *_places("filter_lines", "email", "words", ("hash",), exported=False),
    *_places("standings", "sender", "person", ("value",), exported=False),
    *_places("standings", "sender", "person", ("reason",)),
    *_places("standing_changes", "sender", "person", ("before", "after"), exported=False),
    *_places("accounts", "email", "person", ("name", "email")),
    *_places("subscriptions", "email", "person", ("address",)),
    *_places("subscriptions", "email", "machine", ("reader_hash",), exported=False),
    *_places("confirmed_addresses", "email", "person", ("address",)),
    *_places("confirmed_addresses", "email", "machine", ("reader_hash",), exported=False),
    *_places("mail_links", "email", "person", ("address", "details", "browser_hash"), exported=False),
    *_places("mailbox_sessions", "email", "person", ("address",), exported=False),
    *_places("refused_mail", "email", "person", ("address",)),
    *_places("refused_mail", "email", "person", ("error",), exported=False),
    *_places("sessions", "account", "machine", ("ip", "user_agent"), exported=False),
    *_places("known_places", "account", "machine", ("place",), exported=False),
)
# Tables whose rows go with an address.
TABLES_OF_ADDRESS = tuple(
    dict.fromkeys(place.table for place in PLACES if place.found_by == "email" and place.column == "address")
)
# Tables whose rows go with a comment.
TABLES_OF_COMMENT = tuple(
    dict.fromkeys(place.table for place in PLACES if place.found_by == "comment" and place.blank is None)
)


def blanked(*kinds: Kind) -> str:
    """Return the assignments that erase data of these kinds from a row of `comments`."""
    return ", ".join(
        f"{place.column} = {place.blank}" for place in PLACES if place.table == "comments" and place.kind in kinds
    )


def present(kind: Kind, row: str) -> str:
    """Return the condition that a row of `comments` holds data of a kind."""
    columns = [place.column for place in PLACES if place.table == "comments" and place.kind == kind]
    return "(" + " or ".join(f"{row}.{column} <> ''" for column in columns) + ")"


def exported(table: str) -> str:
    """Return the columns of a table that a person is given."""
    return ", ".join(place.column for place in PLACES if place.table == table and place.exported)
