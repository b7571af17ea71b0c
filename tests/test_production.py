"""docs/production.md, tried: nginx or Caddy in front with TLS as the page has it, and systemd reading the units."""

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.factories import SLUG
from tests.reliability.serving import ROOT, Server, looking, make_site, running

TEXT = (ROOT / "docs" / "production.md").read_text("utf-8")
PROGRAMS = {name: shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin") for name in ("nginx", "caddy")}
FORM = "application/x-www-form-urlencoded"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, flags=re.DOTALL | re.MULTILINE)


def free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Front:
    """nginx or Caddy before a running site."""

    server: Server
    http: int
    https: int
    folder: Path

    def ask(self, path: str, typed: dict[str, str] | None = None, **headers: str) -> http.client.HTTPResponse:
        context = ssl.create_default_context(cafile=str(self.folder / "cert.pem"))
        context.check_hostname = False
        connection = http.client.HTTPSConnection("127.0.0.1", self.https, timeout=30, context=context)
        named = {"Host": f"blog.example.org:{self.https}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        if typed is None:
            connection.request("GET", path, headers=named)
        else:
            connection.request("POST", path, urlencode(typed), {"Content-Type": FORM, **named})
        answer = connection.getresponse()
        answer.text = answer.read().decode()  # type: ignore[attr-defined]
        connection.close()
        return answer


@pytest.fixture(scope="module", params=PROGRAMS)
def front(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    program = PROGRAMS[request.param]
    if program is None or shutil.which("openssl") is None:
        pytest.skip(f"There is no {request.param} here, or no openssl to make a certificate.")
    folder = tmp_path_factory.mktemp("front")
    site = folder / "site"
    site.mkdir()
    make_site(site)
    with (site / "blog.toml").open("a", encoding="utf-8") as settings:
        settings.write('url = "https://blog.example.org"\ntrusted_proxies = ["127.0.0.1", "::1"]\n')
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=blog.example.org", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"),
        ],
        check=True,
        capture_output=True,
    )
    with running(site) as server:
        made = Front(server, free(), free(), folder)
        words = _nginx(made) if request.param == "nginx" else _caddy(made)
        with _Running(made, [program, *words]):
            yield made


def _caddy(made: Front) -> list[str]:
    (block,) = blocks("caddyfile")
    told = {
        "blog.example.org {": f"blog.example.org {{\n\ttls {made.folder}/cert.pem {made.folder}/key.pem",
        "127.0.0.1:8000": f"127.0.0.1:{made.server.port}",
    }
    for old, new in told.items():
        assert old in block
        block = block.replace(old, new)
    known = f"admin off\nhttp_port {made.http}\nhttps_port {made.https}\ndefault_sni blog.example.org"
    (made.folder / "Caddyfile").write_text(
        f"{{\n{known}\nskip_install_trust\nstorage file_system {made.folder}/caddy\n}}\n{block}", "utf-8"
    )
    return ["run", "--config", str(made.folder / "Caddyfile"), "--adapter", "caddyfile"]


def _nginx(made: Front) -> list[str]:
    (block,) = blocks("nginx")
    told = {
        "listen [::]:80;": "",
        "listen [::]:443 ssl;": "",
        "listen 80;": f"listen 127.0.0.1:{made.http};",
        "listen 443 ssl;": f"listen 127.0.0.1:{made.https} ssl;",
        "127.0.0.1:8000": f"127.0.0.1:{made.server.port}",
        "/etc/letsencrypt/live/blog.example.org/fullchain.pem": str(made.folder / "cert.pem"),
        "/etc/letsencrypt/live/blog.example.org/privkey.pem": str(made.folder / "key.pem"),
    }
    for old, new in told.items():
        assert old in block
        block = block.replace(old, new)
    paths = "".join(
        f"{name}_temp_path {made.folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    lines = [
        "user root;" if os.geteuid() == 0 else "",
        f"daemon off; pid {made.folder}/nginx.pid; error_log {made.folder}/error.log; worker_processes 1;",
        f"events {{}} http {{ access_log off; {paths} {block} }}",
    ]
    (made.folder / "nginx.conf").write_text("\n".join(lines), "utf-8")
    return ["-p", str(made.folder), "-c", str(made.folder / "nginx.conf")]


class _Running:
    def __init__(self, made: Front, words: list[str]) -> None:
        self.made, self.words = made, words

    def __enter__(self) -> None:
        self.process = subprocess.Popen(self.words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.made.https)) == 0:
                    return
            time.sleep(0.05)
        self.process.kill()
        raise AssertionError(f"{self.words[0]} did not listen.")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(20)


def test_http_leads_to_https(front: Front) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", front.http, timeout=30)
    connection.request("GET", f"/{SLUG}/?a=b", headers={"Host": "blog.example.org"})
    answer = connection.getresponse()
    connection.close()
    assert answer.status in (301, 308)
    where = answer.headers["location"].replace(f":{front.https}/", "/")  # Caddy names a port that is not the usual one
    assert where == f"https://blog.example.org/{SLUG}/?a=b"


