"""What the address of a mailed link answers: its page by GET, its act by POST, and the undo of that."""

from starlette.requests import Request
from starlette.responses import Response

from blog.errors import Conflict, NotFound
from blog.notifications import link_acts
from blog.web import forms
from blog.web import site as sites
from blog.web.mail import decisions, digests, first_comments, passwords, subscriptions
from blog.web.mail.act_page import page
from blog.wording import gettext


async def show(request: Request) -> Response:
    """Say what a link would do."""
    site, at = sites.of(request), sites.now()
    link = await site.store.read(link_acts.find, request.path_params["token"])
    if link.purpose in ("approve", "spam", "trash"):
        return decisions.decision(request, await site.store.read(link_acts.look, link, at=at))
    if link.purpose == "digest":
        return await digests.show(request, link)
    if link.purpose == "confirm" and link.comment:
        return await first_comments.ask(request, link)
    if link.purpose == "confirm":
        return await subscriptions.ask(request, link)
    if link.purpose == "mails":
        return await subscriptions.mails(request, link)
    if link.purpose == "password":
        return await passwords.show(request, link)
    raise NotFound(gettext("This link is not for a browser."))


async def act(request: Request) -> Response:
    """Do what a link is for."""
    site, at = sites.of(request), sites.now()
    form = await forms.read(request)
    fields = forms.first(form)
    link = await site.store.read(link_acts.find, request.path_params["token"])
    if link.purpose in ("approve", "spam", "trash"):
        revision = forms.number(fields.get("revision", ""))
        view = await site.store.write(link_acts.act, link, revision, at=at)
        site.new_decisions.set()
        return decisions.decision(
            request, view, asked_again=view.state in ("open", "changed"), fresh=link.used_at is None
        )
    if link.purpose == "digest":
        return await digests.decide(request, link, form, at)
    if link.purpose == "confirm" and link.comment:
        return await first_comments.confirm(request, link, at)
    if link.purpose == "confirm":
        return await subscriptions.confirm(request, link, at)
    if link.purpose == "mails":
        return await subscriptions.change_mails(request, link, fields, at)
    if link.purpose == "password":
        return await passwords.set_password(request, link, fields, at)
    raise NotFound(gettext("This link is not for a browser."))


async def undo(request: Request) -> Response:
    """Take back what a link did."""
    site, at = sites.of(request), sites.now()
    form = await forms.read(request)
    link = await site.store.read(link_acts.find, request.path_params["token"])
    try:
        if link.purpose == "digest":
            batches = [n for n in map(forms.number, map(str, form.getlist("batch"))) if n]
            await site.store.write(link_acts.undo_digest, link, batches, site.acts, at=at)
            return page(
                request,
                gettext("Undone."),
                sentences=[gettext("These comments wait again. Nobody was told.")],
                done=True,
                links=[(gettext("Back to the list"), f"/mail/{request.path_params['token']}/")],
            )
        view = await site.store.write(link_acts.undo, link, site.acts, at=at)
    except Conflict as refusal:
        return page(request, gettext("This cannot be undone."), code=409, sentences=[refusal.sentence])
    site.new_decisions.set()
    return decisions.decision(request, view)
