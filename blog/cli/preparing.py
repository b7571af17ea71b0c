"""What `serve` does before it serves: the database, what changed in posts/, and where to go."""

from importlib import import_module

import click

from blog import epochs
from blog.cli import by, priorities, progress, say_error
from blog.errors import Refused
from blog.settings import Settings
from blog.storage import outage, store
from blog.wording import gettext


def prepare(site: Settings, address: str) -> None:
    """Bring the database up to date, publish, and say where to go."""
    if site.mail:
        site.mail.check_password()
    store.prepare(site.database, meanwhile=_import_what_publishes)
    token = None
    why = outage.hindrance(site.database)
    waits = "" if why else _take_lease(site)
    try:
        if not why and not waits:
            token = _bring_up_to_date(site)
    except store.DatabaseError as error:
        if not (reason := outage.reason(error)):
            raise
        why = gettext(reason)
    if why:
        say_error(
            gettext(
                "Nothing can be saved in {database}. {why} Pages are still served. Fix the problem and restart.",
                database=site.database,
                why=why,
            )
        )
    if waits:
        say_error(
            gettext(
                "Nothing is saved in {database} until this machine gets the lease. {why} Pages are served.",
                database=site.database,
                why=waits,
            )
        )
    if caution := store.caution():
        click.echo(priorities.marked(caution, priorities.WARNING), err=True)
    click.echo(
        gettext(
            "{title} is at {address}/ and its desk at {address}/admin/ (stop it with Ctrl-C)",
            title=site.title,
            address=address,
        )
    )
    if token:
        click.echo(
            gettext(
                "There is no administrator yet. Become the first administrator here; the address works once:\n"
                "  {address}/admin/setup?token={token}",
                address=site.url or address,
                token=token,
            )
        )


def prepare_to_read(site: Settings, address: str) -> None:
    """Check that the database can be served without writing anything, and say where to go."""
    store.check_readable(site.database)
    click.echo(
        gettext(
            "{title} is at {address}/, read-only: nothing can be sent or saved (stop it with Ctrl-C)",
            title=site.title,
            address=address,
        )
    )


def _take_lease(site: Settings) -> str:
    """Take the lease, if this is one of two machines; return why it cannot be had now.

    Raises Unusable where the site went on in a later epoch, or the store cannot be asked at all.
    """
    if site.replica is None:
        return ""
    from blog.storage import lease
    from blog.storage.fence import Fence

    mine = lease.of_site(site)
    db = store.connect(site.database, readonly=True)
    try:
        Fence().extend(mine.take(epochs.current(db)))
    except Refused as refusal:
        return refusal.sentence
    finally:
        db.conn.close()
    return ""


def release_lease(site: Settings) -> None:
    """Give the lease up after the last worker has ended, so that another machine can take it at once."""
    from blog.storage import lease

    lease.of_site(site).release()


def _import_what_publishes() -> None:
    for name in ("blog.publishing", "blog.cli.publishing", "blog.people.accounts"):
        import_module(name)


def _bring_up_to_date(site: Settings) -> str | None:
    """Publish; return the token for the first administrator, if there is none yet."""
    from blog.people import accounts

    publish(site)
    db = store.connect(site.database)
    try:
        with store.transaction(db):
            return accounts.offer_setup(db)
    finally:
        db.conn.close()


def publish(site: Settings) -> None:
    from blog import publishing
    from blog.cli.publishing import say

    db = store.connect(site.database)
    try:
        with progress("Publishing") as watch:
            report = publishing.publish(db, site, by=by(), watch=watch)
        say(report)
    finally:
        db.conn.close()
