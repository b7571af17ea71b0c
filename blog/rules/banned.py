from blog.rules.verdict import Action, Facts, Submission, Verdict
from blog.wording import N_, gettext

SENTENCES = {
    "reader": N_("This browser is banned."),
    "email": N_("This email is banned."),
    "network": N_("This network is banned."),
    "domain": N_("This link's domain is banned."),
}


def judge(submission: Submission) -> Verdict | None:
    """Put into the trash what comes from a browser, email, network or domain that a moderator banned."""
    banned = submission.history.banned
    return Verdict(Action.TRASH, "banned", {"kind": banned}) if banned else None


def sentence(facts: Facts) -> str:
    return gettext(SENTENCES[facts["kind"]])
