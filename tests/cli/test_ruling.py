import json

from sqlite_utils import Database

from tests import factories
from tests.cli.conftest import Run
from tests.factories import decide, submit


def test_a_replay_tells_rules_and_comments(blog: Run, db: Database) -> None:
    factories.post(db)
    good = submit(db, "About casinos.", n=1)
    decide(db, good, "approve")
    decide(db, submit(db, "Shoes.", n=2), "spam")
    found = json.loads(blog("rules", "replay", "--setting", "disallowed_keys=casinos", "--json").stdout)
    assert (found["looked"], found["refused"], found["decided"]) == (2, 1, 2)
    assert [(each["id"], each["against"], each["after"]["rule"]) for each in found["changes"]] == [
        (good, True, "disallowed_keys")
    ]
    assert found["rules"]["comment_previously_approved"]["recall"] == 1.0
    lines = blog("rules", "replay", "--setting", "disallowed_keys=casinos").stdout.splitlines()
    assert lines[0].startswith("1 of the last 2 decided comments would change; 1 against")
    assert "comment_previously_approved\t1\t1\t0\t100%\t100%" in lines
    assert lines[-1].split("\t")[:5] == [
        str(good),
        "approved",
        "hold comment_previously_approved",
        "trash disallowed_keys",
        "against the moderator",
    ]


def test_what_cannot_be_tried_is_said(blog: Run) -> None:
    wrong = blog("rules", "replay", "--setting", "casino")
    assert (wrong.exit_code, wrong.stderr.splitlines()[-1]) == (2, "Error: Write NAME=VALUE, not 'casino'.")
    assert "There is no setting 'links'" in blog("rules", "replay", "--setting", "links=2").stderr
    assert "a whole number" in blog("rules", "replay", "--setting", "comment_max_links=two").stderr
