"""Commands of the moderator: the queue, decisions, undo, the log, the switch, the settings."""

import json
from dataclasses import dataclass
from typing import Any

import click

from blog import closing, filter, moderation, posts, publishing, rules
from blog.cli import JSON, MOST, NUMBER, REASON, Shell, gather, main, now, say_batch, show_json, show_table
from blog.errors import NotFound
from blog.journal import acts, events
from blog.journal import log as journal
from blog.moderation import LISTED, Decision, Ruling, Selection
from blog.moderation.acts import ACTS
from blog.rendering.markdown import plain_text
from blog.rules import policy
from blog.text import printable


@main.command()
@click.option("--status", type=click.Choice(list(LISTED)), default="pending", show_default=True)
@click.option("--post", default="", metavar="SLUG", help="Only this post.")
@click.option(
    "--search", default="", metavar="Q", help="Only comments with these words in text, name, email, address or IP."
)
@click.option("--limit", type=click.IntRange(min=0), default=50, show_default=True, help="At most this many; 0: all.")
@click.option(
    "--sort",
    type=click.Choice(["newest", "score"]),
    default="newest",
    show_default=True,
    help="Newest first, or likely spam first.",
)
@click.option("--count", is_flag=True, help="Print only the number of comments.")
@JSON
@click.pass_obj
@gather(Selection)
def queue(shell: Shell, chosen: Selection, limit: int, sort: str, count: bool, as_json: bool) -> None:
    """List comments, newest first; without options, those that wait for a moderator."""
    with shell.database() as db:
        if chosen.post:
            posts.title(db, chosen.post)  # raises NotFound
        if count:
            click.echo(moderation.matching(db, chosen))
            return
        listed = moderation.by_score if sort == "score" else moderation.queue
        rows = listed(db, chosen, limit=min(limit, MOST) or None)
    if as_json:
        show_json([_queued(row) for row in rows])
        return
    show_table(
        ["id", "status", "when", "who", "post", "words", "why", "score"],
        [
            [
                str(row["id"]),
                row["status"],
                row["created_at"][:16].replace("T", " "),
                row["author"],
                row["post"],
                plain_text(row["text_html"])[:60],
                rules.stored_sentence(row),
                filter.percent(row["score"]),
            ]
            for row in rows
        ],
        empty="No comments wait." if chosen.status == "pending" else "No comments.",
    )


def _queued(row: dict[str, Any]) -> dict[str, Any]:
    names = (
        "id",
        "post",
        "parent",
        "status",
        "author",
        "email",
        "url",
        "ip",
        "created_at",
        "text",
        "rule",
        "reason",
        "score",
    )
    named = {**row, "reason": rules.stored_sentence(row)}
    return {name: named[name] for name in names}


def _decision(decision: Decision, help: str) -> None:
    @main.command(name=decision.value, help=help)
    @click.argument("ids", nargs=-1, required=True, type=NUMBER)
    @REASON
    @JSON
    @click.pass_obj
    def command(shell: Shell, ids: tuple[int, ...], reason: str, as_json: bool) -> None:
        outcome = shell.write(moderation.decide, ids, Ruling(decision, reason.strip()))
        if outcome["missing"] and len(outcome["missing"]) == len(set(ids)):
            raise NotFound(f"There are no comments {', '.join(map(str, outcome['missing']))}.")
        if as_json:
            show_json({name: outcome[name] for name in ("batch", "moved", "missing")})
            return
        _say(decision.value, outcome)


def _say(kind: str, outcome: dict[str, Any]) -> None:
    if outcome["batch"] is None:
        click.echo("Nothing to change.")
    else:
        done = acts.sentence(ACTS, {"kind": kind, "moved": outcome["moved"]})
        click.echo(f"{done} Batch {outcome['batch']}; undo with: blog undo {outcome['batch']}")
    if outcome["missing"]:
        click.echo(f"There are no comments {', '.join(map(str, outcome['missing']))}.", err=True)


