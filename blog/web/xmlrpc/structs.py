"""The objects of the REST API as the structs of XML-RPC, and the structs that programs send as its parameters."""

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any
from xmlrpc.client import DateTime, Fault

Struct = dict[str, Any]

COMMENT_STATUSES = {"approved": "approve", "hold": "hold", "spam": "spam", "trash": "trash"}
MORE = "<!-- more -->"
OPEN = dict.fromkeys(("1", "open", "true"), "open") | dict.fromkeys(("0", "2", "closed", "false"), "closed")


def moment(text: str | None) -> DateTime:
    """Return a time, 2026-05-07T12:00:00, as XML-RPC writes it."""
    return DateTime((text or "1970-01-01T00:00:00")[:19].replace("-", ""))


def iso(value: Any) -> str | None:
    """Return a time of XML-RPC as ISO 8601; None for none."""
    text = str(value.value if isinstance(value, DateTime) else value or "").strip()
    digits = re.sub(r"[-:]", "", text).rstrip("Z")
    found = re.fullmatch(r"(\d{4})(\d\d)(\d\d)[T ]?(\d\d)(\d\d)(\d\d)(?:\.\d+)?", digits, re.ASCII)
    if not text:
        return None
    if not found or found[1] == "0000":
        raise Fault(400, "Invalid date.")
    return "{}-{}-{}T{}:{}:{}".format(*found.groups())


def post(given: Mapping[str, Any], terms: Iterable[Struct]) -> Struct:
    """Return a post as `wp.getPost` has it."""
    return {
        "post_id": str(given["id"]),
        "post_title": given["title"]["raw"],
        "post_date": moment(given["date"]),
        "post_date_gmt": moment(given["date_gmt"]),
        "post_modified": moment(given["modified"]),
        "post_modified_gmt": moment(given["modified_gmt"]),
        "post_status": given["status"],
        "post_type": given["type"],
        "post_name": given["slug"],
        "post_author": str(given["author"]),
        "post_password": "",
        "post_excerpt": given["excerpt"]["raw"],
        "post_content": given["content"]["raw"],
        "post_parent": "0",
        "post_mime_type": "",
        "link": given["link"],
        "guid": given["guid"]["rendered"],
        "menu_order": given.get("menu_order", 0),
        "comment_status": given["comment_status"],
        "ping_status": given["ping_status"],
        "sticky": False,
        "post_thumbnail": [],
        "post_format": "standard",
        "terms": list(terms),
        "custom_fields": [],
    }


def old_post(given: Mapping[str, Any], names: list[str]) -> Struct:
    """Return a post as `metaWeblog.getPost` has it; `names` are those of its tags."""
    above, _, below = given["content"]["raw"].partition(MORE)
    return {
        "dateCreated": moment(given["date"]),
        "date_created_gmt": moment(given["date_gmt"]),
        "date_modified": moment(given["modified"]),
        "date_modified_gmt": moment(given["modified_gmt"]),
        "userid": str(given["author"]),
        "postid": str(given["id"]),
        "title": given["title"]["raw"],
        "description": above.strip() if below else given["content"]["raw"],
        "mt_text_more": below.strip(),
        "mt_excerpt": given["excerpt"]["raw"],
        "mt_keywords": ", ".join(names),
        "mt_allow_comments": int(given["comment_status"] == "open"),
        "mt_allow_pings": 0,
        "link": given["link"],
        "permaLink": given["link"],
        "categories": names,
        "wp_slug": given["slug"],
        "wp_password": "",
        "wp_author_id": str(given["author"]),
        "post_status": given["status"],
        "wp_post_format": "standard",
        "custom_fields": [],
        "sticky": False,
    }


def term(given: Mapping[str, Any], taxonomy: str) -> Struct:
    number = str(given["id"])
    return {
        "term_id": number,
        "name": given["name"],
        "slug": given["slug"],
        "term_group": "0",
        "term_taxonomy_id": number,
        "taxonomy": taxonomy,
        "description": "",
        "parent": "0",
        "count": given["count"],
        "filter": "raw",
        "custom_fields": [],
    }


