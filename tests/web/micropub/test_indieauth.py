"""Letting a program in: what it may ask, what the page says, where the answer goes, and what a code is worth."""

import re
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from blog.people import grants
from blog.people.grants import Exchange, Grant
from blog.storage import store
from tests import factories
from tests.federation.servers import Page
from tests.web.micropub.conftest import CHALLENGE, URL, VERIFIER, World, query_of

APP = "https://app.example.org/"


def ask(world: World, *, client: TestClient | None = None, **changes: str) -> Any:
    """Ask to be let in; a parameter "" is left out."""
    values = {
        "response_type": "code",
        "client_id": world.web.url("/app"),
        "redirect_uri": world.web.url("/callback"),
        "state": "a state & more",
        "scope": "create update profile",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "me": URL,
    } | changes
    given = {name: value for name, value in values.items() if value}
    return (client or world.client).get("/indieauth/authorize", params=given, follow_redirects=False)


def sign_in(world: World, account: int = 1) -> None:
    factories.sign_in(world.client, world.db, account)


def sealed(page: str) -> str:
    found = re.search(r'name="request" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def press(world: World, page: str, decision: str = "allow", rights: tuple[str, ...] = ("create", "profile")) -> Any:
    body = urlencode([("request", sealed(page)), ("decision", decision), *(("right", each) for each in rights)])
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return world.client.post("/indieauth/consent", content=body, headers=headers, follow_redirects=False)


def code_of(world: World, rights: tuple[str, ...] = ("create", "profile"), **changes: str) -> str:
    answer = press(world, ask(world, **changes).text, rights=rights)
    assert answer.status_code == 303, answer.text
    return query_of(answer.headers["location"])["code"]


def exchange(world: World, code: str, path: str = "/indieauth/token", **changes: str) -> Any:
    values = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": world.web.url("/app"),
        "redirect_uri": world.web.url("/callback"),
        "code_verifier": VERIFIER,
    } | changes
    headers = {"Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"}
    given = {name: value for name, value in values.items() if value}
    return TestClient(world.client.app, base_url=URL, client=("127.0.0.1", 50_001)).post(
        path, data=given, headers=headers
    )


def test_the_home_page_and_the_metadata_name_the_endpoints(world: World) -> None:
    home = world.client.get("/").text
    for rel, path in (
        ("micropub", "/micropub"),
        ("indieauth-metadata", "/.well-known/oauth-authorization-server"),
        ("authorization_endpoint", "/indieauth/authorize"),
        ("token_endpoint", "/indieauth/token"),
    ):
        assert f'<link rel="{rel}" href="{URL}{path}">' in home
    metadata = world.client.get("/.well-known/oauth-authorization-server").json()
    assert metadata["issuer"] == f"{URL}/"
    assert metadata["authorization_endpoint"] == f"{URL}/indieauth/authorize"
    assert metadata["code_challenge_methods_supported"] == ["S256"]


def test_a_whole_round(world: World) -> None:
    sign_in(world)
    page = ask(world)
    assert page.status_code == 200
    assert f"form-action 'self' http://127.0.0.1:{world.web.port}" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "no-store" in page.headers["cache-control"]
    answer = press(world, page.text)
    back = query_of(answer.headers["location"])
    assert answer.headers["location"].startswith(world.web.url("/callback?"))
    assert (back["state"], back["iss"]) == ("a state & more", f"{URL}/")
    given = exchange(world, back["code"])
    assert given.status_code == 200, given.text
    token = given.json()
    assert (token["token_type"], token["scope"], token["me"]) == ("Bearer", "create profile", f"{URL}/")
    assert token["profile"] == {"name": "ana", "url": f"{URL}/"}
    assert given.headers["cache-control"] == "no-store"
    world.token = token["access_token"]
    assert world.send(data={"h": "entry", "content": "By the token"}).status_code == 201
    assert world.send(data={"action": "delete", "url": f"{URL}/a-post/"}).status_code == 401
    account = world.client.get("/admin/account").text
    assert "Micropub: create and profile" in account


def test_the_form_of_no_other_page_may_lead_elsewhere(world: World) -> None:
    sign_in(world)
    for path in ("/admin/", "/", "/admin/account"):
        assert "form-action 'self';" in world.client.get(path).headers["content-security-policy"]


