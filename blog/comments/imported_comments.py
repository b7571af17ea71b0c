"""Store imported comments, and describe an import in the journal."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlite_utils import Database

from blog import comments
from blog.comments import Draft, Sender, import_undo
from blog.journal import acts, events
from blog.journal.acts import Act
from blog.journal.acts import Row as EntryRow
from blog.journal.events import Actor, NewEvent
from blog.rendering.markdown import Rendered, render_comment
from blog.rules import IMPORTED
from blog.wording import gettext, ngettext


@dataclass(frozen=True)
class ImportedComment:
    """One comment of a file. `number` counts from 1 in the file's order, `parent` is the number of an earlier one.

    `text` is Markdown as a comment may hold it; a line break in it is meant as one. `source_id` is its name there.
    `rendered` is what `render` made of the text.
    """

    number: int
    parent: int | None
    author: str
    url: str
    published_at: str | None
    text: str
    source_id: str = ""
    email: str = ""
    rendered: Rendered | None = None


def render(entries: Iterable[ImportedComment]) -> list[ImportedComment]:
    """Render comments: without the database, so that no transaction waits for it."""
    return [replace(comment, rendered=render_comment(comment.text)) for comment in entries]


def add(
    db: Database, post: int, entries: Iterable[ImportedComment], *, by: Actor, source: str, batch: int | None = None
) -> int:
    """Store the comments that this post does not have yet, by `source` and number; return how many there were."""
    known = dict(
        db.conn.execute("select source_key, comment_id from imported_comments where post_id = ?", [post]).fetchall()
    )
    ids: dict[int, int] = {}
    roots: dict[int, int] = {}
    added = 0
    for comment in entries:
        key = f"{source}:{comment.source_id or comment.number}"
        parent = ids.get(comment.parent or 0)
        root = roots.get(parent or 0)
        if key in known:
            stored = known[key]
        else:
            at = comment.published_at  # or none: the journal has the time of the import
            row = comments.Row(post, _draft(comment, parent), IMPORTED, root, at, source="import", source_key=key)
            stored = comments.insert(db, row)
            kind = "import" if batch else "submit"
            events.record(
                db, NewEvent(kind, batch=batch, comment=stored, post=post, after="approved", rule=IMPORTED.rule), by=by
            )
            added += 1
        ids[comment.number] = stored
        roots[stored] = root or stored
    return added


def _draft(comment: ImportedComment, parent: int | None) -> Draft:
    return Draft(
        author=comment.author or "Anonymous",
        email=comment.email,
        url=_web_address(comment.url),
        text=comment.text,
        parent=parent,
        remember=False,
        rendered=comment.rendered or render_comment(comment.text),
        errors={},
        sender=Sender(),
    )


def _web_address(value: str) -> str:
    return value if value.startswith(("http://", "https://")) and comments.is_web_address(value) else ""


def post_of(db: Database, source_key: str) -> tuple[int, str] | None:
    """Return id and slug of the post that an earlier import made from the same page."""
    row = db.conn.execute("select id, slug from posts where source_key = ?", [source_key]).fetchone()
    return (int(row[0]), str(row[1])) if row else None


def _sentence(row: EntryRow) -> str:
    """Name the post. Its own event is the first of the import; if it existed before, the first is a comment's."""
    if row.get("reason"):
        return ngettext("Imported one post or comment.", "Imported {n} posts and comments.", row["moved"])
    if row["after"] != "approved":
        return _imported_post(
            gettext("“{title}”", title=row["title"]) if row["post"] else row["after"], row["moved"] - 1
        )
    if not row["post"]:
        return ngettext("Imported one comment.", "Imported {n} comments.", row["moved"])
    return ngettext(
        "Imported one comment to “{title}”.", "Imported {n} comments to “{title}”.", row["moved"], title=row["title"]
    )


def _imported_post(post: str, comments: int) -> str:
    """Say that a post came in; `post` is its title in quotation marks, or its path when it is gone."""
    if not comments:
        return gettext("Imported {post} with no comments.", post=post)
    return ngettext("Imported {post} with one comment.", "Imported {post} with {n} comments.", comments, post=post)


IMPORT = Act(
    kind="import",
    group=acts.IMPORTS,
    sentence=_sentence,
    event=acts.arrival,
    undo=import_undo.undo,
    independent=True,
    writes_events=True,
    of_post=True,
)
