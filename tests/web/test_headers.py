"""The headers of every answer of the application's own list of routes, errors and files included."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlite_utils import Database
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from blog import publishing
from blog.app import create_app
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.conftest import PASSWORD
from tests.factories import SLUG, by, write_post

POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "img-src": "'self'",
    "media-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
}
NO_MORE: Mapping[str, str] = {}
# The page to write on shows the preview in a frame, also after a picture was refused; to none else is a frame allowed,
# and nobody else is framed.
OF_EDITOR = {"frame-src": "'self'"}
WRITING = {**dict.fromkeys(("edit", "images", "files"), OF_EDITOR), "preview": {"frame-ancestors": "'self'"}}
FILLED = {"{slug}": SLUG, "{page:int}": "1", "{path:path}": "site.css", "{year:int}": "2026"}


def routes(app: Any) -> Iterator[tuple[str, str]]:
    """Return method and address of every route, with something in the place of what varies."""
    for route in app.routes:
        inside = route.routes if isinstance(route, Mount) else [route]
        for each in inside:
            if isinstance(each, Route):
                path = (route.path if isinstance(route, Mount) else "") + each.path
                for name, value in FILLED.items():
                    path = path.replace(name, value)
                path = re.sub(r"\{\w+:int\}", "1", path)
                path = path.replace("{order:order}", "newest")
                path = re.sub(r"\{\w+(:path)?\}", "x", path)
                assert "{" not in path, path
                yield from ((method, path) for method in sorted(each.methods or {"GET"}))


def policy_of(answer: Any) -> dict[str, str]:
    text = answer.headers["content-security-policy"]
    return dict(part.strip().split(" ", 1) for part in text.split(";"))


# Where no cookie counts, so that pages of other sites may read the answers.
FOR_PROGRAMS = ("/wp-json", "/micropub", "/indieauth/", "/.well-known/", "/webmention")


def check(answer: Any, *, https: bool = False, more: Mapping[str, str] = NO_MORE, shared: bool = False) -> None:
    headers = answer.headers
    assert policy_of(answer) == {**POLICY, **more}
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] in ("strict-origin-when-cross-origin", "same-origin")
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == ("cross-origin" if shared else "same-origin")
    for feature in ("camera", "geolocation", "microphone", "payment", "usb"):
        assert f"{feature}=()" in headers["permissions-policy"]
    assert ("strict-transport-security" in headers) is https
    assert "server" not in headers
    assert "x-powered-by" not in headers
    assert "access-control-allow-origin" not in headers
    if answer.content:
        assert "charset=utf-8" in headers["content-type"].lower() or "json" in headers["content-type"]


@pytest.mark.parametrize("who", ["client", "moderator"])
def test_every_route_answers_with_every_header(who: str, request: pytest.FixtureRequest) -> None:
    browser = request.getfixturevalue(who)
    asked = sorted(set(routes(browser.app)), key=lambda pair: (pair[1] == "/admin/logout", pair))
    assert len(asked) > 50
    codes = set()
    for method, path in asked:
        for headers in ({}, {"accept": "application/json"}):
            answer = browser.request(method, path, headers=headers, follow_redirects=False)
            page = answer.status_code == 422 and answer.headers["content-type"].startswith("text/html")
            shared = path.startswith(("/static/", "/favicon.ico")) and answer.status_code < 400
            if path.startswith(FOR_PROGRAMS) and answer.headers.pop("access-control-allow-origin", ""):
                shared = path != "/webmention"
            check(answer, more=WRITING.get(path.rpartition("/")[2], {}) if page else {}, shared=shared)
            codes.add(answer.status_code)
            if path.startswith("/admin/"):
                assert answer.headers["cache-control"] == "private, no-store", path
                assert answer.headers["x-robots-tag"] == "noindex"
    assert {200, 303, 404, 422} <= codes


@pytest.mark.parametrize(
    ("method", "path", "code", "more"),
    [
        ("GET", "/nothing/here/at/all", 404, {}),
        ("GET", "/static/nothing.css", 404, {}),
        ("DELETE", "/", 405, {}),
        ("DISPATCH", f"/{SLUG}/", 405, {}),
        ("POST", f"/{SLUG}/comments", 415, {"content": "{}", "headers": {"content-type": "application/json"}}),
        ("POST", f"/{SLUG}/comments", 413, {"content": "x" * 300_000, "headers": {"content-type": "text/plain"}}),
        ("POST", f"/{SLUG}/comments", 403, {"headers": {"sec-fetch-site": "cross-site"}}),
        ("POST", f"/{SLUG}/comments", 422, {"data": {"comment": ""}}),
        ("GET", f"/{SLUG}", 301, {}),
        ("GET", "/admin", 301, {}),
    ],
)
def test_errors_carry_them_too(client: TestClient, method: str, path: str, code: int, more: dict[str, Any]) -> None:
    answer = client.request(method, path, follow_redirects=False, **more)
    assert answer.status_code == code
    check(answer)


def test_what_is_too_large_is_refused_with_a_page_however_it_is_sent(client: TestClient) -> None:
    path, kind = f"/{SLUG}/comments", {"content-type": "application/x-www-form-urlencoded"}
    pieces = (b"comment=" + b"x" * 10_000 for _ in range(40))
    for content in (b"comment=" + b"x" * 300_000, pieces):
        answer = client.post(path, content=content, headers=kind)
        assert answer.status_code == 413
        assert "your browser has kept the text" in answer.text
        check(answer)
    for length in ("-1", "1e9", "0x10", "9" * 40):
        assert client.post(path, content=b"x", headers={**kind, "content-length": length}).status_code in (
            400,
            413,
            422,
        )


def test_what_breaks_inside_tells_nothing_and_carries_them_too(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from blog.web import files

    async def broken(request: Any) -> Any:
        raise RuntimeError("unmistakable: /secret/path")

    client.app.router.routes.insert(0, Route("/broken", broken))  # type: ignore[attr-defined]
    fragile = TestClient(client.app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)
    for headers in ({}, {"accept": "application/json"}):
        answer = fragile.get("/broken", headers=headers)
        assert answer.status_code == 500
        check(answer)
        for word in ("unmistakable", "secret", "Traceback", "RuntimeError", "blog/", "line "):
            assert word not in answer.text
    assert files.__doc__


def test_files_are_not_private_and_pages_of_ones_own_are(client: TestClient, moderator: TestClient) -> None:
    kept = client.get(f"/{SLUG}/").headers["cache-control"]
    assert kept == "public, max-age=0, must-revalidate"
    for path in ("/", f"/{SLUG}/", "/nowhere/", "/admin/", "/admin/account", "/admin/login"):
        answer = moderator.get(path)
        if path != "/":  # the list of posts is the same for everybody
            assert "no-store" in answer.headers["cache-control"], path


def test_signing_out_clears_what_the_browser_keeps(moderator: TestClient) -> None:
    answer = moderator.post("/admin/logout", follow_redirects=False)
    assert answer.headers["clear-site-data"] == '"cache"'
    assert 'session=""' in answer.headers["set-cookie"]


def test_on_https_there_is_hsts_and_every_cookie_is_secure(site: Settings, client: TestClient, db: Any) -> None:

    with store.transaction(db):
        factories.account(db, "ana")
    secured = replace(site, url="https://blog.example.org")
    with TestClient(create_app(secured), base_url="https://blog.example.org") as browser:
        for path in ("/", f"/{SLUG}/", "/nothing/", "/static/site.css", "/admin/login", "/admin/"):
            answer = browser.get(path, follow_redirects=False)
            check(answer, https=True, shared=path.startswith("/static/"))
            assert answer.headers["strict-transport-security"] == "max-age=31536000"
        signed = browser.post("/admin/login", data={"username": "ana", "password": PASSWORD}, follow_redirects=False)
        cookies = signed.headers.get_list("set-cookie")
        assert len(cookies) == 2
        for cookie in cookies:
            assert "Secure" in cookie
            assert "HttpOnly" in cookie
            assert "SameSite=" in cookie


def test_the_frames_that_the_site_names_are_allowed_and_wait_for_a_click(site: Settings, db: Database) -> None:
    hosts = ("www.youtube-nocookie.com", "player.vimeo.com")
    frame = '<iframe src="https://www.youtube-nocookie.com/embed/x" title="A film"></iframe>'
    write_post(site.root, "film", body=f"{frame}\n\n<iframe src='https://other.example/'></iframe>")
    write_post(site.root, "none", body="Words.")
    publishing.publish(db, site, by=by())
    with TestClient(create_app(replace(site, frames=hosts))) as client:
        page, other = client.get("/film/"), client.get("/none/")
    assert policy_of(page)["frame-src"] == "https://www.youtube-nocookie.com https://player.vimeo.com"
    assert (
        'data-hosts="www.youtube-nocookie.com player.vimeo.com" data-hint="Click to load it from {host}"' in page.text
    )
    assert "frames.js" not in other.text
    with TestClient(create_app(site)) as client:
        page = client.get("/film/")
    assert "frame-src" not in policy_of(page)
    text = page.text
    assert '<a class="frame" href="https://www.youtube-nocookie.com/embed/x">A film (www.youtube-nocookie.com)' in text
    assert '<a class="frame" href="https://other.example/">other.example</a>' in text
    assert "<iframe" not in text
    assert "frames.js" not in text