def test_who_is_not_signed_in_signs_in_first_and_nothing_is_fetched(world: World) -> None:
    answer = ask(world, client_id=APP, redirect_uri=f"{APP}done")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/admin/login?next=/indieauth/authorize%3F")
    signing_in = world.client.post(
        "/admin/login",
        data={"username": "ana", "password": factories.PASSWORD, "next": "/indieauth/authorize?client_id=x"},
        follow_redirects=False,
    )
    assert signing_in.headers["location"] == "/indieauth/authorize?client_id=x"


def test_a_refusal_is_told_to_the_program(world: World) -> None:
    sign_in(world)
    answer = press(world, ask(world).text, "deny")
    back = query_of(answer.headers["location"])
    assert (back["error"], back["state"], "code" in back) == ("access_denied", "a state & more", False)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
    ],
)
def test_what_is_wrong_is_told_to_the_program(world: World, changes: dict[str, str], error: str) -> None:
    sign_in(world)
    answer = ask(world, **changes)
    assert answer.status_code == 303
    assert query_of(answer.headers["location"])["error"] == error


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": ""},
        {"client_id": "app"},
        {"client_id": "javascript:alert(1)"},
        {"client_id": f"{APP}#fragment"},
        {"client_id": "https://user:secret@app.example.org/"},
        {"client_id": f"{APP}a/../b"},
        {"redirect_uri": ""},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "data:text/html,x"},
        {"redirect_uri": "file:///etc/passwd"},
        {"redirect_uri": "https://user@evil.example/"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "http://127.0.0.1.evil.example/"},
        {"redirect_uri": "com.example.app:/callback"},
        {"redirect_uri": "https://app.example.org:99999/"},
        {"client_id": "https://app.example.org:99999/", "redirect_uri": "https://app.example.org:99999/"},
        {"redirect_uri": f"{APP}done\nX: y"},
        {"redirect_uri": f"{APP}done#x"},
        {"client_id": APP, "redirect_uri": "https://app.example.org:8443/"},
        {"client_id": APP, "redirect_uri": "http://app.example.org/"},
        {"client_id": APP, "redirect_uri": "https://app.example.org.evil.example/"},
    ],
)
def test_nothing_is_sent_to_an_address_that_the_program_does_not_have(world: World, changes: dict[str, str]) -> None:
    sign_in(world)
    answer = ask(world, **changes)
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "<form" not in answer.text


@pytest.mark.parametrize(
    "page",
    [
        Page('<link rel="redirect_uri" href="https://elsewhere.example/back"><title>T</title>'),
        Page("x", headers=[("Link", '<https://elsewhere.example/back>; rel="redirect_uri"')]),
        Page(
            '{"client_id": "CLIENT", "client_name": "An app", "redirect_uris": ["https://elsewhere.example/back"]}',
            media_type="application/json",
        ),
    ],
)
def test_a_program_lists_other_addresses_on_its_page(world: World, page: Page) -> None:
    sign_in(world)
    world.web.pages["/app"] = replace(page, body=page.body.replace("CLIENT", world.web.url("/app")))
    answer = ask(world, redirect_uri="https://elsewhere.example/back")
    assert answer.status_code == 200
    assert "form-action 'self' https://elsewhere.example;" in answer.headers["content-security-policy"]
    assert [each.path for each in world.web.asked] == ["/app"]
    assert ask(world, redirect_uri="https://elsewhere.example/back?x=1").status_code == 400
    assert ask(world, redirect_uri="https://elsewhere.example/").status_code == 400


def test_the_name_of_a_program_is_a_text_of_its_page(world: World) -> None:
    sign_in(world)
    world.web.pages["/app"] = Page('<div class="h-app"><a class="u-url p-name" href="/">An <b>app</b></a></div>')
    assert f"An (127.0.0.1:{world.web.port})" not in ask(world).text
    world.web.pages["/app"] = Page("<title>An app</title><![foo bar]]><p>Words")
    assert ask(world).status_code == 200
    world.web.pages["/app"] = Page("<title>&lt;script&gt;alert(1)&lt;/script&gt;</title>")
    assert "<script>alert" not in ask(world).text


def test_an_app_of_its_own_scheme_gets_a_link_to_press(world: World) -> None:
    sign_in(world)
    world.web.pages["/app"] = Page('<link rel="redirect_uri" href="org.example.app:/done">')
    page = ask(world, redirect_uri="org.example.app:/done")
    assert "form-action 'self';" in page.headers["content-security-policy"]
    answer = press(world, page.text)
    assert answer.status_code == 200
    link = re.search(r'href="(org\.example\.app:/done\?code=[^"]+)"', answer.text)
    assert link is not None
    assert query_of(unescape(link[1]))["iss"] == f"{URL}/"


