"""The queue: its tabs, piles and filters, and what it shows of each comment."""

import re
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from blog import comments, moderation, posts
from blog.comments import search
from blog.errors import NotFound
from blog.moderation import LISTED, PAGE, Key, Selection
from blog.rules import policy
from blog.web import site as sites
from blog.web.admin import access, sorting
from blog.web.admin.rows import POSSIBLE, decision, row_context
from blog.web.render import counted
from blog.web.site import Site

TABS = (
    ("pending", "Pending"),
    ("approved", "Approved"),
    ("spam", "Spam"),
    ("trash", "Trash"),
    ("all", "All"),
)
HEADINGS = {"approved": "approved", "spam": "in spam", "trash": "in the trash", "all": "approved or pending"}


def selection_of(fields: Any) -> Selection:
    """Read the queue's filter from an address or a form; an unknown status shows what waits.

    A form also says what its page counted: up to which comment (`asof`), down to which (`from`), up to which event of
    the journal (`event`), and when (`made`).
    """
    status = fields.get("status") or "pending"

    def words(name: str) -> str:
        return str(fields.get(name, "")).strip()[:200]

    return Selection(
        status if status in LISTED else "pending",
        post=words("post"),
        search=words("q"),
        rule=words("rule"),
        author=words("author"),
        domain=comments.host_of(f"//{words('domain')}") or words("domain").lower(),
        replied=words("replied") == "1",
        days=min(_number(words("days")) or 0, 36_500),
        now=made if MOMENT.fullmatch(made := words("made")) else sites.now(),
        newest=_number(words("asof")),
        lowest=_number(words("from")),
        event=_number(words("event")),
        sender=sender if SENDER.fullmatch(sender := words("sender")) else "",
        later=True if words("later") == "1" else None,
    )


SENDER = re.compile(r"(reader|email|network):[0-9]{1,15}")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,12}Z")


def _key(text: str) -> Key | None:
    """Read the key of the last row of the page before: `45`, or among what was left for later `later-45`."""
    number = _number(text.removeprefix("later-"))
    return None if number is None else (text.startswith("later-"), number)


def _key_of(row: dict[str, Any]) -> str:
    return f"later-{row['id']}" if row["later"] and row["status"] == "pending" else str(row["id"])


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def kept_in_address(chosen: Selection) -> dict[str, str]:
    """Return what narrows a queue, as it stands in the address."""
    every = {
        "post": chosen.post,
        "q": chosen.search,
        "rule": chosen.rule,
        "author": chosen.author,
        "domain": chosen.domain,
        "replied": "1" if chosen.replied else "",
        "days": str(chosen.days) if chosen.days else "",
        "sender": chosen.sender,
        "later": "1" if chosen.later else "",
    }
    return {name: value for name, value in every.items() if value}


async def index(request: Request) -> Response:
    """A page of the queue, newest first, or the surest spam first."""
    site, at = sites.of(request), sites.now()
    chosen = replace(selection_of(request.query_params), owner=access.owner(request))
    read_key = sorting.read_key if sorting.by_score(request) else _key
    after = read_key(request.query_params.get("after", ""))
    found = await site.store.read(_load, chosen, after, access.did(request), by_score=sorting.by_score(request))
    return queue_page(request, site, chosen, found, first=after is None, at=at)


def _load(db: Any, chosen: Selection, after: Any, did: int | None, by_score: bool = False) -> dict[str, Any]:
    waiting = chosen.status == "pending"
    return {
        **(sorting.page if by_score else moderation.page)(db, chosen, after=after),
        "last": moderation.last_event(db),
        "later": moderation.left_for_later(db, chosen.status) if waiting and not chosen.owner else 0,
        "rules": policy.load(db),
        "counts": _own_counts(db, chosen.owner) if chosen.owner else moderation.counts(db),
        "posts": _posts_to_choose(db, chosen),
        "piles": moderation.piles(db, chosen.status) if not chosen.owner else [],
        "oldest": moderation.oldest_waiting(db) if not chosen.owner else None,
        "frame": access.frame(db, did),
    }


def _own_counts(db: Any, owner: str) -> dict[str, int]:
    return {status: moderation.matching(db, Selection(status, owner=owner)) for status in LISTED}


def _posts_to_choose(db: Any, chosen: Selection) -> list[dict[str, Any]]:
    """Return the busiest posts, and the chosen one."""
    if chosen.owner:
        return [{**row, "n": row["waiting"]} for row in posts.every(db, chosen.owner)]
    found = moderation.busiest_posts(db, chosen.status)
    if chosen.post and all(each["slug"] != chosen.post for each in found):
        with suppress(NotFound):
            return [{"slug": chosen.post, "title": posts.title(db, chosen.post), "n": 0}, *found]
    return found


