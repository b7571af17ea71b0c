"""What the checks and the rules need to know about a comment besides its text, gathered in one query."""

import json
from typing import Any, TypedDict

from sqlite_utils import Database

from blog import filter
from blog.comments.drafts import Draft
from blog.journal.events import earlier, latest, moment
from blog.journal.unfinished import COMMENT_SEEN
from blog.people import names
from blog.rules import History
from blog.rules.policy import Policy
from blog.storage import store

# Upper bounds on what is counted, so that the query costs the same on a small and on a large site.
APPROVED_LIMIT = 100
SENDER_LIMIT = 1_000  # newest comments of a browser or an account among which the approved ones are counted
SIMILAR_LIMIT = 20
DOMAIN_LIMIT = 20
ARRIVALS_LIMIT = 250  # newest comments of a post: how fast they come, and whether the same text is among them
DUPLICATE_LIMIT = 250  # newest comments of a browser or an email that are searched for the same text
BURST_SECONDS = 600


class CommentContext(TypedDict):
    """What is known of a draft's parent, its sender and its post; columns named like JSON hold JSON.

    `parent_json` is [status, post id, thread id] or None; `sent_json` is when the same text was sent before, and as
    which comment, 0 where the sender may not see that one; `by_network`, `by_reader` and `by_email` the newest comment
    of each within `comment_flood_seconds`; `minute_json` how many comments the network sent within a minute, and when
    the first of them; `arrivals_json` of the post's newest 250 comments: how many there are, how many came within ten
    minutes, and when the oldest came.
    """

    parent_json: str | None
    locked: int | None
    sent_json: str | None
    by_network: str | None
    by_reader: str | None
    by_email: str | None
    minute_json: str
    approved: int
    similar: int
    domains_json: str
    arrivals_json: str
    resembled_name: str
    staff_email: int
    standings_json: str
    learned_json: str


def gather(db: Database, post: int, draft: Draft, policy: Policy, *, at: str) -> CommentContext:
    """Return the context of a draft to the post with this id, at the moment `at`."""
    sender = draft.sender
    values = {
        "post": post,
        "parent": draft.parent,
        "hash": draft.text_hash,
        "author": draft.author,
        "email": draft.email,
        "reader": sender.reader_hash,
        "network": sender.network,
        "account": sender.account,
        "domains": json.dumps(draft.domains[:DOMAIN_LIMIT]),
        "fingerprints": json.dumps(draft.fingerprints),
        "at": at,
        "month": earlier(at, days=30),
        "burst": earlier(at, seconds=BURST_SECONDS),
        "minute": earlier(at, seconds=60),
        "pace": earlier(at, seconds=policy.comment_flood_seconds),
        "latest": latest(at),
        "address_counts": policy.comment_confirmed_address,
        "network_limit": max(policy.comment_network_limit, 1),
    }
    (row,) = store.rows(db, CONTEXT, values)
    row["resembled_name"] = names.resembled(draft.name_keys, row.pop("names_json"), draft.site_names)
    return row  # type: ignore[return-value]


