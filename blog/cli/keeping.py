"""Commands that keep a site safe: looking it over, a copy of it, and the way back."""

from pathlib import Path

import click

from blog import posts, publishing
from blog.cli import Shell, main, now, progress, say_error, show_json
from blog.errors import Conflict
from blog.publishing import lint
from blog.settings import Settings
from blog.storage import permissions, preflight
from blog.upkeep import backups, integrity
from blog.web.theme import files
from blog.wording import plural


@main.command()
@click.option("--repair", is_flag=True, help="Count again what differs, and build the search index anew where it does.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def check(context: click.Context, repair: bool, as_json: bool) -> None:
    """Check the database, its counts, the journal, and the files of posts, images and templates.

    Without --repair nothing is changed, and a running site does not wait: a temporary copy is what is checked.
    """
    shell: Shell = context.obj
    repaired: list[str] = []
    if repair:
        with shell.database() as db:
            repaired = integrity.repair(db)
    problems, remarks = _check_database(shell.settings)
    broken = [*publishing.problems(shell.settings, at=now()), *files.read(shell.settings).problems]
    problems += [posts.site_path(str(problem)) for problem in broken]
    if as_json:
        show_json({"ok": not problems, "problems": problems, "repaired": repaired, "remarks": remarks})
    else:
        _tell(problems, repaired, remarks)
    if problems:
        context.exit(1)


def _check_database(site: Settings) -> tuple[list[str], list[str]]:
    """Return what is wrong, and what is worth a remark."""
    if not site.database.exists() and not preflight.beside(site.database):
        return [], ["There is no database yet. `blog publish` or `blog serve` makes it."]
    with progress("Copying") as watch, backups.snapshot(site.database, watch) as db:
        problems = integrity.check(db)
        if problems and problems[0].startswith(integrity.DAMAGED):
            return problems, []
        problems += [posts.site_path(sentence) for sentence in publishing.clashes(db)]
        return problems, lint.remarks(db, site, at=now())


def _tell(problems: list[str], repaired: list[str], remarks: list[str]) -> None:
    for line in (*repaired, *(f"Note: {remark}" for remark in remarks)):
        click.echo(line)
    for problem in problems:
        say_error(problem)
    if not problems:
        click.echo("All is well: database, counts, journal and posts.")


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--keep",
    type=click.IntRange(1, 10_000),
    help="Write the moment into the file's name, and remove all but the newest N of that row.",
)
@click.pass_obj
def backup(shell: Shell, file: Path, keep: int | None) -> None:
    """Copy the site into one new file, while it serves."""
    with progress("Copying") as watch:
        made = backups.make(shell.settings, file, at=now(), keep=keep or 0, progress=watch)
    click.echo(f"{made.path} holds {_counted(made)}; {made.size / 1e6:,.1f} MB, read once more and sound.")
    for path in made.removed:
        click.echo(f"Removed: {path}")


@main.command(name="restore-backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Also in place of something newer, which is kept beside.")
@click.pass_obj
def restore_backup(shell: Shell, file: Path, force: bool) -> None:
    """Put a copy of the site back; what was there is kept in a folder beside it."""
    with progress("Restoring") as watch:
        put = backups.restore(_folder(shell), file, at=now(), force=force, progress=watch)
    click.echo(f"{put.path} is what {file} holds: {_counted(put)}. Everybody signs in anew.")
    if put.aside:
        click.echo(f"What was there before is in {put.aside}.")
    click.echo("A reader's data that were erased after the copy was made are back: erase them again.")


def _folder(shell: Shell) -> Settings:
    """Return the site to restore into: one that is there, or a folder that is empty or not there yet."""
    folder = shell.folder
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if names & {"blog.toml", "posts"}:
        return shell.settings
    if names - {"blog.db", "blog.db-wal", "blog.db-shm", "blog.db.lock", "blog.db.jobs"}:
        raise Conflict(f"{folder} has files in it and is no site. Name the site's folder with --site, or an empty one.")
    folder.mkdir(permissions.FOLDER_MODE, parents=True, exist_ok=True)
    return Settings(root=folder.resolve())


def _counted(copied: backups.Copied) -> str:
    return ", ".join(
        (
            plural(copied.comments, "{n} comment", "{n} comments"),
            plural(copied.posts, "{n} post", "{n} posts"),
            plural(copied.files, "{n} file", "{n} files"),
        )
    )
