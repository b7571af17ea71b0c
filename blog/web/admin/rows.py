"""A comment as the desk shows it, in the queue and on its own page."""

import json
import re
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from blog import filter, rules
from blog.comments.unconfirmed import ASKED_HOURS
from blog.journal import events
from blog.journal.acts import find
from blog.moderation.queue import RECORD
from blog.rendering.excerpts import beginning
from blog.rendering.markdown import plain_text
from blog.rules.signals import phrase
from blog.web import post_context
from blog.web.admin import verdicts
from blog.web.render import ago
from blog.web.site import Site
from blog.wording import MINUTE, N_, facts, gettext, listed, ngettext, number


class Label(NamedTuple):
    """What a decision is called on its button, with its key; on whose comment; and in spite of a conflict."""

    name: str
    key: str
    about: str
    anyway: str


LABELS = {
    "approve": Label(N_("Approve"), "a", N_("Approve the comment by {author}"), N_("Approve anyway")),
    "unapprove": Label(N_("Unapprove"), "u", N_("Unapprove the comment by {author}"), N_("Unapprove anyway")),
    "spam": Label(N_("Spam"), "s", N_("Spam the comment by {author}"), N_("Spam anyway")),
    "trash": Label(N_("Trash"), "d", N_("Trash the comment by {author}"), N_("Trash anyway")),
    "restore": Label(N_("Restore"), "", N_("Restore the comment by {author}"), N_("Restore anyway")),
    "delete": Label(N_("Delete"), "", N_("Delete the comment by {author}"), N_("Delete anyway")),
}
# In a list, and within a sentence.
STATUSES = {
    "pending": (N_("Pending"), N_("pending")),
    "approved": (N_("Approved"), N_("approved")),
    "spam": (N_("Spam"), N_("spam")),
    "trash": (N_("Trash"), N_("trash")),
    "deleted": (N_("Deleted"), N_("deleted")),
    "all": (N_("All"), N_("all")),
}
POSSIBLE = {
    "pending": ("approve", "spam", "trash"),
    "approved": ("unapprove", "spam", "trash"),
    "spam": ("approve", "restore", "delete"),
    "trash": ("approve", "restore", "delete"),
    "deleted": ("restore",),
    "all": ("approve", "unapprove", "spam", "trash"),
}


def status_name(status: str) -> str:
    """Return a status as it stands alone: Pending."""
    return gettext(STATUSES[status][0])


def status_word(status: str) -> str:
    """Return a status as it stands within a sentence: pending."""
    return gettext(STATUSES[status][1])


def decision(name: str, author: str = "") -> dict[str, str]:
    label = LABELS[name]
    return {
        "decision": name,
        "label": gettext(label.name),
        "key": label.key,
        "about": gettext(label.about, author=author),
    }


# What came of another site instead of a comment.
KINDS = {
    "webmention": N_("Mention"),
    "like": N_("Like"),
    "repost": N_("Repost"),
    "pingback": N_("Pingback"),
    "trackback": N_("Trackback"),
}


def row_context(site: Site, row: dict[str, Any], at: str, *, whole: bool = True) -> dict[str, Any]:
    """Return a comment as the desk shows it: its whole text, or for a list its beginning."""
    text_html, more_words = (row["text_html"], 0) if whole else beginning(row["text_html"])
    text_html = show_link_targets(text_html)
    post = {"slug": row["post"], "kind": row["post_kind"], "published_at": row["post_published_at"]}
    author = row["author"] or gettext("Anonymous")
    where = post_context.address(site, post)
    parent = {
        "id": row["parent"],
        "author": row["parent_author"] or gettext("Anonymous"),
        "url": f"/admin/comments/{row['parent']}",
    }
    return {
        "id": row["id"],
        "status": row["status"],
        "status_name": status_name(row["status"]),
        "kind": gettext(KINDS[row["kind"]]) if row["kind"] in KINDS else "",
        "author": author,
        "email": row["email"],
        "author_url": row["url"],
        "author_host": urlsplit(row["url"]).hostname or row["url"],
        "ip": row["ip"],
        "created_at": row["created_at"] or "",
        "created_on": site.render.moment(row["created_at"]) if row["created_at"] else "",
        "ago": ago(row["created_at"], at) if row["created_at"] else "",
        "post_title": row["post_title"],
        "post_language": row["post_language"],
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
        "public_url": f"/admin/comments/{row['id']}/place" if row["status"] in ("approved", "pending") else "",
        "resembles": row["resembled_name"] if row["rule"] != "owner_name" else "",
        "record": _record(row),
        "standing": _standing_in_short(row),
        "notes": [{"who": who or gettext("the command line"), "text": text} for who, text in json.loads(row["notes"])],
        "later": bool(row["later"]),
        "unconfirmed": _unconfirmed(site, row["unconfirmed"]),
        "reports": ngettext("Reported by one reader.", "Reported by {n} readers.", n) if (n := row["reports"]) else "",
        "decided": _decided(site, row, at),
        "decisions": [decision(name, author) for name in POSSIBLE[row["status"]]],
    }


def _unconfirmed(site: Site, asked_at: str | None) -> str:
    """Say that the writer has to confirm the address first, and when the comment is removed, "" otherwise."""
    if asked_at is None:
        return ""
    if not asked_at:
        return gettext("Its writer has not confirmed the address; the mail that asks was not sent yet.")
    removal = events.stamp(events.moment(asked_at) + timedelta(hours=ASKED_HOURS))
    return gettext(
        "Its writer has not confirmed the address. Without that it is removed on {moment}.",
        moment=site.render.moment(removal),
    )


