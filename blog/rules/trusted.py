from blog.rules.verdict import Action, Submission, Verdict


def judge(submission: Submission) -> Verdict | None:
    """Publish what comes from a browser that a moderator trusts, whatever its links and history."""
    if submission.history.trusted:
        return Verdict(Action.ALLOW, "trusted", "A moderator trusts this browser.")
    return None
