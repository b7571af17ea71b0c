"""The page of a post's versions: who saved what, what changed since, restored with one click."""

import html
import re

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import publishing
from blog.settings import Settings
from tests.factories import by, write_post
from tests.web.admin.test_writing import save, text

PAGE = "/admin/posts/lamps/versions"


@pytest.fixture
def written(site: Settings, db: Database, moderator: TestClient) -> str:
    write_post(site.root, "lamps", title="Lamps", body="One lamp.\n\nIt <b>burns</b> all night.\n\nThe end.")
    publishing.publish(db, site, by=by())
    save(moderator, "lamps", body="One lamp.\n\nIt burns half the night.\n\nThe end.\n")
    return "lamps"


def shown(page: str) -> str:
    """Return the words of a page, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^<>]*>", " ", page.split("<main", 1)[1])).split())


def restore(client: TestClient, place: int, *, page: str = "", **more: str) -> TestClient:
    """Press the button of the version at a place of the list, the oldest is 0."""
    page = page or client.get(PAGE).text
    ids = sorted({int(n) for n in re.findall(r"/versions/(\d+)/restoration", page)})
    base = re.search(r'name="base" value="(\w*)"', page)
    data = {"base": base[1] if base else "", **more}
    return client.post(f"{PAGE}/{ids[place]}/restoration", data=data)  # type: ignore[return-value]


def test_the_page_lists_who_saved_what_and_shows_what_changed(moderator: TestClient, written: str) -> None:
    assert "2 versions" in moderator.get("/admin/posts/lamps/edit").text
    page = moderator.get(PAGE).text
    words = shown(page)
    assert "2 versions" in words
    assert re.search(r"changed in the folder Published, first version", words)
    assert re.search(r"ana Published .*? Now", words)
    assert "3 words added, 2 removed, in one place." in words
    assert "<del>&lt;b&gt;burns&lt;/b&gt; all</del> <ins>burns half the</ins> night." in page
    assert "One paragraph unchanged" in words
    assert "<b>burns" not in page


def test_a_version_is_restored_with_one_click_and_so_is_that(
    moderator: TestClient, client: TestClient, site: Settings, written: str
) -> None:
    later = text(site)
    done = restore(moderator, 0)
    assert "Restored. What stood before is among the versions." in done.text  # type: ignore[attr-defined]
    assert "all night" in text(site)
    assert "all night" in client.get("/lamps/").text
    restore(moderator, 1)
    assert text(site) == later
    assert "Restored an earlier version of “Lamps”." in moderator.get("/admin/log?kind=posts").text


def test_a_change_in_between_is_told_and_nothing_is_restored(
    moderator: TestClient, site: Settings, written: str
) -> None:
    page = moderator.get(PAGE).text
    path = site.posts / "lamps.md"
    path.write_text(path.read_text("utf-8") + "\nFrom another program.\n", "utf-8")
    refused = restore(moderator, 0, page=page)
    assert refused.status_code == 409  # type: ignore[attr-defined]
    words = shown(refused.text)  # type: ignore[attr-defined]
    assert "Not restored. The file was changed meanwhile" in words
    assert "is not published yet. If you restore a version, it is kept, too." in words
    assert path.read_text("utf-8").endswith("From another program.\n")
    restore(moderator, 0)
    assert "From another program." not in path.read_text("utf-8")
    assert "4 versions" in shown(moderator.get(PAGE).text)


def test_a_script_is_told_in_json(moderator: TestClient, site: Settings, written: str) -> None:
    def sent(base: str) -> tuple[int, dict[str, object]]:
        page = moderator.get(PAGE).text
        found = re.search(r'/versions/(\d+)/restoration"><input type="hidden" name="base" value="(\w+)"', page)
        assert found
        headers = {"accept": "application/json"}
        data = {"base": base or found[2]}
        answer = moderator.post(f"{PAGE}/{found[1]}/restoration", data=data, headers=headers)
        return answer.status_code, answer.json()

    assert sent("0" * 32)[0] == 409
    assert sent("") == (200, {"slug": "lamps", "version": 1})


def test_a_file_that_is_gone_comes_back_by_a_version(moderator: TestClient, site: Settings, written: str) -> None:
    (site.posts / "lamps.md").unlink()
    assert "The file is not in the folder now." in shown(moderator.get(PAGE).text)
    restore(moderator, -1)
    assert "half the night" in text(site)


def test_a_long_list_is_shown_in_part(moderator: TestClient, written: str) -> None:
    for n in range(13):
        save(moderator, "lamps", body=f"Line {n}.")
    assert moderator.get(PAGE).text.count("/restoration") == 12
    assert "Show all 15" in shown(moderator.get(PAGE).text)
    assert moderator.get(f"{PAGE}?all=1").text.count("/restoration") == 15
    assert moderator.get(f"{PAGE}?version=1").status_code == 200
    assert moderator.get(f"{PAGE}?version=99").status_code == 404


def test_a_post_is_deleted_on_the_desk_and_comes_back_by_undo(
    moderator: TestClient, client: TestClient, site: Settings, written: str
) -> None:
    before = text(site)
    page = moderator.get("/admin/posts/lamps/edit").text
    assert "Its comments, its versions and its pictures stay" in page
    base = re.search(r'name="base" value="(\w+)"', page)
    assert base
    assert moderator.post("/admin/posts/lamps/deletion", data={"base": "0" * 32}).status_code == 409
    done = moderator.post("/admin/posts/lamps/deletion", data={"base": base[1]})
    assert "Deleted the post “Lamps”." in done.text
    assert "/lamps/edit" not in done.text
    back = re.search(r'action="(/admin/batches/\d+/reversal)"', done.text)
    assert back
    assert not (site.posts / "lamps.md").exists()
    assert "The post “Lamps” is back, with its comments." in moderator.post(back[1], data={"back": "/admin/posts"}).text
    assert text(site) == before
    assert client.get("/lamps/").status_code == 200


def test_an_undo_leaves_a_file_that_was_written_meanwhile_and_says_so(
    moderator: TestClient, site: Settings, written: str
) -> None:
    base = re.search(r'name="base" value="(\w+)"', moderator.get("/admin/posts/lamps/edit").text)
    assert base
    done = moderator.post("/admin/posts/lamps/deletion", data={"base": base[1]})
    back = re.search(r'action="(/admin/batches/\d+/reversal)"', done.text)
    assert back
    (site.posts / "lamps.md").write_text("---\ntitle: Lamps\n---\nNew words.\n", "utf-8")
    undone = moderator.post(back[1], data={"back": "/admin/posts"})
    assert "posts/lamps.md was written anew since, so it stays as it is." in shown(undone.text)
    assert "New words." in text(site)
    assert "half the night" in shown(moderator.get(PAGE).text)  # the former text, among the versions
