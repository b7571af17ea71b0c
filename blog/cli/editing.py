"""Commands that change a single comment: its text, its place, its thread; and notes on it."""

from dataclasses import dataclass
from typing import TextIO

import click

from blog import comments, moderation
from blog.cli import JSON, NUMBER, REASON, Shell, gather, main, say_batch, show_json
from blog.comments import notes
from blog.moderation import edits, moves


@dataclass(frozen=True)
class Changes:
    """What an edit changes: the text by a file, the name, the address; None for what stays."""

    file: TextIO | None = None
    author: str | None = None
    url: str | None = None


@main.command()
@click.argument("id", type=NUMBER)
@click.argument("file", type=click.File("r", encoding="utf-8"), required=False)
@click.option("--author", default=None, metavar="NAME", help="Another name.")
@click.option("--url", default=None, metavar="URL", help='Another address; "" for none.')
@REASON
@JSON
@click.pass_obj
@gather(Changes)
def edit(shell: Shell, changes: Changes, id: int, reason: str, as_json: bool) -> None:
    """Edit a comment: its text from a file ("-": from standard input), its name, its address."""
    if changes == Changes():
        raise click.UsageError("Say what changes: a file with the text, --author or --url.")
    with shell.database() as db:
        row = moderation.comment(db, id)
    draft = edits.prepare(
        row["author"] if changes.author is None else changes.author,
        row["url"] if changes.url is None else changes.url,
        row["text"] if changes.file is None else changes.file.read(),
    )
    batch = shell.write(edits.revise, id, draft, reason=reason.strip(), edited=row["edited_at"] or "")
    _say(f"Comment {id} is edited.", batch, as_json)


@main.command()
@click.argument("id", type=NUMBER)
@click.argument("text")
@JSON
@click.pass_obj
def note(shell: Shell, id: int, text: str, as_json: bool) -> None:
    """Write a note for colleagues on a comment; readers do not see it."""
    number = shell.write(notes.add, id, text)
    if as_json:
        show_json({"note": number})
    else:
        click.echo(f"The note on comment {id} is stored.")


@main.command()
@click.argument("id", type=NUMBER)
@click.option("--post", default="", metavar="SLUG", help="Move to this post, as a new thread.")
@click.option("--parent", type=NUMBER, metavar="ID", help="Make it a reply to this comment.")
@REASON
@JSON
@click.pass_obj
def move(shell: Shell, id: int, post: str, parent: int | None, reason: str, as_json: bool) -> None:
    """Move a comment with its replies; without options it becomes a new thread on its post."""
    batch = shell.write(moves.move, id, post=post, parent=parent, reason=reason.strip())
    _say(f"Comment {id} was moved.", batch, as_json)


@main.command()
@click.argument("id", type=NUMBER)
@JSON
@click.pass_obj
def lock(shell: Shell, id: int, as_json: bool) -> None:
    """Lock the thread of a comment: it takes no more replies."""
    _say(f"The thread of comment {id} is locked.", shell.write(comments.lock, id, True), as_json)


@main.command()
@click.argument("id", type=NUMBER)
@JSON
@click.pass_obj
def unlock(shell: Shell, id: int, as_json: bool) -> None:
    """Unlock the thread of a comment: it takes replies again."""
    _say(f"The thread of comment {id} takes replies again.", shell.write(comments.lock, id, False), as_json)


def _say(sentence: str, batch: int | None, as_json: bool) -> None:
    if as_json:
        show_json({"batch": batch, "moved": int(batch is not None)})
    else:
        say_batch(sentence, batch)
