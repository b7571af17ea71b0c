"""A site whose posts and comments hold what breaks documents: every page and feed of it is valid all the same."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import html5lib
import mf2py
import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import publishing
from blog.app import create_app
from blog.settings import Settings
from tests import atom, factories
from tests.browser.validating import validator
from tests.factories import decide, submit

LONG = ('A title of three hundred letters, with ]]> & <b> "quotes" and 🙂 in it. ' * 5)[:300]
POSTS = {
    "control": (
        '"Bell \\x07 and \\x1b escape, \\ud800 half, \\uFFFF none, \\x85 next' + " and on" * 36 + '"',
        "Tab\tand \x0b\x0c\x1b[31m letters \x85 here.\n\n    code \x07\n",
    ),
    "markup": (
        json.dumps(LONG),
        "]]> &#0; &#7; &nbsp; <b>bold</b>\n\n## ]]> & < x\n\n```html\n<script>]]></script>\n```\n",
    ),
    "عنوان": (
        '"\\u202Eעִבְרִית و العربية 🙂👩‍👩‍👧 \\u2066' + " שלום" * 54 + '"',
        'שלום \u202e עולם 👩‍👩‍👧 \U0001f3f3\ufe0f\u200d🌈\n\n> مرحبا ]]>\n\n![🙂](x.png "] ]]> \\"")\n',
    ),
}
PATHS = ("/", "/archive/", "/archive/2026/", "/tags/", "/authors/judith/", "/search?q=letters", "/nothing/")
FEEDS = ("/feed.xml", "/comments/feed.xml", "/sitemap.xml")


@pytest.fixture
def hostile(site: Settings, db: Database) -> Iterator[TestClient]:
    for slug, (title, body) in POSTS.items():
        path = site.posts / f"{slug}.md"
        front = f"title: {title}\ndate: 2026-05-01\nsummary: {title}\ntags: ['a ]]> b', '🙂']\ntoc: true\n"
        path.write_text(f"---\n{front}---\n\n{body}", "utf-8")
    assert publishing.publish(db, site, by=factories.by()).problems == []
    for n, slug in enumerate(POSTS):
        decide(db, submit(db, f"]]> <b> & 🙂 שלום {slug}", n=n, slug=slug, author=f"A]]>🙂<b> שלום {n}"), "approve")
    # What came in before such letters were refused.
    db.conn.execute("update comments set author = author || char(7), text_html = text_html || char(27) where id = 1")
    hostile_site = replace(site, url="https://blog.example.org", title="Test ]]> & <b>", tagline="🙂 ]]>")
    with TestClient(create_app(hostile_site), base_url="http://127.0.0.1:8000") as opened:
        yield opened


def pages(client: TestClient) -> dict[str, str]:
    return {path: client.get(path).text for path in (*PATHS, *(f"/{slug}/" for slug in POSTS))}


def test_every_page_is_valid_to_a_strict_parser(hostile: TestClient) -> None:
    for path, page in pages(hostile).items():
        html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
        assert not any(letter in page for letter in "\x0b\x0c\x85\ufffe\uffff"), path


def test_every_page_is_valid_to_the_validator(hostile: TestClient, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    jar = validator(pytestconfig)
    found = pages(hostile)
    folder = tmp_path / "pages"
    folder.mkdir()
    for place, page in enumerate(found.values()):
        (folder / f"{place:02}.html").write_text(page, "utf-8")
    done = subprocess.run(
        ["java", "-Xss1m", "-jar", str(jar), "--format", "json", "--stdout", "--exit-zero-always", str(folder)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    names = list(found)
    told = [(names[int(Path(each["url"]).stem)], each["message"]) for each in json.loads(done.stdout)["messages"]]
    assert told == []


def test_every_feed_is_valid(hostile: TestClient) -> None:
    for path in (*FEEDS, *(f"/{slug}/feed.xml" for slug in POSTS)):
        content = hostile.get(path).content
        ElementTree.fromstring(content)
        if "sitemap" not in path:
            assert atom.faults(content) == []
            assert feedparser.parse(content).bozo is False
    assert len(json.loads(hostile.get("/feed.json").content)["items"]) == 3


def test_machines_read_back_what_was_written(hostile: TestClient) -> None:
    page = hostile.get("/markup/").text
    tree = html5lib.HTMLParser(namespaceHTMLElements=False).parse(page)
    (script,) = (each for each in tree.iter("script") if each.get("type") == "application/ld+json")
    assert json.loads(script.text)["headline"] == LONG.strip()
    (entry,) = [each for each in mf2py.parse(doc=page)["items"] if each["type"] == ["h-entry"]]
    assert entry["properties"]["name"] == [LONG.strip()]
    (title,) = [
        each.title for each in feedparser.parse(hostile.get("/feed.xml").content).entries if "three" in each.title
    ]
    assert title == LONG.strip()
