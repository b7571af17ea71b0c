"""What somebody grants a program at the consent page (IndieAuth): a code, which the program exchanges once.

The code is bound to the program, to the address that it is sent to, and to a secret of the program (PKCE).
"""

import base64
import hashlib
import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlite_utils import Database

from blog.errors import NotFound
from blog.journal.events import Actor, earlier
from blog.people import tokens
from blog.people.tokens import NewToken

CODE_SECONDS = 600
REMEMBERED_SECONDS = 86_400  # how long a used code is remembered, so that its second use is noticed


@dataclass(frozen=True)
class Grant:
    """Which program (`client_id`, `label`) may do what, and where its code is sent.

    `challenge` is the SHA-256 of its secret, "" without one; `rights` are scopes with blanks between them.
    """

    client_id: str
    redirect_uri: str
    challenge: str
    rights: str
    label: str


class Exchange(NamedTuple):
    """What a program sends to exchange its code; `verifier` is its secret."""

    code: str
    client_id: str
    redirect_uri: str
    verifier: str


def begin(db: Database, account: int, grant: Grant, *, at: str) -> str:
    """Write a grant down; return its code."""
    code = secrets.token_urlsafe(32)
    db.conn.execute("delete from authorization_codes where created_at < ?", [earlier(at, seconds=REMEMBERED_SECONDS)])
    db.conn.execute(
        """
        insert into authorization_codes
          (code_hash, account_id, client_id, redirect_uri, challenge, rights, label, created_at)
        values (:hash, :account, :client_id, :redirect_uri, :challenge, :rights, :label, :at)
        """,
        {**vars(grant), "hash": _hash(code), "account": account, "at": at},
    )
    return code


def redeem(db: Database, exchange: Exchange, *, at: str) -> dict[str, Any] | None:
    """Return the grant of a code, with `account_id`, name and role of who gave it; None where it does not count.

    A code counts once. When it comes again, somebody has read it on the way, so the token that it gave is revoked.
    """
    rows = db.query(
        """
        select c.*, a.name, a.role from authorization_codes c
        join accounts a on a.id = c.account_id and a.removed_at is null where c.code_hash = ?
        """,
        [_hash(exchange.code)],
    )
    row = next(iter(list(rows)), None)
    if row is None:
        return None
    if row["used_at"]:
        _revoke(db, row, at)
        return None
    db.conn.execute("update authorization_codes set used_at = ? where code_hash = ?", [at, row["code_hash"]])
    same = (exchange.client_id, exchange.redirect_uri) == (row["client_id"], row["redirect_uri"])
    fresh = earlier(at, seconds=CODE_SECONDS) <= row["created_at"] <= at
    return row if same and fresh and _is_verified(row["challenge"], exchange.verifier) else None


def _revoke(db: Database, row: dict[str, Any], at: str) -> None:
    with suppress(NotFound):  # it was revoked already, or none was made
        tokens.revoke(db, row["account_id"], row["token_uuid"], by=Actor(at, None, "rule"))


def _is_verified(challenge: str, verifier: str) -> bool:
    if not challenge:
        return not verifier
    digest = hashlib.sha256(verifier.encode("utf-8", "replace")).digest()
    return hmac.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), challenge)


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()


def exchange(db: Database, given: Exchange, *, at: str) -> tuple[dict[str, Any], str] | None:
    """Exchange a code for a token: return the grant and the token, None where the code does not count.

    A grant without rights tells who somebody is, and gives no token: it is None too.
    """
    row = redeem(db, given, at=at)
    if row is None or not row["rights"]:
        return None
    new = NewToken(row["label"], "write", row["client_id"], row["rights"])
    uuid, password = tokens.make(db, row["account_id"], new, by=Actor(at, row["account_id"]))
    db.conn.execute("update authorization_codes set token_uuid = ? where code_hash = ?", [uuid, row["code_hash"]])
    return row, password.replace(" ", "")
