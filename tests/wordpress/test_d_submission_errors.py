"""D: what refuses a comment, and what is kept of one that is taken."""

from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import comments, publishing
from blog.comments import sidecar
from blog.errors import Invalid
from blog.importing import landing
from blog.importing.imported import ImportedPost
from blog.importing.landing import Wishes
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.factories import NOON, SLUG, by, decide, draft, form_on, send, submit, undo, write_post
from tests.wordpress.acting import HELD_BY_NONE, JSON, change, close, login, parsed, rows, stored

SCRIPT = "<script>alert(1)</script> and more"
SECRET = "A secret title"


def post_to(client: TestClient, slug: str) -> Any:
    """Send a whole comment to an address, as a script does that never saw the page."""
    typed = {"author": "Ana", "email": "ana@example.org", "comment": "A thought."}
    return client.post(f"/{slug}/comments", data=typed, headers=JSON)


def unlisted(db: Database, client: TestClient) -> None:
    """Make one of each post that is not public, and a closed one."""
    factories.post(db, "draft", status="draft", title=SECRET)
    factories.post(db, "closed-draft", status="draft", comments="closed", title=SECRET)
    factories.post(db, "undated", status="draft", published_at="", title=SECRET)
    factories.post(db, "future", published_at="2999-01-01T00:00:00.000Z", title=SECRET)
    factories.post(db, "withdrawn", status="withdrawn", title=SECRET)
    factories.post(db, "closed", comments="closed", title="Closed")
    post = ImportedPost("p", SECRET, "Words.", published_at=NOON, slug="imported")
    undo(db, landing.bring_in(db, client.app.state.settings, iter([post]), Wishes(), by=by()).batch)


@pytest.mark.parametrize(
    ("says", "slugs", "code", "detail"),
    [
        pytest.param("There is no such post.", ["0", "99999", "nope"], 404, "nothing at this address", id="D1"),
        pytest.param("Its discussion is closed.", ["closed"], 403, "Comments are closed.", id="D2"),
        pytest.param("The post was withdrawn.", ["withdrawn"], 410, "withdrew", id="D3"),
        pytest.param("An import that was undone leaves no post.", ["imported"], 404, "nothing at this", id="D3 undone"),
        pytest.param("The post is a draft.", ["draft", "undated"], 404, "nothing at this address", id="D4"),
        pytest.param("The post is not yet due.", ["future"], 404, "nothing at this address", id="D6"),
        pytest.param("A draft that is closed is a draft.", ["closed-draft"], 404, "nothing at this", id="D11"),
    ],
)
def test_a_post_that_takes_none_refuses_and_tells_no_more_than_that(
    client: TestClient, db: Database, says: str, slugs: list[str], code: int, detail: str
) -> None:
    unlisted(db, client)
    for slug in slugs:
        answer = post_to(client, slug)
        assert (answer.status_code, answer.json()["status"]) == (code, code), says
        assert detail in answer.json()["detail"]
        assert SECRET not in answer.text
    assert rows(db) == 0


def test_d5_a_draft_takes_no_comment_of_its_own_author_either(client: TestClient, db: Database) -> None:
    unlisted(db, client)
    with login(client, db, "judith", "author") as author:
        assert post_to(author, "draft").status_code == 404


def test_d9_a_post_that_is_not_public_is_answered_like_one_that_is_not_there(client: TestClient, db: Database) -> None:
    unlisted(db, client)
    answers = {(post_to(client, slug).status_code, post_to(client, slug).text) for slug in ("draft", "future", "nope")}
    assert len(answers) == 1


def test_d10_also_for_somebody_of_the_site(moderator: TestClient, client: TestClient, db: Database) -> None:
    unlisted(db, client)
    answers = {(post_to(moderator, slug).status_code, post_to(moderator, slug).text) for slug in ("draft", "nope")}
    assert len(answers) == 1


def test_d13_who_is_signed_in_sends_only_the_text(moderator: TestClient, db: Database) -> None:
    db.conn.execute("update accounts set email = 'ana@house.example'")
    typed = {"comment": "From the house.", "stamp": form_on(moderator, f"/{SLUG}/")["stamp"]}
    assert moderator.post(f"/{SLUG}/comments", data=typed, headers=JSON).status_code == 201
    assert stored(db, "author, email, url") == ("ana", "ana@house.example", "")


