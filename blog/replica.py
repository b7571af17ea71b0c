"""The copy of the database in an S3 store, and the lease beside it: the `[replica]` table of `blog.toml`."""

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from blog.errors import Unusable
from blog.wording import gettext, listed, number

KEYS = ("bucket", "endpoint", "region", "path", "machine", "lease_seconds", "keep_days")
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
PATH = re.compile(r"[\w.-]+(/[\w.-]+)*", re.ASCII)
SHORTEST_LEASE, LONGEST_LEASE = 3, 600  # seconds
LONGEST_KEPT = 365  # days


@dataclass(frozen=True)
class Replica:
    """Where the copy is, and how long the lease of the machine that writes lasts.

    `endpoint` is the address of the store, "" for Amazon's own. `path` is where everything of this site begins in the
    bucket. `machine` is what this machine is called in sentences. `keep_days` is how old snapshots and former epochs
    become.
    """

    bucket: str
    endpoint: str
    region: str
    path: str
    machine: str
    lease_seconds: int
    keep_days: int

    @property
    def place(self) -> str:
        """Bucket and path, for sentences."""
        return f"{self.bucket}/{self.path}"

    @property
    def lease(self) -> str:
        """The name of the object that says which machine may write."""
        return f"{self.path}/lease.json"

    @property
    def clock(self) -> str:
        """The name of the object that is written only to learn the time of the store."""
        return f"{self.path}/clock"

    @property
    def check(self) -> str:
        """The name of the object with the result of the last check of the copy."""
        return f"{self.path}/check.json"

    @property
    def erased_days(self) -> int:
        """How long the store may hold what was erased: what is too old is removed once a day."""
        return self.keep_days + 1

    def epoch(self, number: int) -> str:
        """Return where the copy of an epoch is: each has a place of its own, so none can spoil another."""
        return f"{self.path}/epoch-{number}"


def read(table: Any, where: str, environ: Mapping[str, str]) -> Replica:
    """Read the table; raise Unusable with a sentence that names the key. The credentials are for whoever connects."""
    if not isinstance(table, dict):
        raise Unusable(gettext('{file}: [replica] has lines like bucket = "blog".', file=where))
    for key in table:
        if key not in KEYS:
            raise Unusable(
                gettext(
                    "{file}: there is no setting {key!r} in [replica]. Known keys: {keys}.",
                    file=where,
                    key=key,
                    keys=listed(KEYS),
                )
            )
    return Replica(
        _text(table, "bucket", "", BUCKET, where),
        _endpoint(table.get("endpoint", ""), where),
        _text(table, "region", "us-east-1", PATH, where),
        _text(table, "path", "afterword", PATH, where),
        _text(table, "machine", socket.gethostname(), None, where),
        _number(table, "lease_seconds", 30, SHORTEST_LEASE, LONGEST_LEASE, where),
        _number(table, "keep_days", 7, 1, LONGEST_KEPT, where),
    )


def _text(table: Mapping[str, Any], key: str, default: str, pattern: re.Pattern[str] | None, where: str) -> str:
    value = table.get(key, default)
    if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > 200:
        raise Unusable(gettext("{file}: [replica] needs {key}, a text in quotation marks.", file=where, key=key))
    if pattern is not None and not pattern.fullmatch(value.strip()):
        raise Unusable(
            gettext("{file}: {key} is {value!r}, which no store takes as a name.", file=where, key=key, value=value)
        )
    return value.strip()


def _endpoint(value: Any, where: str) -> str:
    try:
        parts = urlsplit(value)
        right = value == "" or (parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc)
    except (ValueError, AttributeError, TypeError):
        right = False
    if not right or not isinstance(value, str):
        raise Unusable(
            gettext(
                "{file}: endpoint is {value!r}; write the address of the store, like 'https://s3.example.org'.",
                file=where,
                value=value,
            )
        )
    return value.rstrip("/")


def _number(table: Mapping[str, Any], key: str, default: int, least: int, most: int, where: str) -> int:
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Unusable(
            gettext(
                "{file}: {key} is {value!r}; write a whole number from {least} to {most}.",
                file=where,
                key=key,
                value=value,
                least=number(least),
                most=number(most),
            )
        )
    return value
