"""From a post's rows to what its page shows: threads, heading, closing lines, the form."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any
from urllib.parse import quote

from blog import closing, comments, posts
from blog.closing import Facts, State
from blog.comments import Draft, Node
from blog.rendering.markdown import plain_text, rebased, render_note
from blog.rendering.typesetting import is_from_right
from blog.rules import Action, History, outlook, policy
from blog.rules.policy import Policy
from blog.web.render import Renderer, counted, in_english, roughly, thoughts
from blog.web.site import Site

CATCHWORDS, CATCHWORD_LENGTH = 4, 28


def address(site: Site, post: Mapping[str, Any]) -> str:
    settings = site.settings
    if post.get("kind") == "page":
        return quote(f"/{post['slug']}/")
    return quote(posts.address(settings.permalink, post["slug"], post["published_at"], settings.zone))


def menu(found: Mapping[str, Any], path: str) -> list[dict[str, Any]]:
    """Return the pages in the menu, with which of them is the one at `path`."""
    listed = [(quote(f"/{slug}/"), title) for slug, title in json.loads(found["menu"])]
    return [{"url": url, "label": title, "current": url == path} for url, title in listed]


def page_address(post_url: str, page: int, thread: int = 0) -> str:
    """Return the address of a page of a discussion, or of one long thread of it."""
    if thread:
        return f"{post_url}thread-{thread}/" if page == 1 else f"{post_url}thread-{thread}-page-{page}/"
    return post_url if page == 1 else f"{post_url}comment-page-{page}/"


def rules_of(post: Mapping[str, Any]) -> Policy:
    return policy.stored(post["policy"])


def state_of(post: Mapping[str, Any], rules: Policy, at: str) -> State:
    return closing.state(closing.facts(dict(post)), rules, at)


def is_silent(post: Mapping[str, Any], rules: Policy, at: str) -> bool:
    """Tell whether a page says nothing of comments: there are none, and it was never open."""
    return not post["approved"] and closing.never_open(closing.facts(dict(post)), rules, at)


def post_context(site: Site, post: Mapping[str, Any]) -> dict[str, Any]:
    """Return a post as its template wants it."""
    render = site.render
    in_folder = post["path"].endswith("/index.md")  # what lies beside it must be found from page 2 on too
    return {
        "title": post["title"],
        "url": address(site, post),
        "author": post["author"],
        "published_at": post["published_at"],
        "published_on": render.day(post["published_at"]) if post["published_at"] else "",
        "updated_at": post["updated_at"] or "",
        "updated_on": render.day(post["updated_at"]) if post["updated_at"] else "",
        "summary": post["summary"],
        "body_html": rebased(post["body_html"], address(site, post)) if in_folder else post["body_html"],
        "tags": [
            {"name": name, "url": f"/tags/{quote(slug)}/"}
            for name, slug in zip(json.loads(post["tags"]), json.loads(post["tag_slugs"]), strict=False)
        ],
        "kind": post["kind"],
        "author_url": f"/authors/{quote(post['author_slug'])}/" if post["author_slug"] else "",
        "previous": _neighbour(site, post["previous"]),
        "next": _neighbour(site, post["next"]),
        "feed_url": f"{address(site, post)}feed.xml",
        "linked_html": "",
        "image": "",
        **voice(site, post),
    }


def voice(site: Site, post: Mapping[str, Any]) -> dict[str, str]:
    """Return the language of a post, its direction, and the attributes of English words within it.

    A post that names no language may still be in one that is written from the right: then its first letter decides.
    """
    lang = post["language"] or site.settings.language
    direction = "rtl" if is_from_right(lang) else "ltr" if post["language"] else "auto"
    return {"lang": lang, "dir": direction, "english": in_english(lang)}


def _neighbour(site: Site, written: str | None) -> dict[str, str] | None:
    if written is None:
        return None
    slug, title, published_at = json.loads(written)
    return {"title": title, "url": address(site, {"slug": slug, "published_at": published_at})}


def context(
    site: Site,
    post: Mapping[str, Any],
    rows: list[dict[str, Any]],
    *,
    page: int,
    at: str,
    held: Sequence[dict[str, Any]] = (),
    staff: bool = False,
    target: Mapping[str, Any] | None = None,
    thread: int = 0,
) -> dict[str, Any]:
    """Return a page of the discussion (or of one `thread` of it) as its template wants it.

    `answering` is the comment beneath which the form stands, where only replies are taken and it is on this page.
    """
    rules = rules_of(post)
    state = state_of(post, rules, at)
    url = address(site, post)
    if thread:
        pages = page + (len(rows) > comments.REPLIES + 1)
        newest = 0  # nothing but the thread is shown
    else:
        pages = max(1, -(-post["threads"] // rules.comments_per_page))
        newest = pages if rules.comment_order == "asc" else 1
    nodes = comments.threads(rows, list(held), rules, last_page=page == newest)
    count = post["approved"]
    reply_url = f"{url}?replytocom=" if not site.copied and (staff or state.mode != "closed") else ""
    dressed = [_entry(site, post, node, page_address(url, page, thread), reply_url) for node in nodes]
    for entry in dressed:
        entry.more_url = page_address(url, 2, entry.id) if entry.more and not thread else ""
    word = _first_words(rows) if page == 1 and not thread else ""
    return {
        "count": count,
        "thoughts": thoughts(count),
        "heading": f"{thoughts(count)} on “{post['title']}”" if count else "",
        "threads": dressed,
        "page": page,
        "pages": 0 if thread else pages,
        "whole_url": f"{url}#comments" if thread else "",
        "previous_url": f"{page_address(url, page - 1, thread)}#comments" if page > 1 else "",
        "next_url": f"{page_address(url, page + 1, thread)}#comments" if page < pages else "",
        "mode": state.mode,
        "answering": target["id"]
        if target and state.mode == "replies-only" and any(row["id"] == target["id"] for row in rows)
        else 0,
        **_closing(site.render, state, post, rules, at),
        "catchword": word,
        "catchword_url": "#comments",
        "has_held": bool(held),
        "speaks": bool(held) or not is_silent(post, rules, at),
    }


@dataclass(slots=True)
class Entry:
    """A comment as its template wants it: attributes, which templates read faster than a dict's items."""

    id: int
    gone: str
    author: str
    author_url: str
    role: str
    created_at: str
    created_on: str
    url: str
    text_html: str
    held: bool
    edited: bool
    to: str
    reply_url: str
    more: int
    children: list["Entry"]
    more_url: str = ""