# SQLite plans a query anew for each value of a bare parameter in `limit`; `1 * :parameter` avoids that.
SAME_PLACE = "post_id = :post and parent_id is :parent and status not in ('trash', 'deleted')"
SENT = "json_array(c.created_at, iif(c.status = 'approved' or c.reader_hash = :reader, c.id, 0))"
# From the index that has a post's comments by status, SQLite merges the statuses and stops at the limit.
NEWEST_OF_POST = (
    " union all ".join(
        f"select id, created_at from comments where post_id = :post and status = '{status}'"
        for status in ("approved", "pending", "spam", "trash", "deleted")
    )
    + f" order by id desc limit {ARRIVALS_LIMIT}"
)
CONTEXT = f"""
    select
      (select json_array(status, post_id, coalesce(root_id, id)) from comments c
        where id = :parent and {COMMENT_SEEN}) as parent_json,
      (select locked from comments
        where id = (select coalesce(root_id, id) from comments where id = :parent)) as locked,
      coalesce(
        (select {SENT} from (select id, text_hash from comments
            where lower(email) = lower(:email) and email <> '' order by created_at desc limit {DUPLICATE_LIMIT}) own
          cross join comments c on c.id = own.id where own.text_hash = :hash and c.author = :author
            and {SAME_PLACE} limit 1),
        (select {SENT} from ({NEWEST_OF_POST}) newest
          cross join comments c on c.id = newest.id where :email = '' and c.email = '' and c.text_hash = :hash
            and c.author = :author and {SAME_PLACE} limit 1),
        (select {SENT} from (select id, text_hash from comments
            where reader_hash = :reader and reader_hash is not null
            order by created_at desc limit {DUPLICATE_LIMIT}) own
          cross join comments c on c.id = own.id where own.text_hash = :hash and {SAME_PLACE} limit 1)) as sent_json,
      (select max(created_at) from comments
        where network = :network and network <> ''
          and created_at > :pace and created_at <= :latest) as by_network,
      (select max(created_at) from comments
        where reader_hash = :reader and reader_hash is not null
          and created_at > :pace and created_at <= :latest) as by_reader,
      (select max(created_at) from comments
        where lower(email) = lower(:email) and email <> ''
          and created_at > :pace and created_at <= :latest) as by_email,
      (select json_array(count(*), min(created_at)) from (select created_at from comments
        where network = :network and network <> '' and created_at > :minute and created_at <= :latest
        order by created_at desc limit 1 * :network_limit)) as minute_json,
      (select count(*) from (select 1 from (select status from comments
        where reader_hash = :reader and reader_hash is not null order by created_at desc limit {SENDER_LIMIT})
        where status = 'approved' limit {APPROVED_LIMIT}))
      + (select count(*) from (select 1 from (select status from comments
        where account_id = :account and account_id is not null order by id desc limit {SENDER_LIMIT})
        where status = 'approved' limit {APPROVED_LIMIT}))
      + case when :address_counts and :email <> '' and exists (select 1 from confirmed_addresses
          where address = lower(:email) and reader_hash = :reader)
        then (select count(*) from (select 1 from (select status, reader_hash from comments
            where lower(email) = lower(:email) and email <> '' order by created_at desc limit {SENDER_LIMIT})
          where status = 'approved' and reader_hash is not :reader limit {APPROVED_LIMIT}))
        else 0 end as approved,
      case when :fingerprints = '[]' then 0
        else (select count(distinct c.id) from json_each(:fingerprints) f cross join comments c on c.id in (
          select comment_id from comment_fingerprints where hash = f.value order by comment_id desc
          limit {SIMILAR_LIMIT})
        where c.created_at > :month and c.reader_hash is not :reader
          and (lower(c.email) <> lower(:email) or :email = '')) end as similar,
      case when :domains = '[]' then '[]'
        else (select json_group_array(json_array(domain, approved, spam)) from (
          select d.value as domain, sum(s.status = 'approved') as approved, sum(s.status = 'spam') as spam
          from json_each(:domains) d join comments s on s.id in (
            select comment_id from comment_domains where domain = d.value order by comment_id desc limit 50)
          group by d.value)) end as domains_json,
      (select json_array(count(created_at), coalesce(sum(created_at > :burst and created_at <= :latest), 0),
          min(created_at))
        from ({NEWEST_OF_POST}))
        as arrivals_json,
      ({names.ON_SITE}) as names_json,
      exists (select 1 from accounts
        where lower(email) = lower(:email) and email <> '' and removed_at is null) as staff_email,
      (select json_group_object(kind, standing) from (
        select * from standings where kind = 'reader' and value = :reader
        union all select * from standings where kind = 'email' and value = lower(:email)
        union all select * from standings where kind = 'network' and value = :network
        union all select s.* from json_each(:domains) d
          cross join standings s on s.kind = 'domain' and s.value = d.value where :domains <> '[]')
        where until is null or until > :at) as standings_json,
      (select json_object('spam', spam, 'ham', ham) from filter_state) as learned_json
"""


def history(context: CommentContext, at: str, scored: filter.Score | None) -> History:
    """Return what the rules know about the sender and the post."""
    standings: dict[str, str] = json.loads(context["standings_json"])
    banned = [kind for kind, standing in standings.items() if standing == "banned"]
    held = [kind for kind, standing in standings.items() if standing == "held"]
    trusted = standings.get("reader") == "trusted"
    score = scored if not trusted else None
    return History(
        approved=context["approved"],
        resembled_name=context["resembled_name"],
        staff_email=bool(context["staff_email"]),
        trusted=trusted,
        banned=banned[0] if banned else "",
        held=held[0] if held else "",
        alike=context["similar"],
        domains=tuple((name, good, bad) for name, good, bad in json.loads(context["domains_json"])),
        **_arrivals(context, at),
        score=score.spam if score else None,
        weighed=score.words if score else (),
    )


def _arrivals(context: CommentContext, at: str) -> dict[str, Any]:
    """Return how many comments came to the post within ten minutes, and how many do on average."""
    newest, recent, oldest = json.loads(context["arrivals_json"])
    if oldest is None:
        return {}
    earlier_seconds = (moment(at) - moment(oldest)).total_seconds() - BURST_SECONDS
    usual = (newest - recent) / max(earlier_seconds / BURST_SECONDS, 1.0)
    return {"arrivals": recent, "usual": round(usual, 2)}
