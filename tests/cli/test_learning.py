"""`blog learn`, `blog score` and `blog filter rebuild`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlite_utils import Database

from blog import filter
from blog.cli import main
from blog.settings import Settings
from tests.filter.learned import HAM, SPAM


def run(site: Settings, *words: str, lines: list[object] | None = None) -> Result:
    typed = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines or [])
    return CliRunner(catch_exceptions=False).invoke(main, ["--site", str(site.root), *words], input=typed)


def labelled(spam: int, ham: int) -> list[object]:
    return [
        *({"text": SPAM.format(n=n), "label": "spam"} for n in range(spam)),
        *({"text": HAM.format(n=n), "author": f"Reader {n}", "label": "ham"} for n in range(ham)),
    ]


def test_lines_are_learned_as_one_batch_and_scored(site: Settings, tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in labelled(30, 30)), "utf-8")
    assert run(site, "learn", str(file)).stdout == ("Learned 30 spam and 30 honest. Batch 1; undo with: blog undo 1\n")
    scored = run(site, "score", "-", lines=[{"text": SPAM.format(n=99)}, {"text": HAM.format(n=99), "email": None}])
    spam, honest = (json.loads(line) for line in scored.stdout.splitlines())
    assert list(spam) == ["spam", "because"]
    assert spam["spam"] > 0.9 > 0.1 > honest["spam"]
    assert all(isinstance(name, str) and isinstance(weight, float) for name, weight in spam["because"])
    assert spam["because"] == sorted(spam["because"], key=lambda each: -abs(each[1]))
    assert "Gave the filter 60 lines to learn." in run(site, "log").stdout


def test_scoring_stores_nothing(site: Settings, db: Database) -> None:
    run(site, "learn", "-", lines=labelled(30, 30))
    before = db.conn.execute("pragma data_version").fetchone()  # it moves when anybody has written
    for _ in range(2):
        assert run(site, "score", "-", lines=[{"text": "Free money."}]).exit_code == 0
    assert db.conn.execute("pragma data_version").fetchone() == before


def test_what_is_undone_scores_as_if_it_had_never_been_learned_and_redone_as_if_it_had(site: Settings) -> None:
    probe = [{"text": SPAM.format(n=7)}, {"text": "Something else at http://a.example"}]
    run(site, "learn", "-", lines=labelled(30, 30))
    first = run(site, "score", "-", lines=probe).stdout
    more = [{"text": f"Something else number {n}", "label": "ham"} for n in range(20)]
    assert run(site, "learn", "-", lines=more).stdout.startswith("Learned 0 spam and 20 honest. Batch 2;")
    second = run(site, "score", "-", lines=probe).stdout
    assert run(site, "undo", "2").exit_code == 0
    assert run(site, "score", "-", lines=probe).stdout == first != second
    assert run(site, "undo", "3").exit_code == 0
    assert run(site, "score", "-", lines=probe).stdout == second


def test_a_line_is_not_learned_twice(site: Settings) -> None:
    run(site, "learn", "-", lines=labelled(2, 2))
    again = run(site, "learn", "-", lines=labelled(2, 3))
    assert again.stdout == (
        "Learned 0 spam and 1 honest. 4 lines skipped: already known. Batch 2; undo with: blog undo 2\n"
    )
    assert run(site, "learn", "-", lines=labelled(2, 3)).stdout == (
        "Nothing was learned: the filter already knows all lines.\n"
    )
    unlabelled = json.loads(run(site, "learn", "-", "--json", lines=[{"text": "x"}]).stdout)
    assert unlabelled == {
        "batch": None,
        "spam": 0,
        "ham": 0,
        "known": 0,
        "unlabelled": 1,
        "state": {"spam": 2, "ham": 3},
    }


def test_before_there_is_enough_it_says_what_is_missing(site: Settings) -> None:
    run(site, "learn", "-", lines=labelled(14, 60))
    refused = run(site, "score", "-", lines=[{"text": "x"}])
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == (
        "The filter has learned 14 spam and 60 honest;"
        " it gives no scores before it has learned 50, and 15 of each kind.\n"
    )


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{", 'is no JSON; write one comment a line, like {"text": "...", "label": "spam"}'),
        ("[" * 100_000, 'is no JSON; write one comment a line, like {"text": "...", "label": "spam"}'),
        ("[1]", 'is no JSON object; write it like {"text": "...", "label": "spam"}'),
        ('{"label": "spam"}', 'has no "text"'),
        ('{"text": 5}', 'has a "text" that is no text'),
        ('{"text": "x", "author": ["x"]}', 'has a "author" that is no text'),
        ('{"text": "x", "label": "eggs"}', 'has the label "eggs"; it is "spam" or "ham"'),
        ('{"text": "x", "label": 1}', 'has the label 1; it is "spam" or "ham"'),
    ],
)
def test_a_line_that_is_wrong_is_named_and_nothing_is_changed(
    site: Settings, db: Database, line: str, sentence: str
) -> None:
    good = {"text": "Free money.", "label": "spam"}
    for command in ("learn", "score"):
        done = run(site, command, "-", lines=[good, "", line, good])
        assert (done.exit_code, done.stderr) == (1, f"Line 3 {sentence}. Nothing was changed.\n")
    assert filter.state(db)["spam"] == 0
    assert db.conn.execute("select count(*) from batches").fetchone()[0] == 0


def test_lone_surrogates_and_bytes_that_are_no_text_are_taken(site: Settings, tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_bytes(b'\xef\xbb\xbf{"text": "a \\ud800 \xff b", "label": "spam"}\n')
    assert run(site, "learn", str(file)).exit_code == 0


def test_a_rebuild_changes_nothing(site: Settings) -> None:
    run(site, "learn", "-", lines=labelled(30, 30))
    before = run(site, "score", "-", lines=[{"text": SPAM.format(n=7)}]).stdout
    assert run(site, "filter", "rebuild").stdout.startswith("The filter is rebuilt: 30 spam and 30 honest, ")
    assert run(site, "score", "-", lines=[{"text": SPAM.format(n=7)}]).stdout == before
    assert set(json.loads(run(site, "filter", "rebuild", "--json").stdout)) == {"spam", "ham", "words"}
