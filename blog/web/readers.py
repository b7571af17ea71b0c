"""The reader's cookie: a secret by which a browser is recognised, and of which the site stores only a hash."""

import re
import secrets
import time

from starlette.requests import Request
from starlette.responses import Response

from blog.people import accounts
from blog.settings import Settings
from blog.web.middleware.security import READER_COOKIE, READER_SECONDS, set_cookie

# The hash begins with the time, as a UUID of version 7 does (RFC 9562, 6.13): comments that are sent one after another
# are then neighbours in the index, and fewer pages of it have to be written.
WITH_TIME = re.compile(r"([0-9a-f]{12})[\w-]{43}", re.ASCII)
HASHED = 32  # hexadecimal digits of the hash after the time
VALID = re.compile(r"[\w-]{20,100}", re.ASCII)  # with or without the time


def secret_of(request: Request) -> str:
    """Return the secret of the reader's cookie; "" without one, or for one that has another form."""
    secret = request.cookies.get(READER_COOKIE, "")
    return secret if VALID.fullmatch(secret) else ""


def hash_of(secret: str) -> str:
    """Return the hash that is stored of a secret."""
    digest, timed = accounts.hash_of(secret), WITH_TIME.fullmatch(secret)
    return timed[1] + digest[:HASHED] if timed else digest


def new_secret() -> str:
    """Return the time in milliseconds, and 256 random bits as text."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_urlsafe(32)}"


def remember(response: Response, secret: str, settings: Settings) -> None:
    """Set the reader's cookie."""
    set_cookie(response, READER_COOKIE, secret, seconds=READER_SECONDS, settings=settings)
