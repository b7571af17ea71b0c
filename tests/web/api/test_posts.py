"""Posts that programs write are files as the editor writes them: with versions, conflicts, a journal, and an undo."""

import base64
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import moderation, publishing
from blog.journal import acts, log
from blog.moderation.acts import ACTS
from blog.posts import versions
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.factories import by
from tests.web.api.conftest import Programs

POSTS, PAGES, MEDIA = "/wp-json/wp/v2/posts", "/wp-json/wp/v2/pages", "/wp-json/wp/v2/media"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def database(wordpress: Settings) -> Any:
    opened = store.connect(wordpress.database)
    yield opened
    opened.conn.close()


def text(site: Settings, path: str) -> str:
    return (site.posts / path).read_text("utf-8")


def test_a_new_post_is_a_file_in_a_folder_of_its_own(
    served: TestClient, programs: Programs, wordpress: Settings, database: Database
) -> None:
    wanted = {
        "title": "On *lamps*: & others",
        "content": "Words about **lamps**.",
        "excerpt": "Short",
        "status": "publish",
        "slug": "On Lamps",
        "tags": [3],
        "categories": [2],
        "date": "2026-05-07T12:00:00",
        "comment_status": "closed",
        "featured_media": 4,
    }
    made = served.post(POSTS, json=wanted, headers=programs["admin"])
    assert made.status_code == 201
    post = made.json()
    assert post["title"] == {"raw": "On *lamps*: & others", "rendered": "On *lamps*: &amp; others"}
    assert post["content"]["raw"] == "Words about **lamps**."
    assert "<strong>lamps</strong>" in post["content"]["rendered"]
    assert (post["slug"], post["status"], post["author"], post["featured_media"]) == ("on-lamps", "publish", 1, 4)
    assert (post["date"], post["date_gmt"]) == ("2026-05-07T12:00:00", "2026-05-07T10:00:00")
    assert sorted(post["tags"]) == sorted(post["categories"]) == [2, 3]
    assert post["comment_status"] == "closed"
    assert served.get("/on-lamps/").status_code == 200
    assert "slug: on-lamps" in text(wordpress, "on-lamps/index.md")
    kept = versions.of_post(database, post["id"])
    assert [(each["who"], each["source"]) for each in kept] == [("admin", "api")]


def test_a_change_leaves_all_else_in_the_file_as_it_was(
    served: TestClient, programs: Programs, wordpress: Settings
) -> None:
    path = wordpress.posts / "open-post.md"
    path.write_text(path.read_text("utf-8").replace("---\n\n", "# a note\nlanguage: en\n---\n\n", 1), "utf-8")
    answer = served.patch(f"{POSTS}/5", json={"excerpt": "Another"}, headers=programs["editor"])
    assert answer.json()["excerpt"]["raw"] == "Another"
    now = path.read_text("utf-8")
    assert "# a note\nlanguage: en\n" in now
    assert "summary: Another" in now
    assert "First paragraph with *emphasis*." in now


