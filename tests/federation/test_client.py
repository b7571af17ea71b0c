"""The client reaches public hosts on the ports of the web, whatever an address, a name server or a redirect says."""

import ipaddress
import socket
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from blog.errors import Forbidden, Invalid, Refused, TooLarge
from blog.federation import addresses, client
from blog.federation.client import Call, Limits, NoAnswer
from tests.federation.servers import Page, Web

# Hosts that name this machine, its network, or nothing public; the port is that of a listening server.
PRIVATE = (
    *("127.0.0.1", "127.0.0.2", "127.1", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1"),
    *("localhost", "LOCALHOST", "localhost.", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1"),
    *("169.254.169.254", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1"),
    *("240.0.0.1", "255.255.255.255", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]"),
    *("[2002:7f00:1::1]", "[2001:0:7f00:1::1]", "[fe80::1]", "[fec0::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]"),
    *("[2001:db8::1]", "[100::1]", "[::ffff:0:127.0.0.1]"),
)
# Addresses that are none of the web, or name a port that is not one of its own.
STRANGE = (
    *(
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "gopher://127.0.0.1:{port}/_x",
        "data:text/html,x",
        "//127.0.0.1:{port}/",
    ),
    *("http://user@127.0.0.1:{port}/", "http://user:pw@example.org/", "http://example.org@127.0.0.1:{port}/"),
    *(
        "http://example.org\\@127.0.0.1:{port}/",
        "http://127.0.0.1:{port} /",
        "http://127.0.0.1:{port}/\r\nX: y",
        "http://",
    ),
    *("http://[fe80::1%25lo]:{port}/", "http://127.0.0.1:99999/", "http://[127.0.0.1]:{port}/", "javascript:alert(1)"),
)


@pytest.mark.parametrize("host", PRIVATE)
def test_no_request_leaves_for_a_host_that_is_not_public(web: Web, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual ports are what would be asked; here they are the port of a server that listens."""
    monkeypatch.setattr(addresses, "PORTS", {"http": web.port, "https": 443})
    monkeypatch.setattr(client, "PORTS", {"http": web.port, "https": 443})
    with pytest.raises((Forbidden, NoAnswer)):  # some of them are no addresses for every resolver
        client.send(Call(f"http://{host}:{web.port}/"), Limits(seconds=2))
    assert web.asked == []


@pytest.mark.parametrize("url", STRANGE)
def test_no_request_leaves_for_what_is_no_address_of_the_web(web: Web, url: str) -> None:
    with pytest.raises((Invalid, Forbidden)):
        client.send(Call(url.format(port=web.port)), Limits(seconds=2))
    assert web.asked == []


@pytest.mark.parametrize("port", [21, 22, 25, 110, 3306, 6379, 8000, 9200, 11211])
def test_only_the_usual_ports_are_reached(port: int) -> None:
    with pytest.raises(Forbidden, match=str(port)):
        client.send(Call(f"http://example.org:{port}/"), Limits(resolve=_never))


def _never(*_: object, **__: object) -> list[Any]:
    raise AssertionError("A name was resolved.")


def test_what_the_owner_lists_is_reached_under_that_name_and_port_only(web: Web) -> None:
    web.pages["/"] = Page("Hello")
    answer = client.send(Call(web.url()), Limits(private=[web.host]))
    assert (answer.status, answer.body, answer.media_type) == (200, b"Hello", "text/html")
    for url in (f"http://localhost:{web.port}/", f"http://127.0.0.1:{web.port + 1}/", f"http://127.1:{web.port}/"):
        with pytest.raises(Forbidden):
            client.send(Call(url), Limits(private=[web.host]))
    assert len(web.asked) == 1


class Names:
    """A name server whose answers change: the first of a name is public, every later one leads to this machine."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.times = list(answers), 0

    def __call__(self, host: str, port: int, *, type: int) -> list[Any]:
        self.times += 1
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [(socket.AF_INET, type, 6, "", (each, port)) for each in found]


def test_a_name_is_resolved_once_and_connected_to_that_address(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the check and the connection nobody is asked again: a name that leads elsewhere by then is harmless."""
    connected: list[Any] = []

    def refuse(address: Any, timeout: float) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    names = Names(["8.8.8.8"], ["127.0.0.1"])
    with pytest.raises(NoAnswer):
        client.send(Call("http://rebinding.example/"), Limits(resolve=names))
    assert (names.times, connected) == (1, [("8.8.8.8", 80)])


def test_a_name_with_one_private_address_is_not_reached_at_all() -> None:
    with pytest.raises(Forbidden):
        client.send(Call("http://mixed.example/"), Limits(resolve=Names(["8.8.8.8", "127.0.0.1"])))


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.1:{other}/",
        "http://[::1]:{other}/",
        "file:///etc/passwd",
        "//localhost:{other}/",
        "http://10.0.0.1/",
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_each_redirect_is_checked_again(web: Web, to: str, status: int) -> None:
    web.pages["/"] = Page(status=status, headers=[("Location", to.format(other=web.port + 1))])
    with pytest.raises((Forbidden, Invalid)):
        client.send(Call(web.url()), Limits(private=[web.host]))
    assert len(web.asked) == 1


def test_a_redirect_is_followed_to_a_relative_address_and_only_so_often(web: Web) -> None:
    web.pages["/a/b"] = Page(status=302, headers=[("Location", "../c?d=e#f")])
    web.pages["/c"] = Page("There")
    answer = client.send(Call(web.url("/a/b")), Limits(private=[web.host]))
    assert (answer.url, answer.body) == (web.url("/c?d=e"), b"There")
    web.pages["/loop"] = Page(status=302, headers=[("Location", "/loop")])
    with pytest.raises(NoAnswer, match="more than 5 times"):
        client.send(Call(web.url("/loop")), Limits(private=[web.host]))
    assert len(web.asked) == 2 + 6


def test_a_post_is_not_turned_into_a_get(web: Web) -> None:
    web.pages |= {
        "/": Page(status=302, headers=[("Location", "/x")]),
        "/7": Page(status=307, headers=[("Location", "/x")]),
    }
    web.pages["/x"] = Page("ok")
    assert client.send(Call(web.url(), b"a=b"), Limits(private=[web.host])).status == 302
    assert client.send(Call(web.url("/7"), b"a=b"), Limits(private=[web.host])).status == 200
    assert [(each.method, each.path, each.body) for each in web.asked[1:]] == [
        ("POST", "/7", b"a=b"),
        ("POST", "/x", b"a=b"),
    ]


def _endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"x" * 65_536)
    except OSError:
        return


def _endless_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    try:
        while True:
            handler.wfile.write(b"X: y\r\n" * 100)
    except OSError:
        return


def _slow(handler: BaseHTTPRequestHandler) -> None:
    try:
        for letter in b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" * 100:
            handler.wfile.write(bytes([letter]))
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        return


def _silent(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1.5)


def test_a_huge_or_endless_answer_is_not_read_to_its_end(web: Web) -> None:
    web.pages |= {
        "/huge": Page("x" * 2_000_000),
        "/endless": Page(send=_endless),
        "/headers": Page(send=_endless_headers),
    }
    for path, error in (("/huge", TooLarge), ("/endless", TooLarge), ("/headers", NoAnswer)):
        began = time.monotonic()
        with pytest.raises(error):
            client.send(Call(web.url(path)), Limits(private=[web.host]))
        assert time.monotonic() - began < 10


@pytest.mark.parametrize("send", [_slow, _silent])
def test_a_slow_answer_is_given_up_in_time(web: Web, send: Any) -> None:
    web.pages["/"] = Page(send=send)
    began = time.monotonic()
    with pytest.raises(NoAnswer, match="did not answer in time"):
        client.send(Call(web.url()), Limits(private=[web.host], seconds=0.6))
    assert time.monotonic() - began < 5


def test_a_packed_answer_is_refused(web: Web) -> None:
    web.pages["/"] = Page("x", headers=[("Content-Encoding", "gzip")])
    with pytest.raises(TooLarge):
        client.send(Call(web.url()), Limits(private=[web.host]))


def test_what_is_no_answer_of_the_web_is_said_in_a_sentence(web: Web) -> None:
    web.pages["/"] = Page(send=lambda handler: handler.wfile.write(b"220 mail.example.org ESMTP\r\n") and None)
    with pytest.raises(NoAnswer, match=r"127\.0\.0\.1 did not answer properly"):
        client.send(Call(web.url()), Limits(private=[web.host]))
    with pytest.raises(NoAnswer, match="no host"):
        client.send(Call("http://nobody.invalid/"), Limits(seconds=5))


def test_what_is_public_here_is_public_for_python_too() -> None:
    each = [str(ipaddress.ip_address(number * 0x00FF_F1F7 % 2**32)) for number in range(20_000)]
    assert [
        address for address in each if addresses.is_public(address) and not ipaddress.ip_address(address).is_global
    ] == []
    for address in ("8.8.8.8", "93.184.216.34", "2606:2800:220:1::1", "2a00:1450:4001:82a::200e"):
        assert addresses.is_public(address)
    assert not addresses.is_public("fe80::1%eth0")


def test_names_in_other_scripts_and_paths_are_written_in_ascii() -> None:
    place = addresses.place("HTTPS://Bücher.Example/Straße?q=ä#x")
    assert place.url == "https://xn--bcher-kva.example/Stra%C3%9Fe?q=%C3%A4"
    assert addresses.place("http://example.org:80").url == "http://example.org/"
    with pytest.raises(Refused):
        addresses.place(f"http://example.org/{'x' * 3_000}")
