import re
from html import unescape
from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import moderation, posts, publishing
from blog.publishing import lint
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.factories import NOON, SLUG, decide, status, submit, write_post

JSON = {"accept": "application/json"}


def said(page: Any) -> str:
    """Return what the bar at the foot says."""
    found = re.search(r'role="status">(.*?)</p>', page.text, re.DOTALL)
    return re.sub("<[^>]*>", "", found[1]).strip() if found else ""


def test_the_queue_shows_each_comment_with_the_reason_why_it_waits(moderator: TestClient, db: Database) -> None:
    submit(db, "See http://a.example and http://b.example", n=1)
    submit(db, "Hello.", n=2)
    page = moderator.get("/admin/comments").text
    assert "2 comments wait" in page
    assert "2 links; 2 or more are held." in page
    assert "comment_max_links" in page
    assert "No comment from this browser or account was approved before." in page
    assert page.index("Hello.") < page.index("See <a")


def test_a_decision_leads_back_with_what_it_did_and_undo(moderator: TestClient, db: Database) -> None:
    ids = [submit(db, f"Thought {n}.", n=n) for n in range(3)]
    back = "/admin/comments?status=pending&q=Thought"
    form = {
        "decision": "approve",
        "id": [str(each) for each in ids[:2]],
        "seen": [f"{each}:pending" for each in ids],
        "back": back,
    }
    page = moderator.post("/admin/decisions", data=form)
    assert str(page.url).startswith(f"http://127.0.0.1:8000{back}&did=")
    assert said(page) == "2 comments approved. Readers now see “2 thoughts on A post”, none before. View on site"
    assert [status(db, each) for each in ids] == ["approved", "approved", "pending"]
    undo = re.search(r'action="(/admin/batches/\d+/reversal)"', page.text)
    assert undo is not None
    undone = moderator.post(undo[1], data={"back": back})
    assert (
        said(undone)
        == "Undone: 2 comments are as before. Readers now see no thoughts on “A post”, 2 before. View on site"
    )
    assert [status(db, each) for each in ids] == ["pending"] * 3


def test_a_button_in_a_row_decides_on_that_row_alone(moderator: TestClient, db: Database) -> None:
    one, two = submit(db, n=1), submit(db, "Other.", n=2)
    moderator.post(
        "/admin/decisions", data={"only": f"spam:{one}", "id": [str(two)], "all": "1", "seen": f"{one}:pending"}
    )
    assert (status(db, one), status(db, two)) == ("spam", "pending")


def test_all_that_match_leave_what_came_after_the_page_was_made(moderator: TestClient, db: Database) -> None:
    seen = [submit(db, f"Shoes {n}.", n=n) for n in range(1, 4)]
    other = submit(db, "Essay.", n=5)
    late = submit(db, "Shoes late.", n=6)
    form = {"decision": "trash", "all": "1", "status": "pending", "q": "Shoes", "asof": str(seen[-1])}
    answer = moderator.post("/admin/decisions", data=form, headers=JSON)
    assert answer.json()["moved"] == 3
    assert [status(db, each) for each in (*seen, other, late)] == ["trash"] * 3 + ["pending"] * 2


def test_json_answers_with_batch_moved_and_missing(moderator: TestClient, db: Database) -> None:
    comment = submit(db)
    shown = {
        "sentence": "Readers now see “One thought on A post”, none before.",
        "url": f"/admin/comments/{comment}/place",
        "label": "View on site",
    }
    answer = moderator.post("/admin/decisions", data={"decision": "approve", "id": [str(comment), "99"]}, headers=JSON)
    assert (answer.status_code, answer.json()) == (
        200,
        {"batch": 1, "moved": 1, "missing": [99], "sentence": "One comment approved.", "shown": shown},
    )
    again = moderator.post("/admin/decisions", data={"decision": "approve", "id": str(comment)}, headers=JSON)
    assert again.json() == {"batch": None, "moved": 0, "missing": []}
    reversal = moderator.post("/admin/batches/1/reversal", headers=JSON)
    assert reversal.json()["moved"] == 1
    assert moderator.post("/admin/decisions", data={"decision": "approve", "id": "99"}, headers=JSON).status_code == 404
    assert moderator.post("/admin/batches/77/reversal", headers=JSON).status_code == 404
    assert moderator.post("/admin/batches/1/reversal", headers=JSON).status_code == 409


