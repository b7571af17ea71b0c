"""Delivery reports that come later: a mail server took a message and could not deliver it after all (RFC 3464).

They are sent to the envelope sender of the message, which has a token of its own, so that nobody can report failures
for an address whose mail they did not get.
"""

from email.message import EmailMessage, Message

from sqlite_utils import Database

from blog.mail_server import MailServer
from blog.notifications import incoming, links, mail_queue
from blog.notifications.links import Link
from blog.wording import gettext

LENGTH = 300  # of an error that is stored


def sender(db: Database, server: MailServer, to: str, *, at: str) -> str:
    """Return the envelope sender of a message: one that takes its delivery report, where mail is received."""
    if not server.authserv:
        return server.address
    return incoming.reply_address(server, links.make(db, Link("bounce", address=to.lower()), at=at))


def note(db: Database, link: Link, message: EmailMessage, *, at: str) -> str:
    """Count a permanent failure, of each message once, and return what was done; anything else is ignored."""
    error = permanent_failure(message)
    if not error or not links.works(link, at):
        return gettext("No permanent failure was reported; the message was ignored.")
    links.use(db, link, at=at)
    mail_queue.count_refusal(db, link.address, error, at=at)
    if mail_queue.is_stopped(db, link.address):
        return gettext("Mail to {address} failed again; nothing is sent there any more.", address=link.address)
    return gettext("Mail to {address} failed; that was noted.", address=link.address)


def permanent_failure(message: EmailMessage) -> str:
    """Return the reason of a delivery report that says that a message will never arrive, "" for any other message."""
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in part.get_payload():
            if isinstance(block, Message) and _failed(block):
                reason = str(block.get("Diagnostic-Code", "")) or str(block.get("Status", ""))
                return " ".join(reason.split())[:LENGTH]
    return ""


def _failed(block: Message) -> bool:
    action, status = (str(block.get(name, "")).strip().lower() for name in ("Action", "Status"))
    return action == "failed" and status.startswith("5.")
