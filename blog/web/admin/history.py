"""What happened to a comment, event by event, in words."""

from typing import Any

from blog.moderation import Decision
from blog.web.site import Site


def told(site: Site, event: Any, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": event["at"],
        "on": site.render.moment(event["at"]),
        "who": event["who"] or ACTORS[event["source"]],
        "source": "" if event["who"] and event["source"] == "web" else "" if not event["who"] else event["source"],
        "sentence": happened(event, row),
        "reason": "" if event["kind"] == "submit" else event["reason"],
        "batch": event["batch"],
    }


ACTORS = {"web": "a reader", "command": "the command line", "import": "an import", "rule": "a rule"}


BESIDE = {
    "edit": "Edited.",
    "answer": "Replied to.",
    "move": "Moved here.",
    "purge": "All data about its writer was erased.",
}


def happened(event: Any, row: dict[str, Any]) -> str:
    """Say what one event did to a comment."""
    if event["kind"] in ("submit", "import"):
        rule = f" by {event['rule']}" if event["rule"] else ""
        return f"Received, {event['after']}{rule}: {row['reason']} {event['reason']}".rstrip()
    if event["kind"] == "undo":
        return f"Undone: {event['before']} → {event['after'] or 'removed'}."
    if event["kind"] in BESIDE:
        return BESIDE[event["kind"]]
    return f"{Decision(event['kind']).value.capitalize()}: {event['before']} → {event['after']}."
