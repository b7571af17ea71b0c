"""Sessions of accounts. A session's token is stored only as the SHA-256 of 256 random bits."""

import secrets
from datetime import timedelta
from typing import Any

from sqlite_utils import Database

from blog.errors import NotFound
from blog.journal import acts, events
from blog.journal.acts import Act
from blog.journal.events import Actor, NewEvent, earlier, latest, moment, stamp
from blog.people.accounts import Account, hash_of
from blog.wording import gettext

SESSION_DAYS = 30
CONFIRMED_SECONDS = 60
KEY_LENGTH = 16  # of the hash that names a session in a list; the token cannot be derived from it


class Session(Account):
    """An account with its session: when it began, was last used, and when a password or passkey was last given."""

    began_at: str
    seen_at: str
    confirmed_at: str
    language: str


def sign_in(db: Database, account: int, *, ip: str, user_agent: str, by: Actor) -> str:
    """Begin a session; return its token, of which only a hash is stored."""
    token = secrets.token_urlsafe(32)
    expires = stamp(moment(by.at) + timedelta(days=SESSION_DAYS))
    db.conn.execute("delete from sessions where expires_at < ?", [by.at])
    db.conn.execute(
        """
        insert into sessions (token_hash, account_id, created_at, seen_at, confirmed_at, expires_at, ip, user_agent)
        values (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [hash_of(token), account, by.at, by.at, by.at, expires, ip, user_agent[:254]],
    )
    events.record(db, NewEvent("signed in"), by=by)
    return token


def find(db: Database, token: str, *, at: str) -> Session | None:
    """Return the account of a session, or None when it has ended."""
    rows = db.query(
        """
        select a.id, a.name, a.email, a.role, a.keys, a.language, s.created_at as began_at,
          s.seen_at, s.confirmed_at
        from sessions s join accounts a on a.id = s.account_id
        where s.token_hash = ? and s.expires_at > ? and a.removed_at is null
        """,
        [hash_of(token), at],
    )
    return next(iter(rows), None)  # type: ignore[return-value]


def is_confirmed(session: Session, at: str) -> bool:
    """Tell whether the password (or a passkey) was given within the last minute."""
    return earlier(at, seconds=CONFIRMED_SECONDS) <= session["confirmed_at"] <= latest(at)


def confirm(db: Database, token: str, *, at: str) -> None:
    """Record that the password or a passkey was given again in a session."""
    db.conn.execute("update sessions set confirmed_at = ? where token_hash = ?", [at, hash_of(token)])


def touch(db: Database, token: str, *, at: str) -> None:
    """Record that a session was used."""
    db.conn.execute("update sessions set seen_at = ? where token_hash = ?", [at, hash_of(token)])


def of_account(db: Database, account: int, *, at: str) -> list[dict[str, Any]]:
    """Return the sessions of an account that have not ended, the last used first."""
    rows = db.query(
        f"""
        select substr(token_hash, 1, {KEY_LENGTH}) as key, created_at, seen_at, ip, user_agent from sessions
        where account_id = ? and expires_at > ? order by seen_at desc, token_hash
        """,
        [account, at],
    )
    return list(rows)


def key_of(token: str) -> str:
    return hash_of(token)[:KEY_LENGTH]


def end(db: Database, account: int, key: str, *, by: Actor) -> None:
    """End one session of an account; raise NotFound when it has none of this key."""
    ended = db.conn.execute(
        f"delete from sessions where account_id = ? and substr(token_hash, 1, {KEY_LENGTH}) = ?", [account, key]
    ).rowcount
    if not ended:
        raise NotFound(gettext("There is no such session of yours. It may have ended already."))
    events.record(db, NewEvent("session ended"), by=by)


def end_others(db: Database, account: int, token: str, *, by: Actor) -> int:
    """End all sessions of an account but one; return how many."""
    ended = db.conn.execute(
        "delete from sessions where account_id = ? and token_hash <> ?", [account, hash_of(token)]
    ).rowcount
    if ended:
        events.record(db, NewEvent("session ended"), by=by)
    return int(ended)


def sign_out(db: Database, token: str, *, by: Actor) -> None:
    db.conn.execute("delete from sessions where token_hash = ?", [hash_of(token)])
    events.record(db, NewEvent("signed out"), by=by)


ACTS = (
    Act(kind="signed in", group=acts.ACCOUNTS, sentence=lambda row: gettext("Signed in.")),
    Act(kind="signed out", group=acts.ACCOUNTS, sentence=lambda row: gettext("Signed out.")),
    Act(kind="session ended", group=acts.ACCOUNTS, sentence=lambda row: gettext("Ended one or more sessions.")),
)
