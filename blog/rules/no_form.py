from blog.rules.verdict import Action, Submission, Verdict


def judge(submission: Submission) -> Verdict | None:
    """Hold what did not come from this post's own form. The stamp's age says nothing: pages are cached."""
    if submission.stamp == "missing":
        return Verdict(Action.HOLD, "no_form", "Sent by a script, not from the form.")
    if submission.stamp != "valid":
        return Verdict(Action.HOLD, "no_form", "Sent with a forged form, or with the form of another post.")
    return None
