"""From a post that was published or changed to what other sites are told of it."""

from sqlite_utils import Database

from blog.federation import own_addresses, sent, webhook_events, websub
from blog.posts import announced
from blog.rules import policy
from blog.settings import Settings

AT_ONCE = 25  # posts of one transaction


def announce(db: Database, settings: Settings, *, at: str) -> int:
    """Put into the outbox what is to be told of posts that were published, changed or withdrawn; return how many."""
    rows = announced.changed(db, at=at, most=AT_ONCE)
    sends = policy.load(db).default_pingback_flag and bool(settings.url)
    for row in rows:
        announced.mark(db, row["id"], row["digest"])
        if row["digest"] and not row["was_known"]:
            webhook_events.announce(db, row["id"], row["digest"], at=at)
        if sends:
            base = own_addresses.url_of(settings, row)
            linked = sent.links(row["body_html"], settings, base) if row["digest"] else []
            sent.announce(db, row["id"], linked, at=at)
    if rows and settings.url and settings.websub_hub:
        websub.announce(db, at=at)
    return len(rows)
