"""Who calls: by an application password alone, where nobody can read it, slowed after wrong ones, within its scope."""

import logging
from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.journal import acts, log
from blog.moderation.acts import ACTS
from blog.people import throttle, tokens
from blog.people.tokens import NewToken
from blog.settings import Settings
from blog.storage import store
from blog.web import site as sites
from tests import factories
from tests.factories import by
from tests.web.api.conftest import Programs, signed_in

ME, POSTS, COMMENTS = "/wp-json/wp/v2/users/me", "/wp-json/wp/v2/posts", "/wp-json/wp/v2/comments"


@pytest.fixture
def database(wordpress: Settings) -> Any:
    opened = store.connect(wordpress.database)
    yield opened
    opened.conn.close()


def browser(served: TestClient, *, scheme: str = "http", address: str = "203.0.113.9") -> TestClient:
    return TestClient(served.app, base_url=f"{scheme}://blog.example.org", client=(address, 50_000))


def status(client: TestClient, headers: dict[str, str]) -> int:
    return client.get(ME, headers=headers).status_code


def test_passwords_count_only_where_nobody_can_read_them(served: TestClient, programs: Programs) -> None:
    ana = programs["admin"]
    assert status(browser(served, scheme="https"), ana) == 200
    assert status(browser(served), ana) == 401
    assert status(browser(served), {**ana, "x-forwarded-proto": "https"}) == 401  # no proxy of ours said so
    here = browser(served, address="127.0.0.1")
    assert status(here, ana) == 200
    for name in ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"):
        assert status(here, {**ana, name: "198.51.100.1"}) == 401, name
    assert status(browser(served, address="::1"), ana) == 200
    assert status(browser(served, address="::ffff:127.0.0.1"), ana) == 200


def test_a_trusted_proxy_is_believed_and_its_last_word_counts(wordpress: Settings, programs: Programs) -> None:
    from dataclasses import replace

    from blog.app import create_app

    behind = replace(wordpress, trusted_proxies=("127.0.0.1", "10.0.0.0/8"))
    with TestClient(create_app(behind), base_url="http://blog.example.org", client=("10.1.2.3", 50_000)) as proxied:
        ana = programs["admin"]
        assert status(proxied, {**ana, "x-forwarded-proto": "https"}) == 200
        assert status(proxied, {**ana, "x-forwarded-proto": "http, https"}) == 200
        assert status(proxied, {**ana, "x-forwarded-proto": "https, http"}) == 401
        assert status(proxied, {**ana, "x-forwarded-proto": "http"}) == 401
        assert status(proxied, ana) == 401
        local = TestClient(proxied.app, base_url="http://blog.example.org", client=("127.0.0.1", 50_000))
        assert status(local, {**ana, "x-forwarded-proto": "http"}) == 401
        assert status(local, ana) == 200


def test_a_session_never_counts(served: TestClient, database: Database) -> None:
    factories.sign_in(served, database, 1)
    assert served.get("/admin/log").status_code == 200
    assert served.get(ME).json()["code"] == "rest_not_logged_in"
    assert served.post(POSTS, json={"title": "x"}).status_code == 401


def test_requests_with_a_password_need_no_origin_and_other_sites_may_read_without_credentials(
    served: TestClient, programs: Programs
) -> None:
    elsewhere = {"origin": "https://app.example.com", "sec-fetch-site": "cross-site"}
    answer = served.post("/wp-json/wp/v2/tags", json={"name": "wind"}, headers={**programs["admin"], **elsewhere})
    assert answer.status_code == 201
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    preflight = served.options(
        POSTS, headers={"origin": "https://app.example.com", "access-control-request-method": "POST"}
    )
    assert preflight.status_code == 200
    assert "PUT" in preflight.headers["access-control-allow-methods"]
    assert "Authorization" in preflight.headers["access-control-allow-headers"]


def test_a_page_of_another_site_cannot_send_a_comment_for_a_reader(served: TestClient) -> None:
    sent = {"post": 5, "content": "Words.", "author_name": "Bo", "author_email": "bo@example.org"}
    answer = served.post(COMMENTS, json=sent, headers={"sec-fetch-site": "cross-site"})
    assert (answer.status_code, answer.json()["data"]["status"]) == (403, 403)


@pytest.mark.parametrize("header", ["Basic !!!", "Basic", "Basic Og==", "Bearer abc", "Basic YWRtaW4=", "Digest x", ""])
def test_broken_credentials_are_nobody(served: TestClient, header: str) -> None:
    assert served.get(ME, headers={"authorization": header}).json()["code"] == "rest_not_logged_in"
    assert served.get(POSTS, headers={"authorization": header}).status_code == 200


def test_wrong_passwords_are_slowed_for_that_name_and_network_alone(
    served: TestClient, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = sites.now()
    monkeypatch.setattr(sites, "now", lambda: now)
    wrong = signed_in("admin", "wrong")
    stranger = browser(served, scheme="https")
    answers = [stranger.get(ME, headers=wrong).status_code for _ in range(throttle.FREE["program"] + 1)]
    assert answers == [401] * throttle.FREE["program"] + [429]
    slowed = stranger.get(ME, headers=programs["admin"])
    assert (slowed.status_code, slowed.json()["code"]) == (429, "rest_too_many_attempts")
    assert int(slowed.headers["retry-after"]) > 0
    assert status(browser(served, scheme="https", address="203.0.113.10"), programs["admin"]) == 200
    assert status(stranger, programs["editor"]) == 200


def test_many_names_from_one_network_are_slowed_too(served: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    now = sites.now()
    monkeypatch.setattr(sites, "now", lambda: now)
    stranger = browser(served, scheme="https")
    for number in range(throttle.FREE["programs"]):
        assert status(stranger, signed_in(f"name{number}", "wrong")) == 401
    assert status(stranger, signed_in("another", "wrong")) == 429


def test_the_last_use_is_listed_with_its_address(served: TestClient, programs: Programs, database: Database) -> None:
    assert tokens.of_account(database, 1)[0]["used_at"] is None
    assert status(browser(served, scheme="https"), programs["admin"]) == 200
    used = tokens.of_account(database, 1)[0]
    assert used["used_ip"] == "203.0.113.9"
    assert used["used_at"]


def test_the_password_is_in_no_log_and_no_table(
    served: TestClient, programs: Programs, wordpress: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    import base64

    caplog.set_level(logging.DEBUG)
    password = base64.b64decode(programs["admin"]["authorization"].partition(" ")[2]).decode().partition(":")[2]
    status(served, programs["admin"])
    served.post(POSTS, json={"title": "x"}, headers=programs["admin"])
    files = b"".join(path.read_bytes() for path in wordpress.root.glob("blog.db*") if path.is_file())
    for secret in (password, password.replace(" ", "")):
        assert secret not in caplog.text
        assert secret.encode() not in files


def test_a_password_made_by_a_program_has_its_scope_at_most(served: TestClient, database: Database) -> None:
    with store.transaction(database):
        _, password = tokens.make(database, 1, NewToken("Phone", "moderate"), by=by())
    made = served.post(f"{ME}/application-passwords", json={"name": "Child"}, headers=signed_in("admin", password))
    program = tokens.find(database, "admin", made.json()["password"])
    assert program is not None
    assert program["token"]["scope"] == "moderate"
    assert acts.who(log.log(database, ACTS)[0]) == "admin by “Phone”"
