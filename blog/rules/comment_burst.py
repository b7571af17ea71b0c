from blog.rules.verdict import Action, Facts, Submission, Verdict
from blog.wording import number

TIMES = 5  # more than usual


def judge(submission: Submission) -> Verdict | None:
    """Hold all on a post that got `comment_burst` comments in ten minutes, if that is five times as many as usual."""
    limit, history = submission.policy.comment_burst, submission.history
    if limit and history.arrivals >= limit and history.arrivals >= TIMES * history.usual:
        return Verdict(Action.HOLD, "comment_burst", {"arrivals": history.arrivals, "usual": history.usual})
    return None


def sentence(facts: Facts) -> str:
    arrivals, usual = number(facts["arrivals"]), facts["usual"]
    if usual <= 0.5:
        return f"{arrivals} comments arrived on this post within ten minutes; usually there are hardly any."
    return f"{arrivals} comments arrived on this post within ten minutes; about {number(round(usual))} are usual."
