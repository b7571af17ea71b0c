"""What a post's page is made of: the post, a page of its discussion, and what only one reader sees of it."""

from dataclasses import dataclass, field
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
    """Which page of a post: of its discussion, or of one long thread."""

    slug: str
    page: int = 1
    thread: int = 0


class Visitor(NamedTuple):
    """Who asks for an own page: a reader's hash, a session's token, the comment to answer, the batch that was done."""

    reader: str = ""
    session: str = ""
    reply: str = ""
    batch: int | None = None


@dataclass(frozen=True)
class SentForm:
    """A form that is shown again as it was sent, with errors or a note."""

    draft: Draft
    stamp: str
    errors: dict[str, str] = field(default_factory=dict)
    note: str = ""
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
        return post_context.policy_of(self.post)

    @cached_property
    def state(self) -> State:
        return post_context.state_of(self.post, self.policy, self.at)

    @cached_property
    def url(self) -> str:
        return post_context.address(self.site, self.post)


def load(db: Database, query: PageQuery) -> PageView:
    """Load a page as everybody sees it; raise NotFound for a page that the discussion does not have."""
    parameters = query.parameters
    address = PageAddress(parameters["slug"], query.page, int(parameters.get("thread", 0)))
    post = posts.find(db, address.slug, at=query.at)
    policy = post_context.policy_of(post)
    if "thread" in parameters:
        rows = comments.on_thread(db, post["id"], address.thread, page=address.page) if address.page else []
        if len(rows) < 2:
            raise NotFound(gettext("This discussion has no such page."))
    elif 0 < address.page <= max(1, -(-post["threads"] // policy.comments_per_page)):
        rows = comments.on_post(db, post["id"], policy, page=address.page)
    else:
        raise NotFound(gettext("This discussion has no such page."))
    return PageView(query.site, query.at, address, post, rows)


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
    )
    return await sites.of(request).store.read(_load_own, query_of(request), visitor)


def _load_own(db: Database, query: PageQuery, visitor: Visitor) -> PageView:
    view = load(db, query)
    number, at = view.post["id"], query.at
    view.staff = sessions.find(db, visitor.session, at=at) if visitor.session else None
    if visitor.reader:
        view.held = comments.own_held(db, number, visitor.reader)
        view.profile = {} if view.staff else comments.remembered(db, visitor.reader, at=at)
    if visitor.reply:
        view.target = comments.target(db, number, visitor.reply)
    elif view.staff and visitor.batch:
        view.batch = _batch(db, view.staff, visitor.batch)
    return view


def _batch(db: Database, staff: Account, number: int) -> Batch | None:
    """Return the batch that an address names, if this person may see it."""
    if staff["role"] in accounts.MODERATORS or authorship.of_batch(db, staff["id"], number):
        return events.batch(db, number)
    return None
