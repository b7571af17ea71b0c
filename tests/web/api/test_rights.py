"""What each role and each scope may do at each route of the API; and no password in any log."""

import json
import logging
from collections.abc import Iterator, Mapping

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.people import tokens
from blog.people.tokens import NewToken
from blog.settings import Settings
from blog.storage import store
from blog.web.api.routes import ROUTES
from tests.factories import by
from tests.web.api.conftest import PEOPLE, Programs, signed_in

WHO = [*PEOPLE, "nobody"]  # the account "reader" is a moderator
ALL = (200, 200, 200, 200, 200)
VISITOR = '{"post": 5, "content": "Mine", "author_name": "Bo", "author_email": "bo@example.org"}'
APPROVED = VISITOR.replace("Mine", "Public").replace("}", ', "status": "approved"}')
PARTS = '{"requests": [{"path": "/wp/v2/posts/5", "body": {"title": "x"}}]}'
# What an account may do with a password of the widest scope: admin, editor, author, moderator, nobody. Each goes
# through the whole table in this order, so what removes things comes last. Of a batch it is the status of its part.
ROLES = {
    ("GET", "/", ""): ALL,
    ("GET", "/wp/v2", ""): ALL,
    ("GET", "/oembed/1.0", ""): ALL,
    ("GET", "/oembed/1.0/embed?url=https://blog.example.org/open-post/", ""): ALL,
    ("GET", "/wp/v2/search", ""): ALL,
    ("GET", "/wp/v2/types", ""): ALL,
    ("GET", "/wp/v2/types?context=edit", ""): (200, 200, 200, 403, 401),
    ("GET", "/wp/v2/types/post", ""): ALL,
    ("GET", "/wp/v2/types/post?context=edit", ""): (200, 200, 200, 403, 401),
    ("GET", "/wp/v2/statuses", ""): ALL,
    ("GET", "/wp/v2/statuses/publish", ""): ALL,
    ("GET", "/wp/v2/statuses/draft", ""): (200, 200, 200, 403, 401),
    ("GET", "/wp/v2/taxonomies", ""): ALL,
    ("GET", "/wp/v2/taxonomies/category", ""): ALL,
    ("GET", "/wp/v2/posts", ""): ALL,
    ("GET", "/wp/v2/posts?context=edit", ""): (200, 200, 200, 403, 401),
    ("GET", "/wp/v2/posts?status=draft", ""): (200, 200, 200, 400, 400),
    ("GET", "/wp/v2/posts/5", ""): ALL,
    ("GET", "/wp/v2/posts/5?context=edit", ""): (200, 200, 403, 403, 401),
    ("GET", "/wp/v2/posts/6?context=edit", ""): (200, 200, 200, 403, 401),
    ("GET", "/wp/v2/posts/7", ""): (200, 200, 200, 403, 401),
    ("GET", "/wp/v2/posts/6/revisions", ""): (200, 200, 200, 403, 401),
    ("GET", "/wp/v2/posts/5/revisions", ""): (200, 200, 403, 403, 401),
    ("GET", "/wp/v2/pages", ""): ALL,
    ("GET", "/wp/v2/pages?context=edit", ""): (200, 200, 200, 403, 401),
    ("GET", "/wp/v2/pages/8", ""): ALL,
    ("GET", "/wp/v2/pages/8?context=edit", ""): (200, 200, 403, 403, 401),
    ("GET", "/wp/v2/pages/8/revisions", ""): (200, 200, 403, 403, 401),
    ("GET", "/wp/v2/media", ""): ALL,
    ("GET", "/wp/v2/media?context=edit", ""): (200, 200, 200, 403, 401),
    ("GET", "/wp/v2/media/4", ""): ALL,
    ("GET", "/wp/v2/media/4?context=edit", ""): (200, 200, 403, 403, 401),
    ("GET", "/wp/v2/comments", ""): ALL,
    ("GET", "/wp/v2/comments?context=edit", ""): (200, 200, 403, 200, 401),
    ("GET", "/wp/v2/comments?status=hold", ""): (200, 200, 200, 200, 401),
    ("GET", "/wp/v2/comments?author_email=ann@example.net", ""): (200, 200, 403, 200, 401),
    ("GET", "/wp/v2/comments/2", ""): ALL,
    ("GET", "/wp/v2/comments/2?context=edit", ""): (200, 200, 403, 200, 401),
    ("GET", "/wp/v2/comments/4", ""): (200, 200, 403, 200, 401),
    ("GET", "/wp/v2/comments/5", ""): (200, 200, 403, 200, 401),
    ("GET", "/wp/v2/categories", ""): ALL,
    ("GET", "/wp/v2/categories?context=edit", ""): (200, 200, 200, 403, 401),
    ("GET", "/wp/v2/categories/2", ""): ALL,
    ("GET", "/wp/v2/tags", ""): ALL,
    ("GET", "/wp/v2/tags?context=edit", ""): (200, 200, 200, 403, 401),
    ("GET", "/wp/v2/tags/2", ""): ALL,
    ("GET", "/wp/v2/users", ""): ALL,
    ("GET", "/wp/v2/users?context=edit", ""): (200, 403, 403, 403, 401),
    ("GET", "/wp/v2/users?roles=author", ""): (200, 403, 403, 403, 401),
    ("GET", "/wp/v2/users/1", ""): ALL,
    ("GET", "/wp/v2/users/2", ""): (200, 200, 403, 403, 401),
    ("GET", "/wp/v2/users/2?context=edit", ""): (200, 200, 403, 403, 401),
    ("GET", "/wp/v2/users/me", ""): (200, 200, 200, 200, 401),
    ("GET", "/wp/v2/users/me?context=edit", ""): (200, 200, 200, 200, 401),
    ("GET", "/wp/v2/users/me/application-passwords", ""): (200, 200, 200, 200, 401),
    ("GET", "/wp/v2/users/1/application-passwords", ""): (200, 403, 403, 403, 401),
    ("GET", "/wp/v2/users/me/application-passwords/introspect", ""): (200, 200, 200, 200, 401),
    ("GET", "/wp/v2/users/1/application-passwords/introspect", ""): (200, 403, 403, 403, 401),
    ("GET", "/wp/v2/users/me/application-passwords/{own}", ""): (200, 200, 200, 200, 401),
    ("GET", "/wp/v2/users/1/application-passwords/{admin}", ""): (200, 403, 403, 403, 401),
    ("GET", "/wp/v2/settings", ""): (200, 403, 403, 403, 401),
    ("POST", "/batch/v1", PARTS): (200, 200, 403, 403, 401),
    ("POST", "/wp/v2/posts", '{"title": "New", "status": "publish"}'): (201, 201, 201, 403, 401),
    ("POST", "/wp/v2/posts", '{"title": "For another", "author": 2}'): (201, 201, 403, 403, 401),
    ("PUT", "/wp/v2/posts/5", '{"title": "Changed"}'): (200, 200, 403, 403, 401),
    ("PATCH", "/wp/v2/posts/6", '{"title": "Changed"}'): (200, 200, 200, 403, 401),
    ("POST", "/wp/v2/pages", '{"title": "New"}'): (201, 201, 403, 403, 401),
    ("POST", "/wp/v2/pages/8", '{"title": "Changed"}'): (200, 200, 403, 403, 401),
    ("POST", "/wp/v2/media", ""): (400, 400, 400, 403, 401),
    ("POST", "/wp/v2/media/4", '{"title": "Changed"}'): (200, 200, 403, 403, 401),
    (
        "POST",
        "/wp/v2/comments",
        VISITOR,
    ): (201, 201, 201, 201, 201),
    (
        "POST",
        "/wp/v2/comments",
        APPROVED,
    ): (201, 201, 403, 201, 401),
    ("POST", "/wp/v2/comments/4", '{"content": "Other words"}'): (200, 200, 403, 200, 401),
    ("PUT", "/wp/v2/comments/4", '{"status": "approve"}'): (200, 200, 403, 200, 401),
    ("PATCH", "/wp/v2/comments/4", '{"parent": 2}'): (200, 200, 403, 200, 401),
    ("POST", "/wp/v2/tags", '{"name": "wind"}'): (201, 201, 201, 403, 401),
    ("POST", "/wp/v2/tags/3", '{"name": "oceans"}'): (200, 200, 403, 403, 401),
    ("POST", "/wp/v2/categories", '{"name": "waves"}'): (201, 201, 403, 403, 401),
    ("POST", "/wp/v2/categories/4", '{"name": "pepper"}'): (200, 200, 403, 403, 401),
    ("POST", "/wp/v2/users", '{"username": "x", "email": "x@example.org", "password": "y"}'): (403, 403, 403, 403, 401),
    ("POST", "/wp/v2/users/2", '{"email": "x@example.org"}'): (403, 403, 403, 403, 401),
    ("POST", "/wp/v2/users/me", '{"email": "x@example.org"}'): (403, 403, 403, 403, 401),
    ("POST", "/wp/v2/settings", '{"default_comment_status": "closed"}'): (200, 403, 403, 403, 401),
    ("POST", "/wp/v2/settings", '{"title": "Mine"}'): (400, 403, 403, 403, 401),
    ("POST", "/wp/v2/users/me/application-passwords", '{"name": "Another"}'): (201, 201, 201, 201, 401),
    ("POST", "/wp/v2/users/4/application-passwords", '{"name": "For another"}'): (403, 403, 403, 201, 401),
    ("POST", "/wp/v2/users/1/application-passwords/{admin}", '{"name": "Renamed"}'): (200, 403, 403, 403, 401),
    ("POST", "/wp/v2/users/me/application-passwords/{own}", '{"name": "Renamed"}'): (200, 200, 200, 200, 401),
    ("DELETE", "/wp/v2/comments/3", ""): (200, 200, 403, 200, 401),
    ("DELETE", "/wp/v2/comments/5?force=true", ""): (200, 200, 403, 200, 401),
    ("DELETE", "/wp/v2/media/4?force=true", ""): (409, 409, 403, 403, 401),
    ("DELETE", "/wp/v2/posts/6", ""): (200, 200, 200, 403, 401),
    ("DELETE", "/wp/v2/posts/5?force=true", ""): (200, 200, 403, 403, 401),
    ("DELETE", "/wp/v2/pages/8", ""): (200, 200, 403, 403, 401),
    ("DELETE", "/wp/v2/tags/2?force=true", ""): (200, 200, 403, 403, 401),
    ("DELETE", "/wp/v2/categories/1?force=true", ""): (200, 200, 403, 403, 401),
    ("DELETE", "/wp/v2/users/2?reassign=1", ""): (403, 403, 403, 403, 401),
    ("DELETE", "/wp/v2/users/1/application-passwords/{other}", ""): (200, 403, 403, 403, 401),
    ("DELETE", "/wp/v2/users/4/application-passwords", ""): (200, 403, 403, 200, 401),
    ("DELETE", "/wp/v2/users/me/application-passwords/{second}", ""): (200, 200, 200, 401, 401),
    ("DELETE", "/wp/v2/users/me/application-passwords", ""): (200, 200, 200, 401, 401),
}
# What each scope lets the account of an administrator change: read, moderate, write. Every scope lets it read all.
SCOPES = {
    ("POST", "/batch/v1", PARTS): (403, 403, 200),
    ("POST", "/wp/v2/posts", '{"title": "New", "status": "publish"}'): (403, 403, 201),
    ("POST", "/wp/v2/posts", '{"title": "For another", "author": 2}'): (403, 403, 201),
    ("PUT", "/wp/v2/posts/5", '{"title": "Changed"}'): (403, 403, 200),
    ("PATCH", "/wp/v2/posts/6", '{"title": "Changed"}'): (403, 403, 200),
    ("POST", "/wp/v2/pages", '{"title": "New"}'): (403, 403, 201),
    ("POST", "/wp/v2/pages/8", '{"title": "Changed"}'): (403, 403, 200),
    ("POST", "/wp/v2/media", ""): (403, 403, 400),
    ("POST", "/wp/v2/media/4", '{"title": "Changed"}'): (403, 403, 200),
    (
        "POST",
        "/wp/v2/comments",
        VISITOR,
    ): (403, 201, 201),
    (
        "POST",
        "/wp/v2/comments",
        APPROVED,
    ): (403, 201, 201),
    ("POST", "/wp/v2/comments/4", '{"content": "Other words"}'): (403, 200, 200),
    ("PUT", "/wp/v2/comments/4", '{"status": "approve"}'): (403, 200, 200),
    ("PATCH", "/wp/v2/comments/4", '{"parent": 2}'): (403, 200, 200),
    ("POST", "/wp/v2/tags", '{"name": "wind"}'): (403, 403, 201),
    ("POST", "/wp/v2/tags/3", '{"name": "oceans"}'): (403, 403, 200),
    ("POST", "/wp/v2/categories", '{"name": "waves"}'): (403, 403, 201),
    ("POST", "/wp/v2/categories/4", '{"name": "pepper"}'): (403, 403, 200),
    ("POST", "/wp/v2/users", '{"username": "x", "email": "x@example.org", "password": "y"}'): (403, 403, 403),
    ("POST", "/wp/v2/users/2", '{"email": "x@example.org"}'): (403, 403, 403),
    ("POST", "/wp/v2/users/me", '{"email": "x@example.org"}'): (403, 403, 403),
    ("POST", "/wp/v2/settings", '{"default_comment_status": "closed"}'): (403, 403, 200),
    ("POST", "/wp/v2/settings", '{"title": "Mine"}'): (403, 403, 400),
    ("POST", "/wp/v2/users/me/application-passwords", '{"name": "Another"}'): (403, 201, 201),
    ("POST", "/wp/v2/users/4/application-passwords", '{"name": "For another"}'): (403, 403, 403),
    ("POST", "/wp/v2/users/1/application-passwords/{admin}", '{"name": "Renamed"}'): (403, 200, 200),
    ("POST", "/wp/v2/users/me/application-passwords/{own}", '{"name": "Renamed"}'): (403, 200, 200),
    ("DELETE", "/wp/v2/comments/3", ""): (403, 200, 200),
    ("DELETE", "/wp/v2/comments/5?force=true", ""): (403, 200, 200),
    ("DELETE", "/wp/v2/media/4?force=true", ""): (403, 403, 409),
    ("DELETE", "/wp/v2/posts/6", ""): (403, 403, 200),
    ("DELETE", "/wp/v2/posts/5?force=true", ""): (403, 403, 200),
    ("DELETE", "/wp/v2/pages/8", ""): (403, 403, 200),
    ("DELETE", "/wp/v2/tags/2?force=true", ""): (403, 403, 200),
    ("DELETE", "/wp/v2/categories/1?force=true", ""): (403, 403, 200),
    ("DELETE", "/wp/v2/users/2?reassign=1", ""): (403, 403, 403),
    ("DELETE", "/wp/v2/users/1/application-passwords/{other}", ""): (403, 200, 200),
    ("DELETE", "/wp/v2/users/4/application-passwords", ""): (403, 403, 200),
    ("DELETE", "/wp/v2/users/me/application-passwords/{second}", ""): (403, 200, 200),
    ("DELETE", "/wp/v2/users/me/application-passwords", ""): (403, 200, 200),
}


