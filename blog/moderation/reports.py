"""Reports by readers: they show in the queue with their number, and hold a comment only where the site sets a limit."""

from sqlite_utils import Database

from blog import posts
from blog.comments import marks
from blog.comments.marks import Mark
from blog.journal.events import Actor
from blog.moderation import decisions
from blog.moderation.decisions import Decision, Ruling
from blog.rules import policy as policies
from blog.wording import ngettext


def report(db: Database, slug: str, comment: int, given: Mark) -> None:
    """Store a report; at the limit of the setting `comment_reports` the comment waits for a moderator again."""
    post = posts.find(db, slug, at=given.at, text=False)
    count = marks.mark(db, post["id"], comment, given)
    limit = policies.from_json(post["policy"]).comment_reports
    if limit and count == limit:
        reason = ngettext("Reported by one reader.", "Reported by {n} readers.", count)
        decisions.decide(db, [comment], Ruling(Decision.UNAPPROVE, reason), by=Actor(given.at, None, "rule"))


def reported(db: Database, *, most: int = 50) -> list[int]:
    """Return the public comments that readers reported, those with the most reports first."""
    rows = db.conn.execute(
        """
        select id from comments where reports > 0 and status = 'approved' order by reports desc, id desc limit 1 * ?
        """,
        [most],
    )
    return [number for (number,) in rows.fetchall()]
