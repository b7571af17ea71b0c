import re

from blog.rules.verdict import Action, Submission, Verdict

RAW_LINK = re.compile(r"href\s*=", re.IGNORECASE)


def judge(submission: Submission) -> Verdict | None:
    """Hold at `comment_max_links` links (WordPress: 2).

    The larger of the links that the rendered text has and the `href=` that the raw text has: a spammer's HTML
    is shown as text here, and tells what it was.
    """
    most = submission.policy.comment_max_links
    links = max(submission.links, len(RAW_LINK.findall(submission.text)))
    if most and links >= most:
        return Verdict(Action.HOLD, "comment_max_links", f"{_counted(links)}, {most:,} or more are held.")
    return None


def _counted(links: int) -> str:
    return "One link" if links == 1 else f"{links:,} links"
