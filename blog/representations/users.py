"""An account as an object: in public only name and page of those who have published something."""

from collections.abc import Mapping
from typing import Any

from blog.posts import word_slug
from blog.representations.place import Object, Place, in_context, self_link

ROLES = {"admin": "administrator"}
CONTEXTS = {
    "meta": "view edit",
    **dict.fromkeys(("username", "first_name", "last_name", "email", "locale", "nickname", "roles"), "edit"),
    **dict.fromkeys(("registered_date", "capabilities", "extra_capabilities"), "edit"),
}
_OF_AUTHORS = ("read", "upload_files", "edit_posts", "edit_published_posts", "publish_posts")
_OWN = (*_OF_AUTHORS, "delete_posts", "delete_published_posts")
_OF_OTHERS = (
    *("edit_others_posts", "delete_others_posts", "edit_private_posts", "read_private_posts", "delete_private_posts"),
    *("edit_pages", "edit_others_pages", "edit_published_pages", "publish_pages", "delete_pages"),
    *("delete_others_pages", "delete_published_pages", "manage_categories", "moderate_comments", "unfiltered_html"),
)
# What each role may do, in WordPress's words.
CAPABILITIES = {
    "author": _OWN,
    "moderator": ("read", "moderate_comments"),
    "editor": (*_OWN, *_OF_OTHERS),
    "admin": (*_OWN, *_OF_OTHERS, "manage_options", "list_users"),
}


def of_row(place: Place, row: Mapping[str, Any], context: str, *, methods: list[str] | None = None) -> Object:
    """Return an account as a program sees it."""
    slug, role = word_slug(row["name"]), str(row["role"])
    name = ROLES.get(role, role)
    whole: Object = {
        "id": row["id"],
        "username": row["name"],
        "name": row["name"],
        "first_name": "",
        "last_name": "",
        "email": row["email"],
        "url": "",
        "description": "",
        "link": place.author(slug),
        "locale": place.settings.language.replace("-", "_"),
        "nickname": row["name"],
        "slug": slug,
        "roles": [name],
        "registered_date": f"{row['created_at'][:19]}+00:00",
        "capabilities": {**dict.fromkeys(CAPABILITIES[role], True), name: True},
        "extra_capabilities": {name: True},
        "avatar_urls": place.avatars(),
        "meta": [],
    }
    links = {
        "self": self_link(place.api(f"users/{row['id']}"), methods=methods),
        "collection": [{"href": place.api("users")}],
    }
    return {**in_context(whole, CONTEXTS, context), "_links": links}
