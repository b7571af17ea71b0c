"""Mentions by other sites: received, checked, judged by the rules, updated and removed."""

from collections.abc import Callable

import pytest
from sqlite_utils import Database

from blog import closing, comments, moderation, rules
from blog.errors import Closed, Invalid, Refused, TooFast
from blog.federation import received
from blog.federation.received import Mention
from blog.federation.sources import Said
from blog.rules import policy
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.factories import by, decide, undo
from tests.federation.servers import Page, Web
from tests.federation.world import TARGET, URL, World, configured, reply


@pytest.fixture
def world(site: Settings, db: Database, web: Web) -> World:
    factories.post(db)
    return World(db, configured(site, web.host), web)


def test_a_first_mention_of_a_host_waits_and_the_next_passes(world: World) -> None:
    world.mention(reply("Well <b>said</b>."))
    (first,) = world.comments()
    assert (first["kind"], first["status"], first["author"], first["text"]) == (
        "webmention",
        "pending",
        "Alice",
        "Well **said**.",
    )
    assert (first["url"], first["rule"]) == (world.web.url("/1"), "mention_host")
    decide(world.db, first["id"], "approve")
    world.mention(reply("And more."), "/2")
    assert world.comments()[1]["status"] == "approved"
    assert [each["state"] for each in world.mentions()] == ["stored", "stored"]
    counts = world.db.conn.execute("select approved, threads from posts").fetchone()
    assert counts == (2, 2)


def test_a_host_of_many_people_always_waits(world: World) -> None:
    said = Said("reply", "Bea", "Words", shared=True)
    for number in range(1, 4):
        mention = Mention(f"https://bea.github.io/{number}", TARGET)
        draft = received.prepare(mention, said, world.settings, host="bea.github.io")
        with store.transaction(world.db):
            assert comments.submit(world.db, factories.SLUG, draft, at=world.at)["status"] == "pending"
        decide(world.db, number, "approve")
    assert "many people" in rules.stored_sentence(moderation.comment(world.db, 3))


def test_other_rules_judge_a_mention_too(world: World) -> None:
    with store.transaction(world.db):
        policy.change(world.db, {"disallowed_keys": "casino"}, by=by())
    world.mention(reply("Come to our casino"))
    assert (world.comments()[0]["status"], world.comments()[0]["rule"]) == ("trash", "disallowed_keys")


def test_likes_and_reposts_are_stored_and_not_counted(world: World) -> None:
    for number, of in enumerate(("u-like-of", "u-repost-of"), 1):
        world.mention(reply("", of=of), f"/{number}")
        for decision in ("trash", "approve"):
            version = world.db.conn.execute("select version from posts").fetchone()[0]
            decide(world.db, number, decision)
        assert world.db.conn.execute("select version from posts").fetchone()[0] > version  # its page shows the name
    assert [each["kind"] for each in world.comments()] == ["like", "repost"]
    assert world.db.conn.execute("select approved, threads from posts").fetchone() == (0, 0)


def test_a_repeat_updates_the_words_in_its_place(world: World) -> None:
    world.mention(reply("First words."))
    world.mention(reply("Other words."))
    (comment,) = world.comments()
    assert (comment["text"], comment["status"]) == ("Other words.", "pending")
    world.mention(reply("Other words."))
    assert len(list(world.db.query("select 1 from revisions"))) == 1  # what did not change is no edit
    undo(world.db)
    assert world.comments()[0]["text"] == "First words."


def test_an_approved_mention_that_changes_waits_again_if_the_rules_would_hold_it(world: World) -> None:
    world.mention(reply("First words."))
    decide(world.db, 1, "approve")
    world.mention(reply("Known by now."))
    assert (world.comments()[0]["status"], world.comments()[0]["text"]) == ("approved", "Known by now.")
    world.mention(reply('<a href="https://a.example">a</a> <a href="https://b.example">b</a>'))
    assert world.comments()[0]["status"] == "pending"


@pytest.mark.parametrize(
    "gone",
    [
        Page(status=410),
        Page("<title>x</title> no link any more"),
        Page(reply("x", target="https://elsewhere.example/")),
    ],
)
def test_a_mention_whose_source_is_gone_is_removed_and_comes_back_with_it(world: World, gone: Page) -> None:
    world.mention(reply("Words."))
    decide(world.db, 1, "approve")
    world.mention(gone)
    assert (world.comments()[0]["status"], world.mentions()[0]["state"]) == ("trash", "gone")
    event = world.db.conn.execute("select kind, source, before, after from events order by id desc").fetchone()
    assert event == ("trash", "webmention", "approved", "trash")
    world.mention(reply("Words again."))
    assert [(each["status"], each["text"]) for each in world.comments()] == [("pending", "Words again.")]


def test_a_source_that_is_not_found_is_removed_at_the_second_time_only(world: World) -> None:
    world.mention(reply("Words."))
    decide(world.db, 1, "approve")
    world.mention(Page(status=404))
    assert world.comments()[0]["status"] == "approved"
    world.mention(reply("Words."))  # it is back
    world.mention(Page(status=404))
    assert world.comments()[0]["status"] == "approved"
    world.wait(minutes=5).check()  # looked at again without being asked
    assert world.comments()[0]["status"] == "trash"
    undo(world.db)
    assert world.comments()[0]["status"] == "approved"


def test_an_author_who_turns_a_reply_into_a_like_is_shown_as_that(world: World) -> None:
    world.mention(reply("Words."))
    decide(world.db, 1, "approve")
    world.mention(reply("", of="u-like-of"))
    assert [(each["kind"], each["status"]) for each in world.comments()] == [
        ("webmention", "trash"),
        ("like", "pending"),
    ]


