"""An incoming message: who sent it, whether our own mail server vouches for that, and what was newly written."""

import email
import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses, parseaddr

from blog.mail_server import MailServer

LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pl", "sv"]
AUTOMATIC = re.compile(r"(bulk|junk|list|auto_reply)", re.IGNORECASE)
PASSED = re.compile(r"\b(dkim|spf|dmarc)=pass\b[^;]*", re.IGNORECASE)
DOMAIN = re.compile(r"\b(?:header\.(?:d|i|from)|smtp\.mailfrom)=\s*\"?(?:[^\s;\"@]*@)?([\w.-]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Incoming:
    """`text` is what was newly written, `original` all of it; `genuine` is what our server says of `sender`."""

    sender: str
    name: str
    token: str
    text: str
    original: str
    automatic: bool
    genuine: bool


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def read(message: EmailMessage, server: MailServer) -> Incoming:
    name, sender = parseaddr(str(message.get("From", "")))
    original = _text(message)
    text = _new_words(original)
    return Incoming(
        sender.lower(),
        " ".join(name.split()),
        token_of(message, server),
        text,
        original.strip(),
        is_automatic(message, server),
        is_genuine(message, sender.lower(), server.authserv),
    )


def _new_words(original: str) -> str:
    """Return a text without what it quotes, "" if that is all."""
    from mailparser_reply import EmailReplyParser  # loaded where mail is received, not by the server

    text = (EmailReplyParser(languages=LANGUAGES).parse_reply(original) or "").strip()
    own = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith(">")]
    only_quotes = not own or (len(own) == 1 and own[0].endswith(":") and ">" in text)
    return "" if only_quotes else text


def _text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # an unknown character set
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def reply_address(server: MailServer, token: str) -> str:
    """Return the address that takes answers, with the token after a plus."""
    local, _, domain = server.address.rpartition("@")
    return f"{local}+{token}@{domain}"


def token_of(message: EmailMessage, server: MailServer) -> str:
    """Return the token of the address that the message was sent to, "" without one."""
    local, _, domain = server.address.rpartition("@")
    wanted = re.compile(rf"{re.escape(local)}\+([0-9a-f]{{32}})@{re.escape(domain)}", re.IGNORECASE)
    lines = [str(line) for name in ("Delivered-To", "X-Original-To", "To", "Cc") for line in message.get_all(name, [])]
    for _, address in getaddresses(lines):
        if found := wanted.fullmatch(address):
            return found[1].lower()
    return ""


def is_automatic(message: EmailMessage, server: MailServer) -> bool:
    """Tell whether a program wrote a message: an out-of-office note, a bounce, or our own mail coming back."""
    submitted = str(message.get("Auto-Submitted", "no")).strip().lower()
    return (
        not submitted.startswith("no")
        or bool(AUTOMATIC.search(str(message.get("Precedence", ""))))
        or any(message.get(header) for header in ("X-Autoreply", "X-Autorespond", "X-Loop", "List-Id"))
        or str(message.get("Return-Path", "")).strip() == "<>"
        or message.get_content_type() == "multipart/report"
        or bool(re.match(r"(mailer-daemon|postmaster|no-?reply)@", parseaddr(str(message.get("From", "")))[1].lower()))
        or parseaddr(str(message.get("From", "")))[1].lower() == server.address.lower()
    )


def is_genuine(message: EmailMessage, sender: str, authserv: str) -> bool:
    """Tell whether our own server says that DKIM, SPF or DMARC passed for the domain of the sender (RFC 8601).

    Only the topmost header with its name counts: our server adds it last, and whoever sent the message can add others.
    """
    domain = sender.rpartition("@")[2]
    for line in message.get_all("Authentication-Results", []):
        text = " ".join(str(line).split())
        named, _, results = text.partition(";")
        if not authserv or named.strip().partition(" ")[0].lower() != authserv.lower():
            continue
        return any(
            _aligned(found[1].lower(), domain)
            for passed in PASSED.finditer(results)
            for found in DOMAIN.finditer(passed[0])
        )
    return False


def _aligned(signed: str, domain: str) -> bool:
    """Tell whether the domain that was checked is that of the sender, or the one above it."""
    return bool(domain) and "." in signed and (signed == domain or domain.endswith(f".{signed}"))
