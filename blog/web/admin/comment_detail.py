"""The page of one comment, with its history and its sender's record."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from blog import comments, moderation
from blog.comments import marks, notes
from blog.errors import Refused
from blog.journal import events
from blog.moderation import bans, edits, moves, thread_context
from blog.rules import policy
from blog.web import forms, post_context
from blog.web import site as sites
from blog.web.admin import access, health, history, layout, presence
from blog.web.admin.access import Recent
from blog.web.admin.rows import excerpt, row_context, show_link_targets, status_name, status_word
from blog.web.render import ago
from blog.web.site import Site
from blog.wording import N_, facts, gettext, number


def _load(db: Any, number: int, recent: Recent, whole: bool) -> dict[str, Any]:
    row = moderation.comment(db, number)
    return {
        "row": row,
        "history": events.on_comment(db, number),
        "revisions": edits.history(db, number),
        "notes": notes.on_comment(db, number),
        "standings": bans.of_comment(db, row) if whole else [],
        "record": moderation.record(db, row, bans.sender_keys(row)) if whole else {},
        "posts": moves.possible_posts(db) if whole else [],
        "parents": moves.possible_parents(db, number) if whole else [],
        "others": moderation.by_same_author(db, row) if whole else [],
        "thread": thread_context.around(db, number),
        "policy": policy.load(db),
        "reports": marks.reports(db, number) if row["reports"] else [],
        "frame": layout.frame(db, recent),
    }


async def show(request: Request) -> Response:
    """A comment: text, verdict, history, notes, actions, and its sender's record."""
    return await page(request)


async def page(
    request: Request, refusal: Refused | None = None, part: str = "", typed: Mapping[str, str] | None = None
) -> Response:
    """Answer with the page of a comment; after a refusal, `part` of it says what is wrong and keeps what was typed."""
    site, at = sites.of(request), sites.now()
    whole = access.may(request, "site")
    data = await site.store.read(_load, request.path_params["id"], access.recent(request), whole)
    row = data["row"]
    looking = presence.looking(await presence.meet(request, row["id"]))
    waiting = data["record"]["reader"]["counts"].get("pending", 0) if "reader" in data["record"] else 0
    context = layout.context(request, data["frame"], "comments")
    return site.render.page(
        "admin/comments/show.html",
        **(context | {"back": f"/admin/comments/{row['id']}"} if refusal else context),
        code=refusal.status if refusal else 200,
        wrong=refusal.sentence if refusal else "",
        part=part,
        typed=typed or {},
        plain=not forms.shows_day((typed or {}).get("until", "")),
        edited=row["edited_at"] or "",
        row=row_context(site, row, at),
        looking=looking.get(row["id"], ""),
        up=_list_address(request, row),
        text=row["text"],
        parent_html=show_link_targets(row["parent_html"]) if row["parent"] else "",
        above=[_in_thread(each) for each in data["thread"]["above"] if each["id"] != row["parent"]],
        replies=[_in_thread(each) for each in data["thread"]["replies"]],
        names=_names(row, data["others"]),
        waiting_here=waiting,
        waiting_url=f"/admin/comments?status=pending&sender=reader:{row['id']}" if waiting > 1 else "",
        places={"posts": _posts(row, data["posts"]), "parents": [_parent(each) for each in data["parents"]]},
        reasons=policy.reasons(data["policy"]),
        locked=bool(row["locked"]),
        picked=bool(row["picked"]),
        reports=[{"on": site.render.moment(when), "at": when, "reason": why} for when, why in data["reports"]],
        history=[
            {**history.describe_event(site, event, row), "ago": ago(event["at"], at)} for event in data["history"]
        ],
        revisions=_differences(site, data["revisions"], row),
        notes=[
            {
                **each,
                "on": site.render.moment(each["at"]),
                "ago": ago(each["at"], at),
                "who": each["who"] or gettext("the command line"),
            }
            for each in data["notes"]
        ],
        senders=_senders(site, row, data["record"], data["standings"]) if whole else [],
        others=[_other(site, other) for other in data["others"]],
        others_heading=_others_by(sorted({other["by"][2:] for other in data["others"]})),
    )


def _list_address(request: Request, row: Mapping[str, Any]) -> str:
    """Return the address of the list that led here, at this comment's row; its query is that of this page."""
    query = layout.page_address(request).partition("?")[2]
    status = "pending" if row["status"] == "deleted" else row["status"]
    return f"/admin/comments?{query or f'status={status}'}#c-{row['id']}"


def _names(row: Mapping[str, Any], others: list[dict[str, Any]]) -> list[str]:
    """Return the names that this browser or account signed with, this comment's first; none if there is only one."""
    same = [other["author"] for other in others if other["by"][2:] in ("browser", "account")]
    names = list({name.casefold(): name for name in (row["author"], *same)}.values())
    return names if len(names) > 1 else []


def _posts(row: Mapping[str, Any], possible: list[dict[str, Any]]) -> list[dict[str, str]]:
    own = {"slug": row["post"], "title": row["post_title"]}
    return [own, *({"slug": each["slug"], "title": each["title"]} for each in possible if each["slug"] != row["post"])]


def _parent(row: dict[str, Any]) -> dict[str, Any]:
    return {"id": row["id"], "author": row["author"] or gettext("Anonymous"), "words": excerpt(row["text"])[:60]}


def _in_thread(row: dict[str, Any]) -> dict[str, str]:
    """Return a comment of the same thread: its author, its first words, and where it stands."""
    return {
        "author": row["author"] or gettext("Anonymous"),
        "words": excerpt(row["text"]),
        "status": status_name(row["status"]),
        "url": f"/admin/comments/{row['id']}",
    }


