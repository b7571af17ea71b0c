"""What a machine stored after the copy with which another one took over: it is found, and can be brought in."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from blog import epochs
from blog.cli import main
from blog.epochs import Promotion
from blog.settings import Settings
from blog.storage import store
from tests.factories import by, decide, post, submit

PROMOTED = "2026-05-07T12:10:00.000Z"


@pytest.fixture
def old(site: Settings, db: Database, tmp_path: Path) -> Path:
    """The database of the former machine; the site's own went on from a copy of it, and both have something new."""
    post(db)
    first = submit(db, "Before.")
    decide(db, first, "approve")
    db.conn.execute("pragma wal_checkpoint(truncate)")
    path = tmp_path / "old.db"
    shutil.copyfile(site.database, path)
    former = store.connect(path)
    _reply(former, "Missing reply.", 2, first)
    lost = _reply(former, "Missing thread.", 3, None)
    decide(former, lost, "approve")
    _reply(former, "Missing answer to what is missing.", 4, lost)
    former.conn.close()
    with store.transaction(db):
        promotion = Promotion(2, "bergen", "oslo", "2026-05-07T12:00:00.000Z", PROMOTED, *epochs.last_numbers(db))
        epochs.promote(db, promotion, by=by(PROMOTED))
    submit(db, "After.", 5, at="2026-05-07T12:20:00.000Z")
    return path


def _reply(db: Database, text: str, n: int, parent: int | None) -> int:
    answers = {"comment_parent": str(parent)} if parent else {}
    return submit(db, text, n, at=f"2026-05-07T12:05:0{n}.000Z", **answers)


def _run(site: Settings, *words: object) -> str:
    done = CliRunner(catch_exceptions=False).invoke(main, ["--site", str(site.root), *map(str, words)])
    assert done.exit_code == 0, done.output
    return done.stdout


def _threads(db: Database) -> dict[str, str | None]:
    rows = db.conn.execute("select c.text, p.text from comments c left join comments p on p.id = c.parent_id")
    return dict(rows.fetchall())


def test_missing_comments_are_written_and_other_acts_listed(site: Settings, old: Path, tmp_path: Path) -> None:
    told = _run(site, "replica", "difference", old, tmp_path / "missing.jsonl")
    assert told.splitlines() == [
        f"{tmp_path / 'missing.jsonl'} contains 3 comments.",
        "Missing as well, to be done again by hand: 1 × approve",
    ]
    lines = [json.loads(line) for line in (tmp_path / "missing.jsonl").read_text("utf-8").splitlines()]
    assert [line["type"] for line in lines] == ["site", "discussion", "comment", "comment", "comment"]
    assert [line.get("status") for line in lines[2:]] == ["pending", "approved", "pending"]


def test_the_import_puts_each_where_it_was_and_undo_takes_them_back(
    site: Settings, old: Path, db: Database, tmp_path: Path
) -> None:
    file = tmp_path / "missing.jsonl"
    _run(site, "replica", "difference", old, file)
    _run(site, "import", "jsonl", file)
    found = _threads(db)
    assert found == {
        "Before.": None,
        "After.": None,
        "Missing reply.": "Before.",
        "Missing thread.": None,
        "Missing answer to what is missing.": "Missing thread.",
    }
    assert json.loads(_run(site, "import", "jsonl", file, "--json"))["batch"] is None
    assert _threads(db) == found
    _run(site, "undo", db.conn.execute("select max(id) from batches where kind = 'import'").fetchone()[0])
    assert set(_threads(db)) == {"Before.", "After."}


def test_a_database_that_this_one_does_not_go_on_from_is_refused(site: Settings, db: Database, tmp_path: Path) -> None:
    post(db)
    other = tmp_path / "other.db"
    store.prepare(other)
    words = ["--site", str(site.root), "replica", "difference", str(other), str(tmp_path / "missing.jsonl")]
    done = CliRunner(catch_exceptions=False).invoke(main, words)
    assert (done.exit_code, done.stderr) == (
        1,
        f"This site did not take over from {other}: it is of another site, or of the present epoch.\n",
    )
