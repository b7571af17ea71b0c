"""What is kept of one person, by email: all of it as data, and its erasure that leaves the thread whole."""

import json
from typing import Any, TypedDict

from sqlite_utils import Database

from blog import moderation
from blog.errors import Invalid, NotFound
from blog.events import By

OF_A_COMMENT = (
    "id, post, parent_id, status, author, email, url, text, ip, user_agent, remember, verdict, rule, reason, facts,"
    " created_at, edited_at, source, reader_hash as browser"
)


class Erased(TypedDict):
    """How many comments were erased, and sentences about what stays."""

    comments: int
    stays: list[str]


def about(db: Database, email: str) -> dict[str, Any]:
    """Return everything that is kept under an email; raise NotFound when that is nothing."""
    address = _checked(email)
    comments = list(
        db.query(
            f"""
            select {OF_A_COMMENT} from (select c.*, p.slug as post from comments c join posts p on p.id = c.post_id
              where lower(c.email) = ? and c.email <> '') order by id
            """,
            [address],
        )
    )
    ids = json.dumps([row["id"] for row in comments])
    found = {
        "email": address,
        "comments": comments,
        "earlier_words": _rows(db, "select comment_id, at, author, url, text from revisions", ids),
        "notes_of_moderators": _rows(db, "select comment_id, at, text from notes", ids),
        "history": _rows(db, "select comment_id, at, kind, before, after, rule, reason from events", ids),
        "standings": _standings(db, address),
        "accounts": list(
            db.query("select name, role, email, created_at, removed_at from accounts where lower(email) = ?", [address])
        ),
    }
    if not any(found[name] for name in ("comments", "standings", "accounts")):
        raise NotFound(f"Nothing is kept about {email}.")
    return found


def _rows(db: Database, query: str, ids: str) -> list[dict[str, Any]]:
    return list(
        db.query(f"{query} where comment_id in (select value from json_each(?)) order by comment_id, id", [ids])
    )


def _standings(db: Database, address: str) -> list[dict[str, Any]]:
    return list(
        db.query(
            "select standing, until, reason, at from standings where kind = 'email' and value = ?",
            [address],
        )
    )


def erase(db: Database, email: str, *, keep_text: bool = False, by: By) -> Erased:
    """Erase what is kept under an email, for good: the comments, or with `keep_text` who wrote them.

    Earlier words, notes, hashes and what is found by search go too. Raises NotFound when there is nothing.
    """
    found = about(db, email)
    ids = [row["id"] for row in found["comments"]]
    if keep_text:
        _make_nameless(db, ids, by=by)
    else:
        moderation.remove(db, ids, by=by)
    if not found["standings"]:  # of an earlier one, which is lifted, even the memory goes
        db.conn.execute(
            """
            delete from standing_changes where :address in (json_extract(nullif(before, ''), '$.value'),
              json_extract(nullif(after, ''), '$.value'))
            """,
            {"address": found["email"]},
        )
    return {"comments": len(ids), "stays": _stays(found)}


def _make_nameless(db: Database, ids: list[int], *, by: By) -> None:
    """Leave the words, and nothing of whoever wrote them."""
    chosen = json.dumps(ids)
    db.conn.execute(
        """
        insert into events (at, kind, comment_id, post_id, account_id, source, before, after)
        select ?, 'purge', id, post_id, ?, ?, status, status from comments
        where id in (select value from json_each(?))
        """,
        [by.at, by.account, by.source, chosen],
    )
    for table in ("revisions", "notes"):
        db.conn.execute(f"delete from {table} where comment_id in (select value from json_each(?))", [chosen])
    db.conn.execute(  # what the words themselves link to stays, the domain of the writer's own address does not
        """
        delete from comment_domains where comment_id in (select value from json_each(?))
          and instr((select lower(text) from comments c where c.id = comment_id), domain) = 0
        """,
        [chosen],
    )
    db.conn.execute(
        """
        update comments set author = '', email = '', url = '', reader_hash = null, remember = 0, ip = '', network = '',
          user_agent = '', reason = '', facts = '', head_hash = null,
          tail_hash = null, score = null, weighed = '', version = version + 1
        where id in (select value from json_each(?))
        """,
        [chosen],
    )


def _stays(found: dict[str, Any]) -> list[str]:
    stays = ["The journal: that there were comments and what was decided on them, without words, name or address."]
    if found["standings"]:
        stays.append("The ban of this email, which could not hold without it. Lift it first to have it go too.")
    stays += [f"The account {row['name']}, which has this email." for row in found["accounts"]]
    stays.append("What moderators wrote as reasons, and copies of the database that were made before.")
    return stays


def _checked(email: str) -> str:
    address = email.strip().lower()
    if "@" not in address:
        raise Invalid({"email": f"An email address is wanted, like name@example.org, not {email!r}."})
    return address
