"""Commands for posts: new, publish, list, preview, import, export."""

from datetime import datetime
from pathlib import Path

import click

from blog import posts, publishing
from blog.cli import Shell, by, main, now, progress, show_json, show_table
from blog.posts import versions
from blog.publishing import editor, restoration
from blog.publishing.restoration import Wish
from blog.representations import posts as representation
from blog.rules import policy as policies
from blog.wording import gettext, ngettext, number


@main.command(help=gettext("Create a draft file in posts/ and print its path."))
@click.argument("title")
@click.pass_obj
def new(shell: Shell, title: str) -> None:
    site = shell.settings
    click.echo(publishing.new(site, title, now=datetime.now(site.zone)))


@main.command(help=gettext("Publish the given files, or all of posts/ and pages/, and print what changed."))
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help=gettext("Print JSON."))
@click.pass_context
def publish(context: click.Context, paths: tuple[Path, ...], as_json: bool) -> None:
    shell: Shell = context.obj
    site = shell.settings
    named = [publishing.find_file(site, path) for path in paths] or None
    with shell.database() as db, progress(gettext("Publishing")) as watch:
        report = publishing.publish(db, site, named, by=by(), watch=watch)
    if as_json:
        show_json(
            {
                "changed": [{"path": path, "what": what, "slug": slug} for path, what, slug in report.done],
                "unchanged": report.unchanged,
                "problems": [str(problem) for problem in report.problems],
            }
        )
    else:
        say(report)
    if report.problems:
        context.exit(1)


STATES = ("draft", "scheduled", "published", "withdrawn")


@main.command(
    name="posts", help=gettext("List posts and pages with their state, their discussion and its counts, newest first.")
)
@click.option("--state", type=click.Choice(STATES), help=gettext("Only posts in this state."))
@click.option("--json", "as_json", is_flag=True, help=gettext("Print JSON."))
@click.pass_obj
def list_(shell: Shell, state: str | None, as_json: bool) -> None:
    with shell.database() as db:
        at, rows, policy = now(), posts.all_posts(db), policies.load(db)
    entries = [representation.entry(row, policy, at) for row in rows]
    listing = [each for each in entries if state in (None, each["state"])]
    if as_json:
        show_json(listing)
        return
    show_table(
        ["title", "state", "date", "discussion", "comments", "waiting", "slug"],
        [
            [
                each["title"],
                each["state"],
                each["date"][:10],
                each["discussion"],
                number(each["approved"]),
                number(each["waiting"]),
                each["slug"],
            ]
            for each in listing
        ],
        empty=gettext("There are no such posts.") if state else gettext("There are no posts yet."),
    )


@main.command(name="versions", help=gettext("List the saved versions of a post, print one of them, or restore it."))
@click.argument("slug")
@click.option("--show", type=click.IntRange(1), metavar="N", help=gettext("Print the file as it was in version N."))
@click.option("--restore", type=click.IntRange(1), metavar="N", help=gettext("Make version N the post's text again."))
@click.option("--json", "as_json", is_flag=True, help=gettext("Print JSON."))
@click.pass_obj
def versions_(shell: Shell, slug: str, show: int | None, restore: int | None, as_json: bool) -> None:
    site = shell.settings
    with shell.database() as db:
        post = editor.find(db, slug)
        if show:
            click.echo(versions.contents(db, [versions.find(db, post["id"], show)["id"]])[show], nl=False)
            return
        if restore:
            base = editor.present(site, post["path"]).digest
            restoration.restore(db, site, Wish(post, restore, base), by=by())
            path = posts.site_path(post["path"])
            click.echo(gettext("{path} is as it was in version {number}.", path=path, number=restore))
            return
        rows = versions.of_post(db, post["id"])
    if as_json:
        names = ("id", "at", "who", "source", "status", "saved")
        show_json([{name: bool(row[name]) if name == "saved" else row[name] for name in names} for row in rows])
        return
    show_table(
        ["version", "saved", "who", "state"],
        [
            [str(row["id"]), row["at"][:19].replace("T", " "), row["who"] or row["source"], row["status"]]
            for row in rows
        ],
        empty=gettext("No version of this post is kept yet."),
    )


@main.command(help=gettext("Print the page of a file, whatever its status; nothing is published."))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help=gettext("Write the page to this file."))
@click.pass_obj
def preview(shell: Shell, file: Path, output: Path | None) -> None:
    from blog.web import preview_file  # the web is not loaded for commands that need none of it

    site = shell.settings
    page = preview_file.page(site, publishing.load(site, publishing.find_file(site, file)), at=now())
    if output is None:
        click.echo(page)
    else:
        output.write_text(page, "utf-8")
        click.echo(output)


@main.group(help=gettext("Export the site."))
def export() -> None:
    pass


@export.command(help=gettext("Export the whole site, with discussions but without forms, as files for any web host."))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--base-url", default="", help=gettext("Use absolute links below this address, instead of relative links.")
)
@click.option("--json", "as_json", is_flag=True, help=gettext("Print JSON."))
@click.pass_obj
def static(shell: Shell, folder: Path, base_url: str, as_json: bool) -> None:
    from blog.upkeep import static_export

    site = shell.settings
    static_export.earlier_files(folder)  # refuses, before anything is published
    with shell.database() as db, progress(gettext("Publishing")) as watch:
        report = publishing.publish(db, site, by=by(), watch=watch)
    for problem in report.problems:
        click.echo(posts.site_path(str(problem)), err=True)
    with progress(gettext("Exporting")) as watch:
        done = static_export.export(site, folder, at=now(), base_url=base_url, watch=watch)
    if as_json:
        show_json({"folder": str(folder), "files": len(done.files), "problems": done.problems})
    else:
        click.echo(ngettext("{n} file is in {folder}.", "{n} files are in {folder}.", len(done.files), folder=folder))
        for sentence in done.problems:
            click.echo(sentence, err=True)


def say(report: publishing.Report) -> None:
    """Print what publishing did, problems and remarks on standard error."""
    for path, what, slug in report.done:
        click.echo(f"{what}: {posts.site_path(path)} → {slug}")
    if not report.done and not report.problems:
        click.echo(gettext("Nothing changed."))
    for problem in report.problems:
        click.echo(posts.site_path(str(problem)), err=True)
    for remark in report.remarks:
        click.echo(posts.site_path(remark), err=True)


@main.group(name="import", help=gettext("Import posts and comments."))
def import_() -> None:
    pass


@import_.command(
    help=gettext("Import a saved blog page with its comments: plain text, or a WordPress page saved from a browser.")
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help=gettext("Only report; change nothing."))
@click.option("--json", "as_json", is_flag=True, help=gettext("Print JSON."))
@click.pass_obj
def page(shell: Shell, file: Path, dry_run: bool, as_json: bool) -> None:
    from blog.importing.page_import import import_page  # its parsers are for this command alone

    site = shell.settings
    with shell.database() as db, progress(gettext("Importing")) as watch:
        report = import_page(db, site, file, by=by(), dry_run=dry_run, watch=watch)
    if as_json:
        show_json(report.as_dict())
        return
    for line in report.lines():
        click.echo(line)
