"""The commands of docs/production.md, typed as they stand, by root, on a fresh Debian made by debootstrap.

There is no systemd in such a root, so `systemctl` is tests/systemctl.py there: it runs what the units of the page say,
as the users whom they name. All else is real. DEBIAN_ROOT may name a root that is ready, of which a copy is used.
"""

import http.client
import os
import re
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.reliability.serving import ROOT

PAGE = (ROOT / "docs" / "production.md").read_text("utf-8")
MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org/debian")
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
LATER = """

@migrations(name="9999_later")
def _later(db: Database) -> None:
    run(db, "create table later (id integer primary key) strict;")
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3_600),
    pytest.mark.skipif(
        not hasattr(os, "geteuid")
        or os.geteuid() != 0
        or any(shutil.which(name) is None for name in ("debootstrap", "git", "openssl", "unshare")),
        reason="This wants root, debootstrap, git, openssl and unshare.",
    ),
]


@dataclass
class Block:
    """A fenced block of the page: its language ("" for commands), its text, and the path that the text before names."""

    language: str
    text: str
    path: str
    heading: str


def _blocks() -> list[Block]:
    found, heading, before = [], "", ""
    for part in re.split(r"^(```\w*\n.*?^```$)", PAGE, flags=re.DOTALL | re.MULTILINE):
        if block := re.fullmatch(r"```(\w*)\n(.*?)^```", part, flags=re.DOTALL | re.MULTILINE):
            named = re.findall(r"`(/(?:etc|srv)/[^\s`]+)`", before)
            found.append(Block(block[1], block[2], named[-1] if named else "", heading))
            before = ""
        else:
            heading = ([heading, *re.findall(r"^## (.*)$", part, flags=re.MULTILINE)])[-1]
            before = part
    return found


@dataclass
class Machine:
    """A Debian in a folder; commands are typed in it, by root."""

    root: Path
    port: int
    folder: str = "/root"
    typed: list[str] = field(default_factory=list)

    def type(self, commands: str) -> str:
        """Run commands in the folder where we are, as a shell does that stops at the first that fails."""
        enter = (
            f"mount -t proc proc {self.root}/proc && exec chroot {self.root} /bin/sh -ec"
            f' \'cd {self.folder}; eval "$1"\' sh "$1"'
        )
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-ec", enter, "sh", commands],
            env=self._environ(),
            capture_output=True,
            text=True,
            timeout=1_200,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout[-3_000:]}\n{done.stderr[-3_000:]}\n{self.journal()}"
        self.typed.append(commands)
        return done.stdout

    def journal(self) -> str:
        log = self.root / "var" / "log" / "units.log"
        return log.read_text("utf-8", "replace") if log.exists() else ""

    def write(self, block: Block) -> None:
        """Put a file of the page where it says; settings are added to what is there."""
        path = self.root / block.path.lstrip("/")
        assert block.path, block.text
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if block.language == "toml" else "w", encoding="utf-8") as file:
            file.write(block.text)

    def ask(self, path: str, typed: dict[str, str] | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            if typed is None:
                connection.request("GET", path)
            else:
                kind = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
                connection.request("POST", path, urlencode(typed), kind)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def comment(self, text: str) -> None:
        """Leave a comment; who is too fast for the site's setting waits as it says."""
        name = text.split()[0].lower()
        typed = {"author": name, "email": f"{name}@example.org", "comment": text}
        status, body = self.ask("/hello/comments", typed)
        if status == 429:
            time.sleep(16)
            status, body = self.ask("/hello/comments", typed)
        assert status in (201, 202), body

    def comments(self) -> list[str]:
        rows = self.type("sudo -u blog blog --site /srv/blog queue --status all")
        return re.findall(r"(First|Second|Third|Other) words", rows)

    def wait(self) -> None:
        """Wait until the site is well."""
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            try:
                if self.ask("/healthz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"The site does not answer:\n{self.journal()}")

    def owner_and_mode(self, path: str) -> tuple[str, int]:
        file = self.root / path.lstrip("/")
        return self.type(f"stat -c %U {path}").strip(), stat.S_IMODE(file.stat().st_mode)

    def end(self) -> None:
        self.type("systemctl stop blog")

    @staticmethod
    def _environ() -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if re.match(r"(?i)pip_|.*_proxy$", name)}
        return kept | {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "LANG": "C.UTF-8",
            "DEBIAN_FRONTEND": "noninteractive",
            "SSL_CERT_FILE": CERTIFICATES,
        }


