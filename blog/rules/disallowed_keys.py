from blog.rules import words
from blog.rules.verdict import Action, Facts, Submission, Verdict
from blog.wording import gettext


def judge(submission: Submission) -> Verdict | None:
    """Put into the trash what has an entry of the list (WordPress: disallowed_keys, here whole words)."""
    entry = words.first_match(submission.policy.disallowed_keys, submission)
    return Verdict(Action.TRASH, "disallowed_keys", {"entry": entry}) if entry else None


def sentence(facts: Facts) -> str:
    return gettext("“{entry}” is a disallowed word.", entry=facts["entry"])
