from blog.rules.verdict import Action, Facts, Submission, Verdict
from blog.wording import gettext, ngettext, number


def judge(submission: Submission) -> Verdict | None:
    """Hold who has too few approved comments (WordPress: comment_previously_approved, by reader and not by email).

    How many are enough is `comment_approvals_needed`, one by default.
    """
    needed, approved = submission.policy.comment_approvals_needed, submission.history.approved
    if submission.mention:  # mention_host asks about it
        return None
    if not submission.policy.comment_previously_approved or approved >= needed:
        return None
    return Verdict(Action.HOLD, "comment_previously_approved", {"approved": approved, "needed": needed})


def sentence(facts: Facts) -> str:
    approved, needed = facts["approved"], facts["needed"]
    if needed == 1:
        return gettext("No comment from this browser or account was approved before.")
    if not approved:
        return gettext(
            "No comment from this browser or account was approved before; {needed} are needed.", needed=number(needed)
        )
    return ngettext(
        "One comment from this browser or account was approved before; {needed} are needed.",
        "{n} comments from this browser or account were approved before; {needed} are needed.",
        approved,
        needed=number(needed),
    )
