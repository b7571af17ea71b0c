"""Accounts as programs list them: the public sees those whose name stands below a published post."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from blog.errors import NotFound
from blog.storage.filters import narrow
from blog.wording import gettext

ROW = "a.id, a.name, a.email, a.role, a.created_at"
HAS_PUBLISHED = """exists (select 1 from posts p where p.author = a.name collate nocase and p.status = 'published'
  and p.published_at <= :at and p.deleted_at is null)"""
ORDERS = {
    **dict.fromkeys(("name", "slug", "url"), "a.name collate nocase"),
    **{"id": "a.id", "registered_date": "a.created_at", "email": "a.email"},
}
DIRECTIONS = {"asc": "asc", "desc": "desc"}


@dataclass(frozen=True)
class ProfilesWanted:
    """Which accounts: with `public` only those that have published something."""

    public: bool = True
    search: str = ""
    roles: Sequence[str] | None = None
    numbers: Mapping[str, Sequence[int]] | None = None
    order: str = "name"
    direction: str = "asc"


NUMBERS = {
    "include": "a.id in (select value from json_each(:include))",
    "exclude": "a.id not in (select value from json_each(:exclude))",
}


def chosen(db: Database, wanted: ProfilesWanted, *, at: str) -> list[dict[str, Any]]:
    """Return all accounts that are wanted: there are few of them."""
    conditions, values = ["a.removed_at is null"], {"at": at}
    if wanted.public:
        conditions.append(HAS_PUBLISHED)
    if wanted.search:
        conditions.append("has_all(a.name || iif(:public = '1', '', char(10) || a.email), :search)")
        values |= {"search": wanted.search.strip("*").casefold(), "public": str(int(wanted.public))}
    if wanted.roles is not None:
        conditions.append("a.role in (select value from json_each(:roles))")
        values["roles"] = json.dumps(list(wanted.roles))
    narrow(conditions, values, NUMBERS, wanted.numbers)
    order, way = ORDERS.get(wanted.order, ORDERS["name"]), DIRECTIONS[wanted.direction]
    rows = db.query(
        f"select {ROW} from accounts a where {' and '.join(conditions)} order by {order} {way}, a.id {way}", values
    )
    return list(rows)


def one(db: Database, number: int, *, at: str) -> dict[str, Any]:
    """Return an account by its id, with whether it has published something; raise NotFound."""
    rows = db.query(
        f"select {ROW}, {HAS_PUBLISHED} as public from accounts a where a.id = :id and a.removed_at is null",
        {"id": number, "at": at},
    )
    row = next(iter(list(rows)), None)
    if row is None:
        raise NotFound(gettext("There is no such account."))
    return row
