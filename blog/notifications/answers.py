"""Answers by mail: a reply to a mail about an answer becomes a comment, through the same rules as any other.

The address that takes it belongs to one comment and one reader or account. Whose answer it is counts only when our own
mail server says that the sender is genuine; any other waits for a moderator. Nobody is staff by mail alone: what an
account answers comes in as that of somebody who is not signed in, and the rule about names of this site holds it.
"""

from dataclasses import dataclass, replace

from sqlite_utils import Database

from blog import comments
from blog.comments import Sender, notes
from blog.comments.drafts import Stamp
from blog.comments.submission import Stored
from blog.errors import Forbidden, Invalid, NotFound
from blog.journal.events import Actor
from blog.notifications import bounces, incoming, links
from blog.notifications.incoming import Incoming
from blog.notifications.links import Link
from blog.notifications.writing import Writing
from blog.settings import Settings
from blog.wording import gettext

MOST = 256 * 1024  # bytes of a message


@dataclass(frozen=True)
class Answered:
    """The comment that an answer became."""

    stored: Stored
    genuine: bool


def address(writing: Writing, to: str, comment: int, browser: str) -> str:
    """Return the address that takes an answer to a comment, "" where mail is not received."""
    server = writing.settings.mail
    if server is None or not server.authserv:
        return ""
    link = Link("reply", address=to, comment=comment, browser=browser)
    return incoming.reply_address(server, links.make(writing.db, link, at=writing.at))


def address_of_account(writing: Writing, to: str, account: int, comment: int) -> str:
    """Return the address that takes a moderator's answer to a comment, "" where mail is not received."""
    server = writing.settings.mail
    if server is None or not server.authserv:
        return ""
    link = Link("reply", address=to.lower(), account=account, comment=comment)
    return incoming.reply_address(server, links.make(writing.db, link, at=writing.at))


def receive(db: Database, raw: bytes, settings: Settings, *, at: str) -> Answered | str:
    """Store the answer in a message, or note a delivery report and return what was done with that.

    Raises a refusal that says why a message was not taken.
    """
    assert settings.mail is not None
    if len(raw) > MOST:
        raise Invalid({"message": gettext("The message is larger than 256 KiB.")})
    parsed = incoming.parsed(raw)
    token = incoming.token_of(parsed, settings.mail)
    link = links.find(db, token) if token else None
    if link and link.purpose == "bounce":
        return bounces.note(db, link, parsed, at=at)
    return _answer(db, link, incoming.read(parsed, settings.mail), at)


def _answer(db: Database, link: Link | None, message: Incoming, at: str) -> Answered:
    if message.automatic:
        raise Forbidden(gettext("The message was written by a program; it was ignored."))
    if link is None or link.purpose != "reply" or link.expires_at <= at:
        raise NotFound(gettext("The message was sent to no address that takes answers now."))
    if message.sender != link.address:
        raise Forbidden(gettext("The message came from another address than the one that may answer."))
    if not message.text:
        raise Invalid({"comment": gettext("The message has no new words.")})
    return Answered(_submit(db, link, message, at), message.genuine)


def _submit(db: Database, link: Link, message: Incoming, at: str) -> Stored:
    row = db.conn.execute(
        """
        select p.slug, coalesce((select author from comments where lower(email) = ? and reader_hash = ?
          order by id desc limit 1), ''), c.status from comments c join posts p on p.id = c.post_id where c.id = ?
        """,
        [link.address, link.browser, link.comment],
    ).fetchone()
    if row is None:
        raise NotFound(gettext("The comment that was answered is gone."))
    if link.account and row[2] == "pending":
        raise Forbidden(
            gettext("The comment that was answered is not public yet. Approve it, then send the answer again.")
        )
    name = _account_name(db, link) if link.account else row[1]
    typed = {
        "author": name or message.name,
        "email": link.address,
        "comment": message.text,
        "comment_parent": str(link.comment),
    }
    sender = Sender(reader_hash=(link.browser if message.genuine else "") or None)
    draft = comments.prepare(typed, sender, stamp=Stamp("valid" if message.genuine else "mail"))
    stored = comments.submit(db, row[0], replace(draft, source="mail"), at=at)
    if message.original != message.text:
        original = gettext("The whole message:") + "\n\n" + message.original
        notes.add(db, stored["id"], original[: notes.LENGTH], by=Actor(at, None, "mail"))
    return stored


def _account_name(db: Database, link: Link) -> str:
    """Return the name of the account that answers; raise Forbidden when it is removed or has another address now."""
    row = db.conn.execute(
        "select name from accounts where id = ? and removed_at is null and lower(email) = ?",
        [link.account, link.address],
    ).fetchone()
    if row is None:
        raise Forbidden(gettext("The message came from another address than the one that may answer."))
    return str(row[0])
