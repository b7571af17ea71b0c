from blog.rules.verdict import Action, Facts, Submission, Verdict
from blog.wording import N_, gettext

SENTENCES = {
    "mail": N_("Came by mail, and our mail server does not say that its sender is genuine."),
    "missing": N_("Sent by a script, not from the form."),
    "forged": N_("Sent with a forged form, or with the form of another post."),
}


def judge(submission: Submission) -> Verdict | None:
    """Hold what did not come from this post's own form, or by mail of a genuine sender.

    The stamp's age says nothing: pages are cached.
    """
    if submission.stamp == "valid":
        return None
    stamp = submission.stamp if submission.stamp in SENTENCES else "forged"
    return Verdict(Action.HOLD, "no_form", {"stamp": stamp})


def sentence(facts: Facts) -> str:
    return gettext(SENTENCES[facts["stamp"]])
