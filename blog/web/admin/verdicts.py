"""A verdict in the desk's words: the heading of a pile, and the reason of one comment in a line."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from blog.wording import N_, gettext, ngettext

# The piles of the queue, by the rule that put the comments there.
PILES = {
    "none": N_("No rule"),
    "comment_previously_approved": N_("First comment"),
    "mention_host": N_("Mentions"),
    "comment_max_links": N_("Links"),
    "link_domains": N_("Spam domains"),
    "near_duplicates": N_("Near duplicates"),
    "comment_burst": N_("Bursts"),
    "moderation_keys": N_("Listed words"),
    "disallowed_keys": N_("Disallowed words"),
    "no_form": N_("By script"),
    "owner_name": N_("Our names"),
    "comment_moderation": N_("All comments are held"),
    "discussion_moderated": N_("Moderated discussion"),
    "honeypot": N_("Hidden field"),
    "banned": N_("Banned"),
    "held": N_("Held senders"),
    "learned": N_("Likely spam"),
    "trusted": N_("Trusted"),
    "staff": N_("Signed in"),
    "imported": N_("Imported"),
}


def pile(rule: str) -> str:
    """Return the heading of the comments that a rule accounts for; for an unknown rule its name."""
    return gettext(PILES[rule]) if rule in PILES else rule


def rule_named(words: str) -> str:
    """Return the rule whose pile has this heading, such as “Links”; else the words, which may be a rule's name."""
    return next((rule for rule in PILES if pile(rule).casefold() == words.casefold()), words)


def _first(facts: Mapping[str, Any]) -> str:
    if facts.get("approved"):
        return ngettext("One comment approved before", "{n} comments approved before", facts["approved"])
    return gettext("First comment")


# What one comment is said to be; the facts are those that its rule stored.
REASONS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "": lambda _: gettext("No rule objected"),
    "comment_previously_approved": _first,
    "mention_host": lambda facts: gettext("A mention by {host}", host=facts["host"]),
    "comment_max_links": lambda facts: ngettext("One link", "{n} links", facts["links"]),
    "link_domains": lambda facts: gettext("Links to {domain}", domain=facts["domain"]),
    "near_duplicates": lambda _: gettext("Nearly the same text as others"),
    "comment_burst": lambda _: gettext("Many comments at once"),
    "moderation_keys": lambda facts: gettext("Listed word “{word}”", word=facts["entry"]),
    "disallowed_keys": lambda facts: gettext("Disallowed word “{word}”", word=facts["entry"]),
    "no_form": lambda _: gettext("Sent by a script"),
    "owner_name": lambda facts: (
        gettext("Signs as “{name}”", name=facts["signed"]) if "signed" in facts else gettext("Email of this site")
    ),
    "honeypot": lambda _: gettext("Filled in the hidden field"),
    "banned": lambda _: gettext("Banned sender"),
    "held": lambda _: gettext("Held sender"),
    "learned": lambda _: gettext("Likely spam"),
    "trusted": lambda _: gettext("Trusted browser"),
    "staff": lambda _: gettext("Signed in"),
}


def put_aside(row: Mapping[str, Any]) -> str:
    """Say what put a comment aside: the reason in a line, and where it put it."""
    where = gettext("to spam") if row["verdict"] == "spam" else gettext("to the trash")
    return gettext("{reason}, {where}", reason=in_a_line(row), where=where)


def in_a_line(row: Mapping[str, Any]) -> str:
    """Say in a few words why a stored comment stands where it does; the row has `rule` and `verdict_facts`."""
    facts = json.loads(row["verdict_facts"])
    if row["rule"] == "comment_previously_approved" and json.loads(row["by_email"])["approved"]:
        return gettext("Approved email, unknown browser")
    try:
        return REASONS[row["rule"]](facts)
    except KeyError:  # a rule that is gone, or facts that were erased
        return pile(row["rule"])
