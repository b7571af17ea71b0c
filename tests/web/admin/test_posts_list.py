"""The desk's list of posts: pages, search, filters, and a switch of all that match, exactly."""

import re
from html import unescape

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from tests import factories

JSON = {"accept": "application/json"}
SHELF = 120


def slugs(page: str) -> list[str]:
    return re.findall(r'form="many" name="slug" value="([^"]+)"', page)


def tabs(page: str, label: str) -> dict[str, str]:
    part = page.partition(f'aria-label="{label}"')[2].partition("</nav>")[0]
    return dict(re.findall(r">([A-Z][a-z ]+) <b>([\d,]+)</b></a>", part))


def hidden(page: str) -> dict[str, str]:
    form = page.partition('action="/admin/posts/closures"')[2].partition("</form>")[0]
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)}


@pytest.fixture
def shelf(moderator: TestClient, db: Database) -> TestClient:
    """A hundred and twenty posts more, by three authors: every tenth a draft, and one each due, withdrawn."""
    for n in range(SHELF):
        status = "draft" if n % 10 == 0 else "published"
        author = ("Ana", "Ida", "Rolf Beck")[n % 3]
        day = f"2026-0{n // 28 + 1}-{n % 28 + 1:02d}T00:00:00.000Z"
        factories.post(db, f"post-{n}", status=status, author=author, published_at=day)
    factories.post(db, "due", published_at="2999-01-01T00:00:00.000Z")
    factories.post(db, "gone", status="withdrawn", published_at="2026-01-01T00:00:00.000Z")
    return moderator


def test_the_list_has_pages_and_misses_no_post(shelf: TestClient) -> None:
    seen: list[str] = []
    address = "/admin/posts"
    while address:
        page = shelf.get(address).text
        assert len(slugs(page)) <= 50
        seen += slugs(page)
        following = re.search(r'<a href="([^"]+)" rel="next">', page)
        address = unescape(following[1]) if following else ""
    assert len(seen) == len(set(seen)) == SHELF + 3
    first = re.search(r'<a href="([^"]+)" rel="prev">', page)
    assert first
    assert "51 to 100 of 123 posts" in shelf.get(unescape(first[1])).text


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("status=draft", 12),
        ("status=scheduled", 1),
        ("status=withdrawn", 1),
        ("status=published", 109),
        ("author=ida", 40),
        ("author=Rolf+Beck&status=draft", 4),
        ("q=post-11", 11),
        ("q=ROLF+post", 40),
        ("q=nowhere", 0),
        ("status=nonsense", 123),
    ],
)
def test_filters_narrow_the_list(shelf: TestClient, query: str, count: int) -> None:
    page = shelf.get(f"/admin/posts?{query}").text
    assert len(slugs(page)) == min(count, 50)
    assert f'data-count="{count}"' in page or not count
    if not count:
        assert "No posts match." in page


def test_a_tab_says_what_it_would_show(shelf: TestClient) -> None:
    page = shelf.get("/admin/posts?author=Ana").text
    numbers = tabs(page, "Status")
    assert numbers == {"All": "40", "Published": "36", "Drafts": "4", "Scheduled": "0", "Withdrawn": "0"}
    assert len(slugs(shelf.get("/admin/posts?author=Ana&status=draft").text)) == 4


def test_a_switch_of_all_that_match_is_exact(shelf: TestClient, db: Database) -> None:
    shelf.post("/admin/posts/post-1/closure", data={"mode": "closed"})
    page = shelf.get("/admin/posts?author=Ida&status=published").text
    form = {**hidden(page), "all": "1", "mode": "closed"}
    assert "closed: 35" in page  # of 36, one is closed already
    factories.post(db, "newer", author="Ida", published_at="2026-05-02T00:00:00.000Z")
    shelf.post("/admin/posts/closures", data=form)
    closed = db.conn.execute(
        "select count(*), sum(p.author = 'Ida'), sum(p.slug = 'newer') from closures c join posts p on p.id = c.post_id"
    ).fetchone()
    assert closed == (36, 36, 0)
    assert db.conn.execute("select count(*) from events where kind = 'close'").fetchone()[0] == 36


def test_an_author_finds_own_posts_alone(client: TestClient, db: Database) -> None:
    factories.post(db, "of-ida", author="ida")
    factories.sign_in(client, db, factories.account(db, "ida", role="author"))
    page = client.get("/admin/posts?q=o").text
    assert "Of ida" in page
    assert "A post" not in page
