from blog.rules.verdict import Action, Facts, Submission, Verdict
from blog.wording import gettext


def judge(submission: Submission) -> Verdict | None:
    """Publish what comes from a browser that a moderator trusts, whatever its links and history."""
    return Verdict(Action.ALLOW, "trusted") if submission.history.trusted else None


def sentence(facts: Facts) -> str:
    return gettext("A moderator trusts this browser.")
