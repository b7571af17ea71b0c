"""First comments wait apart from the queue until their writers confirm the address, where the site wants that."""

from collections.abc import Iterator

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import moderation
from blog.app import create_app
from blog.errors import Invalid
from blog.moderation import Selection, newcomers, own_comments, sender_record, statistics, withdrawal
from blog.moderation.acts import ACTS
from blog.moderation.own_comments import Owner
from blog.notifications import first_comments, sending, subscriptions
from blog.rules import policy
from blog.storage import store
from blog.upkeep import integrity
from tests import factories
from tests.factories import SLUG, status
from tests.notifications.world import World, text_of, tokens_of

APART = Selection(unconfirmed=True)


@pytest.fixture(autouse=True)
def asking(world: World) -> None:
    with store.transaction(world.db):
        policy.change(world.db, {"require_confirmed_address": "on"}, by=factories.by())


def queued(world: World, selection: Selection | None = None) -> list[int]:
    return [row["id"] for row in moderation.queue(world.db, selection or Selection())]


def purge(world: World) -> None:
    with store.transaction(world.db):
        sending.purge(world.db, at=world.at)


def confirm(world: World, n: int = 1) -> None:
    with store.transaction(world.db):
        subscriptions.confirm(world.db, f"reader{n}@example.org", f"reader {n}", at=world.at)


def counts(world: World) -> tuple[int, int]:
    return moderation.counts(world.db)["pending"], moderation.beside(world.db)["unconfirmed"]


def sound(world: World) -> bool:
    return integrity.check(world.db) == []


def test_a_first_comment_waits_apart_and_its_writer_is_asked(world: World) -> None:
    world.account()
    comment = world.comment("I sell watches at https://watches.example.")
    assert status(world.db, comment) == "pending"
    assert (queued(world), queued(world, APART), counts(world)) == ([], [comment], (0, 1))
    (mail,) = world.later()
    assert mail["To"] == "reader1@example.org"
    assert "watches" not in mail.as_string()
    assert "Reader" not in text_of(mail)
    assert "On criticism" in text_of(mail) or SLUG in text_of(mail)


def test_confirming_brings_it_into_the_queue_and_then_moderators_are_told(world: World) -> None:
    world.account()
    comment = world.comment()
    world.later()
    confirm(world)
    assert (queued(world), queued(world, APART), counts(world)) == ([comment], [], (1, 0))
    (mail,) = world.later()
    assert mail["To"] == "ana@blog.example"
    assert sound(world)


@pytest.mark.parametrize("how", ["confirmed", "approved", "staff"])
def test_who_is_known_is_not_asked(world: World, how: str) -> None:
    if how == "approved":
        confirm_later = world.comment("Before.")
        world.decide(confirm_later, "approve")
    if how == "confirmed":
        confirm(world)
    who = factories.sender(1, account=world.account(), account_name="ana") if how == "staff" else None
    world.later()
    before = counts(world)[1]
    world.comment("Now with links https://a.example https://b.example https://c.example", who=who)
    assert counts(world)[1] == before


def test_without_the_setting_nobody_is_asked(world: World) -> None:
    with store.transaction(world.db):
        policy.change(world.db, {"require_confirmed_address": "off"}, by=factories.by())
    comment = world.comment()
    assert queued(world) == [comment]
    assert world.later() == []


def test_what_nobody_confirms_is_removed_two_days_after_the_mail_and_undo_brings_it_into_the_queue(
    world: World,
) -> None:
    comment = world.comment()
    world.later()
    world.wait(hours=47)
    purge(world)
    assert status(world.db, comment) == "pending"
    world.wait(hours=2)
    purge(world)
    assert status(world.db, comment) == "deleted"
    (batch,) = world.db.query("select * from batches")
    assert (batch["kind"], batch["source"], batch["account_id"]) == ("delete", "rule", None)
    (own,) = own_comments.listed(world.db, Owner(reader="reader 1"))
    assert own.reason == "The address was not confirmed within two days."
    with store.transaction(world.db):
        moderation.undo(world.db, batch["id"], ACTS, by=factories.by(world.at))
    assert queued(world) == [comment]
    assert sound(world)


