import re

from blog.rules.verdict import Action, Facts, Submission, Verdict
from blog.wording import ngettext, number

RAW_LINK = re.compile(r"href\s*=", re.IGNORECASE)


def judge(submission: Submission) -> Verdict | None:
    """Hold at `comment_max_links` links (WordPress: 2).

    The larger of two numbers counts: the links of the rendered text, and the `href=` of the raw text, since HTML is
    shown as text here.
    """
    limit = submission.policy.comment_max_links
    links = max(submission.links, len(RAW_LINK.findall(submission.text)))
    return Verdict(Action.HOLD, "comment_max_links", {"links": links, "limit": limit}) if 0 < limit <= links else None


def sentence(facts: Facts) -> str:
    return ngettext(
        "One link; {limit} or more are held.",
        "{n} links; {limit} or more are held.",
        facts["links"],
        limit=number(facts["limit"]),
    )
