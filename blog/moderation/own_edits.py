"""Writers change their own comments: one that waits at once, a public one by a proposal, an unpublished one again."""

from typing import Literal

from sqlite_utils import Database

from blog.comments import Draft
from blog.errors import Conflict
from blog.journal.events import Actor
from blog.moderation import edits, proposals
from blog.moderation.decisions import Decision, Ruling, decide
from blog.moderation.own_comments import OwnComment
from blog.wording import gettext

Done = Literal["changed", "proposed", "sent-again"]


def change(db: Database, own: OwnComment, draft: Draft, *, revision: int | None, by: Actor) -> Done:
    """Change a comment as far as its standing allows; return what came of it.

    `revision` is what the form showed. Raises Conflict when somebody changed the comment since, Invalid for a bad text.
    """
    if not own.can_edit:
        raise Conflict(gettext("This comment cannot be changed any more."))
    if revision is not None and revision != own.row["version"]:
        raise Conflict(
            gettext("This comment was changed since you opened it. Your text is still here; send it once more.")
        )
    if own.standing == "public":
        proposals.propose(db, own, draft, at=by.at)
        return "proposed"
    edits.revise(db, own.row["id"], draft, by=by)
    if own.standing in ("waiting", "unconfirmed"):
        return "changed"
    decide(db, [own.row["id"]], Ruling(Decision.UNAPPROVE), by=by)
    return "sent-again"
