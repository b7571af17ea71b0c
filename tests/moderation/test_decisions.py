import pytest
from sqlite_utils import Database

from blog import moderation
from blog.errors import Invalid, NotFound
from blog.journal import events
from blog.moderation import Decision, Selection, decisions
from blog.storage import store
from tests import factories
from tests.factories import NOON, by, decide, status, submit, undo


@pytest.fixture(autouse=True)
def _post(db: Database) -> None:
    factories.post(db)


@pytest.mark.parametrize(
    ("way", "ends"),
    [
        (["approve"], "approved"),
        (["approve", "unapprove"], "pending"),
        (["spam"], "spam"),
        (["trash"], "trash"),
        (["delete"], "deleted"),
        (["spam", "restore"], "pending"),
        (["approve", "spam", "restore"], "approved"),
        (["approve", "spam", "trash", "restore"], "spam"),
        (["approve", "spam", "trash", "restore", "restore"], "approved"),
        (["trash", "delete", "restore"], "trash"),
        (["approve", "delete", "restore"], "approved"),
        (["spam", "approve"], "approved"),
        (["trash", "spam", "restore"], "trash"),
        (["spam", "approve", "spam", "restore"], "approved"),  # the newest way into spam counts, not the first
        (["approve", "trash", "unapprove", "trash", "restore"], "pending"),
        (["approve", "delete", "restore", "spam", "delete", "restore"], "spam"),
    ],
)
def test_decisions_lead_where_they_say(db: Database, way: list[str], ends: str) -> None:
    comment = submit(db)
    for step in way:
        assert decide(db, comment, step)["moved"] == 1
    assert status(db, comment) == ends


def test_restore_leaves_out_decisions_that_were_undone(db: Database) -> None:
    comment = submit(db)
    decide(db, comment, "spam")
    approval = decide(db, comment, "approve")["batch"]
    again = decide(db, comment, "spam")["batch"]
    undo(db, again)
    undo(db, approval)
    assert status(db, comment) == "spam"  # by the first decision, which it was pending before
    decide(db, comment, "restore")
    assert status(db, comment) == "pending"


@pytest.mark.parametrize("decision", ["approve", "spam", "trash", "delete"])
def test_a_second_decision_changes_nothing_and_makes_no_batch(db: Database, decision: str) -> None:
    comment = submit(db)
    decide(db, comment, decision)
    before = db.conn.execute("select count(*) from events").fetchone()[0]
    if decision == "delete":
        with pytest.raises(NotFound):
            decide(db, comment + 1, decision)
    again = decide(db, comment, decision)
    assert (again["batch"], again["moved"], again["conflicts"]) == (None, 0, [])
    assert db.conn.execute("select count(*) from events").fetchone()[0] == before


def test_a_rule_that_called_it_spam_is_overruled_by_restore_into_the_queue(db: Database) -> None:
    comment = submit(db, homepage="http://spam.example")
    assert status(db, comment) == "spam"
    decide(db, comment, "restore")
    assert status(db, comment) == "pending"


def test_what_a_moderator_did_not_see_is_left_and_named(db: Database) -> None:
    first, second = submit(db, n=1), submit(db, "Another.", n=2)
    decide(db, first, "spam", reason="Sells shoes.")
    outcome = decide(db, [first, second], "approve", seen={first: "pending", second: "pending"})
    assert outcome["moved"] == 1
    assert [(each["id"], each["status"], each["reason"]) for each in outcome["conflicts"]] == [
        (first, "spam", "Sells shoes.")
    ]
    assert (status(db, first), status(db, second)) == ("spam", "approved")


@pytest.mark.parametrize(
    ("way", "decision", "seen", "told"),
    [
        (["trash"], "approve", "pending", "conflict"),
        (["delete"], "approve", "pending", "conflict"),
        (["delete"], "approve", None, "missing"),
        (["delete"], "delete", "pending", ""),
        (["approve"], "restore", "spam", ""),
        ([], "restore", "spam", ""),
        (["spam"], "restore", "trash", "conflict"),
        (["approve"], "approve", "pending", ""),
    ],
)
def test_what_did_not_move_is_missing_or_a_conflict_or_there_already(
    db: Database, way: list[str], decision: str, seen: str | None, told: str
) -> None:
    comment, other = submit(db, n=1), submit(db, "Another.", n=2)
    for step in way:
        decide(db, comment, step)
    decide(db, other, "spam" if decision == "restore" else "trash")
    outcome = decide(db, [comment, other], decision, seen={comment: seen} if seen else {})
    assert outcome["moved"] == 1
    assert outcome["missing"] == ([comment] if told == "missing" else [])
    assert [each["id"] for each in outcome["conflicts"]] == ([comment] if told == "conflict" else [])


def test_a_conflict_tells_who_moved_it_when_and_why(db: Database) -> None:
    with store.transaction(db):
        ana = factories.account(db, "ana")
    moved, came = submit(db, n=1), submit(db, "Buy.", n=2, homepage="x")
    decide(db, moved, "trash", reason="Unkind.", by=by("2026-05-07T13:00:00.000Z", ana))
    seen = {moved: "pending", came: "pending"}
    outcome = decide(db, [moved, came], "approve", seen=seen, reason="Fine.", by=by("2026-05-07T14:00:00.000Z"))
    assert outcome == {
        "batch": None,
        "moved": 0,
        "missing": [],
        "conflicts": [
            {
                "id": moved,
                "status": "trash",
                "revision": 1,
                "edited": False,
                "by": "ana",
                "at": "2026-05-07T13:00:00.000Z",
                "reason": "Unkind.",
            },
            {"id": came, "status": "spam", "revision": 1, "edited": False, "by": "", "at": NOON, "reason": ""},
        ],
    }


