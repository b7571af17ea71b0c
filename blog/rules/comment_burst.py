from blog.rules.verdict import Action, Facts, Submission, Verdict
from blog.wording import ngettext, number

TIMES = 5  # more than usual


def judge(submission: Submission) -> Verdict | None:
    """Hold all on a post that got `comment_burst` comments in ten minutes, if that is five times as many as usual."""
    limit, history = submission.policy.comment_burst, submission.history
    if limit and history.arrivals >= limit and history.arrivals >= TIMES * history.usual:
        return Verdict(Action.HOLD, "comment_burst", {"arrivals": history.arrivals, "usual": history.usual})
    return None


def sentence(facts: Facts) -> str:
    if facts["usual"] <= 0.5:
        return ngettext(
            "{n} comment arrived on this post within ten minutes; usually there are hardly any.",
            "{n} comments arrived on this post within ten minutes; usually there are hardly any.",
            facts["arrivals"],
        )
    return ngettext(
        "{n} comment arrived on this post within ten minutes; about {usual} are usual.",
        "{n} comments arrived on this post within ten minutes; about {usual} are usual.",
        facts["arrivals"],
        usual=number(round(facts["usual"])),
    )
