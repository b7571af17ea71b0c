"""Commands that take everything out again: one for each format, all with the same report."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from blog.cli import JSON, Shell, now, progress, show_json
from blog.cli.publishing import export
from blog.wording import gettext

FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
BASE_URL = click.option(
    "--base-url", default="", help=gettext("The address of the site, if blog.toml does not name it.")
)


def _command(name: str, what: str, *options: Callable[[Any], Any]) -> None:
    """Add the command of a format: it writes a new file and prints what is in it."""

    def command(shell: Shell, file: Path, as_json: bool, **more: str) -> None:
        written = import_module(f"blog.exporting.{name}")
        base = {"base": more["base_url"]} if "base_url" in more else {}
        with progress(gettext("Exporting")) as watch:
            report = written.export(shell.settings, file, at=now(), watch=watch, **base)
        if as_json:
            show_json(report.as_dict())
            return
        for line in report.lines():
            click.echo(line)

    decorated: Any = JSON(command)
    for option in options:
        decorated = option(decorated)
    export.command(name=name, help=what)(click.pass_obj(FILE(decorated)))


_command(
    "wordpress", gettext("Export posts, pages and comments as WordPress's own importer takes them (WXR)."), BASE_URL
)
_command("jsonl", gettext("Export everything that is stored, without passwords and other secrets, as JSON lines."))
_command(
    "disqus", gettext("Export the approved comments as XML of Disqus, which Isso and other programs read."), BASE_URL
)