def test_a_post_that_was_changed_since_it_was_read_is_not_overwritten(
    served: TestClient, programs: Programs, wordpress: Settings
) -> None:
    read = served.get(f"{POSTS}/5", headers=programs["admin"])
    path = wordpress.posts / "open-post.md"
    path.write_text(path.read_text("utf-8") + "\nWritten meanwhile.\n", "utf-8")
    headers = {**programs["admin"], "if-match": read.headers["etag"]}
    refused = served.put(f"{POSTS}/5", json={"content": "Mine"}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (412, "rest_precondition_failed")
    assert "Written meanwhile." in path.read_text("utf-8")
    long_ago = {**programs["admin"], "if-unmodified-since": "Wed, 01 Apr 2026 08:00:00 GMT"}
    assert served.put(f"{POSTS}/5", json={"content": "Mine"}, headers=long_ago).status_code == 412
    again = served.get(f"{POSTS}/5", headers=programs["admin"])
    headers["if-match"] = again.headers["etag"]
    assert served.put(f"{POSTS}/5", json={"title": "Mine"}, headers=headers).status_code == 200
    assert "Written meanwhile." in path.read_text("utf-8")


def test_two_programs_that_change_two_parts_lose_nothing(served: TestClient, programs: Programs) -> None:
    served.put(f"{POSTS}/5", json={"title": "By one"}, headers=programs["admin"])
    served.put(f"{POSTS}/5", json={"excerpt": "By the other"}, headers=programs["editor"])
    post = served.get(f"{POSTS}/5?context=edit", headers=programs["admin"]).json()
    assert (post["title"]["raw"], post["excerpt"]["raw"]) == ("By one", "By the other")


@pytest.mark.parametrize("sent", ["<p>Some <b>bold</b> words</p><script>alert(1)</script>", "Plain *words*"])
def test_html_of_an_author_becomes_markdown(
    served: TestClient, programs: Programs, wordpress: Settings, sent: str
) -> None:
    made = served.post(POSTS, json={"title": "T", "content": sent}, headers=programs["author"]).json()
    raw = made["content"]["raw"]
    assert raw == ("Some **bold** words" if "<" in sent else sent)
    assert "<script" not in made["content"]["rendered"]
    assert "html: false" in text(wordpress, "t/index.md").replace("'", "")
    assert made["author"] == 3


def test_html_of_an_editor_stays(served: TestClient, programs: Programs) -> None:
    made = served.post(
        POSTS, json={"title": "T", "content": "<p>Some <b>bold</b> words</p>"}, headers=programs["editor"]
    )
    assert made.json()["content"]["raw"] == "<p>Some <b>bold</b> words</p>"


def test_the_trash_and_back_with_the_file_and_the_comments(
    served: TestClient, programs: Programs, wordpress: Settings, database: Database
) -> None:
    path = wordpress.posts / "open-post.md"
    before = path.read_bytes()
    trashed = served.delete(f"{POSTS}/5", headers=programs["admin"])
    assert trashed.json()["status"] == "trash"
    assert not path.exists()
    assert served.get("/open-post/").status_code == 410
    assert [post["id"] for post in served.get(f"{POSTS}?status=trash", headers=programs["admin"]).json()] == [5]
    assert served.get(f"{POSTS}/5").json()["code"] == "rest_forbidden"
    assert served.delete(f"{POSTS}/5", headers=programs["admin"]).json()["code"] == "rest_already_trashed"
    back = served.post(f"{POSTS}/5", json={"status": "publish"}, headers=programs["admin"])
    assert (back.status_code, back.json()["status"]) == (200, "publish")
    assert path.read_bytes() == before
    assert len(served.get("/wp-json/wp/v2/comments?post=5").json()) == 2


def test_for_good_it_is_gone_for_programs_and_an_undo_still_brings_it_back(
    served: TestClient, programs: Programs, wordpress: Settings, database: Database
) -> None:
    deleted = served.delete(f"{POSTS}/5?force=true", headers=programs["admin"]).json()
    assert (deleted["deleted"], deleted["previous"]["id"]) == (True, 5)
    assert served.get(f"{POSTS}/5", headers=programs["admin"]).json()["code"] == "rest_post_invalid_id"
    assert served.get(f"{POSTS}?status=trash", headers=programs["admin"]).json() == []
    assert acts.who(log.log(database, ACTS)[0]) == "admin by “seed”"
    with store.transaction(database):
        result = moderation.undo(database, None, ACTS, by=by())
    publishing.write_again(wordpress, result["back"])
    assert served.get(f"{POSTS}/5").json()["status"] == "publish"


def test_statuses_and_dates_go_as_wordpress_says(served: TestClient, programs: Programs) -> None:
    def made(**given: str) -> Any:
        return served.post(POSTS, json={"title": "T", **given}, headers=programs["admin"]).json()

    assert made()["status"] == "draft"
    assert made(status="pending")["status"] == "draft"
    later = made(status="publish", date="2036-01-01T10:00:00")
    assert (later["status"], later["date_gmt"]) == ("future", "2036-01-01T09:00:00")
    assert made(date_gmt="2026-05-07T10:00:00")["date"] == "2026-05-07T12:00:00"
    assert made(date_gmt="2026-05-07T10:00:00+02:00")["date_gmt"] == "2026-05-07T08:00:00"
    published = made(status="publish")
    hidden = served.put(f"{POSTS}/{published['id']}", json={"status": "private"}, headers=programs["admin"]).json()
    assert hidden["status"] == "private"
    assert served.get(f"/{hidden['slug']}/").status_code == 410


def test_a_post_with_a_password_is_refused_rather_than_shown_to_all(served: TestClient, programs: Programs) -> None:
    answer = served.post(POSTS, json={"title": "T", "password": "secret"}, headers=programs["admin"])
    assert (answer.status_code, answer.json()["data"]["params"].keys()) == (400, {"password"})


def test_tags_are_changed_by_the_list_that_differs(served: TestClient, programs: Programs) -> None:
    def change(**lists: list[int]) -> list[int]:
        post = served.put(f"{POSTS}/5", json=lists, headers=programs["admin"]).json()
        assert post["tags"] == post["categories"]
        return sorted(post["tags"])

    assert change(tags=[3, 4], categories=[2, 3, 4]) == [3, 4]
    assert change(tags=[3, 4], categories=[2]) == [2]
    assert change(tags=[3], categories=[1]) == [1, 3]
    assert change(tags=[]) == []


def test_a_tag_is_renamed_and_removed_in_the_files(served: TestClient, programs: Programs, wordpress: Settings) -> None:
    renamed = served.put("/wp-json/wp/v2/tags/4", json={"name": "Brine"}, headers=programs["editor"]).json()
    assert (renamed["id"], renamed["name"], renamed["slug"], renamed["count"]) == (4, "Brine", "brine", 2)
    assert "Brine" in text(wordpress, "open-post.md")
    assert served.put("/wp-json/wp/v2/tags/4", json={"name": "Sea"}, headers=programs["editor"]).json()["code"] == (
        "term_exists"
    )
    served.delete("/wp-json/wp/v2/tags/4?force=true", headers=programs["editor"])
    assert "Brine" not in text(wordpress, "open-post.md") + text(wordpress, "closed-post.md")
    assert served.get("/tags/brine/").status_code == 404


def test_pages_are_written_into_their_folder(served: TestClient, programs: Programs, wordpress: Settings) -> None:
    wanted = {"title": "Contact", "content": "Write to us.", "status": "publish", "menu_order": 2}
    made = served.post(PAGES, json=wanted, headers=programs["editor"]).json()
    assert (made["type"], made["menu_order"], made["parent"]) == ("page", 2, 0)
    assert "tags" not in made
    assert (wordpress.pages / "contact.md").is_file()
    assert served.get("/contact/").status_code == 200


def test_a_picture_is_made_anew_and_removed_when_no_post_shows_it(
    served: TestClient, programs: Programs, wordpress: Settings
) -> None:
    sent = {"file": ("A dot.png", PNG, "image/png")}
    made = served.post(MEDIA, files=sent, data={"alt_text": "A dot"}, headers=programs["author"])
    assert made.status_code == 201
    file = made.json()
    assert (file["mime_type"], file["alt_text"], file["title"]["raw"]) == ("image/webp", "A dot", "A dot")
    path = file["source_url"].removeprefix("https://blog.example.org")
    assert served.get(path).headers["content-type"] == "image/webp"
    assert served.put(f"{MEDIA}/{file['id']}", json={"caption": "Small"}, headers=programs["author"]).json()[
        "caption"
    ] == {"raw": "Small", "rendered": "<p>Small</p>\n"}
    shown = served.post(POSTS, json={"title": "T", "content": f"![]({path})"}, headers=programs["author"]).json()
    used = served.delete(f"{MEDIA}/{file['id']}?force=true", headers=programs["author"])
    assert used.json()["code"] == "rest_media_in_use"
    served.put(f"{POSTS}/{shown['id']}", json={"content": "No picture"}, headers=programs["author"])
    assert served.delete(f"{MEDIA}/{file['id']}?force=true", headers=programs["author"]).json()["deleted"] is True
    assert served.get(path).status_code == 404


def test_a_raw_upload_names_itself_in_a_header_and_its_digest_is_checked(
    served: TestClient, programs: Programs
) -> None:
    headers = {
        **programs["author"],
        "content-type": "image/png",
        "content-disposition": 'attachment; filename="raw.png"',
    }
    assert served.post(MEDIA, content=PNG, headers=headers).status_code == 201
    wrong = served.post(MEDIA, content=PNG, headers={**headers, "content-md5": "0" * 32})
    assert (wrong.status_code, wrong.json()["code"]) == (412, "rest_upload_hash_mismatch")


def test_programs_that_write_at_once_lose_nothing(served: TestClient, programs: Programs) -> None:
    def write(field: str) -> list[int]:
        return [
            served.patch(f"{POSTS}/5", json={field: f"{field} {number}"}, headers=programs["admin"]).status_code
            for number in range(5)
        ]

    with ThreadPoolExecutor(3) as pool:
        statuses = list(pool.map(write, ("title", "excerpt", "content")))
    assert statuses == [[200] * 5] * 3
    post = served.get(f"{POSTS}/5?context=edit", headers=programs["admin"]).json()
    assert [post[field]["raw"] for field in ("title", "excerpt", "content")] == ["title 4", "excerpt 4", "content 4"]


def test_a_picture_of_the_desk_is_listed_with_its_post(served: TestClient, database: Database) -> None:
    factories.sign_in(served, database, 1)
    accept = {"accept": "application/json"}
    kept = served.post("/admin/posts/open-post/images", files={"image": ("Lamp.png", PNG, "image/png")}, headers=accept)
    assert kept.status_code == 200
    listed = served.get(f"{MEDIA}?parent=5").json()
    assert [(each["title"]["rendered"], each["author"], each["media_details"]["width"]) for each in listed] == [
        ("Lamp", 1, 1)
    ]
    assert listed[0]["source_url"] == f"https://blog.example.org{kept.json()['url']}"
