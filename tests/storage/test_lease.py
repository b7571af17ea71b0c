"""The lease: of two machines one may write, and the other can only take over when the first one's time is over."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from obstore.store import MemoryStore
from sqlite_utils import Database

from blog import replica
from blog.errors import NotFound, Unavailable, Unusable
from blog.replica import Replica
from blog.settings import Settings
from blog.storage import fence, lease, store
from blog.storage.fence import Fence
from blog.storage.lease import HeldElsewhere, Lease, Superseded, Unreachable
from blog.storage.store import Store
from tests import factories

TABLE = {"bucket": "blog", "endpoint": "http://127.0.0.1:9", "machine": "oslo", "lease_seconds": 30}


def _replica(**changes: object) -> Replica:
    return replica.read({**TABLE, **changes}, "blog.toml", {})


@pytest.fixture
def oslo() -> Lease:
    return Lease(MemoryStore(), _replica(), "oslo 1")


@pytest.fixture
def bergen(oslo: Lease) -> Lease:
    return Lease(oslo.objects, _replica(machine="bergen"), "bergen 2")


def _age(of: Lease, seconds: float) -> None:
    """Let the lease in the store be as old as if it had lasted `seconds` less."""
    held = of.look()
    assert held is not None
    of._write(held._replace(seconds=held.seconds - seconds), over=held)


def test_the_first_machine_gets_the_lease_for_three_quarters_of_its_time(oslo: Lease) -> None:
    before = fence.clock()
    assert before + 22.5 <= oslo.take(1) < before + 23.5
    held = oslo.look()
    assert held is not None
    assert (held.machine, held.epoch, held.seconds, held.former) == ("oslo", 1, 30, "")


def test_another_machine_does_not_get_it_meanwhile_and_is_told_who_has_it(oslo: Lease, bergen: Lease) -> None:
    oslo.take(1)
    oslo.take(1)
    for refused in (lambda: bergen.take(1), bergen.take_for_promotion):
        with pytest.raises(HeldElsewhere, match=r"oslo holds the lease of epoch 1, until \d\d:\d\d:\d\d UTC unless"):
            refused()


def test_the_same_machine_has_it_again_at_once_after_a_crash(oslo: Lease) -> None:
    oslo.take(1)
    Lease(oslo.objects, oslo.replica, oslo.identity).take(1)


def test_a_lease_that_was_given_up_can_be_taken_at_once(oslo: Lease, bergen: Lease) -> None:
    oslo.take(1)
    bergen.release()  # it is not bergen's
    with pytest.raises(HeldElsewhere):
        bergen.take(1)
    oslo.release()
    with pytest.raises(
        HeldElsewhere, match=r"The last machine that wrote was oslo\. To take over from it: blog promote"
    ):
        bergen.take(1)
    assert bergen.take_for_promotion().machine == "oslo"
    with pytest.raises(HeldElsewhere):
        oslo.take(1)


def test_a_lease_whose_time_is_over_can_be_taken_a_second_later(oslo: Lease, bergen: Lease) -> None:
    oslo.take(1)
    _age(oslo, 29.9)
    with pytest.raises(HeldElsewhere):  # stores tell their time in whole seconds
        bergen.take_for_promotion()
    _age(oslo, 1.1)
    assert bergen.take_for_promotion().epoch == 1


def test_who_is_slower_of_two_that_saw_the_same_lease_does_not_get_it(oslo: Lease, bergen: Lease) -> None:
    oslo.take(1)
    seen = bergen.look()
    oslo.take(1)
    with pytest.raises(HeldElsewhere):
        bergen.put(1, 30, over=seen)
    with pytest.raises(HeldElsewhere):
        bergen.put(1, 30, over=None)


def test_a_database_of_an_earlier_epoch_is_never_served_again(oslo: Lease, bergen: Lease) -> None:
    oslo.take(1)
    oslo.release()
    bergen.take_for_promotion()
    bergen.put(2, 30, over=bergen.look())
    bergen.release()
    with pytest.raises(Superseded, match="The site went on in epoch 2 on bergen, and the database here is of epoch 1"):
        oslo.take(1)
    bergen.take(2)


def test_a_promotion_that_failed_gives_the_lease_back(oslo: Lease, bergen: Lease) -> None:
    oslo.take(1)
    oslo.release()
    bergen.give_back(bergen.take_for_promotion())
    held = bergen.look()
    assert held is not None
    assert held.identity == "oslo 1"
    oslo.take(1)


def test_a_promotion_that_never_ended_keeps_nobody_out_for_ever(oslo: Lease, bergen: Lease) -> None:
    oslo.take(1)
    oslo.release()
    bergen.take_for_promotion()
    with pytest.raises(HeldElsewhere):
        oslo.take(1)
    held = oslo.look()
    assert held is not None
    assert oslo.is_over(held._replace(written_at=held.written_at - timedelta(seconds=902)))
    assert held.seconds == lease.PROMOTION_SECONDS


def test_without_a_lease_there_is_nothing_to_take_over(bergen: Lease) -> None:
    with pytest.raises(NotFound, match="There is no lease in blog/afterword"):
        bergen.take_for_promotion()


def test_the_newest_epoch_with_a_copy_is_found(oslo: Lease) -> None:
    assert oslo.epoch_with_data(3) is None
    oslo.write("afterword/epoch-1/0000/1.ltx", b"x")
    assert oslo.epoch_with_data(3) == 1


def test_what_is_no_lease_and_a_store_that_does_not_answer_are_told_in_a_sentence(oslo: Lease) -> None:
    oslo.write("afterword/lease.json", b"[]")
    with pytest.raises(Unusable, match=r"afterword/lease\.json in the store is no lease of this program\."):
        oslo.look()
    given = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"}
    away = Lease(lease.connect(_replica(), given), _replica(), "oslo 1")
    with pytest.raises(Unreachable, match=r"The store at http://127\.0\.0\.1:9 does not answer as it should: "):
        away.take(1)


def test_credentials_come_from_the_environment_alone() -> None:
    with pytest.raises(Unusable, match=r"\[replica\] needs AWS_SECRET_ACCESS_KEY in the environment\."):
        lease.connect(_replica(), {"AWS_ACCESS_KEY_ID": "x"})


def test_two_copies_of_a_site_are_two_even_on_machines_of_one_name(site: Settings, tmp_path: Path) -> None:
    own = lease._identity(site.database, "oslo")
    assert lease._identity(site.database, "oslo") == own
    assert lease._identity(tmp_path / "other.db", "oslo") != own


def test_a_fence_is_open_until_its_time_and_shut_for_good() -> None:
    gate = Fence()
    assert not gate.is_open
    gate.extend(fence.clock() + 0.05)
    assert gate.is_open
    time.sleep(0.06)
    assert not gate.is_open
    with pytest.raises(Unavailable, match="another one may be saving"):
        gate.check()
    assert not gate.is_shut
    gate.shut()
    assert gate.is_shut
    assert not gate.is_open


def test_a_write_is_refused_before_its_commit_when_the_time_is_over_meanwhile(site: Settings, db: Database) -> None:
    factories.post(db)
    gate = Fence()
    gate.extend(fence.clock() + 60)
    opened = Store(site.database, fence=gate)

    def slow(db: Database) -> int:
        found = int(db.conn.execute("update site set version = 99 returning version").fetchone()[0])
        gate.extend(0)
        return found

    try:
        with pytest.raises(Unavailable, match="Saving rests on this machine"):
            asyncio.run(opened.write(slow))
        assert opened.lacks_lease
        assert opened.is_troubled
        assert "another one may be saving" in opened.trouble
        assert db.conn.execute("select version from site").fetchone()[0] != 99
        gate.extend(fence.clock() + 60)
        assert opened.trouble == ""
        with pytest.raises(Unavailable):
            _write_late(opened, gate)
        assert db.conn.execute("select version from site").fetchone()[0] != 99
    finally:
        opened.close()


def _write_late(opened: Store, gate: Fence) -> None:
    with opened.another() as other, store.transaction(other):
        other.conn.execute("update site set version = 99")
        gate.extend(0)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"bucket": ""}, "blog.toml: [replica] needs bucket, a text in quotation marks."),
        ({"bucket": "A B"}, "blog.toml: bucket is 'A B', which no store takes as a name."),
        ({"colour": "red"}, "blog.toml: there is no setting 'colour' in [replica]. Known keys: bucket, endpoint,"),
        ({"endpoint": "s3.example.org"}, "blog.toml: endpoint is 's3.example.org'; write the address of the store"),
        ({"endpoint": "https://x:y@s3.example.org"}, "blog.toml: endpoint is "),
        ({"lease_seconds": 2}, "blog.toml: lease_seconds is 2; write a whole number from 3 to 600."),
        ({"keep_days": True}, "blog.toml: keep_days is True; write a whole number from 1 to 365."),
        ({"path": "../x/"}, "blog.toml: path is '../x/', which no store takes as a name."),
    ],
)
def test_a_wrong_table_is_told_in_a_sentence(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(Unusable) as refusal:
        _replica(**changes)
    assert refusal.value.sentence.startswith(sentence)


def test_a_table_has_defaults_and_a_place_for_each_epoch() -> None:
    read = replica.read({"bucket": "blog"}, "blog.toml", {})
    assert read.machine
    assert (read.lease_seconds, read.keep_days, read.lease) == (30, 7, "afterword/lease.json")
    assert replace(read, path="a").epoch(2) == "a/epoch-2"
