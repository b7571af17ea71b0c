"""What a post's page is made of: the post, a page of its discussion, and what only one reader sees of it."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from sqlite_utils import Database
from starlette.requests import Request

from blog import comments, posts
from blog.closing import State
from blog.comments import Draft
from blog.errors import NotFound
from blog.journal import events
from blog.journal.events import Batch
from blog.people import accounts, sessions
from blog.people.accounts import Account
from blog.posts import authorship
from blog.rules.policy import Policy
from blog.web import forms, post_context, readers
from blog.web import site as sites
from blog.web.cache.cached_page import PageQuery, query_of
from blog.web.middleware import security
from blog.web.site import Site
from blog.wording import gettext


class PageAddress(NamedTuple):
    """Which page is asked for: of a post, of its discussion or of one long thread.

    `order` is "newest" or "oldest" on the pages in the order that is not the site's, `unfold` a comment that must not
    be folded away.
    """

    slug: str
    page: int = 1
    thread: int = 0
    order: str = ""
    unfold: int = 0


class Visitor(NamedTuple):
    """Who asks for an own page: a reader's hash, a session's token, the comment to answer, the batch that was done.

    `unfold` is a comment that a link leads to.
    """

    reader: str = ""
    session: str = ""
    reply: str = ""
    batch: int | None = None
    unfold: int = 0


@dataclass(frozen=True)
class SentForm:
    """A form that is shown again as it was sent, with errors or a note, which may link to an earlier comment."""

    draft: Draft
    stamp: str
    errors: dict[str, str] = field(default_factory=dict)
    note: str = ""
    note_url: str = ""
    heading: str = ""
    promise: str = ""


@dataclass
class PageView:
    """A post's page: the post and its rows as everybody sees them, and what is added for one reader."""

    site: Site
    at: str
    address: PageAddress
    post: dict[str, Any]
    rows: list[dict[str, Any]]
    held: list[dict[str, Any]] = field(default_factory=list)
    profile: dict[str, Any] = field(default_factory=dict)
    staff: Account | None = None
    target: dict[str, Any] | None = None
    batch: Batch | None = None
    sent: SentForm | None = None
    preview: dict[str, str] | None = None
    refusal: dict[str, str] | None = None
    has_form: bool = True

    @cached_property
    def policy(self) -> Policy:
        return in_order(post_context.policy_of(self.post), self.address.order)

    @cached_property
    def state(self) -> State:
        return post_context.state_of(self.post, self.policy, self.at)

    @property
    def moderates(self) -> bool:
        """Tell whether the signed-in person may moderate this discussion."""
        if self.staff is None:
            return False
        return self.staff["role"] in accounts.MODERATORS or authorship.is_own(self.staff["name"], self.post)

    @cached_property
    def url(self) -> str:
        return post_context.address(self.site, self.post)


ORDERS = {"newest": "desc", "oldest": "asc"}


def in_order(policy: Policy, order: str) -> Policy:
    """Return the policy with the order that an address names, "" for the site's own."""
    return replace(policy, comment_order=ORDERS[order]) if order else policy


def load(db: Database, query: PageQuery, *, reply: str = "", unfold: int = 0) -> PageView:
    """Load a page as everybody sees it; raise NotFound for a page that the discussion does not have.

    With a comment to answer (its id, as it was typed), it is the page that holds that one, whatever page was asked for.
    """
    parameters = query.parameters
    if parameters.get("thread") == 0:
        raise NotFound(gettext("This discussion has no such page."))
    thread, order = int(parameters.get("thread", 0)), str(parameters.get("order", ""))
    address = PageAddress(parameters["slug"], query.page, thread, order, unfold)
    post = posts.find(db, address.slug, at=query.at)
    policy = in_order(post_context.policy_of(post), order)
    target = comments.target(db, post["id"], reply, policy) if reply else None
    if target and thread == (target["root_id"] or target["id"]):
        address = address._replace(page=(target["before"] // comments.THREAD_PAGE) + 1)
    elif target:
        address = address._replace(page=target["page"], thread=target["thread"])
    rows = _rows(db, post["id"], address, policy)
    return PageView(query.site, query.at, address, post, rows, target=target)


def _rows(db: Database, post: int, address: PageAddress, policy: Policy) -> list[dict[str, Any]]:
    if address.page and address.thread:
        rows = comments.on_thread(db, post, address.thread, page=address.page)
        there = len(rows) > 1
    else:
        rows = comments.on_post(db, post, policy, page=address.page) if address.page else []
        there = bool(rows) or address.page == 1
    if not there:
        raise NotFound(gettext("This discussion has no such page."))
    return rows


async def load_own(request: Request, reply: str) -> PageView:
    """Load a page as the sender of a request sees it: own held comments, a filled form, the switch for moderators.

    `reply` is the id of the comment that the form answers, as it was typed.
    """
    secret = readers.secret_of(request)
    visitor = Visitor(
        readers.hash_of(secret) if secret else "",
        request.cookies.get(security.SESSION_COOKIE, ""),
        reply,
        forms.number(request.query_params.get("did", "")),
        forms.number(request.query_params.get("unfold", "")) or 0,
    )
    return await sites.of(request).store.read(_load_own, query_of(request), visitor)


def _load_own(db: Database, query: PageQuery, visitor: Visitor) -> PageView:
    view = load(db, query, reply=visitor.reply, unfold=visitor.unfold)
    number, at = view.post["id"], query.at
    view.staff = sessions.find(db, visitor.session, at=at) if visitor.session else None
    if view.moderates:
        view.held = comments.held_for_moderator(db, number, visitor.reader, linked=visitor.unfold)
    elif visitor.reader:
        view.held = comments.own_held(db, number, visitor.reader)
    if visitor.reader:
        view.profile = {} if view.staff else comments.remembered(db, visitor.reader, at=at)
    if view.staff and visitor.batch and not visitor.reply:
        view.batch = _batch(db, view.staff, visitor.batch)
    return view


def _batch(db: Database, staff: Account, number: int) -> Batch | None:
    """Return the batch that an address names, if this person may see it."""
    if staff["role"] in accounts.MODERATORS or authorship.of_batch(db, staff["id"], number):
        return events.batch(db, number)
    return None
