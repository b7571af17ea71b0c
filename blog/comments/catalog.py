"""Comments as programs list them: by filters, in an order, page by page."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from blog.comments import search, unconfirmed
from blog.comments.fields import FIELDS, TABLES
from blog.comments.search import Question
from blog.errors import NotFound
from blog.journal.unfinished import COMMENT_SEEN
from blog.posts.fields import DELETED, NOT_PUBLIC
from blog.storage.filters import narrow
from blog.wording import gettext

SHOWN = "p.status = 'published' and p.published_at <= :at and p.deleted_at is null"
ROW = f"""{FIELDS}, p.deleted_at as post_deleted_at, p.author as post_author, ({SHOWN}) as post_public,
    exists (select 1 from comments r where r.parent_id = c.id and r.status = 'approved') as has_children
"""
OTHER_KINDS = "('webmention', 'pingback', 'trackback', 'like', 'repost')"
REACH = 1_000  # of the newest comments that may match a search
TRASHED_WITH_POST = "post-trashed"
# The statuses of our own that each word of WordPress's filter stands for; any other word finds nothing.
STATUSES = {
    **dict.fromkeys(("approve", "1"), ("approved",)),
    **dict.fromkeys(("hold", "0"), ("pending",)),
    "spam": ("spam",),
    "trash": ("trash",),
    "all": ("approved", "pending"),
    TRASHED_WITH_POST: ("approved", "pending"),
}
NUMBERS = {
    "post": "c.post_id in (select value from json_each(:post))",
    "parent": "c.parent_id in (select value from json_each(:parent))",
    "parent_exclude": "coalesce(c.parent_id, 0) not in (select value from json_each(:parent_exclude))",
    "author": "c.account_id in (select value from json_each(:author))",
    "author_exclude": "coalesce(c.account_id, 0) not in (select value from json_each(:author_exclude))",
    "include": "c.id in (select value from json_each(:include))",
    "exclude": "c.id not in (select value from json_each(:exclude))",
}
# Of 0 those without a parent, and those by nobody with an account: most comments, for which no index helps.
WITH_NONE = {
    "parent": "coalesce(c.parent_id, 0) in (select value from json_each(:parent))",
    "author": "coalesce(c.account_id, 0) in (select value from json_each(:author))",
}
BY_TIME = "coalesce(c.created_at, '')"
BY_TIME_INDEXES = {"approved": "comments_public", "pending": "comments_waiting"}
MOMENTS = {"after": f"{BY_TIME} > :after", "before": f"{BY_TIME} < :before and {BY_TIME} <> ''"}
ORDERS = {"id": "c.id", "post": "c.post_id", "parent": "coalesce(c.parent_id, 0)", "type": "c.kind"}
DIRECTIONS = {"asc": "asc", "desc": "desc"}


@dataclass(frozen=True)
class CommentsWanted:
    """Which comments. `owner` narrows those that are not public to the posts of an author; None is all posts.

    Those who may see all posts (None) are shown what is not public on posts that are not public, too.
    """

    status: str = "approve"
    kind: str = "comment"
    owner: str | None = ""
    search: str = ""
    email: str = ""
    numbers: Mapping[str, Sequence[int]] | None = None
    moments: Mapping[str, str] | None = None
    order: str = "date_gmt"
    direction: str = "desc"

    @property
    def is_public(self) -> bool:
        return self.status in ("approve", "1")

    @property
    def one_post(self) -> int:
        """Return the post whose public comments are wanted, 0 when something else narrows them, or more posts do."""
        numbers = dict(self.numbers or {})
        posts = numbers.pop("post", ())
        narrowed = self.search or self.email or self.moments or numbers
        return posts[0] if self.is_public and self.kind == "comment" and len(posts) == 1 and not narrowed else 0

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing narrows the comments of some statuses, so that they are counted already."""
        narrowed = self.search or self.email or self.numbers or self.moments
        all_posts = self.owner is None or self.is_public
        return self.kind == "comment" and all_posts and self.status != TRASHED_WITH_POST and not narrowed

    @property
    def is_wide(self) -> bool:
        """Tell whether very many comments of all posts may be wanted, which the indexes by time know best."""
        if self.is_few or self.search or (self.numbers or {}).get("post") or self.status == TRASHED_WITH_POST:
            return False
        ordered = self.is_whole and ("date" in self.order or self.order in ("id", "post"))  # by other indexes
        return set(self._statuses) <= set(BY_TIME_INDEXES) and not ordered

    @property
    def _statuses(self) -> Sequence[str]:
        return STATUSES.get(self.status, ())

    @property
    def is_few(self) -> bool:
        """Tell whether something names few comments, so that it is looked for first, and not the status."""
        numbers = self.numbers or {}
        few = ("include", *(name for name in WITH_NONE if 0 not in numbers.get(name, ())))
        indexed = bool(self.search) and Question(text=self.search).indexed
        return indexed or bool(self.email) or any(numbers.get(name) for name in few)


