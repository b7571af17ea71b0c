from blog.rules.verdict import Action, Facts, Submission, Verdict
from blog.wording import gettext


def judge(submission: Submission) -> Verdict | None:
    """Hold what comes from a browser, email, network or domain whose comments a moderator wants to see first."""
    held = submission.history.held
    return Verdict(Action.HOLD, "held", {"kind": held}) if held else None


def sentence(facts: Facts) -> str:
    match facts["kind"]:
        case "reader":
            return gettext("A moderator wants to see every comment of this browser first.")
        case "email":
            return gettext("A moderator wants to see every comment with this email first.")
        case "network":
            return gettext("A moderator wants to see every comment of this network first.")
        case _:
            return gettext("A moderator wants to see every comment that links to this domain first.")
