"""A post or page as an object for programs: one reading of its row, three shapes.

`plain` is the shape of the messages to webhooks, `entry` that of `blog posts --json`, `of_row` WordPress's, which the
clients of the API expect. They differ in names and in words for the same status (`scheduled`, `future`), which scripts
and clients rely on; what each says is read here once. `updated_at` is what the author wrote in the file; `modified` in
the API is when the file was changed last.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from blog import closing, posts
from blog.closing import State
from blog.posts import slugify, versions
from blog.rendering.markdown import rebased
from blog.representations.place import (
    CURIES,
    EDIT,
    Object,
    Place,
    embeddable,
    escaped,
    gmt,
    in_context,
    self_link,
)
from blog.rules import policy as policies
from blog.rules.policy import Policy

BASES = {"post": "posts", "page": "pages"}
STATUSES = {"published": "publish", "scheduled": "future", "draft": "draft", "withdrawn": "private"}
# The parts that not every context has.
CONTEXTS = {
    **dict.fromkeys(("date_gmt", "guid", "modified", "modified_gmt", "status", "content"), "view edit"),
    **dict.fromkeys(("comment_status", "ping_status", "sticky", "template", "format", "meta"), "view edit"),
    **dict.fromkeys(("categories", "tags", "class_list", "parent", "menu_order"), "view edit"),
    **dict.fromkeys(("password", "permalink_template", "generated_slug"), "edit"),
}
# What a program is told that it may do with a post or page, by the rights of its account.
ACTIONS = {
    ("post", "editor"): (
        *("publish", "unfiltered-html", "sticky", "assign-author", "create-categories", "assign-categories"),
        *("create-tags", "assign-tags"),
    ),
    ("post", "author"): ("publish", "assign-categories", "create-tags", "assign-tags"),
    ("page", "editor"): ("publish", "unfiltered-html", "assign-author"),
    ("page", "author"): ("publish",),
}


def of_row(place: Place, row: Mapping[str, Any], context: str, *, at: str, rights: str = "") -> Object:
    """Return a post as WordPress has it, at a moment; the row is one of blog/posts/catalog.py.

    `rights` are those of who asks: "editor", "author" or "". In the context `edit` the row has the `raw` Markdown.
    """
    link, kind = place.post(row), str(row["kind"])
    edit = context == EDIT
    status, terms = status_of(row, at), json.loads(row["terms"])
    raw = {"raw": row.get("raw", "")} if edit else {}
    body = rebased(row["body_html"], link) if row["path"].endswith("/index.md") else row["body_html"]
    summary = f"<p>{escaped(row['summary'])}</p>\n" if row["summary"] else row["excerpt_html"]
    whole: Object = {
        "id": row["id"],
        "date": place.local(row["published_at"] or row["modified_at"]),
        "date_gmt": gmt(row["published_at"] or row["modified_at"]),
        "guid": {"rendered": link, **({"raw": link} if edit else {})},
        "modified": place.local(row["modified_at"]),
        "modified_gmt": gmt(row["modified_at"]),
        "password": "",
        "slug": f"{row['slug']}__trashed" if status == "trash" else row["slug"],
        "status": status,
        "type": kind,
        "link": link,
        "title": {**({"raw": row["title"]} if edit else {}), "rendered": escaped(row["title"])},
        "content": {**raw, "rendered": body, "protected": False, **({"block_version": 0} if edit else {})},
        "excerpt": {**({"raw": row["summary"]} if edit else {}), "rendered": summary, "protected": False},
        "author": row["author_id"] or 0,
        "featured_media": row["media_id"] or 0,
        **({"parent": 0, "menu_order": row["menu"] or 0} if kind == "page" else {}),
        "comment_status": "open" if takes_comments(row, at) else "closed",
        "ping_status": "closed",
        **({"sticky": False} if kind == "post" else {}),
        "template": "",
        **({"format": "standard"} if kind == "post" else {}),
        "meta": {"footnotes": ""},
        **({"categories": [t[0] for t in terms], "tags": [t[0] for t in terms]} if kind == "post" else {}),
        "permalink_template": place.page("/%pagename%/" if kind == "page" else _template(place)),
        "generated_slug": slugify(row["title"]),
        "class_list": _classes(row, status, terms),
    }
    return {**in_context(whole, CONTEXTS, context), "_links": _links(place, row, context, rights)}


def plain(place: Place, row: Mapping[str, Any]) -> Object:
    """Return a post under our own names; the row has the columns of blog/posts/fields.py."""
    return {
        **{name: row[name] for name in ("slug", "kind", "title", "author", "summary", "status", "published_at")},
        "updated_at": row["updated_at"] or row["published_at"],
        "tags": json.loads(row["tags"]),
        "address": place.post(row),
    }


def entry(row: Mapping[str, Any], policy: Policy, at: str) -> Object:
    """Return a post as a list of the site's files has it: its state, and that of its discussion."""
    state = discussion(row, policy, at)
    return {
        "slug": row["slug"],
        "title": row["title"],
        "kind": row["kind"],
        "state": versions.status_at(row["status"], row["published_at"], at),
        "date": row["published_at"],
        "updated": row["updated_at"],
        "file": posts.site_path(row["path"]),
        "discussion": state.mode,
        "cause": state.cause,
        "approved": row["approved"],
        "waiting": row["waiting"],
    }


