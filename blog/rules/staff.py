from blog.rules.verdict import Action, Facts, Submission, Verdict
from blog.wording import gettext


def judge(submission: Submission) -> Verdict | None:
    """Publish what a signed-in person of this site writes (WordPress: moderate_comments)."""
    return Verdict(Action.ALLOW, "staff") if submission.staff else None


def sentence(facts: Facts) -> str:
    return gettext("Written by a signed-in person of this site.")
