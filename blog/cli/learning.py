"""Commands of the learning filter: learn, score, rebuild."""

import json
from typing import TextIO

import click
from sqlite_utils import Database

from blog import filter
from blog.cli import JSON, Shell, by, main, now, progress, show_json
from blog.errors import Conflict
from blog.journal import acts
from blog.moderation.acts import ACTS
from blog.storage.store import transaction

STEP = 100  # examples between two steps of the progress bar
LINES = click.File("r", encoding="utf-8-sig", errors="replace")


@main.command()
@click.argument("file", type=LINES)
@JSON
@click.pass_obj
def learn(shell: Shell, file: TextIO, as_json: bool) -> None:
    """Teach the filter labelled comments from a file of JSON lines ("-": standard input)."""
    lines = filter.read(file)
    with shell.database() as db:
        with transaction(db):
            learned = filter.learn(db, lines, by=by())
        if learned["batch"]:
            bring_up_to_date(db)
        found = filter.state(db)
    if as_json:
        show_json({**learned, "state": {"spam": found["spam"], "ham": found["ham"]}})
        return
    if learned["batch"] is None:
        click.echo("Nothing was learned: " + ("the filter already knows all lines." if learned["known"] else NO_LABEL))
        return
    more = "".join(
        f" {acts.lines_counted(n)} {what}."
        for n, what in ((learned["known"], KNOWN), (learned["unlabelled"], NONE))
        if n
    )
    click.echo(
        f"Learned {learned['spam']:,} spam and {learned['ham']:,} honest.{more} Batch {learned['batch']}; undo"
        f" with: blog undo {learned['batch']}"
    )


NO_LABEL = 'no line has a "label" and a "text".'
KNOWN, NONE = "skipped: already known", "skipped: no label or no text"


@main.command()
@click.argument("file", type=LINES)
@click.pass_obj
def score(shell: Shell, file: TextIO) -> None:
    """Print the spam score and the main signals of each comment in a file of JSON lines; nothing is stored."""
    lines = filter.read(file)
    with shell.database() as db:
        _feed(db)
        found = filter.state(db)
        if not filter.is_trained(found):
            raise Conflict(too_little(found))
        weights = filter.current_weights(db)
        for line in lines:
            said = filter.score(db, line, weights)
            if said is not None:
                click.echo(json.dumps({"spam": round(said.spam, 9), "because": said.because}, ensure_ascii=False))


def too_little(found: filter.State) -> str:
    """Say what the filter lacks until it says anything."""
    return (
        f"The filter has learned {found['spam']:,} spam and {found['ham']:,} honest; it gives no scores before it has"
        f" learned {filter.ENOUGH}, and {filter.OF_EACH} of each kind."
    )


@main.group(name="filter")
def group() -> None:
    """The learning filter."""


@group.command()
@JSON
@click.pass_obj
def rebuild(shell: Shell, as_json: bool) -> None:
    """Rebuild the filter from the decisions in the journal and the lines given to `blog learn`."""
    with shell.database() as db:
        with progress("Rebuilding") as watch, transaction(db):
            found = filter.rebuild(db, acts.lessons(ACTS), watch=watch)
        bring_up_to_date(db)
    if as_json:
        show_json({"spam": found["spam"], "ham": found["ham"], "words": found["different"]})
        return
    click.echo(
        f"The filter is rebuilt: {found['spam']:,} spam and {found['ham']:,} honest,"
        f" {found['different']:,} different words and pairs of words."
    )


def bring_up_to_date(db: Database) -> None:
    """Learn what was decided and work the weights out where they are of another set."""
    _feed(db)
    if not filter.is_current(db):
        with progress("Weighing the words"):
            made = filter.fit(*filter.examples(db), judge=True)
        with transaction(db):
            filter.store(db, made, at=now())


def _feed(db: Database) -> None:
    """Bring the counts after the training set, some examples at a time, so that a server can write in between."""
    with progress("Learning") as watch:
        done, total = 0, filter.pending_count(db) if watch else 0
        while filter.has_pending(db):
            with transaction(db):
                done += filter.catch_up(db, STEP)
            if watch:
                watch(done, total)
