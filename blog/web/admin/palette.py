"""“Go to”: finds pages of the desk, posts, settings and acts. It is a page, and as JSON what the dialog shows."""

from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from blog import moderation
from blog.moderation import operators
from blog.posts import finding
from blog.rules import policy
from blog.rules.policy_words import WORDINGS
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, layout, post_filter, posts, verdicts
from blog.web.admin.access import Permission, Recent
from blog.wording import N_, gettext, ngettext

MOST_POSTS, MOST_DISCUSSIONS, MOST_SETTINGS = 8, 3, 8


class Place(NamedTuple):
    """A page or an act: its label, its address, the permission that it needs, and the key that leads there."""

    label: str
    url: str
    needs: Permission
    key: str = ""


PAGES = (
    Place(N_("Overview"), "/admin/", "site"),
    Place(N_("Comments"), "/admin/comments", "moderate"),
    Place(N_("Approved comments"), "/admin/comments?status=approved", "moderate"),
    Place(N_("Spam"), "/admin/comments?status=spam", "moderate"),
    Place(N_("Trash"), "/admin/comments?status=trash", "moderate"),
    Place(N_("Comments one at a time"), "/admin/comments?zen=1", "moderate", "f"),
    Place(N_("Second look"), "/admin/second-look", "site"),
    Place(N_("Posts"), "/admin/posts", "close"),
    Place(N_("Mentions"), "/admin/mentions", "site"),
    Place(N_("Webhooks"), "/admin/webhooks", "settings"),
    Place(N_("Log"), "/admin/log", "site"),
    Place(N_("Discussion settings"), "/admin/settings/discussion", "settings"),
    Place(N_("Learning filter"), "/admin/filter", "site"),
    Place(N_("Site"), "/admin/settings/site", "settings"),
    Place(N_("System"), "/admin/system", "settings"),
    Place(N_("Users"), "/admin/users", "users"),
    Place(N_("Account"), "/admin/account", "self"),
    Place(N_("Keys"), "/admin/keys", "self", "?"),
    Place(N_("View site"), "/", "self"),
)
ACTS = (
    Place(N_("Write a new post"), "/admin/posts/new", "publish"),
    Place(N_("Write a new page"), "/admin/posts/new?kind=page", "publish"),
    Place(N_("Change title, colour and menu"), "/admin/settings/site", "settings"),
    Place(N_("Close or moderate all discussions"), "/admin/#switch", "site"),
    Place(N_("Open all discussions again"), "/admin/#switch", "site"),
    Place(N_("Empty spam"), "/admin/comments?status=spam", "moderate"),
    Place(N_("Empty the trash"), "/admin/comments?status=trash", "moderate"),
    Place(N_("Turn single-letter keys on or off"), "/admin/keys", "self"),
    Place(N_("Change my password"), "/admin/account", "self"),
    Place(N_("Create a queue feed"), "/admin/#feed", "site"),
)


async def show(request: Request) -> Response:
    """What `q` finds, in groups; without `q` every page and act."""
    site = sites.of(request)
    query = request.query_params.get("q", "").strip()[: finding.MOST_LETTERS]
    data = await site.store.read(_load, query, access.owner(request), access.recent(request))
    groups = [group for group in _groups(request, query, data) if group["results"]]
    if forms.wants_json(request):
        return JSONResponse({"groups": groups, "none": "" if groups else _nothing(query)})
    return site.render.page(
        "admin/go.html",
        **layout.context(request, data["frame"], "go"),
        query=query,
        groups=groups,
        none=_nothing(query),
        operators=[f"{name}:" for name in operators.OPERATORS],
    )


def _load(db: Any, query: str, owner: str, recent: Recent) -> dict[str, Any]:
    return {
        "posts": finding.titled(db, query, owner=owner, limit=MOST_POSTS) if query else [],
        "piles": moderation.counts_by_reason(db, "pending") if query and not owner else [],
        "policy": policy.load(db),
        "frame": layout.frame(db, recent),
    }


