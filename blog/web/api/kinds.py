"""What kinds of posts, statuses and taxonomies there are, and the settings that programs ask for."""

from typing import Any

from sqlite_utils import Database

from blog.representations.place import CURIES, EDIT
from blog.rules import policy as policies
from blog.web.api.answers import Answer, ApiError
from blog.web.api.call import CONTEXT, Call
from blog.web.api.parameters import Param, Wrong, invalid

LIST = ONE = {"context": CONTEXT}
TAXONOMIES_LIST = {"context": CONTEXT, "type": Param()}
TYPES = {
    "post": ("Posts", False, "dashicons-admin-post", ["category", "post_tag"], "posts"),
    "page": ("Pages", True, "dashicons-admin-page", [], "pages"),
    "attachment": ("Media", False, "dashicons-admin-media", [], "media"),
}
# Name, public, whether its date is not fixed yet.
STATUSES = {
    "publish": ("Published", True, False),
    "future": ("Scheduled", False, False),
    "draft": ("Draft", False, True),
    "pending": ("Pending", False, True),
    "private": ("Private", False, False),
    "trash": ("Trash", False, False),
}
TAXONOMIES = {"category": ("Categories", True, "categories"), "post_tag": ("Tags", False, "tags")}


async def types(call: Call) -> Answer:
    _check_edit(call, "Sorry, you are not allowed to edit posts in this post type.")
    return Answer({name: _type(call, name) for name in TYPES})


async def type_(call: Call) -> Answer:
    if call.get("type") not in TYPES:
        raise ApiError(404, "rest_type_invalid", "Invalid post type.")
    _check_edit(call, "Sorry, you are not allowed to edit posts in this post type.")
    return Answer(_type(call, call.get("type")))


def _check_edit(call: Call, message: str) -> None:
    if call.context == EDIT and not call.caller.may_read("publish"):
        code = "rest_cannot_view" if call.path.endswith("/types") else "rest_forbidden_context"
        raise call.refuse(code, message)


def _type(call: Call, name: str) -> dict[str, Any]:
    label, hierarchical, icon, taxonomies, base = TYPES[name]
    more = {"capabilities": {}, "labels": {"name": label}, "supports": {"title": True}, "viewable": True}
    return {
        **(more if call.context == EDIT else {}),
        "description": "",
        "hierarchical": hierarchical,
        "has_archive": False,
        "name": label,
        "slug": name,
        "icon": icon,
        "taxonomies": taxonomies,
        "rest_base": base,
        "rest_namespace": "wp/v2",
        "template": [],
        "template_lock": False,
        "_links": {
            "collection": [{"href": call.place.api("types")}],
            "wp:items": [{"href": call.place.api(base)}],
            "curies": CURIES,
        },
    }


async def statuses(call: Call) -> Answer:
    seen = STATUSES if call.caller.may_read("publish") else ("publish",)
    return Answer({name: _status(call, name) for name in seen})


async def status(call: Call) -> Answer:
    name = call.get("status")
    if name not in STATUSES:
        raise ApiError(404, "rest_status_invalid", "Invalid status.")
    if name != "publish" and not call.caller.may_read("publish"):
        raise call.refuse("rest_cannot_read_status", "Cannot view status.")
    return Answer(_status(call, name))


def _status(call: Call, name: str) -> dict[str, Any]:
    label, public, floating = STATUSES[name]
    query = {} if name == "publish" else {"status": name}
    inner = {"private": name == "private", "protected": not public and name not in ("private", "trash")}
    edit = call.context == EDIT
    return {
        "name": label,
        **(inner if edit else {}),
        "public": public,
        "queryable": public,
        **({"show_in_list": name != "trash"} if edit else {}),
        "slug": name,
        "date_floating": floating,
        "_links": {"archives": [{"href": call.place.api("posts", **query)}]},
    }


async def taxonomies(call: Call) -> Answer:
    kind = call.get("type")
    names = TAXONOMIES if not kind or kind == "post" else ()
    return Answer({name: _taxonomy(call, name) for name in names})


async def taxonomy(call: Call) -> Answer:
    if call.get("taxonomy") not in TAXONOMIES:
        raise ApiError(404, "rest_taxonomy_invalid", "Invalid taxonomy.")
    return Answer(_taxonomy(call, call.get("taxonomy")))


def _taxonomy(call: Call, name: str) -> dict[str, Any]:
    label, hierarchical, base = TAXONOMIES[name]
    more = {"capabilities": {}, "labels": {"name": label}, "show_cloud": True}
    return {
        "name": label,
        "slug": name,
        **(more if call.context == EDIT else {}),
        "description": "",
        "types": ["post"],
        "hierarchical": hierarchical,
        "rest_base": base,
        "rest_namespace": "wp/v2",
        "_links": {
            "collection": [{"href": call.place.api("taxonomies")}],
            "wp:items": [{"href": call.place.api(base)}],
            "curies": CURIES,
        },
    }


TEXT = Param()
WHOLE = Param("integer")
SETTINGS = {
    **dict.fromkeys(("title", "description", "url", "email", "timezone", "date_format", "time_format"), TEXT),
    "start_of_week": WHOLE,
    "language": TEXT,
    "use_smilies": Param("boolean"),
    "default_category": WHOLE,
    "default_post_format": TEXT,
    "posts_per_page": WHOLE,
    "show_on_front": TEXT,
    "page_on_front": WHOLE,
    "page_for_posts": WHOLE,
    "default_ping_status": Param(enum=("open", "closed")),
    "default_comment_status": Param(enum=("open", "closed")),
    "site_logo": Param("integer", nullable=True),
    "site_icon": WHOLE,
}


async def settings(call: Call) -> Answer:
    """The settings of the site, for administrators."""
    if not call.caller.may_read("settings"):
        raise call.refuse("rest_forbidden", "Sorry, you are not allowed to do that.")
    return Answer(await _settings(call))


async def _settings(call: Call) -> dict[str, Any]:
    settings, policy = call.site.settings, await call.read(policies.load)
    taken = policy.default_comment_status in ("open", "moderated")
    return {
        "title": settings.title,
        "description": settings.tagline,
        "url": call.place.base,
        "email": call.caller.program["email"] if call.caller.program else "",
        "timezone": settings.timezone,
        "date_format": "j F Y",
        "time_format": "H:i",
        "start_of_week": 1,
        "language": settings.language.replace("-", "_"),
        "use_smilies": False,
        "default_category": 0,
        "default_post_format": "0",
        "posts_per_page": settings.posts_per_page,
        "show_on_front": "posts",
        "page_on_front": 0,
        "page_for_posts": 0,
        "default_ping_status": "closed",
        "default_comment_status": "open" if taken else "closed",
        "site_logo": None,
        "site_icon": 0,
    }


async def change_settings(call: Call) -> Answer:
    """Change whether new posts take comments; what blog.toml says is changed there, and values as they are pass."""
    if not call.caller.may("settings"):
        raise call.refuse("rest_forbidden", "Sorry, you are not allowed to do that.")
    now = await _settings(call)
    wrong = {
        name: Wrong("rest_invalid_param", f"{name} is set in the site's file blog.toml, and cannot be changed here.")
        for name in SETTINGS
        if name in call.values and call.get(name) != now[name] and name != "default_comment_status"
    }
    if wrong:
        raise invalid(wrong)
    wanted = call.get("default_comment_status")
    if wanted and wanted != now["default_comment_status"]:
        await call.write(_change, wanted, call)
    return Answer(await _settings(call))


def _change(db: Database, wanted: str, call: Call) -> None:
    policies.change(db, {"default_comment_status": wanted}, by=call.caller.actor(call.at))
