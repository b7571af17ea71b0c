"""The files of a site: its posts and pages, listed, read, written and removed."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from blog import posts, reserved
from blog.errors import BadPost, Conflict, Invalid, NotFound
from blog.moderation.undoing import UndoOutcome
from blog.posts import PostFile, front_matter
from blog.publishing import media_trash
from blog.settings import Settings
from blog.storage import atomic_file
from blog.wording import gettext, number


def load(settings: Settings, path: Path) -> PostFile:
    """Read one file of this site, as `posts.load` does."""
    return posts.load(path, settings.posts, author=settings.author, zone=settings.zone, language=settings.language)


def parse(settings: Settings, path: Path, data: bytes) -> PostFile:
    """Check what a file of this site would hold, as `posts.parse` does."""
    site = {"author": settings.author, "zone": settings.zone, "language": settings.language}
    return posts.parse(data, path, settings.posts, **site)  # type: ignore[arg-type]


def list_files(settings: Settings) -> list[tuple[str, str]]:
    """Return all posts and pages: each file, and its path as the database has it."""
    files = []
    for folder in (settings.posts, settings.pages):
        beneath = posts.path_of(folder / "-", settings.posts)[:-1]
        skipped = len(os.path.join(folder, ""))
        files += [(file, f"{beneath}{file[skipped:].replace(os.sep, '/')}") for file in markdown_files(folder)]
    return files


def markdown_files(folder: Path) -> list[str]:
    """Return the folder's Markdown files, folder by folder: no hidden ones, and none that lead out of it.

    They are strings: ten thousand Path objects take longer to make than all other work on unchanged files.
    """
    if not folder.is_dir():
        return []
    return sorted(_markdown(os.fspath(folder), folder.resolve()), key=lambda file: file.replace(os.sep, "\0"))


def _markdown(folder: str, inside: Path) -> Iterator[str]:
    """Walk through a folder; only links are resolved."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith((".", "_")):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _markdown(entry.path, inside)
            elif entry.name.endswith(posts.ENDINGS) and _is_inside(entry, inside):
                yield entry.path


def _is_inside(entry: os.DirEntry[str], inside: Path) -> bool:
    try:
        if not entry.is_file():
            return False
        return not entry.is_symlink() or Path(entry.path).resolve().is_relative_to(inside)
    except OSError:  # a circle of links
        return False


def find_file(settings: Settings, path: Path) -> Path:
    """Return a file that was named on the command line; raise NotFound when it is no post or page of this site."""
    for candidate in (path, settings.root / path, settings.posts / path):
        for folder in (settings.posts, settings.pages):
            if (
                candidate.is_file()
                and candidate.suffix in posts.ENDINGS
                and candidate.resolve().is_relative_to(folder.resolve())
            ):
                return folder / candidate.resolve().relative_to(folder.resolve())
    raise NotFound(
        gettext(
            "{path} is no Markdown file in {posts} or {pages}.", path=path, posts=settings.posts, pages=settings.pages
        )
    )


def new(settings: Settings, title: str, *, now: datetime) -> Path:
    """Make a draft file; raise Conflict when there is one of that name already, Invalid for no title."""
    title = " ".join(title.split())
    if not title or len(title) > posts.TITLE_LENGTH:
        raise Invalid(
            {
                "title": gettext(
                    "A title has 1 to {most} characters; this one has {length}.",
                    most=posts.TITLE_LENGTH,
                    length=number(len(title)),
                )
            }
        )
    path = settings.posts / f"{reserved.unreserved(posts.slugify(title) or 'post')}.md"
    quoted = title.replace("'", "''")
    text = f"---\ntitle: '{quoted}'\ndate: {now:%Y-%m-%d}\nstatus: draft\n---\n\n"
    write(path, text)
    return path


def free_path(settings: Settings, name: str, kind: str) -> str:
    """Return a path for a new file that no other has: of a post in a folder of its own, for its pictures."""
    folder = settings.pages if kind == "page" else settings.posts
    stem = reserved.unreserved(posts.slugify(name) or kind)
    taken = {each.stem for each in folder.glob("*.md")} if folder.is_dir() else set()
    copy, free = 1, stem
    while free in taken or (folder / free).exists():
        copy += 1
        free = f"{stem}-{copy}"
    return f"{front_matter.PAGES}{free}.md" if kind == "page" else f"{free}/index.md"


def write(path: Path, text: str) -> None:
    """Write a new file; raise Conflict when there is one of that name."""
    try:
        atomic_file.create(path, text.encode())
    except FileExistsError:
        raise Conflict(gettext("{path} is there already.", path=path)) from None


def remove_files(settings: Settings, files: list[tuple[str, str]]) -> list[str]:
    """Remove the files that an undone import had made; return the paths of edited ones, which stay."""
    edited = []
    for path, digest in files:
        target = settings.posts / path
        if _hash_of(settings, target) == digest:
            target.unlink(missing_ok=True)
            if target.parent not in (settings.posts, settings.pages):
                with suppress(OSError):  # it holds other files
                    target.parent.rmdir()
        elif target.exists():
            edited.append(path)
    return edited


def write_again(settings: Settings, files: list[tuple[str, bytes]]) -> list[str]:
    """Write the files that an undo brings back; return the paths of those that are there already, which stay."""
    there = []
    for path, data in files:
        target = settings.posts / path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            atomic_file.create(target, data)
        except FileExistsError:
            there.append(path)
    return there


def follow_undo(settings: Settings, undone: UndoOutcome) -> list[str]:
    """Remove the files that an undone act had made and write those that it had removed.

    Return a sentence for each file that stays as it is, because somebody has changed or made it since.
    """
    edited = [
        gettext(
            "posts/{path} was edited since, so it was not deleted. Delete it, or it will be published again.", path=path
        )
        for path in remove_files(settings, undone["files"])
    ]
    there = [
        gettext(
            "posts/{path} was written anew since, so it stays as it is. The text from before the deletion is among "
            "the versions of the post.",
            path=path,
        )
        for path in write_again(settings, undone["back"])
    ]
    return edited + there + media_trash.follow_undo(settings, undone["media"])


def digest_of(path: Path) -> str:
    """Return the digest by which a file beside a post is known."""
    return hashlib.blake2b(path.read_bytes(), digest_size=12).hexdigest()


def _hash_of(settings: Settings, path: Path) -> str:
    """Return the hash of a post's file, or the digest of another; "" for one that cannot be read."""
    try:
        return load(settings, path).hash if path.suffix in posts.ENDINGS else digest_of(path)
    except (BadPost, OSError):
        return ""
