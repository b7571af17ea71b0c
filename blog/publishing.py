"""From the posts' folder to the site: publish what changed, and let a post's discussion file in with it."""

import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from blog import posts, store
from blog.errors import BadPost, Conflict, Invalid, NotFound
from blog.events import By
from blog.importing import landing, thoughts
from blog.posts import PostFile
from blog.settings import Settings


@dataclass
class Report:
    """What publishing did: `done` are (path, what, slug) of files that changed something, `problems` those left out."""

    done: list[tuple[str, str, str]] = field(default_factory=list)
    problems: list[BadPost] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    unchanged: int = 0


def publish(db: Database, settings: Settings, paths: list[Path] | None = None, *, by: By) -> Report:
    """Publish files (None: the whole folder), each in its own transaction; a broken one never keeps back the others."""
    report = Report()
    folder = settings.posts
    every = sorted(files(folder))
    present = [path.relative_to(folder).as_posix() for path in every]
    for path in every if paths is None else paths:
        try:
            file = posts.load(path, folder, author=settings.author, zone=settings.zone)
            beside = _thoughts(path, folder)
            with store.transaction(db):
                what, post, slug = posts.publish(db, file, by=by, present=present)
                if what == "added":
                    landing.land(db, post, beside, by=_from_file(by), source="beside")
        except BadPost as error:
            report.problems.append(error)
            continue
        _note(report, file, what, slug)
    if paths is None:
        _note_missing(db, report, present)
    return report


def problems(settings: Settings) -> list[BadPost]:
    """Return what is wrong with the files as they are now, without publishing anything."""
    found = []
    for path in sorted(files(settings.posts)):
        try:
            posts.load(path, settings.posts, author=settings.author, zone=settings.zone)
            _thoughts(path, settings.posts)
        except BadPost as error:
            found.append(error)
    return found


def files(folder: Path) -> list[Path]:
    """Return the folder's Markdown files: no hidden ones, and none that lead out of it."""
    if not folder.is_dir():
        return []
    inside = folder.resolve()
    return [
        path
        for path in folder.rglob("*.md")
        if path.is_file()
        and path.resolve().is_relative_to(inside)
        and not any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
    ]


def named(settings: Settings, path: Path) -> Path:
    """Return a file that was named on the command line; raise NotFound when it is no post of this site."""
    for candidate in (path, settings.root / path, settings.posts / path):
        if (
            candidate.is_file()
            and candidate.suffix == ".md"
            and candidate.resolve().is_relative_to(settings.posts.resolve())
        ):
            return settings.posts / candidate.resolve().relative_to(settings.posts.resolve())
    raise NotFound(f"{path} is no Markdown file in {settings.posts}.")


def new(settings: Settings, title: str, *, now: datetime) -> Path:
    """Make a draft file; raise Conflict when there is one of that name already, Invalid for no title."""
    title = " ".join(title.split())
    if not title or len(title) > posts.TITLE_LENGTH:
        raise Invalid({"title": f"A title has 1 to {posts.TITLE_LENGTH} characters; this one has {len(title):,}."})
    path = settings.posts / f"{posts.slugify(title) or 'post'}.md"
    quoted = title.replace("'", "''")
    text = f"---\ntitle: '{quoted}'\ndate: {now:%Y-%m-%d}\nstatus: draft\n---\n\n"
    write(path, text)
    return path


def write(path: Path, text: str) -> None:
    """Write a new file whole or not at all; never over another one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(part, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(part, path)
    except FileExistsError:
        raise Conflict(f"{path} is there already.") from None
    finally:
        part.unlink(missing_ok=True)


def _thoughts(path: Path, folder: Path) -> list[thoughts.Thought]:
    beside = path.with_suffix(".comments.txt")
    if not beside.is_file():
        return []
    name = beside.relative_to(folder).as_posix()
    try:
        return thoughts.read(beside.read_text("utf-8-sig"), path=name)
    except UnicodeDecodeError as error:
        raise BadPost(name, "This is not UTF-8 text. Save the file as UTF-8.") from error


def _from_file(by: By) -> By:
    return By(by.at, by.account, "import")


def _note(report: Report, file: PostFile, what: str, slug: str) -> None:
    if what == "unchanged":
        report.unchanged += 1
        return
    state = file.status if file.status != "published" else what
    report.done.append((file.path, state, slug))
    if slug != file.slug:
        report.remarks.append(f"{file.path}: the address {file.slug!r} is taken; it is published as {slug!r}.")


def _note_missing(db: Database, report: Report, present: list[str]) -> None:
    """Say which posts' files are gone: their pages stay as they were."""
    rows = db.conn.execute("select path, slug from posts where status = 'published'").fetchall()
    for path, slug in sorted(set(map(tuple, rows))):
        if path not in present:
            report.remarks.append(
                f"{path} is gone; its page {slug!r} stays. Bring it back with `status: withdrawn` to take it down."
            )


def remove_files(settings: Settings, files: list[tuple[str, str]]) -> list[str]:
    """Remove the files of posts that an undone import had made; return the paths of those that were edited since."""
    kept = []
    for path, digest in files:
        target = settings.posts / path
        try:
            file = posts.load(target, settings.posts, author=settings.author, zone=settings.zone)
        except BadPost:
            file = None
        if file is not None and file.hash == digest:
            target.unlink(missing_ok=True)
        elif target.exists():
            kept.append(path)
    return kept
