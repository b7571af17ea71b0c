from blog.rules.verdict import Action, Submission, Verdict
from blog.text import visible


def judge(submission: Submission) -> Verdict | None:
    """Hold a visitor whose name looks like one of this site, or who uses an email of it (WordPress ticket 10931)."""
    if submission.history.staff_email:
        return Verdict(Action.HOLD, "owner_name", "Uses the email of somebody of this site, without being signed in.")
    if name := submission.history.resembled_name:
        signed = visible(submission.author)
        alike = "" if signed.casefold() == name.casefold() else f" which looks like “{name}”,"
        return Verdict(
            Action.HOLD, "owner_name", f"Signs as “{signed}”,{alike} a name of this site, without being signed in."
        )
    return None
