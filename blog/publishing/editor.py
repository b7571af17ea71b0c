"""Writing a post in the browser. Its file stays the truth; what is not saved yet is kept beside it, for each writer."""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from sqlite_utils import Database

from blog import posts, reserved
from blog.errors import Conflict, Invalid, NotFound
from blog.posts import PostFile, authorship
from blog.publishing import site_folder
from blog.rendering import markdown
from blog.settings import Settings

if TYPE_CHECKING:
    import yaml

FIELDS = ("title", "date", "summary", "tags", "comments")  # of the front matter, that have a field of their own
TEXT_LENGTH = 2_000_000
WORDS_A_MINUTE = 230


@dataclass(frozen=True)
class Source:
    """A file as it is on the disk; `digest` names these very bytes, "" where there is no file."""

    text: str
    digest: str


class Unsaved(TypedDict):
    """What a writer typed and did not save yet; `base` is the digest of the file that it began from."""

    text: str
    base: str
    saved_at: str


class Changed(Conflict):
    """The file changed on the disk meanwhile; `theirs` is what it holds now."""

    def __init__(self, theirs: Source) -> None:
        super().__init__("The file was changed meanwhile, by another program or another writer. Nothing was written.")
        self.theirs = theirs


class Vanished(Conflict):
    """The file was deleted or renamed meanwhile; saved on the base "", it is written anew."""

    def __init__(self, path: str) -> None:
        super().__init__(f"The file {posts.site_path(path)} is not there any more; the next Save writes it anew.")


def source(settings: Settings, path: str) -> Source:
    """Return a post's file; raise NotFound when it is gone."""
    try:
        data = (settings.posts / path).read_bytes()
    except OSError:
        raise NotFound(f"The file {posts.site_path(path)} is not there any more.") from None
    return Source(data.decode("utf-8-sig", "replace").replace("\r\n", "\n"), _digest(data))


def present(settings: Settings, path: str) -> Source:
    """Return a post's file, an empty one where it is gone; raise NotFound for one that cannot be read."""
    try:
        return source(settings, path)
    except NotFound:
        if (settings.posts / path).exists():
            raise
        return Source("", "")


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def begin(settings: Settings, title: str, *, now: datetime, author: str = "") -> str:
    """Make a draft in a folder of its own, for its pictures; return its path. Without `author` it is the site's."""
    title = " ".join(title.split())
    if not title or len(title) > posts.TITLE_LENGTH:
        raise Invalid({"title": f"A title has 1 to {posts.TITLE_LENGTH} characters; this one has {len(title):,}."})
    name = reserved.unreserved(posts.slugify(title) or "post")
    taken = {each.stem for each in settings.posts.glob("*.md")} if settings.posts.is_dir() else set()
    number, folder = 1, settings.posts / name
    while folder.exists() or folder.name in taken:
        number += 1
        folder = settings.posts / f"{name}-{number}"
    local = now.astimezone(settings.zone)
    values = {"title": title, "date": f"{local:%Y-%m-%d %H:%M}", "status": "draft"}
    site_folder.write(folder / "index.md", signed(settings, join(values), author))
    return f"{folder.name}/index.md"


