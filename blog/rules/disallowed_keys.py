from blog.rules import words
from blog.rules.verdict import Action, Submission, Verdict


def judge(submission: Submission) -> Verdict | None:
    """Put into the trash what has an entry of the list (WordPress: disallowed_keys, here whole words)."""
    entry = words.found(submission.policy.disallowed_keys, submission)
    return Verdict(Action.TRASH, "disallowed_keys", f"“{entry}” is on the list for the trash.") if entry else None
