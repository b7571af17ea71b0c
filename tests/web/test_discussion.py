"""The discussion of a post: its head, its order, its folds, links to comments, the form beneath what is answered."""

from dataclasses import replace

import pytest
from bs4 import BeautifulSoup, Tag
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import closing
from blog.app import create_app
from blog.rules import policy
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.factories import SLUG, by, decide, form_on, send, submit


def parsed(client: TestClient, path: str = f"/{SLUG}/") -> BeautifulSoup:
    return BeautifulSoup(client.get(path).text, "html5lib")


def one(page: BeautifulSoup | Tag, selector: str) -> Tag:
    found = page.select_one(selector)
    assert found is not None, selector
    return found


def write(db: Database, text: str = "A thought.", n: int = 1, **fields: str) -> int:
    comment = submit(db, text, n, **fields)
    decide(db, comment, "approve")
    return comment


def change(db: Database, **values: str) -> None:
    with store.transaction(db):
        policy.change(db, values, by=by())


def facts(page: BeautifulSoup) -> dict[str, str]:
    return {
        label.get_text(): " ".join(one(page, f".facts dd:nth-of-type({n})").get_text(" ", strip=True).split())
        for n, label in enumerate(page.select(".facts dt"), 1)
    }


# The head


def test_the_head_says_by_whom_it_is_the_latest_and_how_to_take_part(client: TestClient, db: Database) -> None:
    change(db, comment_flood_seconds="0")
    write(db, "One.", 1)
    write(db, "Two.", 1, comment_parent="1")
    newest = write(db, "Three.", 2)
    page = parsed(client)
    told = facts(page)
    assert told["By"] == "2 people"
    assert told["Latest"].startswith("Reader 2")
    assert one(page, ".facts dd a")["href"] == f"/{SLUG}/comment/{newest}/"
    assert told["Open"] == "Add a thought"
    assert one(page, f'.facts a[href="/{SLUG}/feed.xml"]').get_text() == "by feed"
    assert told["Order"] == "oldest first newest first"
    assert "Page" not in told


def test_the_head_counts_the_authors_own_comments(client: TestClient, db: Database) -> None:
    judith = factories.account(db, "Judith")
    write(db)
    submit(db, "Mine.", who=factories.sender(account=judith, account_name="Judith"))
    assert facts(parsed(client))["By"] == "2 people one comment by the author"


def test_an_end_that_is_set_is_told_while_it_is_open(client: TestClient, db: Database) -> None:
    factories.post(db, "ends", close_on="2999-12-24T00:00:00.000Z")
    decide(db, submit(db, slug="ends"), "approve")
    assert facts(parsed(client, "/ends/"))["Open"] == "Add a thought until 24 December 2999"


def test_a_closed_discussion_says_since_when_and_offers_no_form(client: TestClient, db: Database) -> None:
    write(db)
    with store.transaction(db):
        closing.close(db, SLUG, by=by("2026-05-11T10:00:00.000Z"))
    page = parsed(client)
    assert facts(page)["Closed"] == "11 May 2026"
    assert one(page, "#closing").get_text().startswith("Closed on 11 May 2026")
    assert page.select('a[href="#comment-form"]') == []


def test_the_form_is_the_second_link_of_the_page_and_in_the_dateline_also_with_no_comment(client: TestClient) -> None:
    page = parsed(client)
    assert [link["href"] for link in page.select("a")][:2] == ["#text", "#comment-form"]
    assert one(page, ".dateline .add")["href"] == "#comment-form"


# The order


def test_the_other_order_has_pages_of_its_own(client: TestClient, db: Database) -> None:
    change(db, comments_per_page="2")
    tops = [write(db, f"Thought {n}.", n) for n in range(1, 4)]

    def shown(path: str) -> list[int]:
        return [int(str(item["id"])[8:]) for item in parsed(client, path).select("li.comment")]

    assert shown(f"/{SLUG}/newest/") == [tops[2], tops[1]]
    assert shown(f"/{SLUG}/newest/comment-page-2/") == [tops[0]]
    assert client.get(f"/{SLUG}/newest/comment-page-3/").status_code == 404
    assert one(parsed(client, f"/{SLUG}/newest/"), "nav.pages a[rel=next]")["href"] == (
        f"/{SLUG}/newest/comment-page-2/#comments"
    )
    own = client.get(f"/{SLUG}/oldest/", follow_redirects=False)
    assert (own.status_code, own.headers["location"]) == (301, f"/{SLUG}/")
    first = client.get(f"/{SLUG}/newest/comment-page-1/", follow_redirects=False)
    assert (first.status_code, first.headers["location"]) == (301, f"/{SLUG}/newest/")


def test_where_the_newest_come_first_the_oldest_are_the_other_order(client: TestClient, db: Database) -> None:
    tops = [write(db, f"Thought {n}.", n) for n in range(1, 3)]
    change(db, comment_order="desc")
    page = parsed(client, f"/{SLUG}/oldest/")
    assert [item["id"] for item in page.select("li.comment")] == [f"comment-{top}" for top in tops]
    assert client.get(f"/{SLUG}/newest/", follow_redirects=False).headers["location"] == f"/{SLUG}/"


