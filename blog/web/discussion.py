"""The template's variables of a discussion: heading, threads, pages, and the lines of a closed one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from blog import closing, comments
from blog.closing import Facts, State
from blog.comments import Node
from blog.rendering.markdown import render_note
from blog.rules.policy import Policy
from blog.web.page_view import PageView
from blog.web.post_context import catchword, is_silent, page_address
from blog.web.render import Renderer, thoughts, thoughts_on
from blog.web.site import Site
from blog.wording import ngettext


def context(view: PageView) -> dict[str, Any]:
    """Return the variables of one page of the discussion, or of one long thread.

    `answering` is the comment beneath which the form stands, where only replies are taken and it is on this page.
    """
    site, post, rows, rules, state = view.site, view.post, view.rows, view.rules, view.state
    page, thread, target = view.address.page, view.address.thread, view.target
    pages = _page_count(view)
    newest = 0 if thread else pages if rules.comment_order == "asc" else 1  # beside a thread nothing else is shown
    nodes = comments.threads(rows, view.held, rules, last_page=page == newest)
    count = post["approved"]
    answers = not site.for_export and (view.staff is not None or state.mode != "closed")
    reply_url = f"{view.url}?replytocom=" if answers else ""
    entries = [_entry(site, post, node, page_address(view.url, page, thread), reply_url) for node in nodes]
    for entry in entries:
        entry.more_url = page_address(view.url, 2, entry.id) if entry.more and not thread else ""
    beneath = target and state.mode == "replies-only" and any(row["id"] == target["id"] for row in rows)
    return {
        "count": count,
        "thoughts": thoughts(count),
        "heading": thoughts_on(post["title"], count),
        "threads": entries,
        "page": page,
        "pages": 0 if thread else pages,
        "whole_url": f"{view.url}#comments" if thread else "",
        "previous_url": f"{page_address(view.url, page - 1, thread)}#comments" if page > 1 else "",
        "next_url": f"{page_address(view.url, page + 1, thread)}#comments" if page < pages else "",
        "mode": state.mode,
        "answering": target["id"] if target and beneath else 0,
        **_closing(view),
        "catchword": _first_words(rows) if page == 1 and not thread else "",
        "catchword_url": "#comments",
        "has_held": bool(view.held),
        "speaks": bool(view.held) or not is_silent(post, rules, view.at),
    }


def _page_count(view: PageView) -> int:
    if view.address.thread:
        return view.address.page + (len(view.rows) > comments.REPLIES + 1)
    threads: int = view.post["threads"]
    return max(1, -(-threads // view.rules.comments_per_page))


@dataclass(slots=True)
class Entry:
    """A comment for its template; attributes, as templates read them faster than a dict's items."""

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
    """Return a thread for its template, without recursion; `reply_url` is "" where replies are not accepted."""
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


def _closing(view: PageView) -> dict[str, str]:
    """Return the lines of a closed discussion: what is closed, since and until when, and the note."""
    state = view.state
    if state.mode not in ("closed", "replies-only"):
        return {"closed_line": "", "note_html": "", "fact": ""}
    render, facts = view.site.render, closing.facts(view.post)
    sentences = [_since(render, facts, view.rules, view.at), _until(render, state, facts, view.rules, view.at)]
    welcome = "; replies are welcome" if view.post["approved"] else ""
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
    return ngettext(
        "Closed on {day}; it was open for {n} day.",
        "Closed on {day}; it was open for {n} days.",
        days,
        day=render.day(since),
    )


def _until(render: Renderer, state: State, facts: Facts, rules: Policy, at: str) -> str:
    """Say when the state ends by itself, and what follows; "" where it does not."""
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
