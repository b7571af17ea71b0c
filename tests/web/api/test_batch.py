"""Batches, each part with the rights of whoever sends it; and what a link to a post shows elsewhere."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from blog.app import create_app
from blog.settings import Settings
from tests.web.api.conftest import LOCAL, Programs

BATCH, EMBED = "/wp-json/batch/v1", "/wp-json/oembed/1.0/embed"


def send(served: TestClient, headers: dict[str, str], *requests: Any, **more: Any) -> Any:
    return served.post(BATCH, json={"requests": list(requests), **more}, headers=headers)


def change(path: str, method: str = "POST", headers: dict[str, str] | None = None, **body: Any) -> dict[str, Any]:
    return {"method": method, "path": path, "body": body, "headers": headers or {}}


def said(answer: Any) -> list[tuple[int, str]]:
    assert answer.status_code == 207, answer.text
    return [(each["status"], each["body"].get("code", "")) for each in answer.json()["responses"]]


def test_each_part_is_made_and_answered_for_itself(served: TestClient, programs: Programs) -> None:
    answer = send(
        served,
        programs["editor"],
        change("/wp/v2/tags", name="wind"),
        {"path": "/wp/v2/posts", "body": {"title": "By a batch", "status": "publish"}},
        change("/wp/v2/posts/5", "PUT", title="Changed"),
        change("/wp/v2/posts/6?force=true", "DELETE"),
        change("/wp/v2/posts/999", title="x"),
        change("/wp/v2/posts/5", date="never"),
        change("/wp/v2/nothing"),
        change("/wp/v2/comments/4", status="approve"),
        change("/wp/v2/media/4", title="x"),
    )
    assert said(answer) == [
        (201, ""),
        (201, ""),
        (200, ""),
        (200, ""),
        (404, "rest_post_invalid_id"),
        (400, "rest_invalid_param"),
        (404, "rest_no_route"),
        (400, "rest_batch_not_allowed"),
        (400, "rest_batch_not_allowed"),
    ]
    first, second = answer.json()["responses"][:2]
    assert first["headers"]["Location"].endswith(f"/wp-json/wp/v2/tags/{first['body']['id']}")
    assert first["headers"]["Allow"] == "GET, POST"
    assert served.get(f"/wp-json/wp/v2/posts/{second['body']['id']}").json()["title"]["rendered"] == "By a batch"
    assert served.get("/wp-json/wp/v2/posts/5").json()["title"]["rendered"] == "Changed"


def test_nothing_is_made_when_all_have_to_be_right(served: TestClient, programs: Programs) -> None:
    parts = [change("/wp/v2/tags", name="wind"), change("/wp/v2/tags", description="no name")]
    answer = send(served, programs["admin"], *parts, validation="require-all-validate")
    assert answer.status_code == 207
    assert answer.json()["failed"] == "validation"
    assert [each and each["body"]["code"] for each in answer.json()["responses"]] == [
        None,
        "rest_missing_callback_param",
    ]
    assert served.get("/wp-json/wp/v2/tags?search=wind").json() == []
    assert said(send(served, programs["admin"], parts[0], validation="require-all-validate")) == [(201, "")]


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("admin", [201, 200, 200]),
        ("editor", [201, 200, 200]),
        ("author", [201, 403, 403]),
        ("reader", [403, 403, 403]),
        ("nobody", [401, 401, 401]),
    ],
)
def test_each_part_has_the_rights_of_the_caller(
    served: TestClient, programs: Programs, who: str, expected: list[int]
) -> None:
    parts = [
        change("/wp/v2/posts", title="New"),
        change("/wp/v2/posts/5", "PATCH", title="Changed"),
        change("/wp/v2/tags/2?force=true", "DELETE"),
    ]
    parts[0]["headers"]["Authorization"] = programs["admin"]["authorization"]  # says nothing
    assert [status for status, _ in said(send(served, programs.get(who, {}), *parts))] == expected


def test_a_part_is_refused_when_its_post_was_changed(served: TestClient, programs: Programs) -> None:
    etag = served.get("/wp-json/wp/v2/posts/5", headers=programs["admin"]).headers["etag"]
    part = change("/wp/v2/posts/5", headers={"If-Match": etag}, title="Once")
    assert said(send(served, programs["admin"], part, part)) == [(200, ""), (412, "rest_precondition_failed")]


@pytest.mark.parametrize(
    ("requests", "code"),
    [
        ("x", "rest_invalid_type"),
        ([1], "rest_invalid_type"),
        ([{}], "rest_property_required"),
        ([{"path": 5}], "rest_invalid_type"),
        ([{"path": "/wp/v2/tags", "body": "x"}], "rest_invalid_type"),
        ([{"path": "/wp/v2/tags", "method": "GET"}], "rest_not_in_enum"),
        ([{"path": "/wp/v2/tags"}] * 26, "rest_too_many_items"),
    ],
)
def test_what_is_no_batch_is_refused(served: TestClient, programs: Programs, requests: Any, code: str) -> None:
    answer = served.post(BATCH, json={"requests": requests}, headers=programs["admin"])
    assert (answer.status_code, answer.json()["data"]["details"]["requests"]["code"]) == (400, code)
    assert served.post(BATCH, headers=programs["admin"]).json()["code"] == "rest_missing_callback_param"
    assert served.get(BATCH).json()["code"] == "rest_no_route"


def test_odd_paths_find_nothing(served: TestClient, programs: Programs) -> None:
    paths = ("", "//[", "wp/v2/tags/1/../..", "/batch/v1", "https://elsewhere.example/wp/v2/tags\n")
    answer = send(served, programs["admin"], *(change(path) for path in paths))
    assert all(status in (400, 404) for status, _ in said(answer))


def test_a_post_names_what_other_sites_show_of_it(served: TestClient) -> None:
    page = served.get("/open-post/").text
    (href,) = re.findall(r'type="application/json\+oembed" href="([^"]+)"', page)
    parts = urlsplit(href)
    assert parse_qs(parts.query) == {"url": ["https://blog.example.org/open-post/"]}
    answer = served.get(f"{parts.path}?{parts.query}")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json() == {
        "version": "1.0",
        "type": "link",
        "provider_name": "Example Blog",
        "provider_url": "https://blog.example.org",
        "title": "The open post & its “comments”",
        "author_name": "admin",
        "author_url": "https://blog.example.org/authors/admin/",
    }


@pytest.mark.parametrize(
    "url",
    [
        *("https://blog.example.org/draft-post/", "https://blog.example.org/nothing/", "https://blog.example.org/"),
        *("https://elsewhere.example/open-post/", "/open-post/", "open post", "http://[", "https://blog.example.org"),
    ],
)
def test_nothing_is_said_of_what_is_no_public_post(served: TestClient, programs: Programs, url: str) -> None:
    answer = served.get(EMBED, params={"url": url}, headers=programs["admin"])
    assert (answer.status_code, answer.json()["code"]) == (404, "oembed_invalid_url")


def test_one_format_is_offered(served: TestClient) -> None:
    url = "https://blog.example.org/open-post/"
    assert served.get(EMBED, params={"url": url, "format": "xml"}).status_code == 501
    assert served.get(EMBED).json()["code"] == "rest_missing_callback_param"
    assert served.get("/wp-json/oembed/1.0/proxy", params={"url": url}).json()["code"] == "rest_no_route"
    assert list(served.get("/wp-json/oembed/1.0").json()["routes"]) == ["/oembed/1.0", "/oembed/1.0/embed"]


def test_without_an_address_of_its_own_a_site_answers_by_the_one_that_was_asked(wordpress: Settings) -> None:
    with TestClient(create_app(replace(wordpress, url="")), base_url="http://127.0.0.1:8000", client=LOCAL) as local:
        answer = local.get(EMBED, params={"url": "http://127.0.0.1:8000/open-post/"})
        assert answer.json()["provider_url"] == "http://127.0.0.1:8000"
        assert "oembed" not in local.get("/open-post/").text
