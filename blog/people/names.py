"""The names of this site (accounts, authors, the site itself), and other names that look like one of them."""

import json
from collections.abc import Iterable
from functools import lru_cache

from sqlite_utils import Database

from blog.text import name_keys

# Each author once: the index gives the next one, so the number of posts does not matter.
AUTHORS = """
    with recursive authors (name) as (
      select (select author from posts where author > '' collate nocase order by author collate nocase limit 1)
      union all
      select (select author from posts where author > authors.name collate nocase
        order by author collate nocase limit 1) from authors where name is not null)
    select name from authors where name is not null
"""
ACCOUNTS = "select name from accounts where removed_at is null"
ON_SITE = f"select json_group_array(name) from ({ACCOUNTS} union all select * from ({AUTHORS}))"


def resembled(keys: Iterable[str], on_site: str, more: tuple[str, ...] = ()) -> str:
    """Return the name that a name with these keys looks like, or ""; `on_site` is the result of the query ON_SITE."""
    known = _by_key(on_site, more)
    return next((known[key] for key in keys if key in known), "")


@lru_cache(maxsize=8)
def _by_key(on_site: str, more: tuple[str, ...]) -> dict[str, str]:
    """Return names by their keys; the site's accounts and authors come before its own name."""
    known: dict[str, str] = {}
    for name in (*json.loads(on_site), *more):
        for key in name_keys(name):
            known.setdefault(key, name)
    return known


def taken(db: Database, name: str) -> str:
    """Return the account or author that a new account's name looks like, or "".

    An account may have exactly the name of an author, apart from capitals: that is how posts belong to an account.
    """
    names = json.loads(db.conn.execute(ON_SITE).fetchone()[0])
    others = [other for other in names if other.casefold() != name.casefold()]
    return resembled(name_keys(name), json.dumps(others))
