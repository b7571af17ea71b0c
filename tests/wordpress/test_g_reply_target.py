"""G: whom a reply form is for. It takes no wrong parent and tells no name that is not public."""

from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from tests import factories
from tests.factories import SLUG, decide, submit
from tests.wordpress.acting import parsed


@pytest.fixture
def there(client: TestClient, db: Database) -> dict[str, int]:
    """An approved and a pending comment here, and one of each on another post."""
    factories.post(db, "other")
    made = {
        "approved": submit(db, "Approved.", n=1),
        "pending": submit(db, "Waits.", n=2),
        "approved elsewhere": submit(db, "Approved there.", n=3, slug="other"),
        "pending elsewhere": submit(db, "Waits there.", n=4, slug="other"),
        "removed": submit(db, "Removed.", n=5),
    }
    decide(db, [made["approved"], made["approved elsewhere"], made["removed"]], "approve")
    decide(db, made["removed"], "trash")
    return made


def form(page: Any) -> tuple[str, str]:
    """Return the parent that the form would send, and its title."""
    found = parsed(page).find(id="comment-form")
    return found.find(attrs={"name": "comment_parent"})["value"], found.find(id="comment-form-title").get_text()


@pytest.mark.parametrize(
    ("says", "query"),
    [
        pytest.param("Nothing was asked for.", "", id="G1"),
        pytest.param("A word is no number.", "?replytocom=three", id="G2"),
        pytest.param("A number below nought is nobody's.", "?replytocom=-999999", id="G3"),
        pytest.param("A list is no number.", "?replytocom[]={approved}&replytocom[a]=1", id="G4"),
        pytest.param("Nor is a number in other signs.", "?replytocom=%D9%A1&x=%00", id="G4 digits"),
        pytest.param("Nor one too large.", "?replytocom=999999999999999999999999", id="G4 large"),
        pytest.param("A comment that waits.", "?replytocom={pending}", id="G5"),
        pytest.param("A comment in the trash.", "?replytocom={removed}", id="G5 trash"),
        pytest.param("An approved comment of another post.", "?replytocom={approved elsewhere}", id="G6"),
        pytest.param("A comment of another post that waits.", "?replytocom={pending elsewhere}", id="G7"),
    ],
)
def test_a_form_that_is_for_nobody_is_a_plain_one(
    client: TestClient, there: dict[str, int], says: str, query: str
) -> None:
    page = client.get(f"/{SLUG}/{query.format_map(there)}")
    assert page.status_code == 200
    assert form(page) == ("", "Add a thought"), says
    assert not [name for name in ("Reader 2", "Reader 3", "Reader 4", "Reader 5") if name in page.text]


def test_g8_a_form_for_an_approved_comment_carries_its_number_and_names_its_writer(
    client: TestClient, there: dict[str, int]
) -> None:
    page = client.get(f"/{SLUG}/?replytocom={there['approved']}")
    assert form(page) == (str(there["approved"]), "Reply to Reader 1")


def test_g9_a_post_that_is_not_there_has_no_fields_at_all(client: TestClient, there: dict[str, int]) -> None:
    for path in ("/-99999/", "/nope/"):
        page = client.get(f"{path}?replytocom={there['approved']}")
        assert page.status_code == 404
        assert not parsed(page).select("form, input, textarea")
        assert "Reader 1" not in page.text


def test_g10_under_a_comment_stand_its_own_replies_in_their_order(client: TestClient, db: Database) -> None:
    ids: list[int] = []
    for n, parent in enumerate(("", 0, 1, 0, "", 0)):
        ids.append(submit(db, f"Thought {n}.", n=n, comment_parent=str(ids[parent]) if parent != "" else ""))
        decide(db, ids[-1], "approve")
    page = parsed(client.get(f"/{SLUG}/"))

    def below(selector: str) -> list[int]:
        found = page.select(", ".join(f"{each} > li.comment" for each in selector.split(", ")))
        return [int(str(item["id"]).removeprefix("comment-")) for item in found]

    assert below("ol.comment-list") == [ids[0], ids[4]]
    assert below(f"#comment-{ids[0]} > details > ol.children") == [ids[1], ids[3], ids[5]]
    assert below(f"#comment-{ids[1]} > ol.children") == [ids[2]]
    assert below(f"#comment-{ids[4]} > ol.children") == []
