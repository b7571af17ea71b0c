"""The training set and the counts made from it: both in the database, and exact when something is taken out again.

`filter_examples` is the training set: the label of each comment that a moderator decided on, and of each line given
to `blog learn`. Decisions write only there (`label`, `relabel`: one statement each). `update_counts` then
updates the counts, some examples at a time, and stores with each example the numbers that it added, so that they can
be subtracted again. The weights are made from the counts (`fitting`).
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict

from sqlite_utils import Database

from blog.filter import features
from blog.filter.features import GROUPS
from blog.filter.model import COUNTED, Numbers
from blog.journal.acts import Lesson

ENOUGH, OF_EACH = 50, 15  # decisions in all, and of each kind, before the filter gives a score
BATCH = 25  # examples in one step of `update_counts`, which takes about 25 milliseconds
DIGEST = (1 << 56) - 1
# The label that the newest decision on a comment (`t.comment_id`) gives it, among those that were not undone.
STANDING = """
    select l.value ->> 0 from events x join batches b on b.id = x.batch_id cross join json_each(:lessons) l
    where x.comment_id = t.comment_id and b.undone_by is null and x.source in ('web', 'command')
      and l.key = x.kind and coalesce(l.value ->> 1, x.before) = x.before
    order by x.id desc limit 1
"""


class State(TypedDict):
    """What the filter has learned: examples and word features of each kind, and the number that identifies the set."""

    spam: int
    ham: int
    spam_words: int
    ham_words: int
    different: int
    digest: int


def state(db: Database) -> State:
    rows = db.query("select spam, ham, spam_words, ham_words, different, digest from filter_state")
    return next(iter(rows))  # type: ignore[return-value]


def is_trained(counts: Mapping[str, Any]) -> bool:
    """Tell whether there are enough examples for a score."""
    spam, ham = int(counts["spam"]), int(counts["ham"])
    return spam + ham >= ENOUGH and min(spam, ham) >= OF_EACH


def label(db: Database, batch: int, kind: str, lesson: Lesson) -> None:
    """Label the comments that a batch decided on, with one statement; the label "" takes them out of the set."""
    if not lesson.label:
        db.conn.execute(
            """
            update filter_examples set label = '', stale = 1
            where key in (select comment_id from events where batch_id = ? and comment_id is not null)
            """,
            [batch],
        )
        return
    db.conn.execute(
        """
        insert into filter_examples (key, label) select comment_id, :label from events
          where batch_id = :batch and comment_id is not null and kind = :kind and coalesce(:before, before) = before
        on conflict (key) do update set label = excluded.label where label <> excluded.label
        """,
        {"batch": batch, "kind": kind, "label": lesson.label, "before": lesson.before},
    )


def relabel(db: Database, batch: int, lessons: Mapping[str, Lesson]) -> None:
    """Give each comment of a batch the label of the newest decision on it that was not undone, with one statement.

    Without such a decision it is marked stale, so that `update_counts` drops it.
    """
    db.conn.execute(
        f"""
        insert into filter_examples (key, label, stale)
          select comment_id, label, label = '' from (
            select t.comment_id, coalesce(({STANDING}), '') as label
            from (select distinct comment_id from events where batch_id = :batch and comment_id is not null) t
          ) where true
        on conflict (key) do update set label = excluded.label, stale = max(stale, excluded.stale)
          where label <> excluded.label
        """,
        {"batch": batch, "lessons": json.dumps(lessons)},
    )


def has_pending(db: Database) -> bool:
    """Tell whether there are decisions that are not counted yet."""
    row = db.conn.execute("select 1 from filter_examples where label <> learned or stale = 1 limit 1").fetchone()
    return row is not None


def pending_count(db: Database) -> int:
    """Return how many decisions are not counted yet."""
    row = db.conn.execute("select count(*) from filter_examples where label <> learned or stale = 1").fetchone()
    return int(row[0])


def update_counts(db: Database, most: int = BATCH) -> int:
    """Count the changed examples, at most so many; return how many there were."""
    return _count(db, "e.label <> e.learned or e.stale = 1 order by e.key limit ?", most)


def forget(db: Database, keys: Sequence[int]) -> None:
    """Take examples out of the training set and of the counts at once, with every word that only they had."""
    chosen = json.dumps(list(keys))
    db.conn.execute(
        "update filter_examples set label = '', stale = 1 where key in (select value from json_each(?))", [chosen]
    )
    _count(db, "e.key in (select value from json_each(?))", chosen)


def recount(db: Database, keys: Sequence[int]) -> None:
    """Count these examples again at once, as far as they changed."""
    _count(
        db,
        "e.key in (select value from json_each(?)) and (e.label <> e.learned or e.stale = 1)",
        json.dumps(list(keys)),
    )


def _count(db: Database, which: str, value: int | str) -> int:
    """Update the counts for some examples; return how many they are."""
    rows = db.conn.execute(
        f"""
        select e.key, e.label, e.learned, e.stale, e.features, coalesce(c.text, l.text, ''),
          coalesce(c.author, l.author, ''), coalesce(c.email, l.email, ''), coalesce(c.url, l.url, '')
        from filter_examples e left join comments c on c.id = e.key left join filter_lines l on l.id = -e.key
        where {which}
        """,
        [value],
    ).fetchall()
    change = _Change()
    for key, label, learned, stale, blob, text, *sender in rows:
        if learned:
            change.add(key, learned, blob, -1)
        blob = blob if blob is not None and (not stale or not text) else change.read(text, *sender)
        label = label if blob is not None else ""
        if label and blob is not None:
            change.add(key, label, blob, 1)
        change.examples.append((key, label, blob))
    change.write(db)
    return len(rows)


def catch_up(db: Database, most: int) -> int:
    """Count at most so many changed examples in the open transaction; return how many there were."""
    done = 0
    while done < most and (count := update_counts(db)):
        done += count
    return done


class _Change:
    """What some examples add to the counts, or take from them."""

    def __init__(self) -> None:
        self.words: dict[str, Counter[int]] = {"spam": Counter(), "ham": Counter()}
        self.kinds: Counter[str] = Counter()
        self.names: dict[int, str] = {}
        self.digest = 0
        self.examples: list[tuple[int, str, bytes | None]] = []

    def read(self, text: str, author: str, email: str, url: str) -> bytes | None:
        """Return the packed features of a text; None where the text was erased."""
        if not text:
            return None
        text_features = features.of({"text": text, "author": author, "email": email, "url": url})
        self.names |= {
            number: text_features.names[number] for group in COUNTED for number in text_features.numbers[group]
        }
        return packed(text_features.numbers)

    def add(self, key: int, label: str, blob: bytes, sign: int) -> None:
        numbers = unpacked(blob)
        for group in COUNTED:
            for number in numbers[group]:
                self.words[label][number] += sign
        self.kinds[label] += sign
        self.digest += sign * _digest(key, label, blob)

    def write(self, db: Database) -> None:
        self._write_words(db)
        gone = [(key,) for key, label, _ in self.examples if not label]
        db.conn.executemany("delete from filter_examples where key = ?", gone)
        db.conn.executemany(
            "update filter_examples set learned = ?, features = ?, stale = 0 where key = ?",
            [(label, blob, key) for key, label, blob in self.examples if label],
        )
        db.conn.execute(
            """
            update filter_state set spam = spam + :spam, ham = ham + :ham, spam_words = spam_words + :spam_words,
              ham_words = ham_words + :ham_words, digest = (digest + :digest) & :most
            """,
            {
                "spam": self.kinds["spam"],
                "ham": self.kinds["ham"],
                "spam_words": sum(self.words["spam"].values()),
                "ham_words": sum(self.words["ham"].values()),
                "digest": self.digest % (DIGEST + 1),
                "most": DIGEST,
            },
        )

    def _write_words(self, db: Database) -> None:
        spam, ham = self.words["spam"], self.words["ham"]
        changed = [number for number in spam.keys() | ham.keys() if spam[number] or ham[number]]
        db.conn.executemany(
            """
            insert into filter_words (number, name, spam, ham) values (?, ?, ?, ?)
            on conflict (number) do update set spam = spam + excluded.spam, ham = ham + excluded.ham
            """,
            [(number, self.names.get(number, ""), spam[number], ham[number]) for number in sorted(changed)],
        )
        fewer = [number for number in changed if spam[number] < 0 or ham[number] < 0]
        if fewer:
            db.conn.execute(
                """
                delete from filter_words where spam = 0 and ham = 0
                  and number in (select value from json_each(?))
                """,
                [json.dumps(fewer)],
            )


def _digest(key: int, label: str, blob: bytes) -> int:
    """Return an example's part of the number that identifies the set: the sum of all parts."""
    return int.from_bytes(hashlib.blake2b(f"{key} {label} ".encode() + blob, digest_size=7).digest(), "big")


