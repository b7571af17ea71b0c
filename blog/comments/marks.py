"""What readers say about a comment without writing one: thanks, and reports to the moderators, each once a browser."""

from typing import NamedTuple

from sqlite_utils import Database

from blog.errors import Invalid, NotFound
from blog.wording import gettext

REASON_LENGTH = 500
KINDS = ("report", "thanks")


class Mark(NamedTuple):
    """A reader's mark: its kind, the hash of the browser's secret, when, and for a report why."""

    kind: str
    who: str
    at: str
    reason: str = ""


def mark(db: Database, post: int, comment: int, given: Mark) -> int:
    """Store a mark on an approved comment of a post; return how many of its kind the comment has now.

    A second mark of the same kind from the same browser changes nothing.
    """
    if len(given.reason) > REASON_LENGTH:
        raise Invalid({"reason": gettext("Please write at most {most} characters.", most=REASON_LENGTH)})
    row = db.conn.execute(
        "select id from comments where id = ? and post_id = ? and status = 'approved'", [comment, post]
    ).fetchone()
    if row is None:
        raise NotFound(gettext("There is no such comment here."))
    column = "reports" if given.kind == "report" else "thanks"
    stored = db.conn.execute(
        "insert or ignore into marks (comment_id, kind, who, at, reason) values (?, ?, ?, ?, ?)",
        [comment, given.kind, given.who, given.at, given.reason],
    ).rowcount
    if stored > 0:
        db.conn.execute(f"update comments set {column} = {column} + 1 where id = ?", [comment])
    return int(db.conn.execute(f"select {column} from comments where id = ?", [comment]).fetchone()[0])


def reports(db: Database, comment: int) -> list[tuple[str, str]]:
    """Return when and why readers reported a comment, the newest first, for its page on the desk."""
    rows = db.conn.execute(
        "select at, reason from marks where comment_id = ? and kind = 'report' order by at desc limit 50", [comment]
    )
    return [(at, reason) for at, reason in rows.fetchall()]
