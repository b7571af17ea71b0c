"""What an export of this program says of a comment beyond its text: its verdict, earlier texts, notes, its history."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlite_utils import Database

from blog import rules
from blog.comments.drafts import text_hash
from blog.rendering.markdown import render_comment
from blog.rules import IMPORTED
from blog.text import fit

VERDICTS = ("allow", "hold", "spam", "trash")
SOURCES = ("web", "command", "import", "api", "webmention", "activitypub", "mail")
LONGEST = 1_000  # characters of a browser's name, a status or a reason
LISTS = {
    "revisions": ("at", "author", "url", "text", "edited_at"),
    "notes": ("at", "who", "text"),
    "history": ("at", "kind", "who", "before", "after", "rule", "reason"),
}


def packed(values: Mapping[str, Any]) -> str:
    """Return this part of an exported comment as JSON; raise an error for what could not be stored."""
    if values["verdict"] not in VERDICTS or values["source"] not in SOURCES:
        raise ValueError(values["verdict"])
    rule, facts = str(values["rule"])[:LONGEST], values["facts"]
    if not _says_something(rule, facts):
        rule, facts = IMPORTED.rule, {}
    past: dict[str, Any] = {
        "author": fit(str(values["author"]))[:LONGEST],
        "user_agent": fit(str(values["user_agent"]))[:LONGEST],
        "verdict": values["verdict"],
        "rule": rule,
        "verdict_facts": json.dumps(facts, ensure_ascii=False, separators=(",", ":")),
        "source": values["source"],
        "later": int(bool(values["later"])),
        "locked": int(bool(values["locked"])),
    }
    for name, columns in LISTS.items():
        past[name] = [[_cell(each[column]) for column in columns] for each in values[name]]
    return json.dumps(past, ensure_ascii=False)


def _cell(value: Any) -> str | None:
    if not isinstance(value, str | None):
        raise TypeError(value)
    return None if value is None else fit(value)


def _says_something(rule: str, facts: Any) -> bool:
    """Tell whether the verdict can be put into words: a page would fail on facts that do not belong to the rule."""
    if not isinstance(facts, dict):
        return False
    try:
        return bool(rules.sentence(rule, facts)) or not facts
    except (TypeError, ValueError, LookupError, AttributeError):
        return False


def columns(past: str) -> dict[str, Any]:
    """Return the columns of `comments` that are not as with other imports; none where nothing is known."""
    return {name: value for name, value in json.loads(past).items() if name not in LISTS} if past else {}


def insert(db: Database, comments: Sequence[tuple[int, str]], *, batch: int) -> None:
    """Write earlier texts, notes and history of comments that were just written."""
    for comment, past in comments:
        if not past:
            continue
        lists = json.loads(past)
        for at, author, url, text, edited_at in lists["revisions"]:
            row = [comment, batch, at, author, url, text, render_comment(text).html, text_hash(text), edited_at]
            db.conn.execute(
                """
                insert into revisions (comment_id, batch_id, at, author, url, text, text_html, text_hash, edited_at)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                row,
            )
        db.conn.executemany(
            "insert into notes (comment_id, at, who, text) values (?, ?, ?, ?)",
            [[comment, *row] for row in lists["notes"]],
        )
        db.conn.executemany(
            """
            insert into comment_past (comment_id, at, kind, who, before, after, rule, reason)
            values (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [[comment, *row] for row in lists["history"]],
        )
