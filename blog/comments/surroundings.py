"""What the checks and the rules want to know of a comment's surroundings: its parent, its sender, what came lately."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlite_utils import Database

from blog import filter, names, store
from blog.comments.drafts import Draft
from blog.events import earlier, latest, moment
from blog.policy import Policy
from blog.rules import History

KNOWN, ALIKE, DOMAINS, ARRIVALS = 100, 20, 20, 250  # that are counted at most
OWN = 250  # comments of a browser or an email among which the same text is looked for, the newest
BURST = 600  # seconds
LARGEST = 128  # drafts of one round: as many as are written together, and no more than ARRIVALS
SENDERS = {"reader": "browser", "email": "email", "network": "network", "domain": "link's domain"}


class Asked(NamedTuple):
    """A draft to the post of this id, under its rules, at this moment."""

    post: int
    draft: Draft
    rules: Policy
    at: str


class _Alike(NamedTuple):
    """An earlier one that begins or ends with the same words: whose it is, and when it came."""

    reader: str | None
    email: bytes
    head: str | None
    at: str


class Surroundings:
    """What the checks and the rules want to know of the parents and senders of a round of drafts, asked at once.

    The drafts of a round follow each other, and are not to be found around one another: no two have the same text,
    browser, account or linked domain, nor, where there is a limit, the same network or email. But each may come to the
    same post as others, and be nearly the same: say of each that is taken that it `came` before asking `of` the next
    one. That the clock goes on meanwhile, and neither leaps nor turns back, is taken for granted. What a sender of the
    round sends in it does not move what he sent before out of his newest 250.
    """

    def __init__(self, db: Database, asked: Sequence[Asked]) -> None:
        self._asked = asked
        self._first = {each.post: place for place, each in reversed(list(enumerate(asked)))}  # of each post
        self._found = {row["place"]: row for row in store.rows(db, SURROUNDINGS, self._question())}
        self._came: dict[int, list[str]] = defaultdict(list)  # when, by post
        self._names: str = self._found[0]["names"]
        self._begun = _by_hash(self._found[0]["begun"])
        self._ended = _by_hash(self._found[0]["ended"])
        self._edges: dict[int, list[str]] = {
            post: json.loads(self._found[place]["edges"]) for post, place in self._first.items()
        }

    def _question(self) -> dict[str, Any]:
        halves = [each.draft.halves for each in self._asked if each.draft.halves]
        return {
            "asked": json.dumps([_values(each) for each in self._asked]),
            "posts": json.dumps(list(self._first.items())),
            "heads": json.dumps(list({head for head, _ in halves})),
            "tails": json.dumps(list({tail for _, tail in halves})),
            "further": len(self._asked) - 1,
            "most": max(self._asked[0].rules.comment_network_limit, 1),
        }

    def of(self, place: int) -> dict[str, Any]:
        """Return what is around one of the round, after those of it that came."""
        asked, found = self._asked[place], self._found[place]
        came = self._came[asked.post]
        return {
            **found,
            "alike": self._alike(asked),
            "every": found["every"] + len(came),
            "arrivals": min(found["arrivals"] + len(came), ARRIVALS),
            "resembled_name": names.resembled(asked.draft.name_keys, self._names, asked.draft.site_names),
            "oldest": self._edge(asked.post, len(came)) or found["oldest"] or next(iter(came), None),
        }

    def _edge(self, post: int, came: int) -> str | None:
        """Return when the oldest of a post's newest 250 comments came, once so many more have come.

        `edges` begins with what it will be when the whole round has come, and ends with what it is now.
        """
        edges = self._edges[post]
        place = len(self._asked) - 1 - came
        return edges[place] if place < len(edges) else None

    def _alike(self, asked: Asked) -> int:
        """Count what others sent within a month, of the newest that begin and the newest that end as this one does."""
        draft = asked.draft
        if draft.halves is None:
            return 0
        head, tail = draft.halves
        reader, email, month = draft.sender.reader_hash, _lowered(draft.email), earlier(asked.at, days=30)
        found = self._begun[head][-ALIKE:] + [one for one in self._ended[tail][-ALIKE:] if one.head != head]
        return sum([one.at > month and one.reader != reader and (one.email != email or not email) for one in found])

    def came(self, place: int) -> None:
        """Take note that one of the round was taken."""
        post, draft, _, at = self._asked[place]
        self._came[post].append(at)
        if draft.halves:
            head, tail = draft.halves
            one = _Alike(draft.sender.reader_hash, _lowered(draft.email), head, at)
            self._begun[head].append(one)
            self._ended[tail].append(one)


def _by_hash(told: str) -> dict[str, list[_Alike]]:
    """Return by the hash of their words the earlier ones that have them, the newest last."""
    found: dict[str, list[_Alike]] = defaultdict(list)
    for words, newest in json.loads(told):
        found[words] = [_Alike(reader, _lowered(email), head, at) for reader, email, head, at in reversed(newest)]
    return found


def _values(asked: Asked) -> tuple[Any, ...]:
    """Return what is told of a draft, in the order of SURROUNDINGS."""
    post, draft, rules, at = asked
    sender = draft.sender
    return (
        post,
        draft.parent,
        draft.text_hash,
        draft.author,
        draft.email,
        sender.reader_hash,
        sender.network,
        sender.account,
        draft.domains[:DOMAINS],
        at,
        earlier(at, seconds=BURST),
        earlier(at, seconds=60),
        earlier(at, seconds=rules.comment_flood_seconds),
        latest(at),
    )


def _lowered(text: str) -> bytes:
    """Return a text as SQLite's lower() leaves it, which knows the letters of ASCII alone."""
    return text.encode("utf-8", "surrogatepass").lower()


