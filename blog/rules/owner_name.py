from blog.rules.verdict import Action, Submission, Verdict


def judge(submission: Submission) -> Verdict | None:
    """Hold a visitor who signs as somebody of this site (WordPress ticket 10931)."""
    if submission.history.staff_email:
        return Verdict(Action.HOLD, "owner_name", "Uses the email of somebody of this site, without being signed in.")
    if submission.history.staff_name:
        return Verdict(
            Action.HOLD,
            "owner_name",
            f"Signs as “{submission.author}”, a name of this site, without being signed in.",
        )
    return None