def test_who_was_slower_is_told_who_was_faster(moderator: TestClient, db: Database) -> None:
    one, two = submit(db, n=1), submit(db, "Other.", n=2)
    decide(db, one, "spam", reason="Shoes.")
    form = {"decision": "approve", "id": [str(one), str(two)], "seen": [f"{one}:pending", f"{two}:pending"]}
    answer = moderator.post("/admin/decisions", data=form, headers=JSON)
    assert answer.status_code == 409
    assert answer.json()["moved"] == 1
    conflict = answer.json()["conflicts"][0]
    assert (conflict["id"], conflict["status"], conflict["reason"]) == (one, "spam", "Shoes.")
    assert conflict["at"] == NOON
    page = moderator.post("/admin/decisions", data=form)
    assert page.status_code == 409
    assert "moved this to spam at 12:00, while you were reading it. Your “Approve” was not applied." in page.text
    assert status(db, one) == "spam"


def test_deciding_all_the_same_without_a_script_keeps_the_reason(moderator: TestClient, db: Database) -> None:
    comment = submit(db)
    decide(db, comment, "approve")
    data = {"decision": "spam", "id": str(comment), "seen": f"{comment}:pending", "reason": "sells “carpets”"}
    page = moderator.post("/admin/decisions", data=data)
    assert page.status_code == 409
    assert 'name="reason" value="sells “carpets”"' in page.text


@pytest.mark.parametrize(
    "form",
    [
        {"decision": "read", "id": "1"},
        {"id": "1"},
        {"decision": "approve", "id": "one"},
        {"decision": "approve", "id": "-1"},
        {"only": "approve", "id": "1"},
        {"decision": "approve", "all": "1", "status": "read"},
        {"decision": "approve", "id": "9" * 30},
    ],
)
def test_a_decision_that_is_none_is_refused(moderator: TestClient, db: Database, form: dict[str, str]) -> None:
    comment = submit(db)
    assert moderator.post("/admin/decisions", data=form, headers=JSON).status_code == 422
    assert "Go back in your browser: it still has what you typed." in moderator.post("/admin/decisions", data=form).text
    assert status(db, comment) == "pending"


def test_the_queue_is_paged_by_key(moderator: TestClient, db: Database) -> None:
    for n in range(1, 61):
        submit(db, f"Thought {n}.", n=n)
    first = moderator.get("/admin/comments").text
    following = re.search(r'href="(/admin/comments\?status=pending&amp;after=\d+)"', first)
    assert following is not None
    second = moderator.get(following[1].replace("&amp;", "&")).text
    assert "Thought 11.</p>" in first
    assert "Thought 10.</p>" not in first
    assert "Thought 10.</p>" in second
    assert first.count('name="id"') == 50
    assert second.count('name="id"') == 10


def test_counts_search_and_post_filter(moderator: TestClient, db: Database) -> None:
    factories.post(db, "other")
    submit(db, "Here is a needle.", n=1)
    submit(db, "And a needle there.", n=2, slug="other")
    submit(db, "Hay.", n=3)
    assert "2 comments with “needle”" in moderator.get("/admin/comments?q=needle").text
    assert "Here is" not in moderator.get("/admin/comments?post=other").text
    assert "Nothing found for" in moderator.get("/admin/comments?q=trench").text
    for words in ("needle", "ne", "ee needle"):
        for order in ("", "&sort=score"):
            assert f"2 comments with “{words}”" in moderator.get(f"/admin/comments?q={words}{order}").text
    assert "newest 20,000" in moderator.get("/admin/comments?author=re").text
    assert moderator.get("/admin/comments?status=nonsense&after=x&post=%00").status_code == 200


def test_one_comment_has_its_whole_history_and_what_else_its_writer_wrote(moderator: TestClient, db: Database) -> None:
    comment = submit(db)
    submit(db, "From the same browser.", n=1, at="2026-05-07T13:00:00.000Z")
    moderator.post("/admin/decisions", data={"decision": "trash", "id": str(comment), "reason": "Off topic."})
    page = moderator.get(f"/admin/comments/{comment}").text
    assert "Received, pending: No comment from this browser or account was approved before." in page
    assert "comment_previously_approved" not in page
    assert "Off topic." in page
    assert "ana" in page
    assert "From the same browser." in page
    assert moderator.get("/admin/comments/99").status_code == 404


