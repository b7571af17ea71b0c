"""Import a saved page: its post as a file in posts/, its comments into the database, all as one batch."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from sqlite_utils import Database

from blog import posts
from blog.comments import imported_comments
from blog.comments.imported_comments import ImportedComment
from blog.importing.page import Page, read
from blog.journal import events
from blog.journal.events import Actor
from blog.publishing import site_folder
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


def import_page(
    db: Database, settings: Settings, path: Path, *, by: Actor, dry_run: bool = False, watch: Watch | None = None
) -> Report:
    """Read a saved page and store it; doing it again adds nothing twice. `watch` is told of how many comments."""
    saved = read(path.read_bytes(), name=path.name)
    source = f"page:{saved.url or posts.slugify(saved.title)}"
    old = imported_comments.post_of(db, source)
    report = Report(
        title=saved.title,
        comments=len(saved.comments),
        added=0,
        closed=saved.closed,
        path=_file_of(db, old[0]) if old else _free_name(settings, posts.slugify(saved.title) or "imported"),
        slug=old[1] if old else "",
        batch=None,
        dry_run=dry_run,
        findings=saved.findings,
        doubts=(*saved.doubts, *_defaults(saved)),
    )
    if dry_run:
        return report
    comments = _watched([_dated(comment) for comment in saved.comments], watch)
    target = settings.posts / report.path
    if old is None:
        atomic_file.create(target, _text(saved, by).encode())
    try:
        with store.transaction(db):
            file = site_folder.load(settings, target) if old is None else None
            batch, added, slug = imported_comments.add_with_post(db, file, comments, by=by, source=source)
    except BaseException:
        if old is None:
            target.unlink(missing_ok=True)
        raise
    return replace(report, slug=slug, batch=batch, added=added)


def _watched(comments: list[ImportedComment], watch: Watch | None) -> Iterator[ImportedComment]:
    """Yield the comments one by one, and tell how many of how many were taken."""
    for done, comment in enumerate(comments):
        if watch:
            watch(done, len(comments))
        yield comment


def _defaults(page: Page) -> list[str]:
    """Say what was put where the page was silent."""
    said = []
    if not page.published_at:
        said.append(gettext("The time of the import stands for the post's date."))
    if not page.author:
        said.append(gettext("“Anonymous” stands for the post's author."))
    return said


def _dated(comment: ImportedComment) -> ImportedComment:
    if not comment.published_at:
        return comment
    return replace(comment, published_at=events.stamp(events.moment(comment.published_at)))


def _text(page: Page, by: Actor) -> str:
    """Write the post's file: its front matter, then its Markdown."""
    front = {
        "title": page.title,
        "date": events.moment(page.published_at or by.at).replace(microsecond=0),
        "author": page.author or "Anonymous",
        **({"comments": "closed"} if page.closed else {}),
        "html": False,
    }
    written = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=1_000)
    return f"---\n{written}---\n\n{page.body.strip()}\n"


def _file_of(db: Database, post: int) -> str:
    return str(db.conn.execute("select path from posts where id = ?", [post]).fetchone()[0])


def _free_name(settings: Settings, stem: str) -> str:
    number, name = 1, f"{stem}.md"
    while (settings.posts / name).exists():
        number += 1
        name = f"{stem}-{number}.md"
    return name
