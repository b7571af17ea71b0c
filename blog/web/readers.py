"""How a reader's browser is known again: by a secret in its cookie, of which the site stores only a hash."""

import re
import secrets
import time

from starlette.requests import Request
from starlette.responses import Response

from blog.people import accounts
from blog.settings import Settings
from blog.web.middleware.security import READER_COOKIE, READER_SECONDS, set_cookie

# The hash begins with the moment, too, as a UUID of version 7 does (RFC 9562, 6.13): what strangers send one after
# another then stands side by side in the index, instead of each on a page of its own that has to be written.
OURS = re.compile(r"([0-9a-f]{12})[\w-]{43}", re.ASCII)
HASHED = 32  # hexadecimal digits of the hash after the moment
GIVEN = re.compile(r"[\w-]{20,100}", re.ASCII)  # also those that were given without the moment


def secret_of(request: Request) -> str:
    """Return the secret of the reader's cookie; "" without one, or with one that we never gave."""
    secret = request.cookies.get(READER_COOKIE, "")
    return secret if GIVEN.fullmatch(secret) else ""


def hash_of(secret: str) -> str:
    """Return what is stored of a secret; nobody can make the secret of it."""
    digest, ours = accounts.hash_of(secret), OURS.fullmatch(secret)
    return ours[1] + digest[:HASHED] if ours else digest


def new_secret() -> str:
    """Return the time in milliseconds, and 256 random bits as text."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_urlsafe(32)}"


def remember(response: Response, secret: str, settings: Settings) -> None:
    """Let the browser keep its secret."""
    set_cookie(response, READER_COOKIE, secret, seconds=READER_SECONDS, settings=settings)
