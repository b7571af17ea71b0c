"""Writing a post in the browser. Its file stays the truth; what is not saved yet is kept beside it, for each writer."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from blog import posts
from blog.errors import Conflict, Invalid, NotFound
from blog.journal.events import Actor
from blog.posts import PostFile, authorship, deletion, versions
from blog.publishing import post_text, site_folder, unsaved
from blog.rendering import markdown
from blog.settings import Settings
from blog.storage import atomic_file, lock, store
from blog.wording import gettext, number

FIELDS = ("title", "date", "summary", "tags", "comments", "menu")  # of the front matter, that have a field of their own


@dataclass(frozen=True)
class Source:
    """A file as it is on the disk; `digest` names these very bytes, "" where there is no file."""

    text: str
    digest: str
    data: bytes = b""


class Changed(Conflict):
    """The file changed on the disk meanwhile; `theirs` is what it holds now."""

    def __init__(self, theirs: Source) -> None:
        super().__init__(
            gettext("The file was changed meanwhile, by another program or another writer. Nothing was written.")
        )
        self.theirs = theirs


class Vanished(Conflict):
    """The file was deleted or renamed meanwhile; saved on the base "", it is written anew."""

    def __init__(self, path: str) -> None:
        super().__init__(
            gettext("The file {path} is not there any more; the next Save writes it anew.", path=posts.site_path(path))
        )


def source(settings: Settings, path: str) -> Source:
    """Return a post's file; raise NotFound when it is gone."""
    try:
        data = (settings.posts / path).read_bytes()
    except OSError:
        raise NotFound(gettext("The file {path} is not there any more.", path=posts.site_path(path))) from None
    return Source(plain(data), versions.digest(data), data)


def present(settings: Settings, path: str) -> Source:
    """Return a post's file, an empty one where it is gone; raise NotFound for one that cannot be read."""
    try:
        return source(settings, path)
    except NotFound:
        if (settings.posts / path).exists():
            raise
        return Source("", "")


def plain(data: bytes) -> str:
    """Return the bytes of a file as the text that somebody writes in."""
    return data.decode("utf-8-sig", "replace").replace("\r\n", "\n")


def begin(settings: Settings, title: str, *, now: datetime, author: str = "", kind: str = "post") -> str:
    """Make a draft; return its path. Without `author` it is the site's.

    A post has a folder of its own, for its pictures; a page is one file in pages/.
    """
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
    path = site_folder.free_path(settings, title, kind)
    local = now.astimezone(settings.zone)
    values = {"title": title, "date": f"{local:%Y-%m-%d %H:%M}", "status": "draft"}
    site_folder.write(settings.posts / path, signed(settings, post_text.join(values), author))
    return path


def save(settings: Settings, path: str, text: str, *, base: str) -> Source:
    """Write a post's file whole; raise BadPost when it could not be published, Changed when it is not `base` any more.

    A file that is gone is written anew where `base` is ""; else Vanished is raised.

    The file is replaced in one step: who reads it meanwhile, or after a crash, finds the old one or the new one.
    """
    return write(settings, path, text.encode(), base=base)


def write(settings: Settings, path: str, data: bytes, *, base: str) -> Source:
    """Write these bytes as `save` writes a text."""
    check(settings, path, plain(data))
    settings.posts.mkdir(exist_ok=True)
    with lock.turn(settings.posts):  # so that of two who write on the same base one is told
        check_base(settings, path, base)
        atomic_file.replace(settings.posts / path, data)
    return Source(plain(data), versions.digest(data), data)


def check_base(settings: Settings, path: str, base: str) -> Source:
    """Return a post's file; raise Changed or Vanished when it is not `base` any more."""
    now = present(settings, path)
    if now.digest != base:
        raise Changed(now) if now.digest else Vanished(path)
    return now


def keep(db: Database, settings: Settings, path: str, data: bytes, *, base: str, by: Actor) -> None:
    """Keep as a version, before it is written, what is going to be a post's file; raise as `save` does.

    So it is known who saved it, whoever publishes it. What it overwrites is kept too, if nobody published that.
    """
    file = check(settings, path, plain(data))
    before = check_base(settings, path, base)
    post = next(iter(db.query("select id, status, published_at from posts where path = ?", [path])), None)
    if post is None:
        return
    status = versions.status_at(post["status"], post["published_at"], by.at)
    with store.transaction(db):
        if before.digest:
            versions.keep(db, post["id"], before.data, status, by=Actor(by.at, None, "command"))
        versions.keep(db, post["id"], data, versions.status_at(file.status, file.published_at, by.at), by=by)


