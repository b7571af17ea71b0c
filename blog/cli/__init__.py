"""The commands. Each calls one function of the domain; a refusal is one sentence on standard error and exit 1."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from blog import settings, version
from blog.cli import priorities
from blog.errors import AfterwordError, Unusable
from blog.settings import Settings
from blog.text import printable
from blog.wording import gettext

if TYPE_CHECKING:  # what `serve` needs is imported with this module, all else by the command that needs it
    from sqlite_utils import Database

    from blog.journal.events import Actor

MOST = 2**63 - 1  # the largest number that the database can be asked for
NUMBER = click.IntRange(1, MOST)
JSON = click.option("--json", "as_json", is_flag=True, help=gettext("Print JSON."))
REASON = click.option(
    "--reason", default="", metavar="R", help=gettext("Reason, for colleagues; stored in the journal.")
)
TAUGHT = 500  # decisions that a command teaches the filter at once; the server, or the next command, goes on


@dataclass(frozen=True)
class Shell:
    """The site that a command is about."""

    folder: Path

    @property
    def settings(self) -> Settings:
        if not (self.folder / "blog.toml").is_file() and not (self.folder / "posts").is_dir():
            raise Unusable(
                gettext(
                    "{folder} is not a site: it has neither blog.toml nor posts/. Create one with: blog init DIR",
                    folder=self.folder,
                )
            )
        return settings.load(self.folder)

    @contextmanager
    def database(self) -> "Iterator[Database]":
        """Open the site's database; create or update it first if needed."""
        from blog.storage import store

        path = self.settings.database
        store.prepare(path, alone=True)
        db = store.connect(path)
        try:
            yield db
        finally:
            db.conn.close()

    def write(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run `fn(db, ..., by=)` in one transaction."""
        from blog import filter
        from blog.storage import store

        with self.database() as db:
            with store.transaction(db):
                done = fn(db, *args, by=by(), **kwargs)
            if filter.has_pending(db):
                with store.transaction(db):
                    filter.catch_up(db, TAUGHT)
            return done


def by() -> "Actor":
    from blog.journal.events import Actor

    return Actor(now(), None, "command")


def now() -> str:
    from blog.journal import events

    return events.stamp(datetime.now(UTC))


def gather(kind: type) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options that are fields of a dataclass as one value, its second argument.

    What was not given keeps the default of its field.
    """
    names = [each.name for each in fields(kind)]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def run(shell: Shell, **options: Any) -> None:
            given = {name: options.pop(name) for name in names if name in options}
            command(shell, kind(**{name: value for name, value in given.items() if value is not None}), **options)

        return run

    return decorate


class Commands(click.Group):
    """Print each of our errors as a sentence and exit with 1; import commands when they are needed."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        load(None if cmd_name != "serve" else "serving")
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        load()
        return super().list_commands(ctx)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AfterwordError as error:
            say_error(error.sentence)
            ctx.exit(1)
        except _database_error() as error:
            say_error(gettext("Database error: {error}. Nothing was changed.", error=error))
            ctx.exit(1)
        except OSError as error:
            if error.filename is None:  # a closed pipe, which click answers
                raise
            say_error(f"{error.filename}: {error.strerror}.")
            ctx.exit(1)


def _show_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        click.echo(gettext("Afterword, version {version}", version=version()))
        context.exit()


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=gettext("Afterword: a blog whose comments are worth reading."),
)
@click.option(
    "--site",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    envvar="BLOG_SITE",
    help=gettext("The site's folder (default: BLOG_SITE, or the current folder)."),
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    help=gettext("Show the version and exit."),
    callback=_show_version,
)
@click.pass_context
def main(context: click.Context, site: Path) -> None:
    context.obj = Shell(site)


def say_error(sentence: str) -> None:
    click.echo(priorities.marked(sentence), err=True)


def say_batch(sentence: str, batch: int | None) -> None:
    """Say what was done and how to take it back, or that there was nothing to do."""
    click.echo(gettext("Nothing to change.") if batch is None else with_undo(sentence, batch))


def with_undo(sentence: str, batch: int) -> str:
    """Add to a sentence how what it says is taken back."""
    return gettext("{sentence} Batch {batch}; undo with: blog undo {batch}", sentence=sentence, batch=batch)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show a progress bar on a terminal while the block runs; yield None if there is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def show_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))


def show_table(columns: list[str], rows: list[list[str]], *, empty: str) -> None:
    """Print rows as a table on a terminal, as tab-separated lines into a pipe."""
    rows = [[printable(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in row))
        return
    if not rows:
        click.echo(empty)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


MODULES = (
    *("serving", "banning", "editing", "keeping", "learning", "mailing", "moderating", "privacy", "publishing"),
    *("ruling", "running", "importing", "leaving", "switching", "agents", "federating", "replicating"),
)


def load(only: str | None = None) -> click.Group:
    """Import the modules of all commands, or one of them; importing registers its commands. Return the group."""
    for module in MODULES:
        if only in (None, module):
            import_module(f"blog.cli.{module}")
    return main


def _database_error() -> type[Exception]:
    from blog.storage.store import DatabaseError

    return DatabaseError
