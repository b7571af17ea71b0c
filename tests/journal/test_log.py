import pytest
from sqlite_utils import Database

from blog import closing
from blog.errors import Invalid
from blog.journal import acts
from blog.journal.events import Actor
from blog.journal.log import LogFilter, log
from blog.moderation.acts import ACTS
from blog.people import accounts
from blog.rules import policy
from blog.storage import store
from tests import factories
from tests.factories import NOON, SLUG, by, decide, submit, undo


@pytest.fixture(autouse=True)
def _post(db: Database) -> None:
    factories.post(db)
    factories.post(db, "other", title="Another")


def _sentences(db: Database, **wanted: str) -> list[str]:
    return [acts.sentence(ACTS, row) for row in log(db, ACTS, LogFilter(**wanted))]


def _happened(db: Database) -> None:
    accounts.add(db, "ana", "a long password", by=by())
    ana = Actor(NOON, 1, "web")
    one, two = submit(db, n=1), submit(db, "Two.", n=2, slug="other")
    with store.transaction(db):
        closing.close(db, "other", by=ana)
        policy.change(db, {"comment_max_links": "4"}, by=by())
    decide(db, [one, two], "approve")
    undo(db, decide(db, one, "spam")["batch"])


def test_acts_and_lone_events_stand_in_the_order_in_which_they_were_written(db: Database) -> None:
    _happened(db)
    assert _sentences(db) == [
        "Undid batch 3: One comment moved to spam.",
        "One comment moved to spam.",
        "2 comments approved.",
        "Changed comment_max_links from 2 to 4.",
        "Closed the discussion of “Another”.",
        "Added the account ana, admin.",
    ]


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"kind": "decisions"}, ["One comment moved to spam.", "2 comments approved."]),
        ({"kind": "undo"}, ["Undid batch 3: One comment moved to spam."]),
        ({"kind": "settings"}, ["Changed comment_max_links from 2 to 4."]),
        ({"kind": "imports"}, []),
        ({"who": "ANA"}, ["Closed the discussion of “Another”."]),
        ({"who": "nobody"}, []),
        ({"source": "import"}, []),
        ({"post": "other"}, ["Closed the discussion of “Another”."]),
        ({"post": SLUG}, []),
        ({"since": "2030-01-01T00:00:00.000Z"}, []),
        ({"until": "2020-01-01T00:00:00.000Z"}, []),
    ],
)
def test_the_log_is_narrowed(db: Database, wanted: dict[str, str], told: list[str]) -> None:
    _happened(db)
    assert _sentences(db, **wanted) == told


def test_every_entry_is_on_one_page_and_on_no_other(db: Database) -> None:
    _happened(db)
    whole = [row["key"] for row in log(db, ACTS)]
    paged, before = [], None
    while page := log(db, ACTS, limit=2, before=before):
        paged += [row["key"] for row in page]
        before = paged[-1]
    assert paged == whole
    assert len(set(whole)) == len(whole)


def test_an_undoing_names_the_post_whose_switch_was_turned_back(db: Database) -> None:
    with store.transaction(db):
        closing.close(db, "other", by=by())
    undo(db)
    assert _sentences(db, kind="undo") == ["Undid batch 1: Closed the discussion of “Another”."]


@pytest.mark.parametrize("wanted", [{"kind": "gossip"}, {"source": "hearsay"}])
def test_a_kind_that_there_is_not_is_refused(db: Database, wanted: dict[str, str]) -> None:
    with pytest.raises(Invalid, match="in the log; there are"):
        log(db, ACTS, LogFilter(**wanted))


def test_each_kind_of_act_belongs_to_one_heading(db: Database) -> None:
    assert len({act.kind for act in ACTS}) == len(ACTS)
    assert {act.kind for act in ACTS if act.group is None} == {"submit", "address confirmed", "purge"}