def test_an_approved_comment_leads_to_its_place(moderator: TestClient, db: Database) -> None:
    comment = submit(db)
    decide(db, comment, "approve")
    answer = moderator.get(f"/admin/comments/{comment}/place", follow_redirects=False)
    assert answer.headers["location"] == f"/a-post/#comment-{comment}"


def test_the_switch_of_a_post_and_of_the_site(moderator: TestClient, client: TestClient, db: Database) -> None:
    page = moderator.post(
        "/admin/posts/a-post/closure", data={"mode": "closed", "note": "Bye.", "back": "/admin/posts"}
    )
    assert said(page) == "Closed the discussion of “A post”."
    assert "by ana on " in page.text
    assert "Comments are closed." in client.get("/a-post/").text
    page = moderator.post("/admin/posts/a-post/opening", data={"back": "/admin/posts"})
    assert '<form id="comment-form"' in client.get("/a-post/").text
    moderator.post("/admin/posts/a-post/following")
    assert "<span>by default</span>" in moderator.get("/admin/posts").text
    page = moderator.post("/admin/closure", data={"mode": "closed", "back": "/admin/"})
    assert "All discussions are closed" in page.text
    assert "Comments are closed." in client.get("/a-post/").text
    again = moderator.post("/admin/closure", data={"mode": "closed", "back": "/admin/"})
    assert said(again) == "Nothing to change."
    moderator.post("/admin/opening", data={"back": "/admin/"})
    assert '<form id="comment-form"' in client.get("/a-post/").text


@pytest.mark.parametrize(
    "form", [{"mode": "ajar"}, {"until": "tomorrow"}, {"until": "2001-01-01"}, {"note": "x" * 2_001}]
)
def test_a_bad_switch_is_refused_and_changes_nothing(moderator: TestClient, db: Database, form: dict[str, str]) -> None:
    assert moderator.post("/admin/posts/a-post/closure", data=form).status_code == 422
    assert posts.find(db, SLUG, at=NOON)["closing_switches"] == "[]"
    assert moderator.post("/admin/posts/nope/closure", data={"mode": "closed"}).status_code == 404


def test_settings_are_saved_named_when_wrong_and_keep_what_was_typed(moderator: TestClient, db: Database) -> None:
    page = moderator.post("/admin/settings/discussion", data={"comment_max_links": "5", "comment_moderation": "on"})
    assert "Saved." in page.text
    assert dict(db.conn.execute("select name, value from settings").fetchall()) == {
        "comment_max_links": "5",
        "comment_moderation": "on",
    }
    wrong = moderator.post(
        "/admin/settings/discussion", data={"comment_max_links": "many", "moderation_keys": "kept words"}
    )
    assert wrong.status_code == 422
    assert "not &#39;many&#39;" in wrong.text
    assert "kept words" in wrong.text
    starred = moderator.post("/admin/settings/discussion", data={"disallowed_keys": "fine\n*"})
    assert "would match every comment" in starred.text


def test_the_log_tells_all_and_undoes(moderator: TestClient, db: Database) -> None:
    comment = submit(db)
    moderator.post("/admin/decisions", data={"decision": "spam", "id": str(comment), "reason": "Shoes."})
    moderator.post("/admin/settings/discussion", data={"comment_max_links": "5"})
    page = moderator.get("/admin/log").text
    assert "One comment moved to spam." in page
    assert "Shoes." in page
    assert "Changed comment_max_links from 2 to 5." in page
    assert "Added the account ana, admin." in page
    undone = moderator.post("/admin/batches/1/reversal", data={"back": "/admin/log"})
    assert "Undone by batch 2" in undone.text
    assert "batch 2</span>" in undone.text
    assert "Undid batch 1: One comment moved to spam." in undone.text
    assert status(db, comment) == "pending"


def test_the_log_leads_to_the_comments_of_an_act_on_several(moderator: TestClient, db: Database) -> None:
    those = [submit(db, f"Thought {n}.", n) for n in range(1, 4)]
    batch = decide(db, those[:2], "spam")["batch"]
    address = f"/admin/comments?q=batch%3A{batch}"
    assert f'<a href="{address}">2 comments moved to spam.</a>' in moderator.get("/admin/log").text
    page = moderator.get(address).text
    assert [f'id="c-{number}"' in page for number in those] == [True, True, False]