def chosen(db: Database, wanted: CommentsWanted, *, at: str, size: int, skip: int) -> dict[str, Any]:
    """Return so many comments after the first `skip`: `rows` for blog/representations/comments.py, and the `total`."""
    page = {"size": size, "skip": skip}
    if wanted.is_wide:
        ids, total = _wide(db, wanted, at, page)
    else:
        ids, total = _narrow(db, wanted, at, page)
    shown = f"select {ROW} from json_each(:ids) j cross join {TABLES} where c.id = j.value order by j.key"
    return {"rows": list(db.query(shown, {"at": at, "ids": json.dumps(ids)})), "total": total}


def _narrow(db: Database, wanted: CommentsWanted, at: str, page: Mapping[str, int]) -> tuple[list[int], int]:
    """Return the ids of a page, and how many comments there are: of few ones, of a post, or of the whole site."""
    conditions, values = _conditions(wanted, at)
    if wanted.one_post:
        conditions.append("c.post_id = :one")  # which its index knows in the order of time
        values["one"] = wanted.one_post
    where = " and ".join(conditions)
    if wanted.is_whole and "date" in wanted.order:
        # The whole site is read in the order of an index, as far as the page goes.
        where += f" and {BY_TIME} >= '' and {BY_TIME} < '~'" if wanted.is_public else " and c.id > 0 and c.id < 1 << 60"
    order, way = _order(wanted, values), DIRECTIONS[wanted.direction]
    if wanted.order == "include":
        way = "asc"
    total = _total(db, wanted, at)
    counted = "count(*) over ()" if total is None else ":total"
    sql = f"""
        select c.id, {counted} from {_tables(wanted)} where {where} order by {order} {way}, c.id {way}
        limit :size offset :skip
    """
    rows = db.conn.execute(sql, {**values, **page, "total": total}).fetchall()
    if total is None:
        total = rows[0][1] if rows else _count(db, where, values) if page["skip"] else 0
    return [row[0] for row in rows], total


def _total(db: Database, wanted: CommentsWanted, at: str) -> int | None:
    """Return how many comments there are, where that is known without a look at each; else None."""
    if wanted.one_post:
        return _total_of_post(db, wanted.one_post, at)
    return _kept_total(db, wanted, at) if wanted.is_whole else None


def _wide(db: Database, wanted: CommentsWanted, at: str, page: Mapping[str, int]) -> tuple[list[int], int]:
    """Return the ids of a page, and how many comments there are, by the indexes of statuses and time alone."""
    conditions, values = _conditions(wanted, at, alone=True)
    each = (
        f"""
        select c.id as id, {BY_TIME} as at, {ORDERS.get(wanted.order, "0")} as place
        from comments c indexed by {BY_TIME_INDEXES[status]} where c.status = '{status}' and {" and ".join(conditions)}
        """
        for status in wanted._statuses
    )
    source, way = " union all ".join(each), DIRECTIONS[wanted.direction]
    order = f"place {way}, id {way}" if wanted.order in ORDERS else f"at {way}, id {way}"
    total = _total(db, wanted, at)
    if total is None:
        total = db.conn.execute(f"select count(*) from ({source})", values).fetchone()[0]
    rows = db.conn.execute(f"{source} order by {order} limit :size offset :skip", {**values, **page}).fetchall()
    return [row[0] for row in rows], int(total)


def _tables(wanted: CommentsWanted) -> str:
    if wanted.is_whole and wanted.order == "post":
        return TABLES.replace("comments c", "comments c indexed by comments_of_post", 1)
    if wanted.is_whole and "date" in wanted.order:
        index = "indexed by comments_public" if wanted.is_public else "not indexed"
        return TABLES.replace("comments c", f"comments c {index}", 1)
    return TABLES


def _order(wanted: CommentsWanted, values: dict[str, Any]) -> str:
    if wanted.order == "include":
        values["order"] = json.dumps(list((wanted.numbers or {}).get("include", ())))
        return "(select key from json_each(:order) where value = c.id)"
    if wanted.order in ORDERS:
        return ORDERS[wanted.order]
    # What waits or was put aside is listed as it came in, which its index knows.
    if wanted.one_post:
        return "c.created_at"
    return BY_TIME if wanted.is_public or wanted.numbers else "c.id"


