from blog.rules.signals import phrase
from blog.rules.verdict import Action, Facts, Submission, Verdict
from blog.wording import gettext, listed, number


def judge(submission: Submission) -> Verdict | None:
    """Hold or mark as spam what the learning filter scores high enough, as far as `filter_mode` allows.

    A trusted browser gets no score, and in the mode `advise` the score decides nothing.
    """
    history, policy = submission.history, submission.policy
    if history.score is None:
        return None
    percent = history.score * 100
    facts = {"percent": min(int(percent), 99), "signals": list(history.weighed)}  # a score is never a certainty
    if policy.filter_mode == "spam" and percent >= policy.filter_spam_at:
        return Verdict(Action.SPAM, "learned", facts)
    if policy.filter_mode in ("hold", "spam") and percent >= policy.filter_hold_at:
        return Verdict(Action.HOLD, "learned", facts)
    return None


def sentence(facts: Facts) -> str:
    percent, signals = facts["percent"], facts["signals"]
    if not signals:
        return gettext("The learning filter rates this {percent} % spam.", percent=number(percent))
    words = map(phrase, signals)
    quoted = listed(signal if "“" in signal else f"“{signal}”" for signal in words)
    return gettext(
        "The learning filter rates this {percent} % spam. Main signals: {signals}.",
        percent=number(percent),
        signals=quoted,
    )
