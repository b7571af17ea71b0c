"""Delays after wrong passwords: they grow, are forgotten, are bounded, and let pass who is known."""

import pytest
from sqlite_utils import Database

from blog.journal.events import moment, stamp
from blog.people import throttle
from blog.people.throttle import FREE, LONGEST, MOST, PLACES
from tests import factories
from tests.factories import NOON


def later(seconds: float) -> str:
    from datetime import timedelta

    return stamp(moment(NOON) + timedelta(seconds=seconds))


def fail(db: Database, times: int, name: str = "ana", network: str = "192.0.2.1", at: str = NOON) -> None:
    for _ in range(times):
        throttle.record_failure(db, name, network, at=at)


def wait(db: Database, name: str = "ana", network: str = "192.0.2.1", device: str = "", at: str = NOON) -> int:
    return throttle.delay(db, name, network, device, at=at)["wait"]


def test_the_first_wrong_passwords_cost_nothing_and_each_later_one_twice_as_much(db: Database) -> None:
    waits = []
    for _ in range(FREE["name"] + 12):
        waits.append(wait(db))
        fail(db, 1)
    assert waits == [0] * FREE["name"] + [2, 4, 8, 16, 32, 64, 128, 256, 512, LONGEST, LONGEST, LONGEST]


def test_a_delay_passes_and_an_hour_forgets(db: Database) -> None:
    fail(db, FREE["name"] + 2)
    assert wait(db) == 8
    assert wait(db, at=later(3)) == 5
    assert wait(db, at=later(8)) == 0
    fail(db, 1, at=later(3_601))
    assert wait(db, at=later(3_601)) == 0


def test_a_name_is_slowed_from_everywhere_and_a_network_for_every_name(db: Database) -> None:
    fail(db, FREE["name"])
    assert wait(db, " ANA ", network="203.0.113.9") > 0
    assert wait(db, "ben") == 0
    for n in range(FREE["network"]):
        fail(db, 1, name=f"name {n}")
    assert wait(db, "zoe") > 0
    assert wait(db, "zoe", network="203.0.113.9") == 0


@pytest.mark.parametrize("known", ["198.51.100.1", "hash of a cookie"])
def test_where_an_account_signed_in_before_is_known(db: Database, known: str) -> None:
    ana = factories.account(db, "ana")
    throttle.record_success(db, ana, "ana", "198.51.100.1", "hash of a cookie", at=NOON)

    def look(name: str, network: str, device: str) -> bool:
        return throttle.delay(db, name, network, device, at=NOON)["known"]

    network, device = (known, "") if "." in known else ("203.0.113.9", known)
    assert look("Ana", network, device)
    assert not look("ben", network, device)
    assert not look("ana", "203.0.113.9", "")
    assert not look("ana", "", "")


def test_signing_in_forgets_the_names_wrong_passwords_and_not_the_networks(db: Database) -> None:
    ana = factories.account(db, "ana")
    fail(db, FREE["network"])
    throttle.record_success(db, ana, "ana", "192.0.2.1", "", at=NOON)
    assert wait(db, network="203.0.113.9") == 0
    assert wait(db) > 0


def test_what_is_kept_is_bounded_and_tells_unknown_hash_name_or_network(db: Database) -> None:
    db.conn.execute("begin")
    for n in range(MOST + 5):
        db.conn.execute("insert into sign_in_failures (key, count, at) values (?, 1, ?)", [f"{n}", later(n / 100)])
    throttle.record_failure(db, "judith", "10.0.0.1", at=later(MOST / 100))
    db.conn.execute("commit")
    rows = db.conn.execute("select * from sign_in_failures").fetchall()
    assert MOST <= len(rows) <= MOST + 2
    assert "10.0." not in str(rows)
    assert "judith" not in str(rows)
    throttle.record_failure(db, "judith", "10.0.0.1", at=later(MOST / 100 + 3_600))
    assert db.conn.execute("select count(*) from sign_in_failures").fetchone()[0] < 20
    ana = factories.account(db, "ana")
    for n in range(PLACES + 5):
        throttle.record_success(db, ana, "ana", f"192.0.2.{n}", "", at=later(n))
    assert db.conn.execute("select count(*) from known_places").fetchone()[0] == PLACES
    assert throttle.delay(db, "ana", f"192.0.2.{PLACES + 4}", "", at=NOON)["known"]
