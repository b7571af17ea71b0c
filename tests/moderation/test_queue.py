import importlib
import itertools
import json
from datetime import timedelta

import pytest
from sqlite_utils import Database

from blog import comments, moderation
from blog.comments import search
from blog.errors import Invalid, NotFound
from blog.journal.events import moment, stamp
from blog.moderation import PAGE, Selection
from blog.moderation.selections import in_each_status
from blog.rules import policy, stored_sentence
from blog.storage import store
from tests import factories
from tests.factories import NOON, decide, draft, submit
from tests.statements import plan


@pytest.fixture(autouse=True)
def _post(db: Database) -> None:
    factories.post(db)


def _ids(db: Database, selection: Selection, **more: object) -> list[int]:
    return [row["id"] for row in moderation.queue(db, selection, **more)]  # type: ignore[arg-type]


def test_the_queue_is_newest_first_and_paged_by_key(db: Database) -> None:
    ids = [submit(db, f"Thought {n}.", n=n) for n in range(1, 8)]
    first = _ids(db, Selection(), limit=3)
    assert first == ids[:3:-1]
    assert _ids(db, Selection(), before=first[-1], limit=3) == ids[3:0:-1]
    assert _ids(db, Selection(), limit=None) == ids[::-1]


def test_all_are_the_approved_and_the_pending_together(db: Database) -> None:
    ids = [submit(db, f"Thought {n}.", n=n) for n in range(1, 5)]
    decide(db, ids[1], "approve")
    decide(db, ids[2], "spam")
    assert _ids(db, Selection("all")) == [ids[3], ids[1], ids[0]]
    assert moderation.matching(db, Selection("all")) == 3


@pytest.fixture
def many(db: Database) -> list[int]:
    """Comments that wait, two of five left for later: more than two pages."""
    with store.transaction(db):
        ids = [comments.submit(db, factories.SLUG, draft(f"Thought {n}.", n), at=NOON)["id"] for n in range(1, 131)]
        db.conn.execute("update comments set later = (id % 5 < 2)")
    return ids


def _walk(db: Database, selection: Selection) -> list[list[int]]:
    """Turn the pages to the end; return what each shows."""
    after, shown = None, []
    for _ in range(4):
        page = moderation.page(db, selection, after=after)
        rows = page["rows"][:PAGE]
        shown.append([row["id"] for row in rows])
        if len(page["rows"]) <= PAGE:
            break
        after = (bool(rows[-1]["later"]), rows[-1]["id"])
    return shown


@pytest.mark.parametrize("fed", [False, True])
@pytest.mark.parametrize("words", ["", "thought", "of"])
def test_pages_follow_each_other_and_what_was_left_for_later_comes_last(
    db: Database, many: list[int], words: str, fed: bool
) -> None:
    if words == "of":
        db.conn.execute("update comments set author = author || ' of here'")
    if fed:
        _fed(db)
    at_once, later = [[n for n in many[::-1] if (n % 5 < 2) is left] for left in (False, True)]
    every = at_once + later
    assert _walk(db, Selection(search=words)) == [every[:50], every[50:100], every[100:]]
    first = moderation.page(db, Selection(search=words))
    assert (first["matching"], first["lowest"]) == (130, None)
    assert _walk(db, Selection(search=words, later=True)) == [later[:50], later[50:]]
    assert _walk(db, Selection(search=words, later=False)) == [at_once[:50], at_once[50:]]
    assert moderation.beside(db)["later"] == len(later)
    decide(db, Selection(), "spam")
    assert _walk(db, Selection("spam", search=words)) == [many[:-51:-1], many[-51:-101:-1], many[-101::-1]]


def test_a_page_holds_fifty_and_shows_that_there_is_one_more(db: Database, many: list[int]) -> None:
    assert len(moderation.queue(db, Selection())) == len(moderation.by_score(db, Selection())) == PAGE == 50
    for later in (None, True, False):
        assert len(moderation.page(db, Selection(later=later))["rows"]) == 51
    decide(db, Selection(), "spam")
    assert len(moderation.page(db, Selection("spam"))["rows"]) == 51


def _fed(db: Database) -> None:
    with store.transaction(db):
        while search.feed(db):
            pass


@pytest.mark.parametrize("fed", [False, True])
@pytest.mark.parametrize("status", ["pending", "spam"])
@pytest.mark.parametrize(("near", "counted"), [(60, 60), (129, 129), (130, 130), (500, 130)])
def test_of_very_much_that_is_found_the_newest_are_counted(
    db: Database, many: list[int], monkeypatch: pytest.MonkeyPatch, near: int, counted: int, status: str, fed: bool
) -> None:
    if fed:
        _fed(db)
    monkeypatch.setattr(search, "FEW", 20)
    monkeypatch.setattr(importlib.import_module("blog.moderation.queue"), "NEAR", near)
    decide(db, Selection(), status if status == "spam" else "unapprove")
    for words in ("thought", "t"):
        page = moderation.page(db, Selection(status, search=words))
        assert page["matching"] == (130 if words == "thought" and not fed else counted)
        assert page["lowest"] == (None if page["matching"] == 130 else many[-counted])


