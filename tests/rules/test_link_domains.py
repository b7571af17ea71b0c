import pytest

from blog.rules import Action, History, Submission, link_domains
from tests.rules.submissions import outcome, typed


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
    assert (verdict and (verdict.action, verdict.facts["domain"])) == (name and (Action.HOLD, name))


@pytest.mark.parametrize(
    ("spam", "sentence"),
    [
        (1, "Links to shoes.example, which one comment in spam links to, and no approved one."),
        (12, "Links to shoes.example, which 12 comments in spam link to, and no approved one."),
    ],
)
def test_its_sentence_tells_the_domains_record(spam: int, sentence: str) -> None:
    assert outcome(link_domains, linking(("shoes.example", 0, spam), least=1)) == (Action.HOLD, sentence)
