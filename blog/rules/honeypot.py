from blog.rules.verdict import Action, Submission, Verdict


def judge(submission: Submission) -> Verdict | None:
    """Call it spam when the field that people do not see was filled."""
    if submission.honeypot:
        return Verdict(Action.SPAM, "honeypot", "Filled the field that people do not see.")
    return None
