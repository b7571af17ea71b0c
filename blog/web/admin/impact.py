"""What a form is about to do, and to whom: said where it is shown again, far from the page that it was sent from."""

import re
from dataclasses import replace
from typing import Any

from starlette.requests import Request

from blog import moderation
from blog.errors import Invalid, NotFound, Unavailable
from blog.moderation import Selection
from blog.people import accounts, passkeys
from blog.posts import authorship
from blog.rendering.markdown import plain_text
from blog.web import site as sites
from blog.web.admin import access, closures, decisions
from blog.web.admin.access import Impact
from blog.web.admin.comments import EMPTIED
from blog.web.render import counted

MOST = 10_000  # comments that are counted; a decision on more is said to be on more
SHOWN = 200  # characters of a comment
ROLES = {"admin": "administrator"}
OF_COMMENT = re.compile(r"/admin/comments/(\d{1,15})/[a-z]+")
OF_ACCOUNT = re.compile(r"/admin/users/(\d{1,15})/([a-z]+)")
OF_PASSKEY = re.compile(r"/admin/account/passkeys/(\d{1,15})/removal")
OWN = {
    "/admin/account/password": "Change your password and end all your other sessions?",
    "/admin/account/codes": "Create new recovery codes? The earlier ones stop working.",
}


async def question(request: Request, path: str, pairs: list[tuple[str, str]]) -> Impact:
    """Ask whether to do what needs the password again; "" for what has no name."""
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
    if found := OF_PASSKEY.fullmatch(path):
        mine = await db.read(passkeys.of_account, access.me(request)["id"])
        named = next((f" “{each['name']}”" for each in mine if each["id"] == int(found[1])), "")
        return f"Remove the passkey{named} from your account?"
    if found := OF_ACCOUNT.fullmatch(path):
        name = await db.read(accounts.name_of, int(found[1]))
        return {
            "role": f"Make “{name}” {role}?",
            "password": f"Set a new password for “{name}” and end all sessions of that account?",
            "removal": f"Remove the account “{name}” and its sessions and passkeys?",
        }.get(found[2], "")
    return OWN.get(path, "")


async def _deletion(request: Request, pairs: list[tuple[str, str]]) -> Impact:
    fields = dict(reversed(pairs))
    if (number := _one_comment("/admin/decisions", pairs)) is not None:
        return await _of_comment(request, number, "Delete this comment for good?")
    chosen = _whole(fields)
    if chosen is None:
        return Impact(f"Delete {counted(_ticked(pairs), 'comment')} for good?")
    many = await _count(request, chosen, decisions.count(fields))
    if fields.get("empty") == "1":
        return Impact(f"{EMPTIED[chosen.status]} and delete {many or 'all comments in it'} for good?")
    return Impact(f"Delete {many or 'all comments that match'} for good?")


async def told(request: Request, path: str, pairs: list[tuple[str, str]]) -> Impact:
    """Say which comment an act is about, or how many comments or posts; "" for what is none or will be refused."""
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
    return Impact(f"This is about {counted(ids, 'comment')}." if ids > 1 else "")


def _ticked(pairs: list[tuple[str, str]]) -> int:
    return len({value for name, value in pairs if name == "id"})


def _one_comment(path: str, pairs: list[tuple[str, str]]) -> int | None:
    """Return the number of the one comment that a form is about, None where it is about none or several."""
    fields = dict(reversed(pairs))
    if found := OF_COMMENT.fullmatch(path):
        return int(found[1])
    if path != "/admin/decisions":
        return None
    number = fields.get("only", "").partition(":")[2]
    if not number and _ticked(pairs) == 1 and "1" not in (fields.get("all"), fields.get("empty")):
        number = fields["id"]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 16 else None


async def _of_comment(request: Request, number: int, sentence: str) -> Impact:
    """Name a comment that whoever is signed in may see by its author and its first words."""
    row = await sites.of(request).store.read(_comment, access.owner(request), number)
    if row is None:
        return Impact("")
    words = plain_text(row["text_html"])
    return Impact(sentence, row["author"], words[:SHOWN] + ("…" if len(words) > SHOWN else ""))


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
        return f"This is about {counted(ticked, 'post')}." if ticked > 1 else ""
    count = len(await site.store.read(closures.in_list, listed, sites.now()))
    return f"All posts in the list: {counted(count, 'post')}." if count else "There are no posts in this list now."


async def _about_all(request: Request, chosen: Selection, most: int | None, *, emptying: bool) -> str:
    what = f"{EMPTIED[chosen.status]} for good" if emptying else "All that match"
    many = await _count(request, chosen, most)
    if not many:  # what was typed is given back all the same
        return f"{what}: the number of comments could not be counted in time."
    return "No comments match any more." if many == counted(0, "comment") else f"{what}: {many}."


def _whole(fields: dict[str, str]) -> Selection | None:
    try:
        return decisions.whole(fields)
    except Invalid:
        return None


async def _count(request: Request, chosen: Selection, most: int | None) -> str:
    """Say how many comments are chosen as of now, `most` at most, "" where they could not be counted in time."""
    chosen = replace(chosen, owner=access.owner(request))
    try:
        count = await sites.of(request).store.read(moderation.matching, chosen, most=MOST + 1 if most is None else most)
    except Unavailable:
        return ""
    return f"more than {counted(MOST, 'comment')}" if most is None and count > MOST else counted(count, "comment")
