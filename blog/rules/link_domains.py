from blog.rules.verdict import Action, Submission, Verdict


def judge(submission: Submission) -> Verdict | None:
    """Hold a link to a domain that was in `link_domain_spam` comments in spam, and in none that was approved."""
    least = submission.policy.link_domain_spam
    for name, approved, spam in submission.history.domains:
        if least and spam >= least and not approved:
            times = "one comment" if spam == 1 else f"{spam:,} comments"
            return Verdict(
                Action.HOLD, "link_domains", f"Links to {name}: it was in {times} in spam, and in none approved."
            )
    return None
