"""Reading by programs: discovery, pages with their links, chosen parts, embedded objects, other ways to ask."""

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.settings import Settings
from blog.storage import store
from tests.factories import SLUG, post
from tests.web.api.conftest import Programs

API = "https://blog.example.org/wp-json/"


def test_every_page_names_the_api(served: TestClient) -> None:
    for path in ("/", "/open-post/", "/about/", "/nothing/"):
        for method in ("HEAD", "GET", "GET"):  # the second one comes from the page cache
            answer = served.request(method, path)
            assert answer.headers["link"].endswith(f'<{API}>; rel="https://api.w.org/"'), path
        assert f'<link rel="https://api.w.org/" href="{API}">' in answer.text
    assert "link" not in served.get("/admin/login").headers


def test_without_url_the_address_that_was_asked_is_named_and_never_cached(client: TestClient, db: Database) -> None:
    post(db)
    assert (
        client.get(f"/{SLUG}/").headers["link"].endswith(', <http://127.0.0.1:8000/wp-json/>; rel="https://api.w.org/"')
    )
    for host in ("127.0.0.1:8000", "127.0.0.1:8000", "localhost", "[::1]:8000"):
        answer = client.get("/", headers={"host": host})
        assert answer.headers["link"] == f'<http://{host}/wp-json/>; rel="https://api.w.org/"'
    for host in ('x">, <https://evil.example/', "evil.example"):
        strange = client.get("/", headers={"host": host})
        assert strange.headers["link"] == '</wp-json/>; rel="https://api.w.org/"'


def test_the_index_tells_how_to_sign_in_where_that_is_possible(served: TestClient) -> None:
    index = served.get("/wp-json").json()
    assert (index["name"], index["url"], index["timezone_string"]) == (
        "Example Blog",
        "https://blog.example.org",
        "Europe/Berlin",
    )
    authorization = index["authentication"]["application-passwords"]["endpoints"]["authorization"]
    assert authorization == "https://blog.example.org/wp-admin/authorize-application.php"
    assert index["routes"]["/wp/v2/posts"]["methods"] == ["GET", "POST"]
    far = TestClient(served.app, base_url="http://blog.example.org", client=("203.0.113.9", 1))
    assert far.get("/wp-json/").json()["authentication"] == []


@pytest.mark.parametrize(
    "address",
    [
        "/wp-json/wp/v2/posts/5?_fields=id,slug",
        "/wp-json/wp/v2/posts/5/?_fields=id,slug",
        "/?rest_route=/wp/v2/posts/5&_fields=id,slug",
        "/index.php?rest_route=/wp/v2/posts/5&_fields[]=id&_fields[]=slug",
    ],
)
def test_one_post_has_many_addresses(served: TestClient, address: str) -> None:
    assert served.get(address).json() == {"id": 5, "slug": "open-post"}


def test_a_page_tells_the_totals_and_the_pages_around_it(served: TestClient) -> None:
    first = served.get("/wp-json/wp/v2/comments?post=5&per_page=1")
    assert [each["id"] for each in first.json()] == [3]
    assert (first.headers["x-wp-total"], first.headers["x-wp-totalpages"]) == ("2", "2")
    assert first.headers["link"] == (f'<{API}wp/v2/comments?post%5B0%5D=5&per_page=1&page=2>; rel="next"')
    second = served.get("/wp-json/wp/v2/comments?post=5&per_page=1&page=2")
    assert [each["id"] for each in second.json()] == [2]
    assert second.headers["link"].endswith('&page=1>; rel="prev"')


def test_embedded_objects_are_those_that_links_lead_to(served: TestClient) -> None:
    post = served.get("/wp-json/wp/v2/posts/5?_embed").json()
    embedded = post["_embedded"]
    assert set(embedded) == {"author", "replies", "wp:featuredmedia", "wp:term"}
    assert [each["id"] for each in embedded["replies"][0]] == [3, 2]
    assert embedded["author"][0]["name"] == "admin"
    assert embedded["wp:featuredmedia"][0]["alt_text"] == "Blue water"
    assert "content" not in served.get("/wp-json/wp/v2/comments/3?_embed").json()["_embedded"]["up"][0]
    some = served.get("/wp-json/wp/v2/posts/5?_embed=author&_fields=id,_links,_embedded").json()
    assert set(some) == {"id", "_links", "_embedded"}
    assert set(some["_embedded"]) == {"author"}


