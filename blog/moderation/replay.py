"""Replaying the rules: what other settings would have done with the comments that were decided lately."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, TypedDict

from sqlite_utils import Database

from blog.moderation.decisions import Decision
from blog.rendering.markdown import render_comment
from blog.rules import Action, Submission, Verdict, evidence, judge
from blog.rules.policy import Policy
from blog.wording import gettext, ngettext, number

SAMPLE = 5_000
REFUSED = ("spam", "trash")
MARKUP = re.compile(r"[*_`\[\]<>#&\\!~]")


class Change(TypedDict):
    """A comment for which the action would change, with the verdicts before and after.

    `decided` tells that a moderator decided on it, `against` that the new settings would contradict that decision.
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
    """What a rule would have caught: true positives ended in spam or trash, false positives are approved."""

    caught: int
    true_positives: int
    false_positives: int
    precision: float | None
    recall: float | None


class Replay(TypedDict):
    """`looked` comments were judged; of these, `refused` are spam or trash, and a moderator `decided` on some."""

    looked: int
    refused: int
    decided: int
    changes: list[Change]
    rules: dict[str, Record]


def replay(db: Database, now: Policy, then: Policy, *, limit: int = SAMPLE) -> Replay:
    """Judge the newest decided comments with two sets of settings, and with the facts of the time of their arrival.

    Comments without stored facts, such as imported ones, are left out.
    """
    looked, refused, decided = 0, 0, 0
    caught: dict[str, Counter[str]] = {}
    changes: list[Change] = []
    for row in _decided(db, limit):
        bad = row["status"] in REFUSED
        looked, refused, decided = looked + 1, refused + bad, decided + row["decided"]
        before, after = judge(_again(row, now)), judge(_again(row, then))
        if after.action is not Action.ALLOW:
            caught.setdefault(after.rule, Counter())["true_positives" if bad else "false_positives"] += 1
        if before.action != after.action:
            changes.append(_change(row, before, after))
    return {
        "looked": looked,
        "refused": refused,
        "decided": decided,
        "changes": changes,
        "rules": {rule: _record(counts, refused) for rule, counts in sorted(caught.items())},
    }


def summary(result: Replay) -> str:
    """Say in one line what would change."""
    count, changes = result["looked"], result["changes"]
    if not count:
        return gettext("No comment has been decided on yet.")
    if not changes:
        return ngettext(
            "The one decided comment would not change.", "None of the last {n} decided comments would change.", count
        )
    return ngettext(
        "The one decided comment would change; {against} against a moderator’s own decision.",
        "{changes} of the last {n} decided comments would change; {against} against a moderator’s own decision.",
        count,
        changes=number(len(changes)),
        against=number(sum(change["against"] for change in changes)),
    )


def _decided(db: Database, limit: int) -> Iterator[dict[str, Any]]:
    """Return rows as they arrived, with the text before any edit, newest first."""
    newest = " union all ".join(
        f"select * from (select id from comments where status = '{status}' and evidence <> ''"
        " order by id desc limit :limit)"
        for status in ("approved", *REFUSED)
    )
    return db.query(
        f"""
        select c.id, c.status, c.email, c.ip, c.user_agent, c.evidence,
          coalesce(r.author, c.author) as author, coalesce(r.url, c.url) as url, coalesce(r.text, c.text) as text,
          exists (select 1 from events e where e.comment_id = c.id and e.batch_id is not null
            and e.kind in (select value from json_each(:decisions))) as decided
        from (select id from ({newest}) order by id desc limit :limit) q join comments c on c.id = q.id
        left join revisions r on r.id = (select min(id) from revisions where comment_id = c.id)
        order by c.id desc
        """,
        {"limit": limit, "decisions": json.dumps(list(Decision))},
    )


def _again(row: dict[str, Any], policy: Policy) -> Submission:
    text = row["text"]
    listed = policy.moderation_keys or policy.disallowed_keys
    plain = render_comment(text).plain if listed and MARKUP.search(text) else text
    return evidence.load_facts({**row, "plain": plain}, row["evidence"], policy)


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
    caught = counts["true_positives"] + counts["false_positives"]
    return {
        "caught": caught,
        "true_positives": counts["true_positives"],
        "false_positives": counts["false_positives"],
        "precision": counts["true_positives"] / caught if caught else None,
        "recall": counts["true_positives"] / refused if refused else None,
    }


def records(db: Database) -> dict[str, dict[str, int]]:
    """Return for each rule how many of the comments that it decided have which status."""
    counts: dict[str, dict[str, int]] = {}
    for rule, status, n in db.conn.execute("select rule, status, n from rule_counts where n > 0").fetchall():
        counts.setdefault(rule, {})[status] = int(n)
    return counts
