"""The switch of one post as it is shown: its state and cause in words, what it overrides, and the choices."""

from collections.abc import Mapping
from typing import Any

from blog import closing
from blog.journal import acts, events
from blog.journal.events import Batch
from blog.people import accounts
from blog.people.accounts import Account
from blog.posts import authorship
from blog.rules.policy import Policy
from blog.web import discussion
from blog.web.site import Site


def of_post(row: Mapping[str, Any], rules: Policy, at: str) -> dict[str, Any]:
    """Return the switch of a post; its own fields are filled with what is set already."""
    facts = closing.facts(dict(row))
    found = closing.state(facts, rules, at)
    own = facts.switch if facts.switch and facts.switch.holds(at) else None
    return {
        "slug": row["slug"],
        "title": row["title"],
        "mode": found.mode,
        "state_word": closing.MODES[found.mode].capitalize(),
        "cause": closing.because(found, facts, at),
        "override": closing.override(facts, rules, at),
        "overridden": own is not None,
        "by_site": found.cause == "site",
        "note": own.note if own else "",
        "until": closing.day_of(own.until, facts) if own and own.until else "",
    }


def on_page(
    site: Site, post: Mapping[str, Any], staff: Account | None, batch: Batch | None, at: str
) -> dict[str, Any] | None:
    """Return the switch for the post's own page, with what was just done there; None for who may not switch."""
    if staff is None:
        return None
    if staff["role"] not in accounts.MODERATORS and not authorship.is_own(staff["name"], post):
        return None
    shown = of_post(post, discussion.rules_of(dict(post)), at)
    undone = batch is not None and events.taken_back_by(batch) is not None
    sentence = acts.undone_sentence if undone else acts.sentence
    said = sentence(site.acts, batch) if batch else ""
    undo = "" if batch is None or undone else f"/admin/batches/{batch['id']}/reversal"
    back = f"{discussion.address(site, dict(post))}#switch"
    return {**shown, "who": staff["name"], "back": back, "said": said, "undo_url": undo}
