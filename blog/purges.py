"""What shared caches in front of the site are to drop: rows of the outbox that triggers write with each change.

One request drops the keys of all rows that are due; two seconds later another one drops them again, as a page that was
made before the change may have reached the cache after the first. A cache that did not take a request has a row of its
own, and drops everything once it answers. Purges are neither delayed nor held after a restore: they only make caches
ask again.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from sqlite_utils import Database

from blog.deliveries import later
from blog.shared_cache import SITE

AGAIN_SECONDS = 2
RETRY_SECONDS = (1, 2, 3, 5)  # for as long as it takes
MOST_KEYS = 100  # in one request (Cloudflare takes a hundred, Fastly 256); instead of more, everything is dropped


class Purge(NamedTuple):
    """The keys that one request drops, of the rows `ids`. Those of `fresh` changes are dropped once more later."""

    ids: tuple[int, ...]
    keys: tuple[str, ...]
    fresh: tuple[str, ...]


class Missed(NamedTuple):
    """What a cache did not take, and how often it was tried.

    `again` marks a cache that has dropped everything since: it is told once more, because a page that was made before
    may have reached it afterwards.
    """

    cache: str
    keys: tuple[str, ...]
    tries: int
    due_at: str
    again: bool


def begin(db: Database, caches: Collection[str], *, at: str) -> None:
    """Have changes noted for these caches, and everything dropped: what pages are made of may have changed since."""
    db.conn.execute("update site set purges = ? where purges <> ?", [bool(caches), bool(caches)])
    db.conn.execute("delete from outbox where kind = 'purge'")
    if caches:
        drop_all(db, at=at)


def is_noted(db: Database) -> bool:
    """Tell whether changes are noted for caches."""
    return bool(db.conn.execute("select purges from site").fetchone()[0])


def drop_all(db: Database, *, at: str) -> None:
    """Have every cache drop everything."""
    _add(db, "purge site", {"keys": SITE}, at=at, due_at=at)


def is_due(db: Database, at: str) -> bool:
    row = db.conn.execute("select exists (select 1 from outbox where kind = 'purge' and due_at <= ?)", [at]).fetchone()
    return bool(row[0])


def due(db: Database, *, at: str) -> Purge:
    """Return what every cache is to drop now."""
    rows = db.conn.execute(
        """
        select id, payload ->> 'keys', payload ->> 'again' from outbox
        where kind = 'purge' and due_at <= ? and payload ->> 'cache' is null order by due_at, id
        """,
        [at],
    ).fetchall()
    keys = [key for row in rows for key in row[1].split()]
    fresh = [key for row in rows if not row[2] for key in row[1].split()]
    return Purge(tuple(row[0] for row in rows), _few(keys), _few(fresh))


def missed(db: Database) -> dict[str, Missed]:
    """Return the caches that did not take what they were sent last, by address."""
    rows = db.conn.execute(
        """
        select payload ->> 'cache', payload ->> 'keys', tries, due_at, coalesce(payload ->> 'again', 0) from outbox
        where kind = 'purge' and payload ->> 'cache' is not null
        """
    ).fetchall()
    return {row[0]: Missed(row[0], tuple(row[1].split()), row[2], row[3], bool(row[4])) for row in rows}


def note(db: Database, purge: Purge, refusals: Mapping[str, str], *, at: str) -> None:
    """Note that a purge was sent to all caches; `refusals` are the addresses that did not take it, and why."""
    db.conn.execute("delete from outbox where id in (select value from json_each(?))", [json.dumps(purge.ids)])
    if purge.fresh:
        payload: dict[str, str | int] = {"keys": " ".join(purge.fresh), "again": 1}
        _add(db, "", payload, at=at, due_at=later(at, seconds=AGAIN_SECONDS))
    for cache, error in refusals.items():
        _miss(db, cache, (SITE, *purge.keys), tries=1, error=error, at=at)


def note_retry(db: Database, retry: Missed, error: str, *, at: str) -> None:
    """Note what became of sending a cache what it had missed, "" when it took it."""
    if error:
        _miss(db, retry.cache, retry.keys, tries=retry.tries + 1, error=error, at=at)
    elif retry.again:
        db.conn.execute("delete from outbox where key = ? and key <> '' and payload ->> 'again'", [_key(retry.cache)])
    else:
        payload: dict[str, str | int] = {"cache": retry.cache, "keys": SITE, "again": 1}
        _add(db, _key(retry.cache), payload, at=at, due_at=later(at, seconds=AGAIN_SECONDS))


def _miss(db: Database, cache: str, keys: tuple[str, ...], *, tries: int, error: str, at: str) -> None:
    due_at = later(at, seconds=RETRY_SECONDS[min(tries, len(RETRY_SECONDS)) - 1])
    _add(db, _key(cache), {"cache": cache, "keys": " ".join(_few(keys))}, at=at, due_at=due_at)
    db.conn.execute("update outbox set tries = ?, error = ? where key = ? and key <> ''", [tries, error, _key(cache)])


def _key(cache: str) -> str:
    return f"purge at {cache}"


def _few(keys: Iterable[str]) -> tuple[str, ...]:
    """Return each key once; the key of every page in the place of very many."""
    different = tuple(dict.fromkeys(keys))
    return different if len(different) <= MOST_KEYS else (SITE,)


def _add(db: Database, key: str, payload: Mapping[str, str | int], *, at: str, due_at: str) -> None:
    """Add a row in the place of the one with the same key."""
    if key:
        db.conn.execute("delete from outbox where key = ? and key <> ''", [key])
    db.conn.execute(
        "insert into outbox (kind, payload, created_at, due_at, key) values ('purge', ?, ?, ?, ?)",
        [json.dumps(payload), at, due_at, key],
    )
