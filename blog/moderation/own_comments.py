"""A reader's own comments: which they are, where each stands, and why.

A browser is known by its cookie, an address by a mailed link. What a rule took for spam or trash reads as waiting, so
that a spammer learns nothing; only what a moderator decided is told.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlite_utils import Database

from blog.errors import NotFound
from blog.journal.events import earlier
from blog.wording import gettext

MOST = 500  # the newest comments that are shown
FORGOTTEN_HOURS = 24  # after which a browser that is not to be remembered does not open one's comments any more
RESTORABLE_DAYS = 1

Standing = Literal["unconfirmed", "waiting", "public", "not-published", "removed", "withdrawn"]


@dataclass(frozen=True)
class Owner:
    """Whose comments: those of a browser (the hash of its cookie), those of an address, or both; "" for none."""

    reader: str = ""
    address: str = ""

    def __bool__(self) -> bool:
        return bool(self.reader or self.address)


@dataclass(frozen=True)
class OwnComment:
    """A comment with where it stands, since when, and the reason and name that a moderator chose to tell."""

    row: Mapping[str, Any]
    standing: Standing
    since: str
    reason: str = ""
    by: str = ""

    @property
    def can_edit(self) -> bool:
        """Tell whether its writer may change it: what a moderator took for spam, or removed later, stays as it is."""
        if self.standing == "not-published":
            return bool(self.row["status"] == "trash")
        return self.standing in ("unconfirmed", "waiting", "public")


def of_browser(db: Database, reader_hash: str, *, at: str) -> Owner:
    """Return the owner that a cookie shows: nobody a day after the last comment of a browser that is not remembered."""
    row = db.conn.execute(
        "select remember, created_at from comments where reader_hash = ? order by created_at desc limit 1",
        [reader_hash],
    ).fetchone()
    if not reader_hash or row is None:
        return Owner()
    remembered = row[0] or row[1] > earlier(at, seconds=FORGOTTEN_HOURS * 3_600)
    return Owner(reader=reader_hash) if remembered else Owner()


FIELDS = """
    c.id, c.post_id, c.parent_id, c.status, c.author, c.email, c.url, c.text, c.text_html, c.edited_at,
    coalesce(c.created_at, '') as created_at,
    c.ip, c.user_agent, c.version, c.replies, c.withdrawn_at, c.reader_hash, p.slug, p.title, p.published_at,
    p.kind as post_kind, p.language as post_language,
    coalesce((select author from comments o where o.id = c.parent_id and o.status = 'approved'), '') as parent_author,
    (select json_array(g.at, g.text) from proposals g where g.comment_id = c.id and g.declined_in is null)
      as proposal,
    exists (select 1 from unconfirmed_comments u where u.comment_id = c.id) as unconfirmed,
    (select json_array(e.kind, e.before, e.at, coalesce(a.name, ''), iif(b.told, b.reason, '')) from events e
      left join accounts a on a.id = e.account_id left join batches b on b.id = e.batch_id
      where e.comment_id = c.id and e.kind in ('approve', 'unapprove', 'spam', 'trash', 'restore', 'delete', 'undo',
        'withdraw') order by e.id desc limit 1) as decided
"""
OWN = """
    c.id in (select id from comments where reader_hash = :reader and :reader <> ''
      union all select id from comments where lower(email) = :address and email <> '' and :address <> '')
    and c.account_id is null and (c.text <> '' or c.withdrawn_at is not null)
"""


def listed(db: Database, owner: Owner) -> list[OwnComment]:
    """Return the comments of an owner, the newest first."""
    rows = db.query(
        f"select {FIELDS} from comments c join posts p on p.id = c.post_id where {OWN} order by c.id desc limit {MOST}",
        {"reader": owner.reader, "address": owner.address},
    )
    return [_standing(row) for row in rows]


def find(db: Database, owner: Owner, number: int) -> OwnComment:
    """Return one comment of an owner; raise NotFound for that of somebody else."""
    rows = db.query(
        f"select {FIELDS} from comments c join posts p on p.id = c.post_id where c.id = :number and {OWN}",
        {"reader": owner.reader, "address": owner.address, "number": number},
    )
    row = next(iter(rows), None)
    if row is None:
        raise NotFound(gettext("There is no such comment of yours in this browser."))
    return _standing(row)


def _standing(row: Mapping[str, Any]) -> OwnComment:
    kind, before, at, name, reason = json.loads(row["decided"]) if row["decided"] else ("", "", "", "", "")
    if row["withdrawn_at"]:
        return OwnComment(row, "withdrawn", row["withdrawn_at"])
    if row["status"] == "approved":
        return OwnComment(row, "public", at or row["created_at"])
    if row["unconfirmed"]:
        return OwnComment(row, "unconfirmed", row["created_at"])
    if row["status"] == "pending" or kind not in ("spam", "trash", "delete"):
        return OwnComment(row, "waiting", row["created_at"])
    return OwnComment(row, "removed" if before == "approved" else "not-published", at, reason, name)


def data_of(db: Database, owner: Owner, comments: list[OwnComment]) -> dict[str, Any]:
    """Return what is stored of an owner, without verdicts and scores; address and machine only by a mailed link."""
    everything = bool(owner.address)
    return {
        "email": owner.address or None,
        "comments": [
            {
                "id": each.row["id"],
                "post": each.row["slug"],
                "status": each.standing,
                "since": each.since,
                "reason": each.reason or None,
                "author": each.row["author"],
                "url": each.row["url"],
                "text": each.row["text"],
                "created_at": each.row["created_at"],
                "edited_at": each.row["edited_at"],
                **({name: each.row[name] for name in ("email", "ip", "user_agent")} if everything else {}),
            }
            for each in comments
        ],
        "earlier_words": _earlier(db, comments),
        "proposed_changes": [
            {"comment": each.row["id"], "at": at, "text": text}
            for each in comments
            if each.row["proposal"]
            for at, text in [json.loads(each.row["proposal"])]
        ],
        "subscriptions": list(
            db.query(
                """
                select p.slug as post, s.kind, s.created_at, s.confirmed_at
                from subscriptions s join posts p on p.id = s.post_id where s.address = ?
                """,
                [owner.address],
            )
        )
        if everything
        else None,
    }


def _earlier(db: Database, comments: list[OwnComment]) -> list[dict[str, Any]]:
    ids = json.dumps([each.row["id"] for each in comments])
    return list(
        db.query(
            """
            select comment_id as comment, at, author, url, text from revisions
            where comment_id in (select value from json_each(?)) order by comment_id, id
            """,
            [ids],
        )
    )
