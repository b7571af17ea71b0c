"""Which hosts this site may connect to: public addresses on the ports of the web, and what the owner lists by name."""

import ipaddress
import re
from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import quote, urldefrag, urljoin, urlsplit

import idna

from blog.errors import Invalid
from blog.wording import gettext

PORTS = {"http": 80, "https": 443}
LONGEST = 2_000  # characters of an address
STRANGE = re.compile(r"[\x00-\x20\x7f\\\"<>^`{|}]|\s")
# Blocks that lead to no public host: the special-purpose registries of IANA (RFC 6890), and multicast.
NOT_PUBLIC = tuple(
    ipaddress.ip_network(block)
    for block in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
PUBLIC_V6 = ipaddress.ip_network("2000::/3")  # all that is given to hosts of the internet
# Within that: protocol assignments with Teredo, documentation, 6to4, direct delegation.
NOT_PUBLIC_V6 = tuple(
    ipaddress.ip_network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)


class Place(NamedTuple):
    """An address of the web in its parts; `host` is in ASCII, `path` has the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def name(self) -> str:
        """Return the host as a header names it: with its port unless that is the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.name}{self.path}"


def place(url: str) -> Place:
    """Take an address of the web apart; raise Invalid with a sentence for anything else."""
    if len(url) > LONGEST:
        raise _invalid(gettext("The address is longer than {n} characters.", n=LONGEST))
    if STRANGE.search(url):
        raise _invalid(gettext("The address holds a blank or another character that no address has."))
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _invalid(gettext("{url!r} is no web address.", url=url[:200])) from error
    if parts.scheme not in PORTS:
        raise _invalid(gettext("Only addresses with http and https are fetched, not {url!r}.", url=url[:200]))
    if parts.username is not None or parts.password is not None or "%" in host or not host:
        raise _invalid(gettext("{url!r} is no web address.", url=url[:200]))
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else ""
    return Place(parts.scheme, _ascii(host, url), PORTS[parts.scheme] if port is None else port, path + query)


def joined(base: str, reference: str) -> str:
    """Return what a reference on a page leads to, without its fragment; "" for what leads nowhere."""
    try:
        return urldefrag(urljoin(base, reference.strip())).url
    except ValueError:
        return ""


def _ascii(host: str, url: str) -> str:
    host = host.lower().rstrip(".")
    if host.isascii() and host:
        return host
    try:
        return idna.encode(host, uts46=True).decode().lower()
    except idna.IDNAError as error:
        raise _invalid(gettext("{url!r} is no web address.", url=url[:200])) from error


def _invalid(sentence: str) -> Invalid:
    return Invalid({"url": sentence})


def is_listed(place: Place, private: Collection[str]) -> bool:
    """Tell whether the owner lists a host by name; an entry without a port stands for the usual ones."""
    host = f"[{place.host}]" if ":" in place.host else place.host
    return f"{host}:{place.port}" in private or (place.port in PORTS.values() and host in private)


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the internet's hosts; IPv6 addresses that carry IPv4 ones are not."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:  # with a zone, such as fe80::1%eth0
        return False
    if parsed.version == 4:
        return not any(parsed in block for block in NOT_PUBLIC)
    return parsed in PUBLIC_V6 and not any(parsed in block for block in NOT_PUBLIC_V6)
