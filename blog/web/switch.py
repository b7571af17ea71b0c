"""The switch of one post as it is shown: its state and cause in words, what it overrides, and the choices."""

from collections.abc import Mapping
from typing import Any

from blog import closing
from blog.journal import events
from blog.journal.events import Batch
from blog.people import accounts
from blog.people.accounts import Account
from blog.posts import authorship
from blog.rules.policy import Policy


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
    post: Mapping[str, Any], rules: Policy, staff: Account | None, did: Batch | None, url: str, at: str
) -> dict[str, Any] | None:
    """Return the switch for the post's own page, with what was just done there; None for who may not switch."""
    if staff is None:
        return None
    if staff["role"] not in accounts.MODERATORS and not authorship.is_own(staff["name"], post):
        return None
    shown = of_post(post, rules, at)
    undone = did is not None and events.taken_back_by(did) is not None
    said = "" if did is None else events.undone(did) if undone else events.sentence(did)
    undo = "" if did is None or undone else f"/admin/batches/{did['id']}/reversal"
    return {**shown, "who": staff["name"], "back": f"{url}#switch", "said": said, "undo_url": undo}
