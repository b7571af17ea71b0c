"""The whole site as files: served by a plain file server, no link of it is broken, and discussions are all there."""

import http.server
import json
import re
import shutil
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import html5lib
import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import closing, publishing, settings
from blog.app import create_app
from blog.errors import Conflict, Invalid
from blog.publishing import redirects
from blog.rules import policy
from blog.settings import Settings
from blog.storage import store
from blog.upkeep import static_export
from blog.web import site as sites
from tests import atom
from tests.factories import NOON, by, decide, submit, write_post

ROOT = Path(__file__).parent.parent.parent
LINKED = {"a": "href", "link": "href", "img": "src", "script": "src"}


@pytest.fixture
def full(site: Settings, db: Database) -> Settings:
    """A site with a bit of everything that is linked."""
    with store.transaction(db):
        policy.change(db, {"comments_per_page": "2"}, by=by())
    for n in range(1, 25):
        write_post(site.root, f"post-{n}", front="tags: [Größe, C++]\nauthor: Ana Á.\n")
    write_post(site.root, "trip/index", body="![A lamp](lamp%20one.png)\n\n<!-- more -->\n\n[Back](/post-1/#text)")
    (site.posts / "trip" / "lamp one.png").write_bytes(b"png")
    write_post(site.root, "über", front="redirect_from: [/2019/old.html, /2018/older/, first-slug]\n")
    write_post(site.root, "draft", front="status: draft\n", body="Secret.")
    (site.pages).mkdir()
    (site.pages / "about.md").write_text("---\ntitle: About\nmenu: 1\n---\n\nWho.\n", "utf-8")
    (site.static).mkdir()
    (site.static / "own.css").write_text("p {}", "utf-8")
    assert publishing.publish(db, site, by=by()).problems == []
    for n in range(5):
        decide(db, submit(db, f"Thought {n}.", n=n, slug="trip"), "approve")
    submit(db, "Secret.", n=9, slug="trip")
    return site


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def served(full: Settings, tmp_path: Path) -> Iterator[str]:
    """The export beneath /below/ of a file server; return its address."""
    with serving(full, tmp_path / "root", at=NOON) as address:
        yield address


@contextmanager
def serving(site: Settings, root: Path, *, at: str) -> Iterator[str]:
    done = static_export.export(site, root / "below", at=at)
    assert done.problems == []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/below/"
        server.shutdown()
        thread.join()


