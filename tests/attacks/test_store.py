"""Section 6: files, templates, sessions and what was meant for developers."""

import ast
import base64
from typing import Any

import pytest
from itsdangerous import URLSafeSerializer
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import publishing
from blog.people import accounts, sessions
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.attacks import hostile
from tests.attacks.rows import ROOT
from tests.conftest import PASSWORD
from tests.factories import SLUG, by, form_on, write_post

JSON = {"accept": "application/json"}


def imported() -> set[str]:
    found = set()
    for path in (ROOT / "blog").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module or "")
    return found


# `xml_stream` reads with expat and refuses a document type, without which there are no entities; its elements are
# ElementTree's. The exports write, with saxutils.
XML = {"xml.etree.ElementTree", "xml.parsers", "xml.sax.saxutils"}


def test_t6_03_no_xml_is_read_by_a_parser_that_knows_entities() -> None:
    """Whoever brings an importer of XML brings a parser without entities, and changes this line with it."""
    names = {name for name in imported() if name.split(".")[0] in ("xml", "lxml", "feedparser", "xmltodict")}
    assert names == XML


def test_t6_04_no_archive_is_unpacked() -> None:
    assert not imported() & {"zipfile", "tarfile", "shutil.unpack_archive"}


@pytest.mark.parametrize(
    "slug", ["../../etc/passwd", "..%2fx", "%00", "CON", "a" * 300, "a/b", "a\\b", ".", "..", "<x>", "a b"]
)
def test_t6_05_a_slug_of_a_file_is_never_a_path(site: Settings, db: Database, slug: str) -> None:
    path = write_post(site.root, "one", front=f"slug: '{slug}'\n")
    publishing.publish(db, site, by=by())
    slugs = [row[0] for row in db.conn.execute("select slug from posts").fetchall()]
    assert all("/" not in each and "\\" not in each and "." not in each and len(each) < 256 for each in slugs)
    assert path.exists()


def test_t6_05_a_link_out_of_the_folder_of_posts_publishes_nothing(site: Settings, db: Database, tmp_path: Any) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside.md"
    outside.write_text("---\ntitle: Secret\ndate: 2026-05-01\n---\n\nSecret words.\n", "utf-8")
    (site.posts / "linked.md").symlink_to(outside)
    write_post(site.root, "fine")
    publishing.publish(db, site, by=by())
    outside.unlink()
    assert [row[0] for row in db.conn.execute("select slug from posts").fetchall()] == ["fine"]


def test_t6_05_a_link_out_of_the_static_folder_is_not_served(site: Settings, client: TestClient) -> None:
    site.static.mkdir(exist_ok=True)
    (site.static / "leak.css").symlink_to(site.database)
    assert client.get("/static/leak.css").status_code == 404


def test_t6_07_every_template_escapes(client: TestClient) -> None:
    environment = client.app.state.site.render._environment  # type: ignore[attr-defined]
    assert environment.autoescape is True
    for name in ("x.html", "x.xml", "x.txt", "x"):
        template = environment.from_string("{{ value }}")
        template.name = name
        assert template.render(value="<x>'\"&") == "&lt;x&gt;&#39;&#34;&amp;"


@pytest.mark.parametrize(
    "secret", ["", "secret", "changeme", "afterword", "Afterword", "blog", "test", "itsdangerous", "x" * 43]
)
def test_t6_08_nothing_that_is_signed_with_a_known_secret_is_taken(
    client: TestClient, db: Database, secret: str
) -> None:
    site = client.app.state.site  # type: ignore[attr-defined]
    for salt in ("comment-form", "challenge", "cookie-session", "itsdangerous"):
        forged = str(URLSafeSerializer(secret or "x", salt=salt).dumps([SLUG, "2026-05-07T12"]))
        assert site.read_stamp(forged, SLUG) == ("forged", None)
        assert sessions.find(db, forged, at="2026-05-07T12:00:00.000Z") is None
    assert len(site.store.secret()) >= 43


def test_t6_08_a_session_is_256_random_bits(client: TestClient, db: Database) -> None:
    with store.transaction(db):
        ana = factories.account(db, "ana")
        tokens = {sessions.sign_in(db, ana, ip="", user_agent="", by=by()) for _ in range(50)}
    assert len(tokens) == 50
    assert {len(base64.urlsafe_b64decode(f"{token}=")) for token in tokens} == {32}