def test_to_an_author_the_comments_of_others_are_as_good_as_missing(db: Database) -> None:
    factories.post(db, "evas", author="eva")
    with store.transaction(db):
        factories.account(db, "eva", role="author")
    own, elsewhere = submit(db, n=1, slug="evas"), submit(db, "Another.", n=2)
    with pytest.raises(NotFound, match=f"There is no comment {elsewhere}"):
        decide(db, elsewhere, "spam", owner="eva")
    decide(db, elsewhere, "trash")
    outcome = decide(db, [own, elsewhere], "spam", seen={own: "pending", elsewhere: "pending"}, owner="eva")
    assert (outcome["moved"], outcome["missing"], outcome["conflicts"]) == (1, [elsewhere], [])
    decide(db, [own, elsewhere], "restore")
    assert decide(db, Selection(), "approve", owner="eva")["moved"] == 1
    assert (status(db, own), status(db, elsewhere)) == ("approved", "pending")


def test_what_is_chosen_twice_is_moved_once_and_nothing_chosen_moves_nothing(db: Database) -> None:
    comment = submit(db)
    assert decide(db, [comment, comment], "approve")["moved"] == 1
    assert decide(db, [], "approve") == {"batch": None, "moved": 0, "missing": [], "conflicts": []}
    assert decide(db, Selection("spam"), "approve") == {"batch": None, "moved": 0, "missing": [], "conflicts": []}
    with pytest.raises(Invalid, match="no status 'read'"):
        decide(db, Selection("read"), "approve")


def test_somebody_elses_same_decision_is_no_conflict(db: Database) -> None:
    comment = submit(db)
    decide(db, comment, "approve")
    outcome = decide(db, comment, "approve", seen={comment: "pending"})
    assert (outcome["moved"], outcome["conflicts"]) == (0, [])


def test_an_unknown_id_alone_is_refused_and_among_others_named(db: Database) -> None:
    comment = submit(db)
    with pytest.raises(NotFound, match="There is no comment 999"):
        decide(db, 999, "approve")
    assert decide(db, [comment, 999], "approve")["missing"] == [999]
    assert status(db, comment) == "approved"


def test_all_that_match_leave_alone_what_came_later(db: Database) -> None:
    old = [submit(db, f"Thought {n}.", n=n) for n in range(1, 6)]
    late = submit(db, "Late.", n=7)
    outcome = decide(db, Selection("pending", newest=old[-1]), "spam")
    assert outcome["moved"] == 5
    assert status(db, late) == "pending"


def test_a_selection_by_words_and_post_takes_only_those(db: Database) -> None:
    factories.post(db, "other")
    here = submit(db, "Buy shoes here.", n=1)
    there = submit(db, "Buy shoes there.", n=2, slug="other")
    unlike = submit(db, "I like essays.", n=3)
    assert decide(db, Selection("all", post="a-post", search="shoes"), "trash")["moved"] == 1
    assert [status(db, each) for each in (here, there, unlike)] == ["trash", "pending", "pending"]


def test_counts_follow_every_step(db: Database) -> None:
    comment = submit(db)
    expected = {"approve": "approved", "spam": "spam", "trash": "trash", "restore": "spam", "delete": None}
    for step, where in expected.items():
        decide(db, comment, step)
        for scope in (0, 1):
            counts = moderation.counts(db, scope)
            assert {name for name, n in counts.items() if n and name != "all"} == ({where} if where else set())
            assert counts["all"] == counts["approved"] + counts["pending"]


def test_the_journal_tells_before_after_and_reason_and_no_word_of_the_comment(db: Database) -> None:
    comment = submit(db, "A very secret sentence.")
    decide(db, comment, "trash", reason="Off topic.")
    history = events.on_comment(db, comment)
    assert [(event["kind"], event["before"], event["after"], event["reason"]) for event in history] == [
        ("submit", "", "pending", ""),
        ("trash", "pending", "trash", "Off topic."),
    ]
    dumped = str(db.conn.execute("select * from events").fetchall())
    assert "secret" not in dumped
    assert "reader1@example.org" not in dumped
    assert "Reader 1" not in dumped


def test_a_reason_of_as_many_characters_as_fit_is_taken(db: Database) -> None:
    comment = submit(db)
    decide(db, comment, "trash", reason="x" * 500)
    assert events.on_comment(db, comment)[-1]["reason"] == "x" * 500


def test_a_reason_that_is_too_long_is_refused(db: Database) -> None:
    with pytest.raises(Invalid, match="501 characters"):
        decide(db, submit(db), "trash", reason="x" * 501)


def test_many_comments_are_one_batch(db: Database) -> None:
    ids = [submit(db, f"Thought {n}.", n=n) for n in range(1, 301)]
    outcome = decide(db, ids, "approve")
    assert outcome["moved"] == 300
    assert events.batch(db, outcome["batch"])["moved"] == 300
    assert moderation.counts(db)["approved"] == 300


def test_every_decision_is_declared_as_an_act() -> None:
    assert {act.kind for act in decisions.ACTS} == set(Decision)
