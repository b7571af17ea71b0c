"""The comments of a page for their template: every string that it writes, made once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blog import comments, reserved
from blog.comments import Node
from blog.rendering import languages
from blog.rendering.markdown import plain_text
from blog.web.page_view import PageView
from blog.web.post_context import comment_address, page_address
from blog.wording import N_, gettext

TITLE_LENGTH = 60  # characters of what is answered that a link to it shows
# Whether this program has the pages on which readers change and withdraw what they wrote.
HAS_OWN_PAGE = "your-comments" in reserved.ROUTES
NAME_LENGTH = 40  # characters of a name in the line of a fold
WROTE, STAFF = N_("who wrote this"), N_("from this site")


@dataclass(slots=True)
class Entry:
    """A comment for its template; attributes, as templates read them faster than a dict's items.

    `to` is the name of whom it answers, to be seen, and `heard` the same where only a screen reader needs it.
    `mention` says of a mention what another site does with the post.
    """

    id: int
    gone: str
    author: str
    author_url: str
    role: str
    wrote: bool
    created_at: str
    created_on: str
    url: str
    text_html: str
    lang: str
    held: bool
    unconfirmed: bool
    own: bool
    own_url: str
    mention: str
    picked: bool
    thanks: int
    edited: bool
    to: str
    to_url: str
    to_title: str
    heard: str
    reply_url: str
    reply_label: str
    report_url: str
    report_label: str
    fold: str
    replies: int
    writer: str
    others: int
    more: int
    more_url: str
    children: list["Entry"]


@dataclass(frozen=True, slots=True)
class Lines:
    """What is the same in all comments of a page. `languages` are the page's, and those that comments may be in."""

    view: PageView
    page_url: str
    anonymous: str
    roles: tuple[str, str]
    languages: tuple[str, str, str]
    answers: bool
    to: tuple[str, str]
    reply: tuple[str, str]
    report: tuple[str, str]

    def entry(self, node: Node, locked: bool) -> Entry:
        row, view = node.row, self.view
        key, at = row["id"], row["created_at"] or ""
        parent = node.parent
        author = row["author"] or self.anonymous
        to, heard = node.to, ""
        if parent is not None and not to and parent.row["author"]:
            heard = parent.row["author"].join(self.to)
        wrote = row["account_id"] is not None and row["author"] == view.post["author"]
        no_marks = view.site.for_export or node.held or node.gone
        silent = node.held or node.gone or locked or not self.answers
        return Entry(
            id=key,
            gone=node.gone,
            author=author,
            author_url=row["url"],
            role="" if row["account_id"] is None else self.roles[not wrote],
            wrote=wrote,
            created_at=at,
            created_on=view.site.render.moment_after(at, view.post["published_at"])
            if (at := row["created_at"])
            else "",
            url=f"{self.page_url}#comment-{key}" if view.site.for_export else comment_address(view.url, key),
            text_html=row["text_html"],
            lang=languages.attribute(row["text_html"], *self.languages),
            held=node.held,
            own=node.held and bool(row["own"]),
            unconfirmed=node.held and bool(row["unconfirmed"]),
            own_url=f"/your-comments/{key}" if node.held and row["own"] and HAS_OWN_PAGE else "",
            mention=_mention(row) if row["kind"] == "webmention" else "",
            picked=bool(row["picked"]),
            thanks=row["thanks"],
            edited=bool(row["edited_at"]),
            to=to,
            to_url=self._answered_url(row, parent) if to else "",
            to_title=shortened(plain_text(parent.row["text_html"]), TITLE_LENGTH) if to and parent else "",
            heard=heard,
            reply_url="" if silent else f"{self.page_url}?replytocom={key}#comment",
            reply_label="" if silent else author.join(self.reply),
            report_url="" if no_marks else f"{view.url}comments/{key}/report",
            report_label=author.join(self.report),
            fold=node.fold,
            replies=node.replies,
            writer=shortened(node.writers[0] or self.anonymous, NAME_LENGTH) if node.fold else "",
            others=len(node.writers) - 1,
            more=node.more,
            more_url=self._more_url(node),
            children=[],
        )

    def _answered_url(self, row: Mapping[str, Any], parent: Node | None) -> str:
        if parent is not None:
            return f"#comment-{row['parent_id']}"
        return "" if self.view.site.for_export else comment_address(self.view.url, row["parent_id"])

    def _more_url(self, node: Node) -> str:
        if not node.more:
            return ""
        if self.view.address.thread:
            return ""
        return f"{page_address(self.view.url, 1, node.row['id'])}#comment-{node.next}"


MENTIONS = {
    "reply": N_("replied on {host}"),
    "bookmark": N_("bookmarked this on {host}"),
    "mention": N_("mentioned this on {host}"),
}


def _mention(row: Mapping[str, Any]) -> str:
    return gettext(MENTIONS.get(row["mention"] or "", MENTIONS["mention"]), host=comments.host_of(row["url"]))


def of_page(view: PageView, threads: list[Node]) -> list[Entry]:
    """Return the threads of a page for their template, without recursion."""
    address = view.address
    lines = Lines(
        view,
        page_address(view.url, address.page, address.thread, address.order),
        gettext("Anonymous"),
        (gettext(WROTE), gettext(STAFF)),
        languages_around(view),
        not view.site.for_export and (view.staff is not None or view.state.mode != "closed"),
        around(gettext("to {name}")),
        around(gettext("Reply to {name}")),
        around(gettext("Report the comment by {name}")),
    )
    tops: list[Entry] = []
    for thread in threads:
        locked = bool(thread.row["locked"])
        stack = [(thread, tops)]
        while stack:
            node, siblings = stack.pop()
            entry = lines.entry(node, locked)
            siblings.append(entry)
            stack.extend((child, entry.children) for child in reversed(node.children))
    return tops


def languages_around(view: PageView) -> tuple[str, str, str]:
    """Return the language of the page around comments, then those that they may be in: the post's, and the site's."""
    own = view.site.settings.language
    return own, view.post["language"] or own, own


def around(sentence: str) -> tuple[str, str]:
    """Split a sentence at its place for a name, which a page writes for every comment."""
    before, _, after = sentence.partition("{name}")
    return before, after


def shortened(words: str, length: int) -> str:
    """Return the first words of a text, cut at a word."""
    return words if len(words) <= length else f"{words[:length].rpartition(' ')[0] or words[:length]}…"
