"""A comment as the desk shows it, in the queue and on its own page."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from blog import filter, rules
from blog.journal.acts import find
from blog.moderation.queue import RECORD
from blog.rendering.excerpts import beginning
from blog.rendering.markdown import plain_text
from blog.web import post_context
from blog.web.admin import verdicts
from blog.web.render import ago
from blog.web.site import Site
from blog.wording import N_, gettext, listed, ngettext

LABELS = {
    "approve": ("Approve", "a"),
    "unapprove": ("Unapprove", "u"),
    "spam": ("Spam", "s"),
    "trash": ("Trash", "d"),
    "restore": ("Restore", ""),
    "delete": ("Delete", ""),
}
STATUS_WORDS = {"pending": "Pending", "approved": "Approved", "spam": "Spam", "trash": "Trash", "deleted": "Deleted"}
POSSIBLE = {
    "pending": ("approve", "spam", "trash"),
    "approved": ("unapprove", "spam", "trash"),
    "spam": ("approve", "restore", "delete"),
    "trash": ("approve", "restore", "delete"),
    "deleted": ("restore",),
    "all": ("approve", "unapprove", "spam", "trash"),
}


def decision(name: str) -> dict[str, str]:
    label, key = LABELS[name]
    return {"decision": name, "label": label, "key": key}


def row_context(site: Site, row: dict[str, Any], at: str, *, whole: bool = True) -> dict[str, Any]:
    """Return a comment as the desk shows it: its whole text, or for a list its beginning."""
    text_html, more_words = (row["text_html"], 0) if whole else beginning(row["text_html"])
    text_html = show_link_targets(text_html)
    post = {"slug": row["post"], "kind": row["post_kind"], "published_at": row["post_published_at"]}
    where = post_context.address(site, post)
    parent = {
        "id": row["parent"],
        "author": row["parent_author"] or "Anonymous",
        "url": f"/admin/comments/{row['parent']}",
    }
    return {
        "id": row["id"],
        "status": row["status"],
        "author": row["author"] or "Anonymous",
        "email": row["email"],
        "author_url": row["url"],
        "author_host": urlsplit(row["url"]).hostname or row["url"],
        "ip": row["ip"],
        "created_at": row["created_at"],
        "created_on": site.render.moment(row["created_at"]),
        "ago": ago(row["created_at"], at),
        "post_title": row["post_title"],
        "post_url": where,
        "post_slug": row["post"],
        "parent": parent if row["parent"] else None,
        "text_html": text_html,
        "more_words": more_words,
        "rule": row["rule"],
        "because": verdicts.in_a_line(row),
        "reason": rules.stored_sentence(row),
        "score": _score(row),
        "seen": f"{row['id']}:{row['status']}:{row['version']}",
        "url": f"/admin/comments/{row['id']}",
        "public_url": f"/admin/comments/{row['id']}/place" if row["status"] == "approved" else "",
        "resembles": row["resembled_name"] if row["rule"] != "owner_name" else "",
        "record": _record(row),
        "standing": _standing_in_short(row),
        "notes": [{"who": who or gettext("the command line"), "text": text} for who, text in json.loads(row["notes"])],
        "status_word": STATUS_WORDS.get(row["status"], row["status"]),
        "later": bool(row["later"]),
        "decided": _decided(site, row, at),
        "decisions": [decision(name) for name in POSSIBLE[row["status"]]],
    }


def _score(row: dict[str, Any]) -> dict[str, Any] | None:
    """Return the score of the learning filter, and the words that count for and against spam."""
    if row["score"] is None:
        return None
    because = json.loads(row["weighed"] or "[]")
    return {
        "percent": filter.percent(row["score"]),
        "step": round(row["score"] * 20) * 5,
        "for": listed(name for name, weight in because[:8] if weight > 0),
        "against": listed(name for name, weight in because[:8] if weight < 0),
    }


LINK = re.compile(r'<a href="([^"]*)"([^>]*)>(.*?)</a>', re.DOTALL)


def show_link_targets(text_html: str) -> str:
    """Show at each link of a rendered comment where it leads, unless its text is the address."""

    def with_target(link: re.Match[str]) -> str:
        bare = link[3].startswith("http")
        to = "" if bare else re.sub(r"^https?://(www\.)?|/$", "", link[1])
        return f'<a href="{link[1]}" data-to="{to}"{link[2]}>{link[3]}</a>'

    return LINK.sub(with_target, text_html)


def excerpt(text: str) -> str:
    """Return the beginning of a text in one line of at most 160 characters."""
    words = plain_text(text)
    return words if len(words) <= 160 else words[:157].rsplit(" ", 1)[0] + " …"


def _decided(site: Site, row: dict[str, Any], at: str) -> dict[str, str] | None:
    """Say what a moderator did last with a comment: who, how long ago, and why."""
    if not row["decided"]:
        return None
    kind, who, source, when, reason = json.loads(row["decided"])
    act = find(site.acts, kind)
    if act is None or not act.decided:
        return None
    by = who or {"command": "the command line", "rule": "a rule"}.get(source, "somebody")
    since = ago(when, at)
    return {"sentence": f"{act.decided} by {by}, {since}{'' if since == 'just now' else ' ago'}.", "reason": reason}


def _record(row: dict[str, Any]) -> str:
    """Describe the comments of the same browser, account and email, each separately: anybody can type an email.

    The counts of browser and account have this comment among them; that of the email has what came from elsewhere.
    """
    if row["account_id"] is not None:
        return f"Member of this site. {_of_sender('account', json.loads(row['by_account']))}."
    of_browser = json.loads(row["by_browser"])
    by_email = _of_email(json.loads(row["by_email"]))
    if of_browser["comments"] == 1 and not by_email:
        return ""
    browser = _of_sender("browser", of_browser)
    return f"{browser}. {by_email}".strip()


def _standing_in_short(row: dict[str, Any]) -> dict[str, Any]:
    """Describe the other comments of the same browser or account in two words, and tell whether they are a warning."""
    member = row["account_id"] is not None
    record = json.loads(row["by_account"] if member else row["by_browser"])
    if not member and record["names"] > 1:
        return {"words": ngettext("one name", "{n} names", record["names"]), "notable": True}
    for status, one, many in (
        ("spam", N_("one in spam"), N_("{n} in spam")),
        ("approved", N_("one approved"), N_("{n} approved")),
    ):
        others = int(record[status]) - (row["status"] == status)
        if others > 0:
            return {"words": ngettext(one, many, others), "notable": status == "spam"}
    if record["comments"] <= 1:
        return {"words": gettext("first comment"), "notable": False}
    return {"words": ngettext("one comment", "{n} comments", record["comments"]), "notable": False}


def _of_sender(kind: str, record: dict[str, Any]) -> str:
    count, names = record["comments"], record["names"]
    if not count:
        return f"Unknown {kind}"
    if count == 1:
        return f"First comment from this {kind}"
    under = f" under {names} names" if names > 1 else ""
    return f"This {kind}: {_number(count)} comments{under}{_standing(record)}"


def _of_email(record: dict[str, Any]) -> str:
    """Describe the comments with the same email from other browsers."""
    count, imported, approved = record["comments"], int(record["imported"]), int(record["approved"])
    if not count:
        return ""
    where = "from another browser" if record["browsers"] == 1 else "from other browsers"
    if imported:
        where = "imported" if imported == count else f"imported or {where}"
    if approved == count:
        often = {1: "once", 2: "twice"}.get(approved, f"{_number(approved)} times")
        return f"This email: approved {often}, {where}."
    return f"This email: {_number(count)} {'comment' if count == 1 else 'comments'} {where}{_standing(record)}."


def _standing(record: dict[str, Any]) -> str:
    """Say how many of a sender's comments have which status; the rest are pending."""
    words = {"approved": "approved", "spam": "in spam", "trash": "in the trash"}
    return "".join(f", {int(record[status]):,} {word}" for status, word in words.items() if record[status])


def _number(count: int) -> str:
    return f"{count:,}" if count < RECORD else f"{RECORD} or more"
