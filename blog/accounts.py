"""Accounts and their sessions. Passwords are kept as argon2id hashes, session tokens as SHA-256 of 256 random bits."""

import hashlib
import secrets
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, TypedDict

from sqlite_utils import Database

from blog import events
from blog.comments import EMAIL
from blog.errors import Conflict, Forbidden, Invalid, NotFound
from blog.events import By, moment, stamp

if TYPE_CHECKING:
    from argon2 import PasswordHasher

ROLES = ("admin", "editor", "author", "moderator")
MODERATORS = ("admin", "editor", "moderator")
USED = (
    "This address was used already, or a newer one was printed since. Look at where the site runs, or sign in"
    " at /admin/login."
)
NAME_LENGTH, PASSWORD_LENGTH = 60, (8, 256)
SESSION_DAYS = 30


class Account(TypedDict):
    id: int
    name: str
    email: str
    role: str
    keys: int


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobody() -> str:
    """Return the hash that a wrong name is checked against, so that it takes as long as a wrong password."""
    return _hasher().hash(secrets.token_urlsafe(16))


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def add(db: Database, name: str, password: str, *, role: str = "admin", email: str = "", by: By) -> int:
    """Make an account; raise Invalid with a sentence for each field, Conflict when the name is taken."""
    name, email = name.strip(), email.strip()
    errors = {**_name_errors(name), **_password_errors(password, name)}
    if role not in ROLES:
        errors["role"] = f"A role is {', '.join(ROLES[:-1])} or {ROLES[-1]}, not {role!r}."
    if email and not EMAIL.fullmatch(email):
        errors["email"] = f"“{email}” is no email address. Write it like name@example.org."
    if errors:
        raise Invalid(errors)
    row = db.conn.execute("select id, removed_at from accounts where name = ?", [name]).fetchone()
    if row and row[1] is None:
        raise Conflict(f"There is an account {name!r} already.")
    row = db.conn.execute(
        """
        insert into accounts (name, email, role, password_hash, created_at) values (?, ?, ?, ?, ?)
        on conflict (name) do update set email = excluded.email, role = excluded.role,
          password_hash = excluded.password_hash, removed_at = null
        returning id
        """,
        [name, email, role, _hasher().hash(password), by.at],
    ).fetchone()
    events.record(db, "account added", by=by, after=role, reason=name)
    return int(row[0])


def _name_errors(name: str) -> dict[str, str]:
    if not name:
        return {"username": "A name is missing."}
    if len(name) > NAME_LENGTH or not name.isprintable():
        return {"username": f"A name has {NAME_LENGTH} characters at most, all of them visible."}
    return {}


def _password_errors(password: str, name: str) -> dict[str, str]:
    low, high = PASSWORD_LENGTH
    if not low <= len(password) <= high:
        return {"password": f"A password has {low} to {high} characters; this one has {len(password):,}."}
    if len(set(password)) < 3 or password.casefold() in (
        "password",
        "12345678",
        "123456789",
        name.casefold(),
    ):
        return {"password": "That password is the first that anybody would try. Take a longer sentence."}
    return {}


def change_password(db: Database, name: str, password: str, *, by: By) -> None:
    """Set a password and end all sessions of the account."""
    account = find(db, name)
    if errors := _password_errors(password, name):
        raise Invalid(errors)
    db.conn.execute("update accounts set password_hash = ? where id = ?", [_hasher().hash(password), account["id"]])
    db.conn.execute("delete from sessions where account_id = ?", [account["id"]])
    events.record(db, "password changed", by=by, reason=account["name"])


def remove(db: Database, name: str, *, by: By) -> None:
    """End an account and its sessions; what it decided keeps its name. The last administrator stays."""
    account = find(db, name)
    admins = db.conn.execute("select count(*) from accounts where role = 'admin' and removed_at is null").fetchone()[0]
    if account["role"] == "admin" and admins == 1:
        raise Conflict(f"{account['name']} is the last administrator and stays.")
    db.conn.execute("update accounts set removed_at = ?, password_hash = '' where id = ?", [by.at, account["id"]])
    db.conn.execute("delete from sessions where account_id = ?", [account["id"]])
    events.record(db, "account removed", by=by, before=account["role"], reason=account["name"])


def find(db: Database, name: str) -> Account:
    rows = db.query("select id, name, email, role, keys from accounts where name = ? and removed_at is null", [name])
    account = next(iter(rows), None)
    if account is None:
        raise NotFound(f"There is no account {name!r}.")
    return account  # type: ignore[return-value]


