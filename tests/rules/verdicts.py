"""Every verdict with its sentence, as a page of the docs; `python -m tests.rules.verdicts` generates it."""

import inspect
import sys
from pathlib import Path

from blog.rules import NAMES, RULES, Action, History, Submission
from blog.rules.policy import Policy

PAGE = Path(__file__).parents[2] / "docs" / "verdicts.md"
# For each rule one submission that makes it speak, for the sentence that the docs quote.
SPEAKS = {
    "staff": [Submission(staff=True)],
    "banned": [Submission(history=History(banned="email"))],
    "held": [Submission(history=History(held="email"))],
    "mention_host": [
        Submission(mention="alice.example"),
        Submission(mention="alice.github.io", shared=True, history=History(approved=9)),
    ],
    "trusted": [Submission(history=History(trusted=True))],
    "disallowed_keys": [Submission(text="casino", policy=Policy(disallowed_keys="casino"))],
    "honeypot": [Submission(honeypot=True)],
    "learned": [
        Submission(history=History(score=0.97, weighed=("casino", "free money")), policy=Policy(filter_mode="spam"))
    ],
    "no_form": [Submission(stamp="missing"), Submission(stamp="forged"), Submission(stamp="mail")],
    "discussion_moderated": [Submission(mode="moderated")],
    "comment_moderation": [Submission(policy=Policy(comment_moderation=True))],
    "owner_name": [
        Submission(author="Ana", history=History(resembled_name="Ana")),
        Submission(author="Αna", history=History(resembled_name="Ana")),
        Submission(history=History(staff_email=True)),
    ],
    "moderation_keys": [Submission(text="casino", policy=Policy(moderation_keys="casino"))],
    "comment_max_links": [Submission(links=2)],
    "link_domains": [Submission(history=History(domains=(("shoes.example", 0, 3),)))],
    "near_duplicates": [Submission(history=History(alike=2))],
    "comment_previously_approved": [Submission()],
    "comment_burst": [Submission(history=History(approved=1, arrivals=120, usual=3.0))],
}
# Further sentences of a rule, with other numbers.
ALSO = {
    "banned": [Submission(history=History(banned=kind)) for kind in ("network", "reader", "domain")],
    "held": [Submission(history=History(held=kind)) for kind in ("network", "reader", "domain")],
    "comment_max_links": [Submission(links=1, policy=Policy(comment_max_links=1)), Submission(links=41)],
    "comment_previously_approved": [
        Submission(history=History(approved=1), policy=Policy(comment_approvals_needed=3)),
        Submission(history=History(approved=2), policy=Policy(comment_approvals_needed=3)),
    ],
    "comment_burst": [Submission(history=History(approved=1, arrivals=104))],
    "mention_host": [
        Submission(mention="alice.example", history=History(approved=1), policy=Policy(comment_approvals_needed=2))
    ],
    "link_domains": [
        Submission(history=History(domains=(("shoes.example", 0, 1),)), policy=Policy(link_domain_spam=1))
    ],
    "near_duplicates": [Submission(history=History(alike=1), policy=Policy(near_duplicates=1))],
}
DOES = {
    Action.ALLOW: "published at once",
    Action.HOLD: "waits for a moderator; its writer sees it, marked as waiting",
    Action.SPAM: "goes to spam; its writer sees it as waiting",
    Action.TRASH: "goes to the trash; its writer sees it as waiting",
}


def page() -> str:
    lines = [
        "# Verdicts",
        "",
        "Every sentence that a rule can give for a comment, in the order of the rules; the first rule with an opinion",
        "decides. The comment keeps the facts, such as the number of links; the sentence is made when it is shown, on",
        "the desk, by `blog why` and by `blog queue`. [How each rule works](moderating.md#the-rules) has its own page.",
        "To make this page from the rules: `python -m tests.rules.verdicts`.",
        "",
        "| rule | the comment | sentences, with numbers and words as an example |",
        "|---|---|---|",
    ]
    for name, rule in zip(NAMES, RULES, strict=True):
        verdicts = [rule.judge(submission) for submission in (*SPEAKS[name], *ALSO.get(name, ()))]
        said = "<br>".join(rule.sentence(verdict.facts) for verdict in verdicts if verdict)
        done = {DOES[verdict.action] for verdict in verdicts if verdict}
        lines.append(f"| `{name}` | {', '.join(sorted(done))} | {said} |")
    lines += ["| none | published at once | No rule objected. |", "", "## What each rule does", ""]
    for name, rule in zip(NAMES, RULES, strict=True):
        told = " ".join((inspect.getdoc(rule.judge) or "").split())
        lines.append(f"- `{name}`: {told}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    sys.stdout.write(f"{PAGE}\n")
