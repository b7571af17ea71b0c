"""A comment as the rules see it, made of what was typed."""

from typing import Any

from blog.rendering.markdown import render_comment
from blog.rules import Submission
from blog.rules.policy import Policy


def typed(text: str = "A thought.", *, settings: dict[str, Any] | None = None, **facts: Any) -> Submission:
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
    return Submission(**{**seen, "text": text, **facts})
