"""Which post a file is, wherever it moves, and where its old addresses lead."""

from pathlib import Path

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import publishing
from blog.posts import find
from blog.settings import Settings
from tests import factories
from tests.factories import NOON, write_post


def publish(db: Database, site: Settings) -> publishing.Report:
    return publishing.publish(db, site, by=factories.by())


def commented(db: Database, site: Settings, *, front: str = "", slug: str = "a-post") -> Path:
    """Publish a file whose post has one comment."""
    path = write_post(site.root, slug, front=front)
    publish(db, site)
    factories.decide(db, factories.submit(db, slug=slug), "approve")
    return path


def approved(db: Database, slug: str) -> int:
    return int(find(db, slug, at=NOON)["approved"])


def test_a_renamed_file_that_did_not_change_keeps_its_comments(db: Database, site: Settings) -> None:
    commented(db, site).rename(site.posts / "another-name.md")
    assert publish(db, site).done == [("another-name.md", "changed", "another-name")]
    assert approved(db, "another-name") == 1


def test_a_file_with_an_id_keeps_its_comments_whatever_else_changes(db: Database, site: Settings) -> None:
    commented(db, site, front="id: first\n").unlink()
    write_post(site.root, "essays/wholly-other", front="id: first\nslug: new\n", body="Other words.", title="Other")
    assert publish(db, site).done == [("essays/wholly-other.md", "changed", "new")]
    assert approved(db, "new") == 1


def test_a_file_that_names_its_old_slug_keeps_its_comments(db: Database, site: Settings) -> None:
    commented(db, site).unlink()
    write_post(site.root, "better", front="redirect_from: a-post\n", body="Other words.")
    assert publish(db, site).done == [("better.md", "changed", "better")]
    assert approved(db, "better") == 1


def test_a_renamed_and_changed_file_that_says_nothing_is_a_new_post(db: Database, site: Settings) -> None:
    commented(db, site).unlink()
    write_post(site.root, "better", body="Other words.")
    assert publish(db, site).done == [("better.md", "added", "better")]
    assert (approved(db, "better"), approved(db, "a-post")) == (0, 1)


def test_two_files_may_change_places(db: Database, site: Settings) -> None:
    one = commented(db, site, front="id: one\n", slug="a")
    two = write_post(site.root, "b", front="id: two\n")
    publish(db, site)
    first, second = one.read_text("utf-8"), two.read_text("utf-8")
    one.write_text(second + "More.\n", "utf-8")
    two.write_text(first + "More.\n", "utf-8")
    assert publish(db, site).problems == []
    rows = db.conn.execute("select name, path, slug, approved from posts order by name").fetchall()
    assert rows == [("one", "b.md", "b", 1), ("two", "a.md", "a-2", 0)]
    assert publish(db, site).done == []


def test_a_copied_id_is_told_and_takes_nothing(db: Database, site: Settings) -> None:
    commented(db, site, front="id: first\n")
    write_post(site.root, "b", front="id: first\n")
    report = publish(db, site)
    assert [str(problem) for problem in report.problems] == [
        "b.md: posts/a-post.md has the id 'first' too. Give one of them another."
    ]
    assert approved(db, "a-post") == 1


def test_an_old_address_that_is_anothers_is_told(db: Database, site: Settings) -> None:
    write_post(site.root, "a")
    write_post(site.root, "b", front="redirect_from: [a]\n")
    write_post(site.root, "c", front="redirect_from: [/old/]\n")
    write_post(site.root, "d", front="redirect_from: [/old]\n")
    assert [str(problem) for problem in publish(db, site).problems] == [
        "b.md: 'a' is the address of posts/a.md. Take it out of redirect_from, or give that post another slug.",
        "d.md: posts/c.md has '/old' in redirect_from too. Keep it in one of them.",
    ]


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/old-slug/", "/new/"),
        ("/old-slug", "/new/"),
        ("/old-slug/?replytocom=1", "/new/?replytocom=1"),
        ("/old-slug/comment-page-2/", "/new/comment-page-2/"),
        ("/2019/03/old.html", "/new/"),
        ("/2019/03/old.html/", "/new/"),
        ("/caf%C3%A9/", "/new/"),
    ],
)
def test_old_addresses_redirect_for_good(
    client: TestClient, db: Database, site: Settings, path: str, location: str
) -> None:
    write_post(site.root, "new", front="redirect_from: [old-slug, /2019/03/old.html, /café/]\n")
    assert publish(db, site).problems == []
    answer = client.get(path, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (301, location)


def test_a_changed_slug_redirects_by_itself_and_takes_a_sent_form_along(
    client: TestClient, db: Database, site: Settings
) -> None:
    path = write_post(site.root, "first")
    publish(db, site)
    hidden = factories.form_on(client, "/first/")
    path.write_text(path.read_text("utf-8").replace("---\n\n", "slug: second\n---\n\n"), "utf-8")
    publish(db, site)
    assert client.get("/first/", follow_redirects=False).headers["location"] == "/second/"
    typed = {**hidden, "author": "Ana", "email": "ana@example.org", "comment": "Mine."}
    answer = client.post("/first/comments", data=typed, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (308, "/second/comments")
    assert client.post("/first/comments", data=typed).status_code == 200
    assert db.conn.execute("select count(*) from comments where text = 'Mine.'").fetchone()[0] == 1


def test_an_address_that_is_taken_again_leads_to_whoever_has_it(
    client: TestClient, db: Database, site: Settings
) -> None:
    write_post(site.root, "new", front="redirect_from: [/old/]\n")
    publish(db, site)
    assert client.get("/old/", follow_redirects=False).status_code == 301
    write_post(site.root, "old", body="I live here now.")
    publish(db, site)
    assert "I live here now." in client.get("/old/").text


def test_an_old_address_that_its_file_no_longer_names_is_gone(client: TestClient, db: Database, site: Settings) -> None:
    write_post(site.root, "new", front="redirect_from: [/old/, /older/]\n")
    publish(db, site)
    write_post(site.root, "new", front="redirect_from: [/older/]\n")
    publish(db, site)
    assert [client.get(f"/{path}/", follow_redirects=False).status_code for path in ("old", "older")] == [404, 301]


@pytest.mark.parametrize(("front", "code"), [("status: draft\n", 404), ("status: withdrawn\n", 410)])
def test_an_old_address_tells_no_more_than_the_new_one(
    client: TestClient, db: Database, site: Settings, front: str, code: int
) -> None:
    write_post(site.root, "new", front=f"redirect_from: [/old/]\n{front}")
    publish(db, site)
    assert client.get("/old/").status_code == code
    assert (client.get("/old/", follow_redirects=False).status_code == 301) is (code == 410)