def test_pages_come_with_the_sites_own_headers_once(front: Front) -> None:
    answer = front.ask(f"/{SLUG}/")
    assert answer.status == 200
    assert answer.headers.get_all("strict-transport-security") == ["max-age=31536000"]
    for name in ("content-security-policy", "x-content-type-options", "referrer-policy"):
        assert len(answer.headers.get_all(name) or []) == 1
    assert front.ask(f"/{SLUG}").headers["location"] == f"/{SLUG}/"


def test_the_sender_is_whom_the_proxy_saw_whatever_the_client_says(front: Front) -> None:
    typed = {"author": "Ana", "email": "ana@example.org", "comment": "Through the front."}
    forged = {"X_Forwarded_For": "203.0.113.9, 127.0.0.1", "X_Real_IP": "203.0.113.9", "Forwarded": "for=203.0.113.9"}
    answer = front.ask(f"/{SLUG}/comments", typed, Sec_Fetch_Site="same-origin", **forged)
    assert answer.status == 303
    assert answer.headers["location"].startswith(f"/{SLUG}/#comment-")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("reader=")
    assert "Secure" in cookie
    with looking(front.server.output.parent) as db:
        row = db.conn.execute("select ip from comments where text = 'Through the front.'").fetchone()
    assert row[0] == "127.0.0.1"


def test_a_browser_that_says_only_its_origin_is_believed(front: Front) -> None:
    typed = {"author": "Eva", "email": "eva@example.org", "comment": "From my own page."}
    own = f"https://blog.example.org:{front.https}"
    assert front.ask(f"/{SLUG}/comments", typed, Origin=own).status == 303
    assert front.ask(f"/{SLUG}/comments", typed, Origin="https://evil.example").status == 403


def test_what_is_too_long_is_answered_by_the_site_and_not_by_the_proxy(front: Front) -> None:
    answer = front.ask(f"/{SLUG}/comments", {"comment": "x" * 300_000})
    assert answer.status == 413
    assert "Powered by Afterword" in answer.text  # type: ignore[attr-defined]


@pytest.mark.skipif(shutil.which("curl") is None, reason="It needs curl, which reads an answer while it still sends.")
def test_what_is_larger_than_the_proxy_lets_through_is_answered_with_a_sentence(front: Front, tmp_path: Path) -> None:
    body = tmp_path / "body"
    for path, size in ((f"/{SLUG}/comments", 20_000_000), ("/admin/posts/pictures", 24_500_000)):
        body.write_bytes(b"comment=" + b"x" * size)
        for version in ("--http1.1", "--http2"):
            asked = f"https://blog.example.org:{front.https}{path}"
            words = ["curl", "--silent", "--insecure", version, "--write-out", "%{http_code}"]
            words += ["--resolve", f"blog.example.org:{front.https}:127.0.0.1", "--data-binary", f"@{body}", asked]
            done = subprocess.run(words, capture_output=True, text=True, timeout=60)
            assert done.stdout.endswith("413"), (path, version, done.stdout, done.stderr)
            assert "Go back: your browser has kept the text." in done.stdout


def test_signing_in_works_and_its_cookie_is_for_https_alone(front: Front) -> None:
    answer = front.ask("/admin/login", {"username": "ana", "password": "four plain words here"})
    assert answer.status == 303
    assert "Secure" in answer.headers["set-cookie"]
    cookie = answer.headers["set-cookie"].partition(";")[0]
    assert front.ask("/admin/", Cookie=cookie).status == 200


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="There is no systemd here to read its units.")
def test_systemd_finds_no_fault_with_the_units(tmp_path: Path) -> None:
    units = re.findall(
        r"`/etc/systemd/system/(\S+?)`(?:(?!```).)*?```ini\n(.*?)^```", TEXT, flags=re.DOTALL | re.MULTILINE
    )
    assert len(units) == len(blocks("ini"))
    for name, text in units:
        text = text.replace("/opt/afterword/bin/blog", "/bin/true").replace("User=blog", "User=daemon")
        (tmp_path / name).write_text(text.replace("Group=blog", "Group=daemon"), "utf-8")
    for name in ("blog.service", "blog-backup.timer", "blog-check.timer"):
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)], capture_output=True, text=True, timeout=60
        )
        assert [line for line in done.stderr.splitlines() if str(tmp_path) in line or "blog" in line] == []


def test_the_settings_of_the_page_are_read_as_they_stand(tmp_path: Path) -> None:
    from blog import settings

    (block,) = blocks("toml")
    (tmp_path / "blog.toml").write_text(block, "utf-8")
    read = settings.load(tmp_path, {})
    assert (read.url, read.trusted_proxies, read.secure) == ("https://blog.example.org", ("127.0.0.1", "::1"), True)


def test_the_timers_copies_go_where_the_page_restores_them_from() -> None:
    kept = re.findall(r"(/var/backups/blog/site)[-.]", TEXT)
    assert len(kept) >= 2
    assert "--keep 14" in TEXT