def test_what_a_moderator_removed_stays_away(world: World) -> None:
    world.mention(reply("Words."))
    decide(world.db, 1, "trash")
    world.mention(reply("Words again."))
    assert [each["status"] for each in world.comments()] == ["trash"]
    decide(world.db, 1, "delete")
    world.mention(reply("And again."))
    assert [(each["status"], each["text"]) for each in world.comments()] == [("deleted", "Words again.")]
    assert world.mentions()[0]["error"] == "A moderator removed it."


@pytest.mark.parametrize(
    ("page", "error"),
    [
        (Page("<title>x</title>"), "The source does not link to the target."),
        (Page(TARGET, media_type="text/plain"), "The source is no HTML page."),
        (Page(status=403), "The source answers with the status 403."),
        (Page(status=404), "The source answers with the status 404."),
        (Page("x" * 1_100_000), "The answer is larger than 1,024 KiB."),
        (
            Page(status=302, headers=[("Location", "http://127.0.0.1:1/")]),
            "127.0.0.1 is on the port 1; only 80 and 443 are reached.",
        ),
    ],
)
def test_what_is_no_mention_is_refused_with_a_reason(world: World, page: Page, error: str) -> None:
    world.mention(page)
    assert world.comments() == []
    assert [(each["state"], each["error"]) for each in world.mentions()] == [("refused", error)]
    assert not list(world.db.query("select 1 from outbox"))


def test_a_source_that_does_not_answer_is_tried_again_for_two_days(world: World) -> None:
    world.mention(Page(status=503))
    assert world.mentions()[0]["state"] == "waiting"
    world.web.pages["/1"] = Page(reply("There."))
    world.wait(minutes=2).check()
    assert world.comments()[0]["text"] == "There."
    world.mention(Page(status=503), "/2")
    for _ in range(12):
        world.wait(hours=13).check()
    assert [each["state"] for each in world.mentions()] == ["stored", "refused"]


def test_a_mention_of_a_comment_answers_it(world: World) -> None:
    comment = factories.submit(world.db, "A thought.")
    decide(world.db, comment, "approve")
    world.mention(reply("To you.", target=f"{TARGET}#comment-{comment}"), target=f"{TARGET}#comment-{comment}")
    world.mention(
        reply("To you too.", target=f"{TARGET}comment/{comment}/"), "/2", target=f"{TARGET}comment/{comment}/"
    )
    world.mention(reply("To nobody.", target=f"{TARGET}comment/99/"), "/3", target=f"{TARGET}comment/99/")
    assert [each["parent_id"] for each in world.comments()] == [None, comment, comment, None]


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("", TARGET),
        ("https://a.example/", ""),
        ("ftp://a.example/", TARGET),
        ("javascript:alert(1)", TARGET),
        ("https://a.example/ b", TARGET),
        ("https://user:pw@a.example/", TARGET),
        ("https://a.example/", "https://elsewhere.example/a-post/"),
        ("https://a.example/", f"{URL}/nothing/"),
        ("https://a.example/", f"{URL}/"),
        ("https://a.example/", f"{URL}/admin/"),
        ("https://a.example/", "mailto:a@b.example"),
        (TARGET, TARGET),
        (f"{TARGET}#x", TARGET),
        (f"https://a.example/{'x' * 3_000}", TARGET),
    ],
)
def test_source_and_target_are_checked_at_once(world: World, source: str, target: str) -> None:
    with pytest.raises(Refused), store.transaction(world.db):
        received.receive(world.db, world.settings, Mention(source, target), at=world.at)
    assert not list(world.db.query("select 1 from outbox"))


@pytest.mark.parametrize(
    "shut",
    [
        lambda db: closing.close(db, factories.SLUG, by=by()),
        lambda db: closing.close(db, factories.SLUG, mode="replies-only", by=by()),
        lambda db: policy.change(db, {"default_ping_status": "closed"}, by=by()),
    ],
)
def test_a_closed_discussion_takes_none_but_lets_go_of_what_is_gone(
    world: World, shut: Callable[[Database], object]
) -> None:
    world.mention(reply("Words."))
    world.wait(seconds=30).receive("/2")
    with store.transaction(world.db):
        shut(world.db)
    with pytest.raises(Closed):
        world.receive("/3")
    world.web.pages["/2"] = Page(reply("Late."))
    world.check()
    world.mention(Page(status=410))
    assert [(each["status"], each["text"]) for each in world.comments()] == [("trash", "Words.")]


def test_only_so_many_wait_and_each_once(world: World) -> None:
    for _ in range(3):
        world.receive("/1")
    assert world.db.conn.execute("select count(*) from outbox").fetchone()[0] == 1
    for number in range(2, received.MOST_OF_A_HOST + 1):
        world.receive(f"/{number}")
    with pytest.raises(TooFast):
        world.receive("/99")
    due = [row[0] for row in world.db.conn.execute("select due_at from outbox order by id").fetchall()]
    assert due == sorted(set(due))  # one after the other


def test_a_moved_post_is_found_by_its_old_address(world: World) -> None:
    with store.transaction(world.db):
        world.db.conn.execute("insert into old_addresses (address, post_id, given) values ('/old/', 1, 1)")
    world.mention(reply("Words.", target=f"{URL}/old/"), target=f"{URL}/old/")
    assert len(world.comments()) == 1


def test_words_that_no_comment_may_hold_are_left_out(world: World) -> None:
    world.mention(reply("x", author="A" * 300))
    assert (world.comments()[0]["author"], world.comments()[0]["text"]) == (world.web.host, f"<{world.web.url('/1')}>")
    with pytest.raises(Invalid):
        world.receive("/\x00")
