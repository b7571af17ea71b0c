"""Commands that change a single comment: its text, its place, its thread; and notes on it."""

from dataclasses import dataclass
from typing import TextIO

import click

from blog import comments, moderation
from blog.cli import JSON, NUMBER, REASON, Shell, gather, main, say_batch, show_json
from blog.comments import notes
from blog.moderation import edits, moves
from blog.wording import gettext


@dataclass(frozen=True)
class Changes:
    """What an edit changes: the text by a file, the name, the address; None for what stays."""

    file: TextIO | None = None
    author: str | None = None
    url: str | None = None


@main.command(help=gettext('Edit a comment: its text from a file ("-": from standard input), its name, its address.'))
@click.argument("id", type=NUMBER)
@click.argument("file", type=click.File("r", encoding="utf-8"), required=False)
@click.option("--author", default=None, metavar="NAME", help=gettext("Another name."))
@click.option("--url", default=None, metavar="URL", help=gettext('Another address; "" for none.'))
@REASON
@JSON
@click.pass_obj
@gather(Changes)
def edit(shell: Shell, changes: Changes, id: int, reason: str, as_json: bool) -> None:
    if changes == Changes():
        raise click.UsageError(gettext("Say what changes: a file with the text, --author or --url."))
    with shell.database() as db:
        row = moderation.comment(db, id)
    draft = edits.prepare(
        row["author"] if changes.author is None else changes.author,
        row["url"] if changes.url is None else changes.url,
        row["text"] if changes.file is None else changes.file.read(),
    )
    batch = shell.write(edits.revise, id, draft, reason=reason.strip(), edited=row["edited_at"] or "")
    _say(gettext("Comment {id} is edited.", id=id), batch, as_json)


@main.command(help=gettext("Write a note for colleagues on a comment; readers do not see it."))
@click.argument("id", type=NUMBER)
@click.argument("text")
@JSON
@click.pass_obj
def note(shell: Shell, id: int, text: str, as_json: bool) -> None:
    number = shell.write(notes.add, id, text)
    if as_json:
        show_json({"note": number})
    else:
        click.echo(gettext("The note on comment {id} is stored.", id=id))


@main.command(help=gettext("Move a comment with its replies; without options it becomes a new thread on its post."))
@click.argument("id", type=NUMBER)
@click.option("--post", default="", metavar="SLUG", help=gettext("Move to this post, as a new thread."))
@click.option("--parent", type=NUMBER, metavar="ID", help=gettext("Make it a reply to this comment."))
@REASON
@JSON
@click.pass_obj
def move(shell: Shell, id: int, post: str, parent: int | None, reason: str, as_json: bool) -> None:
    batch = shell.write(moves.move, id, post=post, parent=parent, reason=reason.strip())
    _say(gettext("Comment {id} was moved.", id=id), batch, as_json)


@main.command(help=gettext("Lock the thread of a comment: it takes no more replies."))
@click.argument("id", type=NUMBER)
@JSON
@click.pass_obj
def lock(shell: Shell, id: int, as_json: bool) -> None:
    _say(gettext("The thread of comment {id} is locked.", id=id), shell.write(comments.lock, id, True), as_json)


@main.command(help=gettext("Unlock the thread of a comment: it takes replies again."))
@click.argument("id", type=NUMBER)
@JSON
@click.pass_obj
def unlock(shell: Shell, id: int, as_json: bool) -> None:
    _say(
        gettext("The thread of comment {id} takes replies again.", id=id),
        shell.write(comments.lock, id, False),
        as_json,
    )


def _say(sentence: str, batch: int | None, as_json: bool) -> None:
    if as_json:
        show_json({"batch": batch, "moved": int(batch is not None)})
    else:
        say_batch(sentence, batch)