def comment(given: Mapping[str, Any], title: str) -> Struct:
    return {
        "date_created_gmt": moment(given["date_gmt"]),
        "user_id": str(given["author"]),
        "comment_id": str(given["id"]),
        "parent": str(given["parent"]),
        "status": COMMENT_STATUSES.get(given["status"], "hold"),
        "content": given["content"].get("raw", given["content"]["rendered"]),
        "link": given["link"],
        "post_id": str(given["post"]),
        "post_title": title,
        "author": given["author_name"],
        "author_url": given["author_url"],
        "author_email": given.get("author_email", ""),
        "author_ip": given.get("author_ip", ""),
        "type": "" if given["type"] == "comment" else given["type"],
    }


def user(given: Mapping[str, Any]) -> Struct:
    return {
        "user_id": str(given["id"]),
        "username": given["username"],
        "first_name": "",
        "last_name": "",
        "registered": moment(given["registered_date"]),
        "bio": "",
        "email": given["email"],
        "nickname": given["nickname"],
        "nicename": given["slug"],
        "url": "",
        "display_name": given["name"],
        "roles": given["roles"],
    }


def sent_post(struct: Mapping[str, Any]) -> Struct:
    """Return the parameters of the REST API for a post of `wp.newPost` or `wp.editPost`; tags are apart."""
    same = {"post_title": "title", "post_content": "content", "post_excerpt": "excerpt", "post_name": "slug"}
    same |= {"post_status": "status", "comment_status": "comment_status"}
    given: Struct = {ours: _text(struct[theirs]) for theirs, ours in same.items() if struct.get(theirs) is not None}
    if struct.get("post_author"):
        given["author"] = number(struct["post_author"])
    thumbnail = struct.get("post_thumbnail")
    if isinstance(thumbnail, str | int) and str(thumbnail).isdigit():
        given["featured_media"] = int(thumbnail)
    return given | _dates(struct, "post_date", "post_date_gmt")


def sent_old_post(struct: Mapping[str, Any], publish: Any) -> Struct:
    """Return the parameters of the REST API for a post of `metaWeblog.newPost` or `editPost`; tags are apart."""
    same = {"title": "title", "description": "content", "mt_excerpt": "excerpt", "wp_slug": "slug"}
    given: Struct = {ours: _text(struct[theirs]) for theirs, ours in same.items() if struct.get(theirs) is not None}
    if more := _text(struct.get("mt_text_more") or ""):
        given["content"] = f"{given.get('content', '')}\n\n{MORE}\n\n{more}"
    if struct.get("mt_allow_comments") not in (None, ""):
        given["comment_status"] = OPEN.get(str(struct["mt_allow_comments"]).lower(), "open")
    status = _text(struct.get("post_status") or struct.get("page_status") or "")
    given["status"] = status or ("publish" if publish else "draft")
    return given | _dates(struct, "dateCreated", "date_created_gmt")


def _dates(struct: Mapping[str, Any], local: str, gmt: str) -> Struct:
    if at := iso(struct.get(gmt)):
        return {"date_gmt": at}
    given = struct.get(local)
    zone = "date_gmt" if str(given.value if isinstance(given, DateTime) else given).strip().endswith("Z") else "date"
    return {zone: at} if (at := iso(given)) else {}


def _text(value: Any) -> str:
    if not isinstance(value, str | int | float):
        raise Fault(400, "Invalid value.")
    return str(value)


def number(value: Any) -> int:
    """Return a number that a program sends as one or as a text; raise Fault for anything else."""
    text = str(value).strip() if isinstance(value, str | int) else ""
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Fault(404, "Invalid post ID.")
    return int(text)


def names(struct: Mapping[str, Any]) -> list[str] | None:
    """Return the names of tags and categories that a struct gives, None where it names none."""
    found: list[Any] = []
    given = False
    by_taxonomy = struct.get("terms_names")
    for value in (*(by_taxonomy.values() if isinstance(by_taxonomy, dict) else ()), struct.get("categories")):
        if isinstance(value, list):
            given, found = True, [*found, *value]
    words = struct.get("mt_keywords")
    if words is not None:
        given, found = True, [*found, *(words if isinstance(words, list) else str(words).split(","))]
    plain = [" ".join(str(each).split()) for each in found]
    return list(dict.fromkeys(filter(None, plain))) if given else None


def unescaped(text: str) -> str:
    """Return a name of the REST API, which is HTML, as the text that it is."""
    return html.unescape(text)
