"""The page with all comments of a digest, decided by one form."""

from typing import Any

from sqlite_utils import Database
from starlette.requests import Request
from starlette.responses import Response

from blog.errors import Forbidden
from blog.notifications import link_acts, to_moderators
from blog.notifications.link_acts import Entry
from blog.notifications.links import Link
from blog.notifications.writing import Writing, name_of
from blog.web import forms
from blog.web import site as sites
from blog.web.mail.act_page import HEADERS, button, page
from blog.web.mail.decisions import LABELS, decided_sentence
from blog.web.site import Site
from blog.wording import gettext, ngettext


async def show(request: Request, link: Link) -> Response:
    site, at = sites.of(request), sites.now()
    try:
        rows = await site.store.read(_rows, link, site, at)
    except Forbidden as refusal:
        return page(request, gettext("This link does not work any more."), code=403, sentences=[refusal.sentence])
    waiting = sum(row["open"] for row in rows)
    mark = request.query_params.get("mark", "")
    return site.render.page(
        "mail/digest.html",
        headers=HEADERS,
        heading=ngettext("{n} of them still waits.", "{n} of them still wait.", waiting),
        rows=rows,
        mark=mark if mark in ("approve", "spam") else "leave",
        choices=[(value, gettext(label)) for value, label in LABELS.items()],
        noindex=True,
    )


def _rows(db: Database, link: Link, site: Site, at: str) -> list[dict[str, Any]]:
    writing = Writing(db, site.settings, {}, at)
    return [_row(writing, site, entry) for entry in link_acts.digest(db, link, at=at)]


def _row(writing: Writing, site: Site, entry: Entry) -> dict[str, Any]:
    row = entry.comment
    return {
        "id": row["id"],
        "author": name_of(row["author"]),
        "text": row["text"],
        "post_language": row["post_language"],
        "title": row["title"],
        "created_at": row["created_at"],
        "created_on": site.render.moment(row["created_at"]) if row["created_at"] else "",
        "person": to_moderators.person(writing, row),
        "why": to_moderators.why(row),
        "open": entry.open,
        "changed": entry.changed,
        "seen": f"{row['id']}:pending:{row['version']}",
        "decided": decided_sentence(site, entry.decided),
    }


async def decide(request: Request, link: Link, form: Any, at: str) -> Response:
    site, token = sites.of(request), request.path_params["token"]
    fields = forms.first(form)
    chosen = {int(name[1:]): value for name, value in fields.items() if name[:1] == "c" and forms.number(name[1:])}
    pairs = [value.partition(":") for value in form.getlist("seen") if isinstance(value, str)]
    seen = {int(number): status for number, _, status in pairs if forms.number(number) is not None}
    try:
        batches, moved = await site.store.write(link_acts.decide_digest, link, chosen, seen, at=at)
    except Forbidden as refusal:
        return page(request, gettext("This link does not work any more."), code=403, sentences=[refusal.sentence])
    site.new_decisions.set()
    wanted = sum(value in ("approve", "spam", "trash") for value in chosen.values())
    sentences = []
    if wanted > moved:
        sentences.append(
            ngettext(
                "One was not touched: it changed or was decided meanwhile.",
                "{n} were not touched: they changed or were decided meanwhile.",
                wanted - moved,
            )
        )
    hidden = [("batch", batch) for batch in batches]
    undo = [button(gettext("Undo"), main=False, action=f"/mail/{token}/reversal", hidden=hidden)] if batches else []
    return page(
        request,
        ngettext("One comment was decided.", "{n} comments were decided.", moved)
        if moved
        else gettext("Nothing changed."),
        sentences=sentences,
        done=True,
        forms=undo,
        links=[(gettext("Back to the list"), f"/mail/{token}/")],
    )
