"""Commands about one person's data: export and erasure."""

import sys

import click

from blog.cli import Shell, by, main, show_json
from blog.errors import Conflict
from blog.moderation import erasure
from blog.storage import store
from blog.text import printable
from blog.wording import gettext, ngettext


@main.group(name="privacy", help=gettext("Export or erase the data of one person."))
def privacy_() -> None:
    pass


@privacy_.command(help=gettext("Print everything stored under an email, as JSON."))
@click.argument("email")
@click.pass_obj
def export(shell: Shell, email: str) -> None:
    with shell.database() as db:
        show_json(erasure.about(db, email))


@privacy_.command(help=gettext("Erase everything stored under an email, for good."))
@click.argument("email")
@click.option("--keep-text", is_flag=True, help=gettext("Keep the text of the comments, without their writer."))
@click.option("--yes", is_flag=True, help=gettext("Do not ask."))
@click.pass_obj
def erase(shell: Shell, email: str, keep_text: bool, yes: bool) -> None:
    with shell.database() as db:
        count = len(erasure.about(db, email)["comments"])
        if not yes:
            _confirm(count, email, keep_text)
        with store.transaction(db):
            done = erasure.erase(db, email, keep_text=keep_text, by=by())
        db.conn.execute("pragma wal_checkpoint(truncate)")  # what was written lies in the log, too, until then
    click.echo(_erased(done["comments"], printable(email), keep_text))
    for sentence in done["stays"]:
        click.echo(f"- {printable(sentence)}")


def _erased(count: int, email: str, keep_text: bool) -> str:
    if keep_text:
        return ngettext(
            "{n} comment of {email} no longer has a writer. This cannot be undone. Still stored:",
            "{n} comments of {email} no longer have a writer. This cannot be undone. Still stored:",
            count,
            email=email,
        )
    return ngettext(
        "{n} comment of {email} is erased. This cannot be undone. Still stored:",
        "{n} comments of {email} are erased. This cannot be undone. Still stored:",
        count,
        email=email,
    )


def _question(count: int, email: str, keep_text: bool) -> str:
    if keep_text:
        return ngettext(
            "Who wrote {n} comment of {email} will be erased. This cannot be undone. Erase?",
            "Who wrote {n} comments of {email} will be erased. This cannot be undone. Erase?",
            count,
            email=email,
        )
    return ngettext(
        "The words, name and address of {n} comment of {email} will be erased. This cannot be undone. Erase?",
        "The words, name and address of {n} comments of {email} will be erased. This cannot be undone. Erase?",
        count,
        email=email,
    )


def _confirm(count: int, email: str, keep_text: bool) -> None:
    question = _question(count, printable(email), keep_text)
    if not sys.stdin.isatty():
        raise Conflict(gettext("This cannot be undone. Confirm with --yes."))
    click.confirm(question, abort=True)
