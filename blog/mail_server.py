"""The mail server of a site: the `[mail]` table of `blog.toml`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formataddr, parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit

from blog.errors import Unusable
from blog.text import EMAIL
from blog.wording import gettext, listed

SCHEMES = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
KEYS = ("server", "from", "authserv")


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over, and whom it comes from.

    `authserv` is the name of our own receiving server in `Authentication-Results`; "" where no mail is received.
    """

    security: str
    host: str
    port: int
    address: str
    name: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    authserv: str = ""

    @property
    def sender(self) -> str:
        return formataddr((self.name, self.address))

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    def check_password(self) -> None:
        """Raise Unusable where the server wants a password that is not there; only who sends mail needs it."""
        if self.user and not self.password:
            raise Unusable(
                gettext(
                    "{file}: server names the user {user!r}, so BLOG_MAIL_PASSWORD has to be set.",
                    file="blog.toml",
                    user=self.user,
                )
            )


def read(table: Any, where: str, environ: Mapping[str, str]) -> MailServer:
    """Read the table; raise Unusable with a sentence that names the key."""
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise Unusable(gettext('{file}: [mail] has lines like server = "smtp://localhost:25".', file=where))
    for key in table:
        if key not in KEYS:
            raise Unusable(
                gettext(
                    "{file}: there is no setting {key!r} in [mail]. Known keys: {keys}.",
                    file=where,
                    key=key,
                    keys=listed(KEYS),
                )
            )
    for key in ("server", "from"):
        if not table.get(key, "").strip():
            raise Unusable(gettext("{file}: [mail] needs {key!r}.", file=where, key=key))
    security, host, port, user = _server(table["server"].strip(), where)
    name, address = parseaddr(table["from"].strip())
    if not EMAIL.fullmatch(address):
        raise Unusable(
            gettext(
                "{file}: from is {value!r}; write an address like 'blog@example.org'.",
                file=where,
                value=table["from"],
            )
        )
    password = environ.get("BLOG_MAIL_PASSWORD", "")
    return MailServer(security, host, port, address, name, user, password, table.get("authserv", "").strip())


def _server(text: str, where: str) -> tuple[str, str, int, str]:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise Unusable(_unreadable(where, text)) from error
    if parts.password is not None:
        raise Unusable(
            gettext("{file}: the password of server belongs in BLOG_MAIL_PASSWORD, not in the file.", file=where)
        )
    if parts.scheme not in SCHEMES or not parts.hostname or re.search(r"\s", text) or parts.path.strip("/"):
        raise Unusable(_unreadable(where, text))
    return parts.scheme, parts.hostname, port or SCHEMES[parts.scheme], unquote(parts.username or "")


def _unreadable(where: str, text: str) -> str:
    return gettext(
        "{file}: server is {value!r}; write smtp://host:25, smtps://user@host:465 or smtp+starttls://user@host:587.",
        file=where,
        value=text,
    )
