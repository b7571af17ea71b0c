"""Where all imports land: what a source gave becomes posts and comments, as one batch that is seen when it is whole."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlite_utils import Database

from blog import posts
from blog.comments import bulk
from blog.comments.bulk import Arrival
from blog.errors import BadPost
from blog.importing import matching, own_posts, post_file, samples, unfinished
from blog.importing.imported import PARTS, ImportedPost, ImportedThread, Item, Items, Progress, Skipped, Unsure
from blog.importing.matching import Addresses
from blog.importing.post_file import Made, Names
from blog.importing.report import ImportReport
from blog.importing.staging import Placed, Staging
from blog.importing.unfinished import Unfinished
from blog.journal import events
from blog.journal.events import Actor, NewEvent
from blog.journal.unfinished import COMMENT_SEEN, POST_SEEN
from blog.posts import OtherFiles
from blog.settings import Settings
from blog.storage import store
from blog.wording import gettext, ngettext

Watch = Callable[[int, int], None]
OWN_KEY = re.compile(r"^afterword:[^ ]*:comment (\d{1,18})@(.+)$", re.ASCII)  # of blog/exporting/jsonl.py
COMMENTS_AT_ONCE, POSTS_AT_ONCE = 100, 10  # in one transaction: some 30 ms


@dataclass(frozen=True)
class Wishes:
    """What the person who imports wants: `create` a post for a thread without one, `changed` addresses, no changes.

    `source` is what the log calls the import. Comments with a status of `leave_out` stay outside; with `samples` the
    report shows some threads beside their source.
    """

    create: bool = False
    changed: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False
    source: str = "import"
    leave_out: tuple[str, ...] = ()
    samples: bool = False


class Landing:
    """One import, from its source to its batch."""

    def __init__(self, db: Database, settings: Settings, wishes: Wishes, *, by: Actor) -> None:
        self.db = db
        self.settings = settings
        self.wishes = wishes
        self.by = by
        self.staging = Staging(sources=wishes.samples)

    def take(self, items: Items, watch: Watch | None = None) -> None:
        """Read a source to its end."""
        for item in items:
            if isinstance(item, Progress):
                if watch:
                    watch(int(item.part * PARTS), 2 * PARTS)
            else:
                self.staging.add(item)
        self._find_posts()
        if (lines := self.staging.site_lines()) and not own_posts.is_empty(self.db):
            what = gettext("settings, bans and the switch of the site ({n} lines)", n=len(lines))
            self.staging.remark(Skipped(what, gettext("Only a site without posts and comments takes them over.")))
        self.staging.know(self._known())
        self.staging.know(self._own())
        self.staging.arrange(self.wishes.leave_out)

    def _find_posts(self) -> None:
        """Find what came in before, and the posts of threads; what has none becomes one or is left out."""
        known = dict(
            self.db.conn.execute(
                f"select source_key, id from posts p where source_key is not null and {POST_SEEN}"
            ).fetchall()
        )
        addresses = Addresses(self.db, self.settings, self.wishes.changed)
        for number, item, _ in self.staging.posts():
            found = known.get(item.key)
            if found is None and isinstance(item, ImportedThread):
                found = addresses.post_at(item.addresses)
                if found is None and self.wishes.create:
                    self.staging.make_post(number, _post_of(item, self.staging.first_time(item.key), self.settings))
                    continue
            self.staging.set_target(number, found, leaves=found is None and isinstance(item, ImportedThread))
        for title, comments in self.staging.without_post():
            self.staging.remark(
                Skipped(
                    title,
                    ngettext(
                        "No post has its address; its one comment is left out (--create makes one, --map names one).",
                        "No post has its address; its {n} comments are left out (--create makes one, --map names one).",
                        comments,
                    ),
                )
            )

    def _known(self) -> Iterator[tuple[str, int, int | None, int]]:
        rows = self.db.conn.execute(
            f"""
            select i.source_key, i.comment_id, coalesce(c.root_id, c.id), c.post_id
            from imported_comments i join comments c on c.id = i.comment_id where {COMMENT_SEEN}
            """
        )
        yield from rows

    def _own(self) -> Iterator[tuple[str, int, int | None, int]]:
        """Find the comments of this site that imported discussions name: those with the same number, time and post."""
        for key, post in self.staging.of_discussions():
            if found := OWN_KEY.search(key):
                yield from (
                    (key, *row)
                    for row in self.db.conn.execute(
                        f"""
                        select id, coalesce(root_id, id), post_id from comments c
                        where id = ? and post_id = ? and created_at = ? and {COMMENT_SEEN}
                        """,
                        [int(found[1]), post, found[2]],
                    )
                )

    def report(self) -> ImportReport:
        """Return what of it is new."""
        found = ImportReport(dry_run=self.wishes.dry_run)
        for _, item, target in self.staging.posts(thread=False):
            if target is None and isinstance(item, ImportedPost):
                found.posts += item.kind == "post"
                found.pages += item.kind == "page"
                found.media += len(item.pictures)
                old, _ = post_file.addresses(item, self.settings)
                found.redirects += len(old)
        counts = self.staging.counts()
        found.comments = {status: counts.get(status, 0) for status in found.comments}
        found.replies, found.pings = counts.get("replies", 0), counts.get("pings", 0)
        found.skipped, found.unsure = self.staging.remarks(skipped=True), self.staging.remarks(skipped=False)
        found.in_file, found.many = self.staging.in_file, self.staging.many_remarks()
        if self.wishes.samples:
            found.samples = samples.choose(self.staging.db)
        return found

    def write(self, watch: Watch | None = None) -> int:
        """Write all that is new; return the batch."""
        with unfinished.claim(self.settings):
            unfinished.discard(self.db, self.settings)
            empty = own_posts.is_empty(self.db)
            total = self.staging.new_comments()
            written = unfinished.begin(self.db, total, by=self.by, reason=self.wishes.source)
            try:
                places = self._write_posts(written, watch)
                self._write_comments(written, places, total, watch)
                unfinished.reveal(self.db, self.settings)
                self._settle(empty)
            except BaseException:
                unfinished.discard(self.db, self.settings)
                raise
        return written.batch

    def _settle(self, empty: bool) -> None:
        """Take over what belongs to the whole site, where there was nothing yet."""
        if empty and (lines := self.staging.site_lines()):
            with store.transaction(self.db):
                for remark in own_posts.settle(self.db, lines, by=self.by):
                    self.staging.remark(remark)

    def _write_posts(self, written: Unfinished, watch: Watch | None) -> dict[int, int]:
        """Write the posts that are new, as drafts; return the id of each post by its number."""
        places: dict[int, int] = {}
        waiting = unfinished.folder_of(self.settings)
        present = {row[0] for row in self.db.conn.execute("select path from posts").fetchall()}
        names = Names(self.settings, present)
        piece: list[tuple[int, Made, Any]] = []
        for number, item, target in self.staging.posts():
            if target is not None:
                places[number] = target
            elif isinstance(item, ImportedPost):
                path = names.free(item)
                made = post_file.make(item, path, self.settings, waiting=waiting, at=self.by.at)
                present.add(made.file.path)
                for remark in made.remarks:
                    self.staging.remark(remark)
                piece.append((number, made, posts.render(made.file)))
            if len(piece) >= POSTS_AT_ONCE:
                self._write_piece(piece, places, present, written)
                piece = []
                if watch:
                    watch(PARTS, 2 * PARTS)
        self._write_piece(piece, places, present, written)
        return places

    def _write_piece(
        self, piece: list[tuple[int, Made, Any]], places: dict[int, int], present: set[str], written: Unfinished
    ) -> None:
        if not piece:
            return
        with store.transaction(self.db):
            for number, made, article in piece:
                draft = replace(made.file, status="draft")
                post = self._publish(draft, article, OtherFiles(present))
                posts.keep_version(self.db, post, made.file, by=self.by)
                unfinished.hide_post(self.db, post, made.status)
                if made.own:
                    own_posts.complete(self.db, post, made.own, by=self.by)
                places[number] = post
                self._record(written, post, made.file.path, made.file.hash)
                for name, digest in made.pictures.items():
                    self._record(written, post, f"{made.file.path.rpartition('/')[0]}/{name}", digest)

    def _record(self, written: Unfinished, post: int, path: str, digest: str) -> None:
        """Note a file that came in, so that an undo can remove it while it is unchanged."""
        event = NewEvent("import", batch=written.batch, post=post, after=path, reason=digest)
        events.record(self.db, event, by=self.by)

    def _publish(self, file: posts.PostFile, article: Any, others: OtherFiles) -> int:
        """Publish a file as a draft; without the old addresses that another post has."""
        try:
            _, post, slug = posts.publish(self.db, file, others=others, article=article)
        except BadPost as error:
            self.staging.remark(Unsure(file.title, error.problem))
            file = replace(file, redirect_from=())
            _, post, slug = posts.publish(self.db, file, others=others, article=article)
        if slug != file.slug:
            self.staging.remark(
                Unsure(file.title, gettext("Its address {old} is taken; it has {new}.", old=file.slug, new=slug))
            )
        return post

    def _write_comments(self, written: Unfinished, places: dict[int, int], total: int, watch: Watch | None) -> None:
        piece: list[bulk.Ready] = []
        for done, comment in enumerate(self.staging.comments(), 1):
            arrival = self._arrival(comment, places[comment.post], written.first - 1)
            piece.append(bulk.prepare(arrival))
            if len(piece) >= COMMENTS_AT_ONCE:
                self._insert(piece, written)
                piece = []
                if watch:
                    watch(PARTS + PARTS * done // max(total, 1), 2 * PARTS)
        self._insert(piece, written)

    def _arrival(self, comment: Placed, post: int, before: int) -> Arrival:
        """Return a comment with its id, and the ids of what it answers and of its thread."""
        above = self._root_of(comment.above_root, post)  # of its thread, if that goes on from an older comment
        parent = before + comment.parent if comment.parent else comment.above if above else None
        root = None if parent is None else above or before + comment.root
        return Arrival(
            id=before + comment.place,
            key=comment.key,
            post=post,
            parent=parent,
            root=root,
            status=comment.status,
            kind=comment.kind,
            created_at=comment.at,
            **comment.details,
        )

    def _insert(self, piece: list[bulk.Ready], written: Unfinished) -> None:
        if piece:
            with store.transaction(self.db):
                bulk.insert(self.db, piece, batch=written.batch, by=self.by)

    def _root_of(self, comment: int | None, post: int) -> int | None:
        """Return the thread of a comment that came in before; None if it is not on this post any more."""
        if comment is None:
            return None
        row = self.db.conn.execute(
            "select coalesce(root_id, id) from comments where id = ? and post_id = ?", [comment, post]
        ).fetchone()
        return int(row[0]) if row else None


def bring_in(
    db: Database, settings: Settings, items: Items, wishes: Wishes, *, by: Actor, watch: Watch | None = None
) -> ImportReport:
    """Read a source and store what is new of it, as one batch; with `dry_run` only say what that would be."""
    landing = Landing(db, settings, wishes, by=by)
    try:
        landing.take(items, watch)
        report = landing.report()
        if not wishes.dry_run and not report.is_empty:
            report.batch = landing.write(watch)
            report.unsure = landing.staging.remarks(skipped=False)
        return report
    finally:
        landing.staging.close()


def _post_of(thread: ImportedThread, at: str | None, settings: Settings) -> ImportedPost:
    """Return the post that a thread without one gets: its title, the time of its first comment, no text."""
    paths = tuple(dict.fromkeys(matching.plain(address) for address in thread.addresses))
    last = next((path.split("?")[0].rstrip("/").rpartition("/")[2] for path in paths), "")
    return ImportedPost(
        key=thread.key,
        title=thread.title or last or gettext("Untitled"),
        body="",
        published_at=at,
        slug=posts.slugify(last.removesuffix(".html")),
        comments="closed" if thread.closed else "",
        addresses=tuple(path for path in paths if path != "/"),
    )


__all__ = ["ImportReport", "Item", "Wishes", "bring_in"]
