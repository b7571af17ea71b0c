"""What the rules were told of a comment, kept with it, so that the same rules can be asked again under other settings.

The texts and addresses stand in the comment's own row; kept here is what only that moment knew.
"""

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from blog.rules.policy import Policy
from blog.rules.verdict import History, Submission

OF_THE_MOMENT = ("links", "honeypot", "stamp", "staff", "mode")
OF_THE_ROW = ("author", "email", "url", "text", "plain", "ip", "user_agent")
KNOWN = tuple(field.name for field in fields(History))
PLAIN, NOTHING = vars(Submission()), vars(History())
_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def kept(submission: Submission) -> str:
    """Return the facts as JSON; what is as it is by default is left out."""
    moment, history = vars(submission), vars(submission.history)
    return _written(
        {name: moment[name] for name in OF_THE_MOMENT if moment[name] != PLAIN[name]}
        | {name: value for name, value in history.items() if value != NOTHING[name]}
    )


def again(row: Mapping[str, Any], facts: str, policy: Policy) -> Submission:
    """Return the submission that a row was, before other settings; `facts` as `kept` wrote them."""
    told: dict[str, Any] = json.loads(facts)
    history = {name: value for name, value in told.items() if name in KNOWN}
    if "domains" in history:
        history["domains"] = tuple((name, approved, spam) for name, approved, spam in history["domains"])
    if "weighed" in history:
        history["weighed"] = tuple(history["weighed"])
    return Submission(
        **{name: row[name] for name in OF_THE_ROW},
        **{name: value for name, value in told.items() if name in OF_THE_MOMENT},
        history=replace(History(), **history),
        policy=policy,
    )
