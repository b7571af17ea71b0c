"""What a form is about to do, and to whom: for the pages that show it again after a login or for the password."""

import re
from dataclasses import replace
from typing import Any, NamedTuple

from starlette.requests import Request

from blog import moderation
from blog.errors import Invalid, NotFound, Unavailable
from blog.moderation import Selection
from blog.people import accounts, passkeys
from blog.posts import authorship
from blog.rendering.markdown import plain_text
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, closures, decisions
from blog.wording import N_, gettext, ngettext

MOST = 10_000  # comments that are counted; a decision on more is said to be on more
EXCERPT = 200  # characters of a comment
OF_COMMENT = re.compile(r"/admin/comments/(\d{1,15})/[a-z]+")
OF_ACCOUNT = re.compile(r"/admin/users/(\d{1,15})/([a-z]+)")
OF_PASSKEY = re.compile(r"/admin/account/passkeys/(\d{1,15})/removal")
OF_WEBHOOK = re.compile(r"/admin/webhooks/\d{1,15}/removal")
OWN = {
    "/admin/account/password": N_("Change your password and end all your other sessions?"),
    "/admin/webhooks": N_("Add the webhook? Its address will be told of what happens here."),
    "/admin/account/codes": N_("Make new recovery codes? The old ones stop working."),
}


class Impact(NamedTuple):
    """What an act is about: a sentence, and the author and first words of the one comment that it concerns."""

    sentence: str
    author: str = ""
    words: str = ""


async def question(request: Request, path: str, pairs: list[tuple[str, str]]) -> Impact:
    """Return the question that is asked with the password; "" for what has none."""
    if path == "/admin/decisions":
        return await _deletion(request, pairs)
    return Impact(await _about_accounts(request, path, dict(reversed(pairs))))


async def _about_accounts(request: Request, path: str, fields: dict[str, str]) -> str:
    role = fields.get("role", "")
    role = gettext(ROLES.get(role, role))
    if path == "/admin/users":
        name = fields.get("username", "").strip()
        return gettext("Create the account “{name}” with the role {role}?", name=name, role=role)
    if path == "/admin/account/passkeys":
        name = fields.get("name", "").strip() or gettext("Passkey")
        return gettext("Add the passkey “{name}” to your account?", name=name)
    if OF_WEBHOOK.fullmatch(path):
        return gettext("Remove the webhook? It will be told nothing any more.")
    db = sites.of(request).store
    if match := OF_PASSKEY.fullmatch(path):
        mine = await db.read(passkeys.of_account, access.me(request)["id"])
        named = next((each["name"] for each in mine if each["id"] == int(match[1])), "")
        if not named:
            return gettext("Remove the passkey from your account?")
        return gettext("Remove the passkey “{name}” from your account?", name=named)
    if match := OF_ACCOUNT.fullmatch(path):
        name = await db.read(accounts.name_of, int(match[1]))
        return gettext(OF_OTHERS.get(match[2], ""), name=name, role=role)
    return gettext(OWN.get(path, ""))


ROLES = {  # as somebody is called
    "admin": N_("administrator"),
    "editor": N_("editor"),
    "moderator": N_("moderator"),
    "author": N_("author"),
}
OF_OTHERS = {
    "role": N_("Make “{name}” {role}?"),
    "password": N_("Set a new password for “{name}” and end all sessions of that account?"),
    "removal": N_("Remove the account “{name}” and its sessions and passkeys?"),
}


async def _deletion(request: Request, pairs: list[tuple[str, str]]) -> Impact:
    fields = dict(reversed(pairs))
    if (number := _one_comment("/admin/decisions", pairs)) is not None:
        return await _of_comment(request, number, gettext("Delete this comment for good?"))
    chosen = _whole(fields)
    if chosen is None:
        return Impact(ngettext("Delete {n} comment for good?", "Delete {n} comments for good?", _ticked(pairs)))
    count = await _count(request, chosen, decisions.count(fields))
    if count is None:
        return Impact(gettext(DELETE_ALL.get(chosen.status if fields.get("empty") == "1" else "", DELETE_ALL[""])))
    return Impact(_delete(count, chosen.status if fields.get("empty") == "1" else ""))


DELETE_ALL = {
    "": N_("Delete all comments that match for good?"),
    "spam": N_("Empty spam and delete all comments in it for good?"),
    "trash": N_("Empty the trash and delete all comments in it for good?"),
}


def _delete(count: int, emptied: str) -> str:
    """Ask whether so many comments shall be deleted; MOST + 1 stands for more than MOST."""
    n = min(count, MOST)
    if count > MOST:
        return {
            "": ngettext("Delete more than {n} comment for good?", "Delete more than {n} comments for good?", n),
            "spam": ngettext(
                "Empty spam and delete more than {n} comment for good?",
                "Empty spam and delete more than {n} comments for good?",
                n,
            ),
            "trash": ngettext(
                "Empty the trash and delete more than {n} comment for good?",
                "Empty the trash and delete more than {n} comments for good?",
                n,
            ),
        }[emptied]
    return {
        "": ngettext("Delete {n} comment for good?", "Delete {n} comments for good?", n),
        "spam": ngettext(
            "Empty spam and delete {n} comment for good?", "Empty spam and delete {n} comments for good?", n
        ),
        "trash": ngettext(
            "Empty the trash and delete {n} comment for good?", "Empty the trash and delete {n} comments for good?", n
        ),
    }[emptied]


