"""Commands about other sites and programs: webhooks, and the mentions that came and were sent."""

import json

import click

from blog import webhooks
from blog.cli import JSON, NUMBER, Shell, by, main, now, show_json, show_table
from blog.storage import store
from blog.webhooks import EVENTS, NewWebhook
from blog.wording import gettext


@main.group(invoke_without_command=True, help=gettext("List the webhooks: programs that are told what happens."))
@JSON
@click.pass_context
def webhook(context: click.Context, as_json: bool) -> None:
    if context.invoked_subcommand:
        return
    shell: Shell = context.obj
    with shell.database() as db:
        rows, waiting = webhooks.listed(db), webhooks.waiting(db)
    shown = [
        {
            "id": row["id"],
            "url": row["url"],
            "events": json.loads(row["events"]),
            "personal": bool(row["personal"]),
            "created_at": row["created_at"],
            "waiting": waiting.get(row["id"], 0),
        }
        for row in rows
    ]
    if as_json:
        show_json(shown)
        return
    show_table(
        ["id", "url", "events", "waiting"],
        [[str(row["id"]), row["url"], " ".join(row["events"]), str(row["waiting"])] for row in shown],
        empty=gettext("There are no webhooks."),
    )


@webhook.command(help=gettext("Add a webhook; prints the secret that signs its messages."))
@click.argument("url")
@click.option(
    "--event",
    "events",
    multiple=True,
    type=click.Choice(list(EVENTS)),
    help=gettext("Only messages of this kind; can be repeated."),
)
@click.option("--personal", is_flag=True, help=gettext("Send email and IP address of comments too."))
@JSON
@click.pass_obj
def add(shell: Shell, url: str, events: tuple[str, ...], personal: bool, as_json: bool) -> None:
    from blog.federation import client
    from blog.federation.client import Limits

    client.check(url, Limits(private=shell.settings.webhook_hosts))
    new = NewWebhook(url, events or list(EVENTS), personal)
    with shell.database() as db, store.transaction(db):
        row = webhooks.find(db, webhooks.add(db, new, by=by()))
    if as_json:
        show_json({"id": row["id"], "secret": row["secret"]})
        return
    click.echo(gettext("Webhook {number} is told from now on. Its secret:", number=str(row["id"])))
    click.echo(row["secret"])


@webhook.command(help=gettext("Remove a webhook."))
@click.argument("id", type=NUMBER)
@click.pass_obj
def remove(shell: Shell, id: int) -> None:
    with shell.database() as db, store.transaction(db):
        webhooks.remove(db, id, by=by())
    click.echo(gettext("Webhook {number} is told nothing any more.", number=str(id)))


@webhook.command(help=gettext("Have the server send a webhook the message `test`."))
@click.argument("id", type=NUMBER)
@click.pass_obj
def test(shell: Shell, id: int) -> None:
    from blog.federation import webhook_events

    with shell.database() as db, store.transaction(db):
        webhook_events.test(db, id, at=now())
    click.echo(gettext("The test waits for the server to send it."))


@main.command(help=gettext("List the mentions that other sites sent, and those that were sent to them."))
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help=gettext("At most so many of each.")
)
@JSON
@click.pass_obj
def mentions(shell: Shell, limit: int, as_json: bool) -> None:
    from blog.federation import received, sent

    with shell.database() as db:
        came, went = received.newest(db, most=limit), sent.newest(db, most=limit)
    if as_json:
        show_json({"received": came, "sent": went})
        return
    rows = [
        *(["from", row["source"], row["slug"], row["status"] or row["state"], row["error"]] for row in came),
        *(["to", row["target"], row["slug"], row["state"], row["error"]] for row in went),
    ]
    show_table(["", "site", "post", "state", "error"], rows, empty=gettext("There are no mentions."))
