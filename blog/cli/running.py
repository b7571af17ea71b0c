"""Commands that make a site, run it and look after it."""

import os
import shutil
import socket
import sys
from pathlib import Path

import click

from blog import accounts, checking, moderation, policy, posts, publishing, store
from blog.cli import Shell, by, main, now, show_json, show_table
from blog.cli.publishing import say
from blog.errors import Conflict, Invalid, Unusable
from blog.settings import Settings, sample_folder

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


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option(
    "--reload",
    is_flag=True,
    help="Publish and start again when a file of the site or of the engine changes.",
)
@click.pass_obj
def serve(shell: Shell, host: str, port: int, workers: int, reload: bool) -> None:
    """Publish what changed in posts/, then serve the site."""
    site = shell.settings
    _check_port(host, port)
    _prepare(site, f"http://{f'[{host}]' if ':' in host else host}:{port}")
    os.environ["BLOG_SITE"] = str(site.root)
    sys.stdout.flush()
    _run(site, host, port, workers, reload)


def _prepare(site: Settings, address: str) -> None:
    """Bring the database up to date, publish, and say where to go."""
    store.prepare(site.database)
    _publish(site)
    db = store.connect(site.database)
    try:
        with store.transaction(db):
            moderation.purge(db, policy.load(db), at=now())
            token = accounts.offer_setup(db)
    finally:
        db.conn.close()
    if caution := store.caution():
        click.echo(caution, err=True)
    click.echo(f"{site.title} is at {address}/ and its desk at {address}/admin/ (stop it with Ctrl-C)")
    if token:
        click.echo(
            "There is no account yet. Become the first administrator here; the address works once:\n"
            f"  {address}/admin/setup?token={token}"
        )


def _publish(site: Settings) -> None:
    db = store.connect(site.database)
    try:
        say(publishing.publish(db, site, by=by()))
    finally:
        db.conn.close()


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Unusable(
                f"{host}:{port} cannot be used ({error.strerror}). Choose another one with --port."
            ) from error


def _run(site: Settings, host: str, port: int, workers: int, reload: bool) -> None:
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server import Server

    server = Server(
        "blog.app:from_environment",
        factory=True,
        address=host,
        port=port,
        workers=workers,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=15_000),
        websockets=False,
        log_level=LogLevels.warning,
        reload=reload,
        reload_paths=[site.root, Path(__file__).parent.parent] if reload else None,
        reload_ignore_patterns=[r"^blog\.db"],
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    )
    server.on_reload(lambda: _publish(site))
    server.serve()


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


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def check(context: click.Context, as_json: bool) -> None:
    """Check the database, its counts, the journal and the posts' files."""
    shell: Shell = context.obj
    with shell.database() as db:
        problems = checking.check(db)
    problems += [posts.shown(str(problem)) for problem in publishing.problems(shell.settings)]
    if as_json:
        show_json({"ok": not problems, "problems": problems})
    elif problems:
        for problem in problems:
            click.echo(problem, err=True)
    else:
        click.echo("All is well: database, counts, journal and posts.")
    if problems:
        context.exit(1)
