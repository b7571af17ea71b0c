"""What is typed into the desk's search: which part is an operator, and what it finds."""

import pytest
from sqlite_utils import Database

from blog import moderation
from blog.comments import search
from blog.moderation import Selection, hits, operators
from blog.moderation.operators import parse
from tests import factories
from tests.factories import submit


@pytest.mark.parametrize(
    ("typed", "words", "values"),
    [
        ("bread", "bread", {}),
        ("from:ana bread", "bread", {"name": "ana"}),
        ('sour from:"Ana Sol" bread', "sour bread", {"name": "Ana Sol"}),
        ("from:“Ana Sol”", "", {"name": "Ana Sol"}),
        ("FROM:Ana", "", {"name": "Ana"}),
        ("email:ana@example.org ip:198.51.100.7", "", {"email": "ana@example.org", "ip": "198.51.100.7"}),
        ("ip:2001:db8::1", "", {"ip": "2001:db8::1"}),
        ("post:on-bread rule:comment_max_links", "", {"post": "on-bread", "rule": "comment_max_links"}),
        ("domain:example.org", "", {"domain": "example.org"}),
        ("before:2026-05-02", "", {"before": "2026-05-02T00:00:00.000Z"}),
        ("before:2026-05", "", {"before": "2026-05-01T00:00:00.000Z"}),
        ("before:2026", "", {"before": "2026-01-01T00:00:00.000Z"}),
        ("before:yesterday", "before:yesterday", {}),
        ("batch:12", "", {"batch": "12"}),
        ("batch:last", "batch:last", {}),
        ("from:ana from:ida", "", {"name": "ida"}),
        ("from: ana", "from: ana", {}),
        ("from:", "from:", {}),
        ('from:""', 'from:""', {}),
        ("color:red", "color:red", {}),
        ("https://example.org/a", "https://example.org/a", {}),
        ("see-from:ana", "see-from:ana", {}),
    ],
)
def test_what_is_typed_is_words_and_operators(typed: str, words: str, values: dict[str, str]) -> None:
    assert (parse(typed).words, parse(typed).values) == (words, values)


@pytest.fixture(params=[False, True], ids=["not indexed yet", "indexed"])
def three(db: Database, request: pytest.FixtureRequest) -> Database:
    """Comments of Ana, Ida and Ana Sol, on two posts."""
    factories.post(db)
    factories.post(db, "on-bread")
    submit(db, "Words of Ida.", 1, author="Ana", email="first@example.org")
    submit(db, "Words of Ana http://b.example/.", 2, author="Ida", email="ida@example.net", slug="on-bread")
    submit(db, "More words.", 3, author="Ana Sol", email="sol@example.net", at="2026-05-20T12:00:00.000Z")
    if request.param:
        search.feed(db)
    return db


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("words", [3, 2, 1]),
        ("from:ana", [3, 1]),
        ("from:ana words", [3, 1]),
        ('from:"ana sol"', [3]),
        ("ana", [3, 2, 1]),
        ("email:example.net", [3, 2]),
        ("email:example.net from:ida", [2]),
        ("post:on-bread", [2]),
        ("domain:b.example", [2]),
        ("rule:comment_previously_approved", [3, 2, 1]),
        ("rule:comment_max_links", []),
        ("before:2026-05-15", [2, 1]),
        ("before:2020", []),
        ("post:nowhere", []),
        ("color:words", []),
    ],
)
def test_operators_find_what_they_say(three: Database, typed: str, ids: list[int]) -> None:
    chosen = operators.narrowed(Selection("pending"), typed)
    assert [row["id"] for row in moderation.queue(three, chosen)] == ids
    assert moderation.counted(three, chosen)["matching"] == len(ids)
    assert moderation.matching(three, chosen) == len(ids)


def test_the_comments_of_a_batch_are_found_wherever_they_are_now(three: Database) -> None:
    first = factories.decide(three, [1, 2], "spam")["batch"]
    factories.decide(three, 2, "approve")
    factories.decide(three, 3, "trash")
    wanted = operators.narrowed(Selection(), f"batch:{first}")
    assert {name: found["matching"] for name, found in hits.hits(three, wanted).items()} == {
        "pending": 0,
        "approved": 1,
        "spam": 1,
        "trash": 0,
        "all": 1,
    }


def test_a_part_of_an_ip_finds_its_comments(three: Database) -> None:
    address = three.conn.execute("select ip from comments where id = 2").fetchone()[0]
    whole = operators.narrowed(Selection("pending"), f"ip:{address}")
    assert 2 in [row["id"] for row in moderation.queue(three, whole)]
    assert not moderation.queue(three, operators.narrowed(Selection("pending"), "ip:203.0.113.250"))
