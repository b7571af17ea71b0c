"""Signing in under attack, sessions that are listed and ended, and what asks for the password again."""

import html
import re
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argon2 import extract_parameters
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.journal import acts, events, log
from blog.moderation.acts import ACTS
from blog.people import accounts, passkeys, passwords, recovery, sessions, throttle
from blog.people.throttle import FREE
from blog.storage import store
from blog.web import admin, site
from tests import factories
from tests.conftest import PASSWORD
from tests.factories import by, status, submit

JSON = {"accept": "application/json"}
WRONG = "not this one at all"


@pytest.fixture
def ana(db: Database, client: TestClient) -> int:
    with store.transaction(db):
        return accounts.add(db, "ana", PASSWORD, by=by())


def browser(client: TestClient, address: str = "203.0.113.7") -> TestClient:
    """A browser without cookies, in a network of its own."""
    return TestClient(client.app, base_url="http://127.0.0.1:8000", client=(address, 50_000))


def sign_in(who: TestClient, name: str = "ana", password: str = PASSWORD) -> Any:
    return who.post("/admin/login", data={"username": name, "password": password}, follow_redirects=False)


def kinds(db: Database) -> list[str]:
    return [row["kind"] for row in log.log(db, ACTS)]


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time goes by: a delay of two seconds is over soon on a busy machine."""
    now = site.now()
    monkeypatch.setattr(site, "now", lambda: now)


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize("name", ["ana", "nobody"])
def test_wrong_passwords_are_slowed_with_the_same_words_for_a_right_and_a_wrong_name(
    client: TestClient, ana: int, name: str
) -> None:
    stranger = browser(client)
    answers = [sign_in(stranger, name, WRONG) for _ in range(FREE["name"] + 1)]
    assert [answer.status_code for answer in answers] == [401] * FREE["name"] + [429]
    assert answers[-1].headers["retry-after"] in ("1", "2")
    assert "Too many wrong passwords. Wait " in answers[-1].text
    assert f'value="{name}"' in answers[-1].text
    assert sign_in(browser(client, "203.0.113.99"), name, PASSWORD).status_code == 429


@pytest.mark.usefixtures("still")
def test_the_owner_is_not_locked_out_where_the_account_is_known(client: TestClient, ana: int, db: Database) -> None:
    owner, on_the_way = browser(client, "198.51.100.1"), browser(client, "198.51.100.99")
    assert sign_in(owner).status_code == 303
    on_the_way.cookies.update(owner.cookies)  # the same browser, in another network
    for n in range(40):
        sign_in(browser(client, f"203.0.113.{n}"), "ana", WRONG)
    assert sign_in(browser(client, "203.0.113.200")).status_code == 429
    assert sign_in(on_the_way).status_code == 303
    for n in range(40):
        sign_in(browser(client, f"203.0.113.{n}"), "ana", WRONG)
    assert sign_in(browser(client, "198.51.100.1")).status_code == 303
    assert kinds(db).count("sign-ins slowed") == 2


def test_a_thousand_wrong_passwords_are_hardly_read(client: TestClient, ana: int, monkeypatch: Any) -> None:
    read: list[str] = []
    true = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda secret, hashed: read.append(secret) or true(secret, hashed))
    stranger = browser(client)
    codes = {sign_in(stranger, "ana", f"{WRONG} {n}").status_code for n in range(1_000)}
    assert codes == {401, 429}
    assert len(read) < 30


def test_a_wrong_name_costs_the_same_hash_as_a_wrong_password(
    client: TestClient, ana: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    true = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda secret, hashed: read.append(hashed) or true(secret, hashed))
    for name in ("ana", "nobody"):
        assert sign_in(browser(client), name, WRONG).status_code == 401
    known, unknown = (extract_parameters(hashed) for hashed in read)
    assert known == unknown


@pytest.mark.slow
@pytest.mark.usefixtures("still")
def test_a_wrong_name_takes_as_long_as_a_wrong_password(
    client: TestClient, ana: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The least processor time of several tries, of which none is delayed; the bar is a fifth."""
    monkeypatch.setattr(throttle, "FREE", dict.fromkeys(FREE, 1_000))
    times: dict[str, list[float]] = {"ana": [], "nobody": []}
    for n in range(30):
        for name in times:
            start = time.process_time()
            assert sign_in(browser(client, f"203.0.113.{n}"), name, WRONG).status_code == 401
            times[name].append(time.process_time() - start)
    right, wrong = (min(each) for each in times.values())
    assert abs(right - wrong) < max(right, wrong) / 5


