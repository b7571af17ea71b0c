"""The moderation queue: its tabs, its filters, and its comments."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from blog import moderation, posts
from blog.comments import search
from blog.errors import NotFound
from blog.moderation import LISTED, PAGE, Key, Selection
from blog.moderation.hits import by_rule
from blog.rules import policy
from blog.web import forms
from blog.web import site as sites
from blog.web.admin import access, layout, presence, script, searching, sorting, verdicts
from blog.web.admin.access import Recent
from blog.web.admin.rows import POSSIBLE, decision, row_context
from blog.web.site import Site
from blog.wording import N_, gettext, ngettext, number, plural_form

TABS = (
    ("pending", N_("Pending")),
    ("approved", N_("Approved")),
    ("spam", N_("Spam")),
    ("trash", N_("Trash")),
    ("all", N_("All")),
)


def selection_of(fields: Any) -> Selection:
    """Read the queue's filter from an address or a form; an unknown status means pending.

    A form also says what its page counted: up to which comment (`asof`), down to which (`from`), up to which event of
    the journal (`event`), and when (`made`).
    """
    status = fields.get("status") or "pending"

    def words(name: str) -> str:
        return str(fields.get(name, "")).strip()[:200]

    chosen = Selection(
        status if status in LISTED else "pending",
        post=words("post"),
        rule=words("rule"),
        author=words("author"),
        domain=words("domain"),
        replied=words("replied") == "1",
        days=min(forms.number(words("days")) or 0, 36_500),
        now=made if MOMENT.fullmatch(made := words("made")) else sites.now(),
        newest=forms.number(words("asof")),
        lowest=forms.number(words("from")),
        event=forms.number(words("event")),
        sender=sender if SENDER.fullmatch(sender := words("sender")) else "",
        later=True if words("later") == "1" else None,
        unconfirmed=words("unconfirmed") == "1",
        reported=words("reported") == "1",
        share=share if SHARE.fullmatch(share := words("share")) else "",
    )
    return searching.narrowed(chosen, words("q"))


SENDER = re.compile(r"(reader|email|network):[0-9]{1,15}")
SHARE = re.compile(r"[1-9][0-9]?of[1-9][0-9]?")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,12}Z")


def _key(text: str) -> Key | None:
    """Read the key of the last row of the page before: `45`, or `later-45` for one that was left for later."""
    number = forms.number(text.removeprefix("later-"))
    return None if number is None else (text.startswith("later-"), number)


def _key_of(row: dict[str, Any]) -> str:
    return f"later-{row['id']}" if row["later"] and row["status"] == "pending" else str(row["id"])


def query_of(chosen: Selection) -> dict[str, str]:
    """Return the filters of a queue as its address has them."""
    query = {
        **searching.query_of(chosen),
        "author": chosen.author,
        "replied": "1" if chosen.replied else "",
        "days": str(chosen.days) if chosen.days else "",
        "sender": chosen.sender,
        "later": "1" if chosen.later else "",
        "unconfirmed": "1" if chosen.unconfirmed else "",
        "reported": "1" if chosen.reported else "",
        "share": chosen.share,
    }
    return {name: value for name, value in query.items() if value}


async def index(request: Request) -> Response:
    """A page of the queue, newest first, or the most likely spam first."""
    site, at = sites.of(request), sites.now()
    chosen = replace(selection_of(request.query_params), owner=access.owner(request))
    read_key = sorting.read_key if sorting.by_score(request) else _key
    after = read_key(request.query_params.get("after", ""))
    everywhere = not request.query_params.get("status")
    data = await site.store.read(
        _load, chosen, after, access.recent(request), by_score=sorting.by_score(request), everywhere=everywhere
    )
    chosen = replace(chosen, status=data["status"])
    team = await presence.meet(request)
    data["team"], data["looking"] = presence.context(team), presence.looking(team)
    return _queue_page(request, chosen, data, first=after is None, at=at)


def _load(
    db: Any, chosen: Selection, after: Any, recent: Recent, *, by_score: bool = False, everywhere: bool = False
) -> dict[str, Any]:
    found = searching.load(db, chosen, everywhere=everywhere)
    chosen = replace(chosen, status=found["status"])
    waiting = chosen.status == "pending"
    return {
        **found,
        **(sorting.page if by_score else moderation.page)(db, chosen, after=after),
        "last": moderation.last_event(db),
        "beside": moderation.beside(db, owner=chosen.owner) if waiting or chosen.reported else NOTHING_BESIDE,
        "policy": policy.load(db),
        "counts": _own_counts(db, chosen.owner) if chosen.owner else moderation.counts(db),
        "posts": _posts_to_choose(db, chosen),
        "piles": _reasons(db, chosen),
        "oldest": moderation.oldest_waiting(db) if not chosen.owner else None,
        "frame": layout.frame(db, recent),
    }


NOTHING_BESIDE = {"later": 0, "unconfirmed": 0, "reported": 0, "edits": 0}


def _reasons(db: Any, chosen: Selection) -> list[tuple[str, int]]:
    """Return the rules with their counts: of a search, of what it finds."""
    if chosen.typed:
        return by_rule(db, chosen)
    return moderation.counts_by_reason(db, chosen.status) if not chosen.owner else []


def _own_counts(db: Any, owner: str) -> dict[str, int]:
    return {status: moderation.matching(db, Selection(status, owner=owner)) for status in LISTED}


def _posts_to_choose(db: Any, chosen: Selection) -> list[dict[str, Any]]:
    """Return the busiest posts, and the chosen one."""
    if chosen.owner:
        return [{**row, "n": row["waiting"]} for row in posts.all_posts(db, chosen.owner)]
    busiest = moderation.busiest_posts(db, chosen.status)
    if chosen.post and all(each["slug"] != chosen.post for each in busiest):
        with suppress(NotFound):
            return [{"slug": chosen.post, "title": posts.title(db, chosen.post), "n": 0}, *busiest]
    return busiest


def _queue_page(request: Request, chosen: Selection, data: dict[str, Any], *, first: bool, at: str) -> Response:
    site, zen = sites.of(request), request.query_params.get("zen") == "1"
    by_score = sorting.by_score(request)
    query = query_of(chosen) | ({"zen": "1"} if zen else {}) | ({"sort": "score"} if by_score else {})
    rows, more = data["rows"][:PAGE], len(data["rows"]) > PAGE
    key_of = sorting.key_of if by_score else _key_of
    heading, lead = _heading(site, chosen, data)
    return site.render.page(
        "admin/comments/index.html",
        **layout.context(request, data["frame"], "comments"),
        status=chosen.status,
        heading=heading,
        lead=lead,
        heading_forms=_heading_forms(chosen, data),
        tabs=tabs(chosen, data["counts"], query, data["hits"]),
        rows=[
            {
                **searching.with_marks(row_context(site, row, at, whole=zen), chosen),
                "parent_html": row["parent_html"] if zen else "",
                "looking": data["looking"].get(row["id"], ""),
            }
            for row in rows
        ],
        scored=any(row["score"] is not None for row in rows),
        list_query=_list_query(request),
        narrowed=chosen.is_filtered or bool(chosen.post),
        people=False,
        person=chosen.sender.removeprefix("reader:") if chosen.sender.startswith("reader:") else "",
        views={
            "list": _url(chosen, query, without="zen"),
            "people": "/admin/people" if access.may(request, "site") else "",
        },
        team=data["team"],
        q=chosen.typed,
        completions=searching.completions(data["posts"], data["piles"]),
        post=chosen.post,
        zen=zen,
        zen_url=_url(chosen, query, without="zen") + ("" if zen else "&zen=1"),
        piles=_piles(chosen, data, query),
        more={name: query.get(name, "") for name in MORE_FILTERS},
        reasons=policy.reasons(data["policy"]),
        counted=_counted(data, at),
        emptied="" if chosen.is_filtered or chosen.post else gettext(EMPTIED.get(chosen.status, "")),
        posts=data["posts"],
        next_url=f"{_url(chosen, query)}&after={key_of(rows[-1])}" if more else "",
        sort=sorting.other_order(chosen, query, any(row["score"] is not None for row in rows)),
        newest_url="" if first else _url(chosen, query),
        filter_query=[{"name": name, "value": value} for name, value in {"status": chosen.status, **query}.items()],
        decisions=[decision(name) for name in POSSIBLE[chosen.status]],
        script_url=script.address(site.acts),
    )


def _list_query(request: Request) -> str:
    """Return what the address of a comment carries to lead back to this list: its query, if it has one."""
    query = layout.page_address(request).partition("?")[2]
    return f"?{query}" if query else ""


def _url(chosen: Selection, query: dict[str, str], *, without: str = "", status: str = "") -> str:
    rest = {name: value for name, value in query.items() if name != without}
    return "/admin/comments?" + urlencode({"status": status or chosen.status, **rest})


def tabs(
    chosen: Selection, counts: dict[str, int], query: dict[str, str], hits: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Return the statuses with their counts: of a search, of what it finds in each (`hits`)."""
    found = hits or {name: {"matching": n, "lowest": None} for name, n in counts.items()}
    return [
        {
            "label": gettext(label),
            "count": found[name]["matching"],
            "least": found[name]["lowest"] is not None,
            "current": name == chosen.status,
            "url": _url(chosen, query, without="rule", status=name),
        }
        for name, label in TABS
    ]


