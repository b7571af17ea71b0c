"""Publish the files of a site: read what changed, render it, and write posts and the comments beside new ones."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlite_utils import Database

from blog import posts
from blog.comments import imported_comments, sidecar
from blog.comments.imported_comments import ImportedComment
from blog.errors import BadPost
from blog.journal.events import Actor, moment
from blog.posts import PostFile, announced
from blog.posts.files import RENDERING
from blog.publishing import post_links
from blog.publishing import report as reports
from blog.publishing.report import Report
from blog.publishing.site_folder import list_files, load
from blog.rendering.markdown import Article
from blog.settings import Settings
from blog.storage import store
from blog.wording import gettext

BATCH = 25  # files in one transaction: a sync costs as much as rendering one, and others want to write too
JUST_NOW_SECONDS = 2
PUBLISHED = "path, iif(deleted_at is null, source_hash, ''), iif(deleted_at is null, source_stat, '')"


def publish(
    db: Database,
    settings: Settings,
    paths: list[Path] | None = None,
    *,
    by: Actor,
    watch: Callable[[int, int], None] | None = None,
) -> Report:
    """Publish files (None: all posts and pages); a broken one never keeps back the others.

    A file of the size and time that it had when it was published is not read again. Some files share a transaction,
    each in its own savepoint. `watch` is told how many of how many files are done.
    """
    files = list_files(settings)
    chosen = files if paths is None else [(os.fspath(path), posts.path_of(path, settings.posts)) for path in paths]
    run = _run(db, settings, None if paths is None else [name for _, name in chosen], files, at=by.at)
    for start in range(0, len(chosen), BATCH):
        _publish_batch(db, run, chosen[start : start + BATCH], by=by)
        if watch:
            watch(min(start + BATCH, len(chosen)), len(chosen))
    if paths is None:
        if missing := run.published.keys() - run.present:
            reports.note_missing(db, run.report, missing, at=by.at)
        run.report.remarks += reports.clashes(db)
    return run.report


def problems(settings: Settings, db: Database | None = None, *, at: str) -> list[BadPost]:
    """Return what is wrong with the files as they are now, without publishing anything.

    With `db`, a file of the size and time that it had when it was published is not read again.
    """
    return check_files(settings, db, at=at)[0]


def check_files(settings: Settings, db: Database | None, *, at: str) -> tuple[list[BadPost], set[str]]:
    """Return `problems`, and the paths of the posts whose files are gone."""
    files = list_files(settings)
    run = _run(db, settings, None, files, at=at)
    for file, name in files:
        _read(run, file, name)
    return run.report.problems, run.published.keys() - run.present


def _published(db: Database, paths: list[str] | None) -> dict[str, tuple[str, str]]:
    """Return hash and stat of the files that are published already, by path."""
    if paths is None:
        rows = db.conn.execute(f"select {PUBLISHED} from posts").fetchall()
    else:
        rows = db.conn.execute(
            f"select {PUBLISHED} from posts where path in (select value from json_each(?))",
            [json.dumps(paths)],
        ).fetchall()
    return {path: (digest, stat) for path, digest, stat in rows}


@dataclass(frozen=True)
class _Run:
    """What all files of one run share: `published` has hash and stat by path, `present` the paths of all files.

    `first` says that nothing was published before. `site` is a hash of what else their pages depend on. A file written
    after `settled` could change once more and keep its size and time, so its size and time are not stored.
    """

    settings: Settings
    published: dict[str, tuple[str, str]]
    present: set[str]
    site: str
    settled: float
    first: bool = False
    report: Report = field(default_factory=Report)


@dataclass(frozen=True)
class _Source:
    """A file that was read, and the comments in the file beside it."""

    file: PostFile
    beside: list[ImportedComment]


def _run(
    db: Database | None, settings: Settings, paths: list[str] | None, files: list[tuple[str, str]], *, at: str
) -> _Run:
    published = _published(db, paths) if db else {}
    settled = moment(at).timestamp() - JUST_NOW_SECONDS
    first = paths is None and not published
    return _Run(settings, published, {name for _, name in files}, _site_hash(settings), settled, first)


def _read(run: _Run, file: str, name: str) -> _Source | None:
    """Read a file and the comments beside it; None when it is broken, or has the size and time that it had."""
    stat, settled = _stat(run, file)
    if stat and name in run.published and stat == run.published[name][1]:
        run.report.unchanged += 1
        return None
    path = Path(file)
    try:
        post = replace(load(run.settings, path), stat=stat if settled else "")
        return _Source(post, _comments_beside(path, run.settings.posts))
    except BadPost as error:
        run.report.problems += error.problems
        return None


def _stat(run: _Run, file: str) -> tuple[str, bool]:
    """Return size and time of a file with what else its page depends on, and whether a later change would show."""
    try:
        stat = os.stat(file)
    except OSError:
        return "", False
    return f"{stat.st_size}:{stat.st_mtime_ns}:{run.site}", stat.st_mtime < run.settled


def _site_hash(settings: Settings) -> str:
    site = f"{RENDERING}\n{settings.author}\n{settings.timezone}\n{settings.language}"
    return hashlib.sha256(site.encode()).hexdigest()[:12]


def _publish_batch(db: Database, run: _Run, files: list[tuple[str, str]], *, by: Actor) -> None:
    """Read and render some files, then write them in one transaction, each in a savepoint of its own."""
    sources = [source for file, name in files if (source := _read(run, file, name))]
    same = [each.file for each in sources if run.published.get(each.file.path, ("",))[0] == each.file.hash]
    run.report.unchanged += len(same)
    touched = [[file.stat, file.path] for file in same if file.stat]
    changed = [_rendered(run, each) for each in sources if each.file not in same]
    if not changed and not touched:
        return
    others = posts.OtherFiles(run.present, _ids_in_files(db, run.settings, [each.file for each in changed]))
    with store.transaction(db):
        db.conn.executemany("update posts set source_stat = ? where path = ?", touched)
        for each in changed:
            if not (run.settings.posts / each.file.path).is_file():
                continue  # it was deleted since it was read
            try:
                with _savepoint(db):
                    what, post, slug = posts.publish(db, each.file, others=others, article=each.article)
                    posts.keep_version(db, post, each.file, by=by)
                    if run.first:  # of what a folder had from the beginning nobody is told
                        announced.mark(db, post, each.file.hash)
                    if what == "added":
                        _import_beside(db, post, each, by=by)
            except BadPost as error:
                run.report.problems += error.problems
            else:
                reports.note(run.report, each.file, what, slug)


@dataclass(frozen=True)
class _RenderedSource(_Source):
    """The same, rendered before the transaction that writes it."""

    article: Article


def _rendered(run: _Run, source: _Source) -> _RenderedSource:
    beside = [] if source.file.path in run.published else imported_comments.render(source.beside)  # only for a new post
    article = post_links.resolved(run.settings, source.file, posts.render(source.file))
    return _RenderedSource(source.file, beside, article)


def _import_beside(db: Database, post: int, source: _RenderedSource, *, by: Actor) -> None:
    imported_comments.add(db, post, source.beside, by=replace(by, source="import"), source="beside")


def _ids_in_files(db: Database, settings: Settings, changed: list[PostFile]) -> dict[str, str | None]:
    """Return the id, by path, that each other file has now whose post has the id of a changed file.

    A broken file is left out: its post stays its own for as long as the file is broken.
    """
    names = [[file.name, file.path] for file in changed if file.name]
    if not names:
        return {}
    rows = db.conn.execute(
        """
        select distinct p.path from json_each(?) j join posts p on p.name = j.value ->> 0 and p.path <> j.value ->> 1
        """,
        [json.dumps(names)],
    ).fetchall()
    ids: dict[str, str | None] = {}
    for (path,) in rows:
        with suppress(BadPost):
            ids[path] = load(settings, settings.posts / path).name
    return ids


@contextmanager
def _savepoint(db: Database) -> Iterator[None]:
    db.conn.execute("savepoint file")
    try:
        yield
    except BaseException:
        db.conn.execute("rollback to file")
        raise
    finally:
        db.conn.execute("release file")


def _comments_beside(path: Path, folder: Path) -> list[ImportedComment]:
    beside = path.with_suffix(".comments.txt")
    if not beside.is_file():
        return []
    name = posts.path_of(beside, folder)
    try:
        return sidecar.read(beside.read_text("utf-8-sig"), path=name)
    except UnicodeDecodeError as error:
        raise BadPost(name, gettext("This is not UTF-8 text. Save the file as UTF-8.")) from error
