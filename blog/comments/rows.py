"""A comment's row: how it is written, and on which page it stands."""

import json
from typing import Any, NamedTuple

from sqlite_utils import Database

from blog import filter, posts
from blog.comments import paging
from blog.comments.drafts import AGENT_LENGTH, Draft
from blog.rules import Verdict
from blog.rules import policy as policies


class Row(NamedTuple):
    """A comment to store: a draft with its verdict, and the `evidence` that the rules judged by (rules/evidence.py).

    `at` is None for an imported comment whose source gives no date.
    """

    post: int
    draft: Draft
    verdict: Verdict
    root: int | None
    at: str | None
    source: str = "web"
    source_key: str | None = None
    evidence: str = ""
    scored: filter.Score | None = None


def insert(db: Database, row: Row) -> int:
    """Write one comment's row and return its id."""
    comment = db.conn.execute(INSERT, _values(row)).lastrowid
    assert comment is not None
    for table, column, values in (
        ("comment_domains", "domain", row.draft.domains),
        ("comment_fingerprints", "hash", row.draft.fingerprints),
    ):
        if values:
            db.conn.execute(
                f"insert into {table} ({column}, comment_id) select distinct value, ? from json_each(?)",
                [comment, json.dumps(values)],
            )
    if row.source_key is not None:
        db.conn.execute(
            "insert into imported_comments (post_id, source_key, comment_id) values (?, ?, ?)",
            [row.post, row.source_key, comment],
        )
    return comment


COLUMNS = (
    *("post_id", "parent_id", "root_id", "status", "author", "email", "url", "text", "text_html", "text_hash"),
    *("account_id", "reader_hash", "remember", "ip", "network", "user_agent", "verdict", "rule", "verdict_facts"),
    *("created_at", "source", "evidence", "score", "weighed", "kind"),
)
INSERT = f"insert into comments ({', '.join(COLUMNS)}) values ({', '.join('?' * len(COLUMNS))})"


def _values(row: Row) -> tuple[Any, ...]:
    """Return what is written, in the order of COLUMNS."""
    draft, verdict, scored = row.draft, row.verdict, row.scored
    sender = draft.sender
    return (
        row.post,
        draft.parent,
        row.root,
        verdict.action.status,
        draft.author,
        draft.email,
        draft.url,
        draft.text,
        draft.rendered.html,
        draft.text_hash,
        sender.account,
        sender.reader_hash,
        int(draft.remember),
        sender.ip,
        sender.network,
        sender.user_agent[:AGENT_LENGTH],
        verdict.action.value,
        verdict.rule,
        json.dumps(verdict.facts, ensure_ascii=False),
        row.at,
        row.source,
        row.evidence,
        scored.spam if scored else None,
        json.dumps(scored.because) if scored else "",
        draft.kind,
    )


def place(db: Database, comment: int, *, at: str) -> tuple[dict[str, Any], int, int]:
    """Return the post, the page and the thread (0: a page of the discussion) of a comment, for a link to it."""
    row = db.conn.execute(
        "select p.slug from comments c join posts p on p.id = c.post_id where c.id = ?",
        [comment],
    ).fetchone()
    post = posts.find(db, row[0], at=at, text=False)
    place = paging.place_on(db, post["id"], comment, policies.from_json(post["policy"]))
    assert place is not None
    return post, place["page"], place["thread"]
