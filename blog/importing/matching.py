"""Which post a thread of a comment service belongs to: the one with its address, now or formerly, or as a file says."""

import csv
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlite_utils import Database

from blog import posts
from blog.importing.model import Unreadable
from blog.journal.unfinished import POST_SEEN
from blog.settings import Settings
from blog.wording import gettext

MOST_LINES = 1_000_000


def read_map(path: Path) -> dict[str, str]:
    """Read lines of `old,new`: addresses or paths. Raises Unreadable with the line that is none."""
    found: dict[str, str] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, row in enumerate(csv.reader(file), 1):
                if not row or not any(cell.strip() for cell in row):
                    continue
                if len(row) != 2 or number > MOST_LINES:
                    raise Unreadable(
                        gettext(
                            "{name}, line {line}: write the old address, a comma, and the new one.",
                            name=path.name,
                            line=number,
                        )
                    )
                found[plain(row[0])] = plain(row[1])
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unreadable(gettext("{name} is no list of addresses.", name=path.name)) from error
    return found


class Addresses:
    """Every address of a post on this site, now and formerly."""

    def __init__(self, db: Database, settings: Settings, changed: Mapping[str, str]) -> None:
        self._changed = changed
        self._known: dict[str, int] = {}
        rows = db.conn.execute(
            f"""
            select o.address, o.post_id, p.kind, p.published_at
            from old_addresses o join posts p on p.id = o.post_id where {POST_SEEN}
            """
        ).fetchall()
        for address, post, kind, at in rows:
            own = address if address.startswith("/") else posts.address_of(settings, address, kind, at)
            self._known[plain(own)] = post
        rows = db.conn.execute(f"select id, slug, kind, published_at from posts p where {POST_SEEN}").fetchall()
        for post, slug, kind, at in rows:
            self._known[plain(posts.address_of(settings, slug, kind, at))] = post

    def post_at(self, addresses: tuple[str, ...]) -> int | None:
        """Return the post at one of these addresses: with its query, as in /?p=12, or without it."""
        for address in addresses:
            for each in (plain(address), plain(address.split("?")[0])):
                if (found := self._known.get(self._changed.get(each, each))) is not None:
                    return found
        return None


def plain(address: str) -> str:
    """Return the path of an address, decoded, without its final slash, with the query that is the address of a post."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return address
    path = unquote(parts.path).rstrip("/") or "/"
    path = path if path.startswith("/") else f"/{path}"
    return f"{path}?{parts.query}" if parts.query else path