async def describe_impact(request: Request, path: str, pairs: list[tuple[str, str]]) -> Impact:
    """Say which comment an act is about, or how many comments or posts; "" where it is about none."""
    fields = dict(reversed(pairs))  # the first of each name counts
    if path == "/admin/posts/closures":
        return Impact(await _about_posts(request, fields, sum(name == "slug" for name, _ in pairs)))
    if (number := _one_comment(path, pairs)) is not None:
        return await _of_comment(request, number, gettext("This is about the comment by"))
    if path != "/admin/decisions" or fields.get("only"):
        return Impact("")
    try:
        chosen = decisions.whole(fields)
    except Invalid:
        return Impact("")
    if chosen is not None:
        return Impact(await _about_all(request, chosen, decisions.count(fields), emptying=fields.get("empty") == "1"))
    ids = _ticked(pairs)
    return Impact(ngettext("This is about {n} comment.", "This is about {n} comments.", ids) if ids > 1 else "")


def _ticked(pairs: list[tuple[str, str]]) -> int:
    return len({value for name, value in pairs if name == "id"})


def _one_comment(path: str, pairs: list[tuple[str, str]]) -> int | None:
    """Return the id of the one comment that a form is about, None where it is about none or several."""
    fields = dict(reversed(pairs))
    if match := OF_COMMENT.fullmatch(path):
        return int(match[1])
    if path != "/admin/decisions":
        return None
    number = fields.get("only", "").partition(":")[2]
    if not number and _ticked(pairs) == 1 and "1" not in (fields.get("all"), fields.get("empty")):
        number = fields["id"]
    return forms.number(number)


async def _of_comment(request: Request, number: int, sentence: str) -> Impact:
    """Describe a comment by its author and first words, if the signed-in person may see it."""
    row = await sites.of(request).store.read(_comment, access.owner(request), number)
    if row is None:
        return Impact("")
    words = plain_text(row["text_html"])
    return Impact(sentence, row["author"], words[:EXCERPT] + ("…" if len(words) > EXCERPT else ""))


def _comment(db: Any, owner: str, number: int) -> dict[str, Any] | None:
    if owner and not authorship.of_comment(db, owner, number):
        return None
    try:
        return moderation.comment(db, number)
    except NotFound:
        return None


async def _about_posts(request: Request, fields: dict[str, str], ticked: int) -> str:
    if not access.may(request, "site"):
        return ""
    listed, site = closures.whole(fields), sites.of(request)
    if listed is None:
        return ngettext("This is about {n} post.", "This is about {n} posts.", ticked) if ticked > 1 else ""
    count = len(await site.store.read(closures.in_list, listed, sites.now()))
    if not count:
        return gettext("There are no posts in this list now.")
    return ngettext("All posts in the list: {n} post.", "All posts in the list: {n} posts.", count)


async def _about_all(request: Request, chosen: Selection, most: int | None, *, emptying: bool) -> str:
    emptied = chosen.status if emptying else ""
    count = await _count(request, chosen, most)
    if count is None:
        return gettext(UNCOUNTED[emptied])
    return _all(count, emptied) if count else gettext("No comments match any more.")


UNCOUNTED = {
    "": N_("All that match: the number of comments could not be counted in time."),
    "spam": N_("Empty spam for good: the number of comments could not be counted in time."),
    "trash": N_("Empty the trash for good: the number of comments could not be counted in time."),
}


def _all(count: int, emptied: str) -> str:
    """Say that so many comments are meant; MOST + 1 stands for more than MOST."""
    n = min(count, MOST)
    if count > MOST:
        return {
            "": ngettext("All that match: more than {n} comment.", "All that match: more than {n} comments.", n),
            "spam": ngettext(
                "Empty spam for good: more than {n} comment.", "Empty spam for good: more than {n} comments.", n
            ),
            "trash": ngettext(
                "Empty the trash for good: more than {n} comment.",
                "Empty the trash for good: more than {n} comments.",
                n,
            ),
        }[emptied]
    return {
        "": ngettext("All that match: {n} comment.", "All that match: {n} comments.", n),
        "spam": ngettext("Empty spam for good: {n} comment.", "Empty spam for good: {n} comments.", n),
        "trash": ngettext("Empty the trash for good: {n} comment.", "Empty the trash for good: {n} comments.", n),
    }[emptied]


def _whole(fields: dict[str, str]) -> Selection | None:
    try:
        return decisions.whole(fields)
    except Invalid:
        return None


async def _count(request: Request, chosen: Selection, most: int | None) -> int | None:
    """Count the comments that match now, at most `most`, else MOST + 1; None where that took too long."""
    chosen = replace(chosen, owner=access.owner(request))
    try:
        count = await sites.of(request).store.read(moderation.matching, chosen, most=MOST + 1 if most is None else most)
    except Unavailable:
        return None
    return int(count)
