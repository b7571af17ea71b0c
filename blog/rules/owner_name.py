from blog.rules.verdict import Action, Facts, Submission, Verdict
from blog.text import visible
from blog.wording import gettext


def judge(submission: Submission) -> Verdict | None:
    """Hold a visitor whose name looks like one of this site, or who uses an email of it (WordPress ticket 10931)."""
    if submission.history.staff_email:
        return Verdict(Action.HOLD, "owner_name", {"email": True})
    if name := submission.history.resembled_name:
        return Verdict(Action.HOLD, "owner_name", {"signed": visible(submission.author), "name": name})
    return None


def sentence(facts: Facts) -> str:
    if facts.get("email"):
        return gettext("Uses the email of somebody of this site, without being signed in.")
    signed, name = facts["signed"], facts["name"]
    if signed.casefold() == name.casefold():
        return gettext("Signs as “{signed}”, a name of this site, without being signed in.", signed=signed)
    return gettext(
        "Signs as “{signed}”, which looks like “{name}”, a name of this site, without being signed in.",
        signed=signed,
        name=name,
    )
