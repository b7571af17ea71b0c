"""Pages that are no posts: an address, a place in the menu, no date, in no list; the house rules beside the form."""

import re
from dataclasses import replace

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import closing, publishing
from blog.app import create_app
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.factories import by, decide, send
from tests.statements import hear_all

ABOUT = "---\ntitle: About & us\nmenu: 2\n---\n\nWho *we* are.\n"
RULES = "---\ntitle: House rules\nsummary: Be kind & short.\n---\n\nThe whole of them.\n"


def write(site: Settings, db: Database, **files: str) -> publishing.Report:
    site.pages.mkdir(exist_ok=True)
    for name, text in files.items():
        (site.pages / f"{name.replace('_', '-')}.md").write_text(text, "utf-8")
    return publishing.publish(db, site, by=by())


def menu(page: str) -> list[tuple[str, str, str]]:
    found = re.search(r'<nav aria-label="Site">(.*?)</nav>', page, re.DOTALL)
    return re.findall(r'<a href="([^"]+)"( aria-current="page")?>([^<]+)', found[1]) if found else []


def test_a_page_is_at_its_own_address_and_in_no_list(client: TestClient, db: Database, site: Settings) -> None:
    assert write(site, db, about=ABOUT).done == [("../pages/about.md", "added", "about")]
    page = client.get("/about/").text
    assert "<h1" in page
    assert "About &amp; us" in page
    assert "Who <em>we</em> are." in page
    assert 'id="comments"' not in page
    assert "dt-published" not in page
    assert "p-author" not in page
    for path in ("/", "/archive/", "/feed.xml", "/feed.json"):
        text = client.get(path).text
        assert "Who" not in text
        assert "/about/" not in re.sub(r'<nav aria-label="Site">.*?</nav>', "", text, flags=re.DOTALL)
    assert "<loc>/about/</loc></url>" in client.get("/sitemap.xml").text
    assert client.get("/about", follow_redirects=False).headers["location"] == "/about/"


def test_the_menu_is_on_every_page_in_its_order_and_says_where_we_are(
    client: TestClient, db: Database, site: Settings
) -> None:
    assert menu(client.get("/a-post/").text) == []
    write(site, db, about=ABOUT, privacy=ABOUT.replace("About & us", "Privacy").replace("2", "1"), imprint=RULES)
    listed = [("/privacy/", "", "Privacy"), ("/about/", "", "About &amp; us")]
    for path in ("/", "/a-post/", "/archive/", "/archive/2026/", "/authors/judith/", "/search", "/tags/", "/nothing/"):
        assert menu(client.get(path).text) == listed, path
    current = ' aria-current="page"'
    assert menu(client.get("/about/").text) == [listed[0], ("/about/", current, "About &amp; us")]
    write(site, db, about=ABOUT.replace("menu: 2\n", ""))
    assert menu(client.get("/a-post/").text) == listed[:1]
    write(site, db, privacy=RULES.replace("---\n\n", "status: draft\n---\n\n"))
    assert menu(client.get("/a-post/").text) == []


def test_a_page_takes_comments_when_it_says_so(client: TestClient, db: Database, site: Settings) -> None:
    write(site, db, guests=ABOUT.replace("menu: 2", "comments: open"))
    assert send(client, "guests").status_code == 303
    decide(db, 1, "approve")
    client.cookies.clear()
    assert "One thought on “About &amp; us”" in client.get("/guests/").text
    assert "A thought." in client.get("/guests/feed.xml").text
    with store.transaction(db):
        closing.close(db, "guests", by=by())
    assert "Closed on 7 May 2026." in client.get("/guests/").text


def test_the_desk_knows_where_a_page_is(
    moderator: TestClient, client: TestClient, db: Database, site: Settings
) -> None:
    write(site, db, guests=ABOUT.replace("menu: 2", "comments: open"))
    send(client, "guests")
    assert 'href="/admin/comments/1/place"' in moderator.get("/admin/comments").text
    assert moderator.get("/admin/comments/1/place", follow_redirects=False).headers["location"].startswith("/guests/")
    assert 'href="/guests/"' in moderator.get("/admin/posts").text
    assert moderator.get("/admin/comments/1").status_code == 200


@pytest.mark.parametrize("permalink", ["/{year}/{month}/{slug}/", "/notes/{slug}/"])
def test_pages_stand_at_the_root_whatever_the_permalink_is(site: Settings, db: Database, permalink: str) -> None:
    factories.post(db)
    write(site, db, about=ABOUT.replace("menu: 2", "menu: 2\ncomments: open"))
    with TestClient(create_app(replace(site, permalink=permalink)), base_url="http://127.0.0.1:8000") as opened:
        assert "Who <em>we</em> are." in opened.get("/about/").text
        there = permalink.replace("{year}", "2026").replace("{month}", "05").replace("{slug}", "a-post")
        assert "Words." in opened.get(there).text
        assert menu(opened.get(there).text) == [("/about/", "", "About &amp; us")]
        answer = opened.get("/a-post/", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (301, there)
        wrong = there.replace("a-post", "about")
        assert opened.get(wrong, follow_redirects=False).headers["location"] == "/about/"
        assert send(opened, "about").headers["location"].startswith("/about/#comment-")


def test_an_address_of_the_engine_or_of_a_post_is_never_a_pages(
    client: TestClient, db: Database, site: Settings
) -> None:
    factories.write_post(site.root)
    report = write(site, db, search=ABOUT, a_post=RULES)
    assert sorted(slug for _, _, slug in report.done) == ["a-post", "a-post-2"]
    assert [problem.path for problem in report.problems] == ["../pages/search.md"]


# House rules


def test_the_house_rules_stand_beside_the_form_when_they_are_there(
    client: TestClient, db: Database, site: Settings
) -> None:
    assert "House rules" not in client.get("/a-post/").text
    write(site, db, house_rules=RULES)
    page = client.get("/a-post/").text
    form = page[page.index('id="comment-form"') :]
    assert '<a href="/house-rules/">House rules</a> <span dir="auto">Be kind &amp; short.</span>' in form
    write(site, db, house_rules=RULES.replace("kind", "brief"))
    assert "Be brief &amp; short." in client.get("/a-post/").text
    with store.transaction(db):
        closing.close(db, "a-post", by=by())
    assert "House rules" not in client.get("/a-post/").text


def test_a_post_of_that_name_is_no_house_rules(client: TestClient, db: Database) -> None:
    factories.post(db, "house-rules", summary="Mine.")
    assert "House rules</a>" not in client.get("/a-post/").text.split('id="comment-form"')[1].split("</form>")[0]


def test_menu_rules_and_neighbours_cost_no_statement(
    monkeypatch: pytest.MonkeyPatch, site: Settings, db: Database
) -> None:
    factories.post(db)
    factories.post(db, "other")
    write(site, db, about=ABOUT, house_rules=RULES)
    heard = hear_all(monkeypatch)
    with TestClient(create_app(site), base_url="http://127.0.0.1:8000") as opened:
        heard.clear()
        opened.get("/a-post/")
        assert len(heard.statements) == 2
        for path in (
            "/feed.xml",
            "/feed.json",
            "/sitemap.xml",
            "/archive/2026/",
            "/tags/",
            "/authors/judith/",
            "/search?q=w",
        ):
            heard.clear()
            opened.get(path)
            assert len(heard.statements) == 2, path
        for path in ("/archive/", "/comments/feed.xml", "/a-post/feed.xml"):
            heard.clear()
            opened.get(path)
            assert len(heard.statements) <= (5 if path == "/archive/" else 3), path
