from blog.rules.verdict import Action, Facts, Submission, Verdict
from blog.wording import N_, gettext

SENTENCES = {
    "missing": N_("Sent by a script, not from the form."),
    "forged": N_("Sent with a forged form, or with the form of another post."),
}


def judge(submission: Submission) -> Verdict | None:
    """Hold what did not come from this post's own form. The stamp's age says nothing: pages are cached."""
    if submission.stamp == "valid":
        return None
    return Verdict(Action.HOLD, "no_form", {"stamp": "missing" if submission.stamp == "missing" else "forged"})


def sentence(facts: Facts) -> str:
    return gettext(SENTENCES[facts["stamp"]])