@pytest.mark.usefixtures("still")
def test_a_network_that_asks_on_and_on_is_answered_by_nobody(client: TestClient, ana: int) -> None:
    stranger = browser(client, "2001:db8::1")
    for n in range(60):
        other = browser(client, f"2001:db8::{n:x}")  # the same /64
        answer = sign_in(other, f"name {n}", WRONG)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert sign_in(stranger).status_code == 429
    assert sign_in(browser(client, "2001:db8:0:1::1")).status_code == 303


def test_a_recovery_code_signs_in_once_in_the_place_of_the_password(client: TestClient, ana: int, db: Database) -> None:
    with store.transaction(db):
        code = recovery.make(db, ana, by=by())[0]
    assert sign_in(browser(client), "nobody", code).status_code == 401
    assert sign_in(browser(client), "ana", code).status_code == 303
    assert sign_in(browser(client), "ana", code).status_code == 401
    assert "recovery code used" in kinds(db)


def test_sessions_are_listed_with_device_and_time_and_each_can_be_ended(
    client: TestClient, ana: int, db: Database
) -> None:
    here, there = browser(client, "198.51.100.1"), browser(client, "198.51.100.2")
    there.headers["user-agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    here.headers["user-agent"] = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/140.0 Safari/537.36"
    sign_in(here)
    sign_in(there)
    page = re.sub(r"\s+", " ", here.get("/admin/account").text)
    assert "Chrome on Mac at 198.51.100.1, <b>this browser</b>" in page
    assert "Firefox on Linux at 198.51.100.2." in page
    (ending,) = (
        key
        for key in re.findall(r"/admin/account/sessions/(\w+)/removal", page)
        if key != sessions.key_of(here.cookies["session"])
    )
    assert here.post(f"/admin/account/sessions/{ending}/removal").url.path == "/admin/account"
    assert there.get("/admin/", follow_redirects=False).status_code == 303
    assert here.get("/admin/account").status_code == 200
    assert here.post(f"/admin/account/sessions/{ending}/removal", headers=JSON).status_code == 404
    assert "session ended" in kinds(db)


def test_nobody_ends_a_session_of_somebody_else(client: TestClient, ana: int, db: Database) -> None:
    with store.transaction(db):
        accounts.add(db, "ben", PASSWORD, role="author", by=by())
    here, other = browser(client, "198.51.100.1"), browser(client, "198.51.100.2")
    sign_in(here)
    sign_in(other, "ben")
    key = sessions.key_of(here.cookies["session"])
    assert other.post(f"/admin/account/sessions/{key}/removal", headers=JSON).status_code == 404
    other.post("/admin/account/sessions/removal")
    assert here.get("/admin/account").status_code == 200


def test_all_other_sessions_end_at_a_new_password_and_this_browser_goes_on(client: TestClient, ana: int) -> None:
    here, there = browser(client, "198.51.100.1"), browser(client, "198.51.100.2")
    sign_in(here)
    sign_in(there)
    before = here.cookies["session"]
    new = "five other plain words now"
    wrong = here.post("/admin/account/password", data={"again": PASSWORD, "password": new, "repeated": "x"})
    assert (wrong.status_code, "The two passwords are not the same." in wrong.text) == (422, True)
    common = here.post(
        "/admin/account/password", data={"again": PASSWORD, "password": "password1", "repeated": "password1"}
    )
    assert (common.status_code, "too easy to guess" in common.text) == (422, True)
    for wrong in ({}, {"again": WRONG}):
        asked = here.post("/admin/account/password", data={**wrong, "password": new, "repeated": new})
        assert (asked.status_code, "Confirm your password" in asked.text) == (403, True)
    page = here.post("/admin/account/password", data={"again": PASSWORD, "password": new, "repeated": new})
    assert "All other sessions have ended" in page.text
    assert here.cookies["session"] != before
    assert there.get("/admin/", follow_redirects=False).status_code == 303
    stale = browser(client)
    stale.cookies.set("session", before)
    assert stale.get("/admin/", follow_redirects=False).status_code == 303
    assert sign_in(browser(client)).status_code == 401
    assert sign_in(browser(client), "ana", new).status_code == 303


def age(db: Database, at: str = "2026-05-07T12:00:00.000Z") -> None:
    """Let all sessions be signed in since long ago."""
    with store.transaction(db):
        db.conn.execute("update sessions set confirmed_at = ?", [at])


ASKING = [route.path for route in admin.ROUTES if route.confirm and route.path not in ("/decisions", "/confirmation")]


@pytest.mark.parametrize("route", ASKING)
def test_users_and_keys_ask_for_the_password_again_after_a_minute(
    moderator: TestClient, db: Database, route: str
) -> None:
    age(db)
    before = db.conn.execute("select * from accounts, events").fetchall()
    path = "/admin" + route.replace("{key:int}", "1")
    fields = {"username": "eve", "password": PASSWORD, "repeated": PASSWORD, "role": "editor"}
    page = moderator.post(path, data=fields)
    assert (page.status_code, "Confirm your password" in page.text) == (403, True)
    for name, value in fields.items():
        assert f'<input type="hidden" name="{name}" value="{value}">' in page.text
    assert moderator.post(path, data=fields, headers=JSON).status_code == 403
    wrong = moderator.post(path, data={**fields, "again": WRONG})
    assert (wrong.status_code, "The password is wrong." in wrong.text) == (403, True)
    assert WRONG not in wrong.text
    assert db.conn.execute("select * from accounts, events").fetchall() == before
    assert moderator.post(path, data={**fields, "again": PASSWORD}, headers=JSON).status_code != 403


def test_the_password_is_asked_again_for_more_comments_than_other_forms_have_fields(
    moderator: TestClient, db: Database
) -> None:
    age(db)
    page = moderator.post("/admin/decisions", data={"decision": "delete", "id": list(map(str, range(1, 1_101)))})
    assert (page.status_code, "Delete 1,100 comments for good?" in page.text) == (403, True)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"decision": "delete", "id": ["1", "2"]}, "Delete 2 comments for good?"),
        ({"decision": "delete", "status": "trash", "all": "1"}, "Delete 3 comments for good?"),
        ({"empty": "1", "status": "trash"}, "Empty the trash and delete 3 comments for good?"),
        ({"decision": "delete", "id": "1"}, "Delete this comment for good? Reader 0: A thought."),
        ({"only": "delete:2", "id": ["1", "3"]}, "Delete this comment for good? Reader 1: A thought."),
        ({"decision": "delete", "id": "9"}, ""),
    ],
)
def test_where_the_password_is_asked_again_it_says_how_much_will_be_deleted(
    moderator: TestClient, db: Database, form: dict[str, Any], said: str
) -> None:
    for n in range(3):
        factories.decide(db, submit(db, n=n), "trash")
    age(db)
    page = moderator.post("/admin/decisions", data=form).text
    assert "Confirm your password" in page
    told = [re.sub(r"<[^<>]*>", "", each) for each in re.findall(r"<p>(.*comments?.*)</p>", page)]
    assert told == ([said] if said else [])


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        ("users/{mia}/role", {"role": "admin"}, "Make “mia” administrator?"),
        ("users/{mia}/role", {"role": "editor"}, "Make “mia” editor?"),
        ("users/{mia}/removal", {}, "Remove the account “mia” and its sessions and passkeys?"),
        ("users/{mia}/password", {}, "Set a new password for “mia” and end all sessions of that account?"),
        (
            "users",
            {"username": "eve <b>", "role": "admin"},
            "Create the account “eve <b>” with the role administrator?",
        ),
        ("account/password", {}, "Change your password and end all your other sessions?"),
        ("account/codes", {}, "Make new recovery codes? The old ones stop working."),
        ("account/passkeys", {"name": "Laptop"}, "Add the passkey “Laptop” to your account?"),
        ("account/passkeys/7/removal", {}, "Remove the passkey from your account?"),
    ],
)
def test_where_the_password_is_asked_again_it_says_what_happens_to_whom(
    moderator: TestClient, db: Database, path: str, fields: dict[str, str], said: str
) -> None:
    with store.transaction(db):
        mia = accounts.add(db, "mia", PASSWORD, role="author", by=factories.by())
    age(db)
    page = moderator.post(f"/admin/{path.replace('{mia}', str(mia))}", data=fields)
    assert page.status_code == 403
    assert f"<p>{html.escape(said)}</p>" in page.text
    assert moderator.post("/admin/users/99/role", data={"role": "admin"}).status_code == 404


