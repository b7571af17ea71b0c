"""What is due arrives, once, whatever the mail server does; and it is dropped when the act was undone before."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlite_utils import Database

from blog import deliveries
from blog.notifications import mail_queue, sending
from blog.storage import store
from tests import factories
from tests.notifications.servers import Inbox, smtp_server
from tests.notifications.world import World, after, text_of


def error_of(db: Database) -> str:
    return str(db.conn.execute("select error from outbox").fetchone()[0])


def waiting(db: Database) -> int:
    return int(db.conn.execute("select count(*) from outbox").fetchone()[0])


def test_a_message_is_sent_after_the_delay_and_no_sooner(world: World) -> None:
    world.account()
    world.comment()
    assert world.later(seconds=59) == []
    (message,) = world.later(seconds=2)
    assert message["to"] == "ana@blog.example"
    assert world.later(days=1) == []
    assert waiting(world.db) == 0


def test_every_message_has_the_headers_that_mail_programs_rely_on(world: World) -> None:
    world.account()
    world.comment()
    (message,) = world.later()
    assert message["message-id"].startswith("<outbox-")
    assert message["auto-submitted"] == "auto-generated"
    assert message["list-id"] == "<waiting-comments.blog.example>"
    assert message["list-unsubscribe"].strip().startswith("<https://blog.example/unsubscribe/")
    assert message["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]  # type: ignore[union-attr]
    assert "<img" not in world.inbox.raw[0].decode()
    assert len(world.inbox.raw[0]) < 30_000


def test_nothing_is_told_of_what_happened_before_mail_was_set_up(world: World) -> None:
    world.db.conn.execute("update site set notified = null")
    world.account()
    world.comment()
    assert world.later() == []


def test_an_undo_within_the_delay_drops_the_mail(world: World) -> None:
    comment = world.subscribe()
    batch = world.decide(comment, "approve")
    world.prepare()
    assert waiting(world.db) == 1
    factories.undo(world.db, batch)
    assert waiting(world.db) == 0
    assert world.later() == []


def test_an_undo_before_the_journal_was_read_drops_the_mail_too(world: World) -> None:
    batch = world.decide(world.subscribe(), "approve")
    factories.undo(world.db, batch)
    assert world.later() == []


def test_an_approval_that_was_undone_and_done_again_is_told(world: World) -> None:
    batch = world.decide(world.subscribe(), "approve")
    undone = factories.undo(world.db, batch, by=factories.by(world.at))["batch"]
    world.prepare()
    factories.undo(world.db, undone, by=factories.by(world.at))
    assert [each["subject"] for each in world.later()] == ["Your comment is public"]


def test_a_server_that_is_down_for_an_hour_loses_nothing(world: World) -> None:
    world.account()
    port = world.inbox.port
    world.inbox.recipient = lambda address: "451 down"
    comments = [world.comment(f"Thought {n}.", n) for n in range(1, 4)]
    for minutes in (2, 2, 10, 40):
        assert world.later(minutes=minutes) == []
    assert error_of(world.db).startswith("451")
    world.inbox.recipient = lambda address: "250 OK"
    arrived = world.later(hours=3)
    assert len(arrived) == len(comments)
    assert port == world.inbox.port
    assert waiting(world.db) == 0


def test_a_server_that_nobody_can_reach_is_tried_again(world: World) -> None:
    world.account()
    world.comment()
    with smtp_server() as gone:
        pass
    reachable, world.settings = world.settings, replace_server(world, gone)
    assert world.later() == []
    assert "refused" in error_of(world.db).lower()
    world.settings = reachable
    assert len(world.later(minutes=2)) == 1


def replace_server(world: World, inbox: Inbox):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    return replace(world.settings, mail=inbox.server)


@pytest.mark.parametrize("answer", ["450 try later", "421 closing"])
def test_a_4xx_is_tried_again_for_two_days_and_then_given_up(world: World, answer: str) -> None:
    world.account()
    world.inbox.data = lambda: answer
    world.comment()
    world.later()
    for _ in range(10):
        world.later(hours=13)
    row = world.db.conn.execute("select error, failed_at is not null from outbox").fetchone()
    assert row == (answer, 1)


def test_the_pauses_between_tries_grow() -> None:
    at = factories.NOON
    pauses = [deliveries.next_try(at, tries) for tries in range(1, 8)]
    assert pauses == [after(at, minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 720)]


def test_a_5xx_ends_and_two_of_them_stop_the_address(world: World) -> None:
    world.account()
    world.inbox.recipient = lambda address: "550 no such user"
    world.comment("One.", 1)
    world.later()
    assert mail_queue.listed(world.db)[0]["failed_at"]
    assert mail_queue.stopped(world.db) == []
    world.comment("Two.", 2)
    world.later()
    (stopped,) = mail_queue.stopped(world.db)
    assert (stopped["address"], stopped["error"]) == ("ana@blog.example", "550 no such user")
    world.inbox.recipient = lambda address: "250 OK"
    world.comment("Three.", 3)
    assert world.later() == []
    mail_queue.allow_again(world.db, "ana@blog.example")
    world.comment("Four.", 4)
    assert len(world.later()) == 1


def test_what_failed_is_sent_when_somebody_asks_for_it(world: World) -> None:
    world.account()
    world.inbox.data = lambda: "554 no"
    world.comment()
    world.later()
    world.inbox.data = lambda: "250 OK"
    assert world.later(days=1) == []
    with store.transaction(world.db):
        assert mail_queue.retry(world.db, at=world.at) == 1
    assert len(world.deliver()) == 1


def test_a_connection_that_is_cut_after_data_repeats_the_same_message_id(world: World) -> None:
    world.account()
    world.inbox.cut = True
    world.comment()
    world.later()
    world.inbox.cut = False
    world.later(minutes=3)
    assert len(world.inbox.raw) >= 2
    assert len({message["message-id"] for message in world.inbox.messages}) == 1
    assert waiting(world.db) == 0


def test_one_message_that_cannot_be_written_does_not_stop_the_others(world: World) -> None:
    world.account("bad")
    world.account("good")
    world.db.conn.execute("update accounts set email = ? where name = 'bad'", ["x\r\nBcc: y@example.org"])
    world.comment()
    assert [message["to"] for message in world.later()] == ["good@blog.example"]
    (failed,) = mail_queue.listed(world.db)
    assert failed["failed_at"]


def test_names_and_titles_cannot_add_headers(world: World) -> None:
    evil = "x\r\nBcc: a@b.example"
    world.db.conn.execute("update posts set title = ?", [evil + " =?UTF-8?Q?=0ABcc:?= \u2028Bcc: c@d.example"])
    world.account()
    world.comment()
    world.db.conn.execute("update comments set author = ?", [evil])
    (message,) = world.later()
    assert message["bcc"] is None
    assert world.inbox.to == ["ana@blog.example"]
    assert b"\nBcc" not in world.inbox.raw[0]


def test_two_workers_send_each_message_once(world: World) -> None:
    world.account()
    for n in range(1, 5):
        world.comment(f"Thought {n}.", n)
    world.prepare()
    world.wait(minutes=2)
    other = store.connect(world.settings.database)
    taken = []
    for db in (world.db, other):
        with store.transaction(db):
            taken.append(sending.take(db, world.settings, at=world.at))
    other.conn.close()
    assert [len(each) for each in taken] == [4, 0]


KILLED = """
import os, signal, sys
from pathlib import Path
from blog.notifications import sending
from blog.storage import store
from tests.notifications.servers import Inbox
from tests.notifications.world import with_mail
from blog import settings
site = with_mail(settings.load(Path(sys.argv[1]), {}), Inbox(int(sys.argv[2])))
db = store.connect(site.database)
with store.transaction(db):
    letters = sending.take(db, site, at=sys.argv[3])
