"""One comment and one post in all the shapes in which programs get them: they say the same."""

from dataclasses import replace

from sqlite_utils import Database

from blog import moderation, posts
from blog.agents import _shown
from blog.comments import catalog
from blog.posts import catalog as post_catalog
from blog.representations import comments
from blog.representations import posts as post_objects
from blog.representations.place import EDIT, Place
from blog.rules import policy
from blog.settings import Settings
from tests import factories
from tests.factories import NOON, SLUG, decide, submit
from tests.notifications.world import after

LATER = after(NOON, days=1)


def test_a_comment_is_the_same_in_every_shape(db: Database, site: Settings) -> None:
    factories.post(db)
    place = Place(replace(site, url="https://blog.example"), "https://blog.example")
    first = submit(db, "First.")
    decide(db, first, "approve")
    answer = submit(db, "An *answer*.", 2, comment_parent=str(first), url="https://bo.example/")
    for removed in (False, True):
        if removed:
            decide(db, first, "delete")
        row = moderation.comment(db, answer)
        plain, agent = comments.plain(row), _shown(row, whole=True)
        whole = comments.of_row(place, catalog.one(db, answer, at=LATER), EDIT)
        parent = None if removed else first
        assert (plain["parent"], agent["parent"], whole["parent"]) == (parent, parent, parent or 0)
        assert (plain["status"], agent["status"], whole["status"]) == ("pending", "pending", "hold")
        for ours, theirs in (("id", "id"), ("author", "author_name"), ("email", "author_email"), ("ip", "author_ip")):
            assert plain[ours] == whole[theirs]
        assert plain["url"] == whole["author_url"] == agent["written_by_a_stranger"]["address"] == "https://bo.example/"
        assert plain["text"] == whole["content"]["raw"] == agent["written_by_a_stranger"]["text"]
        assert plain["created_at"][:19] == whole["date_gmt"]
        assert comments.address_of(place, row) == whole["link"] == f"https://blog.example/{SLUG}/comment/{answer}/"
        assert set(comments.plain(row, personal=False)) == set(plain) - {"email", "ip"}


def test_a_post_is_the_same_in_every_shape(db: Database, site: Settings) -> None:
    number = factories.post(db, comments="closed", tags=("rivers",), published_at=after(NOON, days=3))
    place = Place(replace(site, url="https://blog.example"), "https://blog.example")
    row = post_catalog.fields(db, number)
    assert row is not None
    plain = post_objects.plain(place, row)
    (listed,) = (post_objects.entry(each, policy.load(db), LATER) for each in posts.all_posts(db))
    whole = post_objects.of_row(place, post_catalog.one(db, number, "post") | {"raw": ""}, EDIT, at=LATER)
    assert plain["slug"] == listed["slug"] == whole["slug"] == SLUG
    assert plain["title"] == listed["title"] == whole["title"]["raw"]
    assert plain["address"] == whole["link"]
    assert plain["published_at"][:19] == listed["date"][:19] == whole["date_gmt"]
    assert (listed["state"], whole["status"]) == ("scheduled", "future")
    assert (listed["discussion"], whole["comment_status"]) == ("closed", "closed")