def _nothing(query: str) -> str:
    return gettext("Nothing found for “{words}”. Try fewer words.", words=query)


def _groups(request: Request, query: str, data: dict[str, Any]) -> list[dict[str, Any]]:
    last = data["frame"]["stands"]
    undo = [Place(N_("Undo my last act"), f"/admin/batches/{last['id']}/reversal", "self", "z")] if last else []
    return [
        {"label": gettext("Comments"), "results": _in_comments(query, data["piles"])},
        {"label": gettext("Pages"), "results": _places(request, query, PAGES)},
        {"label": gettext("Do"), "results": _places(request, query, (*undo, *ACTS))},
        {"label": gettext("Posts"), "results": [_post(request, row) for row in data["posts"]]},
        {"label": gettext("Discussions"), "results": _discussions(request, data["posts"])},
        {"label": gettext("Settings"), "results": _settings(request, query, data["policy"])},
    ]


def _result(label: str, url: str, about: str = "", key: str = "", *, words: bool = False) -> dict[str, Any]:
    """Return a result; `words` tells that a person wrote its label."""
    return {"label": label, "url": url, "about": about, "key": key, "words": words}


def _fits(query: str, *texts: str) -> bool:
    """Tell whether every word that was typed is in one of the texts."""
    held = "\n".join(texts).casefold()
    return all(word in held for word in query.casefold().split())


def _in_comments(query: str, piles: list[tuple[str, int]]) -> list[dict[str, Any]]:
    if not query:
        return []
    search = f"/admin/comments?{urlencode({'q': query})}"
    return [
        _result(gettext("Search all comments for “{words}”", words=query), search),
        *(
            _result(
                gettext("Held because: {pile}", pile=verdicts.pile(rule)),
                f"/admin/comments?{urlencode({'status': 'pending', 'rule': rule})}",
                ngettext("{n} waits", "{n} wait", n),
            )
            for rule, n in piles
            if _fits(query, verdicts.pile(rule), rule)
        ),
    ]


def _places(request: Request, query: str, places: tuple[Place, ...]) -> list[dict[str, Any]]:
    return [
        _result(gettext(place.label), place.url, key=place.key)
        for place in places
        if access.may(request, place.needs) and _fits(query, gettext(place.label))
    ]


def _post(request: Request, row: dict[str, Any]) -> dict[str, Any]:
    """Lead to where a post is written, or for those who may not, to its comments."""
    comments = f"/admin/comments?{urlencode({'status': 'all', 'post': row['slug']})}"
    url = f"/admin/posts/{row['slug']}/edit" if access.may(request, "publish") else comments
    status = posts.status_name(post_filter.status_of(row, sites.now()))
    about = ngettext("{status}, {n} comment", "{status}, {n} comments", row["approved"], status=status)
    return _result(row["title"], url, about, words=True)


def _discussions(request: Request, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lead to the switch of each post that was found, for those who may close it."""
    if not access.may(request, "close"):
        return []
    return [
        _result(
            gettext("Close, moderate or open “{title}”", title=row["title"]),
            f"/admin/posts?{urlencode({'q': row['title']})}",
        )
        for row in rows[:MOST_DISCUSSIONS]
    ]


def _settings(request: Request, query: str, current: policy.Policy) -> list[dict[str, Any]]:
    if not query or not access.may(request, "settings"):
        return []
    named = [
        _result(gettext(wording.label), f"/admin/settings/discussion#{name}", _value(current, name))
        for name, wording in WORDINGS.items()
        if _fits(query, gettext(wording.label), gettext(wording.group), name)
    ]
    return named[:MOST_SETTINGS]


def _value(current: policy.Policy, name: str) -> str:
    """Return a setting's value, or of a list how many lines it has."""
    value = policy.value_text(current, name)
    if isinstance(getattr(policy.Policy, name), str) and not WORDINGS[name].choices:
        return ngettext("{n} line", "{n} lines", len(value.splitlines()))
    return value
