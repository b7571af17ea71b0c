"""The template's variables of a discussion: heading, threads, pages, and the lines of a closed one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from blog import closing, comments
from blog.closing import Facts, State
from blog.comments import Node
from blog.people import accounts
from blog.posts import authorship
from blog.rendering.markdown import render_note
from blog.rules.policy import Policy
from blog.web.page_view import PageView
from blog.web.post_context import catchword, is_silent, page_address
from blog.web.render import Renderer, thoughts, thoughts_on
from blog.web.site import Site
from blog.wording import gettext, ngettext


def context(view: PageView) -> dict[str, Any]:
    """Return the variables of one page of the discussion, or of one long thread.

    `answering` is the comment beneath which the form stands, where only replies are taken and it is on this page.
    """
    site, post, rows, policy, state = view.site, view.post, view.rows, view.policy, view.state
    page, thread, target = view.address.page, view.address.thread, view.target
    pages = _page_count(view)
    newest = 0 if thread else pages if policy.comment_order == "asc" else 1  # beside a thread nothing else is shown
    nodes = comments.threads(rows, view.held, policy, last_page=page == newest)
    count = post["approved"]
    answers = not site.for_export and (view.staff is not None or state.mode != "closed")
    reply_url = f"{view.url}?replytocom=" if answers else ""
    desk = _moderates(view)
    entries = [_entry(site, post, node, page_address(view.url, page, thread), reply_url, desk) for node in nodes]
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
        "speaks": bool(view.held) or not is_silent(post, policy, view.at),
    }


def _page_count(view: PageView) -> int:
    if view.address.thread:
        return view.address.page + (len(view.rows) > comments.REPLIES + 1)
    threads: int = view.post["threads"]
    return max(1, -(-threads // view.policy.comments_per_page))


@dataclass(slots=True)
class Entry:
    """A comment for its template; attributes, as templates read them faster than a dict's items.

    `created_at` is "" for an imported comment without a date.
    """

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
    reply_label: str
    more: int
    children: list["Entry"]
    more_url: str = ""
    desk_url: str = ""


def _moderates(view: PageView) -> bool:
    """Tell whether the signed-in person may moderate this discussion."""
    staff = view.staff
    if staff is None:
        return False
    return staff["role"] in accounts.MODERATORS or authorship.is_own(staff["name"], view.post)


def _entry(
    site: Site, post: Mapping[str, Any], thread: Node, page_url: str, reply_url: str, desk: bool = False
) -> Entry:
    """Return a thread for its template, without recursion; `reply_url` is "" where replies are not accepted.

    `desk` tells that each comment leads to its page on the desk.
    """
    if thread.row["locked"]:
        reply_url = ""
    moment = site.render.moment
    tops: list[Entry] = []
    stack = [(thread, tops)]
    while stack:
        node, siblings = stack.pop()
        row = node.row
        number, author = row["id"], row["author"] or gettext("Anonymous")
        entry = Entry(
            id=number,
            gone=node.gone,
            author=author,
            author_url=row["url"],
            role="" if row["account_id"] is None else _role(row, post),
            created_at=row["created_at"] or "",
            created_on=moment(row["created_at"]) if row["created_at"] else "",
            url=f"{page_url}#comment-{number}",
            text_html=row["text_html"],
            held=node.held,
            edited=bool(row["edited_at"]),
            to=node.to,
            reply_url=f"{reply_url}{number}#comment-form" if reply_url and not (node.held or node.gone) else "",
            reply_label=gettext("Reply to {name}", name=author) if reply_url else "",
            more=node.more,
            children=[],
            desk_url=f"/admin/comments/{number}" if desk and not node.gone else "",
        )
        siblings.append(entry)
        if node.children:
            stack.extend((child, entry.children) for child in reversed(node.children))
    return tops[0]


def _role(row: Mapping[str, Any], post: Mapping[str, Any]) -> str:
    return gettext("who wrote this") if row["author"] == post["author"] else gettext("of this site")


def _first_words(rows: Sequence[Mapping[str, Any]]) -> str:
    approved = {row["id"]: row["text_html"] for row in rows if row["status"] == "approved"}
    return catchword(approved[min(approved)]) if approved else ""


def _closing(view: PageView) -> dict[str, str]:
    """Return the lines of a closed discussion: what is closed, since and until when, and the note."""
    state = view.state
    if state.mode not in ("closed", "replies-only"):
        return {"closed_line": "", "note_html": "", "fact": ""}
    render, facts = view.site.render, closing.facts(view.post)
    sentences = [_since(render, facts, view.policy, view.at), _until(render, state, facts, view.policy, view.at)]
    return {
        "closed_line": _closed_line(state.mode, bool(view.post["approved"])),
        "note_html": render_note(state.note),
        "fact": " ".join(filter(None, sentences)),
    }


def _closed_line(mode: str, has_comments: bool) -> str:
    if mode == "closed":
        return gettext("Comments are closed.")
    return (
        gettext("New threads are closed; replies are welcome.") if has_comments else gettext("New threads are closed.")
    )


def _since(render: Renderer, facts: Facts, policy: Policy, at: str) -> str:
    since = closing.closed_since(facts, policy, at)
    if not since or since < facts.published_at:
        return ""
    if not facts.published_at:  # a page that is no post
        return gettext("Closed on {day}.", day=render.day(since))
    days = (render.local(since).date() - render.local(facts.published_at).date()).days
    return ngettext(
        "Closed on {day}; it was open for {n} day.",
        "Closed on {day}; it was open for {n} days.",
        days,
        day=render.day(since),
    )


def _until(render: Renderer, state: State, facts: Facts, policy: Policy, at: str) -> str:
    """Say when the state ends by itself, and what follows; "" where it does not."""
    turn = closing.next_turn(facts, policy, at)
    if turn is None:
        return ""
    local = render.local(turn[0])
    day = render.day(turn[0]) if local.hour == local.minute == 0 else render.moment(turn[0])
    if turn[1] == "closed":
        return gettext("Replies are taken until {day}.", day=day)
    if turn[1] == "replies-only":
        return gettext("Replies are welcome again from {day} on.", day=day)
    if state.mode == "closed":
        return gettext("It opens again on {day}.", day=day)
    return gettext("New threads are welcome again from {day} on.", day=day)