@lru_cache(64)
def read_json(text: str) -> Any:
    """Read a small text of the query, which is nearly always the same: "{}". Nobody may change what it returns."""
    return json.loads(text)


# Told once for all that are asked, in the row of the first: who sends one text many times sends it in one round.
ALIKE_BY = """
      case place when 0 then (select json_group_array(json_array(words.value, (
          select json_group_array(json_array(reader_hash, email, head_hash, created_at)) from (
            select reader_hash, email, head_hash, created_at from comments
            where {half} = words.value and {half} is not null order by id desc limit {most}))))
        from json_each({asked}) words) end"""
AGAIN = "post_id = asked.post and parent_id is asked.parent and status not in ('trash', 'deleted')"
# Nothing is sorted or put aside on the way but what is asked itself: a table for the moment costs more than what most
# of these look up. SQLite plans a question anew for each value of a bare parameter as its limit; `1 *` spares that.
SURROUNDINGS = f"""
    with asked as materialized (
      select key as place, value ->> 0 as post, value ->> 1 as parent, value ->> 2 as hash, value ->> 3 as author,
        lower(value ->> 4) as email, value ->> 5 as reader, value ->> 6 as network, value ->> 7 as account,
        value ->> 8 as domains, value ->> 9 as at, value ->> 10 as lately, value ->> 11 as minute, value ->> 12 as pace,
        value ->> 13 as latest
      from json_each(:asked)),
    posts_of as materialized (
      select *, edges ->> :further as edge from (
        select p.value ->> 0 as post, p.value ->> 1 as first,
          (select coalesce(sum(n), 0) from comment_counts where post_id = p.value ->> 0) as every,
          (select created_at from comments where post_id = p.value ->> 0 order by id limit 1) as oldest,
          (select json_group_array(created_at) from (select created_at from comments where post_id = p.value ->> 0
            order by id desc limit 1 * :further + 1 offset {ARRIVALS} - 1 - :further)) as edges
        from json_each(:posts) p))
    select place, every, oldest, case place when first then edges end as edges,
      (select json_array(status, post_id, coalesce(root_id, id)) from comments where id = asked.parent)
        as parent,
      coalesce(
        (select c.created_at from (select id, text_hash from comments
            where lower(email) = asked.email and email <> '' order by created_at desc limit {OWN}) own
          cross join comments c on c.id = own.id where own.text_hash = asked.hash and c.author = asked.author
            and {AGAIN} limit 1),
        (select created_at from comments c where email = '' and asked.email = '' and text_hash = asked.hash
          and author = asked.author and {AGAIN} limit 1),
        (select c.created_at from (select id, text_hash from comments
            where reader_hash = asked.reader and reader_hash is not null order by created_at desc limit {OWN}) own
          cross join comments c on c.id = own.id where own.text_hash = asked.hash and {AGAIN} limit 1))
        as twice,
      (select max(created_at) from comments
        where network = asked.network and network <> '' and created_at > asked.pace
          and created_at <= asked.latest) as by_network,
      (select max(created_at) from comments
        where reader_hash = asked.reader and reader_hash is not null and created_at > asked.pace
          and created_at <= asked.latest) as by_reader,
      (select max(created_at) from comments
        where lower(email) = asked.email and email <> '' and created_at > asked.pace
          and created_at <= asked.latest) as by_email,
      (select json_array(count(*), min(created_at)) from (select created_at from comments
        where network = asked.network and network <> '' and created_at > asked.minute and created_at <= asked.latest
        order by created_at desc limit 1 * :most)) as in_minute,
      (select count(*) from (select 1 from comments
        where reader_hash = asked.reader and reader_hash is not null and status = 'approved' limit {KNOWN}))
      + (select count(*) from (select 1 from comments
        where account_id = asked.account and account_id is not null and status = 'approved' limit {KNOWN}))
        as approved,
{ALIKE_BY.format(half="head_hash", asked=":heads", most=ALIKE)} as begun,
{ALIKE_BY.format(half="tail_hash", asked=":tails", most=ALIKE)} as ended,
      case when asked.domains = '[]' then '[]'
        else (select json_group_array(json_array(domain, approved, spam)) from (
          select d.value as domain, sum(s.status = 'approved') as approved, sum(s.status = 'spam') as spam
          from json_each(asked.domains) d join comments s on s.id in (
            select comment_id from comment_domains where domain = d.value order by comment_id desc limit 50)
          group by d.value)) end as domains,
      case when edge > asked.lately and edge <= asked.latest then {ARRIVALS}
        else (select count(*) from comments
          where post_id = asked.post and created_at <= asked.latest and id > coalesce(
          (select id from comments where post_id = asked.post and created_at <= asked.lately
            order by id desc limit 1), 0))
        end as arrivals,
      case place when 0 then ({names.ON_SITE}) end as names,
      exists (select 1 from accounts
        where lower(email) = asked.email and email <> '' and removed_at is null) as staff_email,
      (select json_group_object(kind, standing) from (
        select * from standings where kind = 'reader' and value = asked.reader
        union all select * from standings where kind = 'email' and value = asked.email
        union all select * from standings where kind = 'network' and value = asked.network
        union all select s.* from json_each(asked.domains) d
          cross join standings s on s.kind = 'domain' and s.value = d.value where asked.domains <> '[]')
        where until is null or until > asked.at) as standings,
      (select locked from comments
        where id = (select coalesce(root_id, id) from comments where id = asked.parent)) as locked,
      (select json_object('spam', spam, 'ham', ham) from filter_state) as learned
    from asked cross join posts_of using (post)
"""


def history(around: Mapping[str, Any], at: str, scored: filter.Score | None) -> History:
    standings: dict[str, str] = read_json(around["standings"])
    banned = [kind for kind, standing in standings.items() if standing == "banned"]
    trusted = standings.get("reader") == "trusted"
    judged = scored if not trusted else None
    return History(
        approved=around["approved"],
        resembled_name=around["resembled_name"],
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