def test_a_code_counts_once_and_the_second_time_takes_the_token_back(world: World) -> None:
    sign_in(world)
    code = code_of(world)
    world.token = exchange(world, code).json()["access_token"]
    assert world.query(q="config").status_code == 200
    again = exchange(world, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert world.query(q="config").status_code == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"code": "wrong"},
        {"client_id": "https://evil.example/"},
        {"redirect_uri": "https://evil.example/"},
        {"code_verifier": "wrong"},
        {"code_verifier": ""},
    ],
)
def test_a_code_of_another_program_gives_nothing(world: World, changes: dict[str, str]) -> None:
    sign_in(world)
    answer = exchange(world, **{"code": code_of(world), **changes})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_code_counts_for_ten_minutes(world: World) -> None:
    grant = Grant("https://app.example/", "https://app.example/done", "", "create", "An app")
    given = ("https://app.example/", "https://app.example/done", "")
    with store.transaction(world.db):
        code = grants.begin(world.db, 1, grant, at="2026-05-07T12:00:00.000Z")
        assert grants.redeem(world.db, Exchange(code, *given), at="2026-05-07T12:10:01.000Z") is None
        code = grants.begin(world.db, 1, grant, at="2026-05-07T12:00:00.000Z")
        assert grants.redeem(world.db, Exchange(code, *given), at="2026-05-07T12:09:59.000Z") is not None


def test_without_a_secret_a_code_goes_to_the_own_computer_alone(world: World) -> None:
    sign_in(world)
    local = {"code_challenge": "", "code_challenge_method": ""}
    code = code_of(world, **local)
    assert exchange(world, code, code_verifier="").status_code == 200
    answer = ask(world, client_id=APP, redirect_uri=f"{APP}done", **local)
    assert query_of(answer.headers["location"])["error"] == "invalid_request"


def test_who_somebody_is_needs_no_token(world: World) -> None:
    sign_in(world)
    code = code_of(world, (), scope="")
    answer = exchange(world, code, "/indieauth/authorize")
    assert answer.json() == {"me": f"{URL}/"}
    assert exchange(world, code_of(world, (), scope="")).status_code == 400
    page = ask(world, scope="").text
    assert 'name="right"' not in page


def test_a_program_gets_no_more_than_was_left_ticked_and_the_account_may(world: World) -> None:
    sign_in(world)
    assert exchange(world, code_of(world, ("update", "delete"))).json()["scope"] == "update"
    sign_in(world, 3)
    page = ask(world).text
    assert "your account may not do" in page
    token = exchange(world, code_of(world, ("create", "profile"))).json()
    assert (token["scope"], token["me"]) == ("profile", f"{URL}/authors/mona/")


def test_a_page_of_somebody_else_or_a_changed_one_lets_nobody_in(world: World) -> None:
    sign_in(world)
    page = ask(world).text
    sign_in(world, 2)
    assert press(world, page).status_code == 409
    sign_in(world)
    assert press(world, page.replace('value="W', 'value="X')).status_code in (303, 409)
    broken = world.client.post("/indieauth/consent", data={"request": "x", "decision": "allow"})
    assert broken.status_code == 409
    crossed = world.client.post(
        "/indieauth/consent",
        data={"request": sealed(page), "decision": "allow"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert crossed.status_code == 403


def test_a_token_is_verified_introspected_and_revoked(world: World) -> None:
    sign_in(world)
    world.token = exchange(world, code_of(world)).json()["access_token"]
    told = world.client.get("/indieauth/token", headers=world.headers).json()
    assert told == {"me": f"{URL}/", "client_id": world.web.url("/app"), "scope": "create profile"}
    introspected = world.client.post("/indieauth/introspection", data={"token": world.token}).json()
    assert introspected == {"active": True, **told}
    assert world.client.post("/indieauth/introspection", data={"token": "wrong"}).json() == {"active": False}
    assert world.client.post("/indieauth/revocation", data={"token": world.token}).status_code == 200
    assert world.query(q="config").status_code == 401
    assert world.client.post("/indieauth/revocation", data={"token": world.token}).status_code == 200


def test_a_token_is_not_given_where_others_can_read_it(world: World) -> None:
    sign_in(world)
    code = code_of(world)
    world.client.headers["X-Forwarded-For"] = "203.0.113.9"
    answer = world.client.post("/indieauth/token", data={"code": code, "client_id": "x", "redirect_uri": "y"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