Follow = Callable[[Machine, str], None]


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _make_root(root: Path) -> Machine:
    """Make a Debian with nothing but what debootstrap brings, a stand-in for systemctl, and a repository to clone."""
    if ready := os.environ.get("DEBIAN_ROOT"):
        subprocess.run(["cp", "-a", ready, root], check=True)
    else:
        command = ["debootstrap", "--variant=minbase", "--include=ca-certificates", "stable", str(root), MIRROR]
        subprocess.run(command, check=True, capture_output=True, timeout=1_200)
    for path in (CERTIFICATES, "/etc/resolv.conf", "/etc/hosts"):
        shutil.copyfile(path, root / path.lstrip("/"))
    for path in Path("/etc/apt/apt.conf.d").glob("99*"):  # how this machine reaches its mirror
        shutil.copyfile(path, root / str(path).lstrip("/"))
    (root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n", "ascii")  # packages start no services
    machine = Machine(root, _free())
    systemctl = (ROOT / "tests" / "systemctl.py").read_text("utf-8").replace("PORT = 8000", f"PORT = {machine.port}")
    (root / "usr/local/bin/systemctl").write_text(systemctl, "utf-8")
    (root / "usr/local/bin/journalctl").write_text(
        "#!/bin/sh\nuntil [ -s /var/log/units.log ]; do sleep 0.1; done\ncat /var/log/units.log\n", "ascii"
    )
    for name in ("usr/sbin/policy-rc.d", "usr/local/bin/systemctl", "usr/local/bin/journalctl"):
        (root / name).chmod(0o755)
    _make_repository(root)
    _make_certificate(root)
    return machine


def _git(*words: str, folder: Path) -> str:
    who = ("-c", "user.name=Ana", "-c", "user.email=ana@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def _make_repository(root: Path) -> None:
    """Make a repository of the files as they are here, also of those that are not committed yet."""
    work = root / "root" / "work"
    work.mkdir()
    for name in filter(None, _git("ls-files", "-z", folder=ROOT).split("\0")):
        if (ROOT / name).is_file():
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, work / name)
    _git("init", "--quiet", "--initial-branch", "main", folder=work)
    _git("add", "--all", folder=work)
    _git("commit", "--quiet", "--message", "Begin", folder=work)
    _git("clone", "--quiet", "--bare", ".", "../origin.git", folder=work)
    _git("remote", "add", "origin", "../origin.git", folder=work)


def _publish_newer_version(root: Path) -> None:
    work = root / "root" / "work"
    with (work / "blog" / "storage" / "migrations.py").open("a", encoding="utf-8") as file:
        file.write(LATER)
    _git("commit", "--quiet", "--all", "--message", "Continue", folder=work)
    _git("push", "--quiet", "origin", "main", folder=work)


def _make_certificate(root: Path) -> None:
    """Do what certbot does."""
    folder = root / "etc/letsencrypt/live/blog.example.org"
    folder.mkdir(parents=True)
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=blog.example.org",
            ),
            *("-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"),
        ],
        check=True,
        capture_output=True,
    )


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A folder for the machines, which every user may enter."""
    folder = Path("/var/tmp") / f"afterword-{tmp_path.name}-{os.getpid()}"
    folder.mkdir(mode=0o755)
    yield folder
    shutil.rmtree(folder)


def test_the_commands_of_the_page_work_as_typed(root: Path) -> None:
    steps: dict[str, list[Block]] = {}
    for block in _blocks():
        steps.setdefault(block.heading, []).append(block)
    used: list[str] = []

    def follow(machine: Machine, heading: str) -> None:
        used.append(heading)
        for block in steps[heading]:
            if block.language in ("ini", "toml", "nginx"):
                machine.write(block)
            elif block.language == "":
                machine.type(block.text)

    first = _make_root(root / "first")
    packages, program, settings = steps["Folders"]
    first.type(packages.text)
    first.type("git clone --quiet /root/origin.git /root/afterword")
    first.folder = "/root/afterword"
    first.type(program.text)
    first.write(settings)
    subprocess.run(["cp", "-a", first.root, root / "second"], check=True)  # a second machine, as far as this
    old = first.type("blog --version")
    assert re.search(r"\+g[0-9a-f]{7,}", old), old

    follow(first, "Service")
    first.wait()
    try:
        _first_machine(first, follow, old)
        copy = min((first.root / "var/backups/blog").glob("site-*.db"))  # the first, made by the old version
        second = Machine(root / "second", first.port, "/root/afterword")
        shutil.copyfile(copy, second.root / "var/backups/site.db")
        follow(second, "Service")
        second.wait()
        _second_machine(second, follow)
        second.end()
    finally:
        subprocess.run(["sh", "-c", f"kill $(cat {root}/*/run/unit-*.pid) 2>/dev/null"])
    everything = {heading for heading, blocks in steps.items() if any(block.language == "" for block in blocks)}
    assert everything == {"Folders", "Upgrade and downgrade", *used}


def _first_machine(machine: Machine, follow: Follow, old: str) -> None:
    assert "https://blog.example.org/admin/setup?token=" in machine.journal()
    machine.type("printf 'four plain words here\\n' | sudo -u blog blog --site /srv/blog user add ana --password-stdin")
    assert machine.owner_and_mode("/srv/blog/blog.db") == ("blog", 0o600)
    follow(machine, "nginx")
    machine.comment("First words of a reader.")

    follow(machine, "Backups")
    (copy,) = (machine.root / "var/backups/blog").glob("site-*.db")
    assert machine.owner_and_mode(f"/var/backups/blog/{copy.name}") == ("blog", 0o600)
    assert "No problems found" in machine.journal()
    assert not (machine.root / "srv/trial").exists()

    (machine.root / "srv/blog/blog.toml").write_text(
        (machine.root / "srv/blog/blog.toml").read_text("utf-8").replace('author = ""', 'author = "Another name"'),
        "utf-8",
    )
    machine.type("systemctl reload blog")
    deadline = time.monotonic() + 60
    while "Another name" not in machine.ask("/")[1]:  # for some seconds the old process answers as well
        assert time.monotonic() < deadline, machine.journal()
        time.sleep(0.2)

    _publish_newer_version(machine.root)
    upgrade, look, back = (block.text for block in _blocks() if block.heading == "Upgrade and downgrade")
    machine.type(upgrade)
    machine.wait()
    machine.type(look)
    assert machine.type("blog --version") != old
    machine.type("systemctl start blog-backup.service")  # the copies are of the new version now
    machine.comment("Second words, under the new version.")
    assert sorted(machine.comments()) == ["First", "Second"]

    machine.type("systemctl stop blog")
    machine.type(
        '/opt/afterword/bin/pip install --force-reinstall --no-deps "$(ls -t /opt/afterword/wheels/*.whl | sed -n 2p)"'
    )
    machine.type("systemctl start blog")
    machine.type("sleep 8; systemctl is-failed blog")  # the old program refuses the new database, and stays down
    assert machine.journal().count("was written by a newer Afterword") == 1

    machine.type(back)
    machine.wait()
    assert machine.type("blog --version") == old
    assert machine.comments() == ["First"]
    assert machine.owner_and_mode("/srv/blog/blog.db") == ("blog", 0o600)
    machine.comment("Third words, under the old one.")
    machine.end()


def _second_machine(machine: Machine, follow: Follow) -> None:
    machine.comment("Other words, on the empty site.")
    follow(machine, "Disaster recovery")
    machine.wait()
    assert machine.comments() == ["First"]
    for name in ("blog.db", "blog.toml", "posts/hello.md"):
        assert machine.owner_and_mode(f"/srv/blog/{name}")[0] == "blog"
    assert machine.owner_and_mode("/srv/blog/blog.db")[1] == 0o600
    machine.comment("Second words, on the new machine.")
    assert sorted(machine.comments()) == ["First", "Second"]
