"""`blog webhook` and `blog mentions`, as the shell calls them."""

import json

from click.testing import CliRunner, Result
from sqlite_utils import Database

from blog.cli import load, main
from blog.federation import sent
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.factories import NOON


def run(site: Settings, *words: str) -> Result:
    load()
    return CliRunner().invoke(main, ["--site", str(site.root), *words])


def test_a_webhook_is_added_listed_tested_and_removed(site: Settings, db: Database) -> None:
    added = run(site, "webhook", "add", "https://1.1.1.1/hook", "--event", "comment.held", "--personal")
    assert added.exit_code == 0, added.output
    assert added.output.splitlines()[-1].startswith("whsec_")
    (row,) = json.loads(run(site, "webhook", "--json").output)
    assert (row["id"], row["url"], row["events"], row["personal"]) == (
        1,
        "https://1.1.1.1/hook",
        ["comment.held"],
        True,
    )
    assert "whsec" not in run(site, "webhook").output
    assert run(site, "webhook", "test", "1").exit_code == 0
    assert db.conn.execute("select count(*) from outbox where kind = 'webhook'").fetchone()[0] == 1
    assert run(site, "webhook", "remove", "1").exit_code == 0
    assert run(site, "webhook", "remove", "1").exit_code == 1
    every = json.loads(run(site, "webhook", "add", "https://1.1.1.1/", "--json").output)
    assert every["id"] == 2


def test_an_address_that_may_not_be_reached_is_refused(site: Settings, db: Database) -> None:
    done = run(site, "webhook", "add", "http://127.0.0.1/")
    assert (done.exit_code, "not a public host" in done.output) == (1, True)
    assert run(site, "webhook", "add", "nonsense").exit_code == 1
    assert json.loads(run(site, "webhook", "--json").output) == []


def test_mentions_are_listed_with_what_went_wrong(site: Settings, db: Database) -> None:
    factories.post(db)
    with store.transaction(db):
        sent.announce(db, 1, ["https://a.example/1"], at=NOON)
    assert "https://a.example/1" in run(site, "mentions").output
    told = json.loads(run(site, "mentions", "--json", "--limit", "5").output)
    assert (told["received"], [each["state"] for each in told["sent"]]) == ([], ["waiting"])
