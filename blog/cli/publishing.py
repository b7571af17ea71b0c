"""Commands of the publisher: new posts, publishing, and bringing saved pages in."""

from datetime import datetime
from pathlib import Path

import click

from blog import posts, publishing
from blog.cli import Shell, by, main, show_json


@main.command()
@click.argument("title")
@click.pass_obj
def new(shell: Shell, title: str) -> None:
    """Make a draft file in posts/ and print its path."""
    site = shell.settings
    click.echo(publishing.new(site, title, now=datetime.now(site.zone)))


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def publish(context: click.Context, paths: tuple[Path, ...], as_json: bool) -> None:
    """Publish files, or all of posts/; prints what changed."""
    shell: Shell = context.obj
    site = shell.settings
    named = [publishing.named(site, path) for path in paths] or None
    with shell.database() as db:
        report = publishing.publish(db, site, named, by=by())
    if as_json:
        show_json(
            {
                "changed": [{"path": path, "what": what, "slug": slug} for path, what, slug in report.done],
                "unchanged": report.unchanged,
                "problems": [str(problem) for problem in report.problems],
            }
        )
    else:
        say(report)
    if report.problems:
        context.exit(1)


def say(report: publishing.Report) -> None:
    """Print what publishing did, problems and remarks on standard error."""
    for path, what, slug in report.done:
        click.echo(f"{what}: {posts.shown(path)} → {slug}")
    if not report.done and not report.problems:
        click.echo("Nothing changed.")
    for problem in report.problems:
        click.echo(posts.shown(str(problem)), err=True)
    for remark in report.remarks:
        click.echo(posts.shown(remark), err=True)


@main.group(name="import")
def import_() -> None:
    """Bring posts and comments in from elsewhere."""


@import_.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what it would do.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def page(shell: Shell, file: Path, dry_run: bool, as_json: bool) -> None:
    """A saved blog page: plain text, or a WordPress page saved from a browser."""
    from blog.importing import pages

    site = shell.settings
    with shell.database() as db:
        report = pages.bring_in(db, site, file, by=by(), dry_run=dry_run)
    if as_json:
        show_json(report.as_dict())
        return
    for line in report.lines():
        click.echo(line)