def _differences(site: Site, revisions: list[dict[str, Any]], row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each edit with the words that it removed and added, oldest first."""
    said = [*revisions, row]
    return [
        {
            "on": site.render.moment(old["at"]),
            "at": old["at"],
            "batch": old["batch"],
            "runs": edits.difference(old["text"], new["text"]),
            "author": "" if old["author"] == new["author"] else old["author"],
            "url": "" if old["url"] == new["url"] else old["url"],
            "was_without_url": old["url"] != new["url"] and not old["url"],
        }
        for old, new in pairwise(said)
    ]


class SenderWords(NamedTuple):
    """What a key of a sender is called, and the labels that change its standing."""

    name: str
    first: str
    first_about: str
    change_about: str

    def change(self, standing: bans.SenderRule | None) -> str:
        return CHANGE if standing else self.first

    def about(self, standing: bans.SenderRule | None) -> str:
        return self.change_about if standing else self.first_about


CHANGE, BAN = N_("Change"), N_("Hold or ban")
SENDERS = {
    "reader": SenderWords(
        N_("This browser"),
        N_("Trust, hold or ban"),
        N_("Trust, hold or ban this browser"),
        N_("Change this browser"),
    ),
    "email": SenderWords(N_("This email"), BAN, N_("Hold or ban this email"), N_("Change this email")),
    "network": SenderWords(N_("This network"), BAN, N_("Hold or ban this network"), N_("Change this network")),
    "domain": SenderWords(
        N_("This address’s domain"), BAN, N_("Hold or ban this address’s domain"), N_("Change this address’s domain")
    ),
}
# Of the comments that are listed as others of the same sender, what they have in common.
OTHERS: dict[tuple[str, ...], str] = {
    (): N_("Other comments from the same browser or email"),
    ("browser",): N_("Other comments from the same browser"),
    ("email",): N_("Other comments from the same email"),
    ("account",): N_("Other comments from the same account"),
}


def _others_by(shared: list[str]) -> str:
    return gettext(OTHERS.get(tuple(shared), OTHERS[()]))


def _senders(
    site: Site, row: dict[str, Any], records: dict[str, dict[str, Any]], standings: list[bans.SenderRule]
) -> list[dict[str, Any]]:
    """Return the keys of the sender (browser, email, ...), each with its own record and standing."""
    by_kind = {each["kind"]: each for each in standings}
    senders = []
    for kind, value in bans.sender_keys(row).items():
        record, standing = records[kind], by_kind.get(kind)
        query = {"domain": value} if kind == "domain" else {"sender": f"{kind}:{row['id']}"}
        senders.append(
            {
                "kind": kind,
                "label": gettext(SENDERS[kind].name),
                "change": gettext(SENDERS[kind].change(standing)),
                "change_about": gettext(SENDERS[kind].about(standing)),
                "value": "" if kind == "reader" else value,
                "counts": facts(
                    gettext("{status} {n}", status=status_word(status), n=number(n))
                    for status, n in record["counts"].items()
                )
                or gettext("nothing else"),
                "delay": health.spell(record["delay"]) if record["delay"] is not None else "",
                "every_url": f"/admin/comments?{urlencode({'status': 'all', **query})}",
                "first_on": site.render.day(record["first_at"]) if record["first_at"] else "",
                "standing": standing["standing"] if standing else "",
                "sentence": _standing(site, standing) if standing else "",
            }
        )
    return senders


def _standing(site: Site, standing: bans.SenderRule) -> str:
    who = standing["who"] or gettext("the command line")
    sentence = STANDINGS[standing["standing"], bool(standing["until"]), bool(standing["reason"])]
    day = site.render.day(standing["until"]) if standing["until"] else ""
    return gettext(sentence, who=who, day=day, reason=standing["reason"])


# By what it is, whether it has an end, and whether it has a reason.
STANDINGS = {
    ("trusted", False, False): N_("Trusted by {who}."),
    ("trusted", False, True): N_("Trusted by {who}: {reason}."),
    ("trusted", True, False): N_("Trusted until {day} by {who}."),
    ("trusted", True, True): N_("Trusted until {day} by {who}: {reason}."),
    ("held", False, False): N_("Held by {who}."),
    ("held", False, True): N_("Held by {who}: {reason}."),
    ("held", True, False): N_("Held until {day} by {who}."),
    ("held", True, True): N_("Held until {day} by {who}: {reason}."),
    ("banned", False, False): N_("Banned by {who}."),
    ("banned", False, True): N_("Banned by {who}: {reason}."),
    ("banned", True, False): N_("Banned until {day} by {who}."),
    ("banned", True, True): N_("Banned until {day} by {who}: {reason}."),
}


def _other(site: Site, other: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": other["id"],
        "status_word": status_name(other["status"]),
        "author": other["author"] or gettext("Anonymous"),
        "created_on": site.render.moment(other["created_at"]) if other["created_at"] else "",
        "post_title": other["post_title"],
        "excerpt": excerpt(other["text"]),
        "url": f"/admin/comments/{other['id']}",
    }


async def place(request: Request) -> Response:
    """Redirect to the comment in its thread on the public page; moderators see waiting comments there too."""
    site = sites.of(request)
    number = request.path_params["id"]
    waits, (post, at_page, thread) = await site.store.read(_place, number, sites.now())
    url = post_context.page_address(post_context.address(site, post), at_page, thread)
    return RedirectResponse(f"{url}{f'?unfold={number}' if waits else ''}#comment-{number}", 303)


def _place(db: Any, number: int, at: str) -> tuple[bool, tuple[dict[str, Any], int, int]]:
    return moderation.comment(db, number)["status"] == "pending", comments.place(db, number, at=at)
