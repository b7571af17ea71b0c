import itertools

import pytest
from sqlite_utils import Database

from blog import moderation
from tests import factories
from tests.factories import decide, submit

POSTS = {"one": 1, "two": 3, "three": 2, "four": 2}  # and how many comments are sent to each


@pytest.fixture
def sent(db: Database) -> dict[str, list[int]]:
    for slug in POSTS:
        factories.post(db, slug, title=slug.capitalize())
    people = itertools.count(1)
    return {slug: [submit(db, n=next(people), slug=slug) for _ in range(many)] for slug, many in POSTS.items()}


def effects(db: Database, batch: int | None) -> list[tuple[str, int, int, int | None]]:
    assert batch is not None
    return [(each["slug"], each["before"], each["now"], each["comment"]) for each in moderation.effects(db, batch)]


def test_an_act_tells_of_the_three_posts_that_it_changed_most(db: Database, sent: dict[str, list[int]]) -> None:
    every = [number for ids in sent.values() for number in ids]
    batch = decide(db, every, "approve")["batch"]
    assert effects(db, batch) == [(slug, 0, POSTS[slug], sent[slug][-1]) for slug in ("two", "three", "four")]
    batch = decide(db, sent["two"] + sent["four"][:1], "spam")["batch"]
    assert effects(db, batch) == [("two", 3, 0, None), ("four", 2, 1, None)]
    first = moderation.effects(db, batch)[0]
    assert (first["title"], first["kind"], first["published_at"]) == ("Two", "post", "2026-05-01T00:00:00.000Z")


def test_what_readers_do_not_see_is_no_effect(db: Database, sent: dict[str, list[int]]) -> None:
    assert effects(db, decide(db, sent["two"], "spam")["batch"]) == []
    batch = decide(db, sent["two"][:1], "approve")["batch"]
    assert effects(db, batch) == [("two", 0, 1, sent["two"][0])]
    assert effects(db, factories.undo(db, batch)["batch"]) == [("two", 1, 0, None)]
