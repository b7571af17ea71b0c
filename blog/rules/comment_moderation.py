from blog.rules.verdict import Action, Facts, Submission, Verdict
from blog.wording import gettext


def judge(submission: Submission) -> Verdict | None:
    """Hold every comment while the setting is on (WordPress: comment_moderation)."""
    return Verdict(Action.HOLD, "comment_moderation") if submission.policy.comment_moderation else None


def sentence(facts: Facts) -> str:
    return gettext("Every comment on this site is held.")