@pytest.mark.parametrize(
    ("says", "typed", "columns"),
    [
        pytest.param(
            "An address without a scheme gets one, the safer.",
            {"url": "user.example.org"},
            {"url": "https://user.example.org"},
            id="D14",
        ),
        pytest.param(
            "A backslash stays one backslash.",
            {"text": "C:\\new", "author": "O\\Brien"},
            {"text": "C:\\new", "author": "O\\Brien"},
            id="D15",
        ),
        pytest.param("A nought is a text.", {"text": "0"}, {"text": "0", "text_html": "<p>0</p>"}, id="D27"),
        pytest.param(
            "A type that is sent empty means a comment like any other.",
            {"comment_type": ""},
            {"status": "approved", "source": "web"},
            id="D33",
        ),
    ],
)
def test_what_was_typed_is_kept(
    client: TestClient, db: Database, says: str, typed: dict[str, str], columns: dict[str, str]
) -> None:
    change(db, **HELD_BY_NONE)
    assert send(client, headers=JSON, **typed).status_code == 201
    assert stored(db, ", ".join(columns)) == tuple(columns.values()), says


def shown_as_text(client: TestClient, text: str) -> bool:
    """Tell whether the page shows the markup of a text letter by letter, and does nothing of it."""
    page = parsed(client.get(f"/{SLUG}/"))
    said = page.select_one("#comment-1 .said")
    assert said is not None
    return text in said.get_text() and not page.select("#comments script, img, #comment-1 [onerror]")


def test_d16_a_script_of_a_visitor_is_shown_as_the_text_that_it_is(client: TestClient, db: Database) -> None:
    change(db, **HELD_BY_NONE)
    assert send(client, text=SCRIPT, headers=JSON).status_code == 201
    assert stored(db, "text") == (SCRIPT,)
    assert shown_as_text(client, SCRIPT)


@pytest.mark.parametrize(
    ("says", "role", "more"),
    [
        pytest.param("An author's script is text.", "author", {}, id="D17"),
        pytest.param("A token in the form changes nothing.", "author", {"unfiltered": "token"}, id="D18"),
        pytest.param("Not for an administrator either.", "admin", {"unfiltered": "token"}, id="D19"),
        pytest.param("Nor without a token.", "admin", {}, id="D20"),
    ],
)
def test_a_script_of_somebody_of_the_site_is_text_like_everybodys(
    client: TestClient, db: Database, says: str, role: str, more: dict[str, str]
) -> None:
    fields = {"_wp_unfiltered_html_comment": more["unfiltered"]} if more else {}
    with login(client, db, "judith", role) as staff:
        assert send(staff, text=SCRIPT, headers=JSON, **fields).status_code == 201
        assert shown_as_text(staff, SCRIPT), says
    client.cookies.clear()
    assert shown_as_text(client, SCRIPT), says


@pytest.mark.parametrize(
    ("says", "typed", "field", "sentence"),
    [
        pytest.param("The name is missing.", {"author": " "}, "author", "missing", id="D22"),
        pytest.param("The email is missing.", {"email": ""}, "email", "missing", id="D23"),
        pytest.param("The email is none.", {"email": "not_an_email"}, "email", "has no @", id="D24"),
        pytest.param("The text is empty.", {"text": ""}, "comment", "missing", id="D25"),
        pytest.param("The text is blanks.", {"text": " \t\n\u2003"}, "comment", "missing", id="D26"),
        pytest.param("The text is too long.", {"text": "x" * 65_536}, "comment", "65,536 characters", id="D28"),
        pytest.param("The name is too long.", {"author": "x" * 255}, "author", "255 characters", id="D29"),
        pytest.param("So is the email.", {"email": "x" * 90 + "@example.org"}, "email", "102 characters", id="D30"),
        pytest.param("So is the address.", {"url": "https://e.org/" + "x" * 187}, "url", "201 characters", id="D31"),
    ],
)
def test_a_field_that_will_not_do_is_named(
    client: TestClient, db: Database, says: str, typed: dict[str, str], field: str, sentence: str
) -> None:
    answer = send(client, headers=JSON, **typed)
    assert answer.status_code == 422, says
    assert list(answer.json()["errors"]) == [field]
    assert sentence in answer.json()["errors"][field]
    assert rows(db) == 0