def get(url: str) -> tuple[int, str, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.headers["content-type"], answer.read()
    except urllib.error.HTTPError as error:
        return error.code, "", b""


def crawl(start: str) -> tuple[dict[str, bytes], list[str]]:
    """Follow every link within the export; return what was found, and the links that lead to nothing."""
    found: dict[str, bytes] = {}
    broken, waiting = [], [(start, "")]
    names: dict[str, set[str]] = {}
    fragments = []
    while waiting:
        url, source = waiting.pop()
        if url in found:
            continue
        status, kind, body = get(url)
        found[url] = body
        if status != 200:
            broken.append(f"{source} -> {url}: {status}")
        if not kind.startswith("text/html"):
            continue
        tree = html5lib.HTMLParser(namespaceHTMLElements=False).parse(body)
        names[url] = {element.get("id") for element in tree.iter() if element.get("id")}
        for element in tree.iter():
            link = element.get(LINKED.get(element.tag, ""), None)
            if link is None:
                continue
            target, fragment = urldefrag(urljoin(url, link))
            if not target.startswith("http://127.0.0.1"):
                continue
            if not target.startswith(start):
                broken.append(f"{url} -> {target} leads out of the copy")
                continue
            waiting.append((target, url))
            if fragment:
                fragments.append((url, target, fragment))
    broken += [f"{url} -> {target}#{name}" for url, target, name in fragments if name not in names.get(target, {name})]
    return found, broken


def test_no_link_of_an_export_is_broken(served: str) -> None:
    found, broken = crawl(served)
    assert broken == []
    pages = {url.removeprefix(served) for url in found}
    assert {"", "archive/", "about/", "trip/", "trip/comment-page-3/", "trip/lamp%20one.png", "page/3/"} <= pages
    assert {"tags/gr%C3%B6sse/", "tags/c-plus-plus/", "authors/ana-%C3%A1/", "feed.xml", "%C3%BCber/"} <= pages
    assert not any("admin" in page or "search" in page for page in pages)


def test_discussions_are_readable_and_forms_are_left_out_with_a_sentence(served: str) -> None:
    found, _ = crawl(served)
    html = {url.removeprefix(served): body.decode() for url, body in found.items() if url.endswith("/")}
    said = [
        text
        for page in ("trip/", "trip/comment-page-2/", "trip/comment-page-3/")
        for text in re.findall(r"Thought \d", html[page])
    ]
    assert set(said) == {f"Thought {n}" for n in range(5)}
    assert "This is a static copy of the site." in html["trip/"]
    for page in html.values():
        assert "<form" not in page
        assert "replytocom" not in page
        assert "Secret" not in page


def test_the_sample_site_is_whole_as_files(site: Settings, db: Database, tmp_path: Path) -> None:
    for name in ("posts", "static"):
        shutil.copytree(ROOT / name, site.root / name, dirs_exist_ok=True)
    shutil.copy(ROOT / "blog.toml", site.root)
    sample, at = settings.load(site.root, {}), sites.now()
    assert publishing.publish(db, sample, by=by(at)).problems == []
    said = [row["text_html"] for row in db.query("select text_html from comments where status = 'approved'")]
    with (
        TestClient(create_app(sample, for_export=True), base_url="http://127.0.0.1:8000") as app,
        serving(sample, tmp_path / "root", at=at) as start,
    ):
        found, broken = crawl(start)
        assert broken == []
        pages = {url.removeprefix(start) for url in found}
        listed = {path.lstrip("/") for path in re.findall(r"<loc>([^<]+)</loc>", app.get("/sitemap.xml").text)}
        assert len(listed) > 2
        assert listed <= pages
        for page in (page for page in pages if page.endswith("/") or not page):
            assert words(found[start + page]) == words(app.get(f"/{page}").content), page
    assert said
    discussions = "".join(body.decode() for url, body in found.items() if url.endswith("/"))
    assert [text for text in said if text not in discussions] == []


def words(page: bytes) -> str:
    """Return a page as its reader sees it: without its addresses."""
    return re.sub(r'(?:href|src|srcset)="[^"]*"', "", page.decode())


def test_old_addresses_lead_on_and_the_rest_is_there(full: Settings, served: str, tmp_path: Path) -> None:
    for old in ("2019/old.html", "2018/older/", "first-slug/"):
        status, _, body = get(served + old)
        target = re.search(r'url=([^"]+)"', body.decode())
        assert (status, target is not None) == (200, True)
        assert urljoin(served + old, target[1]) == f"{served}%C3%BCber/"  # type: ignore[index]
    folder = tmp_path / "root" / "below"
    assert (folder / "static" / "own.css").read_text("utf-8") == "p {}"
    assert "Page not found" in (folder / "404.html").read_text("utf-8")
    assert atom.faults((folder / "feed.xml").read_bytes()) == []
    assert not list(folder.rglob("admin*"))
    assert not list(folder.rglob("*draft*"))


def test_a_second_export_replaces_the_first_and_takes_away_what_is_gone(
    full: Settings, db: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    first = static_export.export(full, folder, at=NOON)
    write_post(full.root, "post-3", front="status: withdrawn\n")
    publishing.publish(db, full, by=by())
    with store.transaction(db):
        closing.close(db, "trip", by=by())
    told: list[tuple[int, int]] = []
    second = static_export.export(full, folder, at=NOON, watch=lambda done, total: told.append((done, total)))
    assert set(first.files) - set(second.files) >= {"post-3/index.html", "post-3/feed.xml"}
    assert not (folder / "post-3" / "index.html").exists()
    assert "Comments are closed." in (folder / "trip" / "index.html").read_text("utf-8")
    assert told[-1][0] == told[-1][1] > 50


def test_redirects_are_a_file_for_hosts_and_a_page_each(full: Settings, db: Database, tmp_path: Path) -> None:
    (full.root / "_redirects").write_text(
        "/news/* /:splat\n/gone /post-2/ 302\n/away https://other.example/x\n/?p=5 /post-5/\n/dead 410\n", "utf-8"
    )
    write_post(full.root, "asked", front="redirect_from: ['/?p=12', /asked.php]\n")
    assert publishing.publish(db, full, by=by()).problems == []
    folder = tmp_path / "copy"
    assert static_export.export(full, folder, at=NOON).problems == []
    lines = (folder / "_redirects").read_text("utf-8").splitlines()
    assert lines[:4] == [
        "/2018/older /%C3%BCber/ 301",
        "/2019/old.html /%C3%BCber/ 301",
        "/asked.php /asked/ 301",
        "/first-slug/ /%C3%BCber/ 301",
    ]
    assert lines[4:8] == [
        "/news/* /:splat 301",
        "/gone /post-2/ 302",
        "/away https://other.example/x 301",
        "/dead 410",
    ]
    assert "/feed /feed.xml 301" in lines
    assert not any("?" in line for line in lines)
    rules, problems = redirects.parse("\n".join(lines))
    assert (problems, redirects.loops(rules)) == ([], [])
    assert 'url=../post-2/"' in (folder / "gone" / "index.html").read_text("utf-8")
    assert 'url=https://other.example/x"' in (folder / "away" / "index.html").read_text("utf-8")
    assert not (folder / "dead").exists()
    assert not [path.name for path in folder.rglob("*") if "?" in path.name or "*" in path.name]


def test_redirects_below_another_address_name_it(full: Settings, tmp_path: Path) -> None:
    static_export.export(full, tmp_path / "copy", at=NOON, base_url="https://copy.example/blog")
    assert "/blog/first-slug/ /blog/%C3%BCber/ 301\n" in (tmp_path / "copy" / "_redirects").read_text("utf-8")


def test_a_folder_with_other_files_is_refused(full: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(Conflict, match="has other files in it"):
        static_export.export(full, folder, at=NOON)
    with pytest.raises(Conflict, match="is a file"):
        static_export.export(full, folder / "mine.txt", at=NOON)
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]
    (folder / "mine.txt").unlink()
    static_export.export(full, folder, at=NOON)
    (folder / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(Conflict):
        static_export.export(full, folder, at=NOON)


def test_links_below_a_base_are_whole(full: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    static_export.export(full, folder, at=NOON, base_url="https://copy.example/blog/")
    page = (folder / "trip" / "index.html").read_text("utf-8")
    assert 'href="https://copy.example/blog/static/site.' in page
    assert '<link rel="canonical" href="https://copy.example/blog/trip/">' in page
    assert not re.search(r'(?:href|src)="/', page)
    assert json.loads((folder / "feed.json").read_text("utf-8"))["feed_url"] == "https://copy.example/blog/feed.json"
    with pytest.raises(Invalid):
        static_export.export(full, tmp_path / "other", at=NOON, base_url="copy.example")


def test_every_size_of_a_picture_is_found_from_every_page(full: Settings, db: Database, tmp_path: Path) -> None:
    write_post(full.root, "lamps/index", body="![x](b.1600x800.webp)\n\n<!-- more -->")
    for name in ("b.1600x800.webp", "b.800x400.webp"):
        (full.posts / "lamps" / name).write_bytes(b"webp")
    publishing.publish(db, full, by=by())
    assert static_export.export(full, tmp_path / "copy", at=NOON).problems == []
    page = (tmp_path / "copy" / "index.html").read_text("utf-8")
    assert 'srcset="lamps/b.800x400.webp 800w, lamps/b.1600x800.webp 1600w"' in page


def test_a_link_to_nothing_is_told(full: Settings, db: Database, tmp_path: Path) -> None:
    write_post(full.root, "wrong", body="[There](/nowhere/)")
    publishing.publish(db, full, by=by())
    done = static_export.export(replace(full, title="T"), tmp_path / "copy", at=NOON)
    assert done.problems == ["/wrong/ leads to /nowhere/, where nothing is."]


def test_a_link_to_a_markdown_file_is_named_and_leaves_no_file_behind(
    site: Settings, db: Database, tmp_path: Path
) -> None:
    write_post(site.root, "two")
    write_post(
        site.root, body="[One](/two.md), [another](/a-post/two.md), [a third](/missing) and [a tag](/tags/none)."
    )
    publishing.publish(db, site, by=by())
    done = static_export.export(site, tmp_path / "copy", at=NOON)
    assert [name for name in done.files if name.endswith((".md", "missing", "none")) or ".md/" in name] == []
    assert sorted(done.problems) == [
        "/a-post/ leads to /a-post/two.md, where nothing is.",
        "/a-post/ leads to /missing, where nothing is.",
        "/a-post/ leads to /tags/none, where nothing is.",
        "/a-post/ leads to /two.md, where nothing is.",
    ]
