"""The lease: one object in an S3 store that names the machine that may write, in which epoch, and for how long.

It is only ever written over the very state that was read (by its e_tag), so of two machines that want it one gets it.
Its age is told by the clock of the store alone. A holder counts the time from before it asked, on its own clock
(fence.py), and stops a quarter earlier; another machine takes the lease only when a second more than all of it is over.
"""

import json
import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from blog.errors import Conflict, NotFound, Unavailable, Unusable
from blog.replica import Replica
from blog.settings import Settings
from blog.storage import atomic_file, fence
from blog.wording import gettext, number

FIRST_EPOCH = 1
SAFE_PART = 0.75  # of the time to live, in which the holder writes
ROUNDING_SECONDS = 1.0  # stores tell their time in whole seconds
STORE_SECONDS = 5  # for one request
PROMOTION_SECONDS = 900  # for restoring and checking a copy
NEVER = datetime.fromtimestamp(0, UTC)
CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


class HeldElsewhere(Conflict):
    """Another machine has the lease."""


class Superseded(Unusable):
    """The site went on in a later epoch, on another machine."""


class Unreachable(Unavailable):
    """The store does not answer, or refuses."""


class Held(NamedTuple):
    """The lease as it is in the store: whose, for which epoch, for how many seconds from `written_at` on.

    `former` is the machine that had it before, "" for none.
    """

    machine: str
    identity: str
    epoch: int
    seconds: float
    former: str
    written_at: datetime = NEVER  # by the clock of the store
    e_tag: str | None = None

    @property
    def ends_at(self) -> datetime:
        return self.written_at + timedelta(seconds=self.seconds)

    @property
    def writes_until(self) -> datetime:
        """When its holder must have stopped writing."""
        return self.written_at + timedelta(seconds=self.seconds * SAFE_PART)


def connect(replica: Replica, environ: Mapping[str, str] = os.environ) -> Any:
    """Return the store, with the credentials of the environment; raise Unusable where something is missing."""
    try:
        from obstore.store import S3Store
    except ImportError as error:
        raise Unusable(
            gettext(
                "A second machine needs a package that is not installed. Install it with"
                ' `pip install "afterword[replica]"`.'
            )
        ) from error
    for name in CREDENTIALS:
        if not environ.get(name):
            raise Unusable(gettext("[replica] needs {name} in the environment.", name=name))
    more: dict[str, Any] = {"endpoint": replica.endpoint} if replica.endpoint else {}
    if token := environ.get("AWS_SESSION_TOKEN"):
        more["session_token"] = token
    return S3Store(
        replica.bucket,
        region=replica.region,
        access_key_id=environ[CREDENTIALS[0]],
        secret_access_key=environ[CREDENTIALS[1]],
        client_options={
            "allow_http": replica.endpoint.startswith("http://"),
            "timeout": timedelta(seconds=STORE_SECONDS),
            "connect_timeout": timedelta(seconds=STORE_SECONDS),
        },
        retry_config={"max_retries": 1, "retry_timeout": timedelta(seconds=STORE_SECONDS)},
        **more,
    )


def of_site(settings: Settings) -> "Lease":
    """Return the lease of a site, as this machine sees it; raise Unusable where there is no `[replica]`."""
    replica = settings.replica
    if replica is None:
        raise Unusable(gettext("There is no second machine: blog.toml has no table [replica]."))
    return Lease(connect(replica), replica, _identity(settings.database, replica.machine))


def _identity(database: Path, machine: str) -> str:
    """Return what tells this copy of the site from all others, also where two machines have the same name."""
    file = database.with_name(f"{database.name}.machine")
    try:
        return f"{machine} {file.read_text('ascii').strip()}"
    except FileNotFoundError:
        atomic_file.replace(file, f"{secrets.token_hex(8)}\n".encode())
        return _identity(database, machine)


