"""What one network may ask for."""

import pytest
from starlette.testclient import TestClient

from blog.rules.policy import Policy
from blog.web.middleware import limits, refusals
from blog.web.middleware.limits import RATES, Buckets
from tests.factories import form_on

OF_A_NETWORK = Policy().comment_network_limit
JSON = {"accept": "application/json"}


def test_a_bucket_gives_its_burst_then_its_rate_and_says_how_long_to_wait() -> None:
    bucket = Buckets(3, 0.5)
    assert [bucket.take("a", now=0) for _ in range(5)] == [0, 0, 0, 2, 2]
    assert bucket.take("b", now=0) == 0
    assert bucket.take("a", now=1) == 1
    assert bucket.take("a", now=2) == 0
    assert bucket.take("a", now=1_000) == 0
    assert [bucket.take("a", now=1_000) for _ in range(3)] == [0, 0, 2]


def test_buckets_are_bounded_and_the_busy_ones_stay() -> None:
    bucket = Buckets(2, 0.01, most=100)
    for n in range(5_000):
        bucket.take("busy", now=0)
        bucket.take(f"{n}", now=0)
    assert len(bucket) == 100
    assert bucket.take("busy", now=0) > 0


@pytest.mark.parametrize("headers", [{}, JSON])
def test_previews_are_limited_and_the_text_comes_back(client: TestClient, headers: dict[str, str]) -> None:
    typed = {**form_on(client, "/a-post/"), "author": "Ana", "email": "ana@example.org"}
    typed |= {"comment": "My long <thought>.", "action": "preview"}
    codes = [client.post("/a-post/comments", data=typed, headers=headers).status_code for _ in range(OF_A_NETWORK)]
    assert set(codes) == {200}
    for _ in range(20):
        answer = client.post("/a-post/comments", data=typed, headers=headers)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    text = answer.json()["comment"] if headers else answer.text
    assert ("My long <thought>." if headers else "My long &lt;thought&gt;.") in text
    typed |= {"action": "post"}  # previews count for the network's limit of comments
    assert client.post("/a-post/comments", data=typed, follow_redirects=False).status_code == 429


def _typed(client: TestClient, **more: str) -> dict[str, str]:
    return {**form_on(client, "/a-post/"), "author": "Ana", "email": "ana@example.org", "comment": "A thought.", **more}


@pytest.mark.parametrize(
    ("more", "code"), [({"email": "no address"}, 422), ({"comment": "https://a.b/( " * 1_000}, 422), ({}, 409)]
)
def test_refused_comments_count_for_the_limit_of_their_network(
    client: TestClient, more: dict[str, str], code: int
) -> None:
    first = 0
    if code == 409:
        assert client.post("/a-post/comments", data=_typed(client), follow_redirects=False).status_code == 303
        first = 1
    codes = [client.post("/a-post/comments", data=_typed(client, **more)).status_code for _ in range(OF_A_NETWORK + 5)]
    assert codes == [code] * (OF_A_NETWORK - first) + [429] * (5 + first)
    answer = client.post("/a-post/comments", data=_typed(client, **more), headers=JSON)
    assert 1 <= int(answer.headers["retry-after"]) <= 60


def test_whoever_mends_a_mistake_need_not_wait(client: TestClient) -> None:
    for _ in range(3):
        assert client.post("/a-post/comments", data=_typed(client, email="no address")).status_code == 422
    assert client.post("/a-post/comments", data=_typed(client), follow_redirects=False).status_code == 303


def test_a_long_text_of_a_sender_who_is_too_fast_is_not_rendered_and_comes_back(client: TestClient) -> None:
    assert client.post("/a-post/comments", data=_typed(client), follow_redirects=False).status_code == 303
    long = "*Another* thought. " * 300
    answer = client.post("/a-post/comments", data=_typed(client, comment=long), headers=JSON)
    assert (answer.status_code, answer.json()["comment"]) == (429, long)
    again = client.post("/a-post/comments", data=_typed(client, comment=long, email="no address"), headers=JSON)
    assert again.status_code == 422  # in the order of the contract


def test_refusals_are_forgotten_after_a_minute_and_bounded() -> None:
    noted = refusals.Refusals()
    noted.note("a", now=0)
    noted.note("a", now=30)
    assert noted.waits("a", now=40) == [20, 50]
    assert noted.waits("a", now=61) == [29]
    assert noted.waits("a", now=91) == []
    for n in range(refusals.MOST_NETWORKS + 5):
        noted.note(f"{n}", now=100)
    assert (noted.waits("0", now=100), noted.waits("7", now=100)) == ([], [60])


@pytest.mark.parametrize(
    ("method", "path", "what"),
    [
        ("POST", "/admin/login", "login"),
        ("POST", "/admin/login/passkey", "login"),
        ("POST", "/admin/login/challenge", "login"),
        ("POST", "/admin/setup", "login"),
        ("GET", "/search", "search"),
        ("HEAD", "/search/", "search"),
        ("POST", "/admin/posts/a-post/images", "upload"),
        ("POST", "/admin/posts/a-post/images/more", ""),
        ("GET", "/admin/login", ""),
        ("GET", "/a-post/", ""),
    ],
)
def test_what_costs_is_limited_by_its_address(method: str, path: str, what: str) -> None:
    assert limits._limited(method, path) == ([what] if what else [])


@pytest.mark.parametrize("name", ["x-forwarded-for", "forwarded", "x-real-ip", "cf-connecting-ip", "true-client-ip"])
def test_no_header_of_a_client_gives_it_another_bucket(client: TestClient, name: str) -> None:
    codes = {
        client.post("/admin/login/passkey", headers={name: f"203.0.113.{n}"}, follow_redirects=False).status_code
        for n in range(RATES["login"][0] + 20)
    }
    assert codes == {401, 429}
