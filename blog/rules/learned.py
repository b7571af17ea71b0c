from blog.rules.verdict import Action, Submission, Verdict


def judge(submission: Submission) -> Verdict | None:
    """Put aside or hold what the learning filter takes for spam, as far as `filter_mode` lets it.

    Of a browser that a moderator trusts it is given no score, and while it only advises it says nothing.
    """
    history, policy = submission.history, submission.policy
    if history.score is None:
        return None
    percent = history.score * 100
    if policy.filter_mode == "spam" and percent >= policy.filter_spam_at:
        return Verdict(Action.SPAM, "learned", _sentence(history.score, history.weighed))
    if policy.filter_mode in ("hold", "spam") and percent >= policy.filter_hold_at:
        return Verdict(Action.HOLD, "learned", _sentence(history.score, history.weighed))
    return None


def _sentence(score: float, weighed: tuple[str, ...]) -> str:
    """Name the score, never as a certainty, and the words that weighed."""
    told = f" Main signals: {', '.join(_quoted(word) for word in weighed)}." if weighed else ""
    return f"The filter, which learns from decisions here, says {min(int(score * 100), 99)} % spam.{told}"


def _quoted(word: str) -> str:
    return word if "“" in word else f"“{word}”"