assert [each.result for each in sending.hand_over(site.mail, letters)] == ["sent"]
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_kill_between_sending_and_noting_repeats_the_same_message_id(world: World) -> None:
    world.account()
    world.comment()
    world.prepare()
    world.wait(minutes=2)
    arguments = [str(world.settings.root), str(world.inbox.port), world.at]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *arguments], cwd=Path(__file__).parents[2], env=os.environ, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert world.deliver() == []  # it is not due again at once
    assert len(world.later(minutes=2)) == 1
    first, second = world.inbox.messages
    assert first["message-id"] == second["message-id"]
    assert waiting(world.db) == 0


def test_both_copies_of_a_repeated_message_have_links_that_work(world: World) -> None:
    world.account()
    world.inbox.cut = True
    world.comment()
    world.later()
    world.inbox.cut = False
    world.later(minutes=3)
    count = world.db.conn.execute("select count(*) from mail_links where purpose = 'approve'").fetchone()[0]
    assert count == len(world.inbox.raw)


def test_bulk_spam_mails_nobody(world: World) -> None:
    world.account(notify="never")
    ids = [world.subscribe(n, text=f"Spam {n}.") for n in range(1, 30)]
    factories.decide(world.db, ids, "spam", by=factories.by(world.at))
    assert world.later() == []


def test_spam_of_five_thousand_mails_nobody(world: World) -> None:
    world.account()
    ids = factories.crowd(world.db, 5_000)
    world.db.conn.execute(
        """
        insert into subscriptions (address, post_id, kind, reader_hash, created_at, confirmed_at)
        select email, post_id, iif(id % 2, 'all', 'replies'), reader_hash, created_at, created_at from comments
        """
    )
    world.prepare()
    world.db.conn.execute("delete from outbox")
    outcome = factories.decide(world.db, ids, "spam", by=factories.by(world.at))
    world.wait(minutes=2).prepare()
    assert (outcome["moved"], waiting(world.db)) == (5_000, 0)


def test_nothing_is_sent_after_a_restore_until_somebody_says_so(world: World) -> None:
    world.account()
    world.comment()
    world.db.conn.execute("update site set outbox_held = 1")
    assert world.later() == []
    world.db.conn.execute("update site set outbox_held = 0")
    assert len(world.deliver()) == 1


def test_the_outbox_holds_no_word_of_a_comment(world: World) -> None:
    world.account()
    world.comment("A secret word.")
    world.prepare()
    (payload,) = world.db.conn.execute("select payload from outbox").fetchone()
    assert "secret" not in payload
    assert json.loads(payload)["mail"] == "waits"
    assert "A secret word." in text_of(world.later()[0])


def test_an_undo_after_a_try_that_failed_drops_the_mail_too(world: World) -> None:
    batch = world.decide(world.subscribe(), "approve")
    world.inbox.recipient = lambda address: "451 down"
    assert world.later() == []
    factories.undo(world.db, batch, by=factories.by(world.at))
    world.inbox.recipient = lambda address: "250 OK"
    assert world.later(hours=1) == []
    assert waiting(world.db) == 0


def test_a_hundred_messages_that_wait_all_arrive(world: World) -> None:
    world.db.conn.execute("begin immediate")
    for n in range(100):
        mail_queue.enqueue(world.db, {"mail": "test", "to": f"reader{n}@example.org"}, at=world.at)
    world.db.conn.execute("commit")
    assert len(world.deliver()) == 100
    assert len(set(world.inbox.to)) == 100
    assert len({message["message-id"] for message in world.inbox.messages}) == 100
