"""Mail at the desk: when an account is told, what could not be sent, a forgotten password, and invitations."""

from typing import Any

from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog.errors import NotFound
from blog.notifications import choices, invitations, mail_queue
from blog.notifications.choices import NOTIFY, POSTS, Choice
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, layout
from blog.web.admin.access import Recent
from blog.web.mail.act_page import button, field, page
from blog.web.middleware import security
from blog.web.site import Site
from blog.wording import N_, gettext

LABELS = {
    "at-once": N_("At once, one mail for each comment"),
    "hourly": N_("Once an hour, all together"),
    "daily": N_("Once a day, all together"),
    "never": N_("Never"),
    "all": N_("On all posts that I may moderate"),
    "own": N_("On my own posts"),
}
KINDS = {
    "waits": N_("a comment waits"),
    "digest": N_("comments wait"),
    "confirm": N_("a confirmation"),
    "confirm-comment": N_("a question to the writer of a first comment"),
    "login": N_("a link to somebody's comments"),
    "public": N_("a comment is public"),
    "not-published": N_("a comment was not published"),
    "accepted": N_("a changed comment is public"),
    "answered": N_("an answer"),
    "news": N_("new thoughts"),
    "invitation": N_("an invitation"),
    "password": N_("a new password"),
    "changed": N_("a changed account"),
    "condition": N_("the condition of the server"),
    "test": N_("a test"),
}


def choice_context(site: Site, choice: Choice, email: str) -> dict[str, Any] | None:
    """Return what the form about mail on an account's page shows; None without `[mail]`."""
    if site.settings.mail is None:
        return None
    return {
        "email": email,
        "chosen": choice,
        "notify": [(value, gettext(LABELS[value])) for value in NOTIFY],
        "posts": [(value, gettext(LABELS[value])) for value in POSTS],
    }


async def choose(request: Request) -> Response:
    """Store when the signed-in account is told about comments that wait."""
    site = sites.of(request)
    fields = await forms.fields(request)
    hour = forms.number(fields.get("hour", ""))
    choice = Choice(
        fields.get("notify", ""),
        24 if hour is None else hour,
        fields.get("quiet", "").replace(" ", "").replace("–", "-"),
        fields.get("posts", "all"),
    )
    await site.store.write(choices.choose, access.me(request)["id"], choice)
    return RedirectResponse("/admin/account?said=mail#mail", 303)


async def troubles(request: Request) -> Response:
    """Show what waits and what could not be sent, each with its reason."""
    site = sites.of(request)
    if site.settings.mail is None:
        raise NotFound(gettext("Mail is not set up."))
    rows, stopped, frame = await site.store.read(_load_troubles, access.recent(request))
    return site.render.page(
        "admin/mail.html",
        **layout.context(request, frame, "mail"),
        mails=[
            {
                **row,
                "what": gettext(KINDS.get(row["mail"], row["mail"])),
                "due_on": site.render.moment(row["failed_at"] or row["due_at"]),
            }
            for row in rows
        ],
        stopped=[{**row, "on": site.render.moment(row["at"])} for row in stopped],
    )


def _load_troubles(db: Database, recent: Recent) -> tuple[list[dict[str, Any]], list[dict[str, Any]], Any]:
    return mail_queue.listed(db)[:200], mail_queue.stopped(db), layout.frame(db, recent)


async def retry(request: Request) -> Response:
    """Try everything that failed again now, and the addresses that were stopped."""
    await sites.of(request).store.write(_retry, sites.now())
    return RedirectResponse("/admin/mail", 303)


def _retry(db: Database, at: str) -> None:
    for row in mail_queue.stopped(db):
        mail_queue.allow_again(db, row["address"])
    mail_queue.retry(db, at=at)


# A forgotten password


async def forgot(request: Request, *, sent: bool = False) -> Response:
    """Ask for the name of the account; the answer is the same for every name."""
    if sites.of(request).settings.mail is None:
        raise NotFound(
            gettext("Mail is not set up. The owner of the site can set a password with the command blog user password.")
        )
    if sent:
        sentence = gettext("If there is such an account and it has an address, a mail is on its way there.")
        return page(request, gettext("Look into your mail"), sentences=[sentence], done=True)
    typed = field("username", gettext("Name of the account"), fill="username")
    return page(
        request,
        gettext("Set a new password"),
        sentences=[gettext("We mail a link to the address of the account. It works once, for an hour.")],
        forms=[button(gettext("Mail me a link"), fields=[typed])],
        links=[(gettext("Back to sign in"), "/admin/login")],
    )


async def send_reset(request: Request) -> Response:
    site = sites.of(request)
    if site.settings.mail is None:
        raise NotFound(gettext("Mail is not set up."))
    fields = await forms.fields(request)
    network = security.network_of(security.client_ip(request, site.settings))
    await site.store.write(invitations.ask_reset, fields.get("username", ""), network, at=sites.now())
    return await forgot(request, sent=True)
