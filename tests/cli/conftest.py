"""The commands as a shell runs them: words in, exit code and two streams out."""

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlite_utils import Database

from blog.cli import main
from blog.settings import Settings

Run = Callable[..., Result]
TABLES = ("posts", "comments", "comment_counts", "events", "batches", "closures", "settings", "accounts", "site")


@pytest.fixture
def blog(site: Settings) -> Run:
    """Run `blog --site SITE WORDS...`; an exception that no command answers fails the test."""

    def run(*words: object, stdin: str | bytes | None = None) -> Result:
        words = ("--site", site.root, *words)
        return CliRunner(catch_exceptions=False).invoke(main, [str(word) for word in words], input=stdin)

    return run


def everything(db: Database) -> dict[str, list[Any]]:
    """Return every row of every table, to see that nothing was changed."""
    return {table: db.conn.execute(f"select * from {table}").fetchall() for table in TABLES}


def refused(result: Result) -> str:
    """Return the one sentence of a refusal: exit 1, and nothing on standard output."""
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith((".\n", "?\n"))
    assert result.stderr.count("\n") == 1
    return result.stderr.strip()
