"""From the posts' folder to the site: publish what changed, and let a post's discussion file in with it."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from blog import posts, reserved
from blog.comments import imports, sidecar
from blog.errors import BadPost, Conflict, Invalid, NotFound
from blog.journal.events import By, moment
from blog.posts import PostFile
from blog.posts.files import RENDERING
from blog.rendering.markdown import Article, Rendered
from blog.settings import Settings
from blog.storage import store

TOGETHER = 25  # files that share a transaction: a sync costs as much as rendering one, and others want to write too
JUST_NOW_SECONDS = 2


@dataclass
class Report:
    """What publishing did: `done` are (path, what, slug) of files that changed something, `problems` those left out."""

    done: list[tuple[str, str, str]] = field(default_factory=list)
    problems: list[BadPost] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    unchanged: int = 0


def publish(
    db: Database,
    settings: Settings,
    paths: list[Path] | None = None,
    *,
    by: By,
    watch: Callable[[int, int], None] | None = None,
) -> Report:
    """Publish files (None: all posts and pages); a broken one never keeps back the others.

    A file of the size and time that it had when it was published is not read again. Some files share a transaction,
    each in its own savepoint. `watch` is told how many of how many files are done.
    """
    report = Report()
    files_now = every(settings)
    present = {name for _, name in files_now}
    chosen = files_now if paths is None else [(os.fspath(path), posts.path_of(path, settings.posts)) for path in paths]
    known = _known(db, None if paths is None else [name for _, name in chosen])
    look = _Look.at(by.at, settings, known, report)
    for start in range(0, len(chosen), TOGETHER):
        read = [_read(look, file, name) for file, name in chosen[start : start + TOGETHER]]
        _write_together(db, [each for each in read if each], known, report, settings, present=present, by=by)
        if watch:
            watch(min(start + TOGETHER, len(chosen)), len(chosen))
    if paths is None:
        if missing := known.keys() - present:
            _note_missing(db, report, missing, at=by.at)
        report.remarks += clashes(db)
    return report


def clashes(db: Database) -> list[str]:
    """Say which published posts stand at an address that belongs to the site itself."""
    cure = "Give it another with `slug:`; the old one leads there as long as it can."
    return [
        f"{path}: its address {slug!r} belongs to the site itself, so readers may not reach it. {cure}"
        for path, slug in posts.clashes(db)
    ]


def load(settings: Settings, path: Path) -> PostFile:
    """Read one file of this site, as `posts.load` does."""
    return posts.load(path, settings.posts, author=settings.author, zone=settings.zone, language=settings.language)


def parse(settings: Settings, path: Path, data: bytes) -> PostFile:
    """Check what a file of this site would hold, as `posts.parse` does."""
    site = {"author": settings.author, "zone": settings.zone, "language": settings.language}
    return posts.parse(data, path, settings.posts, **site)  # type: ignore[arg-type]


def _known(db: Database, paths: list[str] | None) -> dict[str, tuple[str, str, str]]:
    """Return path -> hash, stat and slug of what is published already."""
    if paths is None:
        rows = db.conn.execute("select path, source_hash, source_stat, slug from posts").fetchall()
    else:
        rows = db.conn.execute(
            "select path, source_hash, source_stat, slug from posts where path in (select value from json_each(?))",
            [json.dumps(paths)],
        ).fetchall()
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


@dataclass(frozen=True)
class _Look:
    """One look at the files: what is the same for all of them is found out once.

    `site` is what else their pages depend on; a file that was written after `settled` could change once more and keep
    its size and time.
    """

    settings: Settings
    known: dict[str, tuple[str, str, str]]
    report: Report
    site: str
    settled: float

    @classmethod
    def at(cls, at: str, settings: Settings, known: dict[str, tuple[str, str, str]], report: Report) -> "_Look":
        return cls(settings, known, report, _site_hash(settings), moment(at).timestamp() - JUST_NOW_SECONDS)


def _read(look: _Look, file: str, name: str) -> tuple[PostFile, list[sidecar.Thought]] | None:
    """Read a file and its discussion; None when it is broken, or as it was by its size and time."""
    stat, sure = _stat(look, file)
    if stat and name in look.known and stat == look.known[name][1]:
        look.report.unchanged += 1
        return None
    path = Path(file)
    try:
        return replace(load(look.settings, path), stat=stat if sure else ""), _thoughts(path, look.settings.posts)
    except BadPost as error:
        look.report.problems += error.problems
        return None


def _stat(look: _Look, file: str) -> tuple[str, bool]:
    """Return size and time of a file with what else its page depends on, and whether a later change would show."""
    try:
        found = os.stat(file)
    except OSError:
        return "", False
    return f"{found.st_size}:{found.st_mtime_ns}:{look.site}", found.st_mtime < look.settled


def _site_hash(settings: Settings) -> str:
    site = f"{RENDERING}\n{settings.author}\n{settings.timezone}\n{settings.language}"
    return hashlib.sha256(site.encode()).hexdigest()[:12]


def _write_together(
    db: Database,
    read: list[tuple[PostFile, list[sidecar.Thought]]],
    known: dict[str, tuple[str, str, str]],
    report: Report,
    settings: Settings,
    *,
    present: set[str],
    by: By,
) -> None:
    same = [file for file, _ in read if known.get(file.path, ("",))[0] == file.hash]
    report.unchanged += len(same)
    touched = [[file.stat, file.path] for file in same if file.stat]
    changed = [each for each in read if each[0] not in same]
    if not changed and not touched:
        return
    ready = [_prepare(file, beside, known) for file, beside in changed]
    others = posts.OtherFiles(present, _ids_in_files(db, settings, [file for file, _ in changed]))
    with store.transaction(db):
        db.conn.executemany("update posts set source_stat = ? where path = ?", touched)
        for each in ready:
            try:
                with _savepoint(db):
                    what, post, slug = posts.publish(db, each.file, others=others, article=each.article)
                    if what == "added":
                        imports.land(db, post, each.beside, by=_from_file(by), source="beside", rendered=each.comments)
            except BadPost as error:
                report.problems.append(error)
            else:
                _note(report, each.file, what, slug)


@dataclass(frozen=True)
class _Ready:
    """A file and the discussion beside it, rendered before the transaction that writes them."""

    file: PostFile
    beside: list[sidecar.Thought]
    article: Article
    comments: dict[int, Rendered]


def _prepare(file: PostFile, beside: list[sidecar.Thought], known: dict[str, tuple[str, str, str]]) -> _Ready:
    comments = {} if file.path in known else imports.render(beside)  # they come in with a new post
    return _Ready(file, beside, posts.render(file), comments)


def _ids_in_files(db: Database, settings: Settings, changed: list[PostFile]) -> dict[str, str | None]:
    """Return path -> id of the other files whose posts have an id that a changed file has, as they are now.

    A file that is broken is left out: for as long as it is, its post stays its own.
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
    found: dict[str, str | None] = {}
    for (path,) in rows:
        with suppress(BadPost):
            found[path] = load(settings, settings.posts / path).name
    return found


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


