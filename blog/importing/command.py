"""Bring a saved page in: its post as a file in posts/, its comments into the database, all as one batch."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from sqlite_utils import Database

from blog import posts
from blog.comments import imports
from blog.importing import page
from blog.importing.page import Page, PageComment
from blog.journal import events
from blog.journal.events import Actor
from blog.settings import Settings
from blog.storage import atomic_file, store
from blog.wording import gettext, ngettext

Watch = Callable[[int, int], None]  # comments taken, comments in all


@dataclass(frozen=True)
class Report:
    """What an import found, could not tell, and did; `batch` is None when there was nothing new (or a dry run)."""

    title: str
    comments: int
    added: int
    closed: bool
    path: str
    slug: str
    batch: int | None
    dry_run: bool
    findings: tuple[str, ...]
    doubts: tuple[str, ...]

    def lines(self) -> list[str]:
        """Return the report as sentences."""
        return [
            f"“{self.title}”",
            *self.findings,
            *(gettext("Unsure: {doubt}", doubt=doubt) for doubt in self.doubts),
            self._done(),
        ]

    def _done(self) -> str:
        if self.dry_run and self.slug:
            return gettext(
                "Nothing was changed. It came in before, as posts/{path}; only what is new would be added.",
                path=self.path,
            )
        if self.dry_run and self.closed:
            return gettext("Nothing was changed. It would become posts/{path}, closed.", path=self.path)
        if self.dry_run:
            return gettext("Nothing was changed. It would become posts/{path}, open.", path=self.path)
        if self.batch is None:
            return gettext("Nothing was added: all of it is here already.")
        return ngettext(
            "Imported to posts/{path} with one new comment. Batch {batch}; undo with: blog undo {batch}",
            "Imported to posts/{path} with {n} new comments. Batch {batch}; undo with: blog undo {batch}",
            self.added,
            path=self.path,
            batch=self.batch,
        )

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def bring_in(
    db: Database, settings: Settings, path: Path, *, by: Actor, dry_run: bool = False, watch: Watch | None = None
) -> Report:
    """Read a saved page and store it; doing it again adds nothing twice. `watch` is told of how many comments."""
    found = page.read(path.read_bytes(), name=path.name)
    source = f"page:{found.url or posts.slugify(found.title)}"
    old = imports.post_of(db, source)
    name = _file_of(db, old[0]) if old else _free_name(settings, posts.slugify(found.title) or "imported")
    doubts = (*found.doubts, *_defaults(found))
    if dry_run:
        return _report(found, name, old[1] if old else "", None, 0, doubts, dry_run=True)
    arrivals = _watched([_dated(comment) for comment in found.comments], watch)
    target = settings.posts / name
    if old is None:
        atomic_file.create(target, _text(found, by).encode())
    try:
        with store.transaction(db):
            file = None
            if old is None:
                file = posts.load(
                    target,
                    settings.posts,
                    author=settings.author,
                    zone=settings.zone,
                    language=settings.language,
                )
            batch, came, slug = imports.bring_in(db, file, arrivals, by=by, source=source)
    except BaseException:
        if old is None:
            target.unlink(missing_ok=True)
        raise
    return _report(found, name, slug, batch, came, doubts)


def _watched(comments: list[PageComment], watch: Watch | None) -> Iterator[PageComment]:
    """Give the comments one by one, and tell how many of how many were taken."""
    for done, comment in enumerate(comments):
        if watch:
            watch(done, len(comments))
        yield comment


def _report(
    found: Page, name: str, slug: str, batch: int | None, came: int, doubts: tuple[str, ...], *, dry_run: bool = False
) -> Report:
    return Report(
        found.title, len(found.comments), came, found.closed, name, slug, batch, dry_run, found.findings, doubts
    )


def _defaults(found: Page) -> list[str]:
    """Say what was put where the page was silent."""
    said = []
    if not found.published_at:
        said.append(gettext("The time of the import stands for the post's date."))
    if not found.author:
        said.append(gettext("“Anonymous” stands for the post's author."))
    return said


def _dated(comment: PageComment) -> PageComment:
    if not comment.published_at:
        return comment
    return replace(comment, published_at=events.stamp(events.moment(comment.published_at)))


def _text(found: Page, by: Actor) -> str:
    """Write the post's file: its front matter, then its Markdown."""
    front = {
        "title": found.title,
        "date": events.moment(found.published_at or by.at).replace(microsecond=0),
        "author": found.author or "Anonymous",
        **({"comments": "closed"} if found.closed else {}),
        "html": False,
    }
    written = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=1_000)
    return f"---\n{written}---\n\n{found.body.strip()}\n"


def _file_of(db: Database, post: int) -> str:
    return str(db.conn.execute("select path from posts where id = ?", [post]).fetchone()[0])


def _free_name(settings: Settings, stem: str) -> str:
    number, name = 1, f"{stem}.md"
    while (settings.posts / name).exists():
        number += 1
        name = f"{stem}-{number}.md"
    return name
