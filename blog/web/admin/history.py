"""The history of a comment: each event as a sentence."""

from typing import Any

from blog import rules
from blog.journal.acts import event_sentence
from blog.web.site import Site


def describe_event(site: Site, event: Any, row: dict[str, Any]) -> dict[str, Any]:
    """Return one event of a comment's history as its page shows it; `row` is the comment."""
    return {
        "at": event["at"],
        "on": site.render.moment(event["at"]),
        "who": event["who"] or ACTORS[event["source"]],
        "source": "" if event["who"] and event["source"] == "web" else "" if not event["who"] else event["source"],
        "sentence": event_sentence(site.acts, {**event, "verdict": rules.stored_sentence(row)}),
        "reason": "" if event["kind"] == "submit" else event["reason"],
        "batch": event["batch"],
    }


ACTORS = {"web": "a reader", "command": "the command line", "import": "an import", "rule": "a rule"}
