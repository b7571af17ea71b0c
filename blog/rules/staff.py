from blog.rules.verdict import Action, Submission, Verdict


def judge(submission: Submission) -> Verdict | None:
    """Publish what a signed-in person of this site writes (WordPress: moderate_comments)."""
    if submission.staff:
        return Verdict(Action.ALLOW, "staff", "Written by a signed-in person of this site.")
    return None
