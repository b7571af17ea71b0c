"""The page that lets a program in: whom it asks, where it leads, what it refuses."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.people import tokens
from blog.storage import store
from tests import factories
from tests.conftest import PASSWORD

PATH = "/wp-admin/authorize-application.php"
APP = {
    "app_name": "Pocket Writer",
    "app_id": "6f1c2a70-3c1b-4c57-9a7e-0d9c2f7b1a22",
    "success_url": "https://app.example.com/cb?state=1",
    "reject_url": "https://app.example.com/no",
}


@pytest.fixture
def near(client: TestClient, db: Database) -> TestClient:
    """The browser of ana, administrator, on the machine of the site."""
    other = TestClient(
        client.app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50_000), follow_redirects=False
    )
    with store.transaction(db):
        ana = factories.account(db, "ana")
    factories.sign_in(other, db, ana)
    return other


def policy(answer: object) -> str:
    text = str(answer.headers["content-security-policy"])  # type: ignore[attr-defined]
    return next(part.strip() for part in text.split(";") if part.strip().startswith("form-action"))


def test_without_a_session_it_leads_to_the_login_and_back(client: TestClient, db: Database) -> None:
    factories.account(db, "ana")
    address = f"{PATH}?{urlencode(APP)}"
    asked = client.get(address, follow_redirects=False)
    assert (asked.status_code, asked.headers["location"].partition("?")[0]) == (303, "/admin/login")
    typed = {"username": "ana", "password": PASSWORD, "next": address}
    signed_in = client.post("/admin/login", data=typed, follow_redirects=False)
    assert signed_in.headers["location"] == address


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/wp-admin/other.php", "/a-post/"])
def test_the_login_leads_nowhere_else(client: TestClient, db: Database, elsewhere: str) -> None:
    factories.account(db, "ana")
    typed = {"username": "ana", "password": PASSWORD, "next": elsewhere}
    assert client.post("/admin/login", data=typed, follow_redirects=False).headers["location"] == "/admin/"


def test_a_yes_hands_the_password_to_the_program(near: TestClient, db: Database) -> None:
    page = near.get(PATH, params=APP)
    assert page.status_code == 200
    assert "Pocket Writer" in page.text
    assert policy(page) == "form-action 'self' https://app.example.com"
    answer = near.post(PATH, data={**APP, "approve": "1"})
    assert answer.status_code == 302
    assert answer.headers["referrer-policy"] == "no-referrer"
    address = urlsplit(answer.headers["location"])
    values = {name: each[0] for name, each in parse_qs(address.query).items()}
    assert (address.netloc, address.path) == ("app.example.com", "/cb")
    assert (values["state"], values["site_url"], values["user_login"]) == ("1", "http://127.0.0.1:8000", "ana")
    assert len(values["password"]) == 24
    program = tokens.find(db, "ana", values["password"])
    assert program is not None
    assert (program["token"]["label"], program["token"]["app_id"]) == ("Pocket Writer", APP["app_id"])
    assert program["token"]["scope"] == "write"


def test_the_scope_that_was_chosen_is_given_and_a_fragment_stays_last(near: TestClient, db: Database) -> None:
    wanted = {**APP, "success_url": "https://app.example.com/cb#top", "approve": "1", "scope": "read"}
    address = near.post(PATH, data=wanted).headers["location"]
    assert address.endswith("#top")
    program = tokens.find(db, "ana", parse_qs(urlsplit(address).query)["password"][0])
    assert program is not None
    assert program["token"]["scope"] == "read"


def test_a_program_with_a_scheme_of_its_own_gets_a_link_to_press(near: TestClient) -> None:
    page = near.post(PATH, data={"app_name": "Phone", "success_url": "myapp://connected", "approve": "1"})
    assert page.status_code == 200
    assert (
        'href="myapp://connected?site_url=http%3A%2F%2F127.0.0.1%3A8000&amp;user_login=ana&amp;password=' in page.text
    )
    assert policy(page) == "form-action 'self'"


def test_a_no_to_a_program_with_a_scheme_of_its_own_is_a_link_to_press(near: TestClient, db: Database) -> None:
    page = near.post(PATH, data={"app_name": "Phone", "success_url": "myapp://connected", "reject": "1"})
    assert page.status_code == 200
    assert 'href="myapp://connected?success=false"' in page.text
    assert list(db.query("select * from tokens")) == []


def test_without_an_address_the_password_is_shown(near: TestClient) -> None:
    page = near.post(PATH, data={"app_name": "By hand", "approve": "1"})
    assert page.status_code == 200
    assert '<code class="secret">' in page.text


@pytest.mark.parametrize(
    ("given", "leads"),
    [
        (APP, APP["reject_url"]),
        ({**APP, "reject_url": ""}, "https://app.example.com/cb?state=1&success=false"),
        ({"app_name": "By hand"}, "/admin/"),
    ],
)
def test_a_no_leads_back_and_makes_nothing(near: TestClient, db: Database, given: dict[str, str], leads: str) -> None:
    answer = near.post(PATH, data={**given, "reject": "1"})
    assert (answer.status_code, answer.headers["location"]) == (302, leads)
    assert list(db.query("select * from tokens")) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"success_url": "http://app.example.com/cb"},
        {"success_url": "http://127.0.0.1:9000/cb"},
        {"success_url": "javascript:alert(1)"},
        {"success_url": "javascript://x/%0aalert(1)"},
        {"success_url": "data://text/html,x"},
        {"success_url": "/relative"},
        {"success_url": "//app.example.com/cb"},
        {"success_url": "https://"},
        {"success_url": "https://app.example.com/\n"},
        {"success_url": "https://app.example.com:port/"},
        {"reject_url": "javascript:alert(1)"},
        {"app_id": "abc"},
    ],
)
def test_what_cannot_be_trusted_is_refused_before_and_after(
    near: TestClient, db: Database, wrong: dict[str, str]
) -> None:
    assert near.get(PATH, params={**APP, **wrong}).status_code == 400
    assert near.post(PATH, data={**APP, **wrong, "approve": "1"}).status_code == 400
    assert near.post(PATH, data={**APP, **wrong, "reject": "1"}).status_code == 400
    assert list(db.query("select * from tokens")) == []


def test_a_name_is_needed(near: TestClient, db: Database) -> None:
    page = near.post(PATH, data={**APP, "app_name": " ", "approve": "1"})
    assert "Give the application password a name" in page.text
    assert list(db.query("select * from tokens")) == []


def test_it_asks_for_the_password_again_and_keeps_what_was_sent(near: TestClient, db: Database) -> None:
    with store.transaction(db):
        db.conn.execute("update sessions set confirmed_at = ''")
    asked = near.post(PATH, data={**APP, "approve": "1"})
    assert asked.status_code == 403
    assert policy(asked) == "form-action 'self' https://app.example.com"
    assert f'action="{PATH}"' in asked.text
    assert 'value="https://app.example.com/cb?state=1"' in asked.text
    assert near.post(PATH, data={**APP, "approve": "1", "again": PASSWORD}).status_code == 302


def test_a_page_of_another_site_cannot_press_yes(near: TestClient, db: Database) -> None:
    answer = near.post(PATH, data={**APP, "approve": "1"}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert list(db.query("select * from tokens")) == []


def test_where_anybody_could_read_the_password_it_is_not_there(moderator: TestClient) -> None:
    assert moderator.get(PATH, params=APP).status_code == 501
    assert moderator.post(PATH, data={**APP, "approve": "1"}).status_code == 501