def packed(numbers: Numbers) -> bytes:
    """Write features as bytes: the size of each group, then all numbers."""
    return b"".join(
        each.tobytes() for each in (array("I", map(len, numbers.values())), *(numbers[group] for group in GROUPS))
    )


def unpacked(blob: bytes) -> dict[str, array[int]]:
    every = array("I", blob)
    at, numbers = len(GROUPS), {}
    for group, size in zip(GROUPS, every[: len(GROUPS)], strict=True):
        numbers[group] = every[at : at + size]
        at += size
    return numbers


def rebuild(db: Database, lessons: Mapping[str, Lesson], *, watch: Callable[[int, int], None] | None = None) -> State:
    """Compute everything again from the decisions in the journal and the lines given to `learn`; return the state.

    Purged comments keep their part: their text is erased, their numbers are not. `watch` is called with the number of
    examples that are counted, and with the number of all.
    """
    db.conn.execute("delete from filter_fit")
    db.conn.execute("update filter_words set spam = 0, ham = 0")
    db.conn.execute("update filter_state set spam = 0, ham = 0, spam_words = 0, ham_words = 0, digest = 0")
    # Purged comments keep their label and numbers; all others are labelled again from the journal.
    db.conn.execute(
        """
        delete from filter_examples where key < 0
          or exists (select 1 from comments c where c.id = filter_examples.key and c.text <> '')
        """
    )
    _label_all(db, lessons)
    db.conn.execute("update filter_examples set learned = ''")
    done, total = 0, pending_count(db) if watch else 0
    while count := update_counts(db, 500):
        done += count
        if watch:
            watch(done, total)
    db.conn.execute("delete from filter_words where spam = 0 and ham = 0")
    return state(db)


def _label_all(db: Database, lessons: Mapping[str, Lesson]) -> None:
    db.conn.execute(
        f"""
        insert into filter_examples (key, label)
          select key, label from (
            select t.comment_id as key, ({STANDING}) as label
            from (select distinct comment_id from events where batch_id is not null and comment_id is not null) t
          ) where label <> ''
        on conflict (key) do nothing
        """,
        {"lessons": json.dumps(lessons)},
    )
    db.conn.execute(
        """
        insert into filter_examples (key, label)
          select -l.id, l.label from filter_lines l join batches b on b.id = l.batch_id where b.undone_by is null
        """
    )
