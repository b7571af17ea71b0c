"""What the rules knew about a comment, stored with it, so that they can judge it again under other settings.

Texts and addresses are in the comment's own columns; the evidence holds only what could not be found out later.
"""

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from blog.rules.policy import Policy
from blog.rules.verdict import History, Submission

OF_THE_MOMENT = ("links", "honeypot", "stamp", "staff", "mode", "mention", "shared")
OF_THE_ROW = ("author", "email", "url", "text", "plain", "ip", "user_agent")
KNOWN = tuple(field.name for field in fields(History))
PLAIN, NOTHING = vars(Submission()), vars(History())
_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def dump_facts(submission: Submission) -> str:
    """Return the evidence as JSON, without default values."""
    moment, history = vars(submission), vars(submission.history)
    return _written(
        {name: moment[name] for name in OF_THE_MOMENT if moment[name] != PLAIN[name]}
        | {name: value for name, value in history.items() if value != NOTHING[name]}
    )


def load_facts(row: Mapping[str, Any], written: str, policy: Policy) -> Submission:
    """Rebuild the submission of a stored comment, with another policy; `written` is what `dump_facts` returned."""
    facts: dict[str, Any] = json.loads(written)
    history = {name: value for name, value in facts.items() if name in KNOWN}
    if "domains" in history:
        history["domains"] = tuple((name, approved, spam) for name, approved, spam in history["domains"])
    if "weighed" in history:
        history["weighed"] = tuple(history["weighed"])
    return Submission(
        **{name: row[name] for name in OF_THE_ROW},
        **{name: value for name, value in facts.items() if name in OF_THE_MOMENT},
        history=replace(History(), **history),
        policy=policy,
    )
