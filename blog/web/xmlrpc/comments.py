"""The methods about comments."""

from collections.abc import Mapping
from typing import Any
from xmlrpc.client import Fault

from blog.web.xmlrpc import posts, structs
from blog.web.xmlrpc.asking import Asked
from blog.web.xmlrpc.structs import Struct

STATUS_LIST = {"hold": "Unapproved", "approve": "Approved", "spam": "Spam"}
COUNTED = {"approved": "approve", "awaiting_moderation": "hold", "spam": "spam"}
NO_COMMENT = "Invalid comment ID."


async def get_comments(asked: Asked) -> list[Struct]:
    """`wp.getComments(blog, name, password, filter)`"""
    wanted = asked.struct(1)
    given: Struct = {
        "context": "edit",
        "status": str(wanted.get("status") or "all"),
        "per_page": max(1, min(structs.number(wanted.get("number") or 10), posts.MOST)),
        "offset": structs.number(wanted.get("offset") or 0),
    }
    if wanted.get("post_id"):
        given["post"] = [structs.number(wanted["post_id"])]
    found = await asked.ask("GET", "comments", **given)
    titles = await _titles(asked, sorted({each["post"] for each in found}))
    return [structs.comment(each, titles.get(each["post"], "")) for each in found]


async def _titles(asked: Asked, numbers: list[int]) -> dict[int, str]:
    """Return the titles of posts and pages that everybody may read."""
    titles: dict[int, str] = {}
    for base in ("posts", "pages"):
        if numbers:
            found = await asked.ask("GET", base, include=numbers, per_page=posts.MOST)
            titles |= {each["id"]: structs.unescaped(each["title"]["rendered"]) for each in found}
    return titles


async def get_comment(asked: Asked) -> Struct:
    """`wp.getComment(blog, name, password, comment)`"""
    found = await _find(asked, asked.arg(1))
    return structs.comment(found, (await _titles(asked, [found["post"]])).get(found["post"], ""))


async def _find(asked: Asked, given: Any) -> Mapping[str, Any]:
    try:
        number = structs.number(given)
    except Fault:
        raise Fault(404, NO_COMMENT) from None
    found: Mapping[str, Any] = await asked.ask("GET", f"comments/{number}", context="edit")
    return found


async def new_comment(asked: Asked) -> int:
    """`wp.newComment(blog, name, password, post, comment)`: as the account that signs in, never as anybody else."""
    struct = asked.struct(2)
    content = str(struct.get("content") or "")
    if not content.strip():
        raise Fault(403, "Comment is required.")
    given: Struct = {"post": await _post(asked, asked.arg(1)), "content": content}
    if parent := struct.get("comment_parent"):
        given["parent"] = structs.number(parent)
    return int((await asked.ask("POST", "comments", **given))["id"])


async def _post(asked: Asked, given: Any) -> int:
    """Return a post's number; of an address, the number of the post there."""
    text = str(given).strip()
    if text.isascii() and text.isdigit():
        return structs.number(text)
    slug = text.rstrip("/").rpartition("/")[2]
    for base in ("posts", "pages"):
        for each in await asked.ask("GET", base, slug=[slug]):
            if each["link"].rstrip("/") == text.rstrip("/"):
                return int(each["id"])
    raise Fault(404, "Invalid post ID.")


async def edit_comment(asked: Asked) -> bool:
    """`wp.editComment(blog, name, password, comment, content)`"""
    found = await _find(asked, asked.arg(1))
    struct = asked.struct(2)
    same = {"content": "content", "author": "author_name", "author_url": "author_url", "status": "status"}
    given = {ours: str(struct[theirs]) for theirs, ours in same.items() if struct.get(theirs) not in (None, "")}
    if "status" in given and given["status"] not in (*STATUS_LIST, "trash"):
        raise Fault(401, "Invalid comment status.")
    if given.get("status") == structs.COMMENT_STATUSES.get(found["status"]):
        del given["status"]
    await asked.ask("POST", f"comments/{found['id']}", **given)
    return True


async def delete_comment(asked: Asked) -> bool:
    """`wp.deleteComment(blog, name, password, comment)`; one in the trash is deleted."""
    found = await _find(asked, asked.arg(1))
    more = {"force": True} if found["status"] == "trash" else {}
    await asked.ask("DELETE", f"comments/{found['id']}", **more)
    return True


async def count(asked: Asked) -> Struct:
    """`wp.getCommentCount(blog, name, password, post)`"""
    given = asked.arg(1, 0) or 0
    post = {"post": [structs.number(given)]} if str(given) not in ("0", "") else {}
    counts: Struct = {}
    for name, status in COUNTED.items():
        answer = await asked.answer("GET", "comments", {"context": "edit", "status": status, "per_page": 1, **post})
        counts[name] = int(answer.headers["X-WP-Total"])
    return {**counts, "total_comments": sum(counts.values())}


async def statuses(asked: Asked) -> Struct:
    """`wp.getCommentStatusList(blog, name, password)`"""
    return dict(STATUS_LIST)
