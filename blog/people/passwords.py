"""Passwords: which are accepted, their hashes (argon2id), and how they are checked."""

import secrets
from functools import cache
from typing import TYPE_CHECKING, Any

from blog.wording import gettext, number

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LENGTH = (8, 256)
# Guesses that an attacker with lists needs, by zxcvbn; each of its 30,000 common passwords needs fewer.
FEWEST_GUESSES = 100_000
LONGEST = 72  # characters that zxcvbn takes
# How much work a hash is, in argon2's own words; what is not named here is as argon2-cffi has it by default.
PARAMETERS: dict[str, Any] = {}


def errors(password: str, *own: str) -> dict[str, str]:
    """Return what is wrong with a new password; `own` are words of its account, such as the name."""
    low, high = LENGTH
    if not low <= len(password) <= high:
        return {
            "password": gettext(
                "A password has {low} to {high} characters; this one has {length}.",
                low=low,
                high=high,
                length=number(len(password)),
            )
        }
    if is_common(password, *own):
        return {"password": gettext("That password is too easy to guess. Use a longer sentence.")}
    return {}


def is_common(password: str, *own: str) -> bool:
    """Tell whether a password is easy to guess from lists of common ones and from the words in `own`."""
    from zxcvbn import zxcvbn  # its word lists take a tenth of a second to read, and only a new password needs them

    return bool(zxcvbn(password[:LONGEST], [word for word in own if word])["guesses"] < FEWEST_GUESSES)


def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher  # only needed for signing in

    return PasswordHasher(**PARAMETERS)


@cache
def unknown_hash() -> str:
    """Return a hash to check against for an unknown name, so that this takes as long as a wrong password."""
    return _hasher().hash(secrets.token_urlsafe(16))


def hash(password: str) -> str:
    return _hasher().hash(password)


def matches(password: str, hashed: str) -> bool:
    """Check a password (about 50 ms on purpose: run it in a thread)."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(hashed, password[: LENGTH[1] + 1])
    except (VerificationError, InvalidHashError):
        return False
