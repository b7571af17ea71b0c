"""The page of the site: title, look, menu and pages, changed on the desk."""

import json
import re
from html import unescape

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import publishing, settings
from blog.settings import Settings
from tests.factories import by
from tests.web.test_look import put

URL = "/admin/settings/site"


def was(page: str) -> str:
    found = re.search(r'name="was" value="([^"]*)"', page)
    assert found
    return unescape(found[1])


def save(desk: TestClient, page: str = "", **typed: str) -> int:
    """Send the form as a browser does, after it showed the page."""
    seen = was(page or desk.get(URL).text)
    answer = desk.post(URL, data={**json.loads(seen), **typed, "was": seen}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return desk.get(answer.headers["location"]).status_code


def test_a_new_title_is_on_every_page_at_once(moderator: TestClient, client: TestClient, site: Settings) -> None:
    assert "<title>Test</title>" in client.get("/").text
    cached = client.get("/").headers["etag"]
    assert save(moderator, title="Lamps & Oil", tagline="A light.", accent="#0b6b4f", typeface="sans") == 200
    page = client.get("/")
    assert "<title>Lamps &amp; Oil</title>" in page.text
    assert "A light." in page.text
    assert page.headers["etag"] != cached
    assert "Lamps &amp; Oil" in client.get("/feed.xml").text
    look = re.search(r'href="(/static/look\.[0-9a-f]+\.css)"', page.text)
    assert look
    assert "#0b6b4f" in client.get(look[1]).text
    assert settings.load(site.root, {}).author == "Judith"


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(moderator: TestClient, site: Settings) -> None:
    before = (site.root / "blog.toml").read_bytes()
    seen = was(moderator.get(URL).text)
    answer = moderator.post(URL, data={"title": "Lamps", "accent": "#eeeeee", "was": seen})
    assert answer.status_code == 422
    assert "too light to read on the pages" in answer.text
    assert 'value="Lamps"' in answer.text
    assert 'value="#eeeeee"' in answer.text
    assert (site.root / "blog.toml").read_bytes() == before
    answer = moderator.post(URL, data={"title": "", "was": seen}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["errors"]) == (422, {"title": "A site has a title. Write one."})


def test_of_two_who_change_the_title_the_second_sees_both(moderator: TestClient, site: Settings) -> None:
    page = moderator.get(URL).text
    save(moderator, title="Theirs")
    answer = moderator.post(URL, data={"title": "Mine", "was": was(page)})
    assert answer.status_code == 409
    assert "Meanwhile it became “Theirs”." in answer.text
    assert 'value="Mine"' in answer.text
    assert settings.load(site.root, {}).title == "Theirs"
    save(moderator, answer.text, title="Mine")
    assert settings.load(site.root, {}).title == "Mine"


def test_each_change_is_in_the_log_and_can_be_changed_back(moderator: TestClient, site: Settings) -> None:
    save(moderator, title="Lamps")
    save(moderator, tagline="A light.")
    page = moderator.get(URL).text
    assert "Site, Title: “Test” → “Lamps”" in page
    assert "Site, Title: “Test” → “Lamps”" in moderator.get("/admin/log?kind=settings").text
    back = {"title": "Test", "was": json.dumps({"title": "Lamps"})}
    assert f'name="title" value="{back["title"]}"' in page
    assert moderator.post(URL, data=back, follow_redirects=False).status_code == 303
    assert (settings.load(site.root, {}).title, settings.load(site.root, {}).tagline) == ("Test", "A light.")
    save(moderator, title="Lights")
    assert moderator.post(URL, data=back).status_code == 409  # it is not what that change made of it any more


def test_a_file_with_an_error_is_said_and_nothing_is_lost(moderator: TestClient, site: Settings) -> None:
    seen = was(moderator.get(URL).text)
    (site.root / "blog.toml").write_text("title = \n", "utf-8")
    answer = moderator.post(URL, data={"title": "Lamps", "was": seen})
    assert answer.status_code == 409
    assert "blog.toml" in answer.text
    assert (site.root / "blog.toml").read_text("utf-8") == "title = \n"
    page = moderator.get(URL).text
    assert "disabled" in page
    assert "BLOG_TITLE" not in page


def test_a_setting_of_the_environment_is_shown_as_it_stands_and_cannot_be_typed(
    moderator: TestClient, site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOG_TITLE", "From outside")
    save(moderator, tagline="A light.")  # and with it the variable is read
    page = moderator.get(URL).text
    assert re.search(r'<input id="title" name="title" value="From outside"[^>]* disabled', page)
    assert "BLOG_TITLE" in page
    assert 'title = "Test"' in (site.root / "blog.toml").read_text("utf-8")


def test_a_page_is_begun_put_into_the_menu_and_moved_in_it(
    moderator: TestClient, client: TestClient, site: Settings, db: Database
) -> None:
    put(site, "pages/about.md", "---\ntitle: About\nmenu: 1\n---\n\nWho we are.\n")
    publishing.publish(db, site, by=by())
    answer = moderator.post("/admin/posts/new", data={"title": "Visits", "kind": "page"}, follow_redirects=False)
    assert answer.headers["location"] == "/admin/posts/visits/edit"
    edit = moderator.get("/admin/posts/visits/edit").text
    assert "pages/visits.md" in edit
    base = re.search(r'name="base" value="([^"]*)"', edit)
    assert base
    typed = {"title": "Visits", "menu": "2", "body": "On Sundays.", "base": base[1], "was": "{}", "action": "publish"}
    front = re.search(r'name="front"[^>]*>\n(.*?)</textarea>', edit, re.DOTALL)
    assert front
    answer = moderator.post(
        "/admin/posts/visits/edit", data={**typed, "front": unescape(front[1])}, follow_redirects=False
    )
    assert answer.status_code == 303, answer.text
    assert client.get("/visits/").status_code == 200
    menu = r'<nav aria-label="Site">.*?</nav>'
    assert re.findall(r">(\w+)</a>", re.search(menu, client.get("/").text, re.DOTALL)[0]) == ["About", "Visits"]  # type: ignore[index]
    places = dict(re.findall(r'name="((?:place|seen)-\d+)" value="(\d*)"', moderator.get(URL).text))
    about = next(name for name, value in places.items() if value == "1" and name.startswith("place"))
    answer = moderator.post("/admin/settings/menu", data={**places, about: "3"}, follow_redirects=False)
    assert answer.headers["location"] == f"{URL}?said=menu#menu"
    assert re.findall(r">(\w+)</a>", re.search(menu, client.get("/").text, re.DOTALL)[0]) == ["Visits", "About"]  # type: ignore[index]
    assert "menu: 3" in (site.pages / "about.md").read_text("utf-8")
    answer = moderator.post("/admin/settings/menu", data={**places, about: "4"})  # from a page that is out of date
    assert answer.status_code == 409
    assert "“About” has another place by now." in answer.text
    answer = moderator.post("/admin/settings/menu", data={about: "first", about.replace("place", "seen"): "3"})
    assert answer.status_code == 422
    assert "“first” is no place in the menu." in answer.text
    answer = moderator.post(
        "/admin/settings/menu", data={about: "", about.replace("place", "seen"): "3"}, follow_redirects=False
    )
    assert re.findall(r">(\w+)</a>", re.search(menu, client.get("/").text, re.DOTALL)[0]) == ["Visits"]  # type: ignore[index]
    assert "menu" not in (site.pages / "about.md").read_text("utf-8")


def test_only_administrators_change_the_site(client: TestClient, db: Database) -> None:
    from blog.storage import store
    from tests import factories

    with store.transaction(db):
        eva = factories.account(db, "eva", role="editor")
    factories.sign_in(client, db, eva)
    assert client.get(URL).status_code == 403
    assert client.post(URL, data={"title": "Mine"}).status_code == 403
