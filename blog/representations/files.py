"""An uploaded file as an object: WordPress's attachment; its row comes from blog/posts/media.py."""

import posixpath
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from blog.posts import slugify
from blog.representations.place import EDIT, Object, Place, embeddable, escaped, gmt, in_context, self_link

CONTEXTS = {
    **dict.fromkeys(("date_gmt", "guid", "modified", "modified_gmt", "status", "comment_status"), "view edit"),
    **dict.fromkeys(("ping_status", "template", "meta", "class_list", "description", "post"), "view edit"),
    **dict.fromkeys(("permalink_template", "generated_slug", "missing_image_sizes"), "edit"),
}
NO_CAMERA = {
    **dict.fromkeys(("aperture", "created_timestamp", "focal_length", "iso", "shutter_speed", "orientation"), "0"),
    **dict.fromkeys(("credit", "camera", "caption", "copyright", "title"), ""),
    "keywords": [],
}


def of_row(place: Place, row: Mapping[str, Any], context: str, *, editable: bool = False) -> Object:
    """Return an uploaded file as a program sees it."""
    address, edit = address_of(place, row), context == EDIT
    is_picture = row["type"].startswith("image/")
    picture = f'<p class="attachment"><img src="{escaped(address)}" alt="{escaped(row["alt"])}"></p>\n'

    def text(value: str, rendered: str) -> Object:
        return {**({"raw": value} if edit else {}), "rendered": rendered}

    whole: Object = {
        "id": row["id"],
        "date": place.local(row["created_at"]),
        "date_gmt": gmt(row["created_at"]),
        "guid": {"rendered": address, **({"raw": address} if edit else {})},
        "modified": place.local(row["created_at"]),
        "modified_gmt": gmt(row["created_at"]),
        "slug": slugify(row["title"]) or f"file-{row['id']}",
        "status": "inherit",
        "type": "attachment",
        "link": address,
        "title": text(row["title"], escaped(row["title"])),
        "author": row["account_id"] or 0,
        "featured_media": 0,
        "comment_status": "closed",
        "ping_status": "closed",
        "template": "",
        "meta": [],
        "permalink_template": place.page(f"/?attachment_id={row['id']}"),
        "generated_slug": slugify(row["title"]),
        "class_list": [f"post-{row['id']}", "attachment", "type-attachment", "status-inherit", "hentry"],
        "description": text(
            "", picture if is_picture else f'<p><a href="{escaped(address)}">{escaped(row["title"])}</a></p>\n'
        ),
        "caption": text(row["caption"], f"<p>{escaped(row['caption'])}</p>\n" if row["caption"] else ""),
        "alt_text": row["alt"],
        "media_type": "image" if is_picture else "file",
        "mime_type": row["type"],
        "media_details": _details(row) if is_picture else {"filesize": row["size"]},
        "post": row["post_id"],
        "source_url": address,
        "missing_image_sizes": [],
    }
    links: Object = {
        "self": self_link(place.api(f"media/{row['id']}"), editable=editable),
        "collection": [{"href": place.api("media")}],
        "about": [{"href": place.api("types/attachment")}],
    }
    if row["account_id"]:
        links["author"] = [embeddable(place.api(f"users/{row['account_id']}"))]
    links["replies"] = [embeddable(place.api("comments", post=row["id"]))]
    return {**in_context(whole, CONTEXTS, context), "_links": links}


def address_of(place: Place, row: Mapping[str, Any]) -> str:
    """Return the address of a file: of `static/`, or beside its post."""
    path = str(row["path"])
    if path.startswith("../static/"):
        return place.page(quote(path.removeprefix("..")))
    post = {"slug": row["post_slug"], "kind": row["post_kind"], "published_at": row["post_published_at"]}
    return f"{place.post(post)}{quote(posixpath.basename(path))}"


def _details(row: Mapping[str, Any]) -> Object:
    file = str(row["path"]).removeprefix("../static/")
    return {
        "width": row["width"] or 0,
        "height": row["height"] or 0,
        "file": file,
        "filesize": row["size"],
        "sizes": {},
        "image_meta": NO_CAMERA,
    }
