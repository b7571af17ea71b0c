"""The history of a comment: each event as a sentence."""

from typing import Any

from blog.moderation import Decision
from blog.web.site import Site


def describe_event(site: Site, event: Any, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": event["at"],
        "on": site.render.moment(event["at"]),
        "who": event["who"] or ACTORS[event["source"]],
        "source": "" if event["who"] and event["source"] == "web" else "" if not event["who"] else event["source"],
        "sentence": _sentence(event, row),
        "reason": "" if event["kind"] == "submit" else event["reason"],
        "batch": event["batch"],
    }


ACTORS = {"web": "a reader", "command": "the command line", "import": "an import", "rule": "a rule"}


OTHER_ACTS = {
    "edit": "Edited.",
    "answer": "Answered.",
    "move": "Moved to its present place.",
    "purge": "Its author’s data was erased.",
}


def _sentence(event: Any, row: dict[str, Any]) -> str:
    """Say what an event did to a comment."""
    if event["kind"] in ("submit", "import"):
        rule = f" by {event['rule']}" if event["rule"] else ""
        return f"Came in, {event['after']}{rule}: {row['reason']} {event['reason']}".rstrip()
    if event["kind"] == "undo":
        return f"Undone: {event['before']} → {event['after'] or 'removed'}."
    if event["kind"] in OTHER_ACTS:
        return OTHER_ACTS[event["kind"]]
    return f"{Decision(event['kind']).value.capitalize()}: {event['before']} → {event['after']}."
