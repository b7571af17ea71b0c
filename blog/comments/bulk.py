"""Many comments at once, as an import brings them: made ready without the database, written with few statements."""

import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from sqlite_utils import Database

from blog.comments import imported_past, near_duplicates
from blog.comments.drafts import LIMITS, host_of, is_web_address, text_hash
from blog.rendering.markdown import Rendered, render_comment, too_much
from blog.rules import IMPORTED
from blog.text import EMAIL

VERDICTS = {"approved": "allow", "pending": "hold", "spam": "spam", "trash": "trash", "deleted": "trash"}
ANONYMOUS = "Anonymous"


@dataclass(frozen=True)
class Arrival:
    """A comment that comes in: its id, its place, what it says. `created_at` is None where nobody knows it."""

    id: int
    key: str
    post: int
    parent: int | None
    root: int | None
    status: str
    kind: str
    author: str
    email: str
    url: str
    ip: str
    text: str
    created_at: str | None
    edited_at: str | None
    past: str = ""


@dataclass(frozen=True)
class Ready:
    """A comment as it is written: its row, and what is noted of it in other tables."""

    arrival: Arrival
    row: tuple[Any, ...]
    domains: tuple[str, ...]
    fingerprints: tuple[str, ...]


COLUMNS = (
    *("id", "kind", "post_id", "parent_id", "root_id", "status", "author", "email", "url", "text", "text_html"),
    *("text_hash", "ip", "network", "user_agent", "verdict", "rule", "created_at", "edited_at", "source"),
    *("verdict_facts", "later", "locked", "reader_hash"),
)
INSERT = f"insert into comments ({', '.join(COLUMNS)}) values ({', '.join('?' * len(COLUMNS))})"


def prepare(arrival: Arrival) -> Ready:
    """Render a comment and compute what is stored with it."""
    gone = arrival.status == "deleted"
    rendered = Rendered("", "", ()) if gone else rendered_safely(arrival.text)
    url = arrival.url if is_url(arrival.url) else ""
    links = (*rendered.links, url) if url else rendered.links
    own = imported_past.columns(arrival.past)
    row = (
        arrival.id,
        arrival.kind,
        arrival.post,
        arrival.parent,
        arrival.root,
        arrival.status,
        "" if gone else own.get("author", arrival.author or ANONYMOUS),
        arrival.email if len(arrival.email) <= LIMITS["email"] and EMAIL.fullmatch(arrival.email) else "",
        url,
        "" if gone else arrival.text,
        rendered.html,
        text_hash(arrival.text),
        _ip(arrival.ip),
        network_of(arrival.ip),
        own.get("user_agent", ""),
        own.get("verdict", VERDICTS[arrival.status]),
        own.get("rule", IMPORTED.rule),
        arrival.created_at,
        arrival.edited_at,
        own.get("source", "import"),
        own.get("verdict_facts", "{}"),
        own.get("later", 0),
        own.get("locked", 0),
        own.get("reader_hash"),
    )
    domains = {host_of(link)[:253] for link in links if is_web_address(link)} - {""}
    return Ready(arrival, row, tuple(sorted(domains)), tuple(near_duplicates.fingerprints(arrival.text)))


def rendered_safely(text: str) -> Rendered:
    """Render a text; one that would take too long is shown as it is written."""
    if len(text) <= 4 * LIMITS["comment"] and not too_much(text):
        return render_comment(text)
    return Rendered(f"<p>{escape(text, quote=False).replace(chr(10), '<br>')}</p>", " ".join(text.split()), ())


def insert(db: Database, comments: Sequence[Ready], *, batch: int, by: Any) -> None:
    """Write comments, which come before their replies, with their entries in the journal."""
    conn = db.conn
    conn.executemany(INSERT, [each.row for each in comments])
    conn.executemany(
        "insert into imported_comments (post_id, source_key, comment_id) values (?, ?, ?)",
        [(each.arrival.post, each.arrival.key, each.arrival.id) for each in comments],
    )
    conn.executemany(
        """
        insert into events (batch_id, at, kind, comment_id, post_id, account_id, source, after, rule)
        values (?, ?, 'import', ?, ?, ?, ?, ?, ?)
        """,
        [
            (
                batch,
                by.at,
                each.arrival.id,
                each.arrival.post,
                by.account,
                by.source,
                each.arrival.status,
                IMPORTED.rule,
            )
            for each in comments
        ],
    )
    imported_past.insert(db, [(each.arrival.id, each.arrival.past) for each in comments], batch=batch)
    for table, column, pairs in (
        ("comment_domains", "domain", [(each.arrival.id, each.domains) for each in comments if each.domains]),
        ("comment_fingerprints", "hash", [(each.arrival.id, each.fingerprints) for each in comments]),
    ):
        conn.execute(
            f"""
            insert or ignore into {table} ({column}, comment_id)
            select v.value, j.value ->> 0 from json_each(?) j, json_each(j.value ->> 1) v
            """,
            [json.dumps(pairs)],
        )


def is_url(value: str) -> bool:
    return len(value) <= LIMITS["url"] and value.startswith(("http://", "https://")) and is_web_address(value)


def _ip(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value.strip()))
    except ValueError:
        return ""


def network_of(value: str) -> str:
    """Return the network that counts as one sender, as the web has it (web/middleware/security.py)."""
    try:
        address = ipaddress.ip_address(value.strip())
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
