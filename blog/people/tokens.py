"""Application passwords: what a program signs in with for an account, with the rights of its scope and no more.

Each has 24 letters and digits at random, so it needs no slow hash. It is shown once, when it is made.
"""

import hashlib
import re
import secrets
import string
import uuid
from dataclasses import dataclass
from typing import Any, TypedDict

from sqlite_utils import Database

from blog.errors import Invalid, NotFound
from blog.journal import acts, events
from blog.journal.acts import Act, Row
from blog.journal.events import Actor, NewEvent
from blog.people.accounts import Account
from blog.wording import gettext, one_of

# What a scope lets a program do, if the account may: each includes those before it.
SCOPES = ("read", "moderate", "write")
LETTERS = string.ascii_letters + string.digits
LENGTH, GROUP = 24, 4
LABEL_LENGTH = 100
MOST = 100  # of one account
USED_SECONDS = 60  # how often the last use is written down


@dataclass(frozen=True)
class NewToken:
    """What a new token is for. `app_id` is a UUID or an address by which the program names itself, or "".

    `rights` are the scopes of IndieAuth, with blanks between them: such a token counts for Micropub alone.
    """

    label: str
    scope: str = SCOPES[-1]
    app_id: str = ""
    rights: str = ""


class Token(TypedDict):
    """A token as it is listed; the password itself is nowhere."""

    id: int
    uuid: str
    app_id: str
    label: str
    scope: str
    rights: str
    created_at: str
    used_at: str | None
    used_ip: str


class Program(Account):
    """An account that a program signed in for, with the token that it used."""

    token: Token


