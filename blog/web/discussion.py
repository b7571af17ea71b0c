"""The template's variables of a discussion: its head, its threads, its pages, and the lines of a closed one."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from blog import closing, comments
from blog.closing import Facts, State
from blog.comments import Shown
from blog.rendering import languages
from blog.rendering.markdown import plain_text, render_note
from blog.rules.policy import Policy
from blog.web import entries, switch
from blog.web.page_view import PageView
from blog.web.post_context import catchword, comment_address, is_silent, page_address, policy_of
from blog.web.render import Renderer, thoughts, thoughts_on
from blog.wording import N_, gettext, ngettext, pgettext

ALL = 1_000_000
PICK_LENGTH = 280  # characters of a pick
SENTENCES = re.compile(rf".{{1,{PICK_LENGTH}}}[.!?…。؟][”’)]*(?=\s|$)", re.DOTALL)
INNER = {"“": "‘", "”": "’", "„": "‚"}  # quotation marks as they look within others
MARKS = {"off": "", "thanks": N_("Thank you"), "mind": N_("This changed my mind")}


def context(view: PageView) -> dict[str, Any]:
    """Return the variables of one page of the discussion, or of one long thread.

    `answering` is the comment beneath which the form stands, where it is on this page.
    """
    site, post, rows, policy, state = view.site, view.post, view.rows, view.policy, view.state
    page, thread, order, target = view.address.page, view.address.thread, view.address.order, view.target
    pages = _page_count(view)
    count = post["approved"]
    return {
        "count": count,
        "thoughts": thoughts(count),
        "heading": thoughts_on(post["title"], count),
        "heading_parts": _heading_parts(thoughts_on(post["title"], count), post["title"]),
        "threads": entries.of_page(view, _threads(view, pages)),
        "page": page,
        "pages": 0 if thread else pages,
        "whole_url": f"{view.url}#comments" if thread else "",
        "previous_url": f"{page_address(view.url, page - 1, thread, order)}#comments" if page > 1 else "",
        "next_url": f"{page_address(view.url, page + 1, thread, order)}#comments" if page < pages else "",
        "page_links": [] if thread else _page_links(view, pages),
        "mode": state.mode,
        "to": entries.around(gettext("to {name}")),
        "reply": pgettext("verb", "Reply"),
        "answering": target["id"] if target and any(row["id"] == target["id"] for row in rows) else 0,
        "report": gettext("Report"),
        "thanks_label": "" if site.for_export else gettext(MARKS[policy.comment_marks]),
        "picked": gettext("picked by the author"),
        "desk": view.moderates,
        "picking": view.staff is not None and switch.may_use(view),
        "here": page_address(view.url, page, thread, order),
        "reactions": _reactions(view),
        **_head(view),
        **_closing(view),
        "catchword": _first_words(rows) if page == 1 and not (thread or order) else "",
        "catchword_url": "#comments",
        "has_held": any(row["own"] for row in view.held),
        "speaks": bool(view.held) or not is_silent(post, policy, view.at),
    }


def _heading_parts(heading: str, title: str) -> list[tuple[str, str]]:
    """Return the parts of a heading that quotes a title: text, and for each mark of the title's own the inner mark."""
    before, _, after = heading.partition(title)
    inner = INNER if INNER.keys() & set(before + after) else {}  # within « » they may stay as they are
    parts = [(part, inner.get(part, "")) for part in re.split("([“”„])", title) if part]
    return [(before, ""), *parts, (after, "")]


def _page_count(view: PageView) -> int:
    if view.address.thread:
        return view.address.page + (len(view.rows) > comments.THREAD_PAGE + 1)
    return comments.page_at(max((row["last"] or 0 for row in view.rows), default=0), view.policy)


def _threads(view: PageView, pages: int) -> list[comments.Node]:
    """Return the threads of the page; nothing that is answered or linked to lies in a closed fold."""
    page, thread, policy = view.address.page, view.address.thread, view.policy
    newest = 0 if thread else pages if policy.comment_order == "asc" else 1  # beside a thread nothing else is shown
    unfolded = {view.address.unfold, view.target["id"] if view.target else 0}
    if thread:
        shown = Shown(last_page=False, replies=comments.THREAD_PAGE, open_replies=ALL)
    else:
        shown = Shown(last_page=page == newest, unfolded=unfolded)
    return comments.threads(view.rows, view.held, policy, shown)


def _head(view: PageView) -> dict[str, Any]:
    """Return what stands above the comments: by whom they are, the latest, until when it is open, and the order."""
    post, render = view.post, view.site.render
    people, by_author = json.loads(post["people"] or "[0, 0]") if post["approved"] else (0, 0)
    latest = None
    if post["latest"]:
        number, author, at = json.loads(post["latest"])
        latest = {
            "author": author or gettext("Anonymous"),
            "at": at,
            "on": render.moment_after(at, post["published_at"]) if at else "",
            "url": _link(view, number),
        }
    return {
        "people": ngettext("One person", "{n} people", people) if people else "",
        "by_author": ngettext("one comment by the author", "{n} comments by the author", by_author)
        if by_author
        else "",
        "latest": latest,
        "since": gettext("{n} since your last visit"),
        "open_until": _open_until(view),
        "orders": _orders(view),
        "picks": _picks(view),
    }


