"""Everything that this program keeps and may give away, one JSON object a line, each with its `type`.

No passwords, tokens, sessions or hashes of browsers, and no accounts: names stand for them. Ids are numbers within the
file. An import of the file is no part of what is exported after it, so the copy's export has the same bytes.
"""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

from blog import closing
from blog.exporting import snapshot as snapshots
from blog.exporting.report import ExportReport
from blog.exporting.snapshot import PINGS, Comment, Post, Snapshot, Watch
from blog.settings import Settings
from blog.storage import atomic_file, store
from blog.web import attachments
from blog.wording import ngettext

VERSION = 1
PIECE = 3 * 256 * 1024  # bytes of a file in one line, a multiple of three
# A comment that was removed keeps its place as long as something that was not removed hangs on it.
LEFT_OUT = "c.status = 'deleted' and c.id not in (select id from answered)"
OF_POST = ("kind", "path", "slug", "title", "author", "status", "published_at", "updated_at", "language")
OF_COMMENT = (
    *("status", "kind", "author", "email", "url", "ip", "user_agent", "text", "created_at", "edited_at", "source"),
    *("verdict", "rule"),
)
GONE = dict.fromkeys(("author", "email", "url", "ip", "user_agent", "text", "text_html"), "")
REVISIONS = "select at, author, url, text, edited_at from revisions where comment_id = ? order by id"
NOTES = """
    select n.at, coalesce(a.name, n.who) as who, n.text from notes n left join accounts a on a.id = n.account_id
    where n.comment_id = ? order by n.id
"""
HISTORY = """
    select at, kind, who, before, after, rule, reason
    from (select * from comment_past where comment_id = :comment order by id)
    union all
    select * from (select e.at, e.kind, coalesce(a.name, '') as who, e.before, e.after, e.rule,
        coalesce(nullif(e.reason, ''), b.reason, '') as reason
      from events e left join accounts a on a.id = e.account_id left join batches b on b.id = e.batch_id
      where e.comment_id = :comment and e.kind <> 'import' order by e.id)
"""

MENTION = """
    select source, target, type, state, received_at, checked_at from mentions_received
    where comment_id = ? and state in ('stored', 'gone') order by id limit 1
"""
NO_MENTION = dict.fromkeys(("source", "target", "type", "state", "received_at", "checked_at"))
SENT_BY = "mention:"  # begins the name of a mention's sender, before its host (blog/federation/received.py)


def export(settings: Settings, path: Path, *, at: str, watch: Watch | None = None) -> ExportReport:
    """Write all of it into a new file that only its owner may read."""
    snapshots.check_target(path)
    with snapshots.taken(settings, at=at, watch=watch) as snapshot:
        snapshot.find_answered("c.status <> 'deleted'")
        snapshot.arrange(LEFT_OUT)
        with atomic_file.written(path) as file:
            report = ExportReport(path)
            _write(snapshot, file, report, watch)
            snapshot.note_deleted(report)
    return report


def _write(snapshot: Snapshot, file: TextIO, report: ExportReport, watch: Watch | None) -> None:
    total, done = snapshot.count(), 0
    for line in _site(snapshot):
        put(file, line)
    for number, post in enumerate(snapshot.posts(), 1):
        report.posts += post.row["kind"] == "post"
        report.pages += post.row["kind"] == "page"
        for line in _files(snapshot.settings, post, number):
            put(file, line)
        put(file, _post(snapshot, post, number))
        for comment in snapshot.comments(post.id):
            put(file, comment_line(snapshot, comment, number))
            _count(report, comment)
            done += 1
            if watch and done % 500 == 0:
                watch(done, total)
    missing = sum(not (snapshot.settings.posts / post.row["path"]).is_file() for post in snapshot.posts())
    report.note(
        ngettext(
            "The file of one post is missing; its text is in the export as HTML.",
            "The files of {n} posts are missing; their texts are in the export as HTML.",
            missing,
        ),
        missing,
    )


def origin(snapshot: Snapshot) -> str:
    return f"afterword:{urlsplit(snapshot.settings.url).netloc}"