def every(db: Database) -> list[dict[str, Any]]:
    return list(
        db.query(
            "select name, role, email, created_at from accounts where removed_at is null order by name collate nocase"
        )
    )


def any_account(db: Database) -> bool:
    return bool(db.conn.execute("select exists (select 1 from accounts where removed_at is null)").fetchone()[0])


def offer_setup(db: Database) -> str | None:
    """Return a new one-time token for the first administrator, or None when there is an account already."""
    if any_account(db):
        return None
    token = secrets.token_urlsafe(24)
    db.conn.execute("update site set setup_hash = ?", [hash_of(token)])
    return token


def setup_open(db: Database, token: str) -> bool:
    row = db.conn.execute("select setup_hash from site").fetchone()
    return not any_account(db) and bool(token) and secrets.compare_digest(row[0], hash_of(token))


def set_up(db: Database, token: str, name: str, password: str, *, email: str, by: By) -> int:
    """Make the first administrator with the token that `serve` printed; it works once."""
    if not setup_open(db, token):
        raise Forbidden(USED)
    account = add(db, name, password, email=email, by=by)
    db.conn.execute("update site set setup_hash = ''")
    return account


def credentials(db: Database, name: str) -> tuple[Account | None, str]:
    """Return the account of a name and its password's hash; for an unknown name one that nothing matches."""
    row = next(
        iter(
            db.query(
                "select id, name, email, role, keys, password_hash from accounts where name = ? and removed_at is null",
                [name.strip()],
            )
        ),
        None,
    )
    if row is None:
        return None, _nobody()
    hashed = row.pop("password_hash")
    return row, hashed  # type: ignore[return-value]


def matches(password: str, hashed: str) -> bool:
    """Check a password (about 50 ms on purpose: run it in a thread)."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(hashed, password[: PASSWORD_LENGTH[1] + 1])
    except (VerificationError, InvalidHashError):
        return False


def sign_in(db: Database, account: int, *, ip: str, user_agent: str, by: By) -> str:
    """Begin a session; return its token, which is kept only as a hash."""
    token = secrets.token_urlsafe(32)
    expires = stamp(moment(by.at) + timedelta(days=SESSION_DAYS))
    db.conn.execute("delete from sessions where expires_at < ?", [by.at])
    db.conn.execute(
        """
        insert into sessions (token_hash, account_id, created_at, seen_at, expires_at, ip, user_agent)
        values (?, ?, ?, ?, ?, ?, ?)
        """,
        [hash_of(token), account, by.at, by.at, expires, ip, user_agent[:254]],
    )
    events.record(db, "signed in", by=by)
    return token


def session(db: Database, token: str, *, at: str) -> Account | None:
    """Return whose session it is, or None when it ended."""
    rows = db.query(
        """
        select a.id, a.name, a.email, a.role, a.keys from sessions s join accounts a on a.id = s.account_id
        where s.token_hash = ? and s.expires_at > ? and a.removed_at is null
        """,
        [hash_of(token), at],
    )
    return next(iter(rows), None)  # type: ignore[return-value]


def set_keys(db: Database, account: int, on: bool) -> None:
    """Turn the desk's single-letter keys on or off for an account (WCAG 2.1.4)."""
    db.conn.execute("update accounts set keys = ? where id = ?", [int(on), account])


def feed(db: Database, account: int) -> str:
    """Return the secret part of the address of an account's feed of the queue, "" when it has none."""
    return str(db.conn.execute("select feed from accounts where id = ?", [account]).fetchone()[0])


def set_feed(db: Database, account: int, on: bool) -> None:
    """Give an account's feed a new address, or none; the old one leads nowhere from then on."""
    db.conn.execute("update accounts set feed = ? where id = ?", [secrets.token_urlsafe(24) if on else "", account])


def of_feed(db: Database, key: str) -> Account | None:
    """Return whose feed it is, or None."""
    rows = db.query(
        "select id, name, email, role, keys from accounts where feed = ? and feed <> '' and removed_at is null", [key]
    )
    return next(iter(rows), None)  # type: ignore[return-value]


def sign_out(db: Database, token: str, *, by: By) -> None:
    db.conn.execute("delete from sessions where token_hash = ?", [hash_of(token)])
    events.record(db, "signed out", by=by)
