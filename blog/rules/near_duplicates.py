from blog.rules.verdict import Action, Facts, Submission, Verdict
from blog.wording import ngettext


def judge(submission: Submission) -> Verdict | None:
    """Hold at `near_duplicates` texts that others sent within a month and that are the same but for a few words.

    blog/comments/near_duplicates.py decides which texts those are.
    """
    limit, alike = submission.policy.near_duplicates, submission.history.alike
    return Verdict(Action.HOLD, "near_duplicates", {"alike": alike}) if 0 < limit <= alike else None


def sentence(facts: Facts) -> str:
    return ngettext(
        "Others sent nearly the same text once within a month.",
        "Others sent nearly the same text {n} times within a month.",
        facts["alike"],
    )