def test_a_proof_holds_for_a_minute_and_no_longer(moderator: TestClient, db: Database) -> None:
    with store.transaction(db):
        mia = accounts.add(db, "mia", PASSWORD, role="author", by=factories.by())
    ago = [events.stamp(datetime.now(UTC) - timedelta(seconds=seconds)) for seconds in (61, 40)]
    codes = []
    for at in ago:
        age(db, at)
        codes.append(moderator.post(f"/admin/users/{mia}/role", data={"role": "editor"}, headers=JSON).status_code)
    assert codes[0] == 403
    assert codes[1] != 403
    assert accounts.find(db, "mia")["role"] == "editor"


@pytest.mark.parametrize(
    "form",
    [
        {"decision": "delete", "id": "1"},
        {"only": "delete:1"},
        {"empty": "1", "status": "trash", "made": "2030-01-01T00:00:00.000Z"},
    ],
)
def test_deleting_for_good_asks_again_and_goes_on_with_what_was_sent(
    moderator: TestClient, db: Database, form: dict[str, str]
) -> None:
    submit(db)
    factories.decide(db, 1, "trash")
    age(db)
    assert moderator.post("/admin/decisions", data=form).status_code == 403
    assert status(db, 1) == "trash"
    assert moderator.post("/admin/decisions", data={"decision": "restore", "id": "1"}).status_code == 200
    factories.decide(db, 1, "trash")
    moderator.post("/admin/decisions", data={**form, "again": PASSWORD})
    assert status(db, 1) == "deleted"
    again = moderator.post("/admin/decisions", data={"decision": "restore", "id": "1"})
    assert again.status_code == 200


