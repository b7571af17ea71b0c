"""Colleagues' notes on a comment, and the mark “later”. Neither readers nor the journal see them."""

from typing import Any

from sqlite_utils import Database

from blog.errors import Invalid, NotFound
from blog.journal.events import Actor
from blog.wording import gettext, ngettext, number

LENGTH = 2_000


def add(db: Database, comment: int, text: str, *, by: Actor) -> int:
    """Write a note on a comment; return its id."""
    text = text.strip()
    if not text:
        raise Invalid({"note": gettext("The note is empty.")})
    if len(text) > LENGTH:
        raise Invalid(
            {
                "note": ngettext(
                    "The note has {n} character; {most} fit.",
                    "The note has {n} characters; {most} fit.",
                    len(text),
                    most=number(LENGTH),
                )
            }
        )
    _check(db, comment)
    row = db.conn.execute(
        "insert into notes (comment_id, account_id, at, text) values (?, ?, ?, ?) returning id",
        [comment, by.account, by.at, text],
    ).fetchone()
    return int(row[0])


def on_comment(db: Database, comment: int) -> list[dict[str, Any]]:
    return list(
        db.query(
            """
            select n.id, n.at, n.text, coalesce(a.name, n.who) as who
            from notes n left join accounts a on a.id = n.account_id
            where n.comment_id = ? order by n.id
            """,
            [comment],
        )
    )


def of_colleagues(db: Database, account: int, *, limit: int = 3) -> list[dict[str, Any]]:
    """Return the newest notes of others on comments that wait: id and writer of the comment, who noted, and the text.

    They are looked for among the newest 200 notes.
    """
    return list(
        db.query(
            """
            select n.comment_id as comment, c.author, n.text, coalesce(a.name, n.who) as who
            from (select * from notes order by id desc limit 200) n join comments c on c.id = n.comment_id
            left join accounts a on a.id = n.account_id
            where c.status = 'pending' and n.account_id is not ? order by n.id desc limit ?
            """,
            [account, limit],
        )
    )


def leave_for_later(db: Database, comment: int, later: bool) -> None:
    """Mark a comment so that the queue lists it last, or take the mark away."""
    _check(db, comment)
    db.conn.execute("update comments set later = ? where id = ?", [int(later), comment])


def _check(db: Database, comment: int) -> None:
    if not db.conn.execute("select 1 from comments where id = ? and status <> 'deleted'", [comment]).fetchone():
        raise NotFound(gettext("There is no comment {id}.", id=comment))
