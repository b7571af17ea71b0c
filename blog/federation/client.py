"""The one client for addresses that strangers name: it reaches public hosts only, and never waits or reads for long.

A name is resolved once. Every address that it has must be public, and the connection goes to one of these very
addresses, so that a second answer of the name server cannot lead elsewhere. Each redirect is checked in the same way.
"""

import contextlib
import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from blog import version
from blog.errors import Forbidden, Refused, TooLarge
from blog.federation import addresses
from blog.federation.addresses import PORTS, Place
from blog.wording import gettext, number

MOST_BYTES = 1024 * 1024
MOST_REDIRECTS = 5
SECONDS = 15.0  # for the connection, all redirects and the answer; the look-up of a name has no limit of ours
CHUNK = 64 * 1024
REDIRECTS = {"GET": (301, 302, 303, 307, 308), "POST": (307, 308)}  # a POST must not turn into a GET


@dataclass(frozen=True)
class Limits:
    """What a request may reach and use. `private` are the hosts that the owner lists by name (addresses.is_listed).

    `resolve` finds the addresses of a name, as `socket.getaddrinfo` does.
    """

    private: Collection[str] = ()
    seconds: float = SECONDS
    bytes: int = MOST_BYTES
    redirects: int = MOST_REDIRECTS
    resolve: Callable[..., list[Any]] = field(default=socket.getaddrinfo, repr=False)


@dataclass(frozen=True)
class Call:
    """A request: a GET without a `body`, else a POST of it."""

    url: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def method(self) -> str:
        return "GET" if self.body is None else "POST"


@dataclass(frozen=True)
class Answer:
    """What a host answered. `url` is where the last redirect led."""

    status: int
    url: str
    headers: Message
    body: bytes

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_for_now(self) -> bool:
        """Tell whether a later try may have another answer."""
        return self.status >= 500 or self.status == 429

    @property
    def text(self) -> str:
        """The body in the encoding that the headers name, else in UTF-8."""
        try:
            return self.body.decode(self.headers.get_content_charset("utf-8"), "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")

    @property
    def media_type(self) -> str:
        return self.headers.get_content_type() if "content-type" in self.headers else ""


class NoAnswer(Refused):
    """Nobody answers at an address, or not properly or in time; a later try may succeed."""


def send(call: Call, limits: Limits = Limits()) -> Answer:
    """Send a request and follow its redirects; it blocks, so run it in a thread.

    Raises Invalid for what is no address, Forbidden for one that is not reached, NoAnswer, and TooLarge.
    """
    ends, url = time.monotonic() + limits.seconds, call.url
    for _ in range(limits.redirects + 1):
        answer = _once(url, call, limits, ends)
        to = answer.headers.get("location", "")
        if not to or answer.status not in REDIRECTS[call.method] or not limits.redirects:
            return answer
        url = addresses.joined(url, to)
    raise NoAnswer(gettext("The address redirects more than {n} times.", n=limits.redirects))


def check(url: str, limits: Limits = Limits()) -> None:
    """Raise as `send` does for an address that may not be reached, without connecting to it; it blocks."""
    _resolved(_place(url, limits), limits)


def connect(url: str, limits: Limits = Limits()) -> socket.socket:
    """Connect to the host of an address, with TLS for https, and send nothing; it blocks, for as long as `send` does.

    Raises as `check` does, and OSError where nobody answers or the certificate is refused.
    """
    place = _place(url, limits)
    return _connected(place, _resolved(place, limits), time.monotonic() + limits.seconds)


def _place(url: str, limits: Limits) -> Place:
    place = addresses.place(url)
    if place.port not in PORTS.values() and not addresses.is_listed(place, limits.private):
        raise Forbidden(
            gettext("{host} is on the port {port}; only 80 and 443 are reached.", host=place.host, port=str(place.port))
        )
    return place


def _resolved(place: Place, limits: Limits) -> list[str]:
    """Return the addresses of a host; raise Forbidden unless all of them are public, or the owner lists the host."""
    try:
        found = limits.resolve(place.host, place.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoAnswer(gettext("There is no host {host}.", host=place.host)) from error
    each = list(dict.fromkeys(str(info[4][0]) for info in found))
    if not addresses.is_listed(place, limits.private) and not all(map(addresses.is_public, each)):
        raise Forbidden(gettext("{host} is not a public host, so it is not reached.", host=place.host))
    return each


def _once(url: str, call: Call, limits: Limits, ends: float) -> Answer:
    place = _place(url, limits)
    hosts = _resolved(place, limits)
    try:
        with contextlib.closing(_connected(place, hosts, ends)) as connection:
            connection.settimeout(_left(ends))
            connection.sendall(_request(place, call))
            response = http.client.HTTPResponse(_Wire(connection, ends), method=call.method)  # type: ignore[arg-type]
            with contextlib.closing(response):
                response.begin()
                body = _body(response, limits)
                return Answer(response.status, url, response.headers, body)
    except TimeoutError as error:
        raise NoAnswer(gettext("{host} did not answer in time.", host=place.host)) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoAnswer(
            gettext("{host} did not answer properly: {reason}.", host=place.host, reason=_reason(error))
        ) from error


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")[:200] or type(error).__name__


def _connected(place: Place, hosts: list[str], ends: float) -> socket.socket:
    """Connect to the first of the addresses that takes the connection."""
    failure: OSError = OSError(gettext("it has no address"))
    for address in hosts:
        try:
            connection = socket.create_connection((address, place.port), timeout=_left(ends))
        except TimeoutError:
            raise
        except OSError as error:
            failure = error
            continue
        if place.scheme == "http":
            return connection
        try:
            return ssl.create_default_context().wrap_socket(connection, server_hostname=place.host)
        except BaseException:
            connection.close()
            raise
    raise failure


def _request(place: Place, call: Call) -> bytes:
    headers = {
        "Host": place.name,
        "User-Agent": f"Afterword/{version()} (Webmention)",
        "Accept": "text/html, application/xhtml+xml;q=0.9, */*;q=0.1",
        "Accept-Encoding": "identity",
        "Connection": "close",
        **call.headers,
    }
    if call.body is not None:
        headers["Content-Length"] = str(len(call.body))
    lines = [f"{call.method} {place.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (call.body or b"")


def _body(response: http.client.HTTPResponse, limits: Limits) -> bytes:
    if response.headers.get("content-encoding", "identity").strip().lower() not in ("identity", ""):
        raise TooLarge(gettext("The answer is packed, which was not asked for."))
    body = bytearray()
    while chunk := response.read(min(CHUNK, limits.bytes + 1 - len(body))):
        body += chunk
        if len(body) > limits.bytes:
            raise TooLarge(gettext("The answer is larger than {n} KiB.", n=number(limits.bytes // 1024)))
    return bytes(body)


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Wire(io.RawIOBase):
    """A connection that is read until a moment, however slowly its bytes come."""

    def __init__(self, connection: socket.socket, ends: float) -> None:
        self._connection, self._ends = connection, ends

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(_left(self._ends))
        return self._connection.recv_into(buffer)
