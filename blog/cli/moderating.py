"""Commands of the moderator: the queue, decisions, undo, the log, the settings."""

import json
from typing import Any

import click

from blog import filter, moderation, posts, publishing, rules
from blog.cli import JSON, MOST, NUMBER, REASON, Shell, gather, main, show_json, show_table, with_undo
from blog.comments.import_undo import is_hiding
from blog.errors import NotFound
from blog.journal import acts, events
from blog.journal import log as journal
from blog.moderation import LISTED, Decision, Ruling, Selection
from blog.moderation.acts import ACTS
from blog.rendering.markdown import plain_text
from blog.representations import comments as representation
from blog.rules import policy
from blog.rules.policy_words import WORDINGS
from blog.rules.signals import phrase
from blog.text import printable
from blog.wording import gettext, listed, ngettext


@main.command(help=gettext("List comments, newest first; without options, those that wait for a moderator."))
@click.option("--status", type=click.Choice(list(LISTED)), default="pending", show_default=True)
@click.option("--post", default="", metavar="SLUG", help=gettext("Only this post."))
@click.option(
    "--search",
    default="",
    metavar="Q",
    help=gettext("Only comments with these words in text, name, email, address or IP."),
)
@click.option(
    "--limit", type=click.IntRange(min=0), default=50, show_default=True, help=gettext("At most this many; 0: all.")
)
@click.option(
    "--sort",
    type=click.Choice(["newest", "score"]),
    default="newest",
    show_default=True,
    help=gettext("Newest first, or likely spam first."),
)
@click.option(
    "--unconfirmed", is_flag=True, help=gettext("Only comments whose writers have not confirmed the address yet.")
)
@click.option("--count", is_flag=True, help=gettext("Print only the number of comments."))
@JSON
@click.pass_obj
@gather(Selection)
def queue(shell: Shell, chosen: Selection, limit: int, sort: str, count: bool, as_json: bool) -> None:
    with shell.database() as db:
        if chosen.post:
            posts.title(db, chosen.post)  # raises NotFound
        if count:
            click.echo(moderation.matching(db, chosen))
            return
        ordered = moderation.by_score if sort == "score" else moderation.queue
        rows = ordered(db, chosen, limit=min(limit, MOST) or None)
    if as_json:
        show_json([representation.plain(row) for row in rows])
        return
    show_table(
        ["id", "status", "when", "who", "post", "words", "why", "score"],
        [
            [
                str(row["id"]),
                row["status"],
                (row["created_at"] or "")[:16].replace("T", " "),
                row["author"],
                row["post"],
                plain_text(row["text_html"])[:60],
                rules.stored_sentence(row),
                filter.percent(row["score"]),
            ]
            for row in rows
        ],
        empty=gettext("No comments wait.") if chosen.status == "pending" else gettext("No comments."),
    )


def _decision(decision: Decision, help: str) -> None:
    @main.command(name=decision.value, help=help)
    @click.argument("ids", nargs=-1, required=True, type=NUMBER)
    @REASON
    @JSON
    @click.pass_obj
    def command(shell: Shell, ids: tuple[int, ...], reason: str, as_json: bool) -> None:
        outcome = shell.write(moderation.decide, ids, Ruling(decision, reason.strip()))
        if outcome["missing"] and len(outcome["missing"]) == len(set(ids)):
            raise NotFound(_missing(outcome["missing"]))
        if as_json:
            show_json({name: outcome[name] for name in ("batch", "moved", "missing")})
            return
        _say(decision.value, outcome)


def _say(kind: str, outcome: dict[str, Any]) -> None:
    if outcome["batch"] is None:
        click.echo(gettext("Nothing to change."))
    else:
        done = acts.sentence(ACTS, {"kind": kind, "moved": outcome["moved"]})
        click.echo(with_undo(done, outcome["batch"]))
    if outcome["missing"]:
        click.echo(_missing(outcome["missing"]), err=True)


def _missing(ids: list[int]) -> str:
    return ngettext("There is no comment {ids}.", "There are no comments {ids}.", len(ids), ids=listed(map(str, ids)))


for name, help in {
    Decision.APPROVE: gettext("Publish comments."),
    Decision.UNAPPROVE: gettext("Move comments back to the queue."),
    Decision.SPAM: gettext("Mark comments as spam."),
    Decision.TRASH: gettext("Move comments to the trash."),
    Decision.RESTORE: gettext("Restore comments from spam, trash or deletion to their earlier status."),
    Decision.DELETE: gettext("Delete comments. They can be restored for 7 days, then they are erased for good."),
}.items():
    _decision(name, help)


@main.command(help=gettext("Show a comment with its verdict and its whole history."))
@click.argument("id", type=NUMBER)
@JSON
@click.pass_obj
def why(shell: Shell, id: int, as_json: bool) -> None:
    with shell.database() as db:
        row = moderation.comment(db, id)
        history = events.on_comment(db, id)
    if as_json:
        because = [(phrase(signal), weight) for signal, weight in json.loads(row["weighed"] or "[]")]
        show_json({**representation.plain(row), "verdict": row["verdict"], "because": because, "history": history})
        return
    click.echo(
        gettext(
            "Comment {id} by {author} on “{title}”, {status}",
            id=id,
            author=printable(row["author"] or gettext("Anonymous")),
            title=row["post_title"],
            status=row["status"],
        )
    )
    click.echo(_verdict(row))
    if row["score"] is not None:
        signals = ((phrase(signal), weight) for signal, weight in json.loads(row["weighed"] or "[]"))
        weighed = ", ".join(f"{signal} {weight:+.1f}" for signal, weight in signals)
        score = filter.percent(row["score"])
        click.echo(printable(gettext("Filter: {score} spam. {signals}", score=score, signals=weighed)))
    click.echo(f"\n{printable(row['text'])}\n")
    for event in history:
        click.echo(_event(event))


