"""The reader's pages: the list of posts, and a post with its discussion."""

from functools import partial
from typing import Any
from urllib.parse import unquote

from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog import comments, posts
from blog.closing import State
from blog.errors import NotFound
from blog.journal import events
from blog.journal.events import Batch
from blog.people import accounts, sessions
from blog.people.accounts import Account
from blog.posts import authorship
from blog.rendering.markdown import rebased
from blog.web import discussion, lists, metadata, readers, switch
from blog.web import site as sites
from blog.web.cache import pages, responses
from blog.web.cache.pages import Page, Versions
from blog.web.middleware import security
from blog.web.render import thoughts
from blog.web.site import Site


async def index(request: Request) -> Response:
    """The newest posts, paged."""
    page = int(request.path_params.get("page", 1))
    if page == 0:
        raise NotFound("There is no such page.")
    site, at = sites.of(request), sites.now()
    path = "/" if page == 1 else f"/page/{page}/"
    return await responses.once(request, path, lambda db, state: _list(db, site, page, at, state))


def _list(db: Database, site: Site, page: int, at: str, data_version: int) -> Page:
    rows = posts.recent(db, at=at, page=page, size=site.settings.posts_per_page)
    last = max(1, -(-rows["total"] // site.settings.posts_per_page))
    if page > last:
        raise NotFound("There is no such page.")
    body = site.render.body("posts/index.html", **_index_context(site, rows, page, last, at))
    turns = [turn for turn in (*_turns(rows, at), rows["next_at"]) if turn]
    return pages.finish(
        body,
        site.pages.headers,
        ask=responses.site_versions,
        versions=(rows["site_version"] + rows["posts_version"],),
        data_version=data_version,
        valid_from=at,
        valid_until=min(turns, default=None),
    )


def _turns(rows: dict[str, Any], at: str) -> list[str | None]:
    return [
        discussion.state_of({**row, "policy": rows["policy"]}, discussion.rules_of(rows), at).turns_at
        for row in rows["posts"]
    ]


def _index_context(site: Site, rows: dict[str, Any], page: int, last: int, at: str) -> dict[str, Any]:
    rules = discussion.rules_of(rows)
    listed = []
    for row in rows["posts"]:
        state = discussion.state_of(row, rules, at)
        url = discussion.address(site, row)
        words = {"closed": "closed", "replies-only": "replies only"}
        listed.append(
            {
                "url": url,
                **discussion.voice(site, row),
                "title": row["title"],
                "published_at": row["published_at"],
                "published_on": site.render.day(row["published_at"]),
                "summary": row["summary"],
                "thoughts": thoughts(row["approved"]),
                "comments_url": f"{url}#comments",
                "state_word": "" if discussion.is_silent(row, rules, at) else words.get(state.mode, ""),
                "catchword": discussion.catchword(row["first_html"] or ""),
                "excerpt_html": rebased(row["excerpt_html"], url),
            }
        )
    older = f"/page/{page + 1}/" if page < last else ""
    newer = "" if page == 1 else "/" if page == 2 else f"/page/{page - 1}/"
    here = "/" if page == 1 else f"/page/{page}/"
    turning = {"page": page, "pages": last, "older_url": older, "newer_url": newer}
    return {**lists.frame(site, rows, here), "posts": listed, **turning}


async def show(request: Request) -> Response:
    """A post with a page of its discussion; anybody without a cookie is answered from the page cache."""
    site, at = sites.of(request), sites.now()
    path, asked = request.scope["path"], request.path_params
    reply = request.query_params.get("replytocom", "")
    if asked.get("thread") == 0:
        raise NotFound("This discussion has no such page.")
    own = security.is_private(request.cookies) or bool(reply)
    if own or site.store.trouble:  # which the form then tells of
        page, thread = int(asked.get("page", 1)), int(asked.get("thread", 0))
        return await show_to(request, asked["slug"], page=page, thread=thread, reply=reply, at=at, noindex=own)
    return await responses.once(request, path, lambda db, state: _post(db, site, path, asked, at, state))


def _post(db: Database, site: Site, path: str, asked: dict[str, Any], at: str, data_version: int) -> Page | Response:
    page = int(asked.get("page", 1))
    thread = int(asked.get("thread", 0))
    post, rows = _load(db, asked["slug"], page, at, thread)
    if elsewhere := _elsewhere(site, path, asked, post, page):
        return elsewhere
    state = discussion.state_of(post, discussion.rules_of(post), at)
    return pages.finish(
        body(site, post, rows, state, page=page, thread=thread, at=at),
        site.pages.headers,
        ask=partial(_post_versions, asked["slug"]),
        versions=(post["id"], post["version"], post["site_version"]),
        data_version=data_version,
        valid_from=at,
        valid_until=min((turn for turn in (state.turns_at, post["next_at"]) if turn), default=None),
    )


def body(
    site: Site, post: dict[str, Any], rows: list[dict[str, Any]], state: State, *, page: int, at: str, thread: int = 0
) -> bytes:
    """Write the page of a post as everybody sees it."""
    return site.render.body(
        "posts/show.html",
        post={
            **discussion.post_context(site, post),
            "linked_html": metadata.linked_data(site, post, rows, state, page),
            "image": metadata.image(site, post),
        },
        nav=discussion.menu(post, discussion.address(site, post)),
        canonical=metadata.canonical(site, post) if post["canonical"] or site.settings.url else "",
        discussion=discussion.context(site, post, rows, page=page, at=at, thread=thread),
        form=discussion.form(site, post, at=at),
        preview=None,
        refusal=None,
        switch=None,
        lang=site.settings.language,
    )


def _load(db: Any, slug: str, page: int, at: str, thread: int = 0) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    post = posts.find(db, slug, at=at)
    rules = discussion.rules_of(post)
    if thread:
        rows = comments.on_thread(db, post["id"], thread, page=page) if page else []
        if len(rows) < 2:
            raise NotFound("This discussion has no such page.")
        return post, rows
    if page > max(1, -(-post["threads"] // rules.comments_per_page)) or page == 0:
        raise NotFound("This discussion has no such page.")
    return post, comments.on_post(db, post["id"], rules, page=page)


def _post_versions(slug: str, db: Database) -> Versions:
    row = db.conn.execute("select p.id, p.version, s.version from posts p, site s where p.slug = ?", [slug]).fetchone()
    return tuple(row) if row else ()


def _elsewhere(site: Site, path: str, asked: dict[str, Any], post: dict[str, Any], page: int) -> Response | None:
    """Redirect an address that leads to the post but is not its own: the first page by number, another year."""
    wanted = discussion.page_address(discussion.address(site, post), page, int(asked.get("thread", 0)))
    return None if path == unquote(wanted) else RedirectResponse(wanted, 301)


def load_for(
    db: Any,
    slug: str,
    page: int,
    thread: int,
    reply: str,
    reader: str | None,
    session: str | None,
    did: int | None,
    at: str,
) -> dict[str, Any]:
    """Gather what one reader's own page shows beyond the public one."""
    post, rows = _load(db, slug, page, at, thread)
    staff = sessions.find(db, session, at=at) if session else None
    return {
        "post": post,
        "rows": rows,
        "staff": staff,
        "held": comments.own_held(db, post["id"], reader) if reader else [],
        "known": comments.remembered(db, reader, at=at) if reader and not staff else {},
        "target": comments.target(db, post["id"], reply) if reply else None,
        "did": _did(db, staff, did) if staff and not reply else None,
    }


def _did(db: Any, staff: Account, number: int | None) -> Batch | None:
    """Return an act that an address names, unless it is none of this person's business."""
    whole = staff["role"] in accounts.MODERATORS
    return events.batch(db, number) if number and (whole or authorship.of_batch(db, staff["id"], number)) else None


async def show_to(
    request: Request,
    slug: str,
    *,
    page: int,
    reply: str,
    at: str,
    thread: int = 0,
    status: int = 200,
    headers: dict[str, str] | None = None,
    more: Any = None,
    noindex: bool = True,
) -> Response:
    """Answer with the page as one reader sees it: own held comments, a filled form, a reply, or what `more` adds."""
    site = sites.of(request)
    session = request.cookies.get(security.SESSION_COOKIE)
    did = _number(request.query_params.get("did", ""))
    secret = readers.secret_of(request)
    reader = readers.hash_of(secret) if secret else None
    found = await site.store.read(load_for, slug, page, thread, reply, reader, session, did, at)
    return own_page(
        site, found, page=page, thread=thread, at=at, status=status, headers=headers, more=more, noindex=noindex
    )


def own_page(
    site: Site,
    found: dict[str, Any],
    *,
    page: int,
    at: str,
    thread: int = 0,
    status: int = 200,
    headers: dict[str, str] | None = None,
    more: Any = None,
    noindex: bool = True,
) -> Response:
    """Answer with a page that is one reader's alone, of what `load_for` gathered."""
    post, staff = found["post"], found["staff"]
    context = discussion.context(
        site,
        post,
        found["rows"],
        page=page,
        at=at,
        held=found["held"],
        staff=staff is not None,
        target=found["target"],
        thread=thread,
    )
    name = staff["name"] if staff else ""
    parts = {
        "form": discussion.form(site, post, at=at, target=found["target"], known=found["known"], staff=name),
        "preview": None,
        "refusal": None,
        "switch": switch.on_page(site, post, staff, found["did"], at),
    }
    if more is not None:
        parts |= more(site, post, found["target"], found["known"], name)
    context["speaks"] = context["speaks"] or bool(parts["form"] or parts["refusal"] or parts["switch"])
    return site.render.page(
        "posts/show.html",
        code=status,
        headers={**({"X-Robots-Tag": "noindex"} if noindex else {}), **(headers or {})},
        post=discussion.post_context(site, post),
        nav=discussion.menu(post, discussion.address(site, post)),
        discussion=context,
        lang=site.settings.language,
        noindex=noindex,
        **parts,
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


async def redirect_to_post(request: Request) -> Response:
    """Answer a post's address without its final slash; raise NotFound and Gone where no post is."""
    await sites.of(request).store.read(posts.path, request.path_params["slug"], at=sites.now())
    return await redirect_to_slash(request)


async def redirect_to_slash(request: Request) -> Response:
    """Answer an address without its final slash, by path and never by the Host header."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{request.url.path}/{query}".replace("//", "/"), 308 if request.method == "POST" else 301)
