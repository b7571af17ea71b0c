"""What the checks and the rules want to know of a comment's surroundings: its parent, its sender, what came lately."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlite_utils import Database

from blog import filter, store
from blog.comments.drafts import Draft
from blog.events import earlier, moment
from blog.policy import Policy
from blog.rules import History

KNOWN, ALIKE, DOMAINS, ARRIVALS = 100, 20, 20, 250  # that are counted at most
BURST = 600  # seconds
SENDERS = {"reader": "browser", "email": "email", "network": "network", "domain": "link's domain"}


def gather(db: Database, post: int, draft: Draft, rules: Policy, at: str) -> dict[str, Any]:
    """Gather, in one query, what the checks and the rules want to know of parent and sender."""
    return store.rows(
        db,
        SURROUNDINGS,
        {
            "post": post,
            "parent": draft.parent,
            "hash": draft.text_hash,
            "author": draft.author,
            "email": draft.email,
            "reader": draft.sender.reader_hash,
            "network": draft.sender.network,
            "account": draft.sender.account,
            "at": at,
            "domains": json.dumps(draft.domains[:DOMAINS]),
            "head": draft.halves[0] if draft.halves else None,
            "tail": draft.halves[1] if draft.halves else None,
            "month": earlier(at, days=30),
            "lately": earlier(at, seconds=BURST),
            "minute": earlier(at, seconds=60),
            "pace": earlier(at, seconds=rules.comment_flood_seconds),
            "most": max(rules.comment_network_limit, 1),
        },
    )[0]


@lru_cache(64)
def read_json(text: str) -> Any:
    """Read a small text of the query, which is nearly always the same: "{}". Nobody may change what it returns."""
    return json.loads(text)


OF_OTHERS = """
        created_at > :month and reader_hash is not :reader and (lower(email) <> lower(:email) or email = '')
"""
# SQLite plans a question anew for each value of a bare parameter as its limit; `1 *` spares that. Nothing is sorted or
# put aside on the way either: a table for the moment costs more than what most of these look up.
SURROUNDINGS = f"""
    select
      (select json_array(status, post_id, coalesce(root_id, id)) from comments where id = :parent)
        as parent,
      coalesce(
        (select created_at from comments where post_id = :post and text_hash = :hash and lower(email) = lower(:email)
          and author = :author and parent_id is :parent and status not in ('trash', 'deleted') limit 1),
        (select created_at from comments where reader_hash = :reader and text_hash = :hash and post_id = :post
          and parent_id is :parent and status not in ('trash', 'deleted') limit 1)) as twice,
      (select max(created_at) from comments
        where network = :network and network <> '' and created_at > :pace) as by_network,
      (select max(created_at) from comments
        where reader_hash = :reader and reader_hash is not null and created_at > :pace) as by_reader,
      (select max(created_at) from comments
        where lower(email) = lower(:email) and email <> '' and created_at > :pace) as by_email,
      (select json_array(count(*), min(created_at)) from (select created_at from comments
        where network = :network and network <> '' and created_at > :minute
        order by created_at desc limit 1 * :most)) as in_minute,
      (select count(*) from (select 1 from comments
        where reader_hash = :reader and reader_hash is not null and status = 'approved' limit {KNOWN}))
      + (select count(*) from (select 1 from comments
        where account_id = :account and account_id is not null and status = 'approved' limit {KNOWN}))
        as approved,
      (select count(*) from (select reader_hash, email, created_at from comments
          where head_hash = :head and head_hash is not null order by id desc limit {ALIKE})
        where {OF_OTHERS})
      + (select count(*) from (select reader_hash, email, created_at, head_hash from comments
          where tail_hash = :tail and tail_hash is not null order by id desc limit {ALIKE})
        where {OF_OTHERS} and head_hash is not :head)
        as alike,
      case when :domains = '[]' then '[]' else (select json_group_array(json_array(domain, approved, spam)) from (
        select d.value as domain, sum(s.status = 'approved') as approved, sum(s.status = 'spam') as spam
        from json_each(:domains) d join comments s on s.id in (
          select comment_id from comment_domains where domain = d.value order by comment_id desc limit 50)
        group by d.value)) end as domains,
      (select sum(n) from comment_counts where post_id = :post) as every,
      coalesce(edge, (select created_at from comments where post_id = :post order by id limit 1)) as oldest,
      case when edge > :lately then {ARRIVALS}
        else (select count(*) from comments where post_id = :post and id > coalesce(
          (select id from comments where post_id = :post and created_at <= :lately order by id desc limit 1), 0))
        end as arrivals,
      exists (select 1 from accounts where name = :author and removed_at is null)
        or exists (select 1 from posts where author = :author collate nocase and author <> '')
        as staff_name,
      exists (select 1 from accounts
        where lower(email) = lower(:email) and email <> '' and removed_at is null) as staff_email,
      (select json_group_object(kind, standing) from (
        select * from standings where kind = 'reader' and value = :reader
        union all select * from standings where kind = 'email' and value = lower(:email)
        union all select * from standings where kind = 'network' and value = :network
        union all select s.* from json_each(:domains) d
          cross join standings s on s.kind = 'domain' and s.value = d.value where :domains <> '[]')
        where until is null or until > :at) as standings,
      (select locked from comments
        where id = (select coalesce(root_id, id) from comments where id = :parent)) as locked,
      (select json_object('spam', spam, 'ham', ham) from filter_state) as learned
    from (select (select created_at from comments where post_id = :post
      order by id desc limit 1 offset {ARRIVALS} - 1) as edge limit 1)
"""


def history(around: Mapping[str, Any], at: str, scored: filter.Score | None) -> History:
    standings: dict[str, str] = read_json(around["standings"])
    banned = [kind for kind, standing in standings.items() if standing == "banned"]
    trusted = standings.get("reader") == "trusted"
    judged = scored if not trusted else None
    return History(
        approved=around["approved"],
        staff_name=bool(around["staff_name"]),
        staff_email=bool(around["staff_email"]),
        trusted=trusted,
        banned=f"this {SENDERS[banned[0]]}" if banned else "",
        alike=around["alike"],
        domains=tuple((name, good, bad) for name, good, bad in read_json(around["domains"])),
        **_arrivals(around, at),
        score=judged.spam if judged else None,
        weighed=judged.words if judged else (),
    )


def _arrivals(around: Mapping[str, Any], at: str) -> dict[str, Any]:
    """Return how many came to the post within ten minutes, and how many do on average, of its newest comments."""
    lately, oldest = around["arrivals"], around["oldest"]
    if oldest is None:
        return {}
    spoken = (moment(at) - moment(oldest)).total_seconds() - BURST
    usual = (min(around["every"], ARRIVALS) - lately) / max(spoken / BURST, 1.0)
    return {"arrivals": lately, "usual": round(usual, 2)}