def test_a_password_given_again_holds_for_a_minute_in_this_session_alone(
    client: TestClient, ana: int, db: Database
) -> None:
    here, there = browser(client, "198.51.100.1"), browser(client, "198.51.100.2")
    sign_in(here)
    sign_in(there)
    age(db)
    assert here.get("/admin/confirmation").status_code == 200
    assert here.post("/admin/confirmation", data={"again": PASSWORD}, follow_redirects=False).status_code == 303
    assert here.post("/admin/account/codes").status_code == 200
    assert there.post("/admin/account/codes").status_code == 403


def test_what_is_wrong_with_an_account_stands_above_its_field_and_the_first_has_the_focus(
    moderator: TestClient, db: Database
) -> None:
    sent = {"username": "eve", "email": "no", "password": "short", "role": "king"}
    fresh = moderator.post("/admin/users", data=sent).text
    for name in ("email", "password", "role"):
        assert fresh.index(f'id="why-{name}-new"') < fresh.index(f' aria-describedby="why-{name}-new"')
    assert re.findall(r'why-(\w+-\w+)" autofocus', fresh) == ["email-new"]
    known = accounts.find(db, "ana")["id"]
    page = moderator.post(f"/admin/users/{known}/password", data={"password": "short"}).text
    assert re.findall(r'why-(\w+-\w+)" autofocus', page) == [f"password-{known}"]
    assert page.count('class="wrong"') == 1
    page = moderator.post(
        "/admin/account/password", data={"again": PASSWORD, "password": PASSWORD, "repeated": "x"}
    ).text
    assert re.findall(r'why-(\w+-\w+)" autofocus', page) == ["repeated-own"]


def test_administrators_make_change_and_remove_accounts(
    moderator: TestClient, client: TestClient, db: Database
) -> None:
    bad = moderator.post("/admin/users", data={"username": "eve", "email": "no", "password": "short", "role": "king"})
    assert bad.status_code == 422
    assert "no email address" in bad.text
    assert 'value="eve"' in bad.text
    moderator.post("/admin/users", data={"username": "eve", "password": PASSWORD, "role": "author"})
    taken = moderator.post("/admin/users", data={"username": "EVE", "password": PASSWORD, "role": "author"})
    assert (taken.status_code, "already" in taken.text) == (409, True)
    number = accounts.find(db, "eve")["id"]
    eve = browser(client)
    sign_in(eve, "eve")
    assert eve.get("/admin/log").status_code == 403
    moderator.post(f"/admin/users/{number}/role", data={"role": "editor"})
    assert eve.get("/admin/log").status_code == 200
    assert moderator.post(f"/admin/users/{number}/role", data={"role": "king"}, headers=JSON).status_code == 422
    short = moderator.post(f"/admin/users/{number}/password", data={"password": "short"})
    assert (short.status_code, "this one has 5" in short.text) == (422, True)
    moderator.post(f"/admin/users/{number}/password", data={"password": "other plain words here"})
    assert eve.get("/admin/log", follow_redirects=False).status_code == 303
    moderator.post(f"/admin/users/{number}/removal")
    assert sign_in(browser(client), "eve", "other plain words here").status_code == 401
    ana = accounts.find(db, "ana")["id"]
    assert moderator.post(f"/admin/users/{ana}/role", data={"role": "author"}, headers=JSON).status_code == 409
    assert moderator.post(f"/admin/users/{ana}/removal", headers=JSON).status_code == 409
    assert kinds(db)[:4] == ["account removed", "password changed", "role changed", "signed in"]
    told = [acts.sentence(ACTS, row) for row in log.log(db, ACTS)]
    assert "Made eve editor, before author." in told


