import pytest
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient

from blog.settings import Settings
from blog.web.middleware import security
from tests.factories import form_on

TYPED = {"author": "Ana", "email": "ana@example.org", "comment": "Words."}


@pytest.mark.parametrize(
    "path", ["/", "/a-post/", "/nope/", "/static/site.css", "/admin/login", "/healthz", "/robots.txt"]
)
def test_every_answer_carries_the_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    for directive in (
        "default-src 'none'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ):
        assert directive in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert "strict-transport-security" not in headers


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, 303),
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"sec-fetch-site": "none"}, 303),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8000"}, 403),
        ({"origin": "http://127.0.0.1:8000"}, 303),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:8001"}, 403),
    ],
)
def test_another_sites_form_is_refused(client: TestClient, headers: dict[str, str], code: int) -> None:
    data = {**form_on(client, "/a-post/"), **TYPED}
    assert client.post("/a-post/comments", data=data, headers=headers, follow_redirects=False).status_code == code


@pytest.mark.parametrize(
    "path",
    [
        "/admin/decisions",
        "/admin/batches/1/reversal",
        "/admin/closure",
        "/admin/opening",
        "/admin/posts/a-post/closure",
        "/admin/posts/a-post/opening",
        "/admin/posts/a-post/following",
        "/admin/settings/discussion",
        "/admin/logout",
        "/admin/login",
        "/admin/setup",
    ],
)
@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/json"]
)
def test_no_act_of_the_desk_is_done_for_another_site(moderator: TestClient, path: str, kind: str) -> None:
    headers = {"origin": "http://evil.example", "content-type": kind}
    assert (
        moderator.post(path, content="decision=approve&id=1", headers=headers, follow_redirects=False).status_code
        == 403
    )


def connection(host: str, **headers: str) -> HTTPConnection:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return HTTPConnection({"type": "http", "client": (host, 1), "headers": raw})


@pytest.mark.parametrize(
    ("trusted", "socket", "forwarded", "found"),
    [
        ((), "198.51.100.7", "203.0.113.9", "198.51.100.7"),
        (("10.0.0.0/8",), "198.51.100.7", "203.0.113.9", "198.51.100.7"),
        (("10.0.0.0/8",), "10.0.0.1", "203.0.113.9", "203.0.113.9"),
        (("10.0.0.0/8",), "10.0.0.1", "192.0.2.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (("10.0.0.0/8",), "10.0.0.1", "nonsense", "10.0.0.1"),
        (("10.0.0.0/8",), "10.0.0.1", "203.0.113.9, nonsense", "10.0.0.1"),
        (("10.0.0.0/8",), "10.0.0.1", "", "10.0.0.1"),
        (("10.0.0.0/8",), "10.0.0.1", "203.0.113.9, ", "10.0.0.1"),
        (("10.0.0.0/8",), "10.0.0.1", "203.0.113.9:443", "203.0.113.9"),
        (("10.0.0.0/8",), "10.0.0.1", '"203.0.113.9:443"', "203.0.113.9"),
        (("10.0.0.0/8",), "10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        (("10.0.0.0/8",), "10.0.0.1", "[2001:db8::1]", "2001:db8::1"),
        (("10.0.0.0/8",), "10.0.0.1", '"[2001:db8::1]:4711"', "2001:db8::1"),
        (("10.0.0.0/8",), "10.0.0.1", '"2001:db8::1"', "2001:db8::1"),
        (("10.0.0.0/8",), "10.0.0.1", "2001:db8::1", "2001:db8::1"),
        (("10.0.0.0/8",), "10.0.0.1", "192.0.2.1, 203.0.113.9:443, 10.0.0.2:80", "203.0.113.9"),
        (("10.0.0.0/8",), "10.0.0.1", "203.0.113.9:http", "10.0.0.1"),
        (("10.0.0.0/8",), "10.0.0.1", "203.0.113.9:4:4", "10.0.0.1"),
        (("10.0.0.0/8",), "10.0.0.1", "[203.0.113.9", "10.0.0.1"),
        (("10.0.0.0/8",), "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        (("fd00::/8",), "fd00::1", "2001:db8::7, fd00::2", "2001:db8::7"),
        (("0.0.0.0/0",), "198.51.100.7", "192.0.2.1, 203.0.113.9", "192.0.2.1"),
    ],
)
def test_forwarded_addresses_are_believed_from_configured_proxies_only(
    site: Settings, trusted: tuple[str, ...], socket: str, forwarded: str, found: str
) -> None:
    behind = Settings(root=site.root, trusted_proxies=trusted)
    assert security.client_ip(connection(socket, x_forwarded_for=forwarded), behind) == found


def test_of_several_forwarded_lines_the_last_is_the_proxys(site: Settings) -> None:
    lines = [b"192.0.2.1", b"192.0.2.2, 203.0.113.9", b"10.0.0.2"]
    raw = [(b"x-forwarded-for", line) for line in lines]
    asked = HTTPConnection({"type": "http", "client": ("10.0.0.1", 1), "headers": raw})
    assert security.client_ip(asked, Settings(root=site.root, trusted_proxies=("10.0.0.0/8",))) == "203.0.113.9"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("testclient", ""),
        ("", ""),
    ],
)
def test_one_sender_is_an_ipv4_address_or_an_ipv6_network(address: str, network: str) -> None:
    assert security.network_of(address) == network


def test_cookies_are_secure_on_https_and_hsts_is_sent(site: Settings) -> None:
    from dataclasses import replace

    from blog.app import create_app

    secured = replace(site, url="https://blog.example.org")
    with TestClient(create_app(secured), base_url="https://blog.example.org") as browser:
        assert "strict-transport-security" in browser.get("/").headers