def test_d32_what_just_fits_is_taken_and_the_limits_are_these(client: TestClient, db: Database) -> None:
    fitting = {
        "author": "n" * 245,
        "email": "e" * 88 + "@example.org",
        "url": "https://example.org/" + "u" * 180,
        "text": "t" * 16_384,
    }
    assert send(client, headers=JSON, **fitting).status_code == 202
    assert stored(db, "length(author), length(email), length(url), length(text)") == (245, 100, 200, 16_384)
    for name, value in fitting.items():
        field = "comment" if name == "text" else name
        longer = value.replace("@", "e@") if name == "email" else f"{value}x"
        answer = send(client, headers=JSON, **{**fitting, name: longer})
        assert list(answer.json()["errors"]) == [field]
        assert f"{len(value) + 1:,} characters; {len(value):,} fit" in answer.json()["errors"][field]


def test_d34_what_may_be_left_out_is_empty_and_no_error(client: TestClient, db: Database) -> None:
    change(db, require_name_email="off")
    assert client.post(f"/{SLUG}/comments", data={"comment": "Bare."}, headers=JSON).status_code == 202
    assert stored(db, "author, email, url, parent_id, remember") == ("", "", "", None, 0)


@pytest.mark.parametrize(
    ("says", "parent", "code"),
    [
        pytest.param("A reply to an approved comment is taken.", "approved", 202, id="D35"),
        pytest.param("One to a comment that waits is not.", "pending", 422, id="D36"),
        pytest.param("Nor is one to a comment that there is none of.", "-99999", 422, id="D37"),
        pytest.param("Nor one to a comment of another post.", "elsewhere", 422, id="D37 elsewhere"),
    ],
)
def test_a_reply_is_taken_under_an_approved_comment(
    client: TestClient, db: Database, says: str, parent: str, code: int
) -> None:
    factories.post(db, "other")
    there = {"approved": submit(db, n=1), "pending": submit(db, "Waits.", n=2)}
    there["elsewhere"] = submit(db, "There.", n=3, slug="other")
    decide(db, [there["approved"], there["elsewhere"]], "approve")
    answer = send(client, headers=JSON, comment_parent=str(there.get(parent, parent)))
    assert answer.status_code == code, says
    if code == 422:
        assert list(answer.json()["errors"]) == ["comment_parent"]
        assert "Reader" not in answer.text
    assert rows(db) == (4 if code == 202 else 3)


def test_d38_a_browsers_name_is_cut_at_254_letters(client: TestClient, db: Database) -> None:
    send(client, headers={**JSON, "user-agent": "b" * 300})
    assert stored(db, "user_agent") == ("b" * 254,)


@pytest.mark.parametrize("agent", ["A browser/1.0", ""])
def test_d39_the_browsers_name_is_kept_as_given_and_the_address_is_the_sockets(
    client: TestClient, db: Database, agent: str
) -> None:
    send(client, headers={**JSON, "user-agent": agent})
    assert stored(db, "user_agent, ip") == (agent, "198.51.100.7")


def test_d40_nothing_is_ever_cut_inside_the_engine_either(db: Database) -> None:
    factories.post(db)
    for text in ("x" * 16_385, "x" * 65_536, "🔥" * 16_385):
        with pytest.raises(Invalid, match="Nothing was cut"), store.transaction(db):
            comments.submit(db, SLUG, draft(text), at=NOON)
    assert rows(db) == 0


def test_d41_a_comment_that_comes_in_with_its_post_keeps_its_moment(site: Settings, db: Database) -> None:
    written = ["2018-03-04T21:12:00Z", "2018-03-05T00:30:00+01:00", "2018-03-05 07:00"]
    blocks = "\n%%\n".join(f"Author: Mel\nDate: {date}\n\nThought {n}." for n, date in enumerate(written))
    path: Path = write_post(site.root)
    path.with_suffix(".comments.txt").write_text(blocks, "utf-8")
    assert sidecar.read(blocks, path="x")[1].published_at == "2018-03-04T23:30:00.000Z"
    publishing.publish(db, site, by=by())
    kept = [row[0] for row in db.conn.execute("select created_at from comments order by id").fetchall()]
    assert kept == ["2018-03-04T21:12:00.000Z", "2018-03-04T23:30:00.000Z", "2018-03-05T07:00:00.000Z"]


def test_d2_a_closing_is_told_before_what_else_is_wrong(client: TestClient, db: Database) -> None:
    close(db)
    answer = client.post(f"/{SLUG}/comments", data={"email": "none", "comment": ""}, headers=JSON)
    assert (answer.status_code, answer.json()["detail"]) == (403, "Comments are closed.")
