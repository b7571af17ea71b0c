from blog.rules.verdict import Action, Facts, Submission, Verdict

SENTENCES = {
    "reader": "This browser is banned.",
    "email": "This email is banned.",
    "network": "This network is banned.",
    "domain": "This link's domain is banned.",
}


def judge(submission: Submission) -> Verdict | None:
    """Put into the trash what comes from a browser, email, network or domain that a moderator banned."""
    banned = submission.history.banned
    return Verdict(Action.TRASH, "banned", {"kind": banned}) if banned else None


def sentence(facts: Facts) -> str:
    return SENTENCES[facts["kind"]]
