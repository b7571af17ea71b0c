"""Mail at the desk: an account's choice, what could not be sent, a forgotten password, an invitation."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.app import create_app
from blog.notifications import choices, composing, mail_queue
from blog.people import accounts
from blog.settings import Settings
from blog.storage import store
from blog.web import site as sites
from blog.web.admin import mail
from tests import factories
from tests.notifications.servers import Inbox, smtp_server
from tests.notifications.world import text_of, with_mail
from tests.web.test_your_comments import deliver

URL = "http://127.0.0.1:8000"


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with smtp_server() as started:
        yield started


@pytest.fixture
def desk(site: Settings, db: Database, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    factories.post(db)
    monkeypatch.setattr("blog.web.mailing.LOOK_SECONDS", 3600.0)
    app = create_app(replace(with_mail(site, inbox), url=URL))
    with TestClient(app, base_url=URL, client=("198.51.100.7", 50_000)) as opened:
        factories.sign_in(opened, db, factories.account(db, "ana", email="ana@example.org"))
        yield opened


def test_an_account_chooses_when_it_is_told(desk: TestClient, db: Database) -> None:
    page = desk.get("/admin/account").text
    assert "Mail about comments that wait" in page
    form = {"notify": "daily", "hour": "7", "quiet": "22:00 – 06:30", "posts": "own"}
    assert desk.post("/admin/account/mail", data=form).status_code == 200
    assert choices.of_account(db, 1) == choices.Choice("daily", 7, "22:00-06:30", "own")
    for wrong in ({"notify": "sometimes"}, {"hour": "25"}, {"quiet": "nights"}, {"posts": "none"}):
        assert desk.post("/admin/account/mail", data={**form, **wrong}).status_code == 422


def test_without_mail_the_desk_says_nothing_of_it(moderator: TestClient) -> None:
    assert "Mail about comments" not in moderator.get("/admin/account").text
    assert moderator.get("/admin/mail").status_code == 404
    assert moderator.get("/admin/forgot").status_code == 404
    moderator.post("/admin/logout")
    assert "Forgot the password?" not in moderator.get("/admin/login").text


def test_the_desk_shows_what_failed_and_why_and_tries_again(desk: TestClient, db: Database, inbox: Inbox) -> None:
    inbox.recipient = lambda address: "550 no such user"
    for _ in range(2):
        with store.transaction(db):
            mail_queue.enqueue(db, {"mail": "test", "to": "gone@example.org"}, at=sites.now())
        deliver(desk, db, inbox)
    assert "mails could not be sent." in desk.get("/admin/").text
    page = desk.get("/admin/mail").text
    assert "550 no such user" in page
    assert "Addresses that get no mail any more" in page
    inbox.recipient = lambda address: "250 OK"
    desk.post("/admin/mail/retry")
    assert len(deliver(desk, db, inbox)) == 2


def test_a_forgotten_password_is_set_once_by_a_mailed_link(desk: TestClient, db: Database, inbox: Inbox) -> None:
    stranger = TestClient(desk.app, base_url=URL, client=("198.51.100.9", 50_000))
    assert "Forgot the password?" in stranger.get("/admin/login").text
    answers = [stranger.post("/admin/forgot", data={"username": name}) for name in ("ana", "nobody")]
    assert answers[0].text == answers[1].text
    (message,) = deliver(desk, db, inbox)
    assert message["to"] == "ana@example.org"
    path = re.findall(rf"{URL}(/mail/\S+)", text_of(message))[0]
    assert "Set a new password" in stranger.get(path).text
    new = {"password": "quite another sentence", "repeated": "quite another sentence"}
    assert stranger.post(path, data={**new, "repeated": "x"}).status_code == 422
    assert stranger.post(path, data={"password": "short", "repeated": "short"}).status_code == 422
    assert "The password is set." in stranger.post(path, data=new).text
    assert stranger.post(path, data=new).status_code == 410
    assert desk.get("/admin/", follow_redirects=False).status_code == 303  # all sessions have ended
    (told,) = deliver(desk, db, inbox)
    assert told["subject"] == "Your account was changed"


def test_an_account_without_a_password_is_invited(desk: TestClient, db: Database, inbox: Inbox) -> None:
    db.conn.execute("update sessions set confirmed_at = ?", [sites.now()])
    form = {"username": "mia", "email": "mia@example.org", "password": "", "role": "moderator"}
    assert "A link to choose its password" in desk.post("/admin/users", data=form).text
    messages = deliver(desk, db, inbox)
    (message,) = [each for each in messages if each["to"] == "mia@example.org"]
    path = re.findall(rf"{URL}(/mail/\S+)", text_of(message))[0]
    stranger = TestClient(desk.app, base_url=URL)
    new = {"password": "quite another sentence", "repeated": "quite another sentence"}
    assert "You can sign in as mia now." in stranger.post(path, data=new).text


def test_a_changed_role_is_told(desk: TestClient, db: Database, inbox: Inbox) -> None:
    deliver(desk, db, inbox)
    with store.transaction(db):
        factories.account(db, "mia", email="mia@example.org")
        accounts.change_role(db, "mia", "moderator", by=factories.by(sites.now()))
    (message,) = deliver(desk, db, inbox)
    assert "The role of the account mia was changed" in text_of(message)


def test_a_decision_tells_its_reason_only_if_the_moderator_chose_so(desk: TestClient, db: Database) -> None:
    for n, more in ((1, {"tell": "1"}), (2, {})):
        number = factories.submit(db, f"Thought {n}.", n)
        assert 'name="tell"' in desk.get("/admin/comments").text
        form = {"decision": "trash", "id": str(number), "reason": "Please leave out the name.", **more}
        assert desk.post("/admin/decisions", data=form).status_code == 200
    told = [row[0] for row in db.conn.execute("select told from batches order by id").fetchall()]
    assert told == [1, 0]


def test_every_kind_of_mail_has_a_name_on_the_desk() -> None:
    assert set(mail.KINDS) == set(composing.MAILS)
