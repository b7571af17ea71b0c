"""Commands about senders: trust and bans."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import click

from blog import closing
from blog.cli import JSON, NUMBER, REASON, Shell, gather, main, now, say_batch, show_json, show_table
from blog.moderation import bans

UNTIL = click.option("--until", default="", metavar="DATE", help="Until the beginning of this day: 2026-06-01.")
LIFT = click.option("--lift", is_flag=True, help="Take it back: the rules decide on this sender again.")


@dataclass(frozen=True)
class Terms:
    """For how long and why a sender is trusted or banned, or that neither holds any more."""

    until: str
    lift: bool
    reason: str
    trash: bool = False

    def rule(self, standing: str, zone: ZoneInfo) -> bans.NewRule:
        if self.until and self.lift:
            raise click.UsageError("Give --lift or --until, not both.")
        until = closing.end(self.until, zone)
        return bans.NewRule("" if self.lift else standing, until, self.reason.strip(), self.trash)


@main.command()
@click.argument("id", type=NUMBER)
@click.option(
    "--by",
    "kind",
    type=click.Choice(list(bans.KINDS)),
    required=True,
    help="What of the comment's sender is banned; the reader is the browser, the domain that of the address.",
)
@UNTIL
@click.option("--trash", is_flag=True, help="Move all approved and pending comments of this sender to the trash.")
@LIFT
@REASON
@JSON
@click.pass_obj
@gather(Terms)
def ban(shell: Shell, terms: Terms, id: int, kind: str, as_json: bool) -> None:
    """Ban the sender of a comment: what comes from there goes to the trash."""
    _set(shell, id, kind, terms.rule("banned", shell.settings.zone), as_json)


@main.command()
@click.argument("id", type=NUMBER)
@UNTIL
@LIFT
@REASON
@JSON
@click.pass_obj
@gather(Terms)
def trust(shell: Shell, terms: Terms, id: int, as_json: bool) -> None:
    """Trust the browser that sent a comment: its comments are published at once."""
    _set(shell, id, "reader", terms.rule("trusted", shell.settings.zone), as_json)


def _set(shell: Shell, id: int, kind: str, rule: bans.NewRule, as_json: bool) -> None:
    batch = shell.write(bans.set_sender, id, kind, rule)
    if as_json:
        show_json({"batch": batch, "moved": int(batch is not None)})
        return
    lifted = "The rules decide on this sender again."
    say_batch(f"The sender of comment {id} is {rule.standing} by {kind}." if rule.standing else lifted, batch)


@main.command()
@JSON
@click.pass_obj
def senders(shell: Shell, as_json: bool) -> None:
    """Who is trusted and who is banned, newest first."""
    with shell.database() as db:
        rows = bans.all_rules(db, at=now())
    if as_json:
        show_json(rows)
        return
    show_table(
        ["standing", "kind", "value", "until", "since", "who", "reason"],
        [
            [
                row["standing"],
                row["kind"],
                row["value"],
                (row["until"] or "")[:10],
                row["at"][:10],
                row["who"] or "the command line",
                row["reason"],
            ]
            for row in rows
        ],
        empty="Nobody is trusted or banned.",
    )
