"""A real SMTP server for tests, which keeps what it gets and can be told to misbehave."""

import email
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from blog.mail_server import MailServer


@dataclass
class Inbox:
    """What a server got. `recipient` and `data` may answer with an error, `cut` closes the connection after DATA."""

    port: int = 0
    raw: list[bytes] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)  # of the envelopes
    recipient: Callable[[str], str] = lambda address: "250 OK"
    data: Callable[[], str] = lambda: "250 OK"
    cut: bool = False

    @property
    def messages(self) -> list[EmailMessage]:
        return [email.message_from_bytes(each, policy=default) for each in self.raw]  # type: ignore[misc]

    @property
    def server(self) -> MailServer:
        return MailServer("smtp", "127.0.0.1", self.port, "blog@blog.example", "The Blog")

    async def handle_RCPT(  # noqa: N802  the name that aiosmtpd calls
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        answer = self.recipient(address)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.data()
        if answer.startswith("2"):
            self.raw.append(envelope.content)
            self.to += envelope.rcpt_tos
            self.senders.append(envelope.mail_from)
        if self.cut:
            server.transport.close()
        return answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def smtp_server(inbox: Inbox | None = None) -> Iterator[Inbox]:
    """Run a server on a free port of this machine."""
    inbox = inbox or Inbox()
    inbox.port = inbox.port or free_port()
    controller = Controller(inbox, hostname="127.0.0.1", port=inbox.port)
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()
