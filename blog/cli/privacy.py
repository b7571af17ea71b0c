"""Commands about one person's data: export and erasure."""

import sys

import click

from blog.cli import Shell, by, main, show_json
from blog.errors import Conflict
from blog.moderation import erasure
from blog.storage import store
from blog.text import printable
from blog.wording import ngettext


@main.group(name="privacy")
def privacy_() -> None:
    """Export or erase the data of one person."""


@privacy_.command()
@click.argument("email")
@click.pass_obj
def export(shell: Shell, email: str) -> None:
    """Print everything stored under an email, as JSON."""
    with shell.database() as db:
        show_json(erasure.about(db, email))


@privacy_.command()
@click.argument("email")
@click.option("--keep-text", is_flag=True, help="Keep the text of the comments, without their writer.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def erase(shell: Shell, email: str, keep_text: bool, yes: bool) -> None:
    """Erase everything stored under an email, for good."""
    with shell.database() as db:
        count = len(erasure.about(db, email)["comments"])
        if not yes:
            _confirm(count, email, keep_text)
        with store.transaction(db):
            done = erasure.erase(db, email, keep_text=keep_text, by=by())
        db.conn.execute("pragma wal_checkpoint(truncate)")  # what was written lies in the log, too, until then
    one, many = ANONYMOUS if keep_text else ERASED
    click.echo(ngettext(one, many, done["comments"], email=printable(email)))
    for sentence in done["stays"]:
        click.echo(f"- {printable(sentence)}")


ANONYMOUS = (
    "{n} comment of {email} no longer has a writer. This cannot be undone. Still stored:",
    "{n} comments of {email} no longer have a writer. This cannot be undone. Still stored:",
)
ERASED = (
    "{n} comment of {email} is erased. This cannot be undone. Still stored:",
    "{n} comments of {email} are erased. This cannot be undone. Still stored:",
)
ASK_ANONYMOUS = (
    "Who wrote {n} comment of {email} will be erased. This cannot be undone. Erase?",
    "Who wrote {n} comments of {email} will be erased. This cannot be undone. Erase?",
)
ASK_ERASED = (
    "The words, name and address of {n} comment of {email} will be erased. This cannot be undone. Erase?",
    "The words, name and address of {n} comments of {email} will be erased. This cannot be undone. Erase?",
)


def _confirm(count: int, email: str, keep_text: bool) -> None:
    one, many = ASK_ANONYMOUS if keep_text else ASK_ERASED
    question = ngettext(one, many, count, email=printable(email))
    if not sys.stdin.isatty():
        raise Conflict("This cannot be undone. Confirm with --yes.")
    click.confirm(question, abort=True)
