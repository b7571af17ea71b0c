"""The switch of one post as it is shown: its state and cause in words, what it overrides, and the choices."""

from collections.abc import Mapping
from typing import Any

from blog import closing
from blog.journal import acts, events
from blog.people import accounts
from blog.posts import authorship
from blog.rules.policy import Policy
from blog.web.page_view import PageView
from blog.wording import N_, gettext

# In a list, and within a sentence.
STATES = {
    "open": (N_("Open"), N_("open")),
    "moderated": (N_("Moderated"), N_("moderated")),
    "replies-only": (N_("Replies only"), N_("replies only")),
    "closed": (N_("Closed"), N_("closed")),
}


def of_post(row: Mapping[str, Any], policy: Policy, at: str) -> dict[str, Any]:
    """Return the switch of a post; its own fields are filled with what is set already."""
    facts = closing.facts(dict(row))
    state = closing.state(facts, policy, at)
    own = facts.switch if facts.switch and facts.switch.holds(at) else None
    return {
        "slug": row["slug"],
        "title": row["title"],
        "mode": state.mode,
        "state_word": gettext(STATES[state.mode][0]),
        "state_name": gettext(STATES[state.mode][1]),
        "cause": closing.because(state, facts, at),
        "override": closing.override(facts, policy, at),
        "overridden": own is not None,
        "by_site": state.cause == "site",
        "note": own.note if own else "",
        "until": closing.day_of(own.until, facts) if own and own.until else "",
    }


def may_use(view: PageView) -> bool:
    """Tell whether who asks may close this discussion, and pick among its comments."""
    staff = view.staff
    return staff is not None and (staff["role"] in accounts.MODERATORS or authorship.is_own(staff["name"], view.post))


def on_page(view: PageView) -> dict[str, Any] | None:
    """Return the switch for the post's own page, with what was just done there; None for who may not switch."""
    staff, batch = view.staff, view.batch
    if staff is None or not may_use(view):
        return None
    undone = batch is not None and events.undone_by(batch) is not None
    return {
        **of_post(view.post, view.policy, view.at),
        "who": staff["name"],
        "back": f"{view.url}#switch",
        "said": "" if batch is None else (acts.undone_sentence if undone else acts.sentence)(view.site.acts, batch),
        "undo_url": "" if batch is None or undone else f"/admin/batches/{batch['id']}/reversal",
    }
