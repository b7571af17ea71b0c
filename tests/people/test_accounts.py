import pytest
from sqlite_utils import Database

from blog.errors import Conflict, Forbidden, Invalid, NotFound
from blog.people import accounts, passwords, sessions
from tests import factories
from tests.factories import NOON, PASSWORD, by


def test_the_account_that_tests_insert_is_the_one_that_a_person_would_add(db: Database) -> None:
    accounts.add(db, "ana", PASSWORD, role="editor", email="ana@example.org", by=by())
    factories.account(db, "ben", role="editor", email="ben@example.org")
    ana, ben = db.query("select * from accounts order by id")
    assert passwords.matches(PASSWORD, ben.pop("password_hash"))
    assert ana.pop("password_hash")
    assert {**ana, "id": 2, "name": "ben", "email": "ben@example.org"} == ben
    added, inserted = db.query("select at, kind, account_id, source, after, reason from events order by id")
    assert {**added, "reason": "ben"} == inserted


def test_an_account_is_added_once_and_its_password_checked(db: Database) -> None:
    accounts.add(db, "ana", PASSWORD, by=by())
    with pytest.raises(Conflict, match="There is an account 'ANA' already"):
        accounts.add(db, "ANA", PASSWORD, by=by())
    account, hashed = accounts.credentials(db, "Ana")
    assert account is not None
    assert passwords.matches(PASSWORD, hashed)
    assert not passwords.matches(PASSWORD + "x", hashed)
    assert PASSWORD not in str(db.conn.execute("select * from accounts").fetchall())


@pytest.mark.parametrize("name", ["OIga", "Оlga", "𝐎lga", "Ol ga", "JUDlTH", "JUD ITH", "Juditһ"])
def test_a_new_account_must_not_look_like_an_account_or_an_author(db: Database, name: str) -> None:
    factories.post(db)
    accounts.add(db, "Olga", PASSWORD, by=by())
    other = "Judith" if name.startswith("J") else "Olga"
    with pytest.raises(Conflict, match=f"The name '{name}' looks like '{other}', who is of this site already."):
        accounts.add(db, name, PASSWORD, by=by())


def test_names_that_look_like_unknown_hash_are_free_and_so_is_that_of_who_left(db: Database) -> None:
    factories.post(db)
    for name in ("Olga", "Olaf", "judith"):  # an author has an account of that name, capitals aside
        accounts.add(db, name, PASSWORD, by=by())
    accounts.remove(db, "Olga", by=by())
    accounts.add(db, "OIga", PASSWORD, by=by())
    with pytest.raises(Conflict):
        accounts.add(db, "Olga", PASSWORD, by=by())


def test_an_unknown_name_is_checked_against_a_hash_that_nothing_matches(db: Database) -> None:
    account, hashed = accounts.credentials(db, "nobody")
    assert account is None
    assert hashed.startswith("$argon2id$")
    assert not passwords.matches("", hashed)


@pytest.mark.parametrize(
    ("name", "password", "role", "email", "field"),
    [
        ("", PASSWORD, "admin", "", "username"),
        ("x" * 61, PASSWORD, "admin", "", "username"),
        ("a\nb", PASSWORD, "admin", "", "username"),
        ("ana", "short", "admin", "", "password"),
        ("ana", "x" * 257, "admin", "", "password"),
        ("ana", "password", "admin", "", "password"),
        ("somebody", "Somebody", "admin", "", "password"),
        ("ana", PASSWORD, "king", "", "role"),
        ("ana", PASSWORD, "admin", "no-at", "email"),
    ],
)
def test_a_bad_account_is_refused_beside_the_field(
    db: Database, name: str, password: str, role: str, email: str, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        accounts.add(db, name, password, role=role, email=email, by=by())
    assert list(refusal.value.errors) == [field]


def test_the_setup_address_works_once_and_only_while_there_is_no_account(db: Database) -> None:
    first = accounts.offer_setup(db)
    token = accounts.offer_setup(db)
    assert first is not None
    assert token is not None
    assert not accounts.setup_open(db, first)
    assert not accounts.setup_open(db, "")
    accounts.set_up(db, token, "ana", PASSWORD, email="", by=by())
    assert accounts.offer_setup(db) is None
    with pytest.raises(Forbidden):
        accounts.set_up(db, token, "eve", PASSWORD, email="", by=by())


def test_a_session_ends_with_its_time_its_password_its_account_and_by_signing_out(db: Database) -> None:
    accounts.add(db, "boss", PASSWORD, by=by())
    ana = accounts.add(db, "ana", PASSWORD, role="moderator", by=by())

    def token() -> str:
        return sessions.sign_in(db, ana, ip="10.0.0.1", user_agent="a browser", by=by())

    first = token()
    assert sessions.find(db, first, at=NOON)["name"] == "ana"
    assert sessions.find(db, first, at="2026-06-07T00:00:00.000Z") is None
    assert first not in str(db.conn.execute("select * from sessions").fetchall())
    sessions.sign_out(db, first, by=by())
    assert sessions.find(db, first, at=NOON) is None
    second = token()
    accounts.change_password(db, "ana", PASSWORD + "!", by=by())
    assert sessions.find(db, second, at=NOON) is None
    third = token()
    accounts.remove(db, "ana", by=by())
    assert sessions.find(db, third, at=NOON) is None
    with pytest.raises(NotFound):
        accounts.find(db, "ana")


def test_the_last_administrator_stays(db: Database) -> None:
    accounts.add(db, "ana", PASSWORD, by=by())
    with pytest.raises(Conflict, match="last administrator"):
        accounts.remove(db, "ana", by=by())