class Lease:
    """The lease in a store, taken and renewed for one copy of the site, its `identity`."""

    def __init__(self, objects: Any, replica: Replica, identity: str) -> None:
        self.objects = objects
        self.replica = replica
        self.identity = identity

    def look(self) -> Held | None:
        """Return who has the lease, None if nobody ever had it."""
        found = self._ask("get", self.replica.lease)
        if found is None:
            return None
        meta, body = found.meta, bytes(found.bytes())
        try:
            held = json.loads(body)
            return Held(
                str(held["machine"]),
                str(held["identity"]),
                int(held["epoch"]),
                float(held["seconds"]),
                str(held["former"]),
                meta["last_modified"],
                meta["e_tag"],
            )
        except (ValueError, KeyError, TypeError) as error:
            raise Unusable(
                gettext("{name} in the store is no lease of this program.", name=self.replica.lease)
            ) from error

    def take(self, epoch: int) -> float:
        """Take or renew the lease for an epoch; return until when this machine may write, in seconds of fence.clock.

        Raises HeldElsewhere while another machine has it or was the last one that wrote, Superseded when the site is in
        a later epoch.
        """
        held = self.look()
        if held is not None and held.epoch > epoch:
            raise Superseded(
                gettext(
                    "The site went on in epoch {later} on {machine}, and the database here is of epoch {epoch}. It must"
                    " not be served any more. docs/second-machine.md says how this machine becomes the second one.",
                    later=held.epoch,
                    machine=held.machine,
                    epoch=epoch,
                )
            )
        if held is not None and held.identity != self.identity:
            if not self.is_over(held):
                raise _held_elsewhere(held)
            if (
                held.seconds != PROMOTION_SECONDS
            ):  # what it wrote last is not here; a promotion that failed wrote nothing
                raise HeldElsewhere(
                    gettext(
                        "The last machine that wrote was {machine}. To take over from it: blog promote",
                        machine=held.machine,
                    )
                )
        began = fence.clock()
        self.put(epoch, self.replica.lease_seconds, over=held)
        return began + self.replica.lease_seconds * SAFE_PART

    def take_for_promotion(self) -> Held:
        """Take the lease of a machine whose time is over, for as long as a promotion takes; return what it was.

        Raises NotFound where no machine ever had one, HeldElsewhere while another machine has it.
        """
        held = self.look()
        if held is None:
            raise NotFound(
                gettext(
                    "There is no lease in {bucket}, so no machine has served this site with it yet. Check bucket and"
                    " path in [replica].",
                    bucket=self.replica.place,
                )
            )
        if held.identity != self.identity and not self.is_over(held):
            raise _held_elsewhere(held)
        self.put(held.epoch, PROMOTION_SECONDS, over=held)
        return held

    def release(self) -> None:
        """Give the lease up, if this machine has it, so that another one need not wait."""
        held = self.look()
        if held is not None and held.identity == self.identity:
            self.put(held.epoch, 0, over=held)

    def give_back(self, former: Held) -> None:
        """Let the machine that had the lease before have it again, after a promotion that failed."""
        held = self.look()
        if held is not None and held.identity == self.identity:
            self._write(former._replace(epoch=held.epoch, seconds=0), over=held)

    def put(self, epoch: int, seconds: float, *, over: Held | None) -> None:
        """Write the lease for this machine over the state that was read; raise HeldElsewhere if it changed since."""
        former = "" if over is None else over.former if over.identity == self.identity else over.machine
        mine = Held(self.replica.machine, self.identity, epoch, seconds, former)
        if not self._write(mine, over=over):
            now = self.look()
            if now is None or now.identity != self.identity:
                raise _held_elsewhere(now or over)
            raise Unreachable(gettext("The lease was renewed by somebody else on this machine just now."))

    def _write(self, held: Held, *, over: Held | None) -> bool:
        """Write the lease over the state that was read; tell whether that was still the state."""
        body = {name: getattr(held, name) for name in ("machine", "identity", "epoch", "seconds", "former")}
        body["nonce"] = secrets.token_hex(8)  # an e_tag is a hash of the content
        mode = "create" if over is None else {"e_tag": over.e_tag}
        return self._ask("put", self.replica.lease, json.dumps(body).encode(), mode=mode) is not None

    def is_over(self, held: Held) -> bool:
        """Tell whether the time of a lease is over by the clock of the store."""
        if not held.seconds:
            return True
        return (self.now() - held.written_at).total_seconds() > held.seconds + ROUNDING_SECONDS

    def now(self) -> datetime:
        """Return the time by the clock of the store."""
        self._ask("put", self.replica.clock, b"")
        at: datetime = self._ask("head", self.replica.clock)["last_modified"]
        return at

    def epoch_with_data(self, newest: int) -> int | None:
        """Return the newest epoch that has a copy in the store: one may have begun, and ended before anything came."""
        for epoch in range(newest, FIRST_EPOCH - 1, -1):
            if self._ask("list_with_delimiter", f"{self.replica.epoch(epoch)}/")["common_prefixes"]:
                return epoch
        return None

    def read(self, name: str) -> bytes | None:
        """Return the content of an object, None if there is none."""
        found = self._ask("get", name)
        return None if found is None else bytes(found.bytes())

    def write(self, name: str, content: bytes) -> None:
        """Write an object, whatever it was."""
        self._ask("put", name, content)

    def _ask(self, call: str, *values: Any, **options: Any) -> Any:
        """Call the store; return None for an object that is not there, or is not what was read any more."""
        import obstore
        from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError

        try:
            return getattr(obstore, call)(self.objects, *values, **options)
        except (FileNotFoundError, AlreadyExistsError, PreconditionError):
            return None
        except (BaseError, ValueError, OSError) as error:
            first = next(iter(str(error).splitlines()), type(error).__name__)
            raise Unreachable(
                gettext(
                    "The store at {endpoint} does not answer as it should: {error}",
                    endpoint=self.replica.endpoint or "Amazon S3",
                    error=first[:200],
                )
            ) from error


def _held_elsewhere(held: Held | None) -> HeldElsewhere:
    if held is None:
        return HeldElsewhere(gettext("Another machine has just taken the lease."))
    ends = f"{held.ends_at:%H:%M:%S}"
    return HeldElsewhere(
        gettext(
            "{machine} holds the lease of epoch {epoch}, until {time} UTC unless it renews it.",
            machine=held.machine,
            epoch=number(held.epoch),
            time=ends,
        )
    )
