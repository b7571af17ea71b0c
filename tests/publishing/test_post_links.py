"""Links from post to post by their files: to the address where there is one, and told where there is none."""

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import publishing
from blog.publishing import lint
from blog.settings import Settings
from tests.factories import NOON, by, write_post


def html_of(db: Database, slug: str = "a-post") -> str:
    return str(db.conn.execute("select body_html from posts where slug = ?", [slug]).fetchone()[0])


def test_a_link_to_the_file_of_a_post_leads_to_its_address(site: Settings, db: Database, client: TestClient) -> None:
    write_post(site.root, "2026-first", front="slug: the-first\n")
    write_post(site.root, "folder/index", title="In a folder", body="[up](../a-post.md)")
    (site.root / "pages").mkdir()
    (site.root / "pages" / "about.md").write_text("---\ntitle: About\n---\n\nWords.\n", "utf-8")
    body = "[a](2026-first.md#part) [b](folder/index.md) [c](../pages/about.md) [d](https://a.example/x.md) [e](x.pdf)"
    write_post(site.root, body=f"{body}\n\n<!-- more -->\n")
    publishing.publish(db, site, by=by())
    for address in ("/the-first/#part", "/folder/", "/about/", "https://a.example/x.md", "x.pdf"):
        assert f'href="{address}"' in html_of(db)
    assert 'href="/a-post/"' in html_of(db, "folder")
    assert 'href="/the-first/#part"' in client.get("/").text
    assert client.get("/the-first/").status_code == 200


@pytest.mark.parametrize(
    "link", ["no-such.md", "../blog.md", "../../outside.md", "_hidden.md", "broken.md", "%00.md", "x" * 3_000 + ".md"]
)
def test_a_link_to_no_post_stays_and_is_told_by_check(site: Settings, db: Database, link: str) -> None:
    (site.root.parent / "outside.md").write_text("---\ntitle: T\ndate: 2026-05-01\n---\n\nx\n", "utf-8")
    path = write_post(site.root, body=f"[a]({link})")
    (site.posts / "_hidden.md").write_text("---\ntitle: T\ndate: 2026-05-01\n---\n\nx\n", "utf-8")
    (site.posts / "broken.md").write_text("---\ndate: soon\n---\n", "utf-8")
    publishing.publish(db, site, [path], by=by())
    told = [each for each in lint.remarks(db, site, at=NOON) if "links to the file" in each]
    assert len(told) == 1
    assert link[:50] in told[0]


def test_a_missing_film_is_told_as_a_missing_picture_is(site: Settings, db: Database) -> None:
    write_post(site.root, "trip/index", body="![x](film.mp4)")
    publishing.publish(db, site, by=by())
    assert any("shows film.mp4, and there is no such file" in each for each in lint.remarks(db, site, at=NOON))
