"""The methods about posts, their tags and their files."""

import tempfile
from collections.abc import Mapping
from typing import Any
from xmlrpc.client import Binary, Fault

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from blog.web.xmlrpc import structs
from blog.web.xmlrpc.asking import Asked
from blog.web.xmlrpc.structs import Struct

STATUSES = ["publish", "future", "draft", "private"]
MOST = 100
BASES = {"post": "posts", "page": "pages"}
TAXONOMIES = {"category": "categories", "post_tag": "tags"}


async def get_posts(asked: Asked) -> list[Struct]:
    """`wp.getPosts(blog, name, password, filter, fields)`"""
    wanted = asked.struct(1)
    kind = str(wanted.get("post_type") or "post")
    if kind not in BASES:
        raise Fault(403, "Invalid post type.")
    given: Struct = {
        "context": "edit",
        "status": _statuses(wanted.get("post_status") or STATUSES),
        "per_page": _size(wanted.get("number"), 10),
        "offset": structs.number(wanted.get("offset") or 0),
        "order": "asc" if str(wanted.get("order")).lower() == "asc" else "desc",
    }
    if wanted.get("s"):
        given["search"] = str(wanted["s"])
    return await _posts(asked, await asked.ask("GET", BASES[kind], **given))


def _statuses(given: Any) -> list[str]:
    each = [str(status) for status in (given if isinstance(given, list) else str(given).split(","))]
    return ["draft" if status == "pending" else status for status in each]


def _size(value: Any, usual: int) -> int:
    return max(1, min(structs.number(value), MOST)) if value else usual


async def _posts(asked: Asked, found: list[Mapping[str, Any]]) -> list[Struct]:
    terms = await _terms_of(asked, found)
    return [structs.post(each, _both(terms, each)) for each in found]


async def _terms_of(asked: Asked, found: list[Mapping[str, Any]]) -> dict[int, Mapping[str, Any]]:
    """Return the tags of posts by their numbers, asked for a hundred at a time."""
    numbers = sorted({number for each in found for number in each.get("tags", [])})
    terms: dict[int, Mapping[str, Any]] = {}
    for start in range(0, len(numbers), MOST):
        part = numbers[start : start + MOST]
        terms |= {each["id"]: each for each in await asked.ask("GET", "tags", include=part, per_page=MOST)}
    return terms


def _both(terms: Mapping[int, Mapping[str, Any]], post: Mapping[str, Any]) -> list[Struct]:
    """Return the tags of a post, each as a category and as a tag."""
    own = [terms[number] for number in post.get("tags", []) if number in terms]
    return [structs.term(each, taxonomy) for taxonomy in TAXONOMIES for each in own]


async def get_post(asked: Asked) -> Struct:
    """`wp.getPost(blog, name, password, post, fields)`"""
    return (await _posts(asked, [await _find(asked, asked.arg(1))]))[0]


async def _find(asked: Asked, given: Any) -> Mapping[str, Any]:
    found, _ = await _with_kind(asked, given)
    return found


async def _with_kind(asked: Asked, given: Any) -> tuple[Mapping[str, Any], str]:
    """Return a post or page by its number, and which of both it is; raise Fault."""
    number = structs.number(given)
    try:
        return await asked.ask("GET", f"posts/{number}", context="edit"), "posts"
    except Fault as fault:
        if fault.faultCode != 404:
            raise
    return await asked.ask("GET", f"pages/{number}", context="edit"), "pages"


async def new_post(asked: Asked) -> str:
    """`wp.newPost(blog, name, password, content)`"""
    struct = asked.struct(1)
    kind = str(struct.get("post_type") or "post")
    if kind not in BASES:
        raise Fault(403, "Invalid post type.")
    given = structs.sent_post(struct) | await _tags(asked, struct, kind)
    made = await asked.ask("POST", BASES[kind], **given)
    return str(made["id"])


async def _tags(asked: Asked, struct: Mapping[str, Any], kind: str = "post") -> Struct:
    """Return the numbers of the tags that a struct names; those that are new are made."""
    by_taxonomy, names = struct.get("terms"), structs.names(struct)
    given = isinstance(by_taxonomy, dict)
    if kind != "post" or not (given or names is not None):
        return {}
    numbers: list[int] = []
    for values in by_taxonomy.values() if isinstance(by_taxonomy, dict) else ():
        numbers += [structs.number(each) for each in (values if isinstance(values, list) else [values])]
    for name in names or []:
        numbers.append(await _number_of(asked, name))
    return {"tags": list(dict.fromkeys(numbers))}


async def _number_of(asked: Asked, name: str) -> int:
    for each in await asked.ask("GET", "tags", search=name, per_page=MOST):
        if structs.unescaped(each["name"]).casefold() == name.casefold():
            return int(each["id"])
    return int((await asked.ask("POST", "tags", name=name))["id"])


