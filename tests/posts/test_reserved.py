"""Addresses that belong to the site itself: no post and no page can be published where a route would hide it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from blog import publishing, reserved
from blog.app import create_app
from blog.errors import BadPost
from blog.journal.events import moment
from blog.publishing import editor
from blog.settings import Settings
from tests.cli.conftest import Run
from tests.cli.conftest import blog as blog
from tests.factories import NOON, by, write_post


@pytest.mark.parametrize("permalink", ["/{slug}/", "/{year}/{month}/{slug}/", "/essays/{slug}/"])
def test_the_first_part_of_every_route_is_reserved(site: Settings, permalink: str) -> None:
    routes = create_app(replace(site, permalink=permalink)).routes
    firsts = {route.path.split("/")[1] for route in routes if isinstance(route, Route | Mount)}
    fixed = {first for first in firsts if first and "{" not in first}
    assert fixed - {"essays"} == reserved.ROUTES


@pytest.mark.parametrize("slug", ["privacy", "search", "feed", "wp-json", "unsubscribe"])
def test_a_slug_of_the_sites_own_is_refused_with_its_line(site: Settings, db: Database, slug: str) -> None:
    write_post(site.root, front=f"slug: {slug}\n")
    report = publishing.publish(db, site, by=by())
    sentence = f"slug is '{slug}', and /{slug}/ is an address of the site itself; write another, like '{slug}-2'."
    assert [(problem.line, problem.problem) for problem in report.problems] == [(4, sentence)]
    assert report.done == []


def test_the_editor_refuses_it_too(site: Settings, db: Database) -> None:
    path = write_post(site.root)
    text = path.read_text("utf-8")
    with pytest.raises(BadPost, match="an address of the site itself"):
        editor.save(site, "a-post.md", text.replace("---\n\n", "slug: privacy\n---\n\n"), base="")
    assert path.read_text("utf-8") == text


def _page(site: Settings, name: str, front: str = "") -> Path:
    site.pages.mkdir(exist_ok=True)
    path = site.pages / f"{name}.md"
    path.write_text(f"---\ntitle: {name}\n{front}---\n\nA page of our own.\n", "utf-8")
    return path


def test_a_page_at_an_address_of_the_sites_own_is_refused_and_the_privacy_page_is_not(
    site: Settings, db: Database
) -> None:
    _page(site, "archive")
    _page(site, "privacy")
    report = publishing.publish(db, site, by=by())
    assert [str(problem) for problem in report.problems] == [
        "../pages/archive.md: /archive/ is an address of the site itself. Give the file another name, or a slug."
    ]
    assert report.done == [("../pages/privacy.md", "added", "privacy")]
    with TestClient(create_app(site)) as client:
        assert "A page of our own." in client.get("/privacy/").text


def test_a_draft_that_is_begun_gets_an_address_that_readers_reach(site: Settings, blog: Run) -> None:
    assert blog("new", "Search").stdout == f"{site.posts / 'search-2.md'}\n"
    assert editor.begin(site, "Privacy", now=moment(NOON)) == "privacy-2/index.md"


def test_a_post_that_an_earlier_version_published_there_is_named_at_the_start_and_by_check(
    site: Settings, db: Database, blog: Run
) -> None:
    write_post(site.root, "metrics-1")
    publishing.publish(db, site, by=by())
    (site.posts / "metrics-1.md").rename(site.posts / "metrics.md")
    db.conn.execute("update posts set slug = 'metrics', path = 'metrics.md'")
    sentence = (
        "posts/metrics.md: its address 'metrics' belongs to the site itself, so readers may not reach it. Give it"
        " another with `slug:`; the old one leads there as long as it can."
    )
    assert sentence in blog("publish").stderr
    result = blog("check")
    assert (result.exit_code, result.stderr) == (1, f"{sentence}\n")
    path = site.posts / "metrics.md"
    path.write_text(re.sub("date:", "slug: our-metrics\ndate:", path.read_text("utf-8"), count=1), "utf-8")
    assert blog("publish").stderr == ""
    assert blog("check").exit_code == 0
