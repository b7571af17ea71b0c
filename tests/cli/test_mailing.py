"""`blog mail`, `blog outbox` and `blog user set`, as the shell calls them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlite_utils import Database

from blog.cli import load, main
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.notifications.servers import Inbox, smtp_server


@pytest.fixture
def inbox(site: Settings) -> Iterator[Inbox]:
    with smtp_server() as started:
        (site.root / "blog.toml").write_text(
            f'title = "Test"\nurl = "https://blog.example"\n[mail]\nserver = "smtp://127.0.0.1:{started.port}"\n'
            'from = "Test <blog@blog.example>"\n',
            "utf-8",
        )
        yield started


def run(site: Settings, *words: str) -> Result:
    load()
    return CliRunner().invoke(main, ["--site", str(site.root), *words])


def test_a_test_message_is_sent_at_once(site: Settings, inbox: Inbox) -> None:
    done = run(site, "mail", "test", "ana@example.org")
    assert done.exit_code == 0, done.output
    assert [message["to"] for message in inbox.messages] == ["ana@example.org"]
    assert inbox.messages[0]["message-id"]


def test_a_test_message_says_what_the_server_said(site: Settings, inbox: Inbox) -> None:
    inbox.recipient = lambda address: "550 we know no such user"
    done = run(site, "mail", "test", "ana@example.org")
    assert done.exit_code == 1
    assert "550 we know no such user" in done.output


@pytest.mark.parametrize("words", [("test", "a@example.org"), ("queue",), ("retry",)])
def test_without_mail_each_command_says_what_to_add(site: Settings, words: tuple[str, ...]) -> None:
    done = run(site, "mail", *words)
    assert done.exit_code == 1
    assert "Mail is not set up" in done.output


def test_an_account_chooses_when_it_is_told(site: Settings, db: Database) -> None:
    factories.account(db, "ana")
    options = ("--email", "ana@example.org", "--notify", "daily", "--quiet", "22:00-07:00", "--hour", "9")
    done = run(site, "user", "set", "ana", *options)
    assert done.output == "ana: ana@example.org, notify daily, quiet 22:00-07:00\n"
    assert run(site, "user", "set", "ana", "--quiet", "").output == "ana: ana@example.org, notify daily\n"
    wrong = run(site, "user", "set", "ana", "--quiet", "night")
    assert wrong.exit_code == 1
    assert "Quiet hours are written like 22:00-07:00" in wrong.output
    assert run(site, "user", "set", "nobody", "--notify", "never").exit_code == 1


def test_the_queue_is_listed_and_sent_by_hand_without_a_server(site: Settings, db: Database, inbox: Inbox) -> None:
    factories.post(db)
    ana = factories.account(db, "ana", email="ana@example.org")
    assert run(site, "user", "set", "ana", "--notify", "at-once").exit_code == 0
    assert run(site, "settings", "outbox_delay_seconds", "0").exit_code == 0
    assert run(site, "mail", "queue").output == ""
    from blog.cli import now

    factories.submit(db, at=now())
    (row,) = json.loads(run(site, "mail", "queue", "--json").output)
    assert (row["mail"], row["to"], row["tries"], row["error"]) == ("waits", "ana@example.org", 0, "")
    inbox.data = lambda: "450 later"
    assert "450 later" in run(site, "mail", "retry").output
    assert "450 later" in run(site, "mail", "queue").output
    inbox.data = lambda: "250 OK"
    assert run(site, "mail", "retry").output == "One mail was sent.\n"
    assert ana
    assert len(inbox.raw) == 1


def test_the_outbox_is_stopped_by_a_restore_and_sent_again_by_hand(
    site: Settings, db: Database, inbox: Inbox, tmp_path: Path
) -> None:
    assert run(site, "outbox").output == ""
    with store.transaction(db):
        db.conn.execute(
            "insert into outbox (kind, payload, created_at, due_at) values ('mail', '{}', ?, ?)", [factories.NOON] * 2
        )
    assert run(site, "backup", str(tmp_path / "copy.zip")).exit_code == 0
    db.conn.close()
    assert run(site, "restore-backup", str(tmp_path / "copy.zip"), "--force").exit_code == 0
    assert json.loads(run(site, "outbox", "--json").output) == {"held": True, "waiting": {"mail": 1}}
    assert run(site, "outbox", "release").output == "The outbox is sent again.\n"
    assert json.loads(run(site, "outbox", "--json").output)["held"] is False
