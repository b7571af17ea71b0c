"""What is saved in the folder is on the site a moment later, and nothing that is broken takes a page down."""

import time
from collections.abc import Callable, Iterator

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import publishing
from blog.app import create_app
from blog.people import accounts
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.conftest import PASSWORD
from tests.factories import by, write_post
from tests.web.test_look import put

SECONDS = 20  # one is promised; tests share their machine


@pytest.fixture
def reader(site: Settings, db: Database) -> Iterator[TestClient]:
    write_post(site.root, "lamps", title="Lamps", body="Words about lamps.")
    publishing.publish(db, site, by=by())
    with TestClient(create_app(site, watched=True), base_url="http://127.0.0.1:8000") as opened:
        time.sleep(0.5)  # until the folder is being watched
        yield opened


def soon(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + SECONDS
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


def test_a_saved_file_is_public_a_moment_later(site: Settings, reader: TestClient) -> None:
    write_post(site.root, "lamps", title="Lamps", body="Other words.")
    assert soon(lambda: "Other words." in reader.get("/lamps/").text)
    write_post(site.root, "oil", title="Oil", body="New.")
    assert soon(lambda: reader.get("/oil/").status_code == 200)
    assert "Oil" in reader.get("/").text


def test_a_broken_or_missing_file_leaves_the_last_good_page(
    site: Settings, reader: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    path = site.posts / "lamps.md"
    path.write_text("---\ntitle: Lamps\ndate: so", "utf-8")
    assert soon(lambda: "lamps.md" in caplog.text)
    assert "Words about lamps." in reader.get("/lamps/").text
    path.unlink()
    write_post(site.root, "oil", title="Oil", body="New.")
    assert soon(lambda: reader.get("/oil/").status_code == 200)
    assert "Words about lamps." in reader.get("/lamps/").text
    write_post(site.root, "lamps", title="Lamps", body="Good again.")
    assert soon(lambda: "Good again." in reader.get("/lamps/").text)


def test_a_file_that_is_gone_and_an_address_that_is_taken_are_told_once(
    site: Settings, reader: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    write_post(site.root, "more", title="More lamps", front="slug: lamps\n")
    taken = "posts/more.md: the address 'lamps' is taken; it is published as 'lamps-2'."
    assert soon(lambda: taken in caplog.text)
    (site.posts / "lamps.md").unlink()
    gone = "posts/lamps.md is gone; its page 'lamps' stays."
    assert soon(lambda: gone in caplog.text)
    write_post(site.root, "oil", title="Oil", body="New.")
    assert soon(lambda: reader.get("/oil/").status_code == 200)
    assert (caplog.text.count(gone), caplog.text.count(taken)) == (1, 1)


def desk(reader: TestClient, db: Database) -> str:
    """Return the desk's page of posts, with the signs of its sentences as they are read."""
    if not accounts.all_accounts(db):
        with store.transaction(db):
            factories.account(db, "ana")
    moderator = TestClient(reader.app, base_url="http://127.0.0.1:8000")
    moderator.post("/admin/login", data={"username": "ana", "password": PASSWORD})
    return moderator.get("/admin/posts").text.replace("&#39;", "'")


def test_a_page_is_followed_as_a_post_is_and_what_is_wrong_with_it_stands_on_the_desk(
    site: Settings, db: Database, reader: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    put(site, "pages/about.md", "---\ntitle: About\n---\n\nWho we are.\n")  # in a folder that was not there before
    assert soon(lambda: reader.get("/about/").status_code == 200)
    put(site, "pages/about.md", "---\ntitle: About\ntoc: maybe\n---\n\nNew words.\n")
    sentence = "toc is 'maybe'"
    assert soon(lambda: f"pages/about.md, line 3: {sentence}" in caplog.text)
    assert "Who we are." in reader.get("/about/").text
    page = desk(reader, db)
    assert "<code>pages/about.md, line 3</code>" in page
    assert sentence in page
    put(site, "pages/about.md", "---\ntitle: About\n---\n\nNew words.\n")
    assert soon(lambda: "New words." in reader.get("/about/").text)
    assert "pages/about.md, line" not in desk(reader, db)


def test_a_template_and_a_stylesheet_are_followed_and_the_last_good_ones_stay(
    site: Settings, db: Database, reader: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    assert "Words about lamps." in reader.get("/lamps/").text
    put(site, "templates/posts/show.html", "<link href='{{ asset('site.css') }}'>Own: {{ post.title }}")
    assert soon(lambda: "Own: Lamps" in reader.get("/lamps/").text)
    before = reader.get("/lamps/").text
    put(site, "static/site.css", "p { color: teal }")
    assert soon(lambda: reader.get("/lamps/").text != before)
    good = reader.get("/lamps/").text
    assert reader.get(good.split("'")[1]).text == "p { color: teal }"
    put(site, "static/site.css", "p { color: coral")
    put(site, "templates/posts/show.html", "one\n{{ psot.title }}")
    wrong = {
        "static/site.css, line 1": "The { of this line is never closed. Add the missing }.",
        "templates/posts/show.html, line 2": "'psot' is undefined. Did you mean post?",
    }
    for place, sentence in wrong.items():
        assert soon(lambda said=f"{place}: {sentence}": said in caplog.text)  # type: ignore[misc]
    assert reader.get("/lamps/").text == good
    page = desk(reader, db)
    for place, sentence in wrong.items():
        assert f"<code>{place}</code> {sentence}" in page
    put(site, "templates/posts/show.html", "Mended: {{ post.title }}")
    assert soon(lambda: reader.get("/lamps/").text == "Mended: Lamps")
    (site.static / "site.css").unlink()
    (site.templates / "posts" / "show.html").unlink()
    assert soon(lambda: "Words about lamps." in reader.get("/lamps/").text)
    assert "are broken" not in desk(reader, db)


def test_a_title_in_blog_toml_is_on_all_pages_a_moment_later_and_the_rest_waits_for_a_reload(
    site: Settings, db: Database, reader: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    """As every worker sees what another one, or a person at the shell, wrote into the file."""
    before = db.conn.execute("select version from site").fetchone()[0]
    assert "<title>Test</title>" in reader.get("/").text
    put(site, "blog.toml", 'title = "Lamps"\naccent = "#0b6b4f"\n')
    assert soon(lambda: "<title>Lamps</title>" in reader.get("/").text)
    assert "/static/look." in reader.get("/").text
    assert soon(lambda: db.conn.execute("select version from site").fetchone()[0] > before)
    assert soon(lambda: "Reload or restart the server" in caplog.text)  # the author is not there any more
    put(site, "blog.toml", 'title = "Lamps\n')
    assert soon(lambda: "blog.toml was changed and has an error, so the server goes on as before" in caplog.text)
    assert "<title>Lamps</title>" in reader.get("/").text