@pytest.fixture
def database(wordpress: Settings) -> Iterator[Database]:
    opened = store.connect(wordpress.database)
    yield opened
    opened.conn.close()


def answers(
    served: TestClient, db: Database, headers: Mapping[str, str], account: int
) -> dict[tuple[str, str, str], int]:
    """Make all calls of the table; return the status of each."""
    with store.transaction(db):
        made = {
            name: tokens.make(db, who, NewToken(name), by=by())[0] for name, who in (("second", account), ("other", 1))
        }
    names = {**made, "admin": tokens.of_account(db, 1)[0]["uuid"], "own": tokens.of_account(db, account)[0]["uuid"]}
    found = {}
    for method, path, body in ROLES:
        more = {"content-type": "application/json"} if body else {}
        address = f"/wp-json{path.format(**names)}"
        answer = served.request(method, address, content=body, headers={**headers, **more})
        found[method, path, body] = answer.status_code
        if "batch" in path:
            found[method, path, body] = answer.json()["responses"][0]["status"]
    return found


@pytest.mark.parametrize("who", WHO)
def test_a_role_may_do_what_the_table_says(
    served: TestClient, programs: Programs, database: Database, who: str
) -> None:
    place = WHO.index(who)
    found = answers(served, database, programs.get(who, {}), place + 1 if who in PEOPLE else 1)
    assert found == {call: statuses[place] for call, statuses in ROLES.items()}