def key_of(snapshot: Snapshot, row: dict[str, Any]) -> str:
    """Return what names a comment for ever, also on the site that imports it: the key that it came with, if it did."""
    found = snapshot.db.conn.execute("select source_key from imported_comments where comment_id = ?", [row["id"]])
    known = found.fetchone()
    return str(known[0]) if known else f"{origin(snapshot)}:comment {row['id']}@{row['created_at'] or ''}"


def put(file: TextIO, line: dict[str, Any]) -> None:
    file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")


def _count(report: ExportReport, comment: Comment) -> None:
    status = comment.row["status"]
    if comment.row["kind"] in PINGS:
        report.pings += 1
    elif status in report.comments:
        report.comments[status] += 1
        report.replies += comment.parent > 0


def head(snapshot: Snapshot) -> dict[str, Any]:
    """Return the first line of an export."""
    settings = snapshot.settings
    return {"type": "site", "version": VERSION, "title": settings.title, "language": settings.language}


def _site(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    """Give what is no part of a post: the format, the settings, the switch of the site, bans and trust."""
    db = snapshot.db
    yield head(snapshot)
    for name, value in db.conn.execute("select name, value from settings order by name").fetchall():
        yield {"type": "setting", "name": name, "value": value}
    if switch := _switch(snapshot, closing.SITE):
        yield {"type": "switch", **switch}
    yield from store.rows(
        db,
        """
        select 'standing' as type, kind, value, standing, until, reason, at from standings
        where kind <> 'reader' order by kind, value
        """,
    )


def _switch(snapshot: Snapshot, post: int) -> dict[str, Any] | None:
    rows = store.rows(snapshot.db, "select mode, note, until, at from closures where post_id = ?", [post])
    return rows[0] if rows else None


def _files(settings: Settings, post: Post, number: int) -> Iterator[dict[str, Any]]:
    """Give the files beside a post, piece by piece."""
    folder = (settings.posts / post.row["path"]).parent
    for name in attachments.beside(settings, post.row["path"]):
        with (folder / name).open("rb") as file:
            while piece := file.read(PIECE):
                data = base64.b64encode(piece).decode()
                yield {"type": "file", "post": number, "name": name, "data": data}


def _post(snapshot: Snapshot, post: Post, number: int) -> dict[str, Any]:
    file = snapshot.settings.posts / post.row["path"]
    former = snapshot.db.conn.execute(
        "select address from old_addresses where post_id = ? and given = 0 order by address", [post.id]
    ).fetchall()
    return {
        "type": "post",
        "id": number,
        "key": post.row["source_key"] or f"{origin(snapshot)}:post {post.id}",
        **{name: post.row[name] for name in OF_POST},
        "tags": json.loads(post.row["tags"]),
        "text": file.read_bytes().decode("utf-8", "replace") if file.is_file() else None,
        "html": post.row["body_html"],
        "old_addresses": [address for (address,) in former],
        "switch": _switch(snapshot, post.id),
    }


def comment_line(snapshot: Snapshot, comment: Comment, post: int) -> dict[str, Any]:
    gone = comment.row["status"] == "deleted"
    row = comment.row | GONE if gone else comment.row
    line = {
        "type": "comment",
        "id": comment.number,
        "post": post,
        "parent": comment.parent or None,
        "key": key_of(snapshot, row),
        **{name: row[name] for name in OF_COMMENT},
        "facts": {} if gone else json.loads(row["verdict_facts"]),
        "html": row["text_html"],
        "later": row["later"],
        "locked": row["locked"],
    }
    number = row["id"]
    return {
        **line,
        **({} if gone else _mention(snapshot, row)),
        "revisions": [] if gone else store.rows(snapshot.db, REVISIONS, [number]),
        "notes": [] if gone else store.rows(snapshot.db, NOTES, [number]),
        "history": store.rows(snapshot.db, HISTORY, {"comment": number}),
    }


def _mention(snapshot: Snapshot, row: dict[str, Any]) -> dict[str, Any]:
    """Return who sent a mention, and where its source is; nothing for what no other site sent."""
    if not (row["reader_hash"] or "").startswith(SENT_BY):
        return {}
    rows = store.rows(snapshot.db, MENTION, [row["id"]])
    return {"mention": {"host": row["reader_hash"].removeprefix(SENT_BY), **(rows[0] if rows else NO_MENTION)}}
