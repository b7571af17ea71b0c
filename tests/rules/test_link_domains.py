import pytest

from blog.rules import Action, History, Submission, Verdict, link_domains
from tests.rules.submissions import typed


def linking(*domains: tuple[str, int, int], least: int = 3) -> Submission:
    return typed(history=History(domains=domains), settings={"link_domain_spam": least})


@pytest.mark.parametrize(
    ("submission", "name"),
    [
        (linking(), None),
        (linking(("shoes.example", 0, 2)), None),
        (linking(("shoes.example", 0, 3)), "shoes.example"),
        (linking(("shoes.example", 1, 30)), None),
        (linking(("news.example", 9, 3), ("shoes.example", 0, 3)), "shoes.example"),
        (linking(("shoes.example", 0, 30), least=0), None),
        (linking(("shoes.example", 0, 1), least=1), "shoes.example"),
    ],
)
def test_a_domain_that_was_only_ever_spam_is_held(submission: Submission, name: str | None) -> None:
    verdict = link_domains.judge(submission)
    assert (verdict and (verdict.action, verdict.rule)) == (name and (Action.HOLD, "link_domains"))
    assert name is None or (verdict is not None and f"Links to {name}: " in verdict.reason)


def test_its_sentence_tells_the_domains_record() -> None:
    assert link_domains.judge(linking(("shoes.example", 0, 1), least=1)) == Verdict(
        Action.HOLD, "link_domains", "Links to shoes.example: it was in one comment in spam, and in none approved."
    )
    assert link_domains.judge(linking(("shoes.example", 0, 12))) == Verdict(
        Action.HOLD, "link_domains", "Links to shoes.example: it was in 12 comments in spam, and in none approved."
    )
