from blog.rules.verdict import Action, Facts, Submission, Verdict
from blog.wording import gettext


def judge(submission: Submission) -> Verdict | None:
    """Hold everything in a discussion that is switched to `moderated`."""
    return Verdict(Action.HOLD, "discussion_moderated") if submission.mode == "moderated" else None


def sentence(facts: Facts) -> str:
    return gettext("Every comment in this discussion is held.")