def _verdict(row: dict[str, Any]) -> str:
    places = {"verdict": row["verdict"], "sentence": rules.stored_sentence(row)}
    if row["rule"]:
        return gettext("Verdict: {verdict}. {sentence} ({rule})", rule=row["rule"], **places)
    return gettext("Verdict: {verdict}. {sentence}", **places)


def _event(event: events.Event) -> str:
    """Return one line of a comment's history: words of the journal, as it has them."""
    who = acts.who(event) or event["source"]
    moved = f"{event['before']} → {event['after']}" if event["before"] else event["after"]
    line = f"{event['at'][:16].replace('T', ' ')}  {who}: {event['kind']}, {moved}"
    if event["reason"]:
        reason = gettext(event["reason"]) if event["kind"] == "submit" else event["reason"]
        line = gettext("{line} “{reason}”", line=line, reason=reason)
    return gettext("{line} (batch {batch})", line=line, batch=event["batch"]) if event["batch"] else line


@main.command(help=gettext("Undo a batch; without a number, the last one that is not undone."))
@click.argument("batch", type=NUMBER, required=False)
@JSON
@click.pass_obj
def undo(shell: Shell, batch: int | None, as_json: bool) -> None:
    result = shell.write(moderation.undo, batch, ACTS)
    stayed = publishing.follow_undo(shell.settings, result)
    with shell.database() as db:
        if is_hiding(db):
            from blog.importing import unfinished  # its parsers are for the few undos of large imports

            unfinished.finish_removal(db, shell.settings)
    if as_json:
        show_json({name: result[name] for name in ("batch", "undone", "moved")})
    else:
        undone = gettext("Batch {undone} was undone by batch {batch}.", undone=result["undone"], batch=result["batch"])
        gone = [path for path, _ in result["files"] if not (shell.settings.posts / path).exists()]
        removed = [gettext("Removed posts/{path}.", path=path) for path in gone]
        click.echo(" ".join([undone, *removed]))
    for sentence in stayed:
        click.echo(sentence, err=True)


@main.command(name="log", help=gettext("Show the journal, newest first: who did what and when."))
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)
@click.option("--who", default="", metavar="NAME", help=gettext("Only entries of this account."))
@click.option(
    "--kind", type=click.Choice(list(acts.groups(ACTS))), default=None, help=gettext("Only entries of this kind.")
)
@click.option(
    "--source", type=click.Choice(journal.SOURCES), default=None, help=gettext("Only entries from this source.")
)
@click.option("--post", default="", metavar="SLUG", help=gettext("Only entries about this post and its discussion."))
@JSON
@click.pass_obj
@gather(journal.LogFilter)
def log(shell: Shell, chosen: journal.LogFilter, limit: int, as_json: bool) -> None:
    with shell.database() as db:
        if chosen.post:
            posts.title(db, chosen.post)  # raises NotFound
        rows = journal.log(db, ACTS, chosen, limit=min(limit, MOST))
    if as_json:
        show_json([_entry(row) for row in rows])
        return
    show_table(
        ["batch", "when", "who", "what"],
        [
            [
                str(row["batch"] or ""),
                row["at"][:16].replace("T", " "),
                acts.who(row) or row["source"],
                _with_undoing(row),
            ]
            for row in rows
        ],
        empty=gettext("Nothing has been done yet."),
    )


def _with_undoing(row: dict[str, Any]) -> str:
    undone = events.undone_by(row)
    sentence = acts.sentence(ACTS, row)
    return f"{sentence} {gettext('Undone by batch {batch}.', batch=undone)}" if undone else sentence


def _entry(row: dict[str, Any]) -> dict[str, Any]:
    facts = {name: value for name, value in row.items() if name != "undid"}
    return {**facts, "undone_by": events.undone_by(row), "sentence": acts.sentence(ACTS, row)}


@main.command(help=gettext("Show the discussion settings, or change one."))
@click.argument("name", required=False)
@click.argument("value", required=False)
@JSON
@click.pass_obj
def settings(shell: Shell, name: str | None, value: str | None, as_json: bool) -> None:
    if name is not None and value is not None:
        if shell.settings.mail is None:
            policy.check_mail({name: value})
        changed = shell.write(policy.change, {name: value})
        click.echo(_changed(name, value) if changed else _unchanged(name, value))
        return
    with shell.database() as db:
        current = policy.load(db)
    if name is not None:
        policy.check_name(name)
        text = policy.value_text(current, name)
        show_json({name: text}) if as_json else click.echo(text)
        return
    rows = {each: policy.value_text(current, each) for each in WORDINGS}
    if as_json:
        show_json(rows)
        return
    show_table(
        ["setting", "value", "default"],
        [[each, text, policy.value_text(policy.Policy(), each)] for each, text in rows.items()],
        empty="",
    )


def _changed(name: str, value: str) -> str:
    return (
        gettext("{name} is {value} now.", name=name, value=value)
        if value
        else gettext("{name} is empty now.", name=name)
    )


def _unchanged(name: str, value: str) -> str:
    if not value:
        return gettext("{name} was empty already.", name=name)
    return gettext("{name} was {value} already.", name=name, value=value)