def delete(db: Database, settings: Settings, post: dict[str, Any], *, base: str, by: Actor) -> int:
    """Delete a post and its file; return the batch. Raises Changed or Vanished when the file is not `base` any more.

    Its bytes are kept as a version before anything goes. Pictures beside it stay where they are.
    """
    here, file = check_base(settings, post["path"], base), settings.posts / post["path"]
    if here.digest:
        status = versions.status_at(post["status"], post["published_at"], by.at)
        with store.transaction(db):
            versions.keep(db, post["id"], here.data, status, by=Actor(by.at, None, "command"))
    try:
        with store.transaction(db):
            batch = deletion.delete(db, post["id"], by=by)
            file.unlink(missing_ok=True)
    except store.DatabaseError:
        if here.digest and not file.exists():
            atomic_file.replace(file, here.data)
        raise
    return batch


def check(settings: Settings, path: str, text: str) -> PostFile:
    """Read a text as the file at `path` would be read; raise BadPost with line and cure, Invalid for one too long."""
    unsaved.check_length(text)
    return site_folder.parse(settings, settings.posts / path, text.encode())


def signed(settings: Settings, text: str, owner: str) -> str:
    """Return the text as `owner` may save it: with that name as its author's, and with HTML off.

    `owner` is the name of somebody who may write own posts only; for "", who may write all, nothing is changed.
    """
    if not owner:
        return text
    front, body = post_text.split(text)
    fields = post_text.fields(front)
    values = {} if authorship.is_own(owner, {"author": fields.get("author", settings.author)}) else {"author": owner}
    return post_text.join(values | ({} if fields.get("html") == "false" else {"html": "false"}), front, body)


def check_own(settings: Settings, path: str, text: str, *, owner: str) -> None:
    """Raise Invalid for what only those who may write all posts may save: another author or id, and HTML.

    An `id` could be that of a post whose file is gone. HTML on a page of this site could hold a form that sends an
    administrator's click to the desk; `html: false` in the file makes it text, whoever publishes the file.
    """
    file = check(settings, path, text)
    if file.name != (post_text.fields(post_text.split(present(settings, path).text)[0]).get("id") or None):
        raise Invalid({"id": gettext("The id of a post is given by administrators and editors. Leave it as it was.")})
    if not authorship.is_own(owner, {"author": file.author}):
        raise Invalid(
            {
                "author": gettext(
                    "The author is {author!r}. You write as {owner!r}: take the key author out.",
                    author=file.author,
                    owner=owner,
                )
            }
        )
    if file.html:
        raise Invalid(
            {"html": gettext("HTML is turned on by administrators and editors. Write html: false, or no such line.")}
        )
    if html := markdown.first_raw_html(file.body):
        raise Invalid(
            {
                "text": gettext(
                    "HTML is for administrators and editors, and here is {html!r}. Write it in Markdown, or ask an"
                    " editor to put it in.",
                    html=html[:40],
                )
            }
        )


@contextmanager
def preview(db: Database, settings: Settings, path: str, text: str, *, at: str) -> Iterator[str]:
    """Let a connection see a text as its post, whatever its status, for as long as the block lasts; give its slug.

    So a preview is the very page that readers would get; nothing is written. Raises BadPost.
    """
    with posts.previewed(db, check(settings, path, text), at=at) as slug:
        yield slug


def find(db: Database, slug: str) -> dict[str, Any]:
    """Return id, slug, path, title, status and dates of a post or page, drafts too, by its slug or one that it had.

    Raises NotFound.
    """
    rows = db.query(
        f"select id, slug, path, title, status, published_at, deleted_at from posts where id = {authorship.POST_AT}",
        {"slug": slug},
    )
    row = next(iter(rows), None)
    if row is None:
        raise NotFound(gettext("There is no post {slug!r}.", slug=slug))
    return row


def slug_of(db: Database, path: str) -> str:
    """Return the slug of the post that a file is."""
    return str(db.conn.execute("select slug from posts where path = ?", [path]).fetchone()[0])
