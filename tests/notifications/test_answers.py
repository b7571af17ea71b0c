"""Answers by mail: bound to a reader and a comment, believed only where our own mail server vouches for the sender."""

from dataclasses import replace
from email.message import EmailMessage

import pytest

from blog.errors import Forbidden, Invalid, NotFound, Refused
from blog.notifications import answers
from blog.notifications.answers import Answered
from blog.storage import store
from tests import factories
from tests.factories import status
from tests.notifications.world import World, text_of

PASS = "mx.blog.example; dkim=pass header.d=example.org; spf=pass smtp.mailfrom=reader1@example.org"


@pytest.fixture
def receiving(world: World) -> World:
    assert world.settings.mail
    world.settings = replace(world.settings, mail=replace(world.settings.mail, authserv="mx.blog.example"))
    return world


def answered(world: World) -> str:
    """Let reader 1 be answered; return the address that takes the answer to that."""
    comment = world.subscribe()
    world.decide(comment, "approve")
    world.decide(world.comment("An answer.", 2, comment_parent=str(comment)), "approve")
    message = next(each for each in world.later() if "answered you" in each["subject"])
    return str(message["reply-to"])


def letter(to: str, text: str = "Thank you.\n\nOn Mon, Blog wrote:\n> An answer.\n", **headers: str) -> bytes:
    message = EmailMessage()
    wanted = {"From": "Reader <reader1@example.org>", "To": to, "Subject": "Re", "Authentication-Results": PASS}
    for name, value in {**wanted, **{name.replace("_", "-"): value for name, value in headers.items()}}.items():
        if value:
            message[name] = value
    message.set_content(text)
    return message.as_bytes()


def receive(world: World, raw: bytes) -> Answered:
    with store.transaction(world.db):
        answer = answers.receive(world.db, raw, world.settings, at=world.at)
    assert isinstance(answer, Answered)
    return answer


def test_a_genuine_answer_becomes_a_comment_of_the_same_reader(receiving: World) -> None:
    stored = receive(receiving, letter(answered(receiving))).stored
    row = receiving.db.conn.execute(
        "select text, author, status, source, parent_id, reader_hash from comments where id = ?", [stored["id"]]
    ).fetchone()
    assert row == ("Thank you.", "Reader 1", "approved", "mail", 2, "reader 1")
    (note,) = receiving.db.conn.execute("select text from notes").fetchone()
    assert "> An answer." in note


@pytest.mark.parametrize(
    "results",
    [
        "",
        "mx.blog.example; dkim=fail header.d=example.org; spf=softfail smtp.mailfrom=example.org",
        "mx.evil.example; dkim=pass header.d=example.org",
        "mx.blog.example; dkim=pass header.d=evil.example",
        "mx.blog.example; dkim=pass header.d=org",
        "mx.blog.example; dkim=fail header.d=example.org; spf=pass smtp.mailfrom=evil.example",
        "mx.blog.example.evil.example; dkim=pass header.d=example.org",
    ],
)
def test_an_answer_that_nobody_vouches_for_waits(receiving: World, results: str) -> None:
    stored = receive(receiving, letter(answered(receiving), Authentication_Results=results))
    assert not stored.genuine
    assert status(receiving.db, stored.stored["id"]) == "pending"


@pytest.mark.parametrize(
    "results",
    ["dkim=pass header.d=example.org", "dkim=pass header.i=@example.org", "dmarc=pass header.from=example.org"],
)
def test_one_of_them_is_enough(receiving: World, results: str) -> None:
    raw = letter(answered(receiving), Authentication_Results=f"mx.blog.example; spf=none; {results}")
    assert receive(receiving, raw).genuine


def test_a_forged_second_header_of_our_name_counts_for_nothing(receiving: World) -> None:
    forged = letter(answered(receiving)).replace(
        b"Authentication-Results: mx",
        b"Authentication-Results: mx.blog.example; dkim=fail\nAuthentication-Results: mx",
        1,
    )
    assert not receive(receiving, forged).genuine


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"X_Autoreply": "yes"},
        {"Return_Path": "<>"},
        {"From": "MAILER-DAEMON@example.org"},
        {"From": "The Blog <blog@blog.example>"},
        {"List_Id": "<x.example.org>"},
    ],
)
def test_what_a_program_wrote_is_ignored(receiving: World, headers: dict[str, str]) -> None:
    raw = letter(answered(receiving), **headers)
    with pytest.raises(Forbidden):
        receive(receiving, raw)