@pytest.mark.parametrize("scope", tokens.SCOPES)
def test_a_scope_lets_do_what_the_table_says(served: TestClient, database: Database, scope: str) -> None:
    with store.transaction(database):
        _, password = tokens.make(database, 1, NewToken("Phone", scope), by=by())
    found = answers(served, database, signed_in("admin", password), 1)
    place = tokens.SCOPES.index(scope)
    assert {call: status for call, status in found.items() if call in SCOPES} == {
        call: statuses[place] for call, statuses in SCOPES.items()
    }
    assert [call for call, status in found.items() if call[0] == "GET" and status != 200] == []


def test_the_tables_have_every_route_and_method() -> None:
    for route in ROUTES:
        for method, endpoint in route.endpoints.items():
            same = {name for name, each in route.endpoints.items() if each is endpoint}  # as POST, PUT and PATCH are
            asked = [call for call in ROLES if call[0] in same and _is_of(route.name, call[1])]
            assert asked, f"{method} {route.name}"
    assert set(SCOPES) == {call for call in ROLES if call[0] != "GET"}


def _is_of(route: str, path: str) -> bool:
    plain = path.partition("?")[0].replace("{", "").replace("}", "")
    first = next((each for each in ROUTES if each.match(plain) is not None), None)
    return first is not None and first.name == route


