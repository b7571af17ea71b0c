from blog.rules.verdict import Action, Submission, Verdict


def judge(submission: Submission) -> Verdict | None:
    """Hold everything in a discussion that is switched to `moderated`."""
    if submission.mode == "moderated":
        return Verdict(Action.HOLD, "discussion_moderated", "Every comment in this discussion is held.")
    return None