def test_another_sender_an_unknown_address_and_an_empty_answer_are_refused(receiving: World) -> None:
    to = answered(receiving)
    with pytest.raises(Forbidden):
        receive(receiving, letter(to, From="other@example.org"))
    for wrong in ("blog@blog.example", "blog+" + "0" * 32 + "@blog.example", to.replace("blog.example", "x.example")):
        with pytest.raises(NotFound):
            receive(receiving, letter(wrong))
    with pytest.raises(Invalid):
        receive(receiving, letter(to, "On Mon, Blog wrote:\n> An answer.\n"))
    receiving.wait(days=31)
    with pytest.raises(NotFound):
        receive(receiving, letter(to))


def test_the_same_answer_twice_is_stored_once(receiving: World) -> None:
    raw = letter(answered(receiving))
    receive(receiving, raw)
    with pytest.raises(Refused):
        receive(receiving, raw)


def test_nobody_is_staff_by_mail_alone(receiving: World) -> None:
    to = answered(receiving)
    factories.account(receiving.db, "judith", email="reader1@example.org")
    assert status(receiving.db, receive(receiving, letter(to)).stored["id"]) == "pending"


def test_without_a_receiving_server_no_answer_is_offered(world: World) -> None:
    assert answered(world) == "None"


def test_a_mail_server_may_write_the_address_in_capitals(receiving: World) -> None:
    assert receive(receiving, letter(answered(receiving).upper())).stored["id"]


FROM_ANA = {
    "From": "Ana <ana@blog.example>",
    "Authentication_Results": "mx.blog.example; dkim=pass header.d=blog.example",
}


def asked(world: World) -> tuple[int, str]:
    """Let a comment wait; return it, and the address that takes the moderator's answer to it."""
    world.account("ana")
    comment = world.comment()
    (message,) = world.later()
    assert "you can answer this mail" in text_of(message)
    return comment, str(message["reply-to"])


def test_a_moderators_answer_is_that_of_a_person_and_waits_like_a_strangers(receiving: World) -> None:
    comment, to = asked(receiving)
    receiving.decide(comment, "approve")
    answer = receive(receiving, letter(to, **FROM_ANA))
    assert answer.genuine
    row = receiving.db.conn.execute(
        "select author, email, status, rule, account_id, reader_hash, source, parent_id from comments where id = ?",
        [answer.stored["id"]],
    ).fetchone()
    assert row == ("ana", "ana@blog.example", "pending", "owner_name", None, None, "mail", comment)


def test_an_answer_to_what_waits_decides_nothing_and_says_what_to_do(receiving: World) -> None:
    comment, to = asked(receiving)
    with pytest.raises(Forbidden, match=r"not public yet\. Approve it, then send the answer again"):
        receive(receiving, letter(to, **FROM_ANA))
    assert status(receiving.db, comment) == "pending"


def test_a_forged_answer_of_a_moderator_waits_and_says_why(receiving: World) -> None:
    comment, to = asked(receiving)
    receiving.decide(comment, "approve")
    answer = receive(receiving, letter(to, From=FROM_ANA["From"], Authentication_Results="mx.blog.example; dkim=fail"))
    assert (answer.genuine, status(receiving.db, answer.stored["id"])) == (False, "pending")


@pytest.mark.parametrize("change", ["email = 'other@blog.example'", "removed_at = created_at"])
def test_only_the_accounts_own_address_answers(receiving: World, change: str) -> None:
    comment, to = asked(receiving)
    receiving.decide(comment, "approve")
    receiving.db.conn.execute(f"update accounts set {change}")
    with pytest.raises(Forbidden):
        receive(receiving, letter(to, **FROM_ANA))
