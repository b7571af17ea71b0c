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
from blog.web.admin.comments import EMPTIED
from blog.wording import ngettext

MOST = 10_000  # comments that are counted; a decision on more is said to be on more
EXCERPT = 200  # characters of a comment
ROLES = {"admin": "administrator"}
OF_COMMENT = re.compile(r"/admin/comments/(\d{1,15})/[a-z]+")
OF_ACCOUNT = re.compile(r"/admin/users/(\d{1,15})/([a-z]+)")
OF_PASSKEY = re.compile(r"/admin/account/passkeys/(\d{1,15})/removal")
OWN = {
    "/admin/account/password": "Change your password and end all your other sessions?",
    "/admin/account/codes": "Make new recovery codes? The old ones stop working.",
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
    role = ROLES.get(fields.get("role", ""), fields.get("role", ""))
    if path == "/admin/users":
        return f"Create the account “{fields.get('username', '').strip()}” with the role {role}?"
    if path == "/admin/account/passkeys":
        return f"Add the passkey “{fields.get('name', '').strip() or 'Passkey'}” to your account?"
    db = sites.of(request).store
    if match := OF_PASSKEY.fullmatch(path):
        mine = await db.read(passkeys.of_account, access.me(request)["id"])
        named = next((f" “{each['name']}”" for each in mine if each["id"] == int(match[1])), "")
        return f"Remove the passkey{named} from your account?"
    if match := OF_ACCOUNT.fullmatch(path):
        name = await db.read(accounts.name_of, int(match[1]))
        return {
            "role": f"Make “{name}” {role}?",
            "password": f"Set a new password for “{name}” and end all sessions of that account?",
            "removal": f"Remove the account “{name}” and its sessions and passkeys?",
        }.get(match[2], "")
    return OWN.get(path, "")


async def _deletion(request: Request, pairs: list[tuple[str, str]]) -> Impact:
    fields = dict(reversed(pairs))
    if (number := _one_comment("/admin/decisions", pairs)) is not None:
        return await _of_comment(request, number, "Delete this comment for good?")
    chosen = _whole(fields)
    if chosen is None:
        return Impact(ngettext("Delete {n} comment for good?", "Delete {n} comments for good?", _ticked(pairs)))
    many = await _count(request, chosen, decisions.count(fields))
    if fields.get("empty") == "1":
        return Impact(f"{EMPTIED[chosen.status]} and delete {many or 'all comments in it'} for good?")
    return Impact(f"Delete {many or 'all comments that match'} for good?")


async def describe_impact(request: Request, path: str, pairs: list[tuple[str, str]]) -> Impact:
    """Say which comment an act is about, or how many comments or posts; "" where it is about none."""
    fields = dict(reversed(pairs))  # the first of each name counts
    if path == "/admin/posts/closures":
        return Impact(await _about_posts(request, fields, sum(name == "slug" for name, _ in pairs)))
    if (number := _one_comment(path, pairs)) is not None:
        return await _of_comment(request, number, "This is about the comment by")
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
        return "There are no posts in this list now."
    return ngettext("All posts in the list: {n} post.", "All posts in the list: {n} posts.", count)


async def _about_all(request: Request, chosen: Selection, most: int | None, *, emptying: bool) -> str:
    what = f"{EMPTIED[chosen.status]} for good" if emptying else "All that match"
    many = await _count(request, chosen, most)
    if not many:
        return f"{what}: the number of comments could not be counted in time."
    return "No comments match any more." if many == _comments(0) else f"{what}: {many}."


def _whole(fields: dict[str, str]) -> Selection | None:
    try:
        return decisions.whole(fields)
    except Invalid:
        return None


async def _count(request: Request, chosen: Selection, most: int | None) -> str:
    """Say how many comments match now, at most `most`; "" where they could not be counted in time."""
    chosen = replace(chosen, owner=access.owner(request))
    try:
        count = await sites.of(request).store.read(moderation.matching, chosen, most=MOST + 1 if most is None else most)
    except Unavailable:
        return ""
    return f"more than {_comments(MOST)}" if most is None and count > MOST else _comments(count)


def _comments(count: int) -> str:
    return ngettext("{n} comment", "{n} comments", count)