def test_the_two_days_begin_when_the_mail_was_sent(world: World) -> None:
    comment = world.comment()
    world.wait(hours=72)
    purge(world)
    assert status(world.db, comment) == "pending"
    world.deliver()
    world.wait(hours=47)
    purge(world)
    assert status(world.db, comment) == "pending"


def test_spam_is_asked_and_removed_like_the_rest(world: World) -> None:
    spam = world.comment(homepage="yes")
    assert status(world.db, spam) == "spam"
    assert len(world.later()) == 1
    (own,) = own_comments.listed(world.db, Owner(reader="reader 1"))
    assert own.standing == "unconfirmed"
    assert counts(world) == (0, 0)
    world.wait(hours=49)
    purge(world)
    assert status(world.db, spam) == "deleted"
    assert sound(world)


def test_one_address_is_asked_at_most_once_a_day_and_three_times_in_all(world: World) -> None:
    sent = 0
    for day in range(8):
        for _ in range(3):
            world.comment(f"Day {day}, at {world.at}.")
            sent += len(world.later(hours=1))
        world.wait(hours=21)
        purge(world)
        sent += len(world.deliver())
    assert sent == 3


def test_a_limit_delays_the_mail_and_it_comes_when_it_may(world: World) -> None:
    for n in range(1, 13):
        world.comment(f"Thought {n}.", n, who=factories.sender(n, network="203.0.113.0/24"))
    assert len(world.later()) == 10
    purge(world)
    assert world.deliver() == []
    world.wait(hours=1)
    purge(world)
    assert len(world.deliver()) == 2


def test_whose_writer_cannot_be_asked_goes_after_a_week(world: World) -> None:
    with store.transaction(world.db):
        subscriptions.refuse_all(world.db, "reader1@example.org", at=world.at)
    comment = world.comment()
    for _ in range(6):
        world.wait(days=1)
        purge(world)
        assert world.deliver() == []
    assert status(world.db, comment) == "pending"
    world.wait(days=2)
    purge(world)
    assert status(world.db, comment) == "deleted"


@pytest.mark.parametrize("decision", ["approve", "spam", "trash", "delete"])
def test_a_moderator_may_decide_before_that(world: World, decision: str) -> None:
    comment = world.comment()
    batch = world.decide(comment, decision)
    assert counts(world) == (0, 0)
    assert sound(world)
    with store.transaction(world.db):
        moderation.undo(world.db, batch, ACTS, by=factories.by(world.at))
    assert queued(world) == [comment]
    assert sound(world)


def test_all_that_match_leaves_them_alone(world: World) -> None:
    comment = world.comment()
    with store.transaction(world.db):
        outcome = moderation.decide(
            world.db, Selection(), moderation.Ruling(moderation.Decision.APPROVE), by=factories.by(world.at)
        )
    assert outcome["moved"] == 0
    assert newcomers.count_newcomers(world.db) == (0, 0)
    assert moderation.oldest_waiting(world.db) is None
    assert status(world.db, comment) == "pending"


def test_a_withdrawn_one_that_comes_back_waits_apart_again(world: World) -> None:
    comment = world.comment()
    world.later()
    for act in (withdrawal.withdraw, withdrawal.bring_back):
        with store.transaction(world.db):
            act(world.db, own_comments.find(world.db, Owner(reader="reader 1"), comment), by=factories.by(world.at))
    with store.transaction(world.db):
        first_comments.ask_again(world.db, comment)
    assert counts(world) == (0, 1)