def test_an_author_cannot_make_himself_an_administrator(client: TestClient, db: Database, ana: int) -> None:
    with store.transaction(db):
        ben = accounts.add(db, "ben", PASSWORD, role="author", by=by())
    author = browser(client)
    sign_in(author, "ben")
    for path in ("/admin/users", f"/admin/users/{ben}/role", f"/admin/users/{ana}/password"):
        data = {"role": "admin", "username": "x", "password": PASSWORD}
        assert author.post(path, data=data, headers=JSON).status_code == 403
    author.post("/admin/account/password", data={"password": WRONG, "repeated": WRONG, "role": "admin", "name": "ana"})
    assert accounts.find(db, "ben")["role"] == "author"


def test_without_their_package_the_page_says_how_passkeys_are_installed(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "webauthn", None)
    named = TestClient(client.app, base_url="http://localhost:8000")  # where passkeys hold
    assert "passkey" not in named.get("/admin/login").text
    answer = named.post("/admin/login/challenge", headers=JSON)
    assert answer.status_code == 409
    assert 'pip install "afterword[passkeys]"' in answer.text.replace('\\"', '"').replace("&#34;", '"')


def test_at_an_ip_address_the_page_says_what_passkeys_need(moderator: TestClient) -> None:
    assert "this page is at an IP address" in moderator.get("/admin/account").text
    assert 'data-passkey="new"' not in moderator.get("/admin/account").text
    refused = moderator.post("/admin/account/passkeys/challenge", headers=JSON)
    assert (refused.status_code, "IP address" in refused.json()["detail"]) == (409, True)
    assert "passkey" not in moderator.get("/admin/login").text


@pytest.mark.parametrize(
    ("url", "host", "able"),
    [
        ("", "127.0.0.1:8000", ""),
        ("", "[::1]:8000", ""),
        ("", "localhost:8000", "http://localhost:8000"),
        ("", "blog.example.org", ""),
        ("http://blog.example.org", "blog.example.org", ""),
        ("https://203.0.113.9", "203.0.113.9", ""),
        ("https://blog.example.org", "evil.example", "https://blog.example.org"),
        ("https://blog.example.org:8443", "", "https://blog.example.org:8443"),
        ("https://blog.example.org", "localhost", "https://blog.example.org"),
        ("https://blog.example.org", "localhost:8000", "https://blog.example.org"),
        ("http://blog.example.org", "localhost", ""),
        ("http://localhost:8000", "localhost:9000", "http://localhost:8000"),
        ("", "localhost:99999", ""),
        ("", "[", ""),
    ],
)
def test_passkeys_hold_at_the_sites_own_name(client: TestClient, url: str, host: str, able: str) -> None:
    from dataclasses import replace

    from starlette.requests import Request

    from blog.errors import Conflict
    from blog.web.admin import authentication

    there = client.app.state.site  # type: ignore[attr-defined]
    app = type(
        "App", (), {"state": type("State", (), {"site": replace(there, settings=replace(there.settings, url=url))})}
    )
    request = Request({"type": "http", "app": app, "headers": [(b"host", host.encode())]})
    if able:
        assert authentication.place(request).origin == able
    else:
        with pytest.raises(Conflict):
            authentication.place(request)


DEEP = "[" * 5_000


@pytest.mark.parametrize("credential", [DEEP, '{"id":' * 2_000, '{"id": "x", "response": ' + DEEP])
def test_an_answer_that_is_nested_deep_is_refused_with_a_sentence(client: TestClient, credential: str) -> None:
    named = TestClient(client.app, base_url="http://localhost:8000")  # where passkeys hold
    assert named.post("/admin/login/challenge").status_code == 200
    answer = named.post("/admin/login/passkey", data={"credential": credential})
    assert answer.status_code == 401
    assert passkeys.REFUSED in answer.text


def test_password_fields_hide_what_is_typed_and_hinder_no_password_manager(moderator: TestClient) -> None:
    for path in ("/admin/login", "/admin/account", "/admin/users", "/admin/confirmation"):
        page = moderator.get(path).text
        fields = re.findall(r"<input[^>]*name=\"(?:password|again|repeated)\"[^>]*>", page)
        assert fields, path
        for field in fields:
            assert 'type="password"' in field
            assert re.search(r'autocomplete="(current|new)-password"', field)
            assert "onpaste" not in field
            assert "maxlength" not in field
