"""Promotion: this machine takes over, from the copy in the store.

First the lease is taken, so that the other machine cannot write any more; then the copy is restored and checked; then
the lease names the next epoch, and the copy becomes the site's database. When something fails on the way, the lease is
given back and nothing has changed here.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from blog import epochs
from blog.epochs import Promotion
from blog.errors import Conflict, NotFound, Unusable
from blog.journal import events
from blog.journal.events import Actor
from blog.posts import versions
from blog.settings import Settings
from blog.storage import atomic_file, migrations, permissions, preflight, store
from blog.storage.lease import Held, HeldElsewhere, Lease
from blog.storage.lock import claim
from blog.upkeep import integrity, replicas
from blog.upkeep.backups import erasures
from blog.upkeep.backups.copying import compact, opened, remove, transfer
from blog.upkeep.backups.restoring import all_or_nothing, put_database
from blog.wording import gettext


@dataclass
class Promoted:
    """What came of it: the window whose acts may be missing, what is wrong in the copy, and where the old files are.

    `files` are the paths of posts whose files were written from the database, or taken away; `erased` counts the
    comments whose erasure was repeated.
    """

    promotion: Promotion
    problems: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    aside: Path | None = None
    erased: int = 0


def promote(
    settings: Settings, lease: Lease, *, by: Actor, copy: Path | None = None, say: Callable[[str], None] = print
) -> Promoted:
    """Take over from the machine whose lease is over; the copy is restored, unless one is named.

    Raises HeldElsewhere while another machine has the lease, Conflict while a server runs here or where this machine is
    the one that writes already, Unusable for a copy that cannot be served.
    """
    path = settings.database.resolve()
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with claim(path):
        _check_needed(settings, lease)
        former = lease.take_for_promotion()
        say(gettext("The lease of {machine} is taken.", machine=former.machine))
        try:
            promoted = _prepare(settings, lease, former, part, by=by, copy=copy)
            _begin_epoch(lease, promoted.promotion.epoch)
            aside = settings.root / f"before-promotion-{compact(by.at)}"
            _put_in_place(settings.root, part, path, aside)
        except BaseException:
            lease.give_back(former)
            raise
        finally:
            remove(part)
        promoted.files = _put_files_back(settings, aside)
    promoted.aside = aside if aside.is_dir() else None
    return promoted


def _check_needed(settings: Settings, lease: Lease) -> None:
    """Raise Conflict where this machine is the one that writes already."""
    held = lease.look()
    if held is None or held.identity != lease.identity or not settings.database.exists():
        return
    with opened(settings.database, readonly=True) as db:
        if epochs.current(db) == held.epoch:
            raise Conflict(
                gettext(
                    "This machine is the one that writes, in epoch {epoch}. Start it with `blog serve`.",
                    epoch=held.epoch,
                )
            )


def _prepare(settings: Settings, lease: Lease, former: Held, part: Path, *, by: Actor, copy: Path | None) -> Promoted:
    """Restore and check the copy, and begin the next epoch in it."""
    if copy is None:
        replicas.restore(settings, replicas.newest_epoch(lease), part)
    else:
        _take_copy(copy, part)
    part.chmod(permissions.DATABASE_MODE)
    with opened(part) as db:
        if damage := integrity.damage(db):
            raise Unusable(damage[0])
        migrations.migrate(db)
        until = min(former.writes_until, lease.now())
        promoted = Promoted(
            Promotion(
                max(former.epoch, epochs.current(db)) + 1,
                lease.replica.machine,
                former.former if former.identity == lease.identity else former.machine,
                epochs.newest_act(db),
                events.stamp(until),
                *epochs.last_numbers(db),
            ),
            integrity.differences(db),
        )
        with store.transaction(db):
            epochs.promote(db, promoted.promotion, by=by)
        promoted.erased = erasures.repeat(db, settings.database, at=by.at)
        db.conn.execute("pragma journal_mode = delete")
    atomic_file.sync(part)
    return promoted


def _take_copy(copy: Path, part: Path) -> None:
    """Bring a copy that was restored by other means into the new file."""
    if not copy.is_file():
        raise NotFound(gettext("There is no file {file}.", file=copy))
    permissions.create_private(part)
    with opened(copy, readonly=True) as source, opened(part) as target, preflight.refusing_damage(copy):
        migrations.check(source, name=copy.name)
        transfer(source, target)


def _begin_epoch(lease: Lease, epoch: int) -> None:
    """Name the new epoch in the lease: from now on no database of an earlier one is served."""
    held = lease.look()
    if held is None or held.identity != lease.identity:
        raise HeldElsewhere(gettext("Another machine has just taken the lease."))
    lease.put(epoch, lease.replica.lease_seconds, over=held)


def _put_in_place(root: Path, part: Path, path: Path, aside: Path) -> None:
    """Make the copy the site's database; what was there is kept in a folder beside, with what Litestream knew of it."""
    notes = path.with_name(f".{path.name}-litestream")
    with all_or_nothing(root) as moves:
        if notes.exists():
            moves.move(notes, aside / notes.name)
        put_database(moves, part, path, aside)


def _put_files_back(settings: Settings, aside: Path) -> list[str]:
    """Bring the folder of posts to where the database is; return the paths of what was written or taken away.

    A missing file, and one with an earlier version, gets the newest one; that of a deleted post is taken away. A file
    with a text that the database never had is left as it is: it is published when the site is served.
    """
    changed = []
    with opened(settings.database, readonly=True) as db:
        for path, version, deleted in versions.newest_saved(db):
            file = settings.posts / path
            there = file.read_bytes() if file.is_file() else None
            wanted = None if deleted else versions.contents(db, [version])[version]
            if there == wanted or (there is not None and not versions.is_former(db, path, there)):
                continue
            if there is not None:
                atomic_file.replace(aside / "posts" / path.replace("../", ""), there)
                file.unlink()
            if wanted is not None:
                atomic_file.replace(file, wanted)
                permissions.give_to_owner(file, of=settings.root)
            changed.append(path)
    return changed