for name, help in {
    Decision.APPROVE: "Publish comments.",
    Decision.UNAPPROVE: "Move comments back to the queue.",
    Decision.SPAM: "Mark comments as spam.",
    Decision.TRASH: "Move comments to the trash.",
    Decision.RESTORE: "Restore comments from spam, trash or deletion to their earlier status.",
    Decision.DELETE: "Delete comments. They can be restored for 7 days, then they are erased for good.",
}.items():
    _decision(name, help)


@main.command()
@click.argument("id", type=NUMBER)
@JSON
@click.pass_obj
def why(shell: Shell, id: int, as_json: bool) -> None:
    """Show a comment with its verdict and its whole history."""
    with shell.database() as db:
        row = moderation.comment(db, id)
        history = events.on_comment(db, id)
    if as_json:
        because = json.loads(row["weighed"] or "[]")
        show_json({**_queued(row), "verdict": row["verdict"], "because": because, "history": history})
        return
    author, text = printable(row["author"] or "Anonymous"), printable(row["text"])
    click.echo(f"Comment {id} by {author} on “{row['post_title']}”, {row['status']}")
    rule = f" ({row['rule']})" if row["rule"] else ""
    click.echo(f"Verdict: {row['verdict']}. {rules.stored_sentence(row)}{rule}")
    if row["score"] is not None:
        weighed = ", ".join(f"{name} {weight:+.1f}" for name, weight in json.loads(row["weighed"] or "[]"))
        click.echo(printable(f"Filter: {filter.percent(row['score'])} spam. {weighed}"))
    click.echo(f"\n{text}\n")
    for event in history:
        who = event["who"] or event["source"]
        reason = f" “{event['reason']}”" if event["reason"] else ""
        batch = f" (batch {event['batch']})" if event["batch"] else ""
        moved = f"{event['before']} → {event['after']}" if event["before"] else event["after"]
        click.echo(f"{event['at'][:16].replace('T', ' ')}  {who}: {event['kind']}, {moved}{reason}{batch}")


@main.command()
@click.argument("batch", type=NUMBER, required=False)
@JSON
@click.pass_obj
def undo(shell: Shell, batch: int | None, as_json: bool) -> None:
    """Undo a batch; without a number, the last one that is not undone."""
    result = shell.write(moderation.undo, batch, ACTS)
    kept = publishing.remove_files(shell.settings, result["files"])
    if as_json:
        show_json({name: result[name] for name in ("batch", "undone", "moved")})
    else:
        files = "".join(f" Removed posts/{path}." for path, _ in result["files"] if path not in kept)
        click.echo(f"Batch {result['undone']} was undone by batch {result['batch']}.{files}")
    for path in kept:
        click.echo(
            f"posts/{path} was edited since, so it was not deleted. Delete it, or it will be published again.", err=True
        )


@main.command(name="log")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)
@click.option("--who", default="", metavar="NAME", help="Only entries of this account.")
@click.option("--kind", type=click.Choice(list(acts.groups(ACTS))), default=None, help="Only entries of this kind.")
@click.option("--source", type=click.Choice(journal.SOURCES), default=None, help="Only entries from this source.")
@click.option("--post", default="", metavar="SLUG", help="Only entries about this post and its discussion.")
@JSON
@click.pass_obj
@gather(journal.LogFilter)
def log(shell: Shell, chosen: journal.LogFilter, limit: int, as_json: bool) -> None:
    """Show the journal, newest first: who did what and when."""
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
                row["who"] or row["source"],
                _with_undoing(row),
            ]
            for row in rows
        ],
        empty="Nothing has been done yet.",
    )


def _with_undoing(row: dict[str, Any]) -> str:
    undone = events.undone_by(row)
    return acts.sentence(ACTS, row) + (f" Undone by batch {undone}." if undone else "")


def _entry(row: dict[str, Any]) -> dict[str, Any]:
    facts = {name: value for name, value in row.items() if name != "undid"}
    return {**facts, "undone_by": events.undone_by(row), "sentence": acts.sentence(ACTS, row)}


