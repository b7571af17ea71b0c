"""The page where the writer of a first comment confirms the address, so that the comment comes into the queue."""

from typing import Any

from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import Response

from blog.notifications import links, subscriptions
from blog.notifications.links import Link
from blog.notifications.writing import COMMENT
from blog.web import site as sites
from blog.web.mail.act_page import button, page
from blog.web.mail.subscriptions import confirmed, shortened
from blog.wording import gettext


async def ask(request: Request, link: Link) -> Response:
    """Ask whether the address is right; nothing changes before the button is pressed."""
    site, at = sites.of(request), sites.now()
    row, wishes = await site.store.read(_load, link)
    if link.used_at is not None:
        return _confirmed(request, row)
    if not links.works(link, at):
        return page(
            request,
            gettext("This link has ended."),
            code=410,
            sentences=[gettext("It worked for two days; then the comment was removed. You can write it again.")],
        )
    sentences = []
    if row:
        sentences.append(gettext("With it somebody, probably you, wrote a comment on “{post}”.", post=row["title"]))
    if wishes:
        sentences.append(gettext("You also get the mail that you asked for there."))
    return page(
        request,
        gettext("Is {address} yours?", address=shortened(link.address)),
        sentences=sentences,
        forms=[button(gettext("Yes, confirm"))],
        remarks=[gettext("Then a moderator sees the comment. If you did not write it, do nothing: it is removed.")],
    )


def _load(db: Database, link: Link) -> tuple[dict[str, Any] | None, bool]:
    row = next(iter(db.query(COMMENT, [link.comment])), None)
    return row, subscriptions.has_wishes(db, link.address, link.browser)


async def confirm(request: Request, link: Link, at: str) -> Response:
    site = sites.of(request)
    if not links.works(link, at):
        return await ask(request, link)
    row = await site.store.write(_confirm, link, at)
    return _confirmed(request, row)


def _confirm(db: Database, link: Link, at: str) -> dict[str, Any] | None:
    subscriptions.confirm(db, link.address, link.browser, at=at)
    links.use(db, link, at=at)
    return next(iter(db.query(COMMENT, [link.comment])), None)


def _confirmed(request: Request, row: dict[str, Any] | None) -> Response:
    """Say the same of what waits and of what a rule took for spam."""
    if row is None or row["status"] == "deleted":
        return page(
            request, gettext("Confirmed."), sentences=[gettext("The comment itself is not there any more.")], done=True
        )
    sentence = gettext("Your comment on “{post}” waits for a moderator now.", post=row["title"])
    if row["status"] == "approved":
        sentence = gettext("Your comment on “{post}” is public.", post=row["title"])
    return confirmed(request, sentence, row)
