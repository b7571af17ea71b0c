"""Recovery codes: each one signs in once, without password or passkey. Only their hashes are stored."""

import secrets

from sqlite_utils import Database

from blog.journal import acts, events
from blog.journal.acts import Act
from blog.journal.events import Actor, NewEvent
from blog.people import accounts
from blog.wording import gettext

COUNT = 8
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without letters and digits that are easily confused
GROUPS, LETTERS = 4, 5  # 31 ** 20 codes: too many to guess, so a plain hash is enough


def make(db: Database, account: int, *, by: Actor) -> list[str]:
    """Return new codes, to be shown once; the earlier ones no longer work."""
    codes = [
        "-".join("".join(secrets.choice(ALPHABET) for _ in range(LETTERS)) for _ in range(GROUPS)) for _ in range(COUNT)
    ]
    db.conn.execute("delete from recovery_codes where account_id = ?", [account])
    for code in codes:
        db.conn.execute(
            "insert into recovery_codes (account_id, code_hash) values (?, ?)", [account, accounts.hash_of(_bare(code))]
        )
    events.record(db, NewEvent("recovery codes made"), by=by)
    return codes


def use(db: Database, account: int, code: str, *, by: Actor) -> bool:
    """Use up a code, with or without its hyphens; tell whether it was valid."""
    taken = db.conn.execute(
        "delete from recovery_codes where account_id = ? and code_hash = ?", [account, accounts.hash_of(_bare(code))]
    ).rowcount
    if taken:
        events.record(db, NewEvent("recovery code used"), by=by)
    return bool(taken)


def remaining(db: Database, account: int) -> int:
    return int(db.conn.execute("select count(*) from recovery_codes where account_id = ?", [account]).fetchone()[0])


def _bare(code: str) -> str:
    return "".join(letter for letter in code.lower()[:64] if letter in ALPHABET)


ACTS = (
    Act(
        kind="recovery codes made",
        group=acts.ACCOUNTS,
        sentence=lambda row: gettext("Made new recovery codes; earlier ones no longer work."),
    ),
    Act(
        kind="recovery code used",
        group=acts.ACCOUNTS,
        sentence=lambda row: gettext("Signed in with a recovery code, which works no longer."),
    ),
)
