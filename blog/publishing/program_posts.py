"""Posts that programs write: through the file, as the editor does, with versions and conflicts.

What a program does not name stays as it is in the file.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from blog import posts, publishing
from blog.errors import Conflict, Invalid
from blog.journal.events import Actor, moment
from blog.publishing import editor, post_text, site_folder
from blog.rendering import relations
from blog.rendering.markdown import plain_text, render_article
from blog.settings import Settings
from blog.storage import atomic_file
from blog.wording import gettext


@dataclass(frozen=True)
class PostChange:
    """What a program gives for a post; None says nothing.

    `status` is draft, published or withdrawn, `date` a moment, `tags` are names, `comments` open or closed, `image` an
    address. `menu` is the place in the menu of a page, `properties` the JSON of what has no key of its own.
    """

    title: str | None = None
    body: str | None = None
    summary: str | None = None
    slug: str | None = None
    status: str | None = None
    date: str | None = None
    tags: Sequence[str] | None = None
    comments: str | None = None
    author: str | None = None
    image: str | None = None
    menu: int | None = None
    properties: str | None = None


@dataclass(frozen=True)
class Writer:
    """Who writes; `owner` is the name of somebody who may write own posts only, "" for who may write all."""

    by: Actor
    owner: str = ""


def create(db: Database, settings: Settings, change: PostChange, kind: str, writer: Writer) -> int:
    """Write a new post or page and publish its file, as a draft unless it says otherwise; return its id.

    Raises Invalid or BadPost where it cannot be so.
    """
    title, owner, by = title_of(change), writer.owner, writer.by
    text = _text(settings, "", replace(change, title=title), writer)
    path = site_folder.free_path(settings, change.slug or title, kind)
    if owner:
        editor.check_own(settings, path, text, owner=owner)
    editor.check(settings, path, text)
    try:
        atomic_file.create(settings.posts / path, text.encode())
    except FileExistsError:
        raise Conflict(gettext("{path} is there already.", path=posts.site_path(path))) from None
    return _published(db, settings, path, by)


def title_of(change: PostChange) -> str:
    """Return the title of a new post: as given, else its first words."""
    if change.title and change.title.strip():
        return " ".join(change.title.split())
    if not (change.body or change.summary) and (relation := relations.title(change.properties or "")):
        return relation
    words = plain_text(render_article(change.body or change.summary or "").html).split()
    return " ".join(words)[:60].rpartition(" ")[0] or " ".join(words)[:60] or gettext("Untitled")


def change(
    db: Database,
    settings: Settings,
    path: str,
    changing: PostChange,
    check: Callable[[editor.Source], None],
    writer: Writer,
) -> int:
    """Change the file of a post and publish it; return the post's id.

    `check` is given the file as it is, and may refuse. When the file changes meanwhile, Conflict is raised and nothing
    is written. What it was stays among the versions.
    """
    write(db, settings, path, changing, check, writer)
    return _published(db, settings, path, writer.by)


def write(
    db: Database,
    settings: Settings,
    path: str,
    changing: PostChange,
    check: Callable[[editor.Source], None],
    writer: Writer,
) -> None:
    """Change the file of a post as `change` does, and leave it to the caller to publish it."""
    before, owner, by = editor.source(settings, path), writer.owner, writer.by
    check(before)
    text = _text(settings, before.text, changing, writer)
    if text != before.text:
        if owner:
            editor.check_own(settings, path, text, owner=owner)
        editor.keep(db, settings, path, text.encode(), base=before.digest, by=by)
        editor.save(settings, path, text, base=before.digest)


def trash(db: Database, settings: Settings, row: Mapping[str, Any], *, by: Actor) -> None:
    """Put a post into the trash: its file is removed, and Undo brings both back."""
    editor.delete(db, settings, dict(row), base=editor.present(settings, row["path"]).digest, by=by)


def _published(db: Database, settings: Settings, path: str, by: Actor) -> int:
    """Publish a file; return the id of its post."""
    report = publishing.publish(db, settings, [settings.posts / path], by=by)
    if report.problems:
        raise report.problems[0]
    return int(db.conn.execute("select id from posts where path = ?", [path]).fetchone()[0])


def _text(settings: Settings, before: str, change: PostChange, writer: Writer) -> str:
    """Return the text of a file with the changes in it."""
    front, body = post_text.split(before)
    now = post_text.fields(front)
    values = _values(settings, change, now, writer.by.at)
    values = {name: value for name, value in values.items() if now.get(name, "") != value}
    given = body if change.body is None else change.body.replace("\r\n", "\n")
    if not values and given.strip() == body.strip() and before:
        return editor.signed(settings, before, writer.owner)
    if given.strip() != body.strip():
        body = f"{given.strip()}\n"
    return editor.signed(settings, post_text.join(values, front, body), writer.owner)


def _values(settings: Settings, change: PostChange, fields: dict[str, str], at: str) -> dict[str, str]:
    """Return the lines of the front matter that change; "" takes one out."""
    values: dict[str, str] = {}
    if change.title is not None:
        values["title"] = " ".join(change.title.split())
        if not values["title"]:
            raise Invalid({"title": gettext("A title is missing.")})
    if change.slug is not None:
        values["slug"] = posts.slugify(change.slug)
    if change.summary is not None:
        values["summary"] = " ".join(change.summary.split())
    if change.tags is not None:
        values["tags"] = ", ".join(name.replace(",", " ") for name in change.tags)
    for name, value in (
        ("comments", change.comments),
        ("author", change.author),
        ("image", change.image),
        ("properties", change.properties),
    ):
        if value is not None:
            values[name] = value
    if change.menu is not None:
        values["menu"] = str(change.menu or "")
    return values | _appearance(settings, change, fields, at)


def _appearance(settings: Settings, change: PostChange, fields: dict[str, str], at: str) -> dict[str, str]:
    """Return the lines for status and date: a new post is a draft of now, unless something else is said."""
    values: dict[str, str] = {}
    if change.status is not None or not fields:
        values["status"] = change.status or "draft"
    if change.date is not None:
        values["date"] = _same_date(settings, fields, change.date) or _written(settings, moment(change.date))
    elif not fields.get("date"):
        values["date"] = _written(settings, moment(at))
    return values


def _same_date(settings: Settings, fields: dict[str, str], date: str) -> str:
    """Return the date of a file as it is written there, where it means the given moment."""
    try:
        return fields["date"] if posts.moment_of(fields["date"], settings.zone) == date else ""
    except (KeyError, ValueError, OverflowError):
        return ""


def _written(settings: Settings, at: datetime) -> str:
    return f"{at.astimezone(settings.zone):%Y-%m-%d %H:%M:%S}"
