"""From the rows of a page to its threads: who stands beneath whom, what is folded, and what is left in place of others.

Nothing here is recursive: a discussion may be as deep as it likes.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from blog.comments import paging
from blog.rules.policy import Policy
from blog.wording import gettext

Row = dict[str, Any]
OPEN_REPLIES = 50  # replies that lie open on a page; folds beyond them are closed
FOLDED_THREAD, FOLDED_BRANCH = 3, 4  # replies that a thread, and a branch of it, must have to be folded
BRANCH_DEPTH = 3


@dataclass(slots=True)
class Node:
    """One comment in its place on the page. `gone` is the sentence of a tombstone.

    `to` is the name of whom it answers, where the reader would not see it otherwise: what is answered does not stand
    directly above. `parent` is what it answers, if that is on this page, and `beneath` what it stands beneath, which is
    another past the depth limit. `more` is how many approved replies a thread has beyond those that are shown, `next`
    the first of them. `fold` tells how its replies are folded: "" not at all, "open" or "closed"; then `replies` counts
    them and `writers` are the names of their writers.
    """

    row: Row
    held: bool = False
    gone: str = ""
    to: str = ""
    depth: int = 1
    more: int = 0
    next: int = 0
    parent: "Node | None" = None
    beneath: "Node | None" = None
    fold: str = ""
    replies: int = 0
    writers: list[str] = field(default_factory=list)
    children: list["Node"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shown:
    """How a page shows its threads: of each so many replies, and open what leads to these comments.

    `last_page` tells whether the reader's own new threads that wait are shown here too.
    """

    last_page: bool = True
    replies: int = paging.REPLIES
    open_replies: int = OPEN_REPLIES
    unfolded: Collection[int] = ()


def threads(rows: list[Row], held: list[Row], policy: Policy, shown: Shown = Shown()) -> list[Node]:
    """Build the threads of a page in the order of the policy; `held` are waiting comments that this reader sees."""
    rows, cut = _first_replies(rows, shown.replies)
    nodes = {row["id"]: Node(row, False, "" if row["status"] == "approved" else _gone(row)) for row in rows}
    for thread, (more, following) in cut.items():
        nodes[thread].more, nodes[thread].next = more, following
    _add_held(nodes, held)
    tops, answers = _joined(nodes, shown.last_page)
    if policy.comment_order != "asc":
        tops.reverse()
    for top in tops:
        _lay_out(top, answers, policy.thread_comments_depth)
    wanted = {number for number, node in nodes.items() if node.held or number in shown.unfolded}
    _fold(tops, {number for number in wanted for number in _above(nodes[number])}, shown.open_replies)
    return tops


def _add_held(nodes: dict[int, Node], held: list[Row]) -> None:
    """Add waiting comments to the threads that are shown; one takes the place of the tombstone that stands for it."""
    there = nodes.keys() | {row["id"] for row in held if row["root_id"] is None}
    for row in held:
        if row["root_id"] is None or row["root_id"] in there:
            node = nodes.setdefault(row["id"], Node(row))
            node.row, node.held, node.gone = row, True, ""


def _first_replies(rows: list[Row], most: int) -> tuple[list[Row], dict[int, tuple[int, int]]]:
    """Keep the first replies of each thread; return the rows, and of each longer thread how many are left out.

    What is left out is counted in approved replies, and named is the first one that is left out.
    """
    replies = Counter(row["root_id"] for row in rows if row["root_id"])
    long = {thread for thread, count in replies.items() if count > most}
    if not long:
        return rows, {}
    last = {thread: max(row["id"] for row in rows if row["root_id"] == thread) for thread in long}
    kept = [row for row in rows if row["root_id"] not in long or row["id"] != last[row["root_id"]]]
    shown = Counter(row["root_id"] or row["id"] for row in kept if row["status"] == "approved")
    every = {row["id"]: row["approved_in_thread"] for row in rows if not row["root_id"]}
    return kept, {thread: (max(1, every[thread] - shown[thread]), last[thread]) for thread in long}


def _joined(nodes: dict[int, Node], last_page: bool) -> tuple[list[Node], dict[int, list[Node]]]:
    """Return the first comments of threads, and of every comment its answers, which are younger than itself."""
    tops: list[Node] = []
    answers: dict[int, list[Node]] = {}
    visible: set[int] = set()
    for number in sorted(nodes, reverse=True):
        node = nodes[number]
        if node.gone and number not in visible:
            continue
        visible |= {number, node.row["parent_id"] or 0}
    for number in sorted(visible & nodes.keys()):
        node = nodes[number]
        node.parent = nodes.get(node.row["parent_id"] or 0)
        over = node.parent or nodes.get(node.row["root_id"] or 0)
        if over is not None:
            answers.setdefault(over.row["id"], []).append(node)
        elif last_page or not node.held:
            tops.append(node)
    return tops, answers


def _lay_out(top: Node, answers: Mapping[int, list[Node]], limit: int) -> None:
    """Put a thread in the order of the conversation; a reply past the depth limit joins the last level."""
    before = top
    stack = answers.get(top.row["id"], [])[::-1]
    while stack:
        node = stack.pop()
        over = node.parent or top
        flat = over.depth >= limit
        node.beneath = over.beneath or over if flat else over
        node.depth = min(node.beneath.depth + 1, limit)
        if node.parent is None:
            node.to = node.row.get("answered", "")
        elif flat or before is not node.parent:
            node.to = node.parent.row["author"]
        node.beneath.children.append(node)
        before = node
        stack += answers.get(node.row["id"], [])[::-1]


def _above(node: Node) -> Iterator[int]:
    while node.beneath is not None:
        node = node.beneath
        yield node.row["id"]


def _fold(tops: list[Node], kept_open: set[int], most: int) -> None:
    """Fold the replies of threads and of deep branches, where they are many; the first ones on the page lie open."""
    lying_open = 0
    stack = tops[::-1]
    while stack:
        node = stack.pop()
        enough = FOLDED_THREAD if node.depth == 1 else FOLDED_BRANCH if node.depth == BRANCH_DEPTH else 0
        if enough and node.children:
            beneath = [each.row["author"] for each in _beneath(node) if not (each.gone or each.held)]
            if len(beneath) >= enough:
                node.replies, node.writers = len(beneath), list(dict.fromkeys(beneath))
                node.fold = "open" if lying_open < most or node.row["id"] in kept_open else "closed"
        if node.fold != "closed":
            lying_open += len(node.children)
            stack += node.children[::-1]


def _beneath(node: Node) -> Iterator[Node]:
    stack = node.children[::-1]
    while stack:
        each = stack.pop()
        yield each
        stack += each.children[::-1]


def _gone(row: Mapping[str, Any]) -> str:
    if row["withdrawn_at"]:
        return gettext("This comment was withdrawn by its writer.")
    return gettext("This comment is not shown.") if row["status"] == "pending" else gettext("This comment was removed.")
