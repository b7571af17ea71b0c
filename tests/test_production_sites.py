"""docs/several-sites.md, tried: systemd reads the templates, and what they run serves on the socket of its instance."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.test_passed_socket import Connection, ask
from tests.factories import SLUG
from tests.reliability.serving import ROOT, environ, make_site

PAGE = (ROOT / "docs" / "several-sites.md").read_text("utf-8")
GUIDE = (ROOT / "docs" / "production.md").read_text("utf-8")
SITE = "lamps"
ACTIVATE = shutil.which("systemd-socket-activate")


def units(text: str) -> dict[str, str]:
    """Return the units of a page by the name of the file."""
    found = re.findall(
        r"`/etc/systemd/system/(\S+?)`(?:(?!```).)*?```ini\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE
    )
    return dict(found)


def values(unit: str, key: str) -> list[str]:
    """Return the values of a key, for the instance of the site."""
    return [value.replace("%i", SITE) for value in re.findall(rf"^{key}=(.*)$", unit, flags=re.MULTILINE)]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="There is no systemd here to read its units.")
def test_systemd_finds_no_fault_with_the_templates(tmp_path: Path) -> None:
    named = units(PAGE)
    assert len(named) == PAGE.count("```ini")
    for name, text in named.items():
        text = text.replace("/opt/afterword/bin/blog", "/bin/true").replace("blog-%i", "daemon")
        (tmp_path / name).write_text(text.replace("SocketGroup=www-data", "SocketGroup=daemon"), "utf-8")
    for name in named:
        words = ["systemd-analyze", "verify", "--man=no", str(tmp_path / name.replace("@", f"@{SITE}"))]
        (tmp_path / name.replace("@", f"@{SITE}")).symlink_to(name)
        done = subprocess.run(words, capture_output=True, text=True, timeout=60)
        assert [line for line in done.stderr.splitlines() if str(tmp_path) in line or "afterword" in line] == []


def test_the_template_is_the_service_of_the_guide_but_for_its_name_and_its_socket() -> None:
    """So what is learned of one is not forgotten for the other."""
    differ = {"User", "Group", "ExecStart", "Description", "After", "Requires", "EnvironmentFile", "ReadWritePaths"}
    one, many = units(GUIDE)["blog.service"].splitlines(), units(PAGE)["afterword@.service"].splitlines()

    def kept(lines: list[str]) -> list[str]:
        return [line for line in lines if line.partition("=")[0] not in differ and line != "Environment=WORKERS=1"]

    assert kept(one) == kept(many)


@pytest.mark.skipif(ACTIVATE is None, reason="There is no systemd here to open a socket.")
def test_what_the_template_runs_serves_on_the_socket_of_the_instance(tmp_path: Path) -> None:
    site, path = tmp_path / SITE, tmp_path / f"{SITE}.sock"
    site.mkdir()
    make_site(site)
    service, listening = units(PAGE)["afterword@.service"], units(PAGE)["afterword@.socket"]
    assert values(listening, "ListenStream") == [f"/run/afterword/{SITE}.sock"]
    (command,) = values(service, "ExecStart")
    command = command.replace("/opt/afterword/bin/blog", f"{shlex.quote(sys.executable)} -m blog")
    command = command.replace(f"/srv/blogs/{SITE}", str(site)).replace("${WORKERS}", "1")
    assert ACTIVATE
    kept = [f"--setenv={name}" for name in environ()]
    process = subprocess.Popen(
        [ACTIVATE, f"--listen={path}", *kept, *shlex.split(command)],
        env=environ(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    try:
        deadline = time.monotonic() + 20
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert ask(Connection(path), f"/{SLUG}/") == 200
        assert ask(Connection(path), "/healthz") == 200
    finally:
        process.terminate()
        process.wait(60)
    assert path.exists()  # it is the service manager's


def test_the_addresses_behind_the_web_server_are_those_of_the_socket(tmp_path: Path) -> None:
    (path,) = values(units(PAGE)["afterword@.socket"], "ListenStream")
    assert f"proxy_pass http://unix:{path};" in PAGE
    assert f"reverse_proxy unix/{path}" in PAGE


@pytest.mark.skipif(shutil.which("nginx", path="/usr/sbin:/sbin:/usr/bin") is None, reason="There is no nginx here.")
def test_nginx_passes_the_sender_on_by_the_socket(tmp_path: Path) -> None:
    """nginx before a Unix socket that only notes what it is asked."""
    path, taken = tmp_path / "site.sock", b""
    with socket.socket(socket.AF_UNIX) as listening, socket.create_server(("127.0.0.1", 0)) as free:
        listening.bind(str(path))
        os.chmod(path, 0o777)
        listening.listen(1)
        listening.settimeout(20)
        port = free.getsockname()[1]
        free.close()
        temporary = "".join(
            f"{name}_temp_path {tmp_path}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        location = f"proxy_set_header X-Forwarded-For $remote_addr; proxy_pass http://unix:{path};"
        (tmp_path / "nginx.conf").write_text(
            f"{'user root;' if os.geteuid() == 0 else ''} daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error;"
            f"worker_processes 1; events {{}} http {{ access_log off; {temporary}"
            f"server {{ listen 127.0.0.1:{port}; location / {{ {location} }} }} }}",
            "utf-8",
        )
        program = shutil.which("nginx", path="/usr/sbin:/sbin:/usr/bin") or "nginx"
        process = subprocess.Popen([program, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")])
        try:
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                with socket.socket() as asking:
                    if asking.connect_ex(("127.0.0.1", port)):
                        time.sleep(0.05)
                        continue
                    asking.sendall(b"GET / HTTP/1.0\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n")
                    connection, _ = listening.accept()
                    taken = connection.recv(4_096)
                    connection.close()
                    break
        finally:
            process.terminate()
            process.wait(20)
    assert b"X-Forwarded-For: 127.0.0.1\r\n" in taken
    assert b"203.0.113.9" not in taken
