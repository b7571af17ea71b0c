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
from blog.web.middleware import security
from blog.web.site import Site
from blog.wording import gettext


class PageAddress(NamedTuple):
    """Which page is asked for: of a post, of its discussion or of one long thread; `reply` is the comment answered."""

    slug: str
    page: int = 1
    thread: int = 0
    reply: str = ""


class Visitor(NamedTuple):
    """Who asks for an own page: a reader's hash, a session's token, and the batch that the address names."""

    reader: str = ""
    session: str = ""
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
    def rules(self) -> Policy:
        return post_context.rules_of(self.post)

    @cached_property
    def state(self) -> State:
        return post_context.state_of(self.post, self.rules, self.at)

    @cached_property
    def url(self) -> str:
        return post_context.address(self.site, self.post)


def address_of(request: Request) -> PageAddress:
    """Read a page's address; raise NotFound for a thread that has no number."""
    parameters = request.path_params
    if parameters.get("thread") == 0:
        raise NotFound(gettext("This discussion has no such page."))
    return PageAddress(
        parameters["slug"],
        int(parameters.get("page", 1)),
        int(parameters.get("thread", 0)),
        request.query_params.get("replytocom", ""),
    )


def load(db: Database, site: Site, address: PageAddress, at: str) -> PageView:
    """Load a page as everybody sees it; raise NotFound for a page that the discussion does not have."""
    post = posts.find(db, address.slug, at=at)
    rules = post_context.rules_of(post)
    if address.thread:
        rows = comments.on_thread(db, post["id"], address.thread, page=address.page) if address.page else []
        if len(rows) < 2:
            raise NotFound(gettext("This discussion has no such page."))
    elif 0 < address.page <= max(1, -(-post["threads"] // rules.comments_per_page)):
        rows = comments.on_post(db, post["id"], rules, page=address.page)
    else:
        raise NotFound(gettext("This discussion has no such page."))
    return PageView(site, at, address, post, rows)


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
    if address.reply:
        view.target = comments.target(db, number, address.reply)
    elif view.staff and visitor.batch:
        view.batch = _batch(db, view.staff, visitor.batch)
    return view


def _batch(db: Database, staff: Account, number: int) -> Batch | None:
    """Return the batch that an address names, if this person may see it."""
    if staff["role"] in accounts.MODERATORS or authorship.of_batch(db, staff["id"], number):
        return events.batch(db, number)
    return None
