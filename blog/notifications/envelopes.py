"""From a mail to the message that goes over the wire: its headers and its two forms."""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from blog.errors import Invalid
from blog.journal.events import moment
from blog.notifications import blocks
from blog.notifications.blocks import Mail
from blog.settings import Settings
from blog.text import EMAIL, UNFIT
from blog.wording import gettext

POLICY = SMTP.clone(max_line_length=78, utf8=False)
SUBJECT_LENGTH = 160


def envelope(mail: Mail, settings: Settings, *, number: int, at: str) -> EmailMessage:
    """Return the message of one entry of the outbox; the same entry always has the same Message-ID.

    Raises Invalid for an address that no message can be sent to.
    """
    assert settings.mail is not None
    domain = settings.mail.domain
    if not EMAIL.fullmatch(mail.to) or not mail.to.isprintable():
        raise Invalid({"to": gettext("{address!r} is no email address.", address=mail.to)})
    message = EmailMessage(policy=POLICY)
    message["From"] = _address(settings.mail.name or settings.title, settings.mail.address)
    message["To"] = _address("", mail.to)
    message["Subject"] = header_text(mail.subject)
    message["Date"] = format_datetime(moment(at))
    message["Message-ID"] = f"<outbox-{number}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if mail.thread:
        message["References"] = f"<{mail.thread}@{domain}>"
    if mail.reply_to:
        message["Reply-To"] = mail.reply_to
    if mail.list_id:
        message["List-Id"] = f"<{mail.list_id}.{domain}>"
    if mail.unsubscribe:
        message["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    signature = f"{settings.title}, {settings.url.partition('://')[2]}"
    message.set_content(blocks.plain(mail, signature), charset="utf-8", cte="quoted-printable")
    message.add_alternative(blocks.html(mail, signature), subtype="html", charset="utf-8", cte="quoted-printable")
    return message


def header_text(text: str) -> str:
    """Return a text for a header: one line, and nothing in it that a program would decode (=?UTF-8?Q?=0A?=)."""
    line = " ".join(UNFIT.sub("", text).split()).replace("=?", "= ?")
    return line if len(line) <= SUBJECT_LENGTH else f"{line[: SUBJECT_LENGTH - 1]}…"


def _address(name: str, address: str) -> Address:
    return Address(re.sub(r"[<>\"@]", "", header_text(name)), addr_spec=address)
