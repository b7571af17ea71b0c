"""Accounts: who may sign in, with which role. For passwords see passwords.py, for sessions sessions.py."""

import hashlib
import secrets
from typing import Any, TypedDict

from sqlite_utils import Database

from blog.errors import Conflict, Forbidden, Invalid, NotFound
from blog.journal import acts, events
from blog.journal.acts import Act
from blog.journal.events import Actor, NewEvent
from blog.people import names, passwords
from blog.text import EMAIL
from blog.wording import N_, gettext, languages, listed, one_of

ROLES = ("admin", "editor", "author", "moderator")
MODERATORS = ("admin", "editor", "moderator")
USED = N_(
    "This address was used already, or a newer one was printed since. Look at where the site runs, or sign in at"
    " /admin/login."
)
NAME_LENGTH = 60


class Account(TypedDict):
    id: int
    name: str
    email: str
    role: str
    keys: int


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def add(db: Database, name: str, password: str, *, role: str = "admin", email: str = "", by: Actor) -> int:
    """Make an account; raise Invalid with a sentence for each wrong field, Conflict when the name is taken."""
    name, email = name.strip(), email.strip()
    errors = _name_errors(name)
    if email and not EMAIL.fullmatch(email):
        errors["email"] = gettext("“{email}” is no email address. Write it like name@example.org.", email=email)
    errors |= passwords.errors(password, name, email)
    if role not in ROLES:
        errors["role"] = _no_role(role)
    if errors:
        raise Invalid(errors)
    row = db.conn.execute("select id, removed_at from accounts where name = ?", [name]).fetchone()
    if row and row[1] is None:
        raise Conflict(gettext("There is an account {name!r} already.", name=name))
    if other := names.taken(db, name):
        raise Conflict(
            gettext(
                "The name {name!r} looks like {other!r}, who is of this site already. Choose another one.",
                name=name,
                other=other,
            )
        )
    row = db.conn.execute(
        """
        insert into accounts (name, email, role, password_hash, created_at) values (?, ?, ?, ?, ?)
        on conflict (name) do update set email = excluded.email, role = excluded.role,
          password_hash = excluded.password_hash, removed_at = null
        returning id
        """,
        [name, email, role, passwords.hash(password), by.at],
    ).fetchone()
    events.record(db, NewEvent("account added", after=role, reason=name), by=by)
    return int(row[0])


def _name_errors(name: str) -> dict[str, str]:
    if not name:
        return {"username": gettext("A name is missing.")}
    if len(name) > NAME_LENGTH or not name.isprintable():
        return {"username": gettext("A name has {most} characters at most, all of them visible.", most=NAME_LENGTH)}
    return {}


def change_password(db: Database, name: str, password: str, *, by: Actor) -> None:
    """Set a password and end all sessions of the account."""
    account = find(db, name)
    if errors := passwords.errors(password, name):
        raise Invalid(errors)
    db.conn.execute("update accounts set password_hash = ? where id = ?", [passwords.hash(password), account["id"]])
    db.conn.execute("delete from sessions where account_id = ?", [account["id"]])
    events.record(db, NewEvent("password changed", reason=account["name"]), by=by)


def change_role(db: Database, name: str, role: str, *, by: Actor) -> None:
    """Give an account another role, from its next request on. The last administrator stays one."""
    account = find(db, name)
    if role not in ROLES:
        raise Invalid({"role": _no_role(role)})
    if role == account["role"]:
        return
    _check_not_last(db, account)
    db.conn.execute("update accounts set role = ? where id = ?", [role, account["id"]])
    events.record(db, NewEvent("role changed", before=account["role"], after=role, reason=account["name"]), by=by)


def _no_role(role: str) -> str:
    return gettext("A role is {roles}, not {role!r}.", roles=one_of(ROLES), role=role)


def _check_not_last(db: Database, account: Account) -> None:
    admins = db.conn.execute("select count(*) from accounts where role = 'admin' and removed_at is null").fetchone()[0]
    if account["role"] == "admin" and admins == 1:
        raise Conflict(gettext("{name} is the last administrator and stays.", name=account["name"]))


def remove(db: Database, name: str, *, by: Actor) -> None:
    """Remove an account, its sessions and its keys; its decisions keep its name. The last administrator stays."""
    account = find(db, name)
    _check_not_last(db, account)
    db.conn.execute("update accounts set removed_at = ?, password_hash = '' where id = ?", [by.at, account["id"]])
    for table in ("sessions", "passkeys", "recovery_codes", "known_places", "tokens"):
        db.conn.execute(f"delete from {table} where account_id = ?", [account["id"]])
    db.conn.execute("update accounts set feed = '' where id = ?", [account["id"]])
    events.record(db, NewEvent("account removed", before=account["role"], reason=account["name"]), by=by)


def find(db: Database, name: str) -> Account:
    rows = db.query("select id, name, email, role, keys from accounts where name = ? and removed_at is null", [name])
    account = next(iter(rows), None)
    if account is None:
        raise NotFound(gettext("There is no account {name!r}.", name=name))
    return account  # type: ignore[return-value]


