"""Delays after wrong passwords. They grow for a name and for a network, and never lock the owner out.

During a delay passwords are refused unchecked, except from where the account has signed in before: from the same
network, or with the cookie of the same browser. Names and networks are stored as keyed hashes, for an hour.
"""

import hashlib
import hmac
from typing import TypedDict

from sqlite_utils import Database

from blog.journal import acts
from blog.journal.acts import Act, Row
from blog.journal.events import earlier, latest, moment
from blog.wording import gettext

# Failures before the first delay. `name` and `network`: wrong passwords at the login. `program` (of a name from a
# network) and `programs` (of a network): wrong application passwords, counted apart, so that a program with an old one
# slows nobody's login.
FREE = {"name": 5, "network": 20, "program": 10, "programs": 40}
LONGEST = 900  # seconds; each wrong password doubles the delay up to here
EXPIRY = 3_600  # seconds after the last wrong password
MOST = 10_000  # names and networks that are stored; the oldest are deleted first
PLACES = 20  # networks and browsers that are remembered for an account


class Delay(TypedDict):
    """`wait`: seconds until a password is checked again; `known`: the account has signed in from this place before."""

    wait: int
    known: bool


def delay(db: Database, name: str, network: str, device: str, *, at: str) -> Delay:
    """Return the delay for a name and a network; `device` is the hash of a browser's cookie, or ""."""
    keys = _keys(db, name, network)
    rows = db.conn.execute(
        "select key, count, at from sign_in_failures where key in (?, ?) and at > ? and at <= ?",
        [*keys.values(), earlier(at, seconds=EXPIRY), latest(at)],
    ).fetchall()
    attempts = {row[0]: (int(row[1]), str(row[2])) for row in rows}
    waits = [_seconds_left(kind, *attempts[key], at) for kind, key in keys.items() if key in attempts]
    known = db.conn.execute(
        """
        select 1 from known_places p join accounts a on a.id = p.account_id
        where a.name = ? and a.removed_at is null and p.place in (?, ?) and p.place <> ''
        """,
        [name.strip(), network, device],
    ).fetchone()
    return {"wait": max(waits, default=0), "known": known is not None}


def record_failure(db: Database, name: str, network: str, *, at: str) -> int:
    """Count a wrong password; return how many the name had within the hour."""
    return _count(db, _keys(db, name, network), at)["name"]


def _count(db: Database, keys: dict[str, str], at: str) -> dict[str, int]:
    """Count one more failure for each key, and forget old ones; return the counts of this hour."""
    counts = {}
    # Rows in the future, from a clock that was ahead, would count for longer than an hour.
    db.conn.execute("update sign_in_failures set at = :at where at > :latest", {"at": at, "latest": latest(at)})
    for kind, key in keys.items():
        row = db.conn.execute(
            """
            insert into sign_in_failures (key, count, at) values (:key, 1, :at) on conflict (key) do update
              set count = iif(at > :since, count + 1, 1), at = :at returning count
            """,
            {"key": key, "at": at, "since": earlier(at, seconds=EXPIRY)},
        ).fetchone()
        counts[kind] = int(row[0])
    db.conn.execute(
        """
        delete from sign_in_failures where at <= ?
          or at < (select at from sign_in_failures order by at desc limit 1 offset ?)
        """,
        [earlier(at, seconds=EXPIRY), MOST],
    )
    return counts


def program_delay(db: Database, name: str, network: str, *, at: str) -> int:
    """Return for how many seconds application passwords for a name are not checked from a network."""
    keys = _program_keys(db, name, network)
    rows = db.conn.execute(
        "select key, count, at from sign_in_failures where key in (?, ?) and at > ? and at <= ?",
        [*keys.values(), earlier(at, seconds=EXPIRY), latest(at)],
    ).fetchall()
    counts = {row[0]: (int(row[1]), str(row[2])) for row in rows}
    return max((_seconds_left(kind, *counts[key], at) for kind, key in keys.items() if key in counts), default=0)


def record_program_failure(db: Database, name: str, network: str, *, at: str) -> None:
    """Count a wrong application password."""
    _count(db, _program_keys(db, name, network), at)


def _program_keys(db: Database, name: str, network: str) -> dict[str, str]:
    return _hashed(db, {"program": f"{name.strip().casefold()[:256]} {network}", "programs": network})


def record_success(db: Database, account: int, name: str, network: str, device: str, *, at: str) -> None:
    """Delete the wrong passwords of the name, and store where its account signed in."""
    db.conn.execute("delete from sign_in_failures where key = ?", [_keys(db, name, network)["name"]])
    for place in filter(None, (network, device)):
        db.conn.execute(
            """
            insert into known_places (account_id, place, seen_at) values (?, ?, ?)
            on conflict (account_id, place) do update set seen_at = excluded.seen_at
            """,
            [account, place, at],
        )
    db.conn.execute(
        """
        delete from known_places where account_id = :account and place not in
          (select place from known_places where account_id = :account order by seen_at desc, place limit :places)
        """,
        {"account": account, "places": PLACES},
    )


def _keys(db: Database, name: str, network: str) -> dict[str, str]:
    return _hashed(db, {"name": name.strip().casefold()[:256], "network": network})


def _hashed(db: Database, values: dict[str, str]) -> dict[str, str]:
    secret = str(db.conn.execute("select secret from site").fetchone()[0]).encode()
    return {
        kind: hmac.new(secret, f"{kind} {value}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()
        for kind, value in values.items()
    }


def _seconds_left(kind: str, count: int, last: str, at: str) -> int:
    over = count - FREE[kind]
    if over < 0:
        return 0
    delay = min(LONGEST, 1 << min(over + 1, 30))
    passed = max(0.0, (moment(at) - moment(last)).total_seconds())
    return max(0, round(delay - passed))


def _sentence(row: Row) -> str:
    return gettext("Many wrong passwords for {name}: tries from unknown places are slowed.", name=row["reason"])


ACTS = (Act(kind="sign-ins slowed", group=acts.ACCOUNTS, sentence=_sentence),)
