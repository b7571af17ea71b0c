from blog.rules.verdict import Action, Submission, Verdict


def judge(submission: Submission) -> Verdict | None:
    """Hold who has too few approved comments (WordPress: comment_previously_approved, by reader and not by email).

    How many are enough is `comment_approvals_needed`, one by default.
    """
    needed, approved = submission.policy.comment_approvals_needed, submission.history.approved
    if not submission.policy.comment_previously_approved or approved >= needed:
        return None
    had = "No comment" if not approved else "One comment" if approved == 1 else f"{approved:,} comments"
    wanted = "" if needed == 1 else f", {needed:,} are wanted"
    return Verdict(
        Action.HOLD,
        "comment_previously_approved",
        f"{had} from this browser or account {'were' if approved > 1 else 'was'} approved before{wanted}.",
    )
