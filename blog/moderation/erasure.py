"""Personal data by email: its export, and its erasure, which keeps threads complete."""

import json
from typing import Any, TypedDict

from sqlite_utils import Database

from blog import filter, moderation
from blog.errors import Invalid, NotFound
from blog.journal.events import Actor
from blog.moderation import personal_data
from blog.moderation.personal_data import exported
from blog.wording import gettext

OF_A_COMMENT = (
    f"id, post, parent_id, status, {exported('comments')}, verdict, rule, created_at, edited_at, source"
).replace("reader_hash", "reader_hash as browser")


class Erased(TypedDict):
    """The number of erased comments, and sentences about what is kept."""

    comments: int
    stays: list[str]


def about(db: Database, email: str) -> dict[str, Any]:
    """Return everything that is stored under an email; raise NotFound when there is nothing."""
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
    data = {
        "email": address,
        "comments": comments,
        "earlier_words": _rows(db, f"select comment_id, at, {exported('revisions')} from revisions", ids),
        "notes_of_moderators": _rows(db, f"select comment_id, at, {exported('notes')} from notes", ids),
        "history": _rows(db, "select comment_id, at, kind, before, after, rule, reason from events", ids),
        "standings": _standings(db, address),
        "examples_for_the_filter": list(
            db.query(f"select label, {exported('filter_lines')} from filter_lines where lower(email) = ?", [address])
        ),
        "subscriptions": _of_address(db, "subscriptions", "kind, created_at, confirmed_at", address),
        "confirmed_in_browsers": _of_address(db, "confirmed_addresses", "at", address),
        "accounts": list(
            db.query(
                f"select {exported('accounts')}, role, created_at, removed_at from accounts where lower(email) = ?",
                [address],
            )
        ),
    }
    kinds = ("comments", "standings", "accounts", "examples_for_the_filter", "subscriptions", "confirmed_in_browsers")
    if not any(data[name] for name in kinds):
        raise NotFound(gettext("Nothing is kept about {email}.", email=email))
    return data


def _rows(db: Database, query: str, ids: str) -> list[dict[str, Any]]:
    return list(
        db.query(f"{query} where comment_id in (select value from json_each(?)) order by comment_id, id", [ids])
    )


def _of_address(db: Database, table: str, more: str, address: str) -> list[dict[str, Any]]:
    return list(db.query(f"select {exported(table)}, {more} from {table} where address = ?", [address]))


def _standings(db: Database, address: str) -> list[dict[str, Any]]:
    return list(
        db.query(
            f"select standing, until, {exported('standings')}, at from standings where kind = 'email' and value = ?",
            [address],
        )
    )


def erase(db: Database, email: str, *, keep_text: bool = False, by: Actor) -> Erased:
    """Erase for good what is stored under an email: the comments, or with `keep_text` only who wrote them.

    Earlier texts, notes, hashes, entries of the search index and what the filter learned from the comments are erased
    too. Raises NotFound when there is nothing.
    """
    data = about(db, email)
    ids = [row["id"] for row in data["comments"]]
    stays = _stays(db, data, keep_text)
    _forget_lines(db, data["email"])
    _forget_mail(db, data["email"])
    _forget_lifted(db, data["email"], json.dumps(ids))
    if keep_text:
        _make_nameless(db, ids, by=by)
        filter.recount(db, ids)
    else:
        filter.forget(db, ids)
        moderation.remove(db, ids, by=by)
    return {"comments": len(ids), "stays": stays}


def repeat(db: Database, removed: list[int], nameless: list[int], addresses: list[str], *, by: Actor) -> None:
    """Repeat erasures in a restored database: of whole comments, of the writers of others, and of mail data."""
    for address in addresses:
        _forget_lines(db, address)
        _forget_mail(db, address)
    filter.forget(db, removed)
    moderation.remove(db, removed, by=by)
    _make_nameless(db, nameless, by=by)
    filter.recount(db, nameless)


