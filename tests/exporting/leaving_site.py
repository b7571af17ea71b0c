"""A site that is about to leave: every status, nesting, umlauts, closed posts, and what trips importers."""

from typing import Any

from sqlite_utils import Database

from blog import closing, publishing
from blog.settings import Settings
from blog.storage import store
from tests.factories import by, decide, submit, write_post

LATER = "2026-05-09T12:00:00.000Z"


def at(second: int) -> str:
    return f"2026-05-08T10:{second // 60:02}:{second % 60:02}.000Z"


def fill(site: Settings, db: Database) -> dict[str, int]:
    """Publish four posts and a page with comments; return the ids of comments by name."""
    write_post(site.root, "size", title="Größe & Maß", front="tags: [Flüsse, C++]\nauthor: Zoë Ä\n", body="A ]]> b.")
    write_post(site.root, "closed", title="Closed", front="comments: closed\n")
    write_post(site.root, "switched", title="Switched")
    write_post(site.root, "draft", title="Draft", front="status: draft\n")
    site.pages.mkdir(exist_ok=True)
    (site.pages / "about.md").write_text("---\ntitle: About\ncomments: open\n---\n\nWho.\n", "utf-8")
    assert publishing.publish(db, site, by=by()).problems == []
    ids = {
        "first": _said(db, 1, "First ]]> & <b>*word*</b>", "approve"),
        "same second": _said(db, 1, "The same second.", "approve", n=20, author="READER 2"),
        "pending": _said(db, 5, "Waits."),
        "spam": _said(db, 6, "Buy.", "spam"),
        "trash": _said(db, 7, "Rude.", "trash"),
        "other post": _said(db, 8, "Elsewhere\nin two lines.\n\n- x\n- y", "approve", slug="switched"),
    }
    ids["reply"] = _said(db, 10, "A reply.", "approve", parent=ids["first"])
    ids["deeper"] = _said(db, 11, "Deeper.", "approve", parent=ids["reply"])
    ids["held reply"] = _said(db, 12, "Held reply.", parent=ids["reply"])
    ids["removed"] = _said(db, 13, "To be removed.", "approve", parent=ids["first"])
    ids["below removed"] = _said(db, 14, "Below it.", "approve", parent=ids["removed"])
    decide(db, ids["removed"], "trash")
    decide(db, ids["removed"], "delete")
    with store.transaction(db):
        closing.close(db, "switched", by=by())
    return ids


def _said(
    db: Database, second: int, text: str, decision: str = "", *, slug: str = "size", parent: int = 0, **more: Any
) -> int:
    number = more.pop("n", 1 + second)
    if parent:
        more["comment_parent"] = str(parent)
    made = submit(db, text, number, slug=slug, at=at(second), **{"author": f"Reader {number}", **more})
    if decision:
        decide(db, made, decision)
    return made


def counts(db: Database) -> dict[str, int]:
    """Return how many comments there are by status."""
    return dict(db.conn.execute("select status, count(*) from comments group by status").fetchall())


def parents(db: Database) -> set[tuple[str, str]]:
    """Return each reply with what it answers, by the beginnings of their texts."""
    return set(
        db.conn.execute(
            """
            select substr(c.text, 1, 8), coalesce(substr(p.text, 1, 8), '')
            from comments c left join comments p on p.id = c.parent_id where c.status <> 'deleted'
            """
        ).fetchall()
    )
