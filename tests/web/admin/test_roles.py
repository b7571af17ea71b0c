"""Every address of the desk, asked with every role and with no session, an ended one and one of another role."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import moderation
from blog.moderation import Decision
from blog.people import accounts, sessions, tokens
from blog.people.tokens import NewToken
from blog.storage import store
from blog.web import admin
from blog.web.admin.access import OWN_POSTS_ONLY, ROLE_PERMISSIONS
from blog.web.admin.route import DeskRoute
from tests import factories
from tests.factories import by, decide, status, submit

BROWSER: dict[str, Any] = {"base_url": "http://127.0.0.1:8000", "client": ("198.51.100.8", 50_000)}
GUARDED = [
    (method, route)
    for route in admin.ROUTES
    if route.needs != "nobody"
    for method in sorted((route.methods or set()) - {"HEAD"})
]
OPEN = [
    "/setup",
    "/setup",
    "/login",
    "/login",
    "/login/challenge",
    "/login/passkey",
    "/forgot",
    "/forgot",
    "/waiting/{key}",
]
JSON = {"accept": "application/json"}


def test_there_is_a_permission_for_every_route() -> None:
    assert [route.path for route in admin.ROUTES if route.needs == "nobody"] == OPEN
    assert {route.needs for _, route in GUARDED} == set.union(*ROLE_PERMISSIONS.values())
    assert set(ROLE_PERMISSIONS) == set(accounts.ROLES)


def token_of(db: Database, name: str, role: str, at: str = "") -> str:
    """Begin a session of a new account without its password's slow check."""
    from blog.web import site

    with store.transaction(db):
        row = db.conn.execute(
            "insert into accounts (name, role, password_hash, created_at) values (?, ?, 'x', '2026-05-07T12:00:00Z')"
            " on conflict (name) do update set role = excluded.role returning id",
            [name, role],
        ).fetchone()
        return sessions.sign_in(db, row[0], ip="", user_agent="", by=by(at or site.now()))


def address(path: str, comment: int, batch: int) -> str:
    number = batch if "/batches/" in path else comment
    return f"/admin{path}".replace("{id:int}", str(number)).replace("{slug}", "a-post")


def everything(db: Database) -> list[tuple[Any, ...]]:
    """Return all that an act could have changed."""
    tables = ("comments", "events", "batches", "closures", "settings", "accounts", "notes", "standings", "posts")
    return [row for table in tables for row in db.conn.execute(f"select * from {table}").fetchall()]


def named(value: Any) -> str:
    return value.path if isinstance(value, DeskRoute) else str(value)


@pytest.mark.parametrize("role", accounts.ROLES)
@pytest.mark.parametrize(("method", "route"), GUARDED, ids=named)
def test_a_role_reaches_what_the_table_says_and_nothing_else(
    client: TestClient, db: Database, method: str, route: DeskRoute, role: str
) -> None:
    comment, path = submit(db), route.path
    mine = token_of(db, "judith", role)
    account = accounts.find(db, "judith")["id"]
    batch = decide(db, comment, "approve", by=by(account=account))["batch"]
    ended = token_of(db, "judith", role, at="2020-01-01T00:00:00.000Z")
    out = token_of(db, "judith", role)
    with store.transaction(db):
        sessions.sign_out(db, out, by=by())
    where = address(path, comment, batch or 0)
    key = sessions.key_of(mine)
    if path.startswith("/account/tokens/"):
        with store.transaction(db):
            key, _ = tokens.make(db, account, NewToken("Phone"), by=by())
    where = where.replace("{key:int}", str(account)).replace("{key}", key)
    before = everything(db)

    def ask(token: str | None) -> Any:
        cookie = {"cookie": f"session={token}"} if token is not None else {}
        return client.request(method, where, headers={**JSON, **cookie}, data={"kind": "email"}, follow_redirects=False)

    for token in (None, "", "forged", ended, out, "x" * 8_000):
        assert ask(token).status_code == 401
    assert everything(db) == before
    for other in [each for each in accounts.ROLES if route.needs not in ROLE_PERMISSIONS[each]]:
        answer = ask(token_of(db, "other", other))
        assert answer.status_code == 403
        assert other in answer.json()["detail"]
    answer = ask(mine)
    every_time = route.confirm is not None and route.confirm.every_time
    refused = route.needs not in ROLE_PERMISSIONS[role] or every_time
    assert (answer.status_code == 403) is refused, answer.text
    here = (
        "passkeys" in path
        or path.startswith("/webhooks/")
        or path
        in {
            "/mail",
            "/posts/{slug}/edit",
            "/posts/{slug}/preview",
            "/posts/{slug}/{file}",
            "/posts/{slug}/versions/{id:int}/restoration",
        }
    )
    if here and answer.status_code == 404:  # no such key, webhook, file or version
        return
    assert answer.status_code not in (401, 404, 405), answer.text
    assert answer.headers["cache-control"] == "private, no-store"


OF_SOMEBODY = [pair for pair in GUARDED if "{id" in pair[1].path or "{slug" in pair[1].path]


