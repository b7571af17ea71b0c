"""Passwords: which are taken, how they are kept (argon2id), and how one is checked."""

import secrets
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LENGTH = (8, 256)
# Guesses that an attacker with lists needs, as zxcvbn counts them: every one of its 30,000 common passwords is below.
FEWEST_GUESSES = 100_000
LOOKED_AT = 72  # characters that zxcvbn takes


def errors(password: str, *own: str) -> dict[str, str]:
    """Say what is wrong with a new password; `own` are words that belong to its account, like its name."""
    low, high = LENGTH
    if not low <= len(password) <= high:
        return {"password": f"A password has {low} to {high} characters; this one has {len(password):,}."}
    if is_common(password, *own):
        return {"password": "That password is among the first that anybody would try. Take a longer sentence."}
    return {}


def is_common(password: str, *own: str) -> bool:
    """Tell whether lists of common passwords, or the words in `own`, lead to it at once."""
    from zxcvbn import zxcvbn  # its word lists take a tenth of a second to read, and only a new password needs them

    return bool(zxcvbn(password[:LOOKED_AT], [word for word in own if word])["guesses"] < FEWEST_GUESSES)


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher  # only who signs in needs it

    return PasswordHasher()


@cache
def nobodys() -> str:
    """Return the hash that a wrong name is checked against, so that it takes as long as a wrong password."""
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
