"""XML-RPC as WordPress, MetaWeblog, Blogger and Movable Type have it, for editors that speak nothing else.

It is off unless `xmlrpc = true` is in blog.toml. There is no pingback, and no call that makes many calls at once.
"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from xmlrpc.client import Fault

from starlette.requests import Request
from starlette.responses import Response

from blog.errors import NotFound
from blog.web import site as sites
from blog.web.api.answers import ApiError
from blog.web.api.caller import by_password
from blog.web.api.dispatch import place_of
from blog.web.middleware import security
from blog.web.xmlrpc import comments, messages, posts, site
from blog.web.xmlrpc.asking import Asked
from blog.wording import gettext

XML = "text/xml; charset=UTF-8"
WRONG = "Incorrect username or password."


class Method(NamedTuple):
    """What answers a method, and at which place its name and password stand; -1 for one that needs none."""

    handler: Callable[[Asked], Awaitable[Any]]
    name_at: int = 1


METHODS: dict[str, Method] = {
    "wp.getUsersBlogs": Method(site.blogs, 0),
    "wp.getProfile": Method(site.profile),
    "wp.getAuthors": Method(site.authors),
    "wp.getOptions": Method(site.options),
    "wp.getPosts": Method(posts.get_posts),
    "wp.getPost": Method(posts.get_post),
    "wp.newPost": Method(posts.new_post),
    "wp.editPost": Method(posts.edit_post),
    "wp.deletePost": Method(posts.delete_post),
    "wp.getPostStatusList": Method(site.post_statuses),
    "wp.getPostFormats": Method(site.post_formats),
    "wp.getTaxonomies": Method(site.taxonomies),
    "wp.getTerms": Method(posts.get_terms),
    "wp.getTags": Method(posts.tags),
    "wp.getCategories": Method(posts.categories),
    "wp.uploadFile": Method(posts.upload),
    "wp.getComments": Method(comments.get_comments),
    "wp.getComment": Method(comments.get_comment),
    "wp.newComment": Method(comments.new_comment),
    "wp.editComment": Method(comments.edit_comment),
    "wp.deleteComment": Method(comments.delete_comment),
    "wp.getCommentCount": Method(comments.count),
    "wp.getCommentStatusList": Method(comments.statuses),
    "metaWeblog.getPost": Method(posts.get_old_post),
    "metaWeblog.getRecentPosts": Method(posts.recent_posts),
    "metaWeblog.newPost": Method(posts.new_old_post),
    "metaWeblog.editPost": Method(posts.edit_old_post),
    "metaWeblog.getCategories": Method(posts.categories),
    "metaWeblog.newMediaObject": Method(posts.upload),
    "metaWeblog.deletePost": Method(posts.delete_post, 2),
    "metaWeblog.getUsersBlogs": Method(site.blogs),
    "blogger.getUsersBlogs": Method(site.blogs),
    "blogger.getUserInfo": Method(site.user_info),
    "blogger.deletePost": Method(posts.delete_post, 2),
    "mt.supportedTextFilters": Method(site.text_filters, -1),
}


async def _names(asked: Asked) -> list[str]:
    """`mt.supportedMethods()` and `system.listMethods()`"""
    return sorted(METHODS)


METHODS |= dict.fromkeys(("mt.supportedMethods", "system.listMethods"), Method(_names, -1))


async def answer(request: Request) -> Response:
    """Answer a call: HTTP's status is 200, what is wrong is a fault. Raises NotFound where XML-RPC is off."""
    here = sites.of(request)
    if not here.settings.xmlrpc:
        raise NotFound(gettext("There is no page at this address."))
    if request.method in ("GET", "HEAD") and "rsd" in request.query_params:
        rsd = here.render.body("rsd.xml", base=place_of(request).base)
        return Response(rsd, media_type=XML)
    if request.method != "POST":
        text = "XML-RPC server accepts POST requests only."
        return Response(text, 405, {"Allow": "POST"}, media_type="text/plain; charset=utf-8")
    try:
        body = messages.answer(await _result(request))
    except Fault as fault:
        body = messages.fault(fault)
    return Response(body, media_type=XML, headers={"Cache-Control": "no-store", "X-Robots-Tag": "noindex"})


async def _result(request: Request) -> Any:
    call = messages.read(await request.body())
    method = METHODS.get(call.name)
    if method is None:
        raise Fault(-32601, f"server error. requested method {call.name[:100]} does not exist.")
    return await method.handler(await _asked(request, method, call.params))


async def _asked(request: Request, method: Method, params: list[Any]) -> Asked:
    """Return a call with who made it; raise Fault for a wrong password, which is counted as the API counts it."""
    at = method.name_at
    if len(params) < at + 2 and at >= 0:
        raise Fault(400, "Insufficient arguments passed to this XML-RPC method.")
    name, password = (str(each) for each in params[at : at + 2]) if at >= 0 else ("", "")
    if at >= 0 and not security.takes_passwords(request, sites.of(request).settings):
        raise Fault(403, "Anybody on the way could read the password. Use https.")
    try:
        caller = await by_password(request, name, password)
    except ApiError as error:
        raise Fault(error.status, error.message) from error
    if at >= 0 and caller.program is None:
        raise Fault(403, WRONG)
    return Asked(request, caller, params if at < 0 else [*params[:at], *params[at + 2 :]])
