from blog.rules.verdict import Action, Facts, Submission, Verdict
from blog.wording import ngettext


def judge(submission: Submission) -> Verdict | None:
    """Hold a link to a domain that was in `link_domain_spam` comments in spam, and in none that was approved."""
    limit = submission.policy.link_domain_spam
    for domain, approved, spam in submission.history.domains:
        if limit and spam >= limit and not approved:
            return Verdict(Action.HOLD, "link_domains", {"domain": domain, "spam": spam})
    return None


def sentence(facts: Facts) -> str:
    return ngettext(
        "Links to {domain}, which one comment in spam links to, and no approved one.",
        "Links to {domain}, which {n} comments in spam link to, and no approved one.",
        facts["spam"],
        domain=facts["domain"],
    )
