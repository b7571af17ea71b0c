"""What readers get: a confirmation first, and after it what became of their comments and who answered."""

import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings, strategies
from sqlite_utils import Database

from blog import comments, moderation
from blog.federation import received
from blog.federation.received import Mention
from blog.federation.sources import Said
from blog.journal.events import Actor
from blog.moderation import bans, edits, own_comments, proposals, withdrawal
from blog.moderation.own_comments import Owner
from blog.notifications import own_page, sending, subscriptions
from blog.rules import policy
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.factories import SLUG
from tests.notifications.servers import smtp_server
from tests.notifications.world import World, html_of, links_of, text_of, tokens_of, with_mail


def subjects(messages: list) -> list[str]:  # type: ignore[type-arg]
    return [str(message["subject"]) for message in messages]


def confirm(world: World, path: str) -> None:
    from blog.notifications import links

    with store.transaction(world.db):
        link = links.find(world.db, path.split("/")[2])
        assert link
        subscriptions.confirm(world.db, link.address, link.browser, at=world.at)


def test_the_first_message_only_asks_to_confirm_and_holds_no_word_of_the_sender(world: World) -> None:
    world.comment("Buy gold at evil.example", wish="replies", author="Evil Corp", url="https://evil.example")
    (message,) = world.deliver()
    assert message["subject"] == "Confirm your address for The Blog"
    assert message["list-unsubscribe"] is None
    for part in (text_of(message), html_of(message)):
        assert "A post" in part
        assert not re.search("gold|evil", part, re.IGNORECASE)


@pytest.mark.parametrize("fields", [{"homepage": "spam"}, {"comment_parent": ""}])
def test_the_confirmation_is_sent_whatever_the_rules_thought(world: World, fields: dict[str, str]) -> None:
    world.comment(wish="replies", **fields)
    assert len(world.deliver()) == 1


def test_an_address_that_never_confirms_gets_one_a_day_and_three_in_all(world: World) -> None:
    sent = []
    for day in range(6):
        for n in range(3):
            world.comment(f"Thought {day} {n}.", n + 1, wish="replies", email="victim@example.org")
            world.wait(minutes=1)
            sent += world.deliver()
        world.wait(hours=24)
    assert subjects(sent) == ["Confirm your address for The Blog"] * 3


def test_one_network_cannot_cause_many_confirmations(world: World) -> None:
    for n in range(1, 31):
        who = factories.sender(n, network="203.0.113.9")
        draft = factories.draft(f"Thought {n}.", n, who=who, subscribe="all")
        with store.transaction(world.db):
            subscriptions.submit(world.db, factories.SLUG, draft, at=world.wait(seconds=20).at)
    assert len(world.deliver()) <= 20


def test_nobody_is_told_anything_before_the_address_is_confirmed(world: World) -> None:
    comment = world.comment(wish="replies")
    world.deliver()
    world.decide(comment, "approve")
    world.comment("An answer.", 2, comment_parent=str(comment))
    assert world.later() == []


