"""What a program asks for at the consent page, and whether its answer may be sent where it says (IndieAuth)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from blog.errors import Invalid
from blog.federation.addresses import PORTS
from blog.federation.client_pages import ClientPage
from blog.rendering.relations import is_address
from blog.wording import gettext

LONGEST = 2_000  # characters of an address or of `state`
LOOPBACK = ("localhost", "127.0.0.1", "::1")
HOST = re.compile(r"[a-z0-9.-]+", re.IGNORECASE | re.ASCII)
# The address of an app of its own: its scheme is a domain name backwards, as RFC 8252 has it. No browser runs one.
APP = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:[^\s\"'<>]*", re.IGNORECASE | re.ASCII)
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Wish:
    """What a program asks for. `challenge` is the SHA-256 of its secret (PKCE), `scope` words with blanks."""

    client_id: str
    redirect_uri: str
    state: str = ""
    challenge: str = ""
    scope: str = ""
    problem: str = ""

    @property
    def is_app(self) -> bool:
        """Tell whether the answer is sent to an app by a scheme of its own, where no page can lead by itself."""
        return not is_address(self.redirect_uri)

    @property
    def is_local(self) -> bool:
        """Tell whether the answer goes to a program on the computer of whoever reads the page."""
        return _is_loopback(self.redirect_uri)

    @property
    def origin(self) -> str:
        """Return where the answer is sent as a page's policy names it, "" where it cannot."""
        parts = urlsplit(self.redirect_uri)
        plain = not self.is_app and HOST.fullmatch(parts.hostname or "")
        return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}" if plain else ""

    def answered(self, **values: str) -> str:
        """Return the address of the answer, with these values and the `state` in its query."""
        parts = urlsplit(self.redirect_uri)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        given = {**values, **({"state": self.state} if self.state else {})}
        return urlunsplit(parts._replace(query=urlencode([*pairs, *given.items()])))


def read(query: Mapping[str, str]) -> Wish:
    """Return what a request asks for; raise Invalid where nobody can be told, since the addresses are wrong.

    What else is wrong is in `problem`, as a word that the program is sent.
    """
    wish = Wish(query.get("client_id", ""), query.get("redirect_uri", ""), query.get("state", ""))
    _check_client(wish.client_id)
    _check_redirect(wish.redirect_uri)
    method, challenge = query.get("code_challenge_method", ""), query.get("code_challenge", "")
    problem = ""
    if query.get("response_type", "code") not in ("code", "id"):
        problem = "unsupported_response_type"
    elif len(wish.state) > LONGEST or (challenge and (method != "S256" or not CHALLENGE.fullmatch(challenge))):
        problem = "invalid_request"
    elif not challenge and not wish.is_local:
        problem = "invalid_request"  # anybody who reads the code on the way could use it
    return replace(wish, challenge=challenge, scope=query.get("scope", "")[:LONGEST], problem=problem)


def _check_client(client_id: str) -> None:
    parts = urlsplit(client_id) if is_address(client_id) and len(client_id) <= LONGEST else None
    segments = parts.path.split("/") if parts else []
    if parts is None or parts.fragment or parts.username is not None or {".", ".."} & set(segments):
        raise Invalid(
            {"client_id": gettext("The program did not say who it is: its client_id is no whole web address.")}
        )


def _check_redirect(address: str) -> None:
    fits = len(address) <= LONGEST and address.isprintable() and "#" not in address
    plain = is_address(address) and urlsplit(address).username is None
    if not fits or not (plain or APP.fullmatch(address)):
        raise Invalid(
            {"redirect_uri": gettext("The program did not say where its answer is sent: its redirect_uri is wrong.")}
        )


def _is_loopback(address: str) -> bool:
    return is_address(address) and (urlsplit(address).hostname or "") in LOOPBACK


def check_allowed(wish: Wish, page: ClientPage) -> None:
    """Raise Invalid unless a program may have its answer sent there.

    It may to its own site, exactly to an address that its page lists, and to the computer of whoever reads the page.
    """
    same = _site(wish.client_id) == _site(wish.redirect_uri)
    if not (wish.is_local or same or wish.redirect_uri in page.redirects):
        sentence = gettext(
            "{client} does not list {address}, so nothing is sent there.",
            client=wish.client_id,
            address=wish.redirect_uri,
        )
        raise Invalid({"redirect_uri": sentence})


def _site(address: str) -> tuple[str, str, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname or address, parts.port or PORTS.get(parts.scheme)
