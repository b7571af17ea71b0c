"""The pages where readers confirm an address, see all their mails, and stop them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import Response

from blog.errors import Forbidden, Invalid, NotFound
from blog.notifications import choices, links, subscriptions
from blog.notifications.links import Link
from blog.notifications.subscriptions import Subscription
from blog.web import forms
from blog.web import site as sites
from blog.web.mail.act_page import HEADERS, button, page
from blog.web.mail.decisions import post_url
from blog.web.site import Site
from blog.wording import gettext, ngettext


def what(subscription: Subscription) -> str:
    if subscription["kind"] == "all":
        return gettext("all new thoughts, at most one mail an hour")
    return gettext("answers to you, at once")


async def ask(request: Request, link: Link) -> Response:
    site, at = sites.of(request), sites.now()
    found = await site.store.read(_asked, link)
    if found is None or (not links.works(link, at) and not found["confirmed_at"]):
        return page(
            request,
            gettext("This link has ended."),
            code=410,
            sentences=[gettext("Nothing is sent to you. Ask for mail with another comment.")],
        )
    if found["confirmed_at"]:
        return _is_confirmed(request, found)
    return page(
        request,
        gettext("Mail for {address}?", address=link.address),
        sentences=[
            gettext(
                "When somebody answers you on “{post}”, and when your comment there is decided.", post=found["title"]
            )
            if found["kind"] == "replies"
            else gettext(
                "When somebody writes on “{post}”, and when your comment there is decided.", post=found["title"]
            )
        ],
        forms=[button(gettext("Yes, confirm"))],
        remarks=[gettext("Nothing is sent until you do. Every mail has a link to stop.")],
    )


def _asked(db: Database, link: Link) -> Subscription | None:
    try:
        return subscriptions.find(db, int(link.details or 0))
    except NotFound:
        return None


async def confirm(request: Request, link: Link, at: str) -> Response:
    site = sites.of(request)
    found = await site.store.write(_confirm_link, link, at)
    return await ask(request, link) if found is None else _is_confirmed(request, found)


def _confirm_link(db: Database, link: Link, at: str) -> Subscription | None:
    if links.works(link, at) and _asked(db, link) is not None:
        subscriptions.confirm(db, link.address, link.browser, at=at)
        links.use(db, link, at=at)
        return _asked(db, link)
    return None


def _is_confirmed(request: Request, found: Subscription) -> Response:
    address, post = found["address"], found["title"]
    if found["kind"] == "all":
        sentence = gettext("You get a mail at {address} when somebody writes on “{post}”.", address=address, post=post)
    else:
        sentence = gettext("You get a mail at {address} when you are answered on “{post}”.", address=address, post=post)
    return confirmed(request, sentence, found)


def confirmed(request: Request, sentence: str, row: Mapping[str, Any]) -> Response:
    """Say that an address is confirmed and what follows from it, with ways to the comments and the post of a row."""
    return page(
        request,
        gettext("Confirmed."),
        sentences=[sentence],
        done=True,
        links=[
            (gettext("Your comments"), "/your-comments/"),
            (gettext("Back to the post"), post_url(sites.of(request), row)),
        ],
    )


async def mails(request: Request, link: Link, *, said: list[str] | None = None) -> Response:
    """The page of all mails that an address gets."""
    site, at = sites.of(request), sites.now()
    if link.expires_at <= at:
        raise Forbidden(gettext("This link has ended. A newer mail has another one."))
    return mails_page(request, await site.store.read(subscriptions.of_address, link.address), link.address, said=said)


def mails_page(
    request: Request, listed: list[Subscription], address: str, *, said: list[str] | None = None
) -> Response:
    site = sites.of(request)
    count = ngettext("One subscription, to {to}.", "{n} subscriptions, to {to}.", len(listed), to=shortened(address))
    empty = gettext("There are no subscriptions of {to}.", to=shortened(address))
    return site.render.page(
        "mail/mails.html",
        headers=HEADERS,
        subscriptions=[subscription_context(site, each) for each in listed],
        sentences=[*(said or []), count if listed else empty],
        done=said is not None,
        address=address,
        mails_url="",
        noindex=True,
    )


def subscription_context(site: Site, each: Subscription) -> dict[str, Any]:
    return {
        "id": each["id"],
        "title": each["title"],
        "url": post_url(site, each),
        "what": what(each),
        "stop": gettext("Stop mails about {post}", post=each["title"]),
    }


def shortened(address: str) -> str:
    """Return an address so that its owner recognises it and nobody else learns it: j…s@example.org."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…{local[-1:] if len(local) > 1 else ''}@{domain}"


async def change_mails(request: Request, link: Link, fields: Mapping[str, str], at: str) -> Response:
    if link.expires_at <= at:
        raise Forbidden(gettext("This link has ended. A newer mail has another one."))
    said = await sites.of(request).store.write(stop, link.address, fields.get("stop", ""), at)
    return await mails(request, link, said=[said])


def stop(db: Database, address: str, which: str, at: str) -> str:
    """Stop one subscription of an address, all, or any mail for ever; return what to say."""
    if which == "never":
        subscriptions.refuse_all(db, address, at=at)
        return gettext("Nothing is sent to this address any more.")
    if which == "all":
        subscriptions.stop_all(db, address)
        return gettext("All mails are stopped. One that was already on its way may still come.")
    own = {each["id"]: each for each in subscriptions.of_address(db, address)}
    number = forms.number(which)
    if number not in own:
        raise Invalid({"stop": gettext("This is no subscription of yours. It may have been stopped already.")})
    subscriptions.stop(db, own[number]["id"])
    return gettext("Stopped: {post}.", post=own[number]["title"])


async def unsubscribe_page(request: Request) -> Response:
    """Ask whether to stop mails."""
    site = sites.of(request)
    kind, number = await _left(request)
    if kind == "account":
        sentence = gettext("You get a mail when comments wait.")
    else:
        try:
            found = await site.store.read(subscriptions.find, number)
        except NotFound:
            return page(request, gettext("Stopped."), sentences=[gettext("These mails were stopped already.")])
        sentence = gettext("You get mail about “{post}”: {what}.", post=found["title"], what=what(found))
    return page(
        request,
        gettext("Stop these mails?"),
        sentences=[sentence],
        forms=[button(gettext("Stop these mails"))],
    )


async def unsubscribe(request: Request) -> Response:
    """Stop mails at once: by the button, or by a mail program's one click (RFC 8058)."""
    kind, number = await _left(request)
    await sites.of(request).store.write(_leave, kind, number)
    return page(
        request,
        gettext("Stopped."),
        sentences=[gettext("You get no more of these mails. One that was already on its way may still come.")],
        done=True,
    )


async def _left(request: Request) -> tuple[str, int]:
    found = await sites.of(request).store.read(links.read_leave_token, request.path_params["token"])
    if found is None:
        raise NotFound(
            gettext("There is no such link. It may have been cut off in the mail: open it again from there.")
        )
    return found


def _leave(db: Database, kind: str, number: int) -> None:
    if kind == "account":
        choices.choose(db, number, replace(choices.of_account(db, number), notify="never"))
    else:
        subscriptions.stop(db, number)
