from blog.rules.verdict import Action, Facts, Submission, Verdict
from blog.wording import gettext, ngettext, number


def judge(submission: Submission) -> Verdict | None:
    """Hold mentions by a host that has too few approved ones, and all by a host where many people have their sites."""
    if not submission.mention:
        return None
    needed, approved = submission.policy.comment_approvals_needed, submission.history.approved
    if submission.shared:
        return Verdict(Action.HOLD, "mention_host", {"host": submission.mention, "shared": True})
    if approved >= needed:
        return None
    return Verdict(Action.HOLD, "mention_host", {"host": submission.mention, "approved": approved, "needed": needed})


def sentence(facts: Facts) -> str:
    host = facts["host"]
    if facts.get("shared"):
        return gettext("A mention by {host}, where many people have their sites.", host=host)
    if not facts["approved"]:
        return gettext("No mention by {host} was approved before.", host=host)
    return ngettext(
        "One mention by {host} was approved before; {needed} are needed.",
        "{n} mentions by {host} were approved before; {needed} are needed.",
        facts["approved"],
        host=host,
        needed=number(facts["needed"]),
    )
