"""Lines given to `blog learn` and `blog score`: JSON, one comment each, with a label or without."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, TypedDict

from sqlite_utils import Database

from blog.errors import Invalid
from blog.journal import acts, events
from blog.journal.acts import Act, Row, Undoing
from blog.journal.events import Actor, NewEvent
from blog.wording import gettext, ngettext, number

FIELDS = ("text", "author", "email", "url")
LABELS = ("spam", "ham")
LONGEST = 1_000_000  # characters of a line; no comment is longer


class Learned(TypedDict):
    """What `learn` did: `batch` is None when nothing was new; `known` lines were in the training set already."""

    batch: int | None
    spam: int
    ham: int
    known: int
    unlabelled: int


def read(lines: Iterable[str]) -> list[dict[str, str]]:
    """Return the comments of JSON lines; raise Invalid with the number of the first line that is wrong."""
    return [_line(at, line) for at, line in enumerate(lines, 1) if line.strip()]


def _refusal(sentence: str) -> Invalid:
    return Invalid({"line": sentence})


def _line(at: int, line: str) -> dict[str, str]:
    if len(line) > LONGEST:
        raise _refusal(
            ngettext(
                "Line {line} has {n} character; {most} fit. Nothing was changed.",
                "Line {line} has {n} characters; {most} fit. Nothing was changed.",
                len(line),
                line=at,
                most=number(LONGEST),
            )
        )
    try:
        value: Any = json.loads(line)
    except (ValueError, RecursionError):
        raise _refusal(
            gettext(
                'Line {line} is no JSON; write one comment a line, like {{"text": "...", "label": "spam"}}. Nothing was'
                " changed.",
                line=at,
            )
        ) from None
    if not isinstance(value, dict):
        raise _refusal(
            gettext(
                'Line {line} is no JSON object; write it like {{"text": "...", "label": "spam"}}. Nothing was changed.',
                line=at,
            )
        )
    if value.get("text") is None:
        raise _refusal(gettext('Line {line} has no "text". Nothing was changed.', line=at))
    for name in FIELDS:
        given = value.get(name)
        if not isinstance(given, str) and (given or name == "text"):
            raise _refusal(
                gettext('Line {line} has a "{name}" that is no text. Nothing was changed.', line=at, name=name)
            )
    label = value.get("label")
    if label is not None and label not in LABELS:
        raise _refusal(
            gettext(
                'Line {line} has the label {label}; it is "spam" or "ham". Nothing was changed.',
                line=at,
                label=json.dumps(label, ensure_ascii=False)[:40],
            )
        )
    fields = {name: (value.get(name) or "").encode("utf-8", "replace").decode() for name in FIELDS}
    return {**fields, "label": label or ""}


def learn(db: Database, lines: Sequence[dict[str, str]], *, by: Actor) -> Learned:
    """Put the labelled lines into the training set as one batch, without those that it has already."""
    labelled = [line for line in lines if line["label"] and line["text"].strip()]
    by_hash = {_hash(line): line for line in labelled}
    known = {
        row[0]
        for row in db.conn.execute(
            """
            select l.hash from filter_lines l join batches b on b.id = l.batch_id
            where b.undone_by is null and l.hash in (select value from json_each(?))
            """,
            [json.dumps(list(by_hash))],
        ).fetchall()
    }
    new = {key: line for key, line in by_hash.items() if key not in known}
    kinds = Counter(line["label"] for line in new.values())
    return {
        "batch": _store(db, new, by) if new else None,
        "spam": kinds["spam"],
        "ham": kinds["ham"],
        "known": len(labelled) - len(new),
        "unlabelled": len(lines) - len(labelled),
    }


def _store(db: Database, new: dict[str, dict[str, str]], by: Actor) -> int:
    batch = events.open_batch(db, "learn", by=by)
    events.record(db, NewEvent("learn", batch=batch, after=json.dumps({"lines": len(new)})), by=by)
    db.conn.executemany(
        """
        insert into filter_lines (batch_id, hash, label, text, author, email, url)
        values (:batch, :hash, :label, :text, :author, :email, :url)
        """,
        [{**line, "hash": key, "batch": batch} for key, line in new.items()],
    )
    _use(db, batch, True)
    return batch


def _undo(db: Database, undoing: Undoing) -> None:
    _use(db, undoing.act, undoing.again)


def _use(db: Database, batch: int, used: bool) -> None:
    """Put the lines of a batch into the training set, or take them out of it."""
    db.conn.execute(
        """
        insert into filter_examples (key, label, stale)
          select -id, iif(:used, label, ''), not :used from filter_lines where batch_id = :batch
        on conflict (key) do update set label = excluded.label, stale = max(stale, excluded.stale)
        """,
        {"batch": batch, "used": used},
    )


def _sentence(row: Row) -> str:
    return ngettext(
        "Gave the filter one line to learn.",
        "Gave the filter {n} lines to learn.",
        json.loads(row["after"])["lines"],
    )


LEARN = Act(kind="learn", group=acts.LEARNING, sentence=_sentence, undo=_undo)


def _hash(line: dict[str, str]) -> str:
    written = json.dumps([line[name] for name in (*FIELDS, "label")])
    return hashlib.blake2b(written.encode(), digest_size=16).hexdigest()