NAMES = 20  # of those who like or repeat a post, in a line


def _reactions(view: PageView) -> list[dict[str, Any]]:
    """Return who likes and who repeats the post on other sites: a line of names for each, without a count."""
    if view.address.page > 1 or view.address.thread or view.address.order:
        return []
    rows = [(kind, author or gettext("Anonymous"), url) for kind, author, url in json.loads(view.post["reactions"])]
    lines = [(kind, [(author, url) for what, author, url in rows if what == kind]) for kind in ("like", "repost")]
    return [{"kind": kind, "people": names[:NAMES], "others": len(names[NAMES:])} for kind, names in lines if names]


def _picks(view: PageView) -> list[dict[str, Any]]:
    """Return what the author picked, on the first page alone: whole sentences of each, about two hundred characters."""
    if view.address.page > 1 or view.address.thread or view.address.order:
        return []
    return [
        {
            "author": author or gettext("Anonymous"),
            "at": at,
            "on": at and view.site.render.moment_after(at, view.post["published_at"]),
            "text": _sentences(plain_text(html)),
            "lang": languages.attribute(html, *entries.languages_around(view)),
            "url": _link(view, number),
        }
        for number, author, at, html in json.loads(view.post["picks"])
    ]


def _link(view: PageView, comment: int) -> str:
    """Return the link to a comment; a static copy of the site has one only where the comment is on the same page."""
    if not view.site.for_export:
        return comment_address(view.url, comment)
    return f"#comment-{comment}" if any(row["id"] == comment for row in view.rows) else ""


def _sentences(text: str) -> str:
    """Return the first sentences of a text, whole; a first one that is very long is shortened at a word."""
    found = SENTENCES.match(text)
    return found[0].strip() if found else entries.shortened(text, PICK_LENGTH)


def _open_until(view: PageView) -> str:
    """Say when an open discussion closes by itself; "" where it does not."""
    turn = closing.next_turn(closing.facts(view.post), view.policy, view.at)
    if view.state.mode in ("closed", "replies-only") or turn is None or turn[1] not in ("closed", "replies-only"):
        return ""
    return gettext("until {day}", day=_day(view.site.render, turn[0]))


def _orders(view: PageView) -> list[dict[str, str]]:
    """Return both orders of the discussion, each with its address; the one that is shown has none."""
    if view.address.thread or view.post["threads"] < 2:
        return []
    own = policy_of(view.post).comment_order
    labels = {"oldest": gettext("oldest first"), "newest": gettext("newest first")}
    return [
        {
            "label": labels[name],
            "url": ""
            if order == view.policy.comment_order
            else f"{page_address(view.url, 1, 0, '' if order == own else name)}#comments",
        }
        for name, order in (("oldest", "asc"), ("newest", "desc"))
    ]


def _page_links(view: PageView, pages: int) -> list[dict[str, Any]]:
    """Return the pages to choose from: the first, the last and those near this one; a `gap` is before some."""
    page, links, before = view.address.page, [], 0
    for n in sorted({1, pages, *range(max(1, page - 2), min(pages, page + 2) + 1)}):
        url = "" if n == page else f"{page_address(view.url, n, 0, view.address.order)}#comments"
        links.append({"n": n, "url": url, "gap": n > before + 1})
        before = n
    return links if pages > 1 else []


def _first_words(rows: Sequence[Mapping[str, Any]]) -> str:
    approved = {row["id"]: row["text_html"] for row in rows if row["status"] == "approved"}
    return catchword(approved[min(approved)]) if approved else ""


def _closing(view: PageView) -> dict[str, str]:
    """Return the lines of a closed discussion: what is closed, since and until when, and the note."""
    state = view.state
    if state.mode not in ("closed", "replies-only"):
        return {"closed_line": "", "note_html": "", "fact": "", "closed_on": ""}
    render, facts = view.site.render, closing.facts(view.post)
    since = closing.closed_since(facts, view.policy, view.at)
    sentences = [_since(render, facts, view.policy, view.at), _until(render, state, facts, view.policy, view.at)]
    return {
        "closed_line": _closed_line(state.mode, bool(view.post["approved"])),
        "note_html": render_note(state.note),
        "fact": " ".join(filter(None, sentences)),
        "closed_on": render.day(since) if since and state.mode == "closed" else "",
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
    day = _day(render, turn[0])
    if turn[1] == "closed":
        return gettext("Replies are taken until {day}.", day=day)
    if turn[1] == "replies-only":
        return gettext("Replies are welcome again from {day} on.", day=day)
    if state.mode == "closed":
        return gettext("It opens again on {day}.", day=day)
    return gettext("New threads are welcome again from {day} on.", day=day)


def _day(render: Renderer, at: str) -> str:
    """Write a day, with the time where it is not midnight."""
    local = render.local(at)
    return render.day(at) if local.hour == local.minute == 0 else render.moment(at)