def test_no_password_is_in_a_log_or_a_table_whatever_is_asked(
    served: TestClient,
    programs: Programs,
    wordpress: Settings,
    database: Database,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BLOG_LOG", "json")
    caplog.set_level(logging.DEBUG)
    with store.transaction(database):
        _, password = tokens.make(database, 1, NewToken("Phone"), by=by())
    answers(served, database, signed_in("admin", password), 1)
    made = served.post(
        "/wp-json/wp/v2/users/me/application-passwords", json={"name": "Child"}, headers=programs["editor"]
    ).json()["password"]
    wrong = "wrong wrong wrong"
    served.get("/wp-json/wp/v2/users/me", headers=signed_in("admin", wrong))
    for method in ("get", "post"):
        getattr(served, method)("/micropub", headers={"authorization": f"Bearer {password}"})
    served.get(f"/wp-json/wp/v2/posts?context=edit&search={password}", headers=signed_in("admin", password))
    served.get("/wp-json/wp/v2/posts", headers={"authorization": f"Bearer {password}"})
    files = b"".join(path.read_bytes() for path in wordpress.root.glob("blog.db*") if path.is_file())
    own = [each for each in caplog.records if not each.name.startswith("httpx")]  # not those of the test's own client
    logged = "".join(f"{each.getMessage()}{json.dumps(each.__dict__, default=str)}" for each in own)
    for secret in (password, made, wrong):
        coded = signed_in("admin", secret)["authorization"].partition(" ")[2]
        for written in (secret, secret.replace(" ", ""), secret.replace(" ", "%20"), secret.replace(" ", "+"), coded):
            assert written not in logged
            assert written.encode() not in files
