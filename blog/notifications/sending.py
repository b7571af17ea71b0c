"""Sending what is due: claimed in one transaction, handed to the mail server, and noted in another.

When the program ends in between, the same message is sent again, with the same Message-ID.
"""

import logging
import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.errors import MessageError
from email.message import EmailMessage
from typing import Literal

from sqlite_utils import Database

from blog import deliveries
from blog.deliveries import Waiting
from blog.errors import Refused
from blog.mail_server import MailServer
from blog.notifications import (
    bounces,
    composing,
    envelopes,
    first_comments,
    following,
    limits,
    links,
    mail_queue,
    subscriptions,
)
from blog.notifications.blocks import Mail
from blog.notifications.writing import Writing
from blog.rules import policy
from blog.settings import Settings

log = logging.getLogger("blog")
AT_ONCE = 20  # over one connection
SECONDS = 20.0  # for each answer of the server
Result = Literal["sent", "later", "refused", "failed"]


@dataclass(frozen=True)
class Letter:
    """A mail that is ready to be sent; `sender` is that of the envelope, which gets the report when it fails later."""

    waiting: Waiting
    mail: Mail
    message: EmailMessage
    sender: str


@dataclass(frozen=True)
class Outcome:
    result: Result
    error: str = ""


def prepare(db: Database, settings: Settings, *, at: str) -> None:
    """Put the mails of all new events into the outbox."""
    following.follow(db, at=at, delay=policy.load(db).outbox_delay_seconds, zone=settings.zone)


def take(db: Database, settings: Settings, *, at: str) -> list[Letter]:
    """Claim mails that are due and write them; what nobody needs any more is dropped, what cannot be written fails."""
    letters = []
    for waiting in mail_queue.claim(db, at=at, most=AT_ONCE):
        try:
            mail = composing.compose(db, waiting, Writing(db, settings, waiting.payload, at))
            if mail is None:
                deliveries.remove(db, waiting.id)
                continue
            assert settings.mail is not None
            sender = bounces.sender(db, settings.mail, mail.to, at=at)
            letters.append(letter(waiting, mail, settings, sender=sender))
        except (Refused, MessageError, ValueError, KeyError, TypeError) as error:
            log.warning("Mail %d cannot be written: %s", waiting.id, error)
            deliveries.fail(db, waiting, str(error), at=at)
    return letters


def letter(waiting: Waiting, mail: Mail, settings: Settings, *, sender: str = "") -> Letter:
    message = envelopes.envelope(mail, settings, number=waiting.id, at=waiting.created_at)
    message.as_bytes()  # a header that cannot be written must not stop the others
    assert settings.mail is not None
    return Letter(waiting, mail, message, sender or settings.mail.address)


def hand_over(server: MailServer, letters: Sequence[Letter]) -> list[Outcome]:
    """Send over one connection; after it broke, over one more. Return what became of each."""
    outcomes: list[Outcome] = []
    for _ in range(2):
        rest = letters[len(outcomes) :]
        if not rest:
            break
        try:
            with _connected(server) as smtp:
                for letter in rest:
                    outcomes.append(_send(smtp, letter))
                    if outcomes[-1].result == "later" and smtp.sock is None:
                        break  # the connection is gone
        except (OSError, smtplib.SMTPException) as error:
            if len(outcomes) < len(letters):
                outcomes += [Outcome("later", said(error))] * (len(letters) - len(outcomes))
    outcomes += [Outcome("later", "The connection broke.")] * (len(letters) - len(outcomes))
    return outcomes


def _connected(server: MailServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    smtp: smtplib.SMTP
    if server.security == "smtps":
        smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=context)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
        if server.security == "smtp+starttls":
            smtp.starttls(context=context)
    if server.user:
        smtp.login(server.user, server.password)
    return smtp


def _send(smtp: smtplib.SMTP, letter: Letter) -> Outcome:
    try:
        smtp.send_message(letter.message, letter.sender, [letter.mail.to])
    except smtplib.SMTPRecipientsRefused as error:
        code, _ = error.recipients[letter.mail.to]
        return Outcome("refused" if code >= 500 else "later", said(error))
    except smtplib.SMTPResponseException as error:
        return Outcome("failed" if error.smtp_code >= 500 else "later", said(error))
    except smtplib.SMTPNotSupportedError as error:
        return Outcome("failed", said(error))
    except (OSError, smtplib.SMTPException) as error:
        smtp.close()
        return Outcome("later", said(error))
    return Outcome("sent")


def said(error: Exception) -> str:
    """Return in one line what went wrong."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return f"{code} {_decoded(text)}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_decoded(error.smtp_error)}"
    return " ".join(str(error).split())[:300] or type(error).__name__


def _decoded(text: bytes | str) -> str:
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return " ".join(plain.split())[:300]


def note(db: Database, letters: Sequence[Letter], outcomes: Sequence[Outcome], *, at: str) -> None:
    """Store what became of each mail."""
    for letter, outcome in zip(letters, outcomes, strict=True):
        waiting = letter.waiting
        if outcome.result == "sent":
            deliveries.remove(db, waiting.id)
            for what, value in letter.mail.sent:
                SENT[what](db, *value, at=at)
        elif outcome.result == "later":
            deliveries.postpone(db, waiting, outcome.error, at=at)
        elif outcome.result == "refused":
            mail_queue.refuse(db, waiting, letter.mail.to, outcome.error, at=at)
        else:
            deliveries.fail(db, waiting, outcome.error, at=at)


def _digest_sent(db: Database, subscription: int, event: int, *, at: str) -> None:
    db.conn.execute("update subscriptions set sent_at = ?, seen_event = ? where id = ?", [at, event, subscription])
    following.news_after(db, subscription, at=at)


SENT: dict[str, Callable[..., None]] = {"news": _digest_sent, "asked": first_comments.asked}


def purge(db: Database, *, at: str) -> None:
    """Forget old links, limits and what nobody confirmed: wishes, and first comments."""
    for part in (links, limits, subscriptions, first_comments):
        part.purge(db, at=at)
