"""The page itself, the list of mails, the file with all data, and erasure."""

import json
from contextlib import suppress
from typing import Any

from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog import filter, moderation
from blog.errors import Forbidden, Invalid, NotFound
from blog.journal.events import Actor
from blog.moderation import edits, own_comments
from blog.moderation import erasure as erasing
from blog.moderation.own_comments import OwnComment, Owner
from blog.notifications import subscriptions
from blog.web import forms
from blog.web import site as sites
from blog.web.mail import subscriptions as mail_pages
from blog.web.mail.act_page import HEADERS, page
from blog.web.mail.decisions import post_url
from blog.web.site import Site
from blog.web.your_comments import visitor
from blog.wording import N_, gettext, ngettext

STANDINGS = {
    "unconfirmed": N_("Waiting for you to confirm your address"),
    "waiting": N_("Waiting"),
    "public": N_("Public"),
    "not-published": N_("Not published"),
    "removed": N_("Removed"),
    "withdrawn": N_("Withdrawn by you"),
}
MESSAGES = {
    "changed": N_("Saved. The comment keeps its place in the queue."),
    "proposed": N_("Your change waits for a moderator. Everybody reads the old words until then."),
    "sent-again": N_("Sent again. It waits for a moderator."),
    "withdrawn": N_("Withdrawn. You can bring it back for a day."),
    "restored": N_("Brought back."),
    "erased": N_("Everything was erased."),
}


async def show(request: Request) -> Response:
    site = sites.of(request)
    who = await visitor.of(request)
    rows, mails = await site.store.read(_load, who.owner)
    mail = site.settings.mail is not None
    return site.render.page(
        "your_comments/index.html",
        headers=HEADERS,
        comments=[context(site, each) for each in rows],
        known=_known(site, who),
        message=gettext(MESSAGES[said]) if (said := request.query_params.get("said", "")) in MESSAGES else "",
        address=who.owner.address,
        mail=mail,
        subscriptions=[mail_pages.subscription_context(site, each) for each in mails],
        mails_url="/your-comments/mails/",
        noindex=True,
    )


def _load(db: Database, owner: Owner) -> tuple[list[OwnComment], list[Any]]:
    rows = own_comments.listed(db, owner) if owner else []
    return rows, subscriptions.of_address(db, owner.address) if owner.address else []


def _known(site: Site, who: visitor.Visitor) -> str:
    if who.owner.address:
        return gettext("By mailed link, until {time}", time=site.render.clock(who.until))
    return gettext("Known by this browser") if who.owner.reader else ""


def context(site: Site, each: OwnComment) -> dict[str, Any]:
    """Return an own comment as the page shows it."""
    row, url = each.row, post_url(site, each.row)
    proposal = json.loads(row["proposal"]) if row["proposal"] else None
    return {
        "id": row["id"],
        "standing": each.standing,
        "stands": gettext(STANDINGS[each.standing]),
        "since": each.since,
        "since_on": site.render.moment(each.since) if each.since else "",
        "title": row["title"],
        "post_language": row["post_language"],
        "post_url": url,
        "place_url": f"{url}comment/{row['id']}/" if each.standing == "public" else "",
        "to": row["parent_author"],
        "text_html": row["text_html"],
        "reason": each.reason,
        "by": each.by or site.settings.title,
        "can_edit": each.can_edit,
        "can_withdraw": each.standing != "withdrawn",
        "can_restore": each.standing == "withdrawn" and bool(row["text"]),
        "text": row["text"],
        "difference": edits.difference(row["text"], proposal[1]) if proposal else [],
        "proposed_on": site.render.moment(proposal[0]) if proposal else "",
    }


async def download(request: Request) -> Response:
    """Everything that is stored of this person, as a file."""
    who = await visitor.of(request)
    data = await sites.of(request).store.read(_data, who.owner)
    headers = {
        **HEADERS,
        "Cache-Control": "private, no-store",
        "Content-Disposition": 'attachment; filename="your-comments.json"',
    }
    return Response(json.dumps(data, ensure_ascii=False, indent=1), media_type="application/json", headers=headers)


def _data(db: Database, owner: Owner) -> dict[str, Any]:
    rows = own_comments.listed(db, owner) if owner else []
    return own_comments.data_of(db, owner, rows)


# Mails


async def mails(request: Request) -> Response:
    """All mails of the address that is open in this browser."""
    site = sites.of(request)
    address = (await visitor.of(request)).owner.address
    if not address:
        return _needs_link(request)
    listed = await site.store.read(subscriptions.of_address, address)
    return mail_pages.mails_page(request, listed, address)


async def change_mails(request: Request) -> Response:
    site, at = sites.of(request), sites.now()
    fields = await forms.fields(request)
    address = (await visitor.of(request)).owner.address
    if not address:
        raise Forbidden(gettext("For this we have to know that the address is yours. Have a link mailed to you first."))
    said = await site.store.write(mail_pages.stop, address, fields.get("stop", ""), at)
    listed = await site.store.read(subscriptions.of_address, address)
    return mail_pages.mails_page(request, listed, address, said=[said])


def _needs_link(request: Request) -> Response:
    sentence = gettext("For this we have to know that the address is yours.")
    way = [(gettext("Mail me a link"), "/your-comments/link")] if sites.of(request).settings.mail else []
    return page(request, gettext("Have a link mailed to you first"), code=403, sentences=[sentence], links=way)


# Erasure


async def erasure_context(request: Request) -> tuple[Owner, list[OwnComment]]:
    owner = (await visitor.of(request)).owner
    return owner, (await sites.of(request).store.read(own_comments.listed, owner)) if owner.address else []


async def erasure(request: Request, *, error: str = "") -> Response:
    """Say what erasing does, before it is done."""
    owner, rows = await erasure_context(request)
    if not owner.address:
        return _needs_link(request)
    return sites.of(request).render.page(
        "your_comments/erasure.html",
        code=422 if error else 200,
        headers=HEADERS,
        address=owner.address,
        public=sum(each.standing == "public" for each in rows),
        what=ngettext(
            "Everything that came with {address}: one comment.",
            "Everything that came with {address}: {n} comments.",
            len(rows),
            address=owner.address,
        ),
        error=error,
        noindex=True,
    )


async def erase(request: Request) -> Response:
    site, at = sites.of(request), sites.now()
    fields = await forms.fields(request)
    owner, _ = await erasure_context(request)
    if not owner.address:
        raise Forbidden(gettext("For this we have to know that the address is yours. Have a link mailed to you first."))
    if not fields.get("sure"):
        return await erasure(request, error=gettext("Tick the box: nobody can bring this back."))
    if fields.get("words", "gone") not in ("gone", "stay"):
        raise Invalid({"words": gettext("The words are gone or they stay.")})
    keep = fields.get("words") == "stay"
    await site.store.write(erasure_of, owner.address, keep, by=Actor(at, None, "web"))
    response = RedirectResponse("/your-comments/?said=erased", 303)
    response.delete_cookie(visitor.MAILBOX_COOKIE)
    return response


def erasure_of(db: Database, address: str, keep_text: bool, *, by: Actor) -> None:
    """Erase all of an address, or with `keep_text` all but the words of its public comments."""
    hidden = [
        each.row["id"] for each in own_comments.listed(db, Owner(address=address)) if each.row["status"] != "approved"
    ]
    if keep_text and hidden:
        filter.forget(db, hidden)
        moderation.remove(db, hidden, by=by)
    with suppress(NotFound):
        erasing.erase(db, address, keep_text=keep_text, by=by)
