"""What a post's page is made of: the post, a page of its discussion, and what only one reader sees of it."""

from collections.abc import Mapping
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
from blog.web.middleware import security
from blog.web.site import Site
from blog.wording import gettext


class PageAddress(NamedTuple):
    """Which page is asked for: of a post, of its discussion or of one long thread.

    `order` is "newest" or "oldest" on the pages in the order that is not the site's. `reply` is the comment that is
    answered, `unfold` one that must not be folded away.
    """

    slug: str
    page: int = 1
    thread: int = 0
    order: str = ""
    reply: str = ""
    unfold: int = 0


class Visitor(NamedTuple):
    """Who asks for an own page: a reader's hash, a session's token, and the batch that the address names."""

    reader: str = ""
    session: str = ""
    batch: int | None = None


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
    def rules(self) -> Policy:
        return in_order(post_context.rules_of(self.post), self.address.order)

    @cached_property
    def state(self) -> State:
        return post_context.state_of(self.post, self.rules, self.at)

    @cached_property
    def url(self) -> str:
        return post_context.address(self.site, self.post)


ORDERS = {"newest": "desc", "oldest": "asc"}


def in_order(rules: Policy, order: str) -> Policy:
    """Return the rules with the order that an address names, "" for the site's own."""
    return replace(rules, comment_order=ORDERS[order]) if order else rules


def address_of(parameters: Mapping[str, Any], query: Mapping[str, str] | None = None) -> PageAddress:
    """Read a page's address; raise NotFound for a thread that has no number."""
    if parameters.get("thread") == 0:
        raise NotFound(gettext("This discussion has no such page."))
    query = query or {}
    return PageAddress(
        parameters["slug"],
        int(parameters.get("page", 1)),
        int(parameters.get("thread", 0)),
        parameters.get("order", ""),
        query.get("replytocom", ""),
        forms.number(query.get("unfold", "")) or 0,
    )


def load(db: Database, site: Site, address: PageAddress, at: str) -> PageView:
    """Load a page as everybody sees it; raise NotFound for a page that the discussion does not have.

    With a comment to answer it is the page that holds it, whatever page the address names.
    """
    post = posts.find(db, address.slug, at=at)
    rules = in_order(post_context.rules_of(post), address.order)
    target = comments.target(db, post["id"], address.reply, rules) if address.reply else None
    if target and address.thread == (target["root_id"] or target["id"]):
        address = address._replace(page=(target["before"] // comments.THREAD_PAGE) + 1)
    elif target:
        address = address._replace(page=target["page"], thread=target["thread"])
    return PageView(site, at, address, post, _rows(db, post["id"], address, rules), target=target)


def _rows(db: Database, post: int, address: PageAddress, rules: Policy) -> list[dict[str, Any]]:
    if address.page and address.thread:
        rows = comments.on_thread(db, post, address.thread, page=address.page)
        there = len(rows) > 1
    else:
        rows = comments.on_post(db, post, rules, page=address.page) if address.page else []
        there = bool(rows) or address.page == 1
    if not there:
        raise NotFound(gettext("This discussion has no such page."))
    return rows


async def load_own(request: Request, address: PageAddress, at: str) -> PageView:
    """Load a page as the sender of a request sees it: own held comments, a filled form, the switch for moderators."""
    site = sites.of(request)
    secret = readers.secret_of(request)
    visitor = Visitor(
        readers.hash_of(secret) if secret else "",
        request.cookies.get(security.SESSION_COOKIE, ""),
        forms.number(request.query_params.get("did", "")),
    )
    return await site.store.read(_load_own, site, address, visitor, at)


def _load_own(db: Database, site: Site, address: PageAddress, visitor: Visitor, at: str) -> PageView:
    view = load(db, site, address, at)
    number = view.post["id"]
    view.staff = sessions.find(db, visitor.session, at=at) if visitor.session else None
    if visitor.reader:
        view.held = comments.own_held(db, number, visitor.reader)
        view.profile = {} if view.staff else comments.remembered(db, visitor.reader, at=at)
    if view.staff and visitor.batch and not address.reply:
        view.batch = _batch(db, view.staff, visitor.batch)
    return view


def _batch(db: Database, staff: Account, number: int) -> Batch | None:
    """Return the batch that an address names, if this person may see it."""
    if staff["role"] in accounts.MODERATORS or authorship.of_batch(db, staff["id"], number):
        return events.batch(db, number)
    return None