def test_the_pages_of_the_other_order_are_cached_like_any(client: TestClient, db: Database) -> None:
    write(db)
    write(db, "Another.", 2)
    headers = client.get(f"/{SLUG}/newest/").headers
    assert headers["cache-control"] == "public, max-age=0, must-revalidate"
    assert client.get(f"/{SLUG}/newest/", headers={"If-None-Match": headers["etag"]}).status_code == 304


# Links to comments


def test_an_address_of_a_comment_leads_to_its_page(client: TestClient, db: Database) -> None:
    change(db, comments_per_page="2")
    tops = [write(db, f"Thought {n}.", n) for n in range(1, 4)]
    for top, page in zip(tops, ("", "", "comment-page-2/"), strict=True):
        answer = client.get(f"/{SLUG}/comment/{top}/", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/{SLUG}/{page}#comment-{top}")


def test_what_a_link_leads_to_is_unfolded(client: TestClient, db: Database) -> None:
    for n in range(14):
        top = write(db, f"Top {n}.", n)
        for m in range(4):
            last = write(db, f"Reply {n} {m}.", 100 + 4 * n + m, comment_parent=str(top))
    assert "open" not in parsed(client).select("details.fold")[-1].attrs
    answer = client.get(f"/{SLUG}/comment/{last}/", follow_redirects=False)
    assert answer.headers["location"] == f"/{SLUG}/?unfold={last}#comment-{last}"
    page = parsed(client, answer.headers["location"])
    assert [fold for fold in one(page, f"#comment-{last}").find_parents("details") if "open" not in fold.attrs] == []
    own = client.get(f"/{SLUG}/?unfold={last}")
    assert own.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("decision", ["", "trash", "spam"])
def test_a_comment_that_is_not_public_has_no_address(client: TestClient, db: Database, decision: str) -> None:
    comment = submit(db)
    if decision:
        decide(db, comment, decision)
    assert client.get(f"/{SLUG}/comment/{comment}/").status_code == 404
    assert client.get(f"/{SLUG}/comment/99/").status_code == 404
    factories.post(db, "other")
    decide(db, comment, "approve" if not decision else "restore")
    assert client.get(f"/other/comment/{comment}/").status_code == 404


def test_the_writer_of_a_waiting_comment_is_led_to_it(client: TestClient) -> None:
    send(client)
    assert client.get(f"/{SLUG}/comment/1/", follow_redirects=False).status_code == 303
    client.cookies.clear()
    assert client.get(f"/{SLUG}/comment/1/").status_code == 404


def test_dates_link_to_the_address_that_holds(client: TestClient, db: Database) -> None:
    comment = write(db)
    assert one(parsed(client), ".when a")["href"] == f"/{SLUG}/comment/{comment}/"


# Whom a reply answers


def test_a_reply_links_what_it_answers_with_its_first_words(client: TestClient, db: Database) -> None:
    top = write(db, "Somebody has to be able to say no, and mean it, before the dues are worth the paper.")
    write(db, "Yes.", 2, comment_parent=str(top))
    far = write(db, "No.", 3, comment_parent=str(top))
    link = one(parsed(client), f"#comment-{far} .to a")
    assert (link["href"], link.get_text()) == (f"#comment-{top}", "Reader 1")
    assert str(link["title"]) == "Somebody has to be able to say no, and mean it, before the…"
    assert one(parsed(client), f"#comment-{far - 1} .unseen").get_text().strip() == "to Reader 1"


def test_each_comment_is_an_article_with_its_heading(client: TestClient, db: Database) -> None:
    comment = write(db)
    article = one(parsed(client), f"#comment-{comment} > article")
    assert one(article, f"h3#{article['aria-labelledby']}").get_text(strip=True) == "Reader 1"


# The form beneath what is answered


@pytest.mark.parametrize("mode", ["open", "moderated", "replies-only"])
def test_the_form_stands_beneath_what_is_answered_on_its_own_page(client: TestClient, db: Database, mode: str) -> None:
    change(db, comments_per_page="1")
    write(db)
    second = write(db, "Another.", 2)
    with store.transaction(db):
        closing.close(db, SLUG, mode=mode, by=by())
    for path in (f"/{SLUG}/", f"/{SLUG}/comment-page-2/"):
        page = parsed(client, f"{path}?replytocom={second}")
        form = one(page, f"#comment-{second} > .answer > #comment-form")
        assert one(form, "h2").get_text() == "Reply to Reader 2"
        assert one(form, "textarea").has_attr("autofocus")
        assert one(form, ".cancel")["href"] == f"/{SLUG}/comment-page-2/#comment-{second}"
        assert len(page.select("form#comment-form")) == 1


def test_the_links_to_reply_keep_the_page_and_its_order(client: TestClient, db: Database) -> None:
    change(db, comments_per_page="1")
    first = write(db)
    write(db, "Another.", 2)
    path = f"/{SLUG}/newest/comment-page-2/"
    link = str(one(parsed(client, path), ".acts a")["href"])
    assert link == f"{path}?replytocom={first}#comment"
    cancel = one(parsed(client, link), f"#comment-{first} .cancel")
    assert cancel["href"] == f"{path}#comment-{first}"


def test_after_a_refusal_and_a_preview_the_form_stands_there_too(client: TestClient, db: Database) -> None:
    change(db, comments_per_page="1", comment_flood_seconds="0")
    write(db)
    second = write(db, "Another.", 2)
    parent = {"comment_parent": str(second)}
    for answer in (
        send(client, email="nobody", **parent),
        send(client, text="", **parent),
        send(client, action="preview", **parent),
    ):
        page = BeautifulSoup(answer.text, "html5lib")
        form = one(page, f"#comment-{second} > .answer > #comment-form")
        assert one(form, "h2").get_text() == "Reply to Reader 2"
        assert one(form, "[name=comment_parent]")["value"] == str(second)
    hidden = form_on(client, f"/{SLUG}/?replytocom={second}")
    with store.transaction(db):
        closing.close(db, SLUG, by=by())
    typed = {**hidden, "author": "Ana", "email": "ana@example.org", "comment": "Late."}
    answer = client.post(f"/{SLUG}/comments", data=typed)
    assert answer.status_code == 403
    page = BeautifulSoup(answer.text, "html5lib")
    assert one(page, f"#comment-{second} > .answer #kept").get_text(strip=True) == "Late."


def test_a_refusal_of_nothing_does_not_say_that_the_text_is_below(client: TestClient) -> None:
    assert "Your text is below" not in send(client, text="").text
    assert "Your text is below" in send(client, email="nobody").text


def test_the_same_comment_again_links_the_earlier_one(client: TestClient, db: Database) -> None:
    change(db, comment_flood_seconds="0")
    send(client)
    again = send(client)
    assert again.status_code == 409
    note = one(BeautifulSoup(again.text, "html5lib"), "#comment-form .note")
    assert one(note, "a")["href"] == f"/{SLUG}/comment/1/"
    client.cookies.clear()  # the same name and email from elsewhere: the waiting one is not shown there
    assert one(BeautifulSoup(send(client).text, "html5lib"), "#comment-form .note").select("a") == []


# Languages


@pytest.mark.parametrize(
    ("site_language", "post_language", "title", "page", "main"),
    [
        ("en", "", "A post", None, None),
        ("en", "he", "A post", None, "rtl"),
        ("en", "", "מי משלם", None, "rtl"),
        ("he", "", "מי משלם", "rtl", None),
        ("he", "en", "A post", "rtl", "ltr"),
    ],
)
def test_the_page_of_a_post_that_is_written_from_the_right_turns_whole(
    site: Settings, db: Database, site_language: str, post_language: str, title: str, page: str | None, main: str | None
) -> None:
    factories.post(db, "turned", title=title, language=post_language)
    with TestClient(create_app(replace(site, language=site_language))) as opened:
        found = BeautifulSoup(opened.get("/turned/").text, "html5lib")
    assert (one(found, "html").get("dir"), one(found, "main").get("dir")) == (page, main)


def test_a_comment_in_another_script_is_marked(client: TestClient, db: Database) -> None:
    write(db, "אצלנו בנמל חיפה נגבתה האגרה.", 1)
    write(db, "灯台の火は、だれのものでもない。", 2)
    write(db, "Haifa (חיפה) has a harbour.", 3)
    assert [said.get("lang") for said in parsed(client).select(".comment .said")] == ["und-Hebr", "und-Jpan", None]


def test_quotation_marks_of_a_title_look_single_within_a_heading(client: TestClient, db: Database) -> None:
    factories.post(db, "quoted", title="Goodbye to “Enhanced Cooperation”")
    decide(db, submit(db, slug="quoted"), "approve")
    heading = one(parsed(client, "/quoted/"), ".comments-title")
    assert heading.get_text() == "One thought on “Goodbye to “Enhanced Cooperation””"
    assert [(mark.get_text(), mark["data-mark"]) for mark in heading.select(".inner")] == [("“", "‘"), ("”", "’")]


# What its writer may do with a comment that waits


def test_a_waiting_comment_is_changed_and_withdrawn_from_its_place(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the program has the pages for it."""
    monkeypatch.setattr("blog.web.entries.HAS_OWN_PAGE", True)
    send(client)
    own = one(parsed(client), "#comment-1 .unsent")
    assert one(own, ".acts a")["href"] == "/your-comments/1/edit"
    assert one(own, ".acts button")["formaction"] == "/your-comments/1/withdraw"
    client.cookies.clear()
    assert parsed(client).select(".unsent") == []