def save(settings: Settings, path: str, text: str, *, base: str) -> Source:
    """Write a post's file whole; raise BadPost when it could not be published, Changed when it is not `base` any more.

    A file that is gone is written anew where `base` is ""; else Vanished is raised.

    The file is replaced in one step: who reads it meanwhile, or after a crash, finds the old one or the new one.
    """
    check(settings, path, text)
    target = settings.posts / path
    now = present(settings, path)
    if now.digest != base:
        raise Changed(now) if now.digest else Vanished(path)
    data = text.encode()
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(part, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    _sync(target.parent)
    return Source(text, _digest(data))


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def check(settings: Settings, path: str, text: str) -> PostFile:
    """Read a text as the file at `path` would be read; raise BadPost with line and cure, Invalid for one too long."""
    if len(text) > TEXT_LENGTH:
        raise Invalid({"text": f"The post has {len(text):,} characters; {TEXT_LENGTH:,} fit. Nothing was cut."})
    return site_folder.parse(settings, settings.posts / path, text.encode())


def signed(settings: Settings, text: str, owner: str) -> str:
    """Return the text as `owner` may save it: with that name as its author's, and with HTML off.

    `owner` is the name of somebody who may write own posts only; for "", who may write all, nothing is changed.
    """
    if not owner:
        return text
    front, body = split(text)
    written = fields(front)
    values = {} if authorship.is_own(owner, {"author": written.get("author", settings.author)}) else {"author": owner}
    return join(values | ({} if written.get("html") == "false" else {"html": "false"}), front, body)


def check_own(settings: Settings, path: str, text: str, *, owner: str) -> None:
    """Raise Invalid for what only those who may write all posts may save: another author or id, and HTML.

    An `id` could be that of a post whose file is gone. HTML on a page of this site could hold a form that sends an
    administrator's click to the desk; `html: false` in the file makes it text, whoever publishes the file.
    """
    file = check(settings, path, text)
    if file.name != (fields(split(present(settings, path).text)[0]).get("id") or None):
        raise Invalid({"id": "The id of a post is given by administrators and editors. Leave it as it was."})
    if not authorship.is_own(owner, {"author": file.author}):
        raise Invalid({"author": f"The author is {file.author!r}. You write as {owner!r}: take the key author out."})
    if file.html:
        raise Invalid({"html": "HTML is turned on by administrators and editors. Write html: false, or no such line."})
    if html := markdown.first_raw_html(file.body):
        cure = "Write it in Markdown, or ask an editor to put it in"
        raise Invalid({"text": f"HTML is for administrators and editors, and here is {html[:40]!r}. {cure}."})


@contextmanager
def preview(db: Database, settings: Settings, path: str, text: str, *, at: str) -> Iterator[str]:
    """Let a connection see a text as its post, whatever its status, for as long as the block lasts; give its slug.

    So a preview is the very page that readers would get; nothing is written. Raises BadPost.
    """
    with posts.previewed(db, check(settings, path, text), at=at) as slug:
        yield slug


# What is not saved yet


def keep(db: Database, post: int, account: int, text: str, base: str, *, at: str) -> None:
    """Keep what a writer has typed so far, in place of what was kept before."""
    if len(text) > TEXT_LENGTH:
        raise Invalid({"text": f"The post has {len(text):,} characters; {TEXT_LENGTH:,} fit. Nothing was cut."})
    db.conn.execute(
        """
        insert into unsaved (post_id, account_id, text, base, saved_at) values (?, ?, ?, ?, ?)
        on conflict (post_id, account_id) do update
        set text = excluded.text, base = excluded.base, saved_at = excluded.saved_at
        """,
        [post, account, text, base, at],
    )


def kept(db: Database, post: int, account: int) -> Unsaved | None:
    rows = db.query("select text, base, saved_at from unsaved where post_id = ? and account_id = ?", [post, account])
    return next(iter(rows), None)  # type: ignore[return-value]


def forget(db: Database, post: int, account: int) -> None:
    db.conn.execute("delete from unsaved where post_id = ? and account_id = ?", [post, account])


def find(db: Database, slug: str) -> dict[str, Any]:
    """Return id, slug, path, title, status and date of a post or page, drafts too, by its slug or one that it had.

    Raises NotFound.
    """
    rows = db.query(
        f"select id, slug, path, title, status, published_at from posts where id = {authorship.POST_AT}", {"slug": slug}
    )
    row = next(iter(rows), None)
    if row is None:
        raise NotFound(f"There is no post {slug!r}.")
    return row


def slug_of(db: Database, path: str) -> str:
    """Return the slug of the post that a file is."""
    return str(db.conn.execute("select slug from posts where path = ?", [path]).fetchone()[0])


# Front matter, as fields and as text


def split(text: str) -> tuple[str, str]:
    """Return front matter and body; the front matter is "" where the text has none that ends."""
    parts = re.split(r"^---[ \t]*$\n?", text[4:], maxsplit=1, flags=re.MULTILINE) if text.startswith("---\n") else []
    return (parts[0], parts[1].lstrip("\n")) if len(parts) == 2 else ("", text)


def join(values: Mapping[str, str], front: str = "", body: str = "") -> str:
    """Return the text of a file with these values in its front matter; what else stands in it stays as it is."""
    for name, value in values.items():
        front = put(front, name, value)
    return f"---\n{front.rstrip()}\n---\n\n{body.lstrip()}"


def fields(front: str) -> dict[str, str]:
    """Return the values of the front matter as they are written, lists with commas; {} where it cannot be read."""
    import yaml

    found = {}
    for name, node in _nodes(front):
        if isinstance(node, yaml.SequenceNode):
            found[name] = ", ".join(str(item.value) for item in node.value if isinstance(item, yaml.ScalarNode))
        elif isinstance(node, yaml.ScalarNode):
            found[name] = "" if node.tag.endswith(":null") else str(node.value)
    return found


def _nodes(front: str) -> "list[tuple[str, yaml.Node]]":
    import yaml

    try:
        node = yaml.compose(front, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return []
    if not isinstance(node, yaml.MappingNode):
        return []
    return [(str(key.value), value) for key, value in node.value if isinstance(key, yaml.ScalarNode)]


def put(front: str, name: str, value: str) -> str:
    """Set one key of the front matter, or (value "") take it out; every other line stays as it is."""
    lines = front.rstrip("\n").split("\n") if front.strip() else []
    written = [] if not value else [f"{name}: {_written(name, value)}"]
    for number, line in enumerate(lines):
        if re.match(rf"{re.escape(name)}\s*:", line):
            end = number + 1
            while end < len(lines) and re.match(r"[ \t-]|$", lines[end]):
                end += 1
            return "\n".join([*lines[:number], *written, *lines[end:]])
    return "\n".join([*lines, *written])


def _written(name: str, value: str) -> str:
    if name == "tags":
        return f"[{', '.join(_quoted(tag.strip()) for tag in value.split(',') if tag.strip())}]"
    return _quoted(" ".join(value.split()) if name != "date" else value.strip())


def _quoted(value: str) -> str:
    """Return a value as YAML: plain where that is read back as the same text, else in quotes."""
    plain = re.fullmatch(r"[^\W_][^:#\[\]{}&*?|<>=!%@`\"'\\]*", value) or re.fullmatch(r"[\d: +Z-]+", value)
    return value if plain and value == value.strip() else "'" + value.replace("'", "''") + "'"


class Measure(TypedDict):
    words: int
    minutes: int


def measure(body: str) -> Measure:
    """Return how many words a text has, and how many minutes somebody reads in it."""
    words = len(re.findall(r"\w+(?:['’-]\w+)*", body))
    return {"words": words, "minutes": max(1, round(words / WORDS_A_MINUTE)) if words else 0}
