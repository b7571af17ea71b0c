"""What publishing did and what it could not do, in sentences for the person who publishes."""

import json
from dataclasses import dataclass, field

from sqlite_utils import Database

from blog import posts, reserved
from blog.errors import BadPost
from blog.posts import PostFile
from blog.wording import gettext


@dataclass
class Report:
    """What publishing did: `done` are (path, what, slug) of files that changed something, `problems` those left out."""

    done: list[tuple[str, str, str]] = field(default_factory=list)
    problems: list[BadPost] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    unchanged: int = 0


def note(report: Report, file: PostFile, what: str, slug: str) -> None:
    """Add to the report what became of one file."""
    if what == "unchanged":
        report.unchanged += 1
        return
    state = file.status if file.status != "published" else what
    report.done.append((file.path, state, slug))
    if slug != file.slug:
        report.remarks.append(_readdressed(file, slug))


def _readdressed(file: PostFile, slug: str) -> str:
    """Say that a file is published at another address than its own, and why."""
    if file.slug in reserved.words(file.kind):
        return gettext(
            "{path}: /{wanted}/ is an address of the site itself; it is published as {slug!r}.",
            path=file.path,
            wanted=file.slug,
            slug=slug,
        )
    return gettext(
        "{path}: the address {wanted!r} is taken; it is published as {slug!r}.",
        path=file.path,
        wanted=file.slug,
        slug=slug,
    )


def note_missing(db: Database, report: Report, missing: set[str], *, at: str) -> None:
    """Add a remark for each published post whose file is missing: its page stays as it was."""
    rows = db.conn.execute(
        """
        select path, slug, status, published_at from posts
        where status = 'published' and path in (select value from json_each(?)) order by path, slug
        """,
        [json.dumps(list(missing))],
    ).fetchall()
    report.remarks += [missing_file(*row, at=at) for row in rows]


def clashes(db: Database) -> list[str]:
    """Return a sentence for each published post whose address belongs to the site itself."""
    return [
        gettext(
            "{path}: its address {slug!r} belongs to the site itself, so readers may not reach it. Give it another with"
            " `slug:`; the old one leads there as long as it can.",
            path=path,
            slug=slug,
        )
        for path, slug in posts.clashes(db)
    ]


def missing_file(path: str, slug: str, status: str, published_at: str, *, at: str) -> str:
    """Return a sentence about a post whose file is missing: what becomes of its page, and what to do."""
    if status != "published":
        return gettext("{path} is gone; readers see nothing of it. Bring it back to change the post.", path=path)
    if published_at <= at:
        return gettext(
            "{path} is gone; its page {slug!r} stays. Bring it back to change the page, with `status: withdrawn` to"
            " take it down.",
            path=path,
            slug=slug,
        )
    return gettext(
        "{path} is gone; its page {slug!r} comes all the same when its time has come. Bring it back to change the page,"
        " with `status: withdrawn` to take it down.",
        path=path,
        slug=slug,
    )
