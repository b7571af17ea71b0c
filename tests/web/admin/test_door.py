import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.people import accounts
from blog.storage import store
from blog.web import admin
from tests import factories
from tests.conftest import PASSWORD

ROUTES = [
    (method, f"/admin{route.path}".replace("{id:int}", "1").replace("{slug}", "a-post"))
    for route in admin.ROUTES
    if route.needs != "nobody"
    for method in sorted((route.methods or {"GET"}) - {"HEAD"})
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_no_page_of_the_desk_is_shown_without_a_session(
    client: TestClient, db: Database, method: str, path: str
) -> None:
    factories.submit(db)
    before = db.conn.execute("select count(*) from events").fetchone()[0]
    for cookie in ("", "session=forged", f"session={'x' * 43}"):
        page = client.request(method, path, headers={"cookie": cookie}, follow_redirects=False)
        assert page.status_code == 303
        assert page.headers["location"].startswith("/admin/login")
        assert "no-store" in page.headers["cache-control"]
        json = client.request(
            method, path, headers={"cookie": cookie, "accept": "application/json"}, follow_redirects=False
        )
        assert json.status_code == 401
    assert db.conn.execute("select count(*) from events").fetchone()[0] == before


@pytest.mark.parametrize(
    "path",
    [
        "/admin/comments/",
        "//admin/comments",
        "/admin//comments",
        "/admin/%2e/comments",
        "/admin/comments;x",
        "/ADMIN/comments",
        "/Admin/",
        "/static/../admin/comments",
        "/admin/../admin/comments",
        "/admin/login/../comments",
        "/admin/login/comments",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "POST"])
def test_no_spelling_of_an_address_goes_round_the_door(
    client: TestClient, db: Database, method: str, path: str
) -> None:
    factories.submit(db, "Unmistakable words.")
    answer = client.request(
        method, f"http://127.0.0.1:8000{path}", headers={"x-http-method-override": "GET"}, follow_redirects=False
    )
    assert answer.status_code in (301, 303, 400, 403, 404, 405)
    assert "Unmistakable" not in answer.text


@pytest.mark.parametrize("host", ["evil.com/admin?x=", "a b", "127.0.0.1@evil", ""])
def test_a_strange_host_header_changes_no_decision(client: TestClient, host: str) -> None:
    answer = client.get("/admin/comments", headers={"host": host}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/login?next=/admin/comments")


def test_signing_in_leads_back_to_where_one_wanted_to_go(client: TestClient, db: Database) -> None:
    with store.transaction(db):
        factories.account(db, "ana")
    page = client.get("/admin/comments?status=spam")
    assert page.url.path == "/admin/login"
    assert 'name="next" value="/admin/comments?status=spam"' in page.text
    form = {"username": "ana", "password": PASSWORD, "next": "/admin/comments?status=spam"}
    answer = client.post("/admin/login", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/admin/comments?status=spam"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


@pytest.mark.parametrize(
    "aim",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/admin\\@evil",
        "javascript:x",
        "/a-post/",
        "\t//evil",
    ],
)
def test_signing_in_never_leads_off_the_desk(client: TestClient, db: Database, aim: str) -> None:
    with store.transaction(db):
        factories.account(db, "ana")
    answer = client.post(
        "/admin/login", data={"username": "ana", "password": PASSWORD, "next": aim}, follow_redirects=False
    )
    assert answer.headers["location"] == "/admin/"


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(client: TestClient, db: Database) -> None:
    with store.transaction(db):
        factories.account(db, "ana")
    texts = {
        client.post("/admin/login", data={"username": name, "password": "wrong words"}).text.replace(name, "NAME")
        for name in ("ana", "eve")
    }
    assert len(texts) == 1
    assert "Wrong name or password" in texts.pop()


def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(moderator: TestClient) -> None:
    token = moderator.cookies["session"]
    assert moderator.post("/admin/logout", follow_redirects=False).status_code == 303
    moderator.cookies.set("session", token)
    assert moderator.get("/admin/", follow_redirects=False).status_code == 303


def test_the_first_administrator_is_made_once_through_the_printed_address(client: TestClient, db: Database) -> None:
    with store.transaction(db):
        token = accounts.offer_setup(db)
    assert client.get("/admin/setup?token=wrong").status_code == 403
    assert client.get(f"/admin/setup?token={token}").status_code == 200
    short = client.post("/admin/setup", data={"token": token, "username": "ana", "password": "short"})
    assert short.status_code == 422
    assert 'value="ana"' in short.text
    made = client.post(
        "/admin/setup", data={"token": token, "username": "ana", "password": PASSWORD}, follow_redirects=False
    )
    assert (made.status_code, made.headers["location"]) == (303, "/admin/")
    assert client.get("/admin/").status_code == 200
    again = client.post("/admin/setup", data={"token": token, "username": "eve", "password": PASSWORD})
    assert again.status_code == 403


@pytest.mark.parametrize(
    ("role", "desk", "switch", "settings"),
    [("admin", 200, 303, 200), ("editor", 200, 303, 200), ("moderator", 200, 303, 200), ("author", 200, 403, 403)],
)
def test_a_role_reaches_as_far_as_it_should(
    client: TestClient, db: Database, role: str, desk: int, switch: int, settings: int
) -> None:
    with store.transaction(db):
        factories.account(db, "ana", role=role)
    client.post("/admin/login", data={"username": "ana", "password": PASSWORD})
    assert client.get("/admin/comments").status_code == desk
    assert (
        client.post("/admin/posts/a-post/closure", data={"mode": "closed"}, follow_redirects=False).status_code
        == switch
    )
    assert client.get("/admin/settings/discussion").status_code == settings
