"""Asking the rules again: what other settings would have done to the comments that were decided lately."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, TypedDict

from sqlite_utils import Database

from blog.rendering.markdown import render_comment
from blog.rules import Action, Submission, Verdict, evidence, judge
from blog.rules.policy import Policy

SAMPLE = 5_000
REFUSED = ("spam", "trash")
MARKUP = re.compile(r"[*_`\[\]<>#&\\!~]")


class Change(TypedDict):
    """A comment that would be treated otherwise: by which rule and with which reason, before and after.

    One that another rule would treat the same way is none.
    `against` tells that the rules would then decide otherwise than the moderator who `decided` it did.
    """

    id: int
    author: str
    text: str
    status: str
    decided: bool
    before: Verdict
    after: Verdict
    against: bool


class Record(TypedDict):
    """What a rule would have caught; `rightly` of these ended in spam or trash, `wrongly` are approved."""

    caught: int
    rightly: int
    wrongly: int
    precision: float | None
    recall: float | None


class Replay(TypedDict):
    """`looked` comments were asked about, of which `refused` stand in spam or trash and `decided` by a moderator."""

    looked: int
    refused: int
    decided: int
    changes: list[Change]
    rules: dict[str, Record]


def replay(db: Database, now: Policy, then: Policy, *, limit: int = SAMPLE) -> Replay:
    """Judge the newest decided comments under two sets of settings, each with what was known when it came in.

    Comments from before that was kept, and imported ones, are passed over.
    """
    looked, refused, decided = 0, 0, 0
    caught: dict[str, Counter[str]] = {}
    changes: list[Change] = []
    for row in _decided(db, limit):
        bad = row["status"] in REFUSED
        looked, refused, decided = looked + 1, refused + bad, decided + row["decided"]
        before, after = judge(_again(row, now)), judge(_again(row, then))
        if after.action is not Action.ALLOW:
            caught.setdefault(after.rule, Counter())["rightly" if bad else "wrongly"] += 1
        if before.action != after.action:
            changes.append(_change(row, before, after))
    return {
        "looked": looked,
        "refused": refused,
        "decided": decided,
        "changes": changes,
        "rules": {rule: _record(counts, refused) for rule, counts in sorted(caught.items())},
    }


def summary(found: Replay) -> str:
    """Say in one line what would change."""
    count, changes = found["looked"], found["changes"]
    if not count:
        return "There are no decided comments yet."
    asked = "1 decided comment" if count == 1 else f"the last {count:,} decided comments"
    if not changes:
        return f"None of {asked} would change."
    against = sum(change["against"] for change in changes)
    return (
        f"{len(changes):,} of {asked} would change,"
        f" {f'{against:,}' if against else 'none'} of them against a moderator’s own decision."
    )


def _decided(db: Database, limit: int) -> Iterator[dict[str, Any]]:
    """Return rows as they came in, the words before an edit too, newest first."""
    newest = " union all ".join(
        f"select * from (select id from comments where status = '{status}' and facts <> ''"
        " order by id desc limit :limit)"
        for status in ("approved", *REFUSED)
    )
    return db.query(
        f"""
        select c.id, c.status, c.email, c.ip, c.user_agent, c.facts,
          coalesce(r.author, c.author) as author, coalesce(r.url, c.url) as url, coalesce(r.text, c.text) as text,
          exists (select 1 from events e where e.comment_id = c.id and e.batch_id is not null
            and e.kind in ('approve', 'unapprove', 'spam', 'trash', 'restore', 'ban', 'answer')) as decided
        from (select id from ({newest}) order by id desc limit :limit) q join comments c on c.id = q.id
        left join revisions r on r.id = (select min(id) from revisions where comment_id = c.id)
        order by c.id desc
        """,
        {"limit": limit},
    )


def _again(row: dict[str, Any], policy: Policy) -> Submission:
    text = row["text"]
    listed = policy.moderation_keys or policy.disallowed_keys
    plain = render_comment(text).plain if listed and MARKUP.search(text) else text
    return evidence.again({**row, "plain": plain}, row["facts"], policy)


def _change(row: dict[str, Any], before: Verdict, after: Verdict) -> Change:
    published = after.action is Action.ALLOW
    refused = after.action in (Action.SPAM, Action.TRASH)
    bad = row["status"] in REFUSED
    return {
        "id": row["id"],
        "author": row["author"],
        "text": row["text"],
        "status": row["status"],
        "decided": bool(row["decided"]),
        "before": before,
        "after": after,
        "against": bool(row["decided"]) and (published if bad else refused),
    }


def _record(counts: Counter[str], refused: int) -> Record:
    caught = counts["rightly"] + counts["wrongly"]
    return {
        "caught": caught,
        "rightly": counts["rightly"],
        "wrongly": counts["wrongly"],
        "precision": counts["rightly"] / caught if caught else None,
        "recall": counts["rightly"] / refused if refused else None,
    }


def records(db: Database) -> dict[str, dict[str, int]]:
    """Return for each rule how many of the comments that it spoke on stand in which status."""
    found: dict[str, dict[str, int]] = {}
    for rule, status, n in db.conn.execute("select rule, status, n from rule_counts where n > 0").fetchall():
        found.setdefault(rule, {})[status] = int(n)
    return found
