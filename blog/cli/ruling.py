"""Commands about the rules: try settings on earlier comments."""

from typing import Any

import click

from blog.cli import Shell, main, show_json, show_table
from blog.moderation import replay
from blog.rules import policy, sentence
from blog.wording import gettext

JSON = click.option("--json", "as_json", is_flag=True, help=gettext("Print JSON."))


@main.group(help=gettext("Try rules on earlier comments."))
def rules() -> None:
    pass


@rules.command(
    name="replay",
    help=gettext("Show what settings would have done to the newest decided comments; nothing is changed."),
)
@click.option(
    "--setting", "settings", multiple=True, metavar="NAME=VALUE", help=gettext("Try this value; can be repeated.")
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=replay.SAMPLE,
    show_default=True,
    help=gettext("The newest comments, at most so many."),
)
@JSON
@click.pass_obj
def again(shell: Shell, settings: tuple[str, ...], limit: int, as_json: bool) -> None:
    values = dict(_pair(each) for each in settings)
    with shell.database() as db:
        now = policy.load(db)
        result = replay.replay(db, now, policy.with_values(now, values), limit=limit)
    if as_json:
        show_json({**result, "changes": [_change(each) for each in result["changes"]]})
        return
    click.echo(replay.summary(result))
    show_table(
        ["rule", "caught", "true positives", "false positives", "precision", "recall"],
        [
            [
                rule,
                f"{each['caught']}",
                f"{each['true_positives']}",
                f"{each['false_positives']}",
                _share(each["precision"]),
                _share(each["recall"]),
            ]
            for rule, each in result["rules"].items()
        ],
        empty=gettext("No rule would have applied."),
    )
    if result["changes"]:
        show_table(
            ["id", "status", "before", "after", "", "text"],
            [
                [
                    str(each["id"]),
                    each["status"],
                    _verdict(each["before"]),
                    _verdict(each["after"]),
                    gettext("against the moderator") if each["against"] else "",
                    " ".join(each["text"].split())[:60],
                ]
                for each in result["changes"]
            ],
            empty="",
        )


def _pair(setting: str) -> tuple[str, str]:
    name, equals, value = setting.partition("=")
    if not equals:
        raise click.UsageError(gettext("Write NAME=VALUE, not {setting!r}.", setting=setting))
    return name.strip(), value


def _verdict(verdict: Any) -> str:
    return f"{verdict.action.value} {verdict.rule}".strip()


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


def _change(change: replay.Change) -> dict[str, Any]:
    verdicts = {
        name: {"action": verdict.action.value, "rule": verdict.rule, "reason": sentence(verdict.rule, verdict.facts)}
        for name, verdict in (("before", change["before"]), ("after", change["after"]))
    }
    return {**change, **verdicts}
