"""Import a saved page as every other source is imported, and report on it in words that fit a single page."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from blog.comments import imported_comments
from blog.importing import landing, saved_page
from blog.importing.imported import ImportedPost, Items
from blog.importing.landing import Watch, Wishes
from blog.importing.page import Page
from blog.importing.post_file import NO_DATE, Names
from blog.importing.report import ImportReport
from blog.journal.events import Actor
from blog.posts import path_of
from blog.settings import Settings
from blog.wording import gettext, ngettext


@dataclass(frozen=True)
class Report:
    """What an import found, could not tell, and did; `batch` is None when there was nothing new (or a dry run).

    `counts` are those of every import.
    """

    title: str
    added: int
    closed: bool
    path: str
    slug: str
    batch: int | None
    dry_run: bool
    findings: tuple[str, ...]
    doubts: tuple[str, ...]
    counts: ImportReport

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
        names = ("title", "added", "closed", "path", "slug", "batch", "dry_run", "findings", "doubts")
        own = {name: getattr(self, name) for name in names}
        return {**self.counts.as_dict(), **own}


def import_page(
    db: Database, settings: Settings, path: Path, *, by: Actor, dry_run: bool = False, watch: Watch | None = None
) -> Report:
    """Read a saved page and store it; doing it again adds nothing twice. `watch` is told how far it is."""
    saved = saved_page.load(path)
    key = saved_page.key_of(saved)
    old = imported_comments.post_of(db, key)
    file = _file_of(db, old[0]) if old else _free_name(db, settings, saved)
    wishes = Wishes(dry_run=dry_run, source="")
    counts = landing.bring_in(db, settings, _watched(saved, watch), wishes, by=by, watch=watch)
    stored = imported_comments.post_of(db, key)
    more = tuple(each["why"] for each in counts.unsure if each["why"] != gettext(NO_DATE))
    return Report(
        title=saved.title,
        added=0 if dry_run else sum(counts.comments.values()),
        closed=saved.closed,
        path=_file_of(db, stored[0]) if stored else file,
        slug=stored[1] if stored else "",
        batch=counts.batch,
        dry_run=dry_run,
        findings=saved.findings,
        doubts=(*saved.doubts, *_defaults(saved), *more),
        counts=counts,
    )


def _watched(saved: Page, watch: Watch | None) -> Items:
    """Yield what a saved page holds, and report to `watch` that reading has begun."""
    if watch:
        watch(0, len(saved.comments) + 1)
    yield from saved_page.items(saved)


def _defaults(page: Page) -> list[str]:
    """Say what was put where the page was silent."""
    said = []
    if not page.published_at:
        said.append(gettext("The time of the import stands for the post's date."))
    if not page.author:
        said.append(gettext("“Anonymous” stands for the post's author."))
    return said


def _file_of(db: Database, post: int) -> str:
    return str(db.conn.execute("select path from posts where id = ?", [post]).fetchone()[0])


def _free_name(db: Database, settings: Settings, saved: Page) -> str:
    """Return the file that a page's post would get."""
    present = {row[0] for row in db.conn.execute("select path from posts").fetchall()}
    post = next(each for each in saved_page.items(saved) if isinstance(each, ImportedPost))
    return path_of(Names(settings, present).free(post), settings.posts)
