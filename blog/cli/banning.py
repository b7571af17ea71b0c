"""Commands about senders: trust and bans."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import click

from blog import closing
from blog.cli import JSON, NUMBER, REASON, Shell, gather, main, now, say_batch, show_json, show_table
from blog.moderation import bans
from blog.wording import N_, gettext

UNTIL = click.option(
    "--until", default="", metavar="DATE", help=gettext("Until the beginning of this day: 2026-06-01.")
)
LIFT = click.option(
    "--lift", is_flag=True, help=gettext("Remove the ban or trust: the rules decide on this sender again.")
)


@dataclass(frozen=True)
class Terms:
    """For how long and why a sender is trusted or banned, or that neither holds any more."""

    until: str
    lift: bool
    reason: str
    trash: bool = False

    def rule(self, standing: str, zone: ZoneInfo) -> bans.NewRule:
        if self.until and self.lift:
            raise click.UsageError(gettext("Give --lift or --until, not both."))
        until = closing.end(self.until, zone)
        return bans.NewRule("" if self.lift else standing, until, self.reason.strip(), self.trash)


@main.command(help=gettext("Ban the sender of a comment: what comes from there goes to the trash."))
@click.argument("id", type=NUMBER)
@click.option(
    "--by",
    "kind",
    type=click.Choice(list(bans.KINDS)),
    required=True,
    help=gettext(
        "What of the comment's sender is banned; `reader` is the browser, `domain` that of the given website."
    ),
)
@UNTIL
@click.option(
    "--trash", is_flag=True, help=gettext("Move all approved and pending comments of this sender to the trash.")
)
@LIFT
@REASON
@JSON
@click.pass_obj
@gather(Terms)
def ban(shell: Shell, terms: Terms, id: int, kind: str, as_json: bool) -> None:
    _set(shell, id, kind, terms.rule("banned", shell.settings.zone), as_json)


@main.command(help=gettext("Trust the browser that sent a comment: its comments are published at once."))
@click.argument("id", type=NUMBER)
@UNTIL
@LIFT
@REASON
@JSON
@click.pass_obj
@gather(Terms)
def trust(shell: Shell, terms: Terms, id: int, as_json: bool) -> None:
    _set(shell, id, "reader", terms.rule("trusted", shell.settings.zone), as_json)


def _set(shell: Shell, id: int, kind: str, rule: bans.NewRule, as_json: bool) -> None:
    batch = shell.write(bans.set_sender, id, kind, rule)
    if as_json:
        show_json({"batch": batch, "moved": int(batch is not None)})
        return
    if not rule.standing:
        say_batch(gettext("The rules decide on this sender again."), batch)
    elif rule.standing == "trusted":
        say_batch(gettext("Trusted: the browser of comment {id}.", id=id), batch)
    else:
        say_batch(gettext(BANNED[kind], id=id), batch)


BANNED = {
    "reader": N_("Banned: the browser of comment {id}."),
    "email": N_("Banned: the email of comment {id}."),
    "network": N_("Banned: the network of comment {id}."),
    "domain": N_("Banned: the domain of comment {id}."),
}


@main.command(help=gettext("List who is trusted, held or banned, newest first."))
@JSON
@click.pass_obj
def senders(shell: Shell, as_json: bool) -> None:
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
                row["who"] or gettext("the command line"),
                row["reason"],
            ]
            for row in rows
        ],
        empty=gettext("Nobody is trusted, held or banned."),
    )