def test_the_story_of_a_reader(world: World) -> None:
    comment = world.comment("A thought.", wish="replies")
    (asked,) = world.deliver()
    confirm(world, tokens_of(asked)["Yes, confirm this address"])
    world.decide(comment, "approve")
    (public,) = world.later()
    assert public["subject"] == "Your comment is public"
    assert f"/a-post/comment/{comment}/" in " ".join(links_of(public))
    answer = world.comment("An answer.", 2, comment_parent=str(comment))
    assert world.later() == []
    world.decide(answer, "approve")
    (answered,) = world.later()
    assert answered["subject"] == "Reader 2 answered you"
    assert "An answer." in text_of(answered)
    assert "A thought." in text_of(answered)
    assert answered["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert answered["references"] == "<post-1@blog.example>"


def test_a_comment_that_was_not_published_is_told_with_the_reason_if_the_moderator_chose_so(world: World) -> None:
    ana = world.account(notify="never")
    first, second = world.subscribe(), world.comment("Second.")
    for comment, told in ((first, 1), (second, 0)):
        outcome = factories.decide(
            world.db, comment, "trash", by=factories.by(world.at, ana, "web"), reason="Please leave out the name."
        )
        world.db.conn.execute("update batches set told = ? where id = ?", [told, outcome["batch"]])
    told_message, silent = world.later()
    assert "Please leave out the name." in text_of(told_message)
    assert "Please leave out the name." not in text_of(silent)
    assert f"/your-comments/{first}/edit" in " ".join(links_of(told_message))


def test_the_writer_of_an_accepted_change_is_told(world: World) -> None:
    comment = world.subscribe()
    world.decide(comment, "approve")
    world.later()
    own = own_comments.find(world.db, Owner(reader="reader 1"), comment)
    with store.transaction(world.db):
        proposals.propose(world.db, own, factories.draft("Better words."), at=world.at)
        draft = edits.prepare("Reader 1", "", "Better words.")
        proposals.accept(world.db, comment, draft, seen=world.at, by=factories.by(world.at))
    (message,) = world.later()
    assert message["subject"] == "Your change is public"
    assert "Better words." in text_of(message)


def test_spam_mails_nobody(world: World) -> None:
    world.decide(world.subscribe(), "spam")
    assert world.later() == []


def test_all_new_thoughts_come_at_most_once_an_hour(world: World) -> None:
    world.subscribe(wish="all")
    for n in range(2, 5):
        world.decide(world.comment(f"News {n}.", n), "approve")
    assert subjects(world.later()) == ["3 new thoughts on “A post”"]
    world.wait(minutes=5).decide(world.comment("Fourth.", 5), "approve")
    assert world.later(minutes=30) == []
    (second,) = world.later(minutes=40)
    assert second["subject"] == "One new thought on “A post”"
    assert "Fourth." in text_of(second)
    assert world.later(days=1) == []


def test_what_comes_while_a_digest_is_sent_is_told_by_the_next_one(world: World) -> None:
    from blog.notifications import sending

    world.subscribe(wish="all")
    world.decide(world.comment("News 2.", 2), "approve")
    world.prepare()
    world.wait(minutes=2)
    with store.transaction(world.db):
        letters = sending.take(world.db, world.settings, at=world.at)
    world.decide(world.comment("News 3.", 3), "approve")
    world.prepare()
    assert world.settings.mail
    outcomes = sending.hand_over(world.settings.mail, letters)
    with store.transaction(world.db):
        sending.note(world.db, letters, outcomes, at=world.at)
    assert world.later(minutes=50) == []
    (message,) = world.later(minutes=20)
    assert "News 3." in text_of(message)


def test_nobody_is_told_of_their_own_words(world: World) -> None:
    first = world.subscribe(wish="all")
    world.decide(first, "approve")
    world.later()
    mine = world.comment("More of mine.", comment_parent=str(first))
    assert factories.status(world.db, mine) == "approved"
    assert world.later(hours=2) == []


def test_another_browser_cannot_subscribe_a_confirmed_address(world: World) -> None:
    world.subscribe()
    factories.post(world.db, "other-post")
    world.comment("I am not Reader 1.", 9, wish="all", email="reader1@example.org", slug="other-post")
    assert subjects(world.deliver()) == ["Confirm your address for The Blog"]
    world.decide(world.comment("News.", 3, slug="other-post"), "approve")
    assert world.later() == []


def test_another_browser_cannot_make_an_answer_to_itself_arrive(world: World) -> None:
    world.decide(world.subscribe(), "approve")
    world.later()
    fake = world.comment("Under a borrowed address.", 9, email="reader1@example.org")
    world.decide(fake, "approve")
    world.decide(world.comment("Answer.", 3, comment_parent=str(fake)), "approve")
    assert world.later() == []


def test_the_same_browser_need_not_confirm_again(world: World) -> None:
    world.subscribe()
    factories.post(world.db, "other-post")
    world.comment("Here too.", wish="all", slug="other-post")
    assert world.deliver() == []
    world.decide(world.comment("News.", 3, slug="other-post"), "approve")
    assert len(world.later()) == 1


def test_an_unconfirmed_wish_is_forgotten_after_two_days(world: World) -> None:
    from blog.notifications import sending

    world.comment(wish="replies")
    world.deliver()
    with store.transaction(world.db):
        sending.purge(world.db, at=world.wait(days=2, minutes=1).at)
    assert world.db.conn.execute("select count(*) from subscriptions").fetchone()[0] == 0
    assert "reader1@example.org" not in str(world.db.conn.execute("select * from mail_links").fetchall())


def test_an_address_that_wants_nothing_gets_nothing_whoever_types_it(world: World) -> None:
    world.subscribe()
    with store.transaction(world.db):
        subscriptions.refuse_all(world.db, "reader1@example.org", at=world.at)
    world.comment("Again.", 9, wish="all", email="Reader1@example.org")
    with store.transaction(world.db):
        own_page.ask(world.db, "reader1@example.org", "a browser", "10.9.9.9", at=world.at)
    assert world.deliver() == []
    assert "reader1" not in str(world.db.conn.execute("select * from unwanted_mail").fetchall())


def test_two_browsers_of_one_address_get_each_mail_once(world: World) -> None:
    comment = world.subscribe()
    draft = factories.draft("From my phone.", 8, email="reader1@example.org", subscribe="replies")
    with store.transaction(world.db):
        subscriptions.submit(world.db, factories.SLUG, draft, at=world.at)
        subscriptions.confirm(world.db, "reader1@example.org", "reader 8", at=world.at)
        world.db.conn.execute("delete from outbox")
    world.decide(comment, "approve")
    world.decide(world.comment("Answer.", 3, comment_parent=str(comment)), "approve")
    assert subjects(world.later()) == ["Your comment is public", "Reader 3 answered you"]


ACTS = strategies.lists(
    strategies.tuples(
        strategies.sampled_from(
            (
                *("comment", "answer", "approve", "unapprove", "trash", "spam", "restore", "delete", "undo"),
                *("edit", "ban", "person", "propose", "withdraw", "bring back", "link", "tidy", "wait"),
            )
        ),
        strategies.integers(1, 4),
        strategies.sampled_from(("", "replies", "all")),
    ),
    max_size=25,
)


DECISIONS = ("approve", "unapprove", "trash", "spam", "restore", "delete")
ON_COMMENTS: dict[str, Callable[[Database, int, Owner, Actor], object]] = {
    "edit": lambda db, number, _, by: factories.edit(db, number, author="Ed", url="", text=f"At {by.at}.", by=by),
    "ban": lambda db, number, _, by: bans.set_sender(
        db, number, "email", bans.NewRule("banned", trash_existing=True), by=by
    ),
    "person": lambda db, number, _, by: bans.decide_person(
        db, number, "trusted", moderation.Ruling(moderation.Decision.APPROVE), by=by
    ),
    "propose": lambda db, number, owner, by: proposals.propose(
        db, own_comments.find(db, owner, number), edits.prepare("Ed", "", "Proposed."), at=by.at
    ),
    "withdraw": lambda db, number, owner, by: withdrawal.withdraw(db, own_comments.find(db, owner, number), by=by),
    "bring back": lambda db, number, owner, by: withdrawal.bring_back(db, own_comments.find(db, owner, number), by=by),
}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS, confirmed=strategies.sets(strategies.integers(1, 4), max_size=2), asking=strategies.booleans())
def test_nobody_who_did_not_confirm_gets_anything_but_confirmations_and_links(
    acts: list[tuple[str, int, str]],
    confirmed: set[int],
    asking: bool,
    migrated,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Whatever happens, in whatever order."""
    import shutil
    from contextlib import suppress

    from blog import settings as deployment
    from blog.errors import Refused

    folder = tmp_path_factory.mktemp("site")
    shutil.copyfile(migrated, folder / "blog.db")
    (folder / "posts").mkdir()
    site: Settings = deployment.load(folder, {})
    db: Database = store.connect(site.database)
    with smtp_server() as inbox:
        world = World(db, with_mail(site, inbox), inbox)
        factories.post(db)
        world.prepare()
        for n in confirmed:
            world.subscribe(n, wish="all")
        with store.transaction(db):
            wanted = {"require_confirmed_address": "on" if asking else "off", "comment_flood_seconds": "0"}
            policy.change(db, wanted, by=factories.by())
        for count, (act, n, wish) in enumerate(acts):
            newest = db.conn.execute("select max(id) from comments where id % 4 = ? % 4", [n]).fetchone()[0]
            with suppress(Refused):
                if act == "comment":
                    world.comment(f"Thought {count}.", n, wish=wish)
                elif act == "answer":
                    world.comment(f"Answer {count}.", n, wish=wish, comment_parent=str(newest or ""))
                elif act in DECISIONS and newest:
                    factories.decide(db, newest, act, by=factories.by(world.at))
                elif act in ON_COMMENTS and newest:
                    with store.transaction(db):
                        ON_COMMENTS[act](db, newest, Owner(reader=f"reader {n}"), factories.by(world.at))
                elif act == "tidy":
                    with store.transaction(db):
                        sending.purge(db, at=world.at)
                elif act == "undo":
                    factories.undo(db, by=factories.by(world.at))
                elif act == "link":
                    with store.transaction(db):
                        own_page.ask(db, f"reader{n}@example.org", f"browser {n}", f"10.9.0.{n}", at=world.at)
                else:
                    world.later(hours=n)
            world.wait(minutes=1)
        world.later(hours=2)
        allowed = {"Confirm your address for The Blog", "Open your comments on The Blog"}
        for message, to in zip(inbox.messages, inbox.to, strict=True):
            if to not in {f"reader{n}@example.org" for n in confirmed}:
                assert message["subject"] in allowed
                assert message["subject"] != "Open your comments on The Blog" or any(
                    act == "link" for act, _, _ in acts
                )
    db.conn.close()


def test_a_reply_of_another_site_is_news_and_a_like_is_none(world: World) -> None:
    world.subscribe(wish="all")
    world.later(minutes=5)
    target = "https://blog.example/a-post/"
    for number, type in enumerate(("like", "reply")):
        mention = Mention(f"https://alice.example/{number}", target)
        draft = received.prepare(mention, Said(type, "Alice", "Well said."), world.settings, host="alice.example")
        with store.transaction(world.db):
            comment = comments.submit(world.db, SLUG, draft, at=world.at)
        if comment["status"] == "pending":
            world.decide(comment["id"], "approve")
        told = world.later(hours=2)
        assert len(told) == (type == "reply")
    assert "Well said." in text_of(told[0])
    assert "alice.example/0" not in text_of(told[0])
