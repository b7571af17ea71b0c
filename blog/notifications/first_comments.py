"""First comments on a site that wants a confirmed address: they wait apart, and their writers are asked by mail.

The mails count for the same limits as all that anybody can cause by typing an address (limits.py). What a rule thought
of a comment makes no difference, so that nobody learns it from a mail.
"""

from sqlite_utils import Database

from blog.comments import Draft, unconfirmed
from blog.comments.submission import Stored
from blog.comments.unconfirmed import ASKED_HOURS
from blog.journal.events import Actor, earlier
from blog.moderation import Decision, Ruling, decide
from blog.notifications import limits, mail_queue
from blog.rules import policy
from blog.wording import gettext

UNASKED_DAYS = 7  # how long a comment waits whose writer could not be asked: over the limits, or mail is refused
ASKED_AGAIN = 20  # writers who are asked at most in each round, of those whom a limit had held back
LOOKED_THROUGH = 500


def ask(db: Database, stored: Stored, draft: Draft, *, at: str) -> None:
    """Set a first comment apart and ask its writer to confirm the address, if the site wants that."""
    address, reader = draft.email.lower(), draft.sender.reader_hash or ""
    wanted = stored["post"]["policy"].require_confirmed_address and stored["status"] != "approved"
    if not wanted or not unconfirmed.is_first(db, address, reader):
        return
    unconfirmed.set_apart(db, stored["id"], address, reader)
    stored["unconfirmed"] = True
    _mail(db, stored["id"], address, draft.sender.network, at)


def ask_again(db: Database, comment: int) -> None:
    """Set a comment apart again that its writer brought back without having confirmed the address."""
    row = db.conn.execute(
        "select lower(email), reader_hash from comments where id = ? and status in ('pending', 'spam', 'trash')",
        [comment],
    ).fetchone()
    if row and all(row) and policy.load(db).require_confirmed_address and unconfirmed.is_first(db, *row):
        unconfirmed.set_apart(db, comment, *row)


def _mail(db: Database, comment: int, address: str, network: str, at: str) -> bool:
    if not limits.may_confirm(db, address, network, at=at):
        return False
    payload = {"mail": "confirm-comment", "to": address, "comment": comment}
    mail_queue.enqueue(db, payload, at=at, key=f"confirm-comment:{comment}")
    return True


def asked(db: Database, comment: int, *, at: str) -> None:
    """Note that the mail about a comment was sent; it asks for all that waits of that browser and address."""
    db.conn.execute(
        """
        update unconfirmed_comments set asked_at = ? where asked_at is null and (address, reader_hash) in (
          select address, reader_hash from unconfirmed_comments where comment_id = ?)
        """,
        [at, comment],
    )


def purge(db: Database, *, at: str) -> None:
    """Remove what nobody confirmed in time, by an act that Undo takes back; ask those whom a limit had held back."""
    late = db.conn.execute(
        """
        select u.comment_id from unconfirmed_comments u join comments c on c.id = u.comment_id
        where u.asked_at < ? or (u.asked_at is null and c.created_at < ?)
        """,
        [earlier(at, seconds=ASKED_HOURS * 3_600), earlier(at, days=UNASKED_DAYS)],
    ).fetchall()
    if late:
        ruling = Ruling(Decision.DELETE, gettext(unconfirmed.REMOVED), tell=True)
        decide(db, [row[0] for row in late], ruling, by=Actor(at, None, "rule"))
    _ask_those_left(db, at)


def _ask_those_left(db: Database, at: str) -> None:
    rows = db.conn.execute(
        f"""
        select u.comment_id, u.address, c.network from unconfirmed_comments u join comments c on c.id = u.comment_id
        where u.asked_at is null and not exists (
          select 1 from outbox o where o.key = 'confirm-comment:' || u.comment_id)
        order by u.comment_id limit {LOOKED_THROUGH}
        """
    ).fetchall()
    left = ASKED_AGAIN
    for row in rows:
        left -= _mail(db, row[0], row[1], row[2], at)
        if not left:
            return
