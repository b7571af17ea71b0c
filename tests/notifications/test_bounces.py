"""Delivery reports that come after a message was taken: two of a permanent failure stop an address."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from blog.app import create_app
from blog.errors import NotFound
from blog.notifications import answers, links, mail_queue
from blog.storage import store
from tests import factories
from tests.notifications.world import World

REPORT = """\
Return-Path: <>
Delivered-To: {to}
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
Arrival-Date: Thu, 7 May 2026 12:00:00 +0000

Final-Recipient: rfc822; reader1@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 User unknown
    in virtual mailbox table

--b
Content-Type: text/rfc822-headers

Subject: Confirm your address

--b--
"""


@pytest.fixture
def receiving(world: World) -> World:
    assert world.settings.mail
    world.settings = replace(world.settings, mail=replace(world.settings.mail, authserv="mx.blog.example"))
    return world


def answered(world: World, times: int = 1) -> str:
    """Let reader 1, who asked for it, get a mail about an answer; return the sender of its envelope."""
    world.decide(world.comment(f"Answer {times}.", 1 + times, comment_parent="1"), "approve")
    assert [message["To"] for message in world.later()] == ["reader1@example.org"]
    return world.inbox.senders[-1]


def first(world: World) -> str:
    world.decide(world.subscribe(), "approve")
    world.later()
    return answered(world)


def report(world: World, to: str, action: str = "failed", status: str = "5.1.1") -> str:
    raw = REPORT.format(to=to, action=action, status=status).encode()
    with store.transaction(world.db):
        said = answers.receive(world.db, raw, world.settings, at=world.at)
    assert isinstance(said, str)
    return said


def test_each_message_has_a_sender_of_its_own_where_mail_is_received(receiving: World) -> None:
    sender = first(receiving)
    assert sender.startswith("blog+")
    assert sender.endswith("@blog.example")
    assert len(set(receiving.inbox.senders)) == 2
    assert "+" not in receiving.inbox.messages[-1]["From"]


def test_without_that_it_is_the_sites_address(world: World) -> None:
    assert first(world) == "blog@blog.example"


def test_two_permanent_failures_stop_an_address_and_the_desk_says_so(
    receiving: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert report(receiving, first(receiving)) == "Mail to reader1@example.org failed; that was noted."
    assert not mail_queue.is_stopped(receiving.db, "reader1@example.org")
    said = report(receiving, answered(receiving, 2))
    assert said == "Mail to reader1@example.org failed again; nothing is sent there any more."
    receiving.decide(receiving.comment("Answer 3.", 4, comment_parent="1"), "approve")
    assert receiving.later() == []
    factories.set_clock(monkeypatch, receiving.at)
    with TestClient(create_app(receiving.settings), base_url="https://blog.example") as desk:
        factories.sign_in(desk, receiving.db, factories.account(receiving.db))
        page = desk.get("/admin/mail").text
    assert "reader1@example.org" in page
    assert "550 5.1.1 User unknown in virtual mailbox table" in page


def test_a_report_counts_once(receiving: World) -> None:
    sender = first(receiving)
    report(receiving, sender)
    assert report(receiving, sender) == "No permanent failure was reported; the message was ignored."
    assert not mail_queue.is_stopped(receiving.db, "reader1@example.org")


@pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.1"), ("failed", "4.4.7"), ("delivered", "2.0.0")])
def test_anything_else_is_ignored(receiving: World, action: str, status: str) -> None:
    assert "ignored" in report(receiving, first(receiving), action, status)
    assert receiving.db.conn.execute("select count(*) from refused_mail").fetchone() == (0,)


def test_a_guessed_sender_is_refused(receiving: World) -> None:
    raw = REPORT.format(to=f"blog+{'0' * 32}@blog.example", action="failed", status="5.1.1").encode()
    with pytest.raises((NotFound, answers.Forbidden)):
        answers.receive(receiving.db, raw, receiving.settings, at=receiving.at)


def test_the_token_of_a_sender_opens_no_page(receiving: World) -> None:
    token = first(receiving).partition("+")[2].partition("@")[0]
    link = links.find(receiving.db, token)
    assert link
    assert (link.purpose, link.address) == ("bounce", "reader1@example.org")
    with TestClient(create_app(receiving.settings), base_url="https://blog.example") as reader:
        assert reader.get(f"/mail/{token}/").status_code == 404
        assert reader.post(f"/mail/{token}/").status_code == 404
