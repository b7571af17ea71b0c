"""The copy in the store, made by Litestream (https://litestream.io): its settings, restoring it, and checking it."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from blog import epochs
from blog.errors import AfterwordError, NotFound, Unusable
from blog.journal import events
from blog.replica import Replica
from blog.settings import Settings
from blog.storage import migrations, preflight
from blog.storage.lease import Lease, Unreachable
from blog.upkeep import integrity
from blog.upkeep.backups.copying import opened
from blog.wording import gettext, listed, ngettext

PROGRAM = "litestream"
RESTORE_SECONDS = 3 * 3_600


@dataclass
class Checked:
    """What came of restoring the copy and checking it. `newest_act` is the time of the newest entry of its journal."""

    at: str
    machine: str
    epoch: int
    ok: bool
    problems: list[str]
    newest_act: str
    seconds: float
    bytes: int


def litestream_settings(settings: Settings, epoch: int) -> str:
    """Return what Litestream has to read (litestream.yml) to keep the copy of an epoch; without credentials."""
    replica = _replica(settings)
    target: dict[str, Any] = {
        "type": "s3",
        "bucket": replica.bucket,
        "path": replica.epoch(epoch),
        "region": replica.region,
        "sync-interval": "500ms",
    }
    if replica.endpoint:
        target |= {"endpoint": replica.endpoint, "force-path-style": True}
    return yaml.safe_dump(
        {
            "snapshot": {"interval": "24h", "retention": f"{24 * replica.keep_days}h"},
            "dbs": [{"path": str(settings.database.resolve()), "replica": target}],
        },
        sort_keys=False,
        allow_unicode=True,
    )


def restore(settings: Settings, epoch: int, target: Path) -> None:
    """Bring the newest state of an epoch into a new file.

    Raises Unusable without the program, Unreachable when it fails, with what it said.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise Unusable(
            gettext(
                "The program litestream was not found. Install it (https://litestream.io/install/), or restore a copy"
                " by other means and name it with --copy."
            )
        )
    with tempfile.TemporaryDirectory(prefix="afterword-") as folder:
        config = Path(folder, "litestream.yml")
        config.write_text(litestream_settings(settings, epoch), "utf-8")
        command = [program, "restore", "-config", str(config), "-o", str(target), str(settings.database.resolve())]
        done = subprocess.run(command, capture_output=True, text=True, timeout=RESTORE_SECONDS, check=False)
    if done.returncode or not target.is_file():
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Unreachable(
            gettext(
                "The copy of epoch {epoch} could not be restored: {error}",
                epoch=epoch,
                error=said[-1][:300] if said else PROGRAM,
            )
        )


def newest_epoch(lease: Lease) -> int:
    """Return the newest epoch of which there is a copy; raise NotFound where there is none at all.

    An epoch may have begun, and ended before anything of it came into the store.
    """
    held = lease.look()
    found = lease.epoch_with_data(held.epoch) if held else None
    if found is None:
        raise NotFound(gettext("There is no copy in {bucket} yet.", bucket=lease.replica.place))
    return found


def problems(path: Path) -> list[str]:
    """Check a restored database as `blog check` does; return what is wrong.

    Raises Unusable for one that is no database of this program, or newer than it.
    """
    preflight.examine(path)
    with opened(path) as db, preflight.refusing_damage(path):
        pending = migrations.check(db, name=path.name)
        if damage := integrity.damage(db):
            return damage
        if pending:
            return [
                ngettext(
                    "It is of an older version of Afterword: {missing} is missing.",
                    "It is of an older version of Afterword: {missing} are missing.",
                    len(pending),
                    missing=listed(pending),
                )
            ]
        return integrity.differences(db)


def check(settings: Settings, lease: Lease, *, at: str) -> Checked:
    """Restore the copy into a temporary folder and check it; leave the result in the store, for the other machine."""
    epoch, began = newest_epoch(lease), time.monotonic()
    with _temporary() as path:
        newest, size = "", 0
        try:
            restore(settings, epoch, path)
            wrong = problems(path)
            with opened(path, readonly=True) as db:
                newest = epochs.newest_act(db)
            size = path.stat().st_size
        except AfterwordError as error:
            wrong = [error.sentence]
    seconds = round(time.monotonic() - began, 1)
    done = Checked(at, lease.replica.machine, epoch, not wrong, wrong, newest, seconds, size)
    lease.write(lease.replica.check, json.dumps(asdict(done)).encode())
    return done


def forget_former(lease: Lease, *, epoch: int, at: str) -> int:
    """Remove what earlier epochs left in the store and nobody wrote for `keep_days`; return how many objects."""
    import obstore

    before = events.moment(at) - timedelta(days=lease.replica.keep_days)
    old = [
        each["path"]
        for former in range(1, epoch)
        for piece in obstore.list(lease.objects, prefix=f"{lease.replica.epoch(former)}/")
        for each in piece
        if each["last_modified"] < before
    ]
    if old:
        obstore.delete(lease.objects, old)
    return len(old)


@contextmanager
def _temporary() -> Iterator[Path]:
    """Give the name of a file in a temporary folder on the disk."""
    parent = next((each for each in (os.environ.get("TMPDIR"), "/var/tmp") if each and os.path.isdir(each)), None)
    with tempfile.TemporaryDirectory(prefix="afterword-", dir=parent) as folder:
        yield Path(folder, "copy.db")


def _replica(settings: Settings) -> Replica:
    if settings.replica is None:
        raise Unusable(gettext("There is no second machine: blog.toml has no table [replica]."))
    return settings.replica