def _counted(data: dict[str, Any], at: str) -> dict[str, Any]:
    """Return the number that “All that match” stands for, and the fields that hold the form to it."""
    newest, event = data["last"]
    fields = {"asof": newest, "event": event, "made": at, "count": data["matching"]}
    if data["lowest"] is not None:
        fields["from"] = data["lowest"]
    return {"matching": data["matching"], "fields": fields, "rest": data["lowest"] is not None}


MORE_FILTERS = (
    "q",
    "rule",
    "author",
    "domain",
    "replied",
    "days",
    "sender",
    "later",
    "share",
    "unconfirmed",
    "reported",
)
EMPTIED = {"spam": N_("Empty spam"), "trash": N_("Empty the trash")}


def _filters(chosen: Selection) -> str:
    """Say in sentences which filters are set."""
    sentences = [
        chosen.rule and gettext("Held by: {rule}.", rule=verdicts.pile(chosen.rule)),
        chosen.author and gettext("Written by {author}.", author=chosen.author),
        chosen.domain and gettext("Linking to {domain}.", domain=chosen.domain),
        chosen.replied and gettext("With replies."),
        chosen.days and ngettext("Older than {n} day.", "Older than {n} days.", chosen.days),
        chosen.later and gettext("Marked for later."),
        chosen.reported and gettext("Reported by readers."),
        chosen.unconfirmed
        and gettext("Their writers have not confirmed the address. After two days they are removed."),
        _sender(chosen.sender),
        chosen.share
        and gettext("Share {number} of {of}.", **dict(zip(("number", "of"), chosen.share.split("of"), strict=True))),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _sender(sender: str) -> str:
    kind, _, number = sender.partition(":")
    return gettext(SAME[kind], number=number) if sender else ""


SAME = {
    "reader": N_("From the browser of comment {number}."),
    "email": N_("From the email of comment {number}."),
    "network": N_("From the network of comment {number}."),
}


def _piles(chosen: Selection, data: dict[str, Any], query: dict[str, str]) -> list[dict[str, Any]]:
    """Return the reasons with their counts, each a link to its pile; none where there is nothing to choose.

    Beside the reasons: what was left for later, what waits for its writer's address, and of public comments those that
    readers reported and those that their writers want to change.
    """
    rest = {name: value for name, value in query.items() if name not in ("rule", "later", "unconfirmed", "reported")}
    piles, beside = data["piles"], data["beside"]
    later, apart, edits = beside["later"], beside["unconfirmed"], beside["edits"]
    if len(piles) < 2 and not (chosen.rule or chosen.unconfirmed or any(beside.values())):
        return []

    def pile(label: str, count: int, current: bool, **more: str) -> dict[str, Any]:
        address = "/admin/comments?" + urlencode({"status": chosen.status, **rest, **more})
        return {"label": label, "count": count, "current": current, "url": address}

    changes = {"label": gettext("Edits"), "count": edits, "current": False, "url": "/admin/proposals"}
    reported = {
        "label": gettext("Reported by readers"),
        "count": beside["reported"],
        "current": chosen.reported,
        "url": "/admin/comments?status=approved&reported=1",
    }
    unasked = not (chosen.rule or chosen.later or chosen.unconfirmed or chosen.reported)

    return [
        pile(gettext("All reasons"), 0, unasked),
        *(pile(verdicts.pile(rule), n, rule == chosen.rule, rule=rule) for rule, n in piles),
        *([pile(gettext("Marked for later"), later, bool(chosen.later), later="1")] if later else []),
        *([pile(gettext("Address not confirmed"), apart, chosen.unconfirmed, unconfirmed="1")] if apart else []),
        *([reported] if beside["reported"] else []),
        *([changes] if edits else []),
    ]


def _reach() -> str:
    return gettext(
        "Words of fewer than {letters} letters are searched only in the newest {n} comments.",
        letters=search.SHORTEST,
        n=number(search.SHORT_REACH),
    )


def _counted_heading(chosen: Selection, n: int, *, at_least: bool) -> str:
    """Return the heading for so many comments, with the words or the status that they share; its places are empty."""
    if chosen.typed and at_least:
        return plural_form("At least {n} comment with “{words}”", "At least {n} comments with “{words}”", n)
    if chosen.typed:
        return plural_form("{n} comment with “{words}”", "{n} comments with “{words}”", n)
    if replace(chosen, owner="").is_filtered and at_least:
        return plural_form("At least {n} comment with these filters", "At least {n} comments with these filters", n)
    if replace(chosen, owner="").is_filtered:
        return plural_form("{n} comment with these filters", "{n} comments with these filters", n)
    if chosen.status == "pending" and at_least:
        return plural_form("At least {n} comment waits", "At least {n} comments wait", n)
    return HEADINGS[chosen.status](n)


HEADINGS: dict[str, Callable[[int], str]] = {
    "pending": lambda n: plural_form("{n} comment waits", "{n} comments wait", n),
    "approved": lambda n: plural_form("{n} comment approved", "{n} comments approved", n),
    "spam": lambda n: plural_form("{n} comment in spam", "{n} comments in spam", n),
    "trash": lambda n: plural_form("{n} comment in the trash", "{n} comments in the trash", n),
    "all": lambda n: plural_form("{n} comment approved or pending", "{n} comments approved or pending", n),
}


def _heading(site: Site, chosen: Selection, data: dict[str, Any]) -> tuple[str, str]:
    """Return the heading of the list, and the sentences beneath it."""
    count, oldest = data["matching"], data["oldest"]
    heading = _counted_heading(chosen, count, at_least=data["lowest"] is not None)
    heading = heading.format(n=number(count), words=chosen.typed)
    if chosen.typed:
        nothing = "" if count else gettext("Nothing found for “{words}”. Try fewer words.", words=chosen.typed)
        short = chosen.question and not chosen.question.indexed
        return heading, f"{nothing} {_reach() if short else ''}".strip()
    if replace(chosen, owner="").is_filtered:
        reach = "" if chosen.question.indexed or not chosen.author else _reach()
        return heading, f"{_filters(chosen)} {reach}".strip()
    if chosen.status != "pending":
        return heading, ""
    if not count:
        return gettext("No comments wait"), "" if chosen.post else gettext("All comments have been decided.")
    if not oldest or chosen.post:
        return heading, ""
    return heading, gettext("The oldest has waited since {time}.", time=site.render.moment(oldest["created_at"]))


def _heading_forms(chosen: Selection, data: dict[str, Any]) -> dict[str, str]:
    """Return the heading in each plural form, for the script that counts on; {} where it has no count."""
    none_wait = chosen.status == "pending" and not data["matching"] and not chosen.is_filtered and not chosen.typed
    if data["lowest"] is not None or none_wait:
        return {}
    return script.forms(lambda n: _counted_heading(chosen, n, at_least=False))
