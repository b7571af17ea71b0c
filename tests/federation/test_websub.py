"""A hub is told once that the feeds have changed, and again when it did not answer."""

from dataclasses import replace

import pytest
from sqlite_utils import Database

from blog import deliveries
from blog.federation import announcing, websub
from blog.federation.client import Limits
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.factories import NOON
from tests.federation.servers import Page, Web
from tests.federation.world import URL, configured


@pytest.fixture
def hub(site: Settings, web: Web) -> Settings:
    web.pages["/hub"] = Page(status=204)
    return configured(site, web.host, websub_hub=web.url("/hub"))


def test_a_publication_tells_the_hub_both_feeds_once(hub: Settings, db: Database, web: Web) -> None:
    for slug in ("one", "two"):
        factories.post(db, slug, known=False)
    with store.transaction(db):
        announcing.announce(db, hub, at=NOON)
        announcing.announce(db, hub, at=NOON)
    with store.transaction(db):
        (waiting,) = deliveries.claim(db, "websub", at=NOON, most=5)
    assert websub.send(hub, Limits(private=hub.private_hosts)).result == "sent"
    assert [(each.form["hub.mode"], each.form["hub.url"]) for each in web.posted()] == [
        ("publish", f"{URL}/feed.xml"),
        ("publish", f"{URL}/feed.json"),
    ]
    with store.transaction(db):
        deliveries.remove(db, waiting.id)
        announcing.announce(db, hub, at=NOON)
    assert not deliveries.is_due(db, "websub", at=NOON)


@pytest.mark.parametrize(("status", "result"), [(202, "sent"), (503, "later"), (400, "failed")])
def test_what_the_hub_answers_decides(hub: Settings, web: Web, status: int, result: str) -> None:
    web.pages["/hub"] = Page(status=status)
    assert websub.send(hub, Limits(private=hub.private_hosts)).result == result


def test_a_hub_that_is_not_public_is_not_reached(hub: Settings, web: Web) -> None:
    assert websub.send(hub, Limits()).result == "failed"
    assert web.asked == []


def test_without_a_hub_nothing_waits(hub: Settings, db: Database) -> None:
    factories.post(db, "one", known=False)
    with store.transaction(db):
        announcing.announce(db, replace(hub, websub_hub=""), at=NOON)
    assert not deliveries.is_due(db, "websub", at="2030-01-01T00:00:00.000Z")