def _forget_lines(db: Database, address: str) -> None:
    """Erase the examples that were given to the filter with this email."""
    lines = [row[0] for row in db.conn.execute("select id from filter_lines where lower(email) = ?", [address])]
    filter.forget(db, [-line for line in lines])
    db.conn.execute("delete from filter_lines where id in (select value from json_each(?))", [json.dumps(lines)])


def _forget_mail(db: Database, address: str) -> None:
    """Stop all mail to an address, and erase what is stored for it."""
    for table in personal_data.TABLES_OF_ADDRESS:
        db.conn.execute(f"delete from {table} where address = ?", [address])
    db.conn.execute("delete from outbox where payload ->> '$.to' = ?", [address])


def _forget_lifted(db: Database, address: str, ids: str) -> None:
    """Erase the records of lifted rules for this email, and for the browsers and networks of its comments."""
    db.conn.execute(
        """
        with own as (
          select :address as value
          union select reader_hash from comments where id in (select value from json_each(:ids)) and reader_hash <> ''
          union select network from comments where id in (select value from json_each(:ids)) and network <> '')
        delete from standing_changes where exists (
          select 1 from own where value in (json_extract(nullif(before, ''), '$.value'),
              json_extract(nullif(after, ''), '$.value'))
            and not exists (select 1 from standings s where s.value = own.value))
        """,
        {"address": address, "ids": ids},
    )


def _make_nameless(db: Database, ids: list[int], *, by: Actor) -> None:
    """Keep the texts and erase everything about their writer."""
    chosen = json.dumps(ids)
    db.conn.execute(
        """
        insert into events (at, kind, comment_id, post_id, account_id, source, before, after)
        select ?, 'purge', id, post_id, ?, ?, status, status from comments
        where id in (select value from json_each(?))
        """,
        [by.at, by.account, by.source, chosen],
    )
    for table in (name for name in personal_data.TABLES_OF_COMMENT if name != "comment_domains"):
        db.conn.execute(f"delete from {table} where comment_id in (select value from json_each(?))", [chosen])
    db.conn.execute(  # domains in the text stay, that of the writer's address does not
        """
        delete from comment_domains where comment_id in (select value from json_each(?))
          and instr((select lower(text) from comments c where c.id = comment_id), domain) = 0
        """,
        [chosen],
    )
    db.conn.execute(
        f"""
        update comments set {personal_data.blanked("person", "machine")}, version = version + 1
        where id in (select value from json_each(?))
        """,
        [chosen],
    )


def _stays(db: Database, data: dict[str, Any], keep_text: bool) -> list[str]:
    stays = [
        gettext("The journal: that there were comments and what was decided on them, without words, name or address.")
    ]
    if data["standings"]:
        stays.append(
            gettext("The ban of this email, which could not hold without it. Lift it first to have it go too.")
        )
    ids = json.dumps([row["id"] for row in data["comments"]])
    if _has_standing(db, "reader", ids):
        stays.append(gettext("The ban or trust of a browser, as a hash, which sent these comments. Lift it first."))
    if _has_standing(db, "network", ids):
        stays.append(
            gettext("The ban or trust of a network, as its IP address, which sent these comments. Lift it first.")
        )
    stays += [gettext("The account {name}, which has this email.", name=row["name"]) for row in data["accounts"]]
    if keep_text:
        stays.append(gettext("What the filter learned from the words of the comments, without who wrote them."))
    stays.append(
        gettext(
            "Of comments that were removed for good before: what the filter learned from them, as it is not known any"
            " more whose they were."
        )
    )
    stays.append(gettext("What moderators wrote as reasons, and copies of the database that were made before."))
    return stays


def _has_standing(db: Database, kind: str, ids: str) -> bool:
    column = {"reader": "reader_hash", "network": "network"}[kind]
    row = db.conn.execute(
        f"""
        select 1 from standings where kind = ? and value in (
          select {column} from comments where id in (select value from json_each(?)) and {column} <> '')
        """,
        [kind, ids],
    ).fetchone()
    return row is not None


def _checked(email: str) -> str:
    address = email.strip().lower()
    if "@" not in address:
        raise Invalid(
            {"email": gettext("An email address is wanted, like name@example.org, not {email!r}.", email=email)}
        )
    return address
