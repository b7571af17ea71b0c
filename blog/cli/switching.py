"""Commands of the switch: close, open and follow the discussion of a post, or of all posts."""

from dataclasses import dataclass
from typing import Any

import click

from blog import closing
from blog.cli import JSON, Shell, gather, main, now, say_batch, show_json
from blog.wording import N_, gettext


def _target(slug: str | None, site: bool) -> str | None:
    if site == (slug is not None):
        raise click.UsageError(gettext("Give the slug of a post, or --site for all posts."))
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
            raise click.UsageError(gettext("Use --replies-only or --moderated, not both."))
        return "replies-only" if self.replies_only else "moderated" if self.moderated else "closed"


@main.command(help=gettext("Close the discussion of one post, or of all posts."))
@click.argument("slug", required=False)
@click.option("--site", is_flag=True, help=gettext("All posts."))
@click.option("--replies-only", is_flag=True, help=gettext("Allow replies, but no new threads."))
@click.option("--moderated", is_flag=True, help=gettext("Allow comments, but hold all of them for a moderator."))
@click.option("--note", default="", metavar="T", help=gettext("A note to readers in place of the form (Markdown)."))
@click.option("--until", default="", metavar="DATE", help=gettext("Until the start of this day, such as 2026-06-01."))
@JSON
@click.pass_obj
@gather(Switch)
def close(shell: Shell, switch: Switch, slug: str | None, site: bool, as_json: bool) -> None:
    post = _target(slug, site)
    mode, until = switch.mode, closing.end(switch.until, shell.settings.zone)
    batch = shell.write(closing.close, post, mode=mode, note=switch.note, until=until)
    sentence = gettext(CLOSED_SITE[mode]) if post is None else gettext(CLOSED[mode], slug=post)
    _switched(shell, post, sentence, batch, as_json)


CLOSED = {
    "replies-only": N_("The discussion of “{slug}” takes replies only now."),
    "moderated": N_("The discussion of “{slug}” is moderated now."),
    "closed": N_("The discussion of “{slug}” is closed now."),
}
CLOSED_SITE = {
    "replies-only": N_("Every discussion takes replies only now."),
    "moderated": N_("Every discussion is moderated now."),
    "closed": N_("Every discussion is closed now."),
}


@main.command(
    name="open", help=gettext("Open a discussion, whatever its file and the rules say, or remove the site's switch.")
)
@click.argument("slug", required=False)
@click.option(
    "--site", is_flag=True, help=gettext("Remove the switch of the whole site; each post returns to its own state.")
)
@JSON
@click.pass_obj
def open_(shell: Shell, slug: str | None, site: bool, as_json: bool) -> None:
    post = _target(slug, site)
    batch = shell.write(closing.open_again, post)
    said = (
        gettext("Each post has its own state again.")
        if post is None
        else gettext("The discussion of “{post}” is open now.", post=post)
    )
    _switched(shell, post, said, batch, as_json)


@main.command(help=gettext("Remove a post's own switch; its file and the rules decide again."))
@click.argument("slug")
@JSON
@click.pass_obj
def follow(shell: Shell, slug: str, as_json: bool) -> None:
    batch = shell.write(closing.follow, slug)
    _switched(shell, slug, gettext("“{slug}” follows its file and the rules again.", slug=slug), batch, as_json)


def _switched(shell: Shell, slug: str | None, sentence: str, batch: int | None, as_json: bool) -> None:
    """Say what was switched, and of one post the state that it now has with its cause."""
    state: dict[str, Any] = {}
    at = now()
    if slug is not None:
        with shell.database() as db:
            current, facts = closing.of_post(db, slug, at=at)
        state = {"state": current.mode, "cause": current.cause, "because": closing.because(current, facts, at)}
        state |= {"since": current.since, "until": current.until}
    if as_json:
        show_json({"batch": batch, "moved": int(batch is not None), **state})
        return
    say_batch(sentence, batch)
    if state:
        state_word = gettext(closing.MODES[state["state"]])
        click.echo(gettext("Now: {state} {because}.", state=state_word, because=state["because"]))
        if state["cause"] == "site":
            click.echo(gettext(OVERRIDES[state["state"]]), err=True)


OVERRIDES = {
    "closed": N_("The switch of the whole site is closed and overrides this: blog open --site"),
    "replies-only": N_("The switch of the whole site is replies-only and overrides this: blog open --site"),
    "moderated": N_("The switch of the whole site is moderated and overrides this: blog open --site"),
}
