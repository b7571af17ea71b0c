"""The reader's pages: the list of posts, and a post with its discussion."""

from functools import partial
from typing import Any
from urllib.parse import unquote

from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog import posts
from blog.errors import NotFound
from blog.rendering.markdown import rebased
from blog.web import comment_form, discussion, lists, mentions, metadata, page_view, post_context, redirects, switch
from blog.web import site as sites
from blog.web.cache import cached_page as cache
from blog.web.cache.cached_page import Content, PageQuery, cached_page
from blog.web.cache.pages import Versions
from blog.web.middleware import security
from blog.web.page_view import PageView
from blog.web.render import thoughts, thoughts_on
from blog.wording import N_, gettext

STATE_WORDS = {"closed": N_("closed"), "replies-only": N_("replies only")}


async def index(request: Request) -> Response:
    """The newest posts, paged."""
    if request.path_params.get("page") == 0:
        raise NotFound(gettext("There is no such page."))
    if elsewhere := await redirects.from_front_page(request):
        return elsewhere
    return await cached_page(request, _load_index, _render_index)


def _load_index(db: Database, query: PageQuery) -> dict[str, Any]:
    return posts.recent(db, at=query.at, page=query.page, size=query.site.settings.posts_per_page)


def _render_index(query: PageQuery, rows: dict[str, Any]) -> Content:
    site, page = query.site, query.page
    last = max(1, -(-rows["total"] // site.settings.posts_per_page))
    if page > last:
        raise NotFound(gettext("There is no such page."))
    listed, turns = [], []
    for row in rows["posts"]:
        entry, turns_at = _entry(query, {**row, "policy": rows["policy"]})
        listed.append(entry)
        turns.append(turns_at)
    body = site.render.body(
        "posts/index.html",
        **lists.frame(site, rows, "/" if page == 1 else f"/page/{page}/"),
        posts=listed,
        page=page,
        pages=last,
        older_url=f"/page/{page + 1}/" if page < last else "",
        newer_url="" if page == 1 else "/" if page == 2 else f"/page/{page - 1}/",
    )
    return cache.of_site(rows, body, turns_at=cache.earliest(*turns))


def _entry(query: PageQuery, row: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    """Return a post as the list shows it, and the moment at which a rule changes the state of its discussion."""
    site, policy = query.site, post_context.policy_of(row)
    state = post_context.state_of(row, policy, query.at)
    url = post_context.address(site, row)
    entry = {
        "url": url,
        **post_context.voice(site, row),
        "title": row["title"],
        "published_at": row["published_at"],
        "published_on": site.render.day(row["published_at"]),
        "summary": row["summary"],
        "thoughts": thoughts(row["approved"]),
        "thoughts_on": thoughts_on(row["title"], row["approved"]),
        "comments_url": f"{url}#comments",
        "state_word": "" if post_context.is_silent(row, policy, query.at) else gettext(STATE_WORDS.get(state.mode, "")),
        "catchword": post_context.catchword(row["first_html"] or ""),
        "excerpt_html": rebased(row["excerpt_html"], url),
    }
    return entry, state.turns_at


async def show(request: Request) -> Response:
    """A post with a page of its discussion; anybody without a cookie is answered from the page cache."""
    reply = request.query_params.get("replytocom", "")
    own = security.is_private(request.cookies) or bool(reply or request.query_params.get("unfold"))
    if own or sites.of(request).store.is_troubled:  # the form then says that nothing can be saved
        return respond(await page_view.load_own(request, reply), noindex=own)
    return await cached_page(request, page_view.load, _render_post)


def _render_post(query: PageQuery, view: PageView) -> Content | Response:
    post, address = view.post, view.address
    order = address.order if view.policy.comment_order != post_context.policy_of(post).comment_order else ""
    right = post_context.page_address(view.url, address.page, address.thread, order)
    if query.path != unquote(right):  # the first page by number, another year, or the site's own order by its name
        return RedirectResponse(right, 301)
    return Content(
        public_body(view),
        (post["id"], post["version"], post["site_version"]),
        cache.earliest(view.state.turns_at, post["next_at"]),
        partial(_post_versions, address.slug),
        headers=link_headers(view),
        keys=(f"post-{post['id']}",),
    )


def public_body(view: PageView) -> bytes:
    """Write the page of a post as everybody sees it."""
    site, post = view.site, view.post
    variables = context(view)
    variables["post"]["linked_html"] = metadata.linked_data(view)
    variables["post"]["image"] = metadata.image(site, post)
    canonical = metadata.canonical(site, post) if post["canonical"] or site.settings.url else ""
    return site.render.body("posts/show.html", **variables, canonical=canonical)


def _post_versions(slug: str, db: Database) -> Versions:
    row = db.conn.execute("select p.id, p.version, s.version from posts p, site s where p.slug = ?", [slug]).fetchone()
    return tuple(row) if row else ()


def respond(
    view: PageView, *, status: int = 200, headers: dict[str, str] | None = None, noindex: bool = True
) -> Response:
    """Answer with a page for one reader only."""
    variables = context(view)
    comments = variables["discussion"]
    comments["speaks"] = comments["speaks"] or any(variables[name] for name in ("form", "refusal", "switch"))
    robots = {"X-Robots-Tag": "noindex"} if noindex else {}
    return view.site.render.page(
        "posts/show.html",
        code=status,
        headers={**robots, **link_headers(view), **(headers or {})},
        noindex=noindex,
        **variables,
    )


def link_headers(view: PageView) -> dict[str, str]:
    """Return the header that says where mentions of a post are sent, while it takes them."""
    return {"Link": mentions.HEADER} if mentions.is_taken(view) else {}


def context(view: PageView) -> dict[str, Any]:
    """Return the variables of a post's template."""
    site = view.site
    return {
        "post": post_context.of_post(site, view.post),
        "nav": post_context.menu(view.post, view.url),
        "discussion": discussion.context(view),
        "form": comment_form.context(view),
        "preview": view.preview,
        "refusal": view.refusal,
        "mentions_url": mentions.ENDPOINT if mentions.is_taken(view) else "",
        "switch": switch.on_page(view),
        "lang": site.settings.language,
    }


async def redirect_to_post(request: Request) -> Response:
    """Redirect a post's address without its final slash; raise NotFound or Gone where there is no post."""
    await sites.of(request).store.read(posts.path, request.path_params["slug"], at=sites.now())
    return await redirect_to_slash(request)


async def redirect_to_slash(request: Request) -> Response:
    """Redirect an address without its final slash: by path, never by the Host header."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{request.url.path}/{query}".replace("//", "/"), 308 if request.method == "POST" else 301)
