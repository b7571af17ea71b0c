from blog.rules import words
from blog.rules.verdict import Action, Facts, Submission, Verdict
from blog.wording import gettext


def judge(submission: Submission) -> Verdict | None:
    """Hold what has an entry of the list (WordPress: moderation_keys, here whole words)."""
    entry = words.first_match(submission.policy.moderation_keys, submission)
    return Verdict(Action.HOLD, "moderation_keys", {"entry": entry}) if entry else None


def sentence(facts: Facts) -> str:
    return gettext("“{entry}” is a moderated word.", entry=facts["entry"])