def test_what_was_done_again_and_taken_back_once_more_is_said_to_be_as_before(
    moderator: TestClient, db: Database
) -> None:
    decide(db, submit(db), "spam")
    told = [said(moderator.post(f"/admin/batches/{n}/reversal", data={"back": "/admin/log"})) for n in (1, 2, 3)]
    assert told == [
        "Undone: one comment is as before.",
        "Did batch 1 again: One comment moved to spam.",
        "Undone: one comment is as before.",
    ]
    log = moderator.get("/admin/log").text
    assert [int(n) for n in re.findall(r'action="/admin/batches/(\d+)/reversal"', log)] == [4]
    assert [log.count(f"Undone by batch {n}") for n in (2, 3, 4)] == [0, 1, 2]  # the act, and its being done again
    assert said(moderator.get("/admin/log?did=3")) == "Undid batch 1: One comment moved to spam."


def test_a_broken_file_is_named_on_the_posts_page(moderator: TestClient, site: Settings) -> None:
    write_post(site.root, "broken", front="toc: maybe\n")
    page = moderator.get("/admin/posts").text
    assert "One file has errors. Readers still see the last good version" in page
    assert "broken.md, line 4" in page
    assert "toc is &#39;maybe&#39;" in page


@pytest.mark.parametrize(
    ("date", "front", "cure"),
    [
        (
            "2026",
            "",
            "its page 'lamps' stays. Bring it back to change the page, with `status: withdrawn` to take it down.",
        ),
        ("2999", "", "its page 'lamps' comes all the same when its time has come. Bring it back to change the page,"),
        (
            "2026",
            "status: draft\n",
            "posts/lamps.md is gone; readers see nothing of it. Bring it back to change the post.",
        ),
    ],
)
def test_a_post_whose_file_is_gone_is_marked_on_the_posts_page(
    moderator: TestClient, db: Database, site: Settings, date: str, front: str, cure: str
) -> None:
    write_post(site.root, factories.SLUG)
    path = write_post(site.root, "lamps", front=front)
    path.write_text(path.read_text("utf-8").replace("date: 2026", f"date: {date}"), "utf-8")
    publishing.publish(db, site, by=factories.by())
    assert "is gone" not in moderator.get("/admin/posts").text
    path.unlink()
    marked = re.findall(r'<span class="wrong">(.*?)</span>', unescape(moderator.get("/admin/posts").text))
    assert marked == [next(note for note in lint.remarks(db, site, at=factories.NOON) if "is gone" in note)]
    assert cure in marked[0]


def test_a_deleted_comment_is_out_of_every_list_and_can_be_brought_back(moderator: TestClient, db: Database) -> None:
    comment = submit(db, "Unmistakable words.")
    page = moderator.post("/admin/decisions", data={"decision": "delete", "id": str(comment)})
    assert said(page) == "One comment deleted."
    for name in moderation.LISTED:
        assert "Unmistakable" not in moderator.get(f"/admin/comments?status={name}").text
    moderator.post("/admin/batches/1/reversal")
    assert "Unmistakable" in moderator.get("/admin/comments").text


def test_an_overview_of_nothing_and_of_something(moderator: TestClient, db: Database) -> None:
    assert "No comments wait" in moderator.get("/admin/").text
    submit(db)
    page = moderator.get("/admin/").text
    assert "One comment waits" in page
    assert "<title>(1) Overview" in page


def test_a_hostile_name_is_shown_as_text_on_every_page_of_the_desk(moderator: TestClient, db: Database) -> None:
    evil = "<script>alert(1)</script>\"'"
    comment = submit(
        db, f"{evil} <img src=x onerror=alert(1)>", author=evil, url="http://x.example/?'onmouseover='alert(1)'"
    )
    decide(db, comment, "approve", reason=evil)
    with store.transaction(db):
        moderation.decide(
            db, [comment], moderation.Ruling(moderation.Decision.UNAPPROVE, reason=evil), by=factories.by()
        )
    for path in (
        "/admin/",
        "/admin/comments",
        f"/admin/comments/{comment}",
        "/admin/log",
        "/admin/comments?q=" + "script",
        "/admin/posts",
    ):
        page = moderator.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "'onmouseover" not in page
