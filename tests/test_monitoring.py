"""docs/monitoring asks for nothing that /metrics does not have, and the docs have every number and alert."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import outbox
from blog.app import create_app
from blog.journal.events import stamp
from blog.measures import Listen
from blog.settings import Settings
from blog.storage import store
from tests.web.test_measuring import ask, port

__all__ = ["port"]
DOCS = Path(__file__).parent.parent / "docs"
SCALE = (DOCS / "scale.md").read_text("utf-8")
RULES = yaml.safe_load((DOCS / "monitoring" / "alerts.yml").read_text("utf-8"))["groups"][0]["rules"]
BOARD = json.loads((DOCS / "monitoring" / "dashboard.json").read_text("utf-8"))
QUESTIONS = [rule["expr"] for rule in RULES] + [
    target["expr"] for panel in BOARD["panels"] for target in panel["targets"]
]
# Numbers of a site with a second machine (tests/web/test_leasing.py).
OF_REPLICA = {"afterword_lease_held", "afterword_replica_check_seconds", "afterword_replica_check_ok"}
# What is left of a question without the names of labels and their values, in braces and after `by`.
BESIDE = re.compile(r"\{[^}]*\}|\b(by|without) \([^)]*\)")


def families(text: str) -> dict[str, str]:
    """Return the names of all numbers, with their type."""
    return dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, flags=re.MULTILINE))


@pytest.fixture
def there(site: Settings, db: Database, port: int) -> dict[str, str]:
    now = stamp(datetime.now(UTC))
    with store.transaction(db):
        outbox.enqueue(db, "mail", {}, batch=None, at=now, due_at="2099-01-01T00:00:00.000Z")
    with TestClient(create_app(replace(site, metrics=Listen("127.0.0.1", port)))):
        return families(ask(port)[2])


def test_alerts_and_dashboard_ask_for_numbers_that_are_there(there: dict[str, str]) -> None:
    names = {name for question in QUESTIONS for name in re.findall(r"\bafterword_\w+", BESIDE.sub("", question))}
    assert len(names) > 20
    assert {re.sub("_(bucket|sum|count)$", "", name) for name in names} - there.keys() - OF_REPLICA == set()


def test_only_what_counts_up_is_asked_for_its_rate(there: dict[str, str]) -> None:
    asked = re.findall(r"rate\((afterword_\w+)", " ".join(QUESTIONS))
    assert {there[re.sub("_bucket$", "", name)] for name in asked} == {"counter", "histogram"}


def test_the_docs_have_every_number(there: dict[str, str]) -> None:
    told = set(re.findall(r"`([a-z_]+)`", SCALE))
    assert {name.removeprefix("afterword_") for name in {*there, *OF_REPLICA}} - told == set()


def test_each_alert_says_what_is_the_matter_and_what_to_do_and_is_in_the_docs() -> None:
    assert len(RULES) == 6
    for rule in RULES:
        assert f"| `{rule['alert']}` |" in SCALE
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["annotations"]["description"].endswith(".")
        assert rule["for"]