def _conditions(wanted: CommentsWanted, at: str, *, alone: bool = False) -> tuple[list[str], dict[str, Any]]:
    """Return the conditions on a comment `c` and its post `p`; `alone` is without the post and without the status."""
    values: dict[str, Any] = {"at": at, "owner": wanted.owner or "", "kind": wanted.kind}
    conditions = [COMMENT_SEEN, *(_on_post_ids(wanted) if alone else _on_post(wanted))]
    if not alone:
        status = "+c.status" if wanted.is_few else "c.status"  # with the plus sign no index of a status is used
        conditions.append(f"{status} in (select value from json_each(:statuses))")
        values["statuses"] = json.dumps(wanted._statuses)
        if wanted._statuses == ("approved",):
            conditions[-1] = f"{status} = 'approved'"
    if wanted._statuses != ("approved",):
        conditions.append(unconfirmed.IN_QUEUE)
    if wanted.kind != "all":
        conditions.append("c.kind = :kind")
    if wanted.email:
        conditions.append("lower(c.email) = lower(:email) and c.email <> ''")
        values["email"] = wanted.email
    with_none = {name: each for name, each in WITH_NONE.items() if 0 in (wanted.numbers or {}).get(name, ())}
    narrow(conditions, values, NUMBERS | with_none, wanted.numbers)
    narrow(conditions, values, MOMENTS, wanted.moments)
    if wanted.search:
        conditions.append(_search(wanted.search, values))
    return conditions, values


def _on_post(wanted: CommentsWanted) -> list[str]:
    """Return the conditions on the post `p` of a comment."""
    own = "p.author = :owner collate nocase and p.author <> ''"
    return [_place(wanted), *([own] if wanted.owner is not None and not wanted.is_public else [])]


def _on_post_ids(wanted: CommentsWanted) -> list[str]:
    """Return the same conditions on the id of the post alone."""
    own = "c.post_id in (select id from posts where author = :owner collate nocase and author <> '')"
    if wanted.owner is None and not wanted.is_public:
        return [f"c.post_id not in ({DELETED})"]
    return [f"c.post_id not in ({NOT_PUBLIC})", *([own] if not wanted.is_public else [])]


def _place(wanted: CommentsWanted) -> str:
    """Return the condition on the post `p` of a comment."""
    if wanted.owner is not None or wanted.is_public:
        return SHOWN
    return "p.deleted_at is not null" if wanted.status == TRASHED_WITH_POST else "p.deleted_at is null"


def _search(words: str, values: dict[str, Any]) -> str:
    """Return the condition that each word stands in the text or in the writer's name, never in an address.

    Of a word that very many comments have, the newest ones are searched.
    """
    question = Question(text=words)
    values["wanted"] = "\n".join(question.words).casefold()
    holds = "has_all(c.text || char(10) || c.author, :wanted)"
    if not question.indexed:
        return f"{search.LATELY} and {holds}"
    values["match"] = "{text author} : (" + search.query_of(question) + ")"
    listed = f"select -rowid from comments_search where comments_search match :match order by rowid limit {REACH}"
    return f"c.id in (select * from ({listed}) union all {search.UNFED}) and {holds}"


def _count(db: Database, where: str, values: dict[str, Any]) -> int:
    source = "comments c join posts p on p.id = c.post_id"
    return int(db.conn.execute(f"select count(*) from {source} where {where}", values).fetchone()[0])


def _kept_total(db: Database, wanted: CommentsWanted, at: str) -> int:
    """Count comments of some statuses by the counts that are kept, which costs the same for a million of them."""
    statuses, place = json.dumps(STATUSES.get(wanted.status, ())), _place(wanted)
    row = db.conn.execute(
        f"""
        with wanted (status) as materialized (select value from json_each(:statuses))
        select
          coalesce((select sum(n) from comment_counts where post_id = 0 and status in wanted), 0)
          - coalesce((select sum(n) from posts p join comment_counts k on k.post_id = p.id and k.status in wanted
            where p.id in ({NOT_PUBLIC}) and not ({place})), 0)
          - (select count(*) from comments c indexed by comments_of_other_kinds join posts p on p.id = c.post_id
            where c.kind in {OTHER_KINDS} and c.kind <> 'comment' and c.status in wanted and {place})
        """,
        {"at": at, "statuses": statuses},
    ).fetchone()
    return max(int(row[0]), 0)


def _total_of_post(db: Database, post: int, at: str) -> int:
    """Return the number of public comments of a post from its stored count, which has no pings, likes and reposts."""
    row = db.conn.execute(
        f"""
        select p.approved - (select count(*) from comments c indexed by comments_of_other_kinds
          where c.kind = 'webmention' and c.kind <> 'comment' and c.post_id = p.id and c.status = 'approved')
        from posts p where p.id = :post and {SHOWN}
        """,
        {"post": post, "at": at},
    ).fetchone()
    return max(int(row[0]), 0) if row else 0


def one(db: Database, number: int, *, at: str) -> dict[str, Any]:
    """Return the row of a comment by its id; raise NotFound for one that is deleted or apart from the queue."""
    rows = db.query(
        f"""
        select {ROW} from {TABLES} where c.id = :id and c.status <> 'deleted' and {COMMENT_SEEN}
          and {unconfirmed.IN_QUEUE}
        """,
        {"id": number, "at": at},
    )
    row = next(iter(list(rows)), None)
    if row is None:
        raise NotFound(gettext("There is no comment {id}.", id=number))
    return row
