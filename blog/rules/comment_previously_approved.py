from blog.rules.verdict import Action, Submission, Verdict


def judge(submission: Submission) -> Verdict | None:
    """Hold who has no approved comment yet (WordPress: comment_previously_approved, by reader and not by email)."""
    if submission.policy.comment_previously_approved and not submission.history.approved:
        return Verdict(
            Action.HOLD,
            "comment_previously_approved",
            "No comment from this browser or account was approved before.",
        )
    return None