@pytest.fixture
def reader(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    factories.set_clock(monkeypatch, world.at)
    monkeypatch.setattr("blog.web.mailing.LOOK_SECONDS", 3600.0)
    with TestClient(create_app(world.settings), base_url="https://blog.example") as opened:
        yield opened


def test_the_page_of_the_link_changes_nothing_before_its_button(world: World, reader: TestClient) -> None:
    world.comment(wish="replies")
    (mail,) = world.deliver()
    assert "you also get the mail that was asked for" in text_of(mail)
    path = tokens_of(mail)["Yes, confirm this address"]
    for method in ("GET", "HEAD"):
        assert reader.request(method, path).status_code == 200
    assert "r…1@example.org" in reader.get(path).text
    assert counts(world) == (0, 1)
    for _ in range(2):
        assert "waits for a moderator now" in reader.post(path).text
        assert counts(world) == (1, 0)
    assert "waits for a moderator now" in reader.get(path).text
    (wish,) = world.db.query("select confirmed_at from subscriptions")
    assert wish["confirmed_at"]


def test_a_link_that_ended_says_so(world: World, reader: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    world.comment()
    path = tokens_of(world.deliver()[0])["Yes, confirm this address"]
    factories.set_clock(monkeypatch, world.wait(hours=49).at)
    assert (reader.get(path).status_code, reader.post(path).status_code) == (410, 410)
    assert counts(world) == (0, 1)


def test_the_writer_reads_what_to_do(world: World, reader: TestClient) -> None:
    form = reader.get(f"/{SLUG}/").text
    assert "data-asks" in form
    assert "we mail you a link to confirm your address" in form
    sent = factories.send(reader, headers={"Accept": "application/json"})
    assert (sent.status_code, sent.json()["status"], sent.json()["confirm"]) == (202, "pending", True)
    page = reader.get(f"/{SLUG}/").text
    assert "data-unconfirmed" in page
    assert "open it within two days and confirm your address" in page
    assert "Waiting for you to confirm your address" in reader.get("/your-comments/").text
    (mail,) = world.deliver()
    reader.post(tokens_of(mail)["Yes, confirm this address"])
    page = reader.get(f"/{SLUG}/").text
    assert "data-unconfirmed" not in page
    assert "awaiting moderation" in page


def test_without_an_email_nobody_can_be_asked(world: World, reader: TestClient) -> None:
    with store.transaction(world.db):
        policy.change(world.db, {"require_name_email": "off"}, by=factories.by())
    refused = factories.send(reader, email="", author="")
    assert refused.status_code == 422
    assert "Your email is missing." in refused.text
    assert "Your name is missing." not in refused.text


def test_the_desk_counts_them_apart(world: World, reader: TestClient) -> None:
    comment = world.comment()
    world.deliver()
    factories.sign_in(reader, world.db, factories.account(world.db))
    queue = reader.get("/admin/comments").text
    assert f'id="c-{comment}"' not in queue
    assert "Address not confirmed <b>1</b>" in queue
    pile = reader.get("/admin/comments?unconfirmed=1").text
    assert f'id="c-{comment}"' in pile
    assert "Without that it is removed on 9 May 2026" in pile
    decided = reader.post(
        "/admin/decisions",
        data={"decision": "approve", "all": "1", **factories.hidden_fields(queue)},
        headers={"Accept": "application/json"},
    )
    assert decided.json()["moved"] == 0


def test_without_mail_the_desk_refuses_the_setting(client: TestClient, db: Database) -> None:
    factories.sign_in(client, db, factories.account(db))
    answer = client.post("/admin/settings/discussion", data={"require_confirmed_address": "on"})
    assert "Nobody can be asked without mail. Add [mail] to blog.toml first." in answer.text
    assert answer.status_code == 422


def test_without_mail_the_setting_is_refused(world: World) -> None:
    with pytest.raises(Invalid, match="Nobody can be asked without mail"):
        policy.check_mail({"require_confirmed_address": "on"})
    policy.check_mail({"require_confirmed_address": "off", "comment_max_links": "3"})


def test_what_the_system_removes_is_no_decision_of_a_moderator(world: World) -> None:
    world.comment()
    world.later()
    world.wait(hours=49)
    purge(world)
    figures = statistics.of_queue(world.db, ACTS, at=world.at)
    assert (figures["today"], figures["delay"]) == ({}, None)


def test_to_confirm_is_no_decision_either(world: World) -> None:
    world.comment()
    confirm(world)
    (record,) = world.db.query("select * from events where kind = 'address confirmed'")
    assert (record["source"], record["account_id"]) == ("mail", None)
    row = moderation.comment(world.db, record["comment_id"])
    assert sender_record.record(world.db, row, {"email": "reader1@example.org"})["email"]["delay"] is None