def all_accounts(db: Database) -> list[dict[str, Any]]:
    return list(
        db.query(
            "select name, role, email, created_at from accounts where removed_at is null order by name collate nocase"
        )
    )


def roster(db: Database, *, at: str) -> list[dict[str, Any]]:
    """Return the accounts with their sessions, keys and last use, for administrators."""
    return list(
        db.query(
            """
            select a.id, a.name, a.role, a.email, a.created_at,
              (select count(*) from sessions s where s.account_id = a.id and s.expires_at > ?) as sessions,
              (select max(seen_at) from sessions s where s.account_id = a.id) as seen_at,
              (select count(*) from passkeys k where k.account_id = a.id) as passkeys
            from accounts a where a.removed_at is null order by a.name collate nocase
            """,
            [at],
        )
    )


def name_of(db: Database, account: int) -> str:
    """Return the name of an account by its id; raise NotFound when it is not there or removed."""
    row = db.conn.execute("select name from accounts where id = ? and removed_at is null", [account]).fetchone()
    if row is None:
        raise NotFound(gettext("There is no such account."))
    return str(row[0])


def any_administrator(db: Database) -> bool:
    row = db.conn.execute("select exists (select 1 from accounts where removed_at is null and role = 'admin')")
    return bool(row.fetchone()[0])


def offer_setup(db: Database) -> str | None:
    """Return a new one-time token for the first administrator, or None when there is one already."""
    if any_administrator(db):
        return None
    token = secrets.token_urlsafe(24)
    db.conn.execute("update site set setup_hash = ?", [hash_of(token)])
    return token


def setup_open(db: Database, token: str) -> bool:
    row = db.conn.execute("select setup_hash from site").fetchone()
    return not any_administrator(db) and bool(token) and secrets.compare_digest(row[0], hash_of(token))


def set_up(db: Database, token: str, name: str, password: str, *, email: str, by: Actor) -> int:
    """Make the first administrator with the one-time token that `serve` printed."""
    if not setup_open(db, token):
        raise Forbidden(USED)
    account = add(db, name, password, email=email, by=by)
    db.conn.execute("update site set setup_hash = ''")
    return account


def credentials(db: Database, name: str) -> tuple[Account | None, str]:
    """Return an account and its password's hash; for an unknown name a hash that no password matches."""
    unknown = passwords.unknown_hash()  # made for every name, so that the first unknown one takes no longer
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
        return None, unknown
    hashed = row.pop("password_hash")
    return row, hashed  # type: ignore[return-value]


def set_keys(db: Database, account: int, on: bool) -> None:
    """Turn the desk's single-letter keys on or off for an account (WCAG 2.1.4)."""
    db.conn.execute("update accounts set keys = ? where id = ?", [int(on), account])


def set_language(db: Database, account: int, language: str) -> None:
    """Choose the language of the desk for an account, "" for the site's; raise Invalid for one without a catalogue."""
    if language and language not in languages():
        raise Invalid(
            {
                "language": gettext(
                    "The desk speaks {languages}, not {language!r}.", languages=listed(languages()), language=language
                )
            }
        )
    db.conn.execute("update accounts set language = ? where id = ?", [language, account])


def language(db: Database, account: int) -> str:
    """Return the language that an account chose, "" for the site's."""
    row = db.conn.execute("select language from accounts where id = ?", [account]).fetchone()
    return str(row[0]) if row else ""


def feed(db: Database, account: int) -> str:
    """Return the secret part of the address of an account's queue feed, "" without a feed."""
    return str(db.conn.execute("select feed from accounts where id = ?", [account]).fetchone()[0])


def set_feed(db: Database, account: int, on: bool) -> None:
    """Give an account's queue feed a new address, or remove it; the old address stops working."""
    db.conn.execute("update accounts set feed = ? where id = ?", [secrets.token_urlsafe(24) if on else "", account])


def of_feed(db: Database, key: str) -> Account | None:
    """Return the account of a queue feed, or None."""
    rows = db.query(
        "select id, name, email, role, keys from accounts where feed = ? and feed <> '' and removed_at is null", [key]
    )
    return next(iter(rows), None)  # type: ignore[return-value]


ACTS = (
    Act(
        kind="account added",
        group=acts.ACCOUNTS,
        sentence=lambda row: gettext(
            "Added the account {name}, {role}.", name=row["reason"], role=gettext(row["after"])
        ),
    ),
    Act(
        kind="account removed",
        group=acts.ACCOUNTS,
        sentence=lambda row: gettext("Removed the account {name}.", name=row["reason"]),
    ),
    Act(
        kind="role changed",
        group=acts.ACCOUNTS,
        sentence=lambda row: gettext(
            "Made {name} {role}, before {former_role}.",
            name=row["reason"],
            role=gettext(row["after"]),
            former_role=gettext(row["before"]),
        ),
    ),
    Act(
        kind="password changed",
        group=acts.ACCOUNTS,
        sentence=lambda row: gettext("Changed the password of {name}.", name=row["reason"]),
    ),
)
