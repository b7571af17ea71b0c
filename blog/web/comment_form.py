"""The form for a comment: for new thoughts or for a reply, empty, filled from before, or as it was sent."""

import json
from collections.abc import Mapping
from statistics import median
from typing import Any
from urllib.parse import quote

from blog import comments
from blog.rules import Action, History, outlook
from blog.web.page_view import PageView
from blog.web.post_context import page_address
from blog.wording import about, gettext


def context(view: PageView) -> dict[str, Any] | None:
    """Return the form, or None where nobody could send it: closed, or for new thoughts when only replies are taken."""
    site, post, target, sent = view.site, view.post, view.target, view.sent
    is_open = view.state.mode != "closed" and (view.state.mode != "replies-only" or target is not None)
    if site.for_export or not view.has_form or not (is_open or view.staff or sent):
        return None
    rules_slug, rules_summary = json.loads(post["house_rules"] or '["", ""]')
    sent_heading = sent.heading if sent else ""
    asks = asks_for_address(view)
    return {
        "rules_url": quote(f"/{rules_slug}/") if rules_slug else "",
        "rules_summary": rules_summary,
        "action": f"{view.url}comments",
        "heading": gettext("Reply to {name}", name=target["author"] or gettext("Anonymous"))
        if target
        else sent_heading or gettext("Add a thought"),
        "fields": _typed(view),
        "errors": sent.errors if sent else {},
        "stamp": (sent and sent.stamp) or site.stamp_of(post["slug"], view.at),
        "required": view.policy.require_name_email,
        "email_required": view.policy.require_name_email or view.policy.require_confirmed_address,
        "asks": asks,
        "promise": (sent and sent.promise) or promise(post, _outlook(view), asks=asks),
        "cancel_url": f"{page_address(view.url, *view.address[1:4])}#comment-{target['id']}" if target else "",
        "note": sent.note if sent else "",
        "note_url": sent.note_url if sent else "",
        "unsaved": gettext(site.store.trouble),
        "max_comment": comments.LIMITS["comment"],
        "staff": view.staff["name"] if view.staff else "",
        "mail": site.settings.mail is not None,
    }


def _typed(view: PageView) -> dict[str, Any]:
    """Return what the fields hold: what was sent, else what is remembered of the reader."""
    draft, profile = view.sent and view.sent.draft, view.profile
    return {
        "author": draft.author if draft else profile.get("author", ""),
        "email": draft.email if draft else profile.get("email", ""),
        "url": draft.url if draft else profile.get("url", ""),
        "comment": draft.text if draft else "",
        "comment_parent": view.target["id"] if view.target else "",
        "subscribe": draft.subscribe if draft else "",
        "remember": draft.remember if draft else bool(profile.get("remember")),
    }


def asks_for_address(view: PageView) -> bool:
    """Tell whether the sender may have to confirm the address before a moderator sees the comment."""
    known = view.profile.get("approved", 0) or view.staff
    return bool(view.site.settings.mail and view.policy.require_confirmed_address and not known)


def promise(post: Mapping[str, Any], verdict: Action, *, asks: bool = False) -> str:
    """Say what will happen to a comment, and how long a review takes lately; for spam the same as for what is held.

    With `asks`, its writer may have to confirm the address first.
    """
    if verdict is Action.ALLOW:
        return gettext("Your comment will appear at once.")
    if asks:
        return gettext("If you are new here, we mail you a link to confirm your address. Then a moderator reviews it.")
    delays = json.loads(post["delays"])
    if not delays:
        return gettext("Your comment will be reviewed by a moderator.")
    return gettext("Your comment will be reviewed by a moderator, lately in {time}.", time=about(median(delays)))


def _outlook(view: PageView) -> Action:
    profile = view.profile
    banned = "reader" if profile.get("standing") == "banned" else ""
    history = History(profile.get("approved", 0), trusted=profile.get("standing") == "trusted", banned=banned)
    return outlook(view.policy, "moderated" if view.state.held else "open", history, staff=view.staff is not None)
