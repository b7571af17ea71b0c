"""Reading the journal: the whole log, narrowed by who, what, from where, when, and by its subject."""

import json
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from blog.errors import Invalid
from blog.journal import events

PAGE = 50
KINDS = {
    "decisions": ("approve", "unapprove", "spam", "trash", "restore", "delete"),
    "edits": ("edit", "answer", "move", "lock"),
    "senders": ("ban", "trust"),
    "switches": ("close", "open", "follow"),
    "imports": ("import",),
    "filter": ("learn",),
    "undo": ("undo",),
    "settings": ("setting",),
    "accounts": (
        *("account added", "account removed", "role changed", "password changed", "passkey added", "passkey removed"),
        *("recovery codes made", "recovery code used", "signed in", "signed out", "session ended", "sign-ins slowed"),
    ),
}
SOURCES = ("web", "command", "import", "rule")


@dataclass(frozen=True)
class Wanted:
    """What of the log: `who` is an account's name, `kind` and `source` are of the lists above, `post` is a slug.

    `since` and `until` are moments; `post` narrows to what happened to that post and its discussion as a whole.
    """

    who: str = ""
    kind: str = ""
    source: str = ""
    post: str = ""
    since: str = ""
    until: str = ""

    def checked(self) -> "Wanted":
        """Raise Invalid with a sentence for a kind or a source that there is not."""
        for name, value, known in (("kind", self.kind, tuple(KINDS)), ("source", self.source, SOURCES)):
            if value and value not in known:
                raise Invalid({name: f"There is no {name} {value!r} in the log; there are {', '.join(known)}."})
        return self


def log(
    db: Database, wanted: Wanted | None = None, *, limit: int = PAGE, before: int | None = None
) -> list[dict[str, Any]]:
    """Return acts and lone events, newest first; `before` is the `key` of the last one on the page before.

    The key is the id of an act's first event: all of them stand in one order, that in which they were written.
    """
    wanted = (wanted or Wanted()).checked()
    rows = db.query(
        f"""
        select b.*, {events.UNDID} as undid from (
          select * from (
            select b.key, b.id as batch, b.kind, b.at, b.who, b.source, b.reason, b.moved, b.reverses, b.undone_by,
              b.post, b.title, b.comment, '' as before, b.after
            from ({events.BATCH}) b
            where b.id <= coalesce((select max(batch_id) from (select batch_id from events
                where id < :before and batch_id is not null order by id desc limit 1)), 0)
              and {_narrowed("b.kind", "b.who", "b.source", "b.at")}
              and (:post = '' or b.id in (select e.batch_id from events e
                where e.comment_id is null and e.post_id = (select id from posts where slug = :post)))
            order by b.id desc limit :limit
          )
          union all
          select * from (
            select e.id as key, null, e.kind, e.at, coalesce(a.name, '') as who, e.source, e.reason, 1, null, null,
              coalesce(p.slug, ''), coalesce(p.title, ''), e.comment_id, e.before, e.after
            from events e left join accounts a on a.id = e.account_id left join posts p on p.id = e.post_id
            where e.batch_id is null and e.kind not in ('submit', 'purge') and e.id < :before
              and {_narrowed("e.kind", "coalesce(a.name, '')", "e.source", "e.at")}
              and (:post = '' or p.slug = :post)
            order by e.id desc limit :limit
          )
        ) b order by b.key desc limit :limit
        """,
        {
            "before": before if before is not None else 1 << 62,
            "limit": limit,
            "who": wanted.who,
            "kinds": json.dumps(KINDS.get(wanted.kind, [])),
            "source": wanted.source,
            "post": wanted.post,
            "since": wanted.since,
            "until": wanted.until or "9999",
        },
    )
    return list(rows)


def _narrowed(kind: str, who: str, source: str, at: str) -> str:
    return f"""(:kinds = '[]' or {kind} in (select value from json_each(:kinds)))
              and (:who = '' or {who} = :who collate nocase)
              and (:source = '' or {source} = :source) and {at} >= :since and {at} < :until"""
