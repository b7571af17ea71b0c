"""What `serve` does before it serves: the database, what changed in posts/, and where to go."""

import click

from blog import accounts, moderation, policy, publishing, store
from blog.cli import by, now
from blog.cli.publishing import say
from blog.settings import Settings


def prepare(site: Settings, address: str) -> None:
    """Bring the database up to date, publish, and say where to go."""
    store.prepare(site.database)
    publish(site)
    db = store.connect(site.database)
    try:
        with store.transaction(db):
            moderation.purge(db, policy.load(db), at=now())
            token = accounts.offer_setup(db)
    finally:
        db.conn.close()
    if caution := store.caution():
        click.echo(caution, err=True)
    click.echo(f"{site.title} is at {address}/ and its desk at {address}/admin/ (stop it with Ctrl-C)")
    if token:
        click.echo(
            "There is no account yet. Become the first administrator here; the address works once:\n"
            f"  {address}/admin/setup?token={token}"
        )


def publish(site: Settings) -> None:
    db = store.connect(site.database)
    try:
        say(publishing.publish(db, site, by=by()))
    finally:
        db.conn.close()
