"""Checking a password, a recovery code or a passkey: for the login, and where the password is asked for again."""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from itsdangerous import BadSignature
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from blog.errors import Conflict, Invalid
from blog.journal import events
from blog.journal.events import Actor, NewEvent
from blog.people import accounts, passkeys, passwords, recovery, throttle
from blog.people.accounts import Account
from blog.people.passkeys import Place
from blog.web import site as sites
from blog.web.middleware import limits, security
from blog.wording import N_, gettext

DEVICE_COOKIE, CHALLENGE_COOKIE = "device", "challenge"
DEVICE_PATH = "/admin/login"
NEEDS_NAME = N_(
    "Passkeys need a host name, and this page is at an IP address. Open the desk at the name of the site, or on this"
    " machine at http://localhost, to add or use one."
)
NEEDS_URL = N_("Passkeys need the address of the site: set url in blog.toml to its https address.")


@dataclass(frozen=True)
class Proof:
    """The account that signed in, None for a wrong name or password; none is checked for `wait` seconds."""

    account: Account | None
    wait: int = 0


async def by_password(request: Request, name: str, secret: str) -> Proof:
    """Check a password or a recovery code. A wrong name takes as long, and is answered alike, as a wrong password."""
    site, at = sites.of(request), sites.now()
    network, device = network_of(request), device_hash(request)
    delay = await site.store.read(throttle.delay, name, network, device, at=at)
    if delay["wait"] and not delay["known"]:
        return Proof(None, delay["wait"])
    account, hashed = await site.store.read(accounts.credentials, name)
    async with site.hashing:
        right = await run_in_threadpool(passwords.matches, secret, hashed)
    if account is None or not right:
        right = await site.store.write(_try_code, account, name, secret, network, at=at)
    return Proof(account if right else None, 0 if right else delay["wait"])


def _try_code(db: Any, account: Account | None, name: str, secret: str, network: str, *, at: str) -> bool:
    """Try a wrong password as a recovery code; if it is none either, count it. Tell whether it was a code."""
    if account is not None and recovery.use(db, account["id"], secret, by=Actor(at, account["id"])):
        return True
    failures = throttle.record_failure(db, name, network, at=at)
    if account is not None and failures == throttle.FREE["name"]:
        events.record(db, NewEvent("sign-ins slowed", reason=account["name"]), by=Actor(at, None, "rule"))
    return False


async def by_passkey(request: Request, answer: str) -> Account:
    """Check a browser's answer with a passkey; raise Invalid when it is not right."""
    site, at = sites.of(request), sites.now()
    challenge = read_challenge(request, "use", at)
    key = await site.store.read(passkeys.find, passkeys.credential_of(answer))
    count = await run_in_threadpool(passkeys.check_use, answer, place(request), challenge, key)
    await site.store.write(passkeys.use, key, count, challenge, at=at)
    name = await site.store.read(accounts.name_of, key["account_id"])
    return await site.store.read(accounts.find, name)


async def confirm(request: Request, account: Account, fields: Mapping[str, str]) -> tuple[bool, str]:
    """Check the password or passkey that a signed-in person gave again; return whether it is right, and an error."""
    if answer := fields.get("credential"):
        try:
            owner = await by_passkey(request, answer)
        except (Invalid, Conflict) as error:
            return False, error.sentence
        return owner["id"] == account["id"], gettext(passkeys.REFUSED)
    if not (typed := fields.get("again", "")):
        return False, ""
    proof = await by_password(request, account["name"], typed)
    return proof.account is not None, _wrong_password(proof.wait)


def _wrong_password(wait: int) -> str:
    if wait:
        return gettext("Too many wrong passwords. Wait {time}, then try again.", time=limits.duration(wait))
    return gettext("The password is wrong.")


def place(request: Request) -> Place:
    """Return the address that passkeys belong to: the site's `url`, else the address that the browser used.

    Raises Conflict, with what is needed, where they cannot be used.
    """
    passkeys.check_installed()
    settings = sites.of(request).settings
    try:
        address = urlsplit(settings.url or f"http://{request.headers.get('host', '')}")
        name, port = address.hostname or "", address.port
    except ValueError:
        raise Conflict(gettext(NEEDS_NAME)) from None
    if name == "localhost":
        return Place(name, f"{address.scheme}://localhost{f':{port}' if port else ''}", settings.title)
    if not any(letter.isalpha() for letter in name.rpartition(".")[2]) or ":" in name:
        raise Conflict(gettext(NEEDS_NAME))
    if address.scheme != "https":
        raise Conflict(gettext(NEEDS_URL))
    return Place(name, f"https://{address.netloc}", settings.title)


def passkey_problem(request: Request) -> str:
    """Return why passkeys cannot be used at this address, "" where they can."""
    try:
        place(request)
    except Conflict as error:
        return error.sentence
    return ""


def set_challenge(request: Request, response: Response, purpose: str, challenge: bytes) -> None:
    """Send a challenge to the browser as a signed cookie."""
    site = sites.of(request)
    signed = site.signer.dumps([purpose, base64.b64encode(challenge).decode(), sites.now()], salt=CHALLENGE_COOKIE)
    response.set_cookie(
        CHALLENGE_COOKIE,
        str(signed),
        max_age=passkeys.SECONDS,
        path="/",  # the page that lets programs in is not under /admin/
        httponly=True,
        samesite="strict",
        secure=site.settings.secure,
    )


def read_challenge(request: Request, purpose: str, at: str) -> bytes:
    """Return the challenge that this browser was given; raise Invalid when there is none, or it is too old."""
    try:
        signed_purpose, challenge, since = sites.of(request).signer.loads(
            request.cookies.get(CHALLENGE_COOKIE, ""), salt=CHALLENGE_COOKIE
        )
        age = (events.moment(at) - events.moment(since)).total_seconds()
    except (BadSignature, ValueError, TypeError) as error:
        raise Invalid({"credential": gettext(passkeys.REFUSED)}) from error
    if signed_purpose != purpose or not 0 <= age <= passkeys.SECONDS:
        raise Invalid({"credential": gettext(passkeys.REFUSED)})
    return base64.b64decode(challenge)


def network_of(request: Request) -> str:
    return security.network_of(security.client_ip(request, sites.of(request).settings))


def device_hash(request: Request) -> str:
    """Return the hash of this browser's device cookie, "" without one; it only says that somebody signed in here."""
    secret = request.cookies.get(DEVICE_COOKIE, "")
    return accounts.hash_of(secret) if 20 <= len(secret) <= 100 else ""


def remember_device(request: Request, response: Response) -> str:
    """Set the device cookie, if there is none; return its hash."""
    secret = request.cookies.get(DEVICE_COOKIE, "") if device_hash(request) else secrets.token_urlsafe(32)
    response.set_cookie(
        DEVICE_COOKIE,
        secret,
        max_age=security.READER_SECONDS,
        path=DEVICE_PATH,
        httponly=True,
        samesite="strict",
        secure=sites.of(request).settings.secure,
    )
    return accounts.hash_of(secret)