def problems(settings: Settings, db: Database | None = None, *, at: str) -> list[BadPost]:
    """Return what is wrong with the files as they are now, without publishing anything.

    With `db`, a file of the size and time that it had when it was published is not read again.
    """
    return survey(settings, db, at=at)[0]


def survey(settings: Settings, db: Database | None, *, at: str) -> tuple[list[BadPost], set[str]]:
    """Return `problems`, and the paths of the posts whose files are gone."""
    report, known = Report(), _known(db, None) if db else {}
    look = _Look.at(at, settings, known, report)
    files_now = every(settings)
    for file, name in files_now:
        _read(look, file, name)
    return report.problems, known.keys() - {name for _, name in files_now}


def gone(path: str, slug: str, status: str, published_at: str, *, at: str) -> str:
    """Say that a post's file is gone, what became of its page, and what to do."""
    if status != "published":
        return f"{path} is gone; readers see nothing of it. Bring it back to change the post."
    cure = "Bring it back to change the page, with `status: withdrawn` to take it down."
    fate = "stays" if published_at <= at else "comes all the same when its time has come"
    return f"{path} is gone; its page {slug!r} {fate}. {cure}"


def every(settings: Settings) -> list[tuple[str, str]]:
    """Return all posts and pages: each file, and its path as the database has it."""
    found = []
    for folder in (settings.posts, settings.pages):
        beneath = posts.path_of(folder / "-", settings.posts)[:-1]
        skipped = len(os.path.join(folder, ""))
        found += [(file, f"{beneath}{file[skipped:].replace(os.sep, '/')}") for file in files(folder)]
    return found