def test_what_was_left_for_later_comes_last_also_of_very_much_that_is_found(
    db: Database, many: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    _fed(db)
    every = sorted(many, key=lambda number: (number % 5 < 2, -number))
    for few in (60, 500):
        monkeypatch.setattr(search, "FEW", few)
        assert _walk(db, Selection(search="thought")) == [every[:50], every[50:100], every[100:]]


def test_by_score_the_surest_spam_comes_first_and_what_has_none_last(db: Database) -> None:
    scores = [0.2, None, 0.9, 0.9, None, 0.5, 1.0]
    ids = [submit(db, f"Thought {n}.", n=n) for n in range(1, 8)]
    db.conn.executemany("update comments set score = ? where id = ?", list(zip(scores, ids, strict=True)))
    decide(db, ids[2], "approve")
    decide(db, ids[6], "spam")

    def listed(status: str, **more: object) -> list[int]:
        return [row["id"] for row in moderation.by_score(db, Selection(status), **more)]  # type: ignore[arg-type]

    order = [ids[n] for n in (3, 2, 5, 0, 4, 1)]
    assert listed("all") == listed("all", limit=None) == order
    assert listed("pending") == [number for number in order if number != ids[2]]
    for place, number in enumerate(order, 1):
        score = scores[ids.index(number)]
        after = (-1.0 if score is None else score, number)
        assert listed("all", after=after, limit=None) == order[place:]
        assert listed("all", after=after, limit=2) == order[place : place + 2]
    with pytest.raises(Invalid, match="no status 'read'"):
        listed("read")


@pytest.mark.parametrize(
    "words", ["green ideas", "GREEN", "een", "Reader 2", "reader2@", "10.0.0.3", "ideas.example", "id", "绿色", "绿"]
)
def test_search_finds_any_part_of_text_name_email_address_and_ip(db: Database, words: str) -> None:
    submit(db, "Nothing of the kind.", n=1)
    wanted = submit(db, "Colourless green ideas, 绿色.", n=2, url="https://ideas.example")
    assert wanted in _ids(db, Selection(search=words))
    assert moderation.matching(db, Selection(search=words)) >= 1


@pytest.mark.parametrize("words", ['"', "NEAR(", "a AND", "*", "^", "{a b}:c", '"' * 10_000, "'; drop table comments"])
def test_hostile_search_words_are_only_words(db: Database, words: str) -> None:
    submit(db)
    assert _ids(db, Selection(search=words)) == []


def test_a_row_says_why_it_waits_and_what_else_its_writer_did(db: Database) -> None:
    first = submit(db, "First.", n=1)
    decide(db, first, "approve")
    second = submit(db, "http://a.example http://b.example", n=1, at="2026-05-07T13:00:00.000Z")
    row = moderation.queue(db, Selection())[0]
    assert (row["id"], row["rule"], stored_sentence(row)) == (
        second,
        "comment_max_links",
        "2 links; 2 or more are held.",
    )
    assert json.loads(row["by_browser"]) == {"comments": 2, "approved": 1, "spam": 0, "trash": 0, "names": 1}


def test_the_record_beside_a_row_counts_browser_and_email_each_for_itself(db: Database) -> None:
    minutes = itertools.count()

    def send(n: int, email: str, **more: str) -> int:
        at = stamp(moment(NOON) + timedelta(minutes=next(minutes)))
        return submit(db, f"Sent at {at}.", n=n, email=email, at=at, **more)

    approved = send(1, "ANA@example.org")
    decide(db, approved, "approve")
    mine = [send(2, "ana@example.org"), send(2, "b@example.org", author="Bo"), send(2, "b@example.org", author="BO")]
    decide(db, mine[1], "spam")
    decide(db, send(2, "c@example.org"), "delete")
    row = moderation.comment(db, mine[0])
    assert json.loads(row["by_browser"]) == {"comments": 3, "approved": 0, "spam": 1, "trash": 0, "names": 2}
    counts = {"comments": 1, "approved": 1, "spam": 0, "trash": 0}
    assert json.loads(row["by_email"]) == {**counts, "browsers": 1, "imported": 0}
    assert json.loads(moderation.comment(db, mine[2])["by_email"])["comments"] == 0
    with store.transaction(db):
        policy.change(db, {"require_name_email": "off"}, by=factories.by())
    nobody = [send(n, "") for n in (5, 6)]
    assert json.loads(moderation.comment(db, nobody[1])["by_email"])["comments"] == 0


def test_a_row_says_who_decided_on_it_last_when_and_why(db: Database) -> None:
    with store.transaction(db):
        ana = factories.account(db, "ana")
    comment = submit(db)
    assert moderation.comment(db, comment)["decided"] is None
    decide(db, comment, "spam")
    later = "2026-05-07T13:00:00.000Z"
    decide(db, comment, "approve", reason="It is none.", by=factories.by(later, ana, "web"))
    with store.transaction(db):
        factories.edit(db, comment, author="Reader 1", url="", text="A thought, edited.", by=factories.by())
    assert json.loads(moderation.comment(db, comment)["decided"]) == ["approve", "ana", "web", later, "It is none."]


def test_a_reply_stands_with_what_it_answers_and_a_locked_thread_is_marked(db: Database) -> None:
    first = submit(db, "The *first*.", n=1)
    decide(db, first, "approve")
    reply = submit(db, "A reply.", n=2, comment_parent=str(first))
    row = moderation.comment(db, reply)
    assert (row["parent"], row["parent_author"], row["locked"]) == (first, "Reader 1", 0)
    assert "<em>first</em>" in row["parent_html"]
    with store.transaction(db):
        comments.lock(db, first, True, by=factories.by())
    assert [moderation.comment(db, each)["locked"] for each in (first, reply)] == [1, 1]
    assert moderation.comment(db, first)["parent_author"] == ""


def test_an_unknown_status_is_refused(db: Database) -> None:
    with pytest.raises(Invalid, match="no status 'read'"):
        moderation.queue(db, Selection("read"))


def test_a_comment_that_is_not_there_is_not_found(db: Database) -> None:
    with pytest.raises(NotFound):
        moderation.comment(db, 5)


def test_the_same_author_is_told_by_what_is_shared(db: Database) -> None:
    first = submit(db, "One.", n=1)
    same_browser = submit(db, "Two.", n=1, at="2026-05-07T13:00:00.000Z", author="Somebody", email="else@example.org")
    same_email = submit(db, "Three.", n=2, email="reader1@example.org", at="2026-05-07T14:00:00.000Z")
    submit(db, "Four.", n=3)
    decide(db, submit(db, "Five.", n=1, at="2026-05-07T15:00:00.000Z"), "delete")
    found = moderation.by_same_author(db, moderation.comment(db, first))
    assert [(row["id"], row["by"]) for row in found] == [(same_email, "3 email"), (same_browser, "1 browser")]


def test_comments_of_one_account_belong_together(db: Database) -> None:
    with store.transaction(db):
        ana = factories.account(db, "ana")
    ids = [submit(db, f"Thought {n}.", who=factories.sender(n, account=ana)) for n in (1, 2)]
    found = moderation.by_same_author(db, moderation.comment(db, ids[0]))
    assert [(row["id"], row["by"], row["text"], row["post_title"]) for row in found] == [
        (ids[1], "2 account", "Thought 2.", "A post")
    ]


def test_at_most_twenty_others_of_the_same_author_are_told(db: Database) -> None:
    ids = [submit(db, f"Thought {n}.", n=1, at=stamp(moment(NOON) + timedelta(minutes=n))) for n in range(23)]
    found = moderation.by_same_author(db, moderation.comment(db, ids[0]))
    assert [row["id"] for row in found] == ids[:2:-1]


def test_the_posts_to_choose_from_are_the_busiest_of_a_status(db: Database) -> None:
    factories.post(db, "busy", title="Busy")
    factories.post(db, "silent")
    here = [submit(db, f"Here {n}.", n=n) for n in range(3)]
    busy = [submit(db, f"There {n}.", n=n, slug="busy") for n in range(10, 14)]
    decide(db, [here[0], *busy[:3]], "approve")
    decide(db, here[1], "spam")

    def counted(status: str, **more: int) -> list[tuple[str, int]]:
        return [(row["slug"], row["n"]) for row in moderation.busiest_posts(db, status, **more)]

    assert counted("all") == [("busy", 4), ("a-post", 2)]
    assert counted("all", limit=1) == [("busy", 4)]
    assert counted("pending") == [("busy", 1), ("a-post", 1)]
    assert counted("spam") == [("a-post", 1)]
    assert counted("trash") == []
    assert moderation.busiest_posts(db, "approved")[0] == {"slug": "busy", "title": "Busy", "n": 3}


def test_the_oldest_that_waits_is_named(db: Database) -> None:
    assert moderation.oldest_waiting(db) is None
    first, second, third = (submit(db, n=n) for n in (1, 2, 3))
    decide(db, first, "approve")
    assert moderation.oldest_waiting(db) == {"id": second, "author": "Reader 2", "created_at": NOON}
    decide(db, [second, third], "spam")
    assert moderation.oldest_waiting(db) is None


@pytest.mark.parametrize(
    "selection",
    [
        Selection("pending", later=True),
        Selection("all", replied=True),
        Selection("pending", replied=True, later=False),
    ],
)
def test_what_is_left_for_later_or_has_replies_is_in_an_index_of_its_own(db: Database, selection: Selection) -> None:
    sql, values = in_each_status(selection, "c.id")
    lines = [line for line in plan(db, sql, {**values, "limit": 5}) if line.startswith("SEARCH c ")]
    assert lines
    assert all("INDEX comments_marked (status=? AND later=? AND id<?)" in line for line in lines)
