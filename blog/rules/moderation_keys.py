from blog.rules import words
from blog.rules.verdict import Action, Submission, Verdict


def judge(submission: Submission) -> Verdict | None:
    """Hold what has an entry of the list (WordPress: moderation_keys, here whole words)."""
    entry = words.found(submission.policy.moderation_keys, submission)
    return Verdict(Action.HOLD, "moderation_keys", f"“{entry}” is a moderated word.") if entry else None
