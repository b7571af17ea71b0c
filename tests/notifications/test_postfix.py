"""A real Postfix between the site and its readers: it takes our mail, refuses unknown people, and hands answers over.

As root, on a machine with Postfix and swaks; it runs as an instance of its own and touches nothing in /etc.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlite_utils import Database

from blog import settings
from blog.notifications import mail_queue
from blog.rules import policy
from blog.settings import Settings
from blog.storage import store
from blog.web import site as sites
from tests import factories
from tests.factories import status
from tests.notifications.servers import Inbox, free_port
from tests.notifications.world import World

REPOSITORY = Path(__file__).parents[2]
POSTFIX, SWAKS = shutil.which("postfix", path="/usr/sbin:/usr/bin"), shutil.which("swaks")
SECONDS = 20
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not POSTFIX or not SWAKS or os.geteuid() != 0, reason="needs root, postfix and swaks"),
]

MAIN = """
compatibility_level = 3.6
queue_directory = {work}/spool
data_directory = {work}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
shlib_directory = /usr/lib/postfix
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.org
mydestination =
mynetworks = 127.0.0.0/8
recipient_delimiter = +
maillog_file = {work}/mail.log
maillog_file_prefixes = {work}
virtual_mailbox_domains = example.org
virtual_mailbox_base = {work}/boxes
virtual_mailbox_maps = inline:{{
  {{reader1@example.org=reader1/}} {{blog@example.org=blog/}} {{gone@example.org=gone/}} }}
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
transport_maps = inline:{{ {{blog@example.org=blog-answers:}} {{gone@example.org=blog-fails:}} }}
default_transport = error:no outside mail here
smtpd_reject_unlisted_recipient = yes
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
blog-answers unix - n n - - pipe
  flags=DRX user=nobody argv=/bin/sh -c {{cat > {work}/boxes/answer}}
blog-fails unix - n n - - pipe
  flags=R user=nobody argv=/bin/sh -c {{exit 67}}
"""


@dataclass
class Mailing:
    world: World
    folder: Path
    port: int

    def box(self) -> list[str]:
        return [path.read_text("utf-8") for path in sorted((self.folder / "boxes/reader1/new").glob("*"))]


def eventually(what: str, question: object) -> object:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if answer := question():  # type: ignore[operator]
            return answer
        time.sleep(0.2)
    raise AssertionError(what)


@pytest.fixture
def mailing(migrated: Path) -> Iterator[Mailing]:
    folder = Path(tempfile.mkdtemp(prefix="postfix-"))
    folder.chmod(0o755)
    port = free_port()
    site = _site(folder, migrated, port)
    config = folder / "config"
    for name in ("config", "spool", "data", "boxes"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    shutil.chown(folder / "boxes", "nobody", "nogroup")
    (config / "main.cf").write_text(MAIN.format(work=folder), "utf-8")
    (config / "master.cf").write_text(MASTER.format(port=port, work=folder), "utf-8")
    assert POSTFIX
    process = subprocess.Popen([POSTFIX, "-c", str(config), "start-fg"], cwd=REPOSITORY, stderr=subprocess.DEVNULL)
    db = store.connect(site.database)
    try:
        eventually("Postfix did not start", lambda: "daemon started" in _log(folder))
        yield Mailing(_world(db, site), folder, port)
    finally:
        subprocess.run([POSTFIX, "-c", str(config), "stop"], check=False, stderr=subprocess.DEVNULL)
        process.wait(SECONDS)
        db.conn.close()
        shutil.rmtree(folder)


def _log(folder: Path) -> str:
    path = folder / "mail.log"
    return path.read_text("utf-8") if path.exists() else ""


def _site(folder: Path, migrated: Path, port: int) -> Settings:
    root = folder / "site"
    (root / "posts").mkdir(parents=True)
    shutil.copyfile(migrated, root / "blog.db")
    (root / "blog.toml").write_text(
        f'url = "https://blog.example"\n[mail]\nserver = "smtp://127.0.0.1:{port}"\nfrom = "blog@example.org"\n'
        'authserv = "mx.example.org"\n',
        "utf-8",
    )
    return settings.load(root, {})


def _world(db: Database, site: Settings) -> World:
    factories.post(db)
    with store.transaction(db):
        policy.change(db, {"comment_flood_seconds": "0"}, by=factories.by())
    world = World(db, site, Inbox(), at=sites.now())
    world.prepare()
    return world


def answered(mailing: Mailing) -> str:
    """Let reader 1 be answered, and fetch the message; return the address that takes the answer."""
    world = mailing.world
    comment = world.subscribe()
    world.decide(comment, "approve")
    world.decide(world.comment("An answer.", 2, comment_parent=str(comment)), "approve")
    world.later()
    messages = eventually("nothing came", lambda: [each for each in mailing.box() if "Reply-To:" in each])
    return next(line for line in messages[0].splitlines() if line.startswith("Reply-To:")).split()[1]  # type: ignore[index]


def receive(mailing: Mailing) -> str:
    """Give what Postfix hands over to the command; return what that says."""
    answer = mailing.folder / "boxes" / "answer"
    eventually("nothing came back", lambda: answer.exists() and answer.stat().st_size)
    command = [sys.executable, "-m", "blog", "--site", str(mailing.world.settings.root), "mail", "receive"]
    with answer.open("rb") as message:
        done = subprocess.run(command, stdin=message, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_postfix_takes_a_message_with_all_its_headers(mailing: Mailing) -> None:
    mailing.world.comment(wish="replies")
    mailing.world.deliver()
    (message,) = eventually("nothing came", mailing.box)  # type: ignore[misc]
    for header in ("Message-ID: <outbox-", "Auto-Submitted: auto-generated", "Subject: Confirm your address"):
        assert header in message


def test_postfix_refuses_an_unknown_person_and_the_queue_says_so(mailing: Mailing) -> None:
    mailing.world.comment(wish="replies", email="nobody@example.org")
    mailing.world.deliver()
    (row,) = mail_queue.listed(mailing.world.db)
    assert row["failed_at"]
    assert row["error"].startswith("550")


def test_an_answer_comes_in_and_waits_without_a_genuine_sender(mailing: Mailing) -> None:
    to = answered(mailing)
    assert SWAKS
    sent = [SWAKS, "--server", f"127.0.0.1:{mailing.port}", "--to", to, "--from", "reader1@example.org"]
    subprocess.run([*sent, "--body", "My answer by mail."], check=True, stdout=subprocess.DEVNULL)
    receive(mailing)
    find = "select id from comments where source = 'mail' and text = 'My answer by mail.'"
    (number,) = mailing.world.db.conn.execute(find).fetchone()
    assert status(mailing.world.db, number) == "pending"


def test_a_failure_that_postfix_reports_later_is_noted(mailing: Mailing) -> None:
    mailing.world.comment(wish="replies", email="gone@example.org")
    mailing.world.deliver()
    assert mail_queue.listed(mailing.world.db) == []  # Postfix took it
    assert receive(mailing) == "Mail to gone@example.org failed; that was noted."
    (error,) = mailing.world.db.conn.execute("select error from refused_mail").fetchone()
    assert "5.1.1" in error or "user unknown" in error
