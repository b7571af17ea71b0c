"""The search of the desk: one field over all statuses, hits for each tab, operators, and marks in what it finds."""

import re

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.web.admin.searching import mark
from tests import factories
from tests.factories import decide, submit


def tabs(page: str) -> dict[str, str]:
    """Return the tabs of the queue with their numbers."""
    part = page[page.index('id="tabs"') : page.index("</nav>", page.index('id="tabs"'))]
    return dict(re.findall(r">(\w+) <b[^>]*>([^<]*)</b>", part))


def rows(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<li id="c-([0-9]+)"', page)]


@pytest.fixture
def spread(db: Database, client: TestClient) -> Database:
    """Comments with “bread” in every status, and others without it."""
    for n, (text, decision) in enumerate(
        [
            ("My bread waits.", ""),
            ("Bread & butter <b>here</b>.", ""),
            ("Nothing of the kind.", ""),
            ("Public bread.", "approve"),
            ("Sold bread.", "spam"),
            ("Thrown bread.", "trash"),
            ("Thrown BREAD.", "trash"),
        ],
        start=1,
    ):
        number = submit(db, text, n, author=f"Writer {n}")
        if decision:
            decide(db, [number], decision)
    return db


def test_each_tab_has_the_hits_of_the_search_in_its_status(spread: Database, moderator: TestClient) -> None:
    page = moderator.get("/admin/comments?q=bread").text
    assert tabs(page) == {"Pending": "2", "Approved": "1", "Spam": "1", "Trash": "2", "All": "3"}
    assert rows(page) == [2, 1]
    assert rows(moderator.get("/admin/comments?status=trash&q=bread").text) == [7, 6]


def test_without_a_status_the_first_one_with_hits_is_shown(spread: Database, moderator: TestClient) -> None:
    assert rows(moderator.get("/admin/comments?q=sold").text) == [5]
    assert rows(moderator.get("/admin/comments?q=thrown").text) == [7, 6]
    assert rows(moderator.get("/admin/comments?status=pending&q=sold").text) == []
    nothing = moderator.get("/admin/comments?q=nowhere").text
    assert "Nothing found for “nowhere”" in nothing
    assert tabs(nothing)["Pending"] == "0"


def test_an_operator_narrows_and_stays_in_the_field(spread: Database, moderator: TestClient) -> None:
    page = moderator.get('/admin/comments?q=from:"writer 2" bread').text
    assert rows(page) == [2]
    assert "from:&#34;writer 2&#34; bread" in page
    assert "1 comment with “from:" in page
    assert rows(moderator.get("/admin/comments?q=from:bread").text) == []
    assert rows(moderator.get('/admin/comments?q=rule:"first comment"').text) == [3, 2, 1]
    assert rows(moderator.get("/admin/comments?q=rule:links").text) == []
    assert rows(moderator.get("/admin/comments?q=color:red").text) == []


def test_a_decision_on_all_that_match_holds_to_the_operators(spread: Database, moderator: TestClient) -> None:
    page = moderator.get('/admin/comments?status=pending&q=from:"writer 2"').text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    fields = {name: value.replace("&#34;", '"') for name, value in fields.items()}
    answer = moderator.post(
        "/admin/decisions", data={**fields, "all": "1", "decision": "trash"}, headers={"accept": "application/json"}
    )
    assert answer.json()["moved"] == 1
    assert factories.status(spread, 1) == "pending"
    assert factories.status(spread, 2) == "trash"


def test_the_piles_of_a_search_are_of_what_it_finds(spread: Database, moderator: TestClient) -> None:
    submit(spread, "Bread http://a.example/ http://b.example/", 9)
    page = moderator.get("/admin/comments?status=pending&q=bread").text
    piles = page[page.index('id="piles"') : page.index("</nav>", page.index('id="piles"'))]
    assert re.findall(r"([A-Z][a-z ]+?) <b>([0-9]+)</b>", piles) == [("First comment", "2"), ("Links", "1")]


def test_words_that_were_looked_for_are_marked(spread: Database, moderator: TestClient) -> None:
    page = moderator.get("/admin/comments?q=bread").text
    assert "My <mark>bread</mark> waits." in page
    assert "<mark>Bread</mark> &amp; butter" in page
    assert "<mark>" not in moderator.get("/admin/comments").text


@pytest.mark.parametrize(
    ("html", "words", "marked"),
    [
        ("<p>A mark.</p>", ["p"], "<p>A mark.</p>"),
        ("<p>Up</p>", ["p"], "<p>U<mark>p</mark></p>"),
        ('<a href="http://bread/">bread</a>', ["bread"], '<a href="http://bread/"><mark>bread</mark></a>'),
        ("salt &amp; pepper", ["amp"], "salt &amp; pepper"),
        ("x &lt; y", ["lt"], "x &lt; y"),
        ("Straße", ["STRASSE"], "Straße"),
        ("breadbread", ["bread", "breadbread"], "<mark>breadbread</mark>"),
        ("a.b", ["."], "a<mark>.</mark>b"),
        ("anything", [], "anything"),
    ],
)
def test_only_text_is_marked(html: str, words: list[str], marked: str) -> None:
    assert mark(html, words) == marked


def test_the_field_offers_operators_rules_and_posts(spread: Database, moderator: TestClient) -> None:
    page = moderator.get("/admin/comments").text
    for option in ("from:", "before:", "rule:&#34;First comment&#34;", f"post:{factories.SLUG}"):
        assert f"<option>{option}</option>" in page
    assert "<option>from:</option>" in moderator.get("/admin/log").text
