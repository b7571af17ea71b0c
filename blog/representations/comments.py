"""A comment as an object for programs: one reading of its row, two shapes.

`plain` is the shape of `--json`, of the messages to webhooks and of the tools for agents; `of_row` is WordPress's,
which the clients of the API expect. Scripts rely on the one and clients on the other, with other names (`author`,
`author_name`), other words for the same status (`pending`, `hold`) and other values for nothing (null, 0). So neither
can take the other's place, but both are made of the same fields. The rows have the columns of blog/comments/fields.py.
"""

from collections.abc import Mapping
from typing import Any

from blog import rules
from blog.representations.place import EDIT, Object, Place, embeddable, gmt, in_context, self_link

CONTEXTS = {
    **dict.fromkeys(("post", "date_gmt", "status", "meta"), "view edit"),
    **dict.fromkeys(("author_email", "author_ip", "author_user_agent"), "edit"),
}
STATUSES = {"approved": "approved", "pending": "hold", "spam": "spam", "trash": "trash"}
BASES = {"post": "posts", "page": "pages"}
PERSONAL = ("email", "ip")
PLAIN = (
    *("id", "post", "parent", "status", "author", "email", "url", "ip", "created_at", "text"),
    *("rule", "reason", "score"),
)


def _fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what programs are told of a comment, under our own names."""
    return {**row, "parent": parent_of(row)}


def parent_of(row: Mapping[str, Any]) -> int | None:
    """Return the comment that one answers; one that was removed is no parent any more."""
    return None if row["parent_status"] == "deleted" else row["parent"]


def plain(row: Mapping[str, Any], *, personal: bool = True) -> Object:
    """Return a comment under our own names; without `personal` its email and IP address are left out."""
    fields = {**_fields(row), "reason": rules.stored_sentence(row)}
    return {name: fields[name] for name in PLAIN if personal or name not in PERSONAL}


def address_of(place: Place, row: Mapping[str, Any]) -> str:
    """Return the address that leads to a comment on the page of its discussion."""
    post = {"slug": row["post"], "kind": row["post_kind"], "published_at": row["post_published_at"]}
    return f"{place.post(post)}comment/{row['id']}/"


def of_row(place: Place, row: Mapping[str, Any], context: str, *, editable: bool = False) -> Object:
    """Return a comment as WordPress has it; address, network and browser of its writer only in the context `edit`.

    The row is one of blog/comments/catalog.py.
    """
    fields = _fields(row)
    whole: Object = {
        "id": fields["id"],
        "post": fields["post_id"],
        "parent": fields["parent"] or 0,
        "author": fields["account_id"] or 0,
        "author_name": fields["author"],
        "author_email": fields["email"],
        "author_url": fields["url"],
        "author_ip": fields["ip"],
        "author_user_agent": fields["user_agent"],
        "date": place.local(fields["created_at"]),
        "date_gmt": gmt(fields["created_at"]),
        "content": {"rendered": fields["text_html"], **({"raw": fields["text"]} if context == EDIT else {})},
        "link": address_of(place, row),
        "status": status_of(row),
        "type": fields["kind"],
        "author_avatar_urls": place.avatars(),
        "meta": [],
    }
    return {**in_context(whole, CONTEXTS, context), "_links": _links(place, fields, editable)}


def status_of(row: Mapping[str, Any]) -> str:
    """Return the status in WordPress's words; a comment whose post is in the trash has one of its own."""
    return "post-trashed" if row["post_deleted_at"] else STATUSES[row["status"]]


def _links(place: Place, fields: Mapping[str, Any], editable: bool) -> Object:
    number = fields["id"]
    links: Object = {
        "self": self_link(place.api(f"comments/{number}"), editable=editable),
        "collection": [{"href": place.api("comments")}],
    }
    if fields["account_id"]:
        links["author"] = [embeddable(place.api(f"users/{fields['account_id']}"))]
    kind = fields["post_kind"]
    links["up"] = [embeddable(place.api(f"{BASES[kind]}/{fields['post_id']}"), post_type=kind)]
    if fields["parent"]:
        links["in-reply-to"] = [embeddable(place.api(f"comments/{fields['parent']}"))]
    if fields["has_children"]:
        links["children"] = [embeddable(place.api("comments", parent=number))]
    return links
