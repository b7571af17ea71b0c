from blog.rules.verdict import Action, Facts, Submission, Verdict
from blog.wording import gettext


def judge(submission: Submission) -> Verdict | None:
    """Mark as spam when the form's hidden field, which people do not see, was filled in."""
    return Verdict(Action.SPAM, "honeypot") if submission.honeypot else None


def sentence(facts: Facts) -> str:
    return gettext("Filled in the form's hidden field, which people do not see.")
