"""Commands for a new site and its accounts."""

import sys
from pathlib import Path

import click

from blog.cli import Shell, main, now, show_json, show_table
from blog.errors import Conflict, Invalid
from blog.people import accounts, tokens
from blog.people.tokens import NewToken
from blog.wording import gettext

WELCOME = """---
title: Hello
date: {date}
summary: A first post, to rewrite or delete.
---

This post is the file `posts/hello.md`. Edit it: while `blog serve` runs, this page shows your changes as soon as you
save them.

Its discussion is below, still empty. The first comment will wait for you at `/admin/`, with the reason why it waits.
"""

CONFIG = """title = "A new blog"
tagline = ""
author = ""
# Where readers can contact you: an email or a web address. Shown on the privacy page and on closed discussions.
# contact = "you@example.org"
# The public address of the site, once it has one:
# url = "https://blog.example.org"
# The web server in front of this one, if any. Without this line all readers count as one sender:
# trusted_proxies = ["127.0.0.1"]
language = "en"
timezone = "UTC"
# To send mail, with url set above; docs/mail.md explains it:
# [mail]
# server = "smtp://localhost:25"
# from = "you@example.org"
"""

STYLE = """/* Your own style rules. This file is loaded after the engine's style sheet, so your rules override it, and
   new versions still improve the rest. To try an example, remove the comment signs around it. */

/* Another colour for links and marks; the second line is for dark screens.
:root { --red: #0b6b4f }
@media (prefers-color-scheme: dark) { :root { --red: #6fd3ae } }
*/

/* Another font that most machines have. You can also put font files into static/ beside this file.
:root { --serif: Iowan Old Style, Palatino, "Book Antiqua", serif }
*/

/* Wider lines.
body { max-inline-size: 60rem }
*/
"""


@main.command(help=gettext("Create a new site in an empty or new folder."))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()):
        raise Conflict(gettext("{folder} is not empty. Name a new or an empty folder.", folder=folder))
    (folder / "posts").mkdir(parents=True)
    (folder / "static").mkdir()
    (folder / "blog.toml").write_text(CONFIG, "utf-8")
    (folder / "posts" / "hello.md").write_text(WELCOME.format(date=now()[:10]), "utf-8")
    (folder / "static" / "custom.css").write_text(STYLE, "utf-8")
    click.echo(gettext("Created a new site in {folder}. Next: blog --site {folder} serve", folder=folder))


@main.group(help=gettext("Manage the accounts of people who sign in."))
def user() -> None:
    pass


@user.command(help=gettext("Add an account."))
@click.argument("name")
@click.option("--role", type=click.Choice(accounts.ROLES), default="admin", show_default=True)
@click.option("--email", default="", help=gettext("Email of the account; comments of readers who use it are held."))
@click.option(
    "--password-stdin", is_flag=True, help=gettext("Read the password from the first line of standard input.")
)
@click.pass_obj
def add(shell: Shell, name: str, role: str, email: str, password_stdin: bool) -> None:
    shell.write(accounts.add, name, _password(password_stdin), role=role, email=email)
    click.echo(gettext("{name} can now sign in, as {role}.", name=name, role=role))


@user.command(help=gettext("Set the password of an account and end all its sessions."))
@click.argument("name")
@click.option(
    "--password-stdin", is_flag=True, help=gettext("Read the password from the first line of standard input.")
)
@click.pass_obj
def password(shell: Shell, name: str, password_stdin: bool) -> None:
    shell.write(accounts.change_password, name, _password(password_stdin))
    click.echo(gettext("{name} has a new password. All earlier sessions were ended.", name=name))


@user.command(help=gettext("Remove an account; its decisions keep the name."))
@click.argument("name")
@click.pass_obj
def remove(shell: Shell, name: str) -> None:
    shell.write(accounts.remove, name)
    click.echo(gettext("{name} can no longer sign in.", name=name))


@user.command(name="list", help=gettext("List the accounts."))
@click.option("--json", "as_json", is_flag=True, help=gettext("Print JSON."))
@click.pass_obj
def list_(shell: Shell, as_json: bool) -> None:
    with shell.database() as db:
        rows = accounts.all_accounts(db)
    if as_json:
        show_json(rows)
        return
    show_table(
        ["name", "role", "email", "since"],
        [[row["name"], row["role"], row["email"], row["created_at"][:10]] for row in rows],
        empty=gettext("There are no accounts yet."),
    )


@user.command(help=gettext("Make an application password for a program, and print it: it is shown only once."))
@click.argument("name")
@click.argument("label")
@click.option(
    "--scope",
    type=click.Choice(tokens.SCOPES),
    default=tokens.SCOPES[-1],
    show_default=True,
    help=gettext("What the program may do at most."),
)
@click.pass_obj
def token(shell: Shell, name: str, label: str, scope: str) -> None:
    with shell.database() as db:
        account = accounts.find(db, name)["id"]
    click.echo(shell.write(tokens.make, account, NewToken(label, scope))[1])


def _password(from_stdin: bool) -> str:
    if from_stdin:
        try:
            return sys.stdin.buffer.readline().decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise Invalid({"password": gettext("The password is not UTF-8 text.")}) from None
    return str(click.prompt(gettext("Password"), hide_input=True, confirmation_prompt=True))