def _entry(site: Site, post: Mapping[str, Any], thread: Node, page_url: str, reply_url: str) -> Entry:
    """Dress a thread for its template, from the top down, without recursion; no `reply_url` where none is taken."""
    if thread.row["locked"]:
        reply_url = ""
    moment = site.render.moment
    tops: list[Entry] = []
    stack = [(thread, tops)]
    while stack:
        node, siblings = stack.pop()
        row = node.row
        number = row["id"]
        entry = Entry(
            id=number,
            gone=node.gone,
            author=row["author"] or "Anonymous",
            author_url=row["url"],
            role="" if row["account_id"] is None else _role(row, post),
            created_at=row["created_at"],
            created_on=moment(row["created_at"]),
            url=f"{page_url}#comment-{number}",
            text_html=row["text_html"],
            held=node.held,
            edited=bool(row["edited_at"]),
            to=node.to,
            reply_url=f"{reply_url}{number}#comment-form" if reply_url and not (node.held or node.gone) else "",
            more=node.more,
            children=[],
        )
        siblings.append(entry)
        if node.children:
            stack.extend((child, entry.children) for child in reversed(node.children))
    return tops[0]


def _role(row: Mapping[str, Any], post: Mapping[str, Any]) -> str:
    return "who wrote this" if row["author"] == post["author"] else "of this site"


def _first_words(rows: Sequence[Mapping[str, Any]]) -> str:
    approved = {row["id"]: row["text_html"] for row in rows if row["status"] == "approved"}
    return catchword(approved[min(approved)]) if approved else ""


def catchword(html: str) -> str:
    """Return the first words of a discussion: 3 or 4, at most 28 characters, cut at a word, no closing punctuation."""
    words: list[str] = []
    for word in plain_text(html).split()[:CATCHWORDS]:
        if len(" ".join([*words, word])) > CATCHWORD_LENGTH:
            break
        words.append(word)
    return re.sub(r"[\s.,;:!?…–—-]+$", "", " ".join(words))


