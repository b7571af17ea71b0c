from blog.rules.verdict import Action, Submission, Verdict


def judge(submission: Submission) -> Verdict | None:
    """Hold at `near_duplicates` texts that others sent within a month and that are the same but for a few words.

    Which texts those are: blog/comments/near_duplicates.py.
    """
    least, alike = submission.policy.near_duplicates, submission.history.alike
    if least and alike >= least:
        sent = "somebody else sent it" if alike == 1 else f"{alike:,} others were sent"
        return Verdict(Action.HOLD, "near_duplicates", f"Nearly the same text: {sent} within a month.")
    return None
