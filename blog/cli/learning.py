"""Commands of the learning filter: learn, score, rebuild."""

import json
from typing import TextIO

import click
from sqlite_utils import Database

from blog import filter
from blog.cli import JSON, Shell, by, main, now, progress, show_json, with_undo
from blog.errors import Conflict
from blog.journal import acts
from blog.moderation.acts import ACTS
from blog.rules.signals import phrase
from blog.storage.store import transaction
from blog.wording import gettext, ngettext, number

STEP = 100  # examples between two steps of the progress bar
LINES = click.File("r", encoding="utf-8-sig", errors="replace")


@main.command(help=gettext('Teach the filter labelled comments from a file of JSON lines ("-": standard input).'))
@click.argument("file", type=LINES)
@JSON
@click.pass_obj
def learn(shell: Shell, file: TextIO, as_json: bool) -> None:
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
        known = gettext("Nothing was learned: the filter already knows all lines.")
        click.echo(known if learned["known"] else gettext('Nothing was learned: no line has a "label" and a "text".'))
        return
    click.echo(with_undo(" ".join(_learned(learned)), learned["batch"]))


def _learned(learned: filter.Learned) -> list[str]:
    """Say how many lines were learned and how many were not."""
    sentences = [
        gettext("Learned {spam} spam and {honest} honest.", spam=number(learned["spam"]), honest=number(learned["ham"]))
    ]
    if learned["known"]:
        sentences.append(
            ngettext("One line skipped: already known.", "{n} lines skipped: already known.", learned["known"])
        )
    if learned["unlabelled"]:
        sentences.append(
            ngettext(
                "One line skipped: no label or no text.",
                "{n} lines skipped: no label or no text.",
                learned["unlabelled"],
            )
        )
    return sentences


@main.command(
    help=gettext(
        "Print the spam score and the main signals of each comment in a file of JSON lines; nothing is stored."
    )
)
@click.argument("file", type=LINES)
@click.pass_obj
def score(shell: Shell, file: TextIO) -> None:
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
                click.echo(
                    json.dumps(
                        {
                            "spam": round(said.spam, 9),
                            "because": [(phrase(name), weight) for name, weight in said.because],
                        },
                        ensure_ascii=False,
                    )
                )


def too_little(found: filter.State) -> str:
    """Say what the filter lacks until it says anything."""
    return gettext(
        "The filter has learned {spam} spam and {ham} honest; it gives no scores before it has learned {enough},"
        " and {of_each} of each kind.",
        spam=number(found["spam"]),
        ham=number(found["ham"]),
        enough=number(filter.ENOUGH),
        of_each=number(filter.OF_EACH),
    )


@main.group(name="filter", help=gettext("The learning filter."))
def group() -> None:
    pass


@group.command(
    help=gettext("Rebuild the filter from the decisions in the journal and the lines given to `blog learn`.")
)
@JSON
@click.pass_obj
def rebuild(shell: Shell, as_json: bool) -> None:
    with shell.database() as db:
        with progress(gettext("Rebuilding")) as watch, transaction(db):
            found = filter.rebuild(db, acts.lessons(ACTS), watch=watch)
        bring_up_to_date(db)
    if as_json:
        show_json({"spam": found["spam"], "ham": found["ham"], "words": found["different"]})
        return
    click.echo(
        gettext(
            "The filter is rebuilt: {spam} spam and {ham} honest, {different} different words and pairs of words.",
            spam=number(found["spam"]),
            ham=number(found["ham"]),
            different=number(found["different"]),
        )
    )


def bring_up_to_date(db: Database) -> None:
    """Learn what was decided and work the weights out where they are of another set."""
    _feed(db)
    if not filter.is_current(db):
        with progress(gettext("Weighing the words")):
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
