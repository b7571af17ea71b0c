"""The methods about the site and the account."""

from typing import Any

from blog.web import site as sites
from blog.web.api.dispatch import place_of
from blog.web.xmlrpc import structs
from blog.web.xmlrpc.asking import Asked
from blog.web.xmlrpc.structs import Struct

VERSION = "6.8"  # of the WordPress whose methods these are


async def blogs(asked: Asked) -> list[Struct]:
    """`wp.getUsersBlogs(name, password)`, also `blogger.getUsersBlogs`"""
    place, settings = place_of(asked.request), sites.of(asked.request).settings
    return [
        {
            "isAdmin": asked.caller.may_read("settings"),
            "isPrimary": True,
            "url": place.page("/"),
            "blogid": "1",
            "blogName": settings.title,
            "xmlrpc": place.page("/xmlrpc.php"),
        }
    ]


async def profile(asked: Asked) -> Struct:
    """`wp.getProfile(blog, name, password, fields)`"""
    return structs.user(await asked.ask("GET", "users/me", context="edit"))


async def user_info(asked: Asked) -> Struct:
    """`blogger.getUserInfo(key, name, password)`"""
    me = structs.user(await asked.ask("GET", "users/me", context="edit"))
    own = {"nickname": me["nickname"], "userid": me["user_id"], "url": "", "firstname": "", "lastname": ""}
    return {**own, "email": me["email"]}


async def authors(asked: Asked) -> list[Struct]:
    """`wp.getAuthors(blog, name, password)`"""
    found = await asked.ask("GET", "users", per_page=100)
    return [{"user_id": str(each["id"]), "user_login": each["slug"], "display_name": each["name"]} for each in found]


async def options(asked: Asked) -> Struct:
    """`wp.getOptions(blog, name, password, names)`: all of them, or those that are named."""
    place, settings = place_of(asked.request), sites.of(asked.request).settings
    values: dict[str, tuple[str, Any]] = {
        "software_name": ("Software Name", "Afterword"),
        "software_version": ("Software Version", VERSION),
        "blog_url": ("WordPress Address (URL)", place.base),
        "home_url": ("Site Address (URL)", place.base),
        "login_url": ("Login Address (URL)", place.page("/admin/login")),
        "admin_url": ("The URL to the admin area", place.page("/admin/")),
        "blog_title": ("Site Title", settings.title),
        "blog_tagline": ("Site Tagline", settings.tagline),
        "blog_id": ("Blog ID", "1"),
        "time_zone": ("Time Zone", settings.timezone),
        "date_format": ("Date Format", "F j, Y"),
        "time_format": ("Time Format", "H:i"),
        "users_can_register": ("Allow new users to sign up", False),
        "post_thumbnail": ("Post Thumbnail", True),
        "default_comment_status": ("Allow people to submit comments on new posts", "open"),
        "default_ping_status": ("Allow link notifications from other blogs", "closed"),
    }
    names = asked.arg(1, [])
    wanted = [names] if isinstance(names, str) else names if isinstance(names, list) else []
    chosen = {str(each) for each in wanted} or set(values)
    return {
        name: {"desc": text, "readonly": True, "value": value}
        for name, (text, value) in values.items()
        if name in chosen
    }


async def post_statuses(asked: Asked) -> Struct:
    """`wp.getPostStatusList(blog, name, password)`"""
    return {"draft": "Draft", "pending": "Pending Review", "private": "Private", "publish": "Published"}


async def post_formats(asked: Asked) -> Struct:
    """`wp.getPostFormats(blog, name, password, filter)`"""
    return {"standard": "Standard"}


async def taxonomies(asked: Asked) -> list[Struct]:
    """`wp.getTaxonomies(blog, name, password)`: the site has tags only, which are also shown as categories."""
    names = {"category": "Categories", "post_tag": "Tags"}
    return [
        {"name": name, "label": label, "hierarchical": name == "category", "public": True, "object_type": ["post"]}
        for name, label in names.items()
    ]


async def text_filters(asked: Asked) -> list[Any]:
    """`mt.supportedTextFilters()`: texts are Markdown as they are."""
    return []
