"""Commands that bring another blog in: one for each source, all with the same report."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from blog.cli import JSON, Shell, by, progress, show_json
from blog.cli.publishing import import_
from blog.wording import gettext

if TYPE_CHECKING:  # the parsers are for the command that needs them
    from blog.importing.imported import Items

FILE = click.argument("file", type=click.Path(exists=True, path_type=Path))
DRY_RUN = click.option("--dry-run", is_flag=True, help=gettext("Only report; change nothing."))
MAP = click.option(
    "--map",
    "changed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=gettext("A file of old,new lines: where discussions belong now."),
)
CREATE = click.option("--create", is_flag=True, help=gettext("Make a post for a discussion that has none."))
Command = Callable[..., Any]


def _options(function: Command) -> Command:
    return click.pass_obj(FILE(DRY_RUN(JSON(function))))


def _bring_in(shell: Shell, items: "Items", *, source: str, dry_run: bool, as_json: bool, **wishes: Any) -> None:
    """Read a source and store it; print what came of it."""
    from blog.importing import landing

    with shell.database() as db, progress(gettext("Importing")) as watch:
        report = landing.bring_in(
            db, shell.settings, items, landing.Wishes(dry_run=dry_run, source=source, **wishes), by=by(), watch=watch
        )
    if as_json:
        show_json(report.as_dict())
        return
    for line in report.lines():
        click.echo(line)


@import_.command(help=gettext("Import an export file of WordPress: posts, pages, comments."))
@_options
@click.option(
    "--media",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help=gettext("A copy of wp-content/uploads, for the pictures."),
)
def wordpress(shell: Shell, file: Path, media: Path | None, dry_run: bool, as_json: bool) -> None:
    from blog.importing import wordpress_export

    options = wordpress_export.Options(media, shell.settings.zone)
    _bring_in(shell, wordpress_export.read(file, options), source=file.name, dry_run=dry_run, as_json=as_json)


def _comments_command(name: str, module: str, what: str) -> None:
    """Add the command of a comment service, whose discussions go to the posts with their addresses."""

    def command(shell: Shell, file: Path, changed: Path | None, create: bool, dry_run: bool, as_json: bool) -> None:
        from importlib import import_module

        from blog.importing import matching

        wishes = {"create": create, "changed": matching.read_map(changed) if changed else {}}
        items = import_module(f"blog.importing.{module}").read(file)
        _bring_in(shell, items, source=file.name, dry_run=dry_run, as_json=as_json, **wishes)

    command.__doc__ = what
    import_.command(name=name)(_options(MAP(CREATE(command))))


_comments_command("disqus", "disqus_export", "Import the comments of an XML export of Disqus.")
_comments_command("isso", "isso_database", "Import the comments of a database of Isso.")
_comments_command("remark42", "remark42_backup", "Import the comments of a backup of Remark42.")
_comments_command("commento", "commento_export", "Import the comments of a JSON export of Commento.")


@import_.command(
    help=gettext("Import a file of `blog export jsonl`: posts with their files, comments with their history.")
)
@_options
def jsonl(shell: Shell, file: Path, dry_run: bool, as_json: bool) -> None:
    from blog.importing import jsonl_export

    with tempfile.TemporaryDirectory(prefix="afterword-import-") as folder:
        items = jsonl_export.read(file, Path(folder))
        _bring_in(shell, items, source=file.name, dry_run=dry_run, as_json=as_json)


@import_.command(help=gettext("Import an export file of Ghost: posts, pages, and comments if it has them."))
@_options
def ghost(shell: Shell, file: Path, dry_run: bool, as_json: bool) -> None:
    from blog.importing import ghost_export

    _bring_in(shell, ghost_export.read(file), source=file.name, dry_run=dry_run, as_json=as_json)


@import_.command(help=gettext("Import an export file of Blogger: posts, pages, comments."))
@_options
def blogger(shell: Shell, file: Path, dry_run: bool, as_json: bool) -> None:
    from blog.importing import blogger_export

    _bring_in(shell, blogger_export.read(file), source=file.name, dry_run=dry_run, as_json=as_json)


@import_.command(help=gettext("Import a folder of Jekyll, Hugo, Pelican or Eleventy: posts and their pictures."))
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--from",
    "generator",
    type=click.Choice(["jekyll", "hugo", "pelican", "eleventy"]),
    help=gettext("Which generator the folder belongs to, if `blog import` recognises the wrong one."),
)
@DRY_RUN
@JSON
@click.pass_obj
def markdown(shell: Shell, folder: Path, generator: str | None, dry_run: bool, as_json: bool) -> None:
    from blog.importing import folder as folders

    items = folders.read(folder, generator=generator or "", zone=shell.settings.zone)
    _bring_in(shell, items, source=folder.resolve().name, dry_run=dry_run, as_json=as_json)