def status_of(row: Mapping[str, Any], at: str) -> str:
    """Return the status of a post in WordPress's words; what was withdrawn is private."""
    return "trash" if row["deleted_at"] else STATUSES[versions.status_at(row["status"], row["published_at"], at)]


def discussion(row: Mapping[str, Any], policy: Policy, at: str) -> State:
    """Return the state of the discussion of a post; the row has `closing.COLUMNS`."""
    return closing.state(closing.facts(dict(row)), policy, at)


def takes_comments(row: Mapping[str, Any], at: str) -> bool:
    """Tell whether anybody may comment on a post: "replies only" counts as closed."""
    return not row["deleted_at"] and discussion(row, policies.from_json(row["policy"]), at).is_open


def _template(place: Place) -> str:
    names = {"{slug}": "%postname%", "{year}": "%year%", "{month}": "%monthnum%", "{day}": "%day%"}
    pattern = place.settings.permalink
    for ours, theirs in names.items():
        pattern = pattern.replace(ours, theirs)
    return pattern


def _classes(row: Mapping[str, Any], status: str, terms: list[list[Any]]) -> list[str]:
    kind = row["kind"]
    picture = ["has-post-thumbnail"] if row["media_id"] else []
    classes = [f"post-{row['id']}", kind, f"type-{kind}", f"status-{status}", *picture, "hentry"]
    if kind == "post":
        classes.insert(4, "format-standard")
        classes += [f"{taxonomy}-{quote(term[1])}" for taxonomy in ("category", "tag") for term in terms]
    return classes


def _links(place: Place, row: Mapping[str, Any], context: str, rights: str) -> Object:
    kind, number = row["kind"], row["id"]
    base, here = BASES[kind], place.api(f"{BASES[kind]}/{number}")
    links: Object = {
        "self": self_link(here, editable=bool(rights)),
        "collection": [{"href": place.api(base)}],
        "about": [{"href": place.api(f"types/{kind}")}],
    }
    if row["author_id"]:
        links["author"] = [embeddable(place.api(f"users/{row['author_id']}"))]
    links["replies"] = [embeddable(place.api("comments", post=number))]
    links["version-history"] = [{"count": row["versions"], "href": f"{here}/revisions"}]
    if row["versions"]:
        links["predecessor-version"] = [{"id": row["version_id"], "href": f"{here}/revisions/{row['version_id']}"}]
    if row["media_id"]:
        links["wp:featuredmedia"] = [embeddable(place.api(f"media/{row['media_id']}"))]
    links["wp:attachment"] = [{"href": place.api("media", parent=number)}]
    if kind == "post":
        links["wp:term"] = [
            {"taxonomy": taxonomy, "embeddable": True, "href": place.api(terms, post=number)}
            for taxonomy, terms in (("category", "categories"), ("post_tag", "tags"))
        ]
    if context == EDIT and rights:
        links |= {f"wp:action-{act}": [{"href": here}] for act in ACTIONS[kind, rights]}
    return {**links, "curies": CURIES}
