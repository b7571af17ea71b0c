"""An act that is declared in one place is seen everywhere: in the log, undo, history, statistics, filter and desk."""

from collections.abc import Iterator
from html import unescape

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import filter, moderation
from blog.app import create_app
from blog.errors import Conflict
from blog.journal import acts, events
from blog.journal.acts import Act, Lesson, Undoing
from blog.journal.events import NewEvent
from blog.journal.log import LogFilter, log
from blog.moderation import statistics
from blog.moderation.acts import ACTS
from blog.settings import Settings
from blog.storage import store
from blog.web import site as sites
from tests import factories
from tests.factories import by, submit

CURATION = acts.Group("curation", "Curation")


def feature(db: Database, comment: int, *, by: events.Actor) -> int:
    """Put a comment into a table of its own: an act that the engine does not have."""
    batch = events.open_batch(db, "feature", by=by)
    events.record(db, NewEvent("feature", batch=batch, comment=comment, before="pending", after="pending"), by=by)
    db.conn.execute("insert into featured (comment_id) values (?)", [comment])
    filter.label(db, batch, "feature", Lesson("ham"))
    return batch


def _undo(db: Database, undoing: Undoing) -> None:
    rows = db.conn.execute("select comment_id from events where batch_id = ?", [undoing.act]).fetchall()
    change = "insert into featured values (?)" if undoing.again else "delete from featured where comment_id = ?"
    db.conn.executemany(change, rows)


FEATURE = Act(
    kind="feature",
    group=CURATION,
    sentence=lambda row: "Featured a comment.",
    event=lambda event: "Put on the front page.",
    decided="Featured",
    lesson=Lesson("ham"),
    undo=_undo,
    status="pending",
    done="featured",
    doing="Featuring {}…",
)
WITH_FEATURE = (*ACTS, FEATURE)


@pytest.fixture
def comment(db: Database) -> int:
    db.conn.execute("pragma ignore_check_constraints = on")  # the schema lists the kinds too
    db.conn.execute("create table featured (comment_id integer primary key)")
    factories.post(db)
    return submit(db)


def _feature(db: Database, comment: int, **who: object) -> int:
    with store.transaction(db):
        return feature(db, comment, by=by(sites.now(), **who))  # type: ignore[arg-type]


def _featured(db: Database) -> list[int]:
    return [number for (number,) in db.conn.execute("select comment_id from featured").fetchall()]


def test_the_log_lists_it_and_filters_by_its_group(db: Database, comment: int) -> None:
    _feature(db, comment)
    [row] = log(db, WITH_FEATURE, LogFilter(kind="curation"))
    assert acts.sentence(WITH_FEATURE, row) == "Featured a comment."
    assert log(db, WITH_FEATURE, LogFilter(kind="decisions")) == []


def test_undo_takes_it_back_and_does_it_again_and_the_filter_follows(db: Database, comment: int) -> None:
    latest = batch = _feature(db, comment)
    labels = "select label from filter_examples where key = ?"
    for featured, label, sentence in (
        ([], "", f"Undid batch {batch}: Featured a comment."),
        ([comment], "ham", f"Did batch {batch} again: Featured a comment."),
    ):
        with store.transaction(db):
            undone = moderation.undo(db, latest, WITH_FEATURE, by=by())["batch"]
        assert _featured(db) == featured
        assert db.conn.execute(labels, [comment]).fetchone() == (label,)
        assert acts.sentence(WITH_FEATURE, events.batch(db, undone)) == sentence
        latest = undone


def test_it_is_counted_where_its_group_is_that_of_decisions(db: Database, comment: int) -> None:
    _feature(db, comment)
    decision = Act(kind="feature", group=acts.DECISIONS, sentence=FEATURE.sentence)
    assert statistics.of_queue(db, (*ACTS, decision), at=sites.now())["today"] == {"": 1}
    assert statistics.of_queue(db, WITH_FEATURE, at=sites.now())["today"] == {}


@pytest.fixture
def desk(site: Settings, db: Database, comment: int) -> Iterator[TestClient]:
    with TestClient(create_app(site, acts=WITH_FEATURE), base_url="http://127.0.0.1:8000") as opened:
        with store.transaction(db):
            ana = factories.account(db)
        factories.sign_in(opened, db, ana)
        yield opened


def test_the_desk_shows_it_everywhere_and_undoes_it(desk: TestClient, db: Database, comment: int) -> None:
    batch = _feature(db, comment, account=1)
    page = desk.get("/admin/log?kind=curation").text
    assert "Featured a comment." in page
    assert '<option value="curation" selected>Curation</option>' in page
    assert "Put on the front page." in desk.get(f"/admin/comments/{comment}").text
    queue = unescape(desk.get("/admin/comments").text)
    assert "Featured by ana" in queue
    words = desk.get("/admin/script.json").json()["acts"]["feature"]
    assert words == {"anyway": "feature", "doing": {"other": "Featuring {}…"}, "status": "pending"}
    answer = desk.post(f"/admin/batches/{batch}/reversal")
    assert "Undone: Featured a comment." in answer.text
    assert _featured(db) == []


def test_an_act_that_nobody_can_take_back_says_so(db: Database, comment: int) -> None:
    batch = _feature(db, comment)
    final = Act(kind="feature", sentence=FEATURE.sentence)
    with pytest.raises(Conflict, match=r"an act of this kind \(feature\) is final"), store.transaction(db):
        moderation.undo(db, batch, (*ACTS, final), by=by())
    assert _featured(db) == [comment]
