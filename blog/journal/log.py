"""Reading the journal: the whole log, or a part of it by who, what, from where, when and on which post."""

import json
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from blog.errors import Invalid
from blog.journal import acts as declared
from blog.journal import events
from blog.journal.acts import Acts
from blog.journal.unfinished import BATCH_SEEN
from blog.wording import gettext, listed

PAGE = 50
SOURCES = ("web", "command", "import", "rule", "webmention", "mail", "api")


@dataclass(frozen=True)
class LogFilter:
    """Which part of the log: `who` is an account's name, `kind` a group of acts, `post` a slug.

    `since` and `until` are moments. `post` selects what happened to that post and its discussion as a whole.
    """

    who: str = ""
    kind: str = ""
    source: str = ""
    post: str = ""
    since: str = ""
    until: str = ""

    def checked(self, acts: Acts) -> "LogFilter":
        """Raise Invalid for a group of acts or a source that does not exist."""
        groups = tuple(declared.groups(acts))
        if self.kind and self.kind not in groups:
            raise Invalid(
                {
                    "kind": gettext(
                        "There is no kind {kind!r} in the log; there are {kinds}.", kind=self.kind, kinds=listed(groups)
                    )
                }
            )
        if self.source and self.source not in SOURCES:
            raise Invalid(
                {
                    "source": gettext(
                        "There is no source {source!r} in the log; there are {sources}.",
                        source=self.source,
                        sources=listed(SOURCES),
                    )
                }
            )
        return self


def log(
    db: Database, acts: Acts, chosen: LogFilter | None = None, *, limit: int = PAGE, before: int | None = None
) -> list[dict[str, Any]]:
    """Return batches and lone events, newest first; `before` is the `key` of the last one on the page before.

    The key is the id of a batch's first event, so that everything has one order: that in which it was written. Post
    and title are given where the act is about a post.
    """
    chosen = (chosen or LogFilter()).checked(acts)
    rows = db.query(
        ENTRIES,
        {
            "before": before if before is not None else 1 << 62,
            "limit": limit,
            "who": chosen.who,
            "kinds": json.dumps(declared.kinds(acts, chosen.kind)),
            "source": chosen.source,
            "post": chosen.post,
            "since": chosen.since,
            "until": chosen.until or "9999",
        },
    )
    of_posts = {act.kind for act in acts if act.of_post}
    blank = {"post": "", "title": ""}
    return [row if row["batch"] is None or row["kind"] in of_posts else row | blank for row in rows]


def _filters(kind: str, who: str, source: str, at: str) -> str:
    return f"""(:kinds = '[]' or {kind} in (select value from json_each(:kinds)))
              and (:who = '' or {who} = :who collate nocase)
              and (:source = '' or {source} = :source) and {at} >= :since and {at} < :until"""


ENTRIES = f"""
    select b.*, {events.UNDID} as undid from (
      select * from (
        select b.key, b.id as batch, b.kind, b.at, b.who, b.source, b.reason, b.moved, b.reverses, b.undone_by,
          b.post, b.title, b.comment, '' as before, b.after, b.program
        from ({events.BATCH}) b
        where b.id <= coalesce((select max(batch_id) from (select batch_id from events
            where id < :before and batch_id is not null order by id desc limit 1)), 0)
          and {BATCH_SEEN}
          and {_filters("b.kind", "b.who", "b.source", "b.at")}
          and (:post = '' or b.id in (select e.batch_id from events e
            where e.comment_id is null and e.post_id = (select id from posts where slug = :post)))
        order by b.id desc limit :limit
      )
      union all
      select * from (
        select e.id as key, null, e.kind, e.at, coalesce(a.name, '') as who, e.source, e.reason, 1, null, null,
          coalesce(p.slug, ''), coalesce(p.title, ''), e.comment_id, e.before, e.after, e.program
        from events e left join accounts a on a.id = e.account_id left join posts p on p.id = e.post_id
        where e.batch_id is null and e.kind not in ('submit', 'address confirmed', 'purge') and e.id < :before
          and {_filters("e.kind", "coalesce(a.name, '')", "e.source", "e.at")}
          and (:post = '' or p.slug = :post)
        order by e.id desc limit :limit
      )
    ) b order by b.key desc limit :limit
"""
