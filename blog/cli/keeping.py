"""Commands that keep a site safe: integrity checks, backup and restore."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from blog import posts, publishing
from blog.cli import Shell, main, now, progress, say_error, show_json
from blog.errors import AfterwordError, Conflict
from blog.operation import records
from blog.operation.records import Kind
from blog.publishing import lint
from blog.settings import Settings
from blog.storage import permissions, preflight
from blog.storage.store import DatabaseError
from blog.upkeep import backups, integrity
from blog.web.theme import files
from blog.wording import facts, gettext, ngettext, number


@main.command(
    help=gettext(
        "Check the database, its counts, the journal, and the files of posts, images and templates.\n\nWithout"
        " --repair nothing is changed. A temporary copy is checked, so a running site is not slowed down."
    )
)
@click.option("--repair", is_flag=True, help=gettext("First correct wrong counts and rebuild a wrong search index."))
@click.option("--json", "as_json", is_flag=True, help=gettext("Print JSON."))
@click.pass_context
def check(context: click.Context, repair: bool, as_json: bool) -> None:
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
    _note(shell.settings, "check", good=not problems, problems=len(problems))
    if problems:
        context.exit(1)


def _note(site: Settings, kind: Kind, *, good: bool, **facts: Any) -> None:
    """Note for the desk how a backup or a check went. That it cannot be noted does not make it fail."""
    if site.database.exists():
        with suppress(OSError):
            records.note(site.database, kind, at=now(), good=good, facts=facts)


def _check_database(site: Settings) -> tuple[list[str], list[str]]:
    """Return what is wrong, and what is worth a remark."""
    if not site.database.exists() and not preflight.beside(site.database):
        return [], [gettext("There is no database yet. `blog publish` or `blog serve` creates it.")]
    with progress(gettext("Copying")) as watch, backups.snapshot(site.database, watch) as db:
        if damage := integrity.damage(db):
            return damage, []
        problems = integrity.differences(db)
        problems += [posts.site_path(sentence) for sentence in publishing.clashes(db)]
        return problems, lint.remarks(db, site, at=now())


def _tell(problems: list[str], repaired: list[str], remarks: list[str]) -> None:
    for line in (*repaired, *(gettext("Note: {remark}", remark=remark) for remark in remarks)):
        click.echo(line)
    for problem in problems:
        say_error(problem)
    if not problems:
        click.echo(gettext("No problems found in database, counts, journal and posts."))


@main.command(help=gettext("Back up the whole site into one new file; the site can keep running."))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--keep",
    type=click.IntRange(1, 10_000),
    help=gettext("Add the time to the file's name, and delete all but the newest N of these backups."),
)
@click.pass_obj
def backup(shell: Shell, file: Path, keep: int | None) -> None:
    site = shell.settings
    try:
        with progress(gettext("Copying")) as watch:
            made = backups.make(site, file, at=now(), keep=keep or 0, progress=watch)
    except (AfterwordError, OSError, DatabaseError) as error:
        _note(site, "backup", good=False, error=str(error))
        raise
    _note(site, "backup", good=True, size=made.size, path=str(made.path.resolve()))
    click.echo(
        gettext(
            "{path} contains {contents}; {size} MB, verified.",
            path=made.path,
            contents=_counted(made),
            size=number(round(made.size / 1e6, 1)),
        )
    )
    for path in made.removed:
        click.echo(gettext("Removed: {path}", path=path))


@main.command(
    name="restore-backup",
    help=gettext("Restore the site from a backup; the current files are kept in a folder of the site."),
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--force",
    is_flag=True,
    help=gettext("Restore even if the current site is newer or another one; it is kept in a folder of the site."),
)
@click.pass_obj
def restore_backup(shell: Shell, file: Path, force: bool) -> None:
    with progress(gettext("Restoring")) as watch:
        put = backups.restore(_folder(shell), file, at=now(), force=force, progress=watch)
    click.echo(
        gettext(
            "{path} was restored from {file}: {contents}. Everybody has to sign in again.",
            path=put.path,
            file=file,
            contents=_counted(put),
        )
    )
    if put.aside:
        click.echo(gettext("The earlier files are in {folder}.", folder=put.aside))
    if put.erased:
        click.echo(
            ngettext(
                "The erasure of one comment was repeated, as the earlier database has it.",
                "The erasure of {n} comments was repeated, as the earlier database has it.",
                put.erased,
            )
        )
    else:
        click.echo(gettext("Personal data erased after this backup was made is back. Erase it again."))


def _folder(shell: Shell) -> Settings:
    """Return the site to restore into: one that is there, or a folder that is empty or not there yet."""
    folder = shell.folder
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if names & {"blog.toml", "posts"}:
        return shell.settings
    if not all(name == "blog.db" or name.startswith(("blog.db-", "blog.db.")) for name in names):
        raise Conflict(
            gettext(
                "{folder} contains files and is not a site. Name a site or an empty folder with --site.", folder=folder
            )
        )
    folder.mkdir(permissions.FOLDER_MODE, parents=True, exist_ok=True)
    return Settings(root=folder.resolve())


def _counted(copied: backups.Copied) -> str:
    return facts(
        (
            ngettext("{n} comment", "{n} comments", copied.comments),
            ngettext("{n} post", "{n} posts", copied.posts),
            ngettext("{n} file", "{n} files", copied.files),
        )
    )
