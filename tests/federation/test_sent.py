"""Mentions that this site sends: for each address of a post once, again after a change, and to whom it let go."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from blog import publishing
from blog.federation import sent
from blog.posts import announced
from blog.rules import policy
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.factories import by
from tests.federation.servers import Page, Web
from tests.federation.world import URL, World, configured

HEADERS = [("Link", "</mention>; rel=webmention")]


@pytest.fixture
def world(site: Settings, db: Database, web: Web) -> World:
    factories.post(db, "first")
    announced.mark_all(db)
    for path in ("/1", "/2", "/3"):
        web.pages[path] = Page("Hello", headers=HEADERS)
    web.pages["/mention"] = Page(status=202)
    return World(db, configured(site, web.host), web)


def write(world: World, *paths: str, slug: str = "a-post", **more: str) -> None:
    """Publish a post that links to pages of the other site, or change it."""
    words = " ".join(f"[x]({world.web.url(path)})" for path in paths)
    factories.post(world.db, slug, known=False, body=words, hash=f"{slug} {words} {more}", **more)
    world.wait(seconds=10).announce()


def test_each_address_of_a_post_is_told_once(world: World) -> None:
    write(world, "/1", "/2", "/1")
    assert sorted(world.told()) == [("/mention", world.web.url("/1")), ("/mention", world.web.url("/2"))]
    world.announce()
    assert world.told() == []
    assert {row["state"] for row in sent.of_post(world.db, 2)} == {"sent"}


def test_a_changed_post_tells_old_and_new_addresses_again(world: World) -> None:
    """Update test 1: a link is added."""
    write(world, "/1")
    world.told()
    write(world, "/1", "/2")
    assert sorted(world.told()) == [("/mention", world.web.url("/1")), ("/mention", world.web.url("/2"))]


def test_a_link_that_is_taken_out_is_told_once_more(world: World) -> None:
    """Update test 2: a link is removed, and its page learns that too."""
    write(world, "/1", "/2")
    world.told()
    write(world, "/1")
    assert sorted(world.told()) == [("/mention", world.web.url("/1")), ("/mention", world.web.url("/2"))]
    write(world, "/1", title="Another")
    assert world.told() == [("/mention", world.web.url("/1"))]


@pytest.mark.parametrize("status", ["withdrawn", "draft"])
def test_a_post_that_is_gone_tells_all_of_its_addresses(world: World, status: str) -> None:
    """Delete test: the address of the post answers 410 by then."""
    write(world, "/1", "/2")
    world.told()
    write(world, "/1", "/2", status=status)
    assert sorted(world.told()) == [("/mention", world.web.url("/1")), ("/mention", world.web.url("/2"))]
    write(world, "/1", "/2", status=status, title="Another")
    assert world.told() == []


def test_a_scheduled_post_tells_nobody_before_its_time(world: World) -> None:
    write(world, "/1", published_at="2026-05-07T13:00:00.000Z")
    assert world.told() == []
    world.wait(hours=2).announce()
    assert len(world.told()) == 1


def test_drafts_and_a_site_that_sends_none_tell_nobody(world: World) -> None:
    write(world, "/1", status="draft")
    with store.transaction(world.db):
        policy.change(world.db, {"default_pingback_flag": "off"}, by=by())
    write(world, "/2", slug="another")
    assert world.told() == []
    with store.transaction(world.db):
        policy.change(world.db, {"default_pingback_flag": "on"}, by=by())
    world.announce()
    assert world.told() == []  # what was published meanwhile is known


def test_imports_and_a_first_publication_tell_nobody(site: Settings, db: Database, web: Web) -> None:
    world = World(db, configured(site, web.host), web)
    for name in ("one", "two"):
        (site.posts / f"{name}.md").write_text(
            f"---\ntitle: {name}\ndate: 2026-05-01\n---\n[x]({web.url('/1')})\n", "utf-8"
        )
    publishing.publish(db, world.settings, by=by())
    factories.post(db, "imported", known=False, source_key="wordpress:1", body=f"[x]({web.url('/1')})")
    world.announce()
    assert web.asked == []
    (site.posts / "three.md").write_text(f"---\ntitle: three\ndate: 2026-05-01\n---\n[x]({web.url('/1')})\n", "utf-8")
    publishing.publish(db, world.settings, by=by())
    world.announce()
    assert len(web.asked) == 1


def test_what_went_wrong_is_kept_and_tried_again(world: World) -> None:
    world.web.pages |= {"/2": Page("No endpoint"), "/mention": Page(status=503), "/3": Page(status=404)}
    write(world, "/1", "/2", "/3")
    states = {row["target"][-2:]: (row["state"], row["error"]) for row in sent.of_post(world.db, 2)}
    later = "The other site answers with the status 503."
    assert states == {"/1": ("waiting", later), "/2": ("none", ""), "/3": ("none", "")}
    world.web.pages["/mention"] = Page(status=400)
    world.wait(minutes=2).check()
    refused = "The other site answers with the status 400."
    assert [(row["state"], row["error"]) for row in sent.of_post(world.db, 2) if row["error"]] == [("failed", refused)]
    world.web.pages["/mention"] = Page(status=202)
    with store.transaction(world.db):
        assert sent.again(world.db, 2, at=world.at) == 3
    world.check()
    assert {row["state"] for row in sent.of_post(world.db, 2)} == {"sent", "none"}


def test_no_request_leaves_for_an_address_that_is_not_public(world: World) -> None:
    private = f"http://localhost:{world.web.port}/1"
    factories.post(world.db, "a-post", known=False, body=f"[x]({private}) [y](http://10.0.0.1/)", hash="h")
    world.announce()
    assert world.web.asked == []
    assert {row["state"] for row in sent.of_post(world.db, 2)} == {"failed"}


def test_an_endpoint_that_is_not_public_is_not_reached(world: World) -> None:
    world.web.pages["/1"] = Page(headers=[("Link", f"<http://localhost:{world.web.port}/mention>; rel=webmention")])
    write(world, "/1")
    assert world.told() == []
    assert sent.of_post(world.db, 2)[0]["state"] == "failed"


def test_only_links_to_other_sites_count() -> None:
    settings = Settings(Path(), url=URL)
    html = f"""
        <a href="/own/">a</a> <a href="{URL}/own/">b</a> <a href="mailto:a@b.example">c</a> <a href="#x">d</a>
        <a href="https://a.example/1#x">e</a> <a href="https://a.example/1#x">f</a> <a>g</a> <img src="https://b.example/">
        <!-- <a href="https://c.example/">h</a> --> <a href="//d.example/">i</a> <a href="http://[bad">j</a>
        <a href="https://e.example/?a=b&amp;c=d">k</a>
    """
    assert sent.links(html, settings, f"{URL}/a-post/") == [
        "https://a.example/1#x",
        "https://d.example/",
        "https://e.example/?a=b&c=d",
    ]