async def edit_post(asked: Asked) -> bool:
    """`wp.editPost(blog, name, password, post, content)`"""
    before, base = await _with_kind(asked, asked.arg(1))
    struct = asked.struct(2)
    given = structs.sent_post(struct) | await _tags(asked, struct, str(before["type"]))
    await asked.ask("POST", f"{base}/{before['id']}", **given)
    return True


async def delete_post(asked: Asked) -> bool:
    """`wp.deletePost(blog, name, password, post)`; also `blogger.deletePost`. One in the trash goes out of it too."""
    found, base = await _with_kind(asked, asked.arg(1))
    more = {"force": True} if found["status"] == "trash" else {}
    await asked.ask("DELETE", f"{base}/{found['id']}", **more)
    return True


async def get_old_post(asked: Asked) -> Struct:
    """`metaWeblog.getPost(post, name, password)`"""
    return (await _old_posts(asked, [await _find(asked, asked.arg(0))]))[0]


async def _old_posts(asked: Asked, found: list[Mapping[str, Any]]) -> list[Struct]:
    terms = await _terms_of(asked, found)
    return [
        structs.old_post(
            each, [structs.unescaped(terms[number]["name"]) for number in each.get("tags", []) if number in terms]
        )
        for each in found
    ]


async def recent_posts(asked: Asked) -> list[Struct]:
    """`metaWeblog.getRecentPosts(blog, name, password, number)`"""
    size = _size(asked.arg(1, 10), 10)
    return await _old_posts(asked, await asked.ask("GET", "posts", context="edit", status=STATUSES, per_page=size))


async def new_old_post(asked: Asked) -> str:
    """`metaWeblog.newPost(blog, name, password, content, publish)`"""
    struct = asked.struct(1)
    page = struct.get("post_type") == "page"
    given = structs.sent_old_post(struct, asked.arg(2, True)) | await _tags(asked, struct, "page" if page else "post")
    return str((await asked.ask("POST", "pages" if page else "posts", **given))["id"])


async def edit_old_post(asked: Asked) -> bool:
    """`metaWeblog.editPost(post, name, password, content, publish)`"""
    before, base = await _with_kind(asked, asked.arg(0))
    struct = asked.struct(1)
    given = structs.sent_old_post(struct, asked.arg(2, True)) | await _tags(asked, struct, str(before["type"]))
    await asked.ask("POST", f"{base}/{before['id']}", **given)
    return True


async def get_terms(asked: Asked) -> list[Struct]:
    """`wp.getTerms(blog, name, password, taxonomy, filter)`"""
    taxonomy = str(asked.arg(1))
    if taxonomy not in TAXONOMIES:
        raise Fault(403, "Invalid taxonomy.")
    return [structs.term(each, taxonomy) for each in await _all_terms(asked)]


async def _all_terms(asked: Asked) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for page in range(1, 11):
        part = await asked.ask("GET", "tags", per_page=MOST, page=page)
        found += part
        if len(part) < MOST:
            break
    return found


async def categories(asked: Asked) -> list[Struct]:
    """`metaWeblog.getCategories(blog, name, password)`"""
    return [
        {
            "categoryId": str(each["id"]),
            "parentId": "0",
            "categoryName": structs.unescaped(each["name"]),
            "categoryDescription": "",
            "description": structs.unescaped(each["name"]),
            "htmlUrl": each["link"],
            "rssUrl": "",
        }
        for each in await _all_terms(asked)
    ]


async def tags(asked: Asked) -> list[Struct]:
    """`wp.getTags(blog, name, password)`"""
    return [
        {
            "tag_id": str(each["id"]),
            "name": structs.unescaped(each["name"]),
            "slug": each["slug"],
            "count": each["count"],
            "html_url": each["link"],
            "rss_url": "",
        }
        for each in await _all_terms(asked)
    ]


async def upload(asked: Asked) -> Struct:
    """`wp.uploadFile(blog, name, password, data)`, also `metaWeblog.newMediaObject`"""
    struct = asked.struct(1)
    bits, name = struct.get("bits"), str(struct.get("name") or "file")
    if not isinstance(bits, Binary):
        raise Fault(400, "Invalid value: bits are missing.")
    with tempfile.TemporaryFile() as file:
        await run_in_threadpool(file.write, bits.data)
        sent = UploadFile(file, filename=name, size=len(bits.data))
        post = {"post": structs.number(struct["post_id"])} if struct.get("post_id") else {}
        made = await asked.ask("POST", "media", file=sent, **post)
    number = str(made["id"])
    return {
        "id": number,
        "attachment_id": number,
        "file": made["source_url"].rpartition("/")[2],
        "url": made["source_url"],
        "link": made["source_url"],
        "type": made["mime_type"],
        "title": made["title"]["raw"],
        "parent": made.get("post") or 0,
        "date_created_gmt": structs.moment(made["date_gmt"]),
    }
