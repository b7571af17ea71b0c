"""A comment as an object; its row comes from blog/comments/catalog.py."""

from collections.abc import Mapping
from typing import Any

from blog.representations.place import EDIT, Object, Place, embeddable, gmt, in_context, self_link

CONTEXTS = {
    **dict.fromkeys(("post", "date_gmt", "status", "meta"), "view edit"),
    **dict.fromkeys(("author_email", "author_ip", "author_user_agent"), "edit"),
}
STATUSES = {"approved": "approved", "pending": "hold", "spam": "spam", "trash": "trash"}
BASES = {"post": "posts", "page": "pages"}


def of_row(place: Place, row: Mapping[str, Any], context: str, *, editable: bool = False) -> Object:
    """Return a comment as a program sees it; address, network and browser of its writer only in the context `edit`."""
    post = {"slug": row["post_slug"], "kind": row["post_kind"], "published_at": row["post_published_at"]}
    whole: Object = {
        "id": row["id"],
        "post": row["post_id"],
        "parent": row["parent_id"] or 0,
        "author": row["account_id"] or 0,
        "author_name": row["author"],
        "author_email": row["email"],
        "author_url": row["url"],
        "author_ip": row["ip"],
        "author_user_agent": row["user_agent"],
        "date": place.local(row["created_at"]),
        "date_gmt": gmt(row["created_at"]),
        "content": {"rendered": row["text_html"], **({"raw": row["text"]} if context == EDIT else {})},
        "link": f"{place.post(post)}comment/{row['id']}/",
        "status": status_of(row),
        "type": row["kind"],
        "author_avatar_urls": place.avatars(),
        "meta": [],
    }
    return {**in_context(whole, CONTEXTS, context), "_links": _links(place, row, editable)}


def status_of(row: Mapping[str, Any]) -> str:
    """Return the status in WordPress's words; a comment whose post is in the trash has one of its own."""
    return "post-trashed" if row["post_deleted_at"] else STATUSES[row["status"]]


def _links(place: Place, row: Mapping[str, Any], editable: bool) -> Object:
    number = row["id"]
    links: Object = {
        "self": self_link(place.api(f"comments/{number}"), editable=editable),
        "collection": [{"href": place.api("comments")}],
    }
    if row["account_id"]:
        links["author"] = [embeddable(place.api(f"users/{row['account_id']}"))]
    kind = row["post_kind"]
    links["up"] = [embeddable(place.api(f"{BASES[kind]}/{row['post_id']}"), post_type=kind)]
    if row["parent_id"]:
        links["in-reply-to"] = [embeddable(place.api(f"comments/{row['parent_id']}"))]
    if row["has_children"]:
        links["children"] = [embeddable(place.api("comments", parent=number))]
    return links
