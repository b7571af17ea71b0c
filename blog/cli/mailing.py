"""Commands about mail: a test message, what waits, an account's choices; and the outbox after a restore."""

import sys
from typing import Any

import click

from blog import epochs
from blog.cli import JSON, Shell, by, main, now, say_error, show_json, show_table
from blog.cli.running import user
from blog.deliveries import Waiting
from blog.errors import Conflict, Unavailable, Unusable
from blog.mail_server import MailServer
from blog.notifications import choices, mail_queue, sending, to_accounts
from blog.notifications.choices import NOTIFY, POSTS, Choice
from blog.notifications.writing import Writing
from blog.people import accounts
from blog.storage import store
from blog.text import EMAIL
from blog.wording import N_, gettext, ngettext

MISSING = N_('Mail is not set up. Add [mail] with server = "smtp://localhost:25" and from = "you@example.org".')


@main.group(help=gettext("Send mail: a test, what waits, what failed."))
def mail() -> None:
    pass


def _server(shell: Shell) -> MailServer:
    if (server := shell.settings.mail) is None:
        raise Unusable(gettext(MISSING))
    return server


@mail.command(name="test", help=gettext("Send a test message to an address, at once."))
@click.argument("address")
@click.pass_obj
def test_(shell: Shell, address: str) -> None:
    server, site, at = _server(shell), shell.settings, now()
    server.check_password()
    if not EMAIL.fullmatch(address):
        raise Conflict(gettext("{address!r} is no email address. Write it like name@example.org.", address=address))
    waiting = Waiting(int("".join(filter(str.isdigit, at))), {"mail": "test", "to": address}, 1, at)
    with shell.database() as db:
        letter = sending.letter(waiting, to_accounts.test(Writing(db, site, waiting.payload, at)), site)
    (outcome,) = sending.hand_over(server, [letter])
    name = f"{server.host}:{server.port}"
    if outcome.result != "sent":
        raise Unavailable(gettext("{server} did not take the message: {error}", server=name, error=outcome.error))
    click.echo(gettext("{server} has taken a message to {address}.", server=name, address=address))


@mail.command(name="queue", help=gettext("List the mails that wait or failed, each with its error."))
@JSON
@click.pass_obj
def queue_(shell: Shell, as_json: bool) -> None:
    _server(shell)
    with shell.database() as db:
        with store.transaction(db):
            sending.prepare(db, shell.settings, at=now())
        rows, stopped = mail_queue.listed(db), mail_queue.stopped(db)
    if as_json:
        show_json(rows)
        return
    show_table(
        ["id", "mail", "to", "due", "tries", "error"],
        [
            [
                str(row["id"]),
                row["mail"],
                row["to"],
                gettext("given up") if row["failed_at"] else row["due_at"][:16].replace("T", " "),
                str(row["tries"]),
                row["error"],
            ]
            for row in rows
        ],
        empty=gettext("No mail waits."),
    )
    for address in stopped:
        say_error(gettext("No mail is sent to {address} any more: {error}", **address))


@mail.command(help=gettext("Send again now what failed; without a running server, this command sends it."))
@click.pass_obj
def retry(shell: Shell) -> None:
    from blog.jobs import Election

    server, site = _server(shell), shell.settings
    server.check_password()
    with shell.database() as db:
        with store.transaction(db):
            sending.prepare(db, site, at=now())
            count = mail_queue.retry(db, at=now())
        election = Election(site.database)
        if not election.stand():
            click.echo(ngettext("One mail is due now.", "{n} mails are due now.", count))
            return
        try:
            sent = _send_all(db, shell, server)
        finally:
            election.resign()
    click.echo(ngettext("One mail was sent.", "{n} mails were sent.", sent))


def _send_all(db: Any, shell: Shell, server: MailServer) -> int:
    sent = 0
    while True:
        with store.transaction(db):
            letters = sending.take(db, shell.settings, at=now())
        if not letters:
            return sent
        outcomes = sending.hand_over(server, letters)
        with store.transaction(db):
            sending.note(db, letters, outcomes, at=now())
        sent += sum(outcome.result == "sent" for outcome in outcomes)
        for letter, outcome in zip(letters, outcomes, strict=True):
            if outcome.result != "sent":
                say_error(f"{letter.mail.to}: {outcome.error}")


@mail.command(help=gettext("Read one message from standard input: an answer, or the report of a failed delivery."))
@click.pass_obj
def receive(shell: Shell) -> None:
    from blog.notifications import answers

    server = _server(shell)
    if not server.authserv:
        raise Unusable(gettext('Answers by mail are off. Add authserv = "mx.example.org" to [mail].'))
    raw = sys.stdin.buffer.read(answers.MOST + 1)
    with shell.database() as db, store.transaction(db):
        answered = answers.receive(db, raw, shell.settings, at=now())
    if isinstance(answered, str):
        click.echo(answered)
        return
    number, status = answered.stored["id"], answered.stored["status"]
    click.echo(gettext("Stored as comment {number}, {status}.", number=number, status=status))


@main.group(invoke_without_command=True, help=gettext("Show how much still has to leave this machine."))
@JSON
@click.pass_context
def outbox(context: click.Context, as_json: bool) -> None:
    if context.invoked_subcommand:
        return
    from blog import outbox as entries

    shell: Shell = context.obj
    with shell.database() as db:
        rows, held = entries.counts(db), entries.is_held(db)
        why = epochs.why_held(db) if held else ""
    if as_json:
        show_json({"held": held, "waiting": rows})
        return
    show_table(
        ["kind", "waiting"], [[kind, str(count)] for kind, count in rows.items()], empty=gettext("The outbox is empty.")
    )
    if held:
        click.echo(gettext("{why} Send what it holds with: blog outbox release", why=why))


@outbox.command(help=gettext("Start sending again, after a backup was restored or this machine took over."))
@click.pass_obj
def release(shell: Shell) -> None:
    with shell.database() as db, store.transaction(db):
        released = epochs.release_outbox(db, by=by())
    click.echo(gettext("The outbox is sent again.") if released else gettext("The outbox was not stopped."))


@user.command(
    name="set", help=gettext("Set an account's email, its language, and when it is told about comments that wait.")
)
@click.argument("name")
@click.option("--email", default=None, help=gettext("Email of the account."))
@click.option(
    "--notify", type=click.Choice(NOTIFY), default=None, help=gettext("When the account is told of comments that wait.")
)
@click.option("--hour", type=click.IntRange(0, 23), default=None, help=gettext("The hour of a daily mail."))
@click.option("--quiet", default=None, metavar="SPAN", help=gettext("Hours without mail: 22:00-07:00; empty: none."))
@click.option("--posts", type=click.Choice(POSTS), default=None, help=gettext("About comments on which posts."))
@click.option("--language", default=None, metavar="TAG", help=gettext("Language of the desk; empty: the site's."))
@click.pass_obj
def set_(shell: Shell, /, name: str, email: str | None, language: str | None, **chosen: Any) -> None:
    with shell.database() as db, store.transaction(db):
        account = accounts.find(db, name) if email is None else choices.set_address(db, name, email)
        before = choices.of_account(db, account["id"])
        wanted = {key: value for key, value in chosen.items() if value is not None}
        if wanted:
            choices.choose(db, account["id"], Choice(**{**vars(before), **wanted}))
        if language is not None:
            accounts.set_language(db, account["id"], language)
        after = choices.of_account(db, account["id"])
        address = account["email"] if email is None else email
    quiet = f", quiet {after.quiet}" if after.quiet else ""
    click.echo(f"{name}: {address or 'no email'}, notify {after.notify}{quiet}")