@pytest.mark.parametrize(("method", "route"), OF_SOMEBODY, ids=named)
@pytest.mark.parametrize("role", sorted(OWN_POSTS_ONLY))
def test_what_belongs_to_others_is_not_there_for_who_is_limited(
    client: TestClient, db: Database, method: str, route: DeskRoute, role: str
) -> None:
    path = route.path
    comment = submit(db, "Unmistakable words.")
    batch = decide(db, comment, "approve")["batch"]
    token, before = token_of(db, "eve", role), everything(db)
    before = everything(db)
    answer = client.request(
        method, address(path, comment, batch or 0), headers={**JSON, "cookie": f"session={token}"}, data={"note": "x"}
    )
    public = "{slug}" in path  # everybody knows that there are posts of others
    assert answer.status_code == (403 if public or route.needs not in ROLE_PERMISSIONS[role] else 404)
    assert "Unmistakable" not in answer.text
    assert everything(db) == before


def test_a_route_without_a_permission_cannot_be_made() -> None:
    make: Any = DeskRoute
    with pytest.raises(TypeError, match="needs"):
        make("/forgotten", admin.overview.show)
    assert {type(route) for route in admin.ROUTES} == {DeskRoute}


@contextmanager
def signed_in(client: TestClient, db: Database, name: str, role: str) -> Iterator[TestClient]:
    other = TestClient(client.app, **BROWSER)
    other.cookies.set("session", token_of(db, name, role))
    yield other
    other.close()


def test_an_authors_desk_holds_own_posts_and_their_comments_alone(client: TestClient, db: Database) -> None:
    factories.post(db, "of-another", author="Eve")
    own, strange = submit(db, "On my post."), submit(db, "On another's.", n=2, slug="of-another")
    with signed_in(client, db, "JUDITH", "author") as author:
        assert author.get("/admin/").url.path == "/admin/comments"
        for query in ("", "?status=all", "?q=On", f"?sender=reader:{strange}", "?post=of-another", "?rule=none"):
            page = author.get(f"/admin/comments{query}").text
            assert "another's" not in page.replace("’", "'")
            assert "Of another" not in page
        page = author.get("/admin/comments").text
        assert "On my post." in page
        assert "(1)" in page.partition("</title>")[0]
        assert '"/admin/log"' not in page
        posts = author.get("/admin/posts").text
        assert "/admin/posts/a-post/closure" in posts
        assert "of-another" not in posts
        assert 'action="/admin/closure"' not in posts
        one = author.get(f"/admin/comments/{own}").text
        assert "/standing" not in one
        assert "/move" not in one


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        ("", "2 comments wait"),
        ("?post=a-post", "2 comments wait"),
        ("?status=approved", "1 comment approved"),
        ("?status=spam", "0 comments in spam"),
        ("?status=all&sort=score", "3 comments approved or pending"),
        ("?q=Third", "1 comment with “Third”"),
        ("?rule=comment_previously_approved", "2 comments with these filters"),
    ],
)
def test_an_authors_queue_is_headed_as_a_moderators(client: TestClient, db: Database, query: str, heading: str) -> None:
    ids = [submit(db, f"{text} thought.", n=n) for n, text in enumerate(("First", "Second", "Third"))]
    decide(db, ids[0], "approve")
    for name, role in (("judith", "author"), ("ana", "moderator")):
        with signed_in(client, db, name, role) as person:
            assert f">{heading}</h1>" in person.get(f"/admin/comments{query}").text


def test_an_authors_long_queue_says_that_there_are_more_than_were_counted(
    client: TestClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["blog.moderation.queue"], "COUNTED", 2)
    for n in range(3):
        submit(db, f"Thought {n}.", n=n)
    with signed_in(client, db, "judith", "author") as author:
        assert "<h1>At least 2 comments wait</h1>" in author.get("/admin/comments").text


@pytest.mark.parametrize("decision", list(Decision))
def test_an_author_decides_on_own_comments_whatever_the_form_names(
    client: TestClient, db: Database, decision: str
) -> None:
    factories.post(db, "of-another", author="Eve")
    own, strange = submit(db), submit(db, "Other.", n=2, slug="of-another")
    first = "trash" if decision == "restore" else "approve" if decision == "unapprove" else ""
    if first:
        decide(db, [own, strange], first)
    before = status(db, strange)
    with signed_in(client, db, "judith", "author") as author:
        some = author.post("/admin/decisions", data={"decision": decision, "id": [own, strange]}, headers=JSON).json()
        assert (some["moved"], some["missing"]) == (1, [strange])
        assert author.post(f"/admin/batches/{some['batch']}/reversal", headers=JSON).status_code == 200
        where = {"decision": decision, "all": "1", "status": "trash" if decision == "restore" else "all"}
        for narrowed in ({}, {"post": "of-another"}, {"q": "Other"}):
            author.post("/admin/decisions", data={**where, **narrowed}, headers=JSON)
        alone = author.post("/admin/decisions", data={"decision": decision, "id": strange}, headers=JSON)
        assert alone.status_code == 404
    assert status(db, strange) == before


def test_an_author_is_shown_no_act_of_others(client: TestClient, db: Database) -> None:
    batch = decide(db, submit(db), "approve")["batch"]
    with signed_in(client, db, "judith", "author") as author:
        assert author.get(f"/admin/comments?did={batch}").status_code == 404
        assert author.post(f"/admin/batches/{batch}/reversal", headers=JSON).status_code == 404


def test_selections_of_an_owner_are_narrow_everywhere(db: Database) -> None:
    factories.post(db)
    factories.post(db, "of-another", author="Eve")
    submit(db)
    submit(db, "Other.", n=2, slug="of-another")
    chosen = moderation.Selection("pending", owner="judith")
    assert [row["post"] for row in moderation.in_turn(db, chosen)] == ["a-post"]
    assert moderation.matching(db, chosen) == 1
    assert moderation.matching(db, moderation.Selection("pending", owner="nobody")) == 0