def _closing(render: Renderer, state: State, post: Mapping[str, Any], rules: Policy, at: str) -> dict[str, str]:
    """Return what stands where the form would be: the line, since and until when, the note."""
    if state.mode not in ("closed", "replies-only"):
        return {"closed_line": "", "note_html": "", "fact": ""}
    facts = closing.facts(dict(post))
    sentences = [_since(render, facts, rules, at), _until(render, state, facts, rules, at)]
    welcome = "; replies are welcome" if post["approved"] else ""
    return {
        "closed_line": "Comments are closed." if state.mode == "closed" else f"New threads are closed{welcome}.",
        "note_html": render_note(state.note),
        "fact": " ".join(filter(None, sentences)),
    }


def _since(render: Renderer, facts: Facts, rules: Policy, at: str) -> str:
    since = closing.closed_since(facts, rules, at)
    if not since or since < facts.published_at:
        return ""
    if not facts.published_at:  # a page that is no post
        return f"Closed on {render.day(since)}."
    days = (render.local(since).date() - render.local(facts.published_at).date()).days
    return f"Closed on {render.day(since)}; it was open for {counted(days, 'day')}."


def _until(render: Renderer, state: State, facts: Facts, rules: Policy, at: str) -> str:
    """Say when it ends by itself, and what will be then; "" where nothing foreseen ends it."""
    turn = closing.next_turn(facts, rules, at)
    if turn is None:
        return ""
    local = render.local(turn[0])
    day = render.day(turn[0]) if local.hour == local.minute == 0 else render.moment(turn[0])
    if turn[1] == "closed":
        return f"Replies are taken until {day}."
    if turn[1] == "replies-only":
        return f"Replies are welcome again from {day} on."
    return f"It opens again on {day}." if state.mode == "closed" else f"New threads are welcome again from {day} on."


def form(
    site: Site,
    post: Mapping[str, Any],
    *,
    at: str,
    target: Mapping[str, Any] | None = None,
    known: Mapping[str, Any] | None = None,
    draft: Draft | None = None,
    stamp: str = "",
    staff: str = "",
    errors: Mapping[str, str] | None = None,
    note: str = "",
    heading: str = "",
    promised: str = "",
) -> dict[str, Any] | None:
    """Return the form, or None where nobody could send it: closed, or for new thoughts when only replies are taken."""
    rules = rules_of(post)
    state = state_of(post, rules, at)
    if site.copied:
        return None
    if not staff and (state.mode == "closed" or (state.mode == "replies-only" and target is None)) and draft is None:
        return None
    known = known or {}
    typed = {
        "author": draft.author if draft else known.get("author", ""),
        "email": draft.email if draft else known.get("email", ""),
        "url": draft.url if draft else known.get("url", ""),
        "comment": draft.text if draft else "",
        "comment_parent": target["id"] if target else "",
        "remember": draft.remember if draft else bool(known.get("remember")),
    }
    url = address(site, post)
    rules_slug, rules_summary = json.loads(post["house_rules"] or '["", ""]')
    return {
        "rules_url": quote(f"/{rules_slug}/") if rules_slug else "",
        "rules_summary": rules_summary,
        "action": f"{url}comments",
        "heading": heading or (f"Reply to {target['author']}" if target else "Leave a comment"),
        "fields": typed,
        "errors": dict(errors or {}),
        "stamp": stamp or site.stamp_of(post["slug"], at),
        "required": rules.require_name_email,
        "promise": promised or promise(post, _outlook(rules, state, known, bool(staff))),
        "cancel_url": f"{url}#comment-{target['id']}" if target else "",
        "cancel_label": f"Do not reply to {target['author']}" if target else "",
        "note": note,
        "unsaved": site.store.trouble,
        "max_comment": comments.LIMITS["comment"],
        "staff": staff,
    }


def promise(post: Mapping[str, Any], verdict: Action) -> str:
    """Say what will happen to what is sent, and how long a look takes lately; spam is promised what waiting is."""
    if verdict is Action.ALLOW:
        return "Your comment will appear at once."
    delays = json.loads(post["delays"])
    return f"Your comment will be reviewed by a moderator{f', lately in {roughly(median(delays))}' if delays else ''}."


def _outlook(rules: Policy, state: State, known: Mapping[str, Any], staff: bool) -> Action:
    banned = "this browser" if known.get("standing") == "banned" else ""
    history = History(known.get("approved", 0), trusted=known.get("standing") == "trusted", banned=banned)
    return outlook(rules, "moderated" if state.held else "open", history, staff=staff)
