"""Passkeys (WebAuthn): making one, signing in with one. The browser's answers are checked by the package `webauthn`.

It is imported where it is used: it takes half a second, and most processes never need it. With what it needs it has
17 MB, so it is an extra, `afterword[passkeys]`.
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, TypedDict

from sqlite_utils import Database

from blog.errors import Conflict, Invalid, NotFound
from blog.journal import acts, events
from blog.journal.acts import Act
from blog.journal.events import Actor, NewEvent, earlier
from blog.wording import N_, gettext

SECONDS = 300  # that a challenge is valid
NAME_LENGTH = 60
NOT_INSTALLED = N_(
    "Passkeys need a package that is not installed here. Whoever runs the server can install it with"
    ' `pip install "afterword[passkeys]"` and restart the server.'
)
REFUSED = N_("This passkey was not accepted. Please try again, or use your password.")


@dataclass(frozen=True)
class Place:
    """Where passkeys are valid: the site's `host`, and the origin that browsers must report."""

    host: str
    origin: str
    title: str


@dataclass(frozen=True)
class NewKey:
    credential: str
    public_key: bytes
    sign_count: int


class Passkey(TypedDict):
    id: int
    account_id: int
    credential: str
    public_key: bytes
    sign_count: int
    name: str
    created_at: str
    used_at: str | None


def check_installed() -> None:
    """Raise Conflict when the package for passkeys is missing."""
    if find_spec("webauthn") is None:
        raise Conflict(gettext(NOT_INSTALLED))


def options_for_new(place: Place, account: int, name: str, known: Iterable[str], challenge: bytes) -> str:
    """Return, as JSON, what a browser needs to make a passkey; `known` are those that exist already."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers import structs

    return options_to_json(
        generate_registration_options(
            rp_id=place.host,
            rp_name=place.title,
            user_name=name,
            user_id=hashlib.sha256(f"{place.host} {account}".encode()).digest(),
            challenge=challenge,
            exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=_bytes(each)) for each in known],
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                user_verification=structs.UserVerificationRequirement.REQUIRED,
            ),
        )
    )


def options_for_use(place: Place, challenge: bytes) -> str:
    """Return, as JSON, what a browser needs to offer the passkeys that it has for this site."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers import structs

    required = structs.UserVerificationRequirement.REQUIRED
    return options_to_json(
        generate_authentication_options(rp_id=place.host, challenge=challenge, user_verification=required)
    )


def check_new(answer: str, place: Place, challenge: bytes) -> NewKey:
    """Check a browser's answer to `options_for_new`; raise Invalid with a sentence."""
    from webauthn import verify_registration_response
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        registration = verify_registration_response(
            credential=_read(answer),
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Invalid({"credential": gettext(REFUSED)}) from error
    return NewKey(_text(registration.credential_id), registration.credential_public_key, registration.sign_count)


def check_use(answer: str, place: Place, challenge: bytes, key: Passkey) -> int:
    """Check a browser's answer to `options_for_use` against a passkey; return its new count, or raise Invalid."""
    from webauthn import verify_authentication_response
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        authentication = verify_authentication_response(
            credential=_read(answer),
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=key["public_key"],
            credential_current_sign_count=key["sign_count"],
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Invalid({"credential": gettext(REFUSED)}) from error
    return authentication.new_sign_count


def credential_of(answer: str) -> str:
    """Return the id of the passkey that a browser's answer names, "" when it names none."""
    try:
        return str(_read(answer)["id"])[:1_400]
    except (ValueError, KeyError, TypeError):
        return ""


def add(db: Database, account: int, new: NewKey, name: str, challenge: bytes, *, by: Actor) -> None:
    """Store a passkey of an account."""
    name = " ".join(name.split())[:NAME_LENGTH] or "Passkey"
    _take(db, challenge, at=by.at)
    if db.conn.execute("select 1 from passkeys where credential = ?", [new.credential]).fetchone():
        raise Conflict(gettext("This passkey is kept here already."))
    db.conn.execute(
        """
        insert into passkeys (account_id, credential, public_key, sign_count, name, created_at)
        values (?, ?, ?, ?, ?, ?)
        """,
        [account, new.credential, new.public_key, new.sign_count, name, by.at],
    )
    events.record(db, NewEvent("passkey added", reason=name), by=by)


def use(db: Database, key: Passkey, sign_count: int, challenge: bytes, *, at: str) -> None:
    """Record that a passkey answered a challenge; raise Invalid when that challenge was answered before."""
    _take(db, challenge, at=at)
    db.conn.execute("update passkeys set sign_count = ?, used_at = ? where id = ?", [sign_count, at, key["id"]])


def _take(db: Database, challenge: bytes, *, at: str) -> None:
    old = earlier(at, seconds=2 * SECONDS)
    db.conn.execute("delete from used_challenges where at < ?", [old])
    taken = db.conn.execute(
        "insert into used_challenges (hash, at) values (?, ?) on conflict do nothing",
        [hashlib.sha256(challenge).hexdigest(), at],
    ).rowcount
    if not taken:
        raise Invalid({"credential": gettext(REFUSED)})


def find(db: Database, credential: str) -> Passkey:
    rows = db.query(
        """
        select k.id, k.account_id, k.credential, k.public_key, k.sign_count, k.name, k.created_at, k.used_at
        from passkeys k join accounts a on a.id = k.account_id where k.credential = ? and a.removed_at is null
        """,
        [credential],
    )
    row = next(iter(rows), None)
    if row is None:
        raise Invalid({"credential": gettext(REFUSED)})
    return row  # type: ignore[return-value]


def of_account(db: Database, account: int) -> list[dict[str, Any]]:
    return list(
        db.query(
            "select id, credential, name, created_at, used_at from passkeys where account_id = ? order by id", [account]
        )
    )


def remove(db: Database, account: int, number: int, *, by: Actor) -> None:
    row = db.conn.execute(
        "delete from passkeys where id = ? and account_id = ? returning name", [number, account]
    ).fetchone()
    if row is None:
        raise NotFound(gettext("There is no such passkey of yours."))
    events.record(db, NewEvent("passkey removed", reason=row[0]), by=by)


def _read(answer: str) -> dict[str, Any]:
    try:
        fields = json.loads(answer[:20_000])
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(fields, dict):
        raise ValueError("no object")
    return fields


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _bytes(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))


ACTS = (
    Act(
        kind="passkey added",
        group=acts.ACCOUNTS,
        sentence=lambda row: gettext("Added the passkey {name}.", name=row["reason"]),
    ),
    Act(
        kind="passkey removed",
        group=acts.ACCOUNTS,
        sentence=lambda row: gettext("Removed the passkey {name}.", name=row["reason"]),
    ),
)