def _score(row: dict[str, Any]) -> dict[str, Any] | None:
    """Return the score of the learning filter, and the words that count for and against spam."""
    if row["score"] is None:
        return None
    because = json.loads(row["weighed"] or "[]")
    return {
        "percent": filter.percent(row["score"]),
        "step": round(row["score"] * 20) * 5,
        "for": listed(phrase(name) for name, weight in because[:8] if weight > 0),
        "against": listed(phrase(name) for name, weight in because[:8] if weight < 0),
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


ACTORS = {
    "web": N_("somebody"),
    "command": N_("the command line"),
    "rule": N_("a rule"),
    "webmention": N_("another site"),
}


def _decided(site: Site, row: dict[str, Any], at: str) -> dict[str, str] | None:
    """Say what a moderator did last with a comment: who, how long ago, and why."""
    if not row["decided"]:
        return None
    kind, who, source, when, reason = json.loads(row["decided"])
    act = find(site.acts, kind)
    if act is None or not act.decided:
        return None
    by = who or gettext(ACTORS.get(source, ACTORS["web"]))
    seconds = (events.moment(at) - events.moment(when)).total_seconds()
    if seconds < MINUTE:
        sentence = gettext("{act} by {who}, just now.", act=gettext(act.decided), who=by)
    else:
        sentence = gettext("{act} by {who}, {time} ago.", act=gettext(act.decided), who=by, time=ago(when, at))
    return {"sentence": sentence, "reason": reason}


def _record(row: dict[str, Any]) -> str:
    """Describe the comments of the same browser, account and email, each separately: anybody can type an email.

    The counts of browser and account have this comment among them; that of the email has what came from elsewhere.
    """
    if row["account_id"] is not None:
        return f"{gettext('Member of this site.')} {_of_sender('account', json.loads(row['by_account']))}"
    of_browser = json.loads(row["by_browser"])
    if row["source"] == "webmention":
        return _of_sender("host", of_browser) if of_browser["comments"] > 1 else ""
    by_email = _of_email(json.loads(row["by_email"]))
    confirmed = gettext("Address confirmed.") if row["address_confirmed"] else ""
    if of_browser["comments"] == 1 and not by_email and not confirmed:
        return ""
    return " ".join(part for part in (_of_sender("browser", of_browser), by_email, confirmed) if part)


def _standing_in_short(row: dict[str, Any]) -> dict[str, Any]:
    """Describe the other comments of the same browser or account in two words, and tell whether they are a warning."""
    member, mention = row["account_id"] is not None, row["source"] == "webmention"
    record = json.loads(row["by_account"] if member else row["by_browser"])
    if not member and not mention and record["names"] > 1:
        return {"words": ngettext("one name", "{n} names", record["names"]), "notable": True}
    spam, approved = (int(record[status]) - (row["status"] == status) for status in ("spam", "approved"))
    if spam > 0:
        return {"words": ngettext("one in spam", "{n} in spam", spam), "notable": True}
    if approved > 0:
        return {"words": ngettext("one approved", "{n} approved", approved), "notable": False}
    if record["comments"] <= 1:
        first = gettext("first mention") if mention else gettext("first comment")
        return {"words": first, "notable": False}
    return {"words": ngettext("one comment", "{n} comments", record["comments"]), "notable": False}


UNKNOWN = {"account": N_("Unknown account."), "browser": N_("Unknown browser."), "host": N_("Unknown host.")}
FIRST = {
    "account": N_("First comment from this account."),
    "browser": N_("First comment from this browser."),
    "host": N_("First mention by this host."),
}


def _of_sender(kind: str, record: dict[str, Any]) -> str:
    count, names = record["comments"], record["names"]
    if not count:
        return gettext(UNKNOWN[kind])
    if count == 1:
        return gettext(FIRST[kind])
    what = facts([_comments(count), *_standing(record)])
    if names > 1:
        what = facts([_under(count, names), *_standing(record)])
    return gettext(RECORDS[kind], comments=what)


RECORDS = {
    "account": N_("This account: {comments}."),
    "browser": N_("This browser: {comments}."),
    "host": N_("This host: {comments}."),
    "email": N_("This email: {comments}."),
}


def _comments(count: int) -> str:
    if count < RECORD:
        return ngettext("{n} comment", "{n} comments", count)
    return ngettext("{n} or more comments", "{n} or more comments", RECORD)


def _under(count: int, names: int) -> str:
    """Say how many comments there are, and under how many names."""
    return ngettext("{comments} under {n} name", "{comments} under {n} names", names, comments=_comments(count))


def _of_email(record: dict[str, Any]) -> str:
    """Describe the comments with the same email from other browsers."""
    count, imported, approved = record["comments"], int(record["imported"]), int(record["approved"])
    if not count:
        return ""
    where = ELSEWHERE[record["browsers"] == 1, "all" if imported == count else "some" if imported else "none"]
    if approved == count and approved < RECORD:
        often = ngettext("approved once", "approved {n} times", approved)
        return gettext(RECORDS["email"], comments=facts([often, gettext(where)]))
    what = gettext("{comments} {where}", comments=_comments(count), where=gettext(where))
    return gettext(RECORDS["email"], comments=facts([what, *_standing(record)]))


# Whether the comments came from one other browser, and how many of them were imported.
ELSEWHERE = {
    (True, "none"): N_("from another browser"),
    (False, "none"): N_("from other browsers"),
    (True, "some"): N_("imported or from another browser"),
    (False, "some"): N_("imported or from other browsers"),
    (True, "all"): N_("imported"),
    (False, "all"): N_("imported"),
}


def _standing(record: dict[str, Any]) -> list[str]:
    """Say how many of a sender's comments have which status; the rest are pending."""
    words = {"approved": N_("{n} approved"), "spam": N_("{n} in spam"), "trash": N_("{n} in the trash")}
    return [gettext(sentence, n=number(int(record[status]))) for status, sentence in words.items() if record[status]]