def test_parts_are_chosen_by_name_also_within_parts(served: TestClient) -> None:
    post = served.get("/wp-json/wp/v2/posts/5?_fields=id,title.rendered,_links.self").json()
    assert set(post) == {"id", "title", "_links"}
    assert set(post["_links"]) == {"self"}


def test_drafts_are_for_those_who_may_change_them(served: TestClient, programs: Programs) -> None:
    def ids(query: str, who: str = "") -> list[int]:
        return [each["id"] for each in served.get(f"/wp-json/wp/v2/posts?{query}", headers=programs.get(who)).json()]

    assert ids("") == [6, 5]
    assert ids("status=draft", "admin") == [7]
    assert ids("status=any", "author") == [7, 6, 5]
    assert ids("status=any&author=3", "editor") == [7, 6]
    assert ids("include=5,7") == [5]
    assert ids("context=edit", "author") == [6]


def test_filters_and_orders(served: TestClient) -> None:
    def ids(query: str) -> list[int]:
        return [each["id"] for each in served.get(f"/wp-json/wp/v2/posts?{query}").json()]

    assert ids("search=fold") == [5]
    assert ids("search=zebra") == []
    assert ids("slug=closed-post,open-post") == [6, 5]
    assert ids("tags=4&tags_exclude=3") == [6]
    assert ids("categories=2") == [5]
    assert ids("orderby=title&order=asc") == [6, 5]
    assert ids("orderby=include&include=5,6") == [5, 6]
    assert ids("after=2026-03-02T10:00:00") == [6]
    assert ids("before=2026-07-10T16:30:00Z") == [5]
    assert ids("offset=1") == [5]
    assert ids("author_exclude=3") == [5]


def test_a_status_that_a_reader_may_not_see_has_no_comments(served: TestClient) -> None:
    for status in ("pending", "hold", "spam", "trash"):
        answer = served.get(f"/wp-json/wp/v2/comments?status={status}")
        assert answer.status_code in (200, 400, 401), answer.text
        assert answer.json() == [] or "code" in answer.json()


def test_a_file_of_a_draft_is_not_for_everybody(served: TestClient, programs: Programs, wordpress: Settings) -> None:
    db = store.connect(wordpress.database)
    draft = next(db.query("select id from posts where slug = 'draft-post'"))["id"]
    with store.transaction(db):
        db.conn.execute("update media set post_id = ?", [draft])
    number = next(db.query("select id from media"))["id"]
    db.conn.close()
    assert served.get(f"/wp-json/wp/v2/media/{number}").status_code in (401, 403, 404)
    assert served.get("/wp-json/wp/v2/media").json() == []
    assert served.get(f"/wp-json/wp/v2/media/{number}", headers=programs["editor"]).status_code == 200


def test_answers_are_not_kept_where_somebody_signed_in(served: TestClient, programs: Programs) -> None:
    assert served.get("/wp-json/wp/v2/posts").headers["cache-control"] == "no-cache"
    signed = served.get("/wp-json/wp/v2/posts", headers=programs["admin"])
    assert signed.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("name", ["<script>", "alert(1)//", "a b", ""])
def test_a_strange_callback_is_no_function(served: TestClient, name: str) -> None:
    answer = served.get("/wp-json/wp/v2/posts/5", params={"_jsonp": name})
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    "path",
    [
        "/wp-json/wp/v2/posts?page=99999999999999999999",
        "/wp-json/wp/v2/posts?offset=999999999999999",
        "/wp-json/wp/v2/posts/999999999999999999999999999",
        "/wp-json/wp/v2/posts?include=999999999999999999999999",
        "/wp-json/wp/v2/posts?search=%22%27%3B--%00",
        "/wp-json/wp/v2/comments?search=%22%00%FF*",
        "/wp-json/wp/v2/comments?after=9999-99-99T00:00:00",
        "/wp-json/wp/v2/posts?after[]=x&slug[a]=b",
        "/wp-json/wp/v2/posts?per_page[]=1",
        "/wp-json/wp/v2/tags?search=%F0%9F%8C%8A",
        "/wp-json/../../etc/passwd",
        "/wp-json/wp/v2/users/0",
        "/wp-json/wp/v2/search?search=%22",
    ],
)
def test_nonsense_is_answered_calmly(served: TestClient, path: str) -> None:
    assert served.get(path).status_code in (200, 400, 401, 404), served.get(path).text


def test_old_addresses_below_it_are_not_looked_up(served: TestClient, wordpress: Settings) -> None:
    answer = served.get("/wp-json/anything/else")
    assert (answer.status_code, answer.json()["code"]) == (404, "rest_no_route")
