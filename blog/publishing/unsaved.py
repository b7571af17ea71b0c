"""What a writer has typed and not saved yet: one text for each post and account."""

from typing import TypedDict

from sqlite_utils import Database

from blog.errors import Invalid
from blog.wording import ngettext, number

MAX_LENGTH = 2_000_000  # characters of a post's file


class Unsaved(TypedDict):
    """What a writer typed and did not save yet; `base` is the digest of the file that it began from."""

    text: str
    base: str
    saved_at: str


def save(db: Database, post: int, account: int, text: str, base: str, *, at: str) -> None:
    """Keep what a writer has typed so far, in place of the text that was kept before."""
    check_length(text)
    db.conn.execute(
        """
        insert into unsaved (post_id, account_id, text, base, saved_at) values (?, ?, ?, ?, ?)
        on conflict (post_id, account_id) do update
        set text = excluded.text, base = excluded.base, saved_at = excluded.saved_at
        """,
        [post, account, text, base, at],
    )


def load(db: Database, post: int, account: int) -> Unsaved | None:
    rows = db.query("select text, base, saved_at from unsaved where post_id = ? and account_id = ?", [post, account])
    return next(iter(rows), None)  # type: ignore[return-value]


def discard(db: Database, post: int, account: int) -> None:
    db.conn.execute("delete from unsaved where post_id = ? and account_id = ?", [post, account])


def check_length(text: str) -> None:
    """Raise Invalid for a text that is too long."""
    if len(text) > MAX_LENGTH:
        raise Invalid(
            {
                "text": ngettext(
                    "The post has {n} character; {most} fit. Nothing was cut.",
                    "The post has {n} characters; {most} fit. Nothing was cut.",
                    len(text),
                    most=number(MAX_LENGTH),
                )
            }
        )
