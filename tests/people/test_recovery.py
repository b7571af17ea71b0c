from sqlite_utils import Database

from blog.people import recovery
from tests import factories
from tests.conftest import PASSWORD
from tests.factories import by


def test_each_code_works_once_however_it_is_typed_and_for_its_own_account(db: Database) -> None:
    ana, ben = (factories.account(db, name) for name in ("ana", "ben"))
    codes = recovery.make(db, ana, by=by())
    assert (len(set(codes)), recovery.remaining(db, ana)) == (recovery.COUNT, recovery.COUNT)
    assert not recovery.use(db, ben, codes[0], by=by())
    assert recovery.use(db, ana, f" {codes[0].upper().replace('-', ' ')} ", by=by())
    assert not recovery.use(db, ana, codes[0], by=by())
    assert recovery.remaining(db, ana) == recovery.COUNT - 1
    for wrong in ("", "-", "x" * 10_000, codes[1][:-1], PASSWORD):
        assert not recovery.use(db, ana, wrong, by=by())


def test_new_codes_end_the_earlier_ones_and_none_is_kept_in_clear(db: Database) -> None:
    ana = factories.account(db, "ana")
    first = recovery.make(db, ana, by=by())
    second = recovery.make(db, ana, by=by())
    assert not recovery.use(db, ana, first[0], by=by())
    kept = str(db.conn.execute("select * from recovery_codes").fetchall())
    assert not any(code in kept or code.replace("-", "") in kept for code in second)
    assert [row[0] for row in db.conn.execute("select kind from events where kind like 'recovery%'").fetchall()] == [
        "recovery codes made"
    ] * 2