def make(db: Database, account: int, new: NewToken, *, by: Actor) -> tuple[str, str]:
    """Make an application password; return its uuid and the password, in groups of four letters.

    Raises Invalid with a sentence for each wrong field.
    """
    label = " ".join(new.label.split())
    errors = {"label": error} if (error := label_error(label)) else {}
    if new.scope not in SCOPES:
        errors["scope"] = gettext("A scope is {scopes}, not {scope!r}.", scopes=one_of(SCOPES), scope=new.scope)
    count = db.conn.execute("select count(*) from tokens where account_id = ?", [account]).fetchone()[0]
    if count >= MOST:
        errors["label"] = gettext("An account has {most} application passwords at most. Revoke one first.", most=MOST)
    if errors:
        raise Invalid(errors)
    password, name = "".join(secrets.choice(LETTERS) for _ in range(LENGTH)), str(uuid.uuid4())
    db.conn.execute(
        """
        insert into tokens (account_id, uuid, token_hash, label, scope, app_id, rights, created_at)
        values (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [account, name, _hash(password), label, new.scope, new.app_id, new.rights, by.at],
    )
    made = NewEvent("token made", before=_owner(db, account), after=new.rights or new.scope, reason=label)
    events.record(db, made, by=by)
    return name, grouped(password)


def label_error(label: str) -> str:
    """Return what is wrong with the name of an application password, "" for nothing."""
    if not label.strip():
        return gettext("Give the application password a name, such as that of the program.")
    if len(label) > LABEL_LENGTH or not label.isprintable():
        return gettext("The name has {most} characters at most, all of them visible.", most=LABEL_LENGTH)
    return ""


def grouped(password: str) -> str:
    """Return a password in groups of four letters, as it is shown."""
    return " ".join(password[start : start + GROUP] for start in range(0, len(password), GROUP))


def _hash(password: str) -> str:
    return hashlib.sha256(re.sub(r"\s", "", password).encode("utf-8", "replace")).hexdigest()


def _owner(db: Database, account: int) -> str:
    return str(db.conn.execute("select name from accounts where id = ?", [account]).fetchone()[0])


LISTED = "t.id, t.uuid, t.app_id, t.label, t.scope, t.rights, t.created_at, t.used_at, t.used_ip"


def find(db: Database, name: str, password: str) -> Program | None:
    """Return whom a program signs in for by an account's name or email and one of its passwords; None if it is wrong.

    Blanks in the password mean nothing.
    """
    named = ":name <> '' and (a.name = :name collate nocase or lower(a.email) = lower(:name)) and t.rights = ''"
    return _program(db, named, {"hash": _hash(password), "name": name.strip()})


def bearer(db: Database, password: str) -> Program | None:
    """Return whom a program signs in for by a token alone, with no name; None if it is wrong."""
    return _program(db, "true", {"hash": _hash(password)})


def _program(db: Database, condition: str, values: dict[str, str]) -> Program | None:
    rows = db.query(
        f"""
        select a.id as account_id, a.name, a.email, a.role, a.keys, {LISTED}
        from tokens t join accounts a on a.id = t.account_id and a.removed_at is null
        where t.token_hash = :hash and {condition}
        """,
        values,
    )
    row: dict[str, Any] | None = next(iter(list(rows)), None)
    if row is None:
        return None
    account = {key: row.pop(key) for key in ("name", "email", "role", "keys")}
    return {"id": row.pop("account_id"), **account, "token": row}  # type: ignore[return-value]


def touch(db: Database, token: int, ip: str, *, at: str) -> None:
    """Record that a token was used, and from where."""
    db.conn.execute("update tokens set used_at = ?, used_ip = ? where id = ?", [at, ip, token])


def is_noted(token: Token, ip: str, at: str) -> bool:
    """Tell whether a use from this address was written down less than a minute ago."""
    used_at = token["used_at"]
    return used_at is not None and token["used_ip"] == ip and used_at > events.earlier(at, seconds=USED_SECONDS)


def of_account(db: Database, account: int) -> list[Token]:
    """Return the tokens of an account, the oldest first."""
    return list(db.query(f"select {LISTED} from tokens t where t.account_id = ? order by t.id", [account]))  # type: ignore[arg-type]


def one(db: Database, account: int, name: str) -> Token:
    """Return a token of an account by its uuid; raise NotFound."""
    rows = db.query(f"select {LISTED} from tokens t where t.account_id = ? and t.uuid = ?", [account, name])
    token = next(iter(list(rows)), None)
    if token is None:
        raise NotFound(gettext("There is no such application password. It may be revoked already."))
    return token  # type: ignore[return-value]


def rename(db: Database, account: int, name: str, label: str, *, by: Actor) -> None:
    """Give a token another label; the same one writes nothing."""
    label = " ".join(label.split())
    token = one(db, account, name)
    if error := label_error(label):
        raise Invalid({"label": error})
    if label == token["label"]:
        return
    db.conn.execute("update tokens set label = ? where id = ?", [label, token["id"]])
    events.record(db, NewEvent("token renamed", before=token["label"], after=label, reason=_owner(db, account)), by=by)


def revoke(db: Database, account: int, name: str, *, by: Actor) -> Token:
    """Revoke a token of an account by its uuid, from the next request on; return what it was. Raises NotFound."""
    token = one(db, account, name)
    db.conn.execute("delete from tokens where id = ?", [token["id"]])
    events.record(db, NewEvent("token revoked", before=_owner(db, account), reason=token["label"]), by=by)
    return token


def revoke_all(db: Database, account: int, *, by: Actor) -> int:
    """Revoke all tokens of an account; return how many there were."""
    tokens = of_account(db, account)
    for token in tokens:
        revoke(db, account, token["uuid"], by=by)
    return len(tokens)


def _made(row: Row) -> str:
    return gettext(
        "Made the application password “{label}” for {name}, scope {scope}.",
        label=row["reason"],
        name=row["before"],
        scope=row["after"],
    )


ACTS = (
    Act(kind="token made", group=acts.ACCOUNTS, sentence=_made),
    Act(
        kind="token renamed",
        group=acts.ACCOUNTS,
        sentence=lambda row: gettext(
            "Renamed the application password “{label}” of {name} to “{new}”.",
            label=row["before"],
            name=row["reason"],
            new=row["after"],
        ),
    ),
    Act(
        kind="token revoked",
        group=acts.ACCOUNTS,
        sentence=lambda row: gettext(
            "Revoked the application password “{label}” of {name}.", label=row["reason"], name=row["before"]
        ),
    ),
)
