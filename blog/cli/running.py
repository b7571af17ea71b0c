"""Commands that make a site, run it and look after it."""

import shutil
import sys
from pathlib import Path

import click

from blog import accounts
from blog.cli import Shell, main, now, show_json, show_table
from blog.errors import Conflict, Invalid
from blog.settings import sample_folder

WELCOME = """---
title: Hello
date: {date}
summary: A first post, to be rewritten or deleted.
---

This is a post. It is a file: `posts/hello.md`. Change it, and `blog publish` (or the next `blog serve`) brings the
change to your readers.

Below is its discussion, still empty. The first comment that somebody writes will wait for you at `/admin/`, with the
reason why it waits.
"""

CONFIG = """title = "A new blog"
tagline = ""
author = ""
# The public address, as soon as the site has one:
# url = "https://blog.example.org"
language = "en"
timezone = "UTC"
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
    shutil.copyfile(sample_folder() / "static" / "site.css", folder / "static" / "site.css")
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
        rows = accounts.every(db)
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
