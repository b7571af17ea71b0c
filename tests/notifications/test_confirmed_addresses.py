"""A confirmed address counts: what was approved under it makes its owner known in another browser."""

import pytest
from starlette.testclient import TestClient

from blog.app import create_app
from blog.notifications import subscriptions
from blog.rules import policy
from blog.storage import store
from tests import factories
from tests.factories import status
from tests.notifications.world import World


def confirm_elsewhere(world: World) -> None:
    with store.transaction(world.db):
        subscriptions.confirm(world.db, "reader1@example.org", "reader 9", at=world.at)


def test_a_confirmed_address_makes_its_owner_known_in_another_browser(world: World) -> None:
    world.decide(world.comment(), "approve")
    before = world.comment("Borrowed.", 9, email="reader1@example.org")
    assert status(world.db, before) == "pending"
    confirm_elsewhere(world)
    assert status(world.db, world.comment("Another address.", 9, email="x@example.org")) == "pending"
    assert status(world.db, world.comment("Another browser.", 8, email="reader1@example.org")) == "pending"
    assert status(world.db, world.comment("Mine.", 9, email="Reader1@example.org")) == "approved"


def test_a_setting_turns_that_off(world: World) -> None:
    world.decide(world.comment(), "approve")
    confirm_elsewhere(world)
    with store.transaction(world.db):
        policy.change(world.db, {"comment_confirmed_address": "off"}, by=factories.by())
    assert status(world.db, world.comment("Mine.", 9, email="reader1@example.org")) == "pending"


@pytest.mark.parametrize("confirmed", [False, True])
def test_the_desk_says_whether_the_address_is_confirmed(world: World, confirmed: bool) -> None:
    comment = world.comment("Here.", 9, email="reader1@example.org")
    if confirmed:
        confirm_elsewhere(world)
    with TestClient(create_app(world.settings), base_url="https://blog.example") as desk:
        factories.sign_in(desk, world.db, factories.account(world.db))
        for path in (f"/admin/comments/{comment}", "/admin/comments"):
            assert ("Address confirmed." in desk.get(path).text) is confirmed