@pytest.mark.parametrize("cookie", ["x", "x" * 8_000, "", '"', "%00", "a=b", "{}", "é", "' or 1=1 --", "../../x"])
def test_t6_08_a_garbage_cookie_is_no_session_and_no_error(client: TestClient, cookie: str) -> None:
    for name in ("session", "reader", "device", "challenge"):
        headers = {"cookie": f"{name}={cookie}".encode("latin-1", "replace")}
        assert client.get(f"/{SLUG}/", headers=headers).status_code == 200  # type: ignore[arg-type]
        assert client.get("/admin/", headers=headers, follow_redirects=False).status_code == 303  # type: ignore[arg-type]
        login = client.post("/admin/login", data={"username": "x", "password": "y"}, headers=headers)  # type: ignore[arg-type]
        assert login.status_code in (401, 429)


AIMS = (
    *(
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "https:evil.example",
    ),
    *(
        "/admin//evil.example",
        "/admin\t//evil",
        "/admin\\@evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "/%09/evil",
    ),
    *(
        "/admin\r\nLocation: http://evil.example",
        "/admin/..//evil.example",
        "http:/evil.example",
        "@evil.example",
        "?//evil",
    ),
    *(
        "/admin@evil.example",
        "//evil.example/admin",
        "/%2f%2fevil.example",
        "/%5cevil.example",
        ".evil.example",
        "\u3002evil",
    ),
)


def test_t6_10_no_redirect_leads_off_the_site(client: TestClient, db: Database) -> None:
    with store.transaction(db):
        factories.account(db, "ana")
    path = hostile.SHARED / "attacks" / "patt-openredirects.txt"
    aims = [*AIMS, *(path.read_text("utf-8").splitlines() if path.is_file() else [])]
    client.app.state.site.buckets["login"].burst = 10_000  # type: ignore[attr-defined]
    first = client.post("/admin/login", data={"username": "ana", "password": PASSWORD}, follow_redirects=False)
    assert first.status_code == 303
    for aim in aims:
        headers = {"referer": "https://evil.example/admin"}
        for where, data in (
            ("/admin/keys", {"on": "1", "back": aim}),
            ("/admin/confirmation", {"back": aim, "next": aim}),
        ):
            answer = client.post(where, data=data, headers=headers, follow_redirects=False)
            assert answer.status_code == 303, aim
            assert_own(answer.headers["location"])
        page = client.get("/admin/login", params={"next": aim}, headers=headers)
        assert_own(page.text.partition('name="next" value="')[2].partition('"')[0])
        for where in (aim, f"{SLUG}/{aim}") if aim.isprintable() else ():
            answer = client.get(
                f"http://127.0.0.1:8000/{where.removeprefix('/')}", headers=headers, follow_redirects=False
            )
            assert_own(answer.headers.get("location", "/"))


def assert_own(location: str) -> None:
    assert location.startswith("/"), location
    assert not location.startswith(("//", "/\\", "/\t")), location
    assert "\r" not in location
    assert "\n" not in location


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/?_trace=1",
            "/?debug",
            "/?debug=1",
            "/docs",
            "/redoc",
            "/openapi.json",
            "/metrics",
            "/.git/config",
            "/.env",
            "/.git/",
        ),
        *(
            "/blog.db",
            "/data/blog.db",
            "/blog.toml",
            "/posts/a-post.md",
            "/posts/a-post.md~",
            "/server-status",
            "/phpinfo.php",
        ),
        *(
            "/wp-login.php",
            "/actuator/health",
            "/debug/pprof",
            "/console",
            "/__debug__/",
            "/static/",
            "/static",
            "/posts/",
        ),
    ],
)
def test_t6_11_nothing_that_is_meant_for_developers_is_there(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == (200 if path.startswith("/?") else 404)
    for word in ("Traceback", "sqlite", "/site-packages/", "select ", "secret"):
        assert word not in answer.text


def test_t6_12_a_fresh_site_has_no_account_and_nobody_else_can_make_the_first(client: TestClient, db: Database) -> None:
    for name in ("admin", "root", "test", "afterword", "judith", "ana"):
        answer = client.post("/admin/login", data={"username": name, "password": name}, follow_redirects=False)
        assert answer.status_code in (401, 429)
    for token in ("", "x", "setup", "admin", "0" * 32):
        for answer in (
            client.get(f"/admin/setup?token={token}"),
            client.post("/admin/setup", data={"token": token, "username": "eve", "password": PASSWORD}),
        ):
            assert answer.status_code == 403
    assert not accounts.any_administrator(db)
    assert form_on(client, f"/{SLUG}/")
