"""The history of a comment: each event as a sentence."""

from typing import Any

from blog import rules
from blog.journal.acts import event_sentence, who
from blog.web.site import Site
from blog.wording import N_, gettext


def describe_event(site: Site, event: Any, row: dict[str, Any]) -> dict[str, Any]:
    """Return one event of a comment's history as its page shows it; `row` is the comment."""
    return {
        "at": event["at"],
        "on": site.render.moment(event["at"]),
        "who": _who(event),
        "source": gettext(ACTORS[event["source"]]) if event["who"] and event["source"] not in NAMELESS else "",
        "sentence": event_sentence(site.acts, {**event, "verdict": rules.stored_sentence(row)}),
        "reason": "" if event["kind"] == "submit" else event["reason"],
        "batch": event["batch"],
    }


ACTORS = {
    "web": N_("a reader"),
    "command": N_("the command line"),
    "import": N_("an import"),
    "rule": N_("a rule"),
    "webmention": N_("another site"),
    "mail": N_("a reader, by mail"),
    "api": N_("a reader, by a program"),
}


NAMELESS = ("web", "mail", "api")  # sources that need no word beside a name


def _who(event: Any) -> str:
    if event["who"] and event["source"] == "mail":
        return gettext("by mail link of {name}", name=event["who"])
    return who(event) or gettext(ACTORS[event["source"]])
