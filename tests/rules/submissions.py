"""A comment as the rules see it, made of what was typed."""

import json
from typing import Any

from blog.rendering.markdown import render_comment
from blog.rules import Action, Rule, Submission
from blog.rules.policy import Policy


def typed(text: str = "A thought.", *, settings: dict[str, Any] | None = None, **fields: Any) -> Submission:
    """Return the submission of a reader whom no rule knows, with `text` rendered and these settings."""
    rendered = render_comment(text)
    seen = {
        "author": "Ana",
        "email": "ana@example.org",
        "plain": rendered.plain,
        "links": len(rendered.links),
        "ip": "198.51.100.7",
        "user_agent": "A browser/1.0",
        "policy": Policy(**(settings or {})),
    }
    return Submission(**{**seen, "text": text, **fields})


def outcome(rule: Rule, submission: Submission) -> tuple[Action, str] | None:
    """Return what a rule wants done and its sentence, made from the facts as the database keeps them."""
    verdict = rule.judge(submission)
    if verdict is None:
        return None
    assert verdict.rule == rule.__name__.rpartition(".")[2]
    return verdict.action, rule.sentence(json.loads(json.dumps(verdict.facts)))
