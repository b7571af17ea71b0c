"""Links in mails. The database holds only their hashes; a link to stop mails is signed and never ends."""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlite_utils import Database

from blog.deliveries import later
from blog.journal.events import earlier
from blog.people.accounts import hash_of

Purpose = Literal["approve", "spam", "trash", "digest", "confirm", "mails", "open", "password", "reply", "bounce"]
MINUTE, HOUR, DAY = 60, 3_600, 86_400
LASTS = {
    "approve": 7 * DAY,
    "spam": 7 * DAY,
    "trash": 7 * DAY,
    "digest": 7 * DAY,
    "confirm": 2 * DAY,
    "mails": 30 * DAY,
    "open": 15 * MINUTE,
    "password": HOUR,
    "reply": 30 * DAY,
    "bounce": 14 * DAY,
}
DAYS_AFTER = 30  # for how long an old link still says that it ended
TOKEN_BYTES = 16


@dataclass(frozen=True)
class Link:
    """What a link does; the fields are those of the table `mail_links`."""

    purpose: Purpose
    address: str = ""
    account: int | None = None
    comment: int | None = None
    revision: int | None = None
    details: str = ""
    browser: str = ""
    code: str = ""
    created_at: str = ""
    expires_at: str = ""
    used_at: str | None = None
    batch: int | None = None
    tries: int = 0
    token_hash: str = ""


def make(db: Database, link: Link, *, at: str, seconds: int = 0) -> str:
    """Store a link and return its token, which is nowhere else."""
    # The token of an address that takes mail has no capitals, which some mail servers do not keep.
    new_token = secrets.token_hex if link.purpose in ("reply", "bounce") else secrets.token_urlsafe
    token = new_token(TOKEN_BYTES)
    stored = replace(link, token_hash=hash_of(token))
    db.conn.execute(
        """
        insert into mail_links (token_hash, purpose, address, account_id, comment_id, revision, details, browser_hash,
          code_hash, created_at, expires_at)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
            *(stored.token_hash, stored.purpose, stored.address, stored.account, stored.comment, stored.revision),
            *(stored.details, stored.browser, stored.code, at),
            later(at, seconds=seconds or LASTS[link.purpose]),
        ],
    )
    return token


COLUMNS = """
    token_hash, purpose, address, account_id as account, comment_id as comment, revision, details,
    browser_hash as browser, code_hash as code, created_at, expires_at, used_at, batch_id as batch, tries
"""


def find(db: Database, token: str) -> Link | None:
    """Return a link, also one that was used or has ended; None for a token that was never given out."""
    return _one(db, "token_hash = ?", [hash_of(token)])


def of_browser(db: Database, browser: str, *, at: str) -> Link | None:
    """Return the newest link to the reader's page that a browser asked for and that still works."""
    return _one(db, "purpose = 'open' and browser_hash = ? and browser_hash <> '' and expires_at > ?", [browser, at])


def _one(db: Database, where: str, values: list[Any]) -> Link | None:
    rows = db.query(f"select {COLUMNS} from mail_links where {where} order by created_at desc limit 1", values)
    row = next(iter(rows), None)
    return Link(**row) if row else None


def use(db: Database, link: Link, *, at: str, batch: int | None = None) -> None:
    db.conn.execute(
        "update mail_links set used_at = ?, batch_id = ? where token_hash = ?", [at, batch, link.token_hash]
    )


def count_wrong(db: Database, link: Link) -> int:
    """Count a wrong code; return how many there were."""
    row = db.conn.execute(
        "update mail_links set tries = tries + 1 where token_hash = ? returning tries", [link.token_hash]
    ).fetchone()
    return int(row[0])


def works(link: Link, at: str) -> bool:
    return link.used_at is None and link.expires_at > at


def seen_of(link: Link) -> dict[int, int]:
    """Return the comments of a digest with the revision that the mail showed."""
    return {int(number): int(revision) for number, revision in json.loads(link.details or "[]")}


def leave_token(db: Database, kind: Literal["subscription", "account"], number: int) -> str:
    """Return the token that stops the mails of a subscription or an account; it is signed and stored nowhere."""
    return f"{kind[0]}{number}-{_signature(db, f'{kind[0]}{number}')}"


def read_leave_token(db: Database, token: str) -> tuple[str, int] | None:
    """Return what a token stops: "subscription" or "account" and its id; None when it is not ours."""
    what, _, signature = token.partition("-")
    number = what[1:]
    if what[:1] not in ("s", "a") or not number.isascii() or not number.isdigit() or len(number) > 15:
        return None
    if not hmac.compare_digest(signature.encode(), _signature(db, what).encode()):
        return None
    return ("subscription" if what[0] == "s" else "account"), int(number)


def _signature(db: Database, what: str) -> str:
    return keyed_hash(db, f"leave {what}")[:32]


def keyed_hash(db: Database, text: str) -> str:
    """Return the hash of a text with the site's secret."""
    secret = str(db.conn.execute("select secret from site").fetchone()[0]).encode()
    return hmac.new(secret, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def purge(db: Database, *, at: str) -> None:
    """Forget addresses with the links that ended, and links that ended long ago."""
    db.conn.execute(
        "update mail_links set address = '', details = '', browser_hash = '' where expires_at < ? and address <> ''",
        [at],
    )
    db.conn.execute("delete from mail_links where expires_at < ?", [earlier(at, days=DAYS_AFTER)])
    db.conn.execute("delete from mailbox_sessions where expires_at < ?", [at])


def stored(db: Database, link: Link) -> Link | None:
    """Return a link as it is now."""
    return _one(db, "token_hash = ?", [link.token_hash])