def queue_page(
    request: Request, site: Site, chosen: Selection, found: dict[str, Any], *, first: bool, at: str
) -> Response:
    kept = kept_in_address(chosen)
    zen = request.query_params.get("zen") == "1"
    kept |= {"zen": "1"} if zen else {}
    kept |= {"sort": "score"} if sorting.by_score(request) else {}
    rows, more = found["rows"][:PAGE], len(found["rows"]) > PAGE
    key_of = sorting.key_of if sorting.by_score(request) else _key_of
    base = "/admin/comments?" + urlencode({"status": chosen.status, **kept})
    heading, lead = _heading(site, chosen, found, at)
    tabs = [
        {
            "label": label,
            "count": found["counts"][name],
            "current": name == chosen.status,
            "url": "/admin/comments?" + urlencode({"status": name, **{k: v for k, v in kept.items() if k != "rule"}}),
        }
        for name, label in TABS
    ]
    return site.render.page(
        "admin/comments/index.html",
        **access.context(request, found["frame"], "comments"),
        status=chosen.status,
        heading=heading,
        lead=lead,
        tabs=tabs,
        rows=[{**row_context(site, row, at), "parent_html": row["parent_html"] if zen else ""} for row in rows],
        q=chosen.search,
        post=chosen.post,
        zen=zen,
        zen_url="/admin/comments?"
        + urlencode({"status": chosen.status, **{k: v for k, v in kept.items() if k != "zen"}})
        + ("" if zen else "&zen=1"),
        piles=_piles(chosen, found["piles"], found["later"], kept),
        more={name: kept.get(name, "") for name in FINER},
        reasons=found["rules"].rejection_reasons.splitlines(),
        counted=_counted(chosen, found, at),
        emptied="" if chosen.narrow or chosen.post else EMPTIED.get(chosen.status, ""),
        posts=found["posts"],
        next_url=f"{base}&after={key_of(rows[-1])}" if more else "",
        sort=sorting.other_order(chosen, kept, any(row["score"] is not None for row in rows)),
        newest_url="" if first else base,
        filter_query=[{"name": name, "value": value} for name, value in {"status": chosen.status, **kept}.items()],
        decisions=[decision(name) for name in POSSIBLE[chosen.status]],
    )


def _counted(chosen: Selection, found: dict[str, Any], at: str) -> dict[str, Any]:
    """Return the number that “All that match” stands for, and the fields that hold the form to it."""
    newest, event = found["last"]
    fields = {"asof": newest, "event": event, "made": at, "count": found["matching"]}
    if found["lowest"] is not None:
        fields["from"] = found["lowest"]
    return {"matching": found["matching"], "fields": fields, "rest": found["lowest"] is not None}


FINER = ("rule", "author", "domain", "replied", "days", "sender", "later")
EMPTIED = {"spam": "Empty spam", "trash": "Empty the trash"}


def _narrowed(chosen: Selection) -> str:
    said = {
        "held by": PILES.get(chosen.rule, chosen.rule),
        "written by": chosen.author,
        "linking to": chosen.domain,
        "with": "replies" if chosen.replied else "",
        "older than": counted(chosen.days, "day") if chosen.days else "",
        "marked": "for later" if chosen.later else "",
        "from": _sender(chosen.sender),
    }
    text = ", ".join(f"{what} {value}" for what, value in said.items() if value)
    return f"{text[:1].upper()}{text[1:]}."


def _sender(sender: str) -> str:
    kind, _, number = sender.partition(":")
    return f"the {SAME[kind]} of comment {number}" if sender else ""


SAME = {"reader": "browser", "email": "email", "network": "network"}
PILES = {
    "none": "No rule",
    "comment_previously_approved": "First comment",
    "comment_max_links": "Links",
    "link_domains": "Spam domains",
    "near_duplicates": "Near duplicates",
    "comment_burst": "Too many at once",
    "moderation_keys": "Moderated words",
    "disallowed_keys": "Disallowed words",
    "no_form": "No form",
    "owner_name": "Names of this site",
    "comment_moderation": "All comments held",
    "discussion_moderated": "Moderated discussion",
    "honeypot": "Honeypot",
    "banned": "Banned",
    "learned": "Filter",
    "trusted": "Trusted",
    "staff": "Staff",
    "imported": "Imported",
}


def _piles(chosen: Selection, piles: list[tuple[str, int]], later: int, kept: dict[str, str]) -> list[dict[str, Any]]:
    """Return the reasons with their counts, each a link to its pile; none where there is nothing to choose."""
    rest = {name: value for name, value in kept.items() if name not in ("rule", "later")}
    if len(piles) < 2 and not chosen.rule and not later:
        return []

    def pile(label: str, count: int, current: bool, **more: str) -> dict[str, Any]:
        address = "/admin/comments?" + urlencode({"status": chosen.status, **rest, **more})
        return {"label": label, "count": count, "current": current, "url": address}

    return [
        pile("All reasons", 0, not chosen.rule and not chosen.later),
        *(pile(PILES.get(rule, rule), n, rule == chosen.rule, rule=rule) for rule, n in piles),
        *([pile("Marked for later", later, bool(chosen.later), later="1")] if later else []),
    ]


SHORT_WORDS = (
    f"Words of fewer than {search.SHORTEST} letters are searched only in the newest {search.SHORT_REACH:,} comments."
)


def _heading(site: Site, chosen: Selection, found: dict[str, Any], at: str) -> tuple[str, str]:
    count = found["matching"]
    many = f"{'At least ' if found['lowest'] is not None else ''}{counted(count, 'comment')}"
    if chosen.search:
        said = f"{many} with “{chosen.search}”"
        nothing = "" if count else f"Nothing found for “{chosen.search}”. Try fewer words."
        reach = "" if chosen.question.indexed else SHORT_WORDS
        return said, f"{nothing} {reach}".strip()
    if replace(chosen, owner="").narrow:
        reach = "" if chosen.question.indexed or not chosen.author else SHORT_WORDS
        return f"{many} with these filters", f"{_narrowed(chosen)} {reach}".strip()
    if chosen.status != "pending":
        return f"{many} {HEADINGS[chosen.status]}", ""
    if not count:
        return "No comments wait", "" if chosen.post else "All comments have been decided."
    verb = "waits" if count == 1 else "wait"
    oldest = found["oldest"]
    since = (
        f"The oldest has waited since {site.render.moment(oldest['created_at'])}." if oldest and not chosen.post else ""
    )
    return f"{many} {verb}", since
