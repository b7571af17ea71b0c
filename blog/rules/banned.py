from blog.rules.verdict import Action, Submission, Verdict


def judge(submission: Submission) -> Verdict | None:
    """Put into the trash what comes from a browser, email, network or domain that a moderator banned."""
    if submission.history.banned:
        what = submission.history.banned
        return Verdict(Action.TRASH, "banned", f"{what[:1].upper()}{what[1:]} is banned.")
    return None
