"""What an export of this program says of a comment beyond its text: its verdict, earlier texts, notes, its history.

Of a mention by another site also from where it came, so that the copy follows its source as the first site did.
"""

import json
import re
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
MENTION = ("source", "target", "type", "state", "received_at", "checked_at")
TYPES = ("", "reply", "mention", "bookmark", "like", "repost")
STATES = ("stored", "gone")
HOST = re.compile(r"[a-z0-9.:_\[\]-]{1,253}")


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
    if mention := values.get("mention"):
        past |= _mention(mention)
    return json.dumps(past, ensure_ascii=False)


def _mention(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return who sent a mention, and the look that is kept on its source; raise an error for what cannot be stored."""
    if not HOST.fullmatch(values["host"]):
        raise ValueError(values["host"])
    if values["source"] is None:
        return {"reader_hash": f"mention:{values['host']}"}
    if values["type"] not in TYPES or values["state"] not in STATES or not values["source"] or not values["target"]:
        raise ValueError(values["state"])
    return {"reader_hash": f"mention:{values['host']}", "mention": [_cell(values[name]) for name in MENTION]}


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
    known = json.loads(past) if past else {}
    return {name: value for name, value in known.items() if name not in LISTS and name != "mention"}


def insert(db: Database, comments: Sequence[tuple[int, str]], *, batch: int) -> None:
    """Write earlier texts, notes and history of comments that were just written, and from where mentions came."""
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
        if mention := lists.get("mention"):
            db.conn.execute(
                f"""
                insert or ignore into mentions_received (post_id, comment_id, {", ".join(MENTION)})
                select post_id, id, ?, ?, ?, ?, ?, ? from comments where id = ?
                """,
                [*mention, comment],
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


def forget_mentions(db: Database, comments: Sequence[int]) -> None:
    """Forget from where comments came that are removed with their import: they may come again."""
    db.conn.execute(
        "delete from mentions_received where comment_id in (select value from json_each(?))",
        [json.dumps(list(comments))],
    )