def files(folder: Path) -> list[str]:
    """Return the folder's Markdown files, folder by folder: no hidden ones, and none that lead out of it.

    They are texts, as ten thousand paths take longer than all else that is done about unchanged files.
    """
    if not folder.is_dir():
        return []
    return sorted(_markdown(os.fspath(folder), folder.resolve()), key=lambda file: file.replace(os.sep, "\0"))


def _markdown(folder: str, inside: Path) -> Iterator[str]:
    """Walk through a folder; only a link costs a look at where it leads."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith((".", "_")):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _markdown(entry.path, inside)
            elif entry.name.endswith(".md") and _is_inside(entry, inside):
                yield entry.path


def _is_inside(entry: os.DirEntry[str], inside: Path) -> bool:
    try:
        if not entry.is_file():
            return False
        return not entry.is_symlink() or Path(entry.path).resolve().is_relative_to(inside)
    except OSError:  # links that lead round
        return False


def named(settings: Settings, path: Path) -> Path:
    """Return a file that was named on the command line; raise NotFound when it is no post or page of this site."""
    for candidate in (path, settings.root / path, settings.posts / path):
        for folder in (settings.posts, settings.pages):
            if (
                candidate.is_file()
                and candidate.suffix == ".md"
                and candidate.resolve().is_relative_to(folder.resolve())
            ):
                return folder / candidate.resolve().relative_to(folder.resolve())
    raise NotFound(f"{path} is no Markdown file in {settings.posts} or {settings.pages}.")


def new(settings: Settings, title: str, *, now: datetime) -> Path:
    """Make a draft file; raise Conflict when there is one of that name already, Invalid for no title."""
    title = " ".join(title.split())
    if not title or len(title) > posts.TITLE_LENGTH:
        raise Invalid({"title": f"A title has 1 to {posts.TITLE_LENGTH} characters; this one has {len(title):,}."})
    path = settings.posts / f"{reserved.unreserved(posts.slugify(title) or 'post')}.md"
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


def _thoughts(path: Path, folder: Path) -> list[sidecar.Thought]:
    beside = path.with_suffix(".comments.txt")
    if not beside.is_file():
        return []
    name = posts.path_of(beside, folder)
    try:
        return sidecar.read(beside.read_text("utf-8-sig"), path=name)
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
        own = file.slug in reserved.words(file.kind)
        why = f"/{file.slug}/ is an address of the site itself" if own else f"the address {file.slug!r} is taken"
        report.remarks.append(f"{file.path}: {why}; it is published as {slug!r}.")


def _note_missing(db: Database, report: Report, missing: set[str], *, at: str) -> None:
    """Say which posts' files are gone: their pages stay as they were."""
    rows = db.conn.execute(
        """
        select path, slug, status, published_at from posts
        where status = 'published' and path in (select value from json_each(?)) order by path, slug
        """,
        [json.dumps(list(missing))],
    ).fetchall()
    report.remarks += [gone(*row, at=at) for row in rows]


def remove_files(settings: Settings, files: list[tuple[str, str]]) -> list[str]:
    """Remove the files of posts that an undone import had made; return the paths of those that were edited since."""
    kept = []
    for path, digest in files:
        target = settings.posts / path
        try:
            file = load(settings, target)
        except BadPost:
            file = None
        if file is not None and file.hash == digest:
            target.unlink(missing_ok=True)
        elif target.exists():
            kept.append(path)
    return kept