@main.command()
@click.argument("name", required=False)
@click.argument("value", required=False)
@JSON
@click.pass_obj
def settings(shell: Shell, name: str | None, value: str | None, as_json: bool) -> None:
    """Show the discussion settings, or change one."""
    if name is not None and value is not None:
        changed = shell.write(policy.change, {name: value})
        said = value or "empty"
        click.echo(f"{name} is {said} now." if changed else f"{name} was {said} already.")
        return
    with shell.database() as db:
        found = policy.load(db)
    if name is not None:
        policy.check_name(name)
        shown = policy.value_text(found, name)
        show_json({name: shown}) if as_json else click.echo(shown)
        return
    rows = {each: policy.value_text(found, each) for each in policy.WORDINGS}
    if as_json:
        show_json(rows)
        return
    show_table(
        ["setting", "value", "default"],
        [[each, shown, policy.value_text(policy.Policy(), each)] for each, shown in rows.items()],
        empty="",
    )


def _target(slug: str | None, site: bool) -> str | None:
    if site == (slug is not None):
        raise click.UsageError("Give the slug of a post, or --site for all posts.")
    return slug


@dataclass(frozen=True)
class Switch:
    """How `close` sets the switch of a post or of the site."""

    replies_only: bool
    moderated: bool
    note: str
    until: str

    @property
    def mode(self) -> str:
        if self.replies_only and self.moderated:
            raise click.UsageError("Use --replies-only or --moderated, not both.")
        return "replies-only" if self.replies_only else "moderated" if self.moderated else "closed"


@main.command()
@click.argument("slug", required=False)
@click.option("--site", is_flag=True, help="All posts.")
@click.option("--replies-only", is_flag=True, help="Allow replies, but no new threads.")
@click.option("--moderated", is_flag=True, help="Allow comments, but hold all of them for a moderator.")
@click.option("--note", default="", metavar="T", help="A note to readers in place of the form (Markdown).")
@click.option("--until", default="", metavar="DATE", help="Until the start of this day, such as 2026-06-01.")
@JSON
@click.pass_obj
@gather(Switch)
def close(shell: Shell, switch: Switch, slug: str | None, site: bool, as_json: bool) -> None:
    """Close the discussion of one post, or of all posts."""
    post = _target(slug, site)
    mode, until = switch.mode, closing.end(switch.until, shell.settings.zone)
    batch = shell.write(closing.close, post, mode=mode, note=switch.note, until=until)
    now_is = {"replies-only": "takes replies only", "moderated": "is moderated", "closed": "is closed"}[mode]
    what = "Every discussion" if post is None else f"The discussion of “{post}”"
    _switched(shell, post, f"{what} {now_is} now.", batch, as_json)


@main.command(name="open")
@click.argument("slug", required=False)
@click.option("--site", is_flag=True, help="Remove the switch of the whole site; each post returns to its own state.")
@JSON
@click.pass_obj
def open_(shell: Shell, slug: str | None, site: bool, as_json: bool) -> None:
    """Open a discussion, whatever its file and the rules say, or remove the site's switch."""
    post = _target(slug, site)
    batch = shell.write(closing.open_again, post)
    said = "Each post has its own state again." if post is None else f"The discussion of “{post}” is open now."
    _switched(shell, post, said, batch, as_json)


@main.command()
@click.argument("slug")
@JSON
@click.pass_obj
def follow(shell: Shell, slug: str, as_json: bool) -> None:
    """Remove a post's own switch; its file and the rules decide again."""
    batch = shell.write(closing.follow, slug)
    _switched(shell, slug, f"“{slug}” follows its file and the rules again.", batch, as_json)


def _switched(shell: Shell, slug: str | None, sentence: str, batch: int | None, as_json: bool) -> None:
    """Say what was switched, and of one post the state that it now has with its cause."""
    state: dict[str, Any] = {}
    at = now()
    if slug is not None:
        with shell.database() as db:
            found, facts = closing.of_post(db, slug, at=at)
        state = {"state": found.mode, "cause": found.cause, "because": closing.because(found, facts, at)}
        state |= {"since": found.since, "until": found.until}
    if as_json:
        show_json({"batch": batch, "moved": int(batch is not None), **state})
        return
    say_batch(sentence, batch)
    if state:
        click.echo(f"Now: {closing.MODES[state['state']]} {state['because']}.")
        if state["cause"] == "site":
            click.echo(
                f"The switch of the whole site is {state['state']} and overrides this: blog open --site", err=True
            )
