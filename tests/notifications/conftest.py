"""A site with a mail server."""

from collections.abc import Iterator

import pytest
from sqlite_utils import Database

from blog.rules import policy
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.notifications.servers import Inbox, smtp_server
from tests.notifications.world import World, with_mail


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with smtp_server() as started:
        yield started


@pytest.fixture
def world(site: Settings, db: Database, inbox: Inbox) -> World:
    """One open post, and mail that was set up before anything happened."""
    factories.post(db)
    with store.transaction(db):
        policy.change(db, {"comment_flood_seconds": "0"}, by=factories.by())
    made = World(db, with_mail(site, inbox), inbox)
    made.prepare()
    return made
