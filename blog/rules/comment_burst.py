from blog.rules.verdict import Action, Submission, Verdict

TIMES = 5  # more than usual


def judge(submission: Submission) -> Verdict | None:
    """Hold all on a post where `comment_burst` came in ten minutes, and that is five times as many as usual there."""
    least, history = submission.policy.comment_burst, submission.history
    if least and history.arrivals >= least and history.arrivals >= TIMES * history.usual:
        usual = f"{history.usual:,.0f}" if history.usual > 0.5 else "hardly any"
        return Verdict(
            Action.HOLD,
            "comment_burst",
            f"{history.arrivals:,} comments came here within ten minutes, where {usual} are usual.",
        )
    return None
