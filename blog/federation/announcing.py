"""From a post that was published or changed to what other sites are told of it."""

from sqlite_utils import Database

from blog.federation import own_addresses, sent
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
        if sends:
            base = own_addresses.url_of(settings, row)
            linked = sent.links(row["body_html"], settings, base) if row["digest"] else []
            sent.announce(db, row["id"], linked, at=at)
    return len(rows)
