"""Commands that make a site, run it and look after it."""

import sys
from pathlib import Path

import click

from blog.cli import Shell, main, now, show_json, show_table
from blog.errors import Conflict, Invalid
from blog.people import accounts

WELCOME = """---
title: Hello
date: {date}
summary: A first post, to be rewritten or deleted.
---

This is a post. It is a file: `posts/hello.md`. Change it: while `blog serve` runs, what you save is on this page a
moment later.

Below is its discussion, still empty. The first comment that somebody writes will wait for you at `/admin/`, with the
reason why it waits.
"""

CONFIG = """title = "A new blog"
tagline = ""
author = ""
# Where readers can write to you: an email, or a web address. The privacy page and closed discussions name it.
# contact = "you@example.org"
# The public address, as soon as the site has one:
# url = "https://blog.example.org"
# The web server in front of this one, if there is one; without this line all readers count as one sender:
# trusted_proxies = ["127.0.0.1"]
language = "en"
timezone = "UTC"
"""

STYLE = """/* Your own style rules. This file is loaded after the engine's style sheet: what you write here wins, and
   the rest still improves with each new version. To try an example, take away the signs around it. */

/* Another colour for links and marks; the second line is for dark screens.
:root { --red: #0b6b4f }
@media (prefers-color-scheme: dark) { :root { --red: #6fd3ae } }
*/

/* Other letters, from what is on most machines. Font files can lie in static/ beside this file.
:root { --serif: Iowan Old Style, Palatino, "Book Antiqua", serif }
*/

/* Wider lines.
body { max-inline-size: 60rem }
*/
"""


@main.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> None:
    """Make a new site in a folder that is empty or not there yet."""
    if folder.is_dir() and any(folder.iterdir()):
        raise Conflict(f"{folder} has files in it. Name a new folder, or an empty one.")
    (folder / "posts").mkdir(parents=True)
    (folder / "static").mkdir()
    (folder / "blog.toml").write_text(CONFIG, "utf-8")
    (folder / "posts" / "hello.md").write_text(WELCOME.format(date=now()[:10]), "utf-8")
    (folder / "static" / "custom.css").write_text(STYLE, "utf-8")
    click.echo(f"A new site is in {folder}. Next: blog --site {folder} serve")


@main.group()
def user() -> None:
    """Accounts of people who sign in."""


@user.command()
@click.argument("name")
@click.option("--role", type=click.Choice(accounts.ROLES), default="admin", show_default=True)
@click.option("--email", default="", help="Visitors who use it are held.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
@click.pass_obj
def add(shell: Shell, name: str, role: str, email: str, password_stdin: bool) -> None:
    """Add an account."""
    shell.write(accounts.add, name, _password(password_stdin), role=role, email=email)
    click.echo(f"{name} may sign in now, as {role}.")


@user.command()
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
@click.pass_obj
def password(shell: Shell, name: str, password_stdin: bool) -> None:
    """Set an account's password; all its sessions end."""
    shell.write(accounts.change_password, name, _password(password_stdin))
    click.echo(f"{name} has a new password; all earlier sessions ended.")


@user.command()
@click.argument("name")
@click.pass_obj
def remove(shell: Shell, name: str) -> None:
    """Remove an account; what it decided keeps its name."""
    shell.write(accounts.remove, name)
    click.echo(f"{name} can no longer sign in.")


@user.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_(shell: Shell, as_json: bool) -> None:
    """List the accounts."""
    with shell.database() as db:
        rows = accounts.all_accounts(db)
    if as_json:
        show_json(rows)
        return
    show_table(
        ["name", "role", "email", "since"],
        [[row["name"], row["role"], row["email"], row["created_at"][:10]] for row in rows],
        empty="There is no account yet.",
    )


def _password(from_stdin: bool) -> str:
    if from_stdin:
        try:
            return sys.stdin.buffer.readline().decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise Invalid({"password": "The password is not UTF-8 text."}) from None
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
