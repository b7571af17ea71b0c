"""Commands of the second machine: the copy in the store, and taking over."""

from pathlib import Path

import click

from blog.cli import JSON, NUMBER, Shell, by, main, now, say_error, show_json
from blog.errors import Conflict, Unusable
from blog.wording import gettext, listed, ngettext, number


@main.command(
    help=gettext(
        "Take over as the machine that writes, from the copy in the store.\n\nRefused while another machine has the"
        " lease. The database that was here is kept in a folder beside. FOLDER is the site (default: --site)."
    )
)
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--copy",
    type=click.Path(dir_okay=False, path_type=Path),
    help=gettext("Use this restored copy instead of restoring the newest one."),
)
@click.pass_obj
def promote(shell: Shell, folder: Path | None, copy: Path | None) -> None:
    from blog import epochs
    from blog.storage import lease
    from blog.upkeep import promotion

    site = (Shell(folder) if folder else shell).settings
    done = promotion.promote(site, lease.of_site(site), by=by(), copy=copy, say=click.echo)
    for problem in done.problems:
        say_error(problem)
    if done.problems:
        say_error(gettext("Correct this with: blog check --repair"))
    click.echo(epochs.sentence(done.promotion))
    if done.files:
        click.echo(
            ngettext(
                "The file of one post was brought to the state of the database: {names}",
                "The files of {n} posts were brought to the state of the database: {names}",
                len(done.files),
                names=listed(done.files[:5]),
            )
        )
    if done.erased:
        click.echo(
            ngettext(
                "The erasure of one comment was repeated, as the earlier database has it.",
                "The erasure of {n} comments was repeated, as the earlier database has it.",
                done.erased,
            )
        )
    if done.aside:
        click.echo(gettext("The earlier files are in {folder}.", folder=done.aside))
    click.echo(gettext("Nothing leaves this machine until: blog outbox release"))
    click.echo(gettext("Next: blog serve, and Litestream with what `blog replica config` prints."))


@main.group(help=gettext("Care for the copy of the database in the store."))
def replica() -> None:
    pass


@replica.command(help=gettext("Say which machine writes, in which epoch, and how the last check of the copy went."))
@JSON
@click.pass_obj
def status(shell: Shell, as_json: bool) -> None:
    import json

    from blog.storage import lease

    mine = lease.of_site(shell.settings)
    held, checked = mine.look(), json.loads(mine.read(mine.replica.check) or b"null")
    if as_json:
        shown = {"machine": held.machine, "epoch": held.epoch, "mine": held.identity == mine.identity} if held else None
        ends = {"ends_at": f"{held.ends_at:%Y-%m-%dT%H:%M:%SZ}", "over": mine.is_over(held)} if held and shown else {}
        show_json({"lease": {**shown, **ends} if shown else None, "check": checked})
        return
    if held is None:
        click.echo(gettext("No machine has taken the lease yet."))
    elif mine.is_over(held):
        click.echo(
            gettext("No machine writes. The last one was {machine}, in epoch {n}.", machine=held.machine, n=held.epoch)
        )
    else:
        click.echo(gettext("{machine} writes, in epoch {n}.", machine=held.machine, n=held.epoch))
    if checked is None:
        click.echo(gettext("The copy was never checked."))
    elif checked["ok"]:
        click.echo(gettext("The copy was checked on {time} UTC and is sound.", time=_minute(checked["at"])))
    else:
        say_error(
            gettext(
                "The copy was checked on {time} UTC: {problem}",
                time=_minute(checked["at"]),
                problem=checked["problems"][0],
            )
        )


@replica.command(help=gettext("Print the settings of Litestream for this machine's epoch (litestream.yml)."))
@click.pass_obj
def config(shell: Shell) -> None:
    from blog import epochs
    from blog.storage import lease, store
    from blog.upkeep import replicas

    site = shell.settings
    if store.caution():
        raise Unusable(gettext("Litestream needs SQLite 3.51.3 or later here. {caution}", caution=store.caution()))
    if site.database.exists():
        db = store.connect(site.database, readonly=True)
        try:
            epoch = epochs.current(db)
        finally:
            db.conn.close()
    else:
        epoch = replicas.newest_epoch(lease.of_site(site))
    click.echo(replicas.litestream_settings(site, epoch), nl=False)


@replica.command(help=gettext("Restore the newest state of the copy into a new file."))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--epoch", type=NUMBER, help=gettext("Of an earlier epoch; default: the newest one."))
@click.pass_obj
def restore(shell: Shell, file: Path, epoch: int | None) -> None:
    from blog.storage import lease
    from blog.upkeep import replicas

    if file.exists():
        raise Conflict(gettext("{file} is there already. Name a new file.", file=file))
    mine = lease.of_site(shell.settings)
    chosen = epoch or replicas.newest_epoch(mine)
    replicas.restore(shell.settings, chosen, file)
    click.echo(gettext("{file} is the newest state of epoch {n}.", file=file, n=chosen))


@replica.command(
    help=gettext(
        "Restore the copy into a temporary folder and check it as `blog check` does.\n\nThe result is left in the"
        " store; the machine that writes shows it in /metrics. Old epochs are removed after keep_days."
    )
)
@JSON
@click.pass_context
def check(context: click.Context, as_json: bool) -> None:
    from blog.storage import lease
    from blog.upkeep import replicas

    shell: Shell = context.obj
    mine = lease.of_site(shell.settings)
    done = replicas.check(shell.settings, mine, at=now())
    replicas.forget_former(mine, epoch=done.epoch, at=now())
    if as_json:
        show_json(vars(done))
    else:
        for problem in done.problems:
            say_error(problem)
        if done.ok:
            click.echo(
                gettext(
                    "The copy of epoch {epoch} is sound; {size} MB, restored and checked in {seconds} s. Its newest act"
                    " is of {time} UTC.",
                    epoch=done.epoch,
                    size=number(round(done.bytes / 1e6, 1)),
                    seconds=number(done.seconds),
                    time=_minute(done.newest_act),
                )
            )
    if not done.ok:
        context.exit(1)


@replica.command(
    help=gettext(
        "Write what the database of the former machine has and this one has not into a new file, for `blog import"
        " jsonl`.\n\nThese are comments; other acts that are missing are listed."
    )
)
@click.argument("old", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@JSON
@click.pass_obj
def difference(shell: Shell, old: Path, file: Path, as_json: bool) -> None:
    from blog.exporting import difference as differences

    with shell.database() as db:
        done = differences.write(db, shell.settings, old, file, at=now())
    if as_json:
        show_json(vars(done))
        return
    click.echo(ngettext("{file} contains one comment.", "{file} contains {n} comments.", done.comments, file=file))
    for kind, n in done.acts.items():
        click.echo(gettext("Missing as well, to be done again by hand: {n} × {kind}", n=number(n), kind=kind))
    for path in done.posts:
        click.echo(gettext("Missing as well: posts/{path}. Copy its file from the other machine.", path=path))


def _minute(at: str) -> str:
    return at[:16].replace("T", " ") or "–"
