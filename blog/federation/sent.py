"""Mentions that this site sends (Webmention): one for each address in a published post, again after a change.

What a post no longer links to is told so once, and so is everybody when a post is withdrawn.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, Literal
from urllib.parse import urlencode, urljoin

from sqlite_utils import Database

from blog import deliveries, outbox
from blog.deliveries import Waiting
from blog.errors import Invalid, Refused
from blog.federation import addresses, client, discovery, own_addresses
from blog.federation.client import Call, Limits, NoAnswer
from blog.settings import Settings
from blog.wording import gettext

MOST = 100  # addresses of a post that are told
Result = Literal["sent", "none", "failed", "later"]


@dataclass(frozen=True)
class Letter:
    """A mention to be sent: the address of our post, and the one that it links to."""

    source: str
    target: str


@dataclass(frozen=True)
class Outcome:
    result: Result
    endpoint: str = ""
    error: str = ""


def links(html: str, settings: Settings, base: str) -> list[str]:
    """Return the addresses of other sites that a post links to, each once, in their order."""
    finder = _Links()
    discovery.parse(finder, html)
    found = []
    for link in finder.found:
        try:
            whole = urljoin(base, link.strip())
            addresses.place(whole)
        except (Invalid, ValueError):
            continue
        if not own_addresses.is_own(settings, whole):
            found.append(whole)
    return list(dict.fromkeys(found))[:MOST]


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        link = dict(reversed(attrs)).get("href")
        if tag == "a" and link:
            self.found.append(link)


def announce(db: Database, post: int, linked: Iterable[str], *, at: str) -> None:
    """Put a mention into the outbox for each address that a post links to, and for each that it did link to."""
    rows = db.conn.execute(
        """
        with linked (target) as (select value from json_each(:linked))
        insert into mentions_sent (post_id, target, linked, state, at)
        select :post, target, 1, 'waiting', :at from linked where true
        union select :post, target, 0, 'waiting', :at from mentions_sent
          where post_id = :post and linked = 1 and state <> 'none' and target not in (select target from linked)
        on conflict (post_id, target) do update set linked = excluded.linked, state = 'waiting', error = '', at = :at
        returning target
        """,
        {"post": post, "at": at, "linked": json.dumps(list(linked))},
    ).fetchall()
    for (target,) in rows:
        _enqueue(db, post, target, at)


def _enqueue(db: Database, post: int, target: str, at: str) -> None:
    """Have a mention sent soon; one that waits already says then what holds then."""
    key = f"mention of {post}:{hashlib.sha256(target.encode()).hexdigest()}"
    outbox.put(db, "webmention", {"post": post, "target": target}, key=key, at=at, due_at=at)


def again(db: Database, post: int, *, at: str) -> int:
    """Send all mentions of a post again; return how many."""
    rows = db.conn.execute(
        """
        update mentions_sent set state = 'waiting', error = '', at = :at
        where post_id = :post and linked = 1 returning target
        """,
        {"post": post, "at": at},
    ).fetchall()
    for (target,) in rows:
        _enqueue(db, post, target, at)
    return len(rows)


def letter_of(db: Database, settings: Settings, waiting: Waiting) -> Letter | None:
    """Return the mention that is due; None for a post that is gone."""
    rows = db.query("select slug, kind, published_at from posts where id = ?", [waiting.payload["post"]])
    row = next(iter(list(rows)), None)
    return Letter(own_addresses.url_of(settings, row), waiting.payload["target"]) if row else None


def send(letter: Letter, limits: Limits) -> Outcome:
    """Find out where the other site takes mentions, and send one there; it blocks."""
    endpoint = ""
    try:
        page = client.send(Call(letter.target), limits)
        if page.is_for_now:
            return Outcome("later", error=_status(page.status))
        endpoint = discovery.endpoint(page) or ""
        if not endpoint:
            return Outcome("none")
        form = urlencode({"source": letter.source, "target": letter.target}).encode()
        answer = client.send(Call(endpoint, form, {"Content-Type": "application/x-www-form-urlencoded"}), limits)
    except NoAnswer as error:
        return Outcome("later", endpoint, str(error))
    except Refused as error:
        return Outcome("failed", endpoint, str(error))
    if answer.is_good:
        return Outcome("sent", endpoint)
    return Outcome("later" if answer.is_for_now else "failed", endpoint, _status(answer.status))


def _status(code: int) -> str:
    return gettext("The other site answers with the status {code}.", code=str(code))


def note(db: Database, waiting: Waiting, outcome: Outcome, *, at: str) -> None:
    """Store what became of a mention; one that nobody took is tried again for two days."""
    state = deliveries.settle(db, waiting, outcome.result, outcome.error, at=at)
    db.conn.execute(
        """
        update mentions_sent set state = :state, endpoint = :endpoint, error = :error, at = :at
        where post_id = :post and target = :target
        """,
        {
            **{"state": state, "endpoint": outcome.endpoint, "error": outcome.error, "at": at},
            **{"post": waiting.payload["post"], "target": waiting.payload["target"]},
        },
    )


def of_post(db: Database, post: int) -> list[Mapping[str, Any]]:
    """Return the mentions that were sent for a post, the newest first."""
    return list(
        db.query(
            """
            select target, linked, state, endpoint, error, at from mentions_sent where post_id = ?
            order by at desc, target
            """,
            [post],
        )
    )


def newest(db: Database, *, most: int) -> list[Mapping[str, Any]]:
    """Return the newest mentions that were sent, each with slug and title of its post."""
    return list(
        db.query(
            """
            select m.target, m.linked, m.state, m.endpoint, m.error, m.at, p.slug, p.title
            from mentions_sent m join posts p on p.id = m.post_id order by m.at desc limit ?
            """,
            [most],
        )
    )
