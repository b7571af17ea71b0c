"""The page of a link that decides on one comment, whatever became of the comment meanwhile."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from blog.notifications import to_moderators
from blog.notifications.link_acts import Decided, View
from blog.notifications.writing import name_of
from blog.web import post_context
from blog.web import site as sites
from blog.web.mail.act_page import button, page
from blog.web.site import Site
from blog.wording import N_, gettext

ASKED = {
    "approve": N_("Approve this comment?"),
    "spam": N_("Move this comment to spam?"),
    "trash": N_("Move this comment to the trash?"),
}
CHANGED = {
    "approve": N_("Approve the new text?"),
    "spam": N_("Move the new text to spam?"),
    "trash": N_("Move the new text to the trash?"),
}
LABELS = {"approve": N_("Approve"), "spam": N_("Spam"), "trash": N_("Trash"), "leave": N_("Leave")}
NEW_LABELS = {
    "approve": N_("Approve the new text"),
    "spam": N_("Spam, with the new text"),
    "trash": N_("Trash, with the new text"),
}
DONE = {"approve": N_("Approved."), "spam": N_("Moved to spam."), "trash": N_("Moved to the trash.")}
DECIDED = {
    "approve": N_("{name} approved this on {when}."),
    "spam": N_("{name} moved this to spam on {when}."),
    "trash": N_("{name} moved this to the trash on {when}."),
    "delete": N_("{name} deleted this on {when}."),
    "withdraw": N_("Its writer withdrew this on {when}."),
}
OTHERWISE = N_("{name} decided on this on {when}.")


def decision(request: Request, view: View, *, asked_again: bool = False, fresh: bool = False) -> Response:
    """Answer for a link to one decision, whatever became of the comment."""
    site, link = sites.of(request), view.link
    desk = (gettext("Open it on the desk"), f"/admin/comments/{link.comment}")
    if view.state == "gone":
        return page(request, gettext("This comment is gone."), code=410, sentences=[gettext("Nothing has changed.")])
    if view.state == "ended":
        return page(
            request,
            gettext("This link ended on {day}.", day=site.render.day(link.expires_at)),
            code=410,
            sentences=[gettext("It worked for 7 days. Nothing has changed.")],
            links=[desk],
        )
    if view.state == "forbidden":
        sentence = gettext(
            "Your account, {name}, may not decide on this comment any more. Nothing has changed.", name=view.account
        )
        return page(request, gettext("You no longer decide here."), code=403, sentences=[sentence])
    shown = _comment(site, view)
    if view.state == "decided":
        heading = decided_sentence(site, view.decided)
        label = gettext(LABELS[link.purpose])
        sentence = gettext("Your “{decision}” was not applied. Nothing has changed.", decision=label)
        return page(request, heading, code=409, sentences=[sentence], comment=shown, links=[desk])
    if view.state == "done":
        return _did(request, view, shown, desk, fresh)
    if view.state == "undone":
        sentences = [gettext("The comment is as it was before. Nobody was told."), gettext("This link is used up.")]
        return page(request, gettext("Undone."), sentences=sentences, done=True, links=[desk])
    return _ask(request, view, shown, desk, code=409 if asked_again else 200)


def _ask(request: Request, view: View, shown: Any, desk: tuple[str, str], *, code: int) -> Response:
    """Name the act and show the comment, and what changed in it since the mail."""
    site, link = sites.of(request), view.link
    changed = view.state == "changed"
    notes = [gettext("It changed after your mail: new words are underlined, old ones struck out.")] if changed else []
    hidden = [("revision", view.comment["version"])]
    return page(
        request,
        gettext((CHANGED if changed else ASKED)[link.purpose]),
        code=code,
        sentences=[gettext("Nothing has happened yet."), *notes],
        comment=shown,
        difference=view.difference,
        facts=_facts(site, view),
        forms=[button(gettext((NEW_LABELS if changed else LABELS)[link.purpose]), hidden=hidden)],
        remarks=[
            gettext("It is noted as “by mail link of {name}”. You can undo it on the next page.", name=view.account)
        ],
        links=[desk],
    )


def _did(request: Request, view: View, shown: Any, desk: tuple[str, str], fresh: bool) -> Response:
    site, token = sites.of(request), request.path_params["token"]
    when = site.render.moment(view.link.used_at or "")
    links_there = [desk]
    if view.comment["status"] == "approved":
        place = f"{post_url(site, view.comment)}comment/{view.comment['id']}/"
        links_there = [(gettext("See it in its place"), place), desk]
    return page(
        request,
        gettext(DONE[view.link.purpose]),
        sentences=[
            gettext("By mail link of {name}, on {when}.", name=view.account, when=when),
            *([] if fresh else [gettext("This link was used already.")]),
        ],
        done=True,
        forms=[button(gettext("Undo"), main=False, action=f"/mail/{token}/reversal")],
        remarks=[gettext("Undo puts it back in the queue.")],
        comment=shown,
        links=links_there,
    )


def decided_sentence(site: Site, decided: Decided | None) -> str:
    """Say who decided on a comment last."""
    if decided is None:
        return gettext("This does not wait any more.")
    name = decided.by or gettext("Somebody")
    return gettext(DECIDED.get(decided.kind, OTHERWISE), name=name, when=site.render.moment(decided.at))


def _comment(site: Site, view: View) -> dict[str, Any]:
    row = view.comment
    return {
        "author": name_of(row["author"]),
        "text": row["text"],
        "post_language": row["post_language"],
        "created_at": row["created_at"],
        "created_on": site.render.moment(row["created_at"]) if row["created_at"] else "",
        "waits": row["status"] == "pending",
        "parent_author": name_of(row["parent_author"]),
        "parent_text": row["parent_text"] if row["parent_status"] == "approved" else "",
    }


def _facts(site: Site, view: View) -> list[tuple[str, str]]:
    return [(gettext("Why"), to_moderators.why(view.comment)), (gettext("Post"), view.comment["title"])]


def post_url(site: Site, row: Mapping[str, Any]) -> str:
    return post_context.address(
        site, {"slug": row["slug"], "published_at": row["published_at"], "kind": row["post_kind"]}
    )
