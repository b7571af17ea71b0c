"""The server tests of micropub.rocks by their numbers, and what a program may not do."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlite_utils import Database

from blog.people import tokens
from blog.people.tokens import NewToken
from blog.storage import store
from blog.upkeep import integrity
from tests.factories import by
from tests.web.micropub.conftest import URL, World, picture

# 100 to 107: forms


def test_100_a_form_makes_a_post(world: World) -> None:
    url = world.made(data={"h": "entry", "content": "A basic entry"})
    assert url.startswith(f"{URL}/")
    assert "A basic entry" in world.page(url)


def test_101_a_form_with_two_categories(world: World) -> None:
    url = world.made(data={"h": "entry", "content": "Two of them", "category[]": ["test1", "test2"]})
    assert world.source(url)["category"] == ["test1", "test2"]
    assert "/tags/test1/" in world.page(url)
    assert "/tags/test2/" in world.page(url)


def test_104_a_form_with_a_photo_of_another_site(world: World, photo: Callable[..., str]) -> None:
    url = world.made(data={"h": "entry", "content": "A sunset", "photo": photo()})
    assert '<img src="/static/images/sunset-' in world.page(url)
    assert [each.path for each in world.web.asked] == ["/sunset.jpg"]


def test_107_a_form_with_one_category(world: World) -> None:
    url = world.made(data={"h": "entry", "content": "One of them", "category": "test1"})
    assert world.source(url)["category"] == ["test1"]


# 200 to 206: JSON


def test_200_json_makes_a_post(world: World) -> None:
    url = world.made(json=world.entry(content=["An entry by JSON"]))
    assert "An entry by JSON" in world.page(url)


def test_201_json_with_two_categories(world: World) -> None:
    url = world.made(json=world.entry(content=["Two of them"], category=["test1", "test2"]))
    assert world.source(url)["category"] == ["test1", "test2"]


def test_202_html_is_rendered_and_kept_as_markdown(world: World) -> None:
    html = "<p>This has <b>bold</b> and <i>italic</i> text.</p>"
    url = world.made(json=world.entry(content=[{"html": html}]))
    assert "<strong>bold</strong>" in world.page(url)
    assert "<em>italic</em>" in world.page(url)
    assert world.source(url)["content"] == ["This has **bold** and *italic* text."]


def test_203_json_with_a_photo_of_another_site(world: World, photo: Callable[..., str]) -> None:
    url = world.made(json=world.entry(content=["A sunset."], photo=[photo()]))
    assert '<img src="/static/images/sunset-' in world.page(url)


def test_204_a_nested_object_is_kept(world: World) -> None:
    card = {
        "type": ["h-card"],
        "properties": {"name": ["Los Gorditos"], "latitude": [45.5243], "locality": ["Portland"]},
    }
    url = world.made(
        json=world.entry(published=["2017-05-31T12:03:36-07:00"], content=["Lunch meeting"], checkin=[card])
    )
    source = world.source(url)
    assert (source["checkin"], source["published"]) == ([card], ["2017-05-31T19:03:36.000Z"])
    assert "Lunch meeting" in world.page(url)


def test_205_a_photo_has_its_text(world: World, photo: Callable[..., str]) -> None:
    url = world.made(json=world.entry(content=["A photo."], photo=[{"value": photo(), "alt": "A [red] sunset"}]))
    assert 'alt="A [red] sunset"' in world.page(url)
    assert world.source(url)["photo"][0]["alt"] == "A [red] sunset"


def test_206_two_photos_of_another_site(world: World, photo: Callable[..., str]) -> None:
    url = world.made(json=world.entry(content=["Two."], photo=[photo(), photo("/city-at-night.jpg")]))
    page = world.page(url)
    assert "/static/images/sunset-" in page
    assert "/static/images/city-at-night-" in page


# 300 and 301: files


def test_300_a_photo_is_sent_along(world: World) -> None:
    files = {"photo": ("sunset.jpg", picture(), "image/jpeg")}
    url = world.made(data={"h": "entry", "content": "Nice sunset tonight"}, files=files)
    assert '<img src="/static/images/sunset-' in world.page(url)


def test_301_two_photos_are_sent_along(world: World) -> None:
    files = [("photo[]", (name, picture(colour=name[:-4]), "image/jpeg")) for name in ("red.jpg", "blue.jpg")]
    url = world.made(data={"h": "entry", "content": "Two photos"}, files=files)
    assert "/static/images/red-" in world.page(url)
    assert "/static/images/blue-" in world.page(url)


# 400 to 405: updates


def test_400_a_property_is_replaced(world: World) -> None:
    url = world.made(json=world.entry(content=["This goes away."]))
    answer = world.update(url, replace={"content": ["This is new."]})
    assert answer.status_code in (200, 204)
    assert "This is new." in world.page(url)
    assert "<p>This goes away." not in world.page(url)


def test_401_a_value_is_added(world: World) -> None:
    url = world.made(json=world.entry(content=["Adding."], category=["test1"]))
    assert world.update(url, add={"category": ["test2"]}).status_code in (200, 204)
    assert world.source(url)["category"] == ["test1", "test2"]


def test_402_a_property_is_added(world: World) -> None:
    url = world.made(json=world.entry(content=["Adding."]))
    assert world.update(url, add={"category": ["test1"]}).status_code in (200, 204)
    assert world.source(url)["category"] == ["test1"]


def test_403_a_value_is_removed(world: World) -> None:
    url = world.made(json=world.entry(content=["Removing."], category=["test1", "test2"]))
    assert world.update(url, delete={"category": ["test2"]}).status_code in (200, 204)
    assert world.source(url)["category"] == ["test1"]


def test_404_a_property_is_removed(world: World) -> None:
    url = world.made(json=world.entry(content=["Removing."], category=["test1", "test2"]))
    assert world.update(url, delete=["category"]).status_code in (200, 204)
    assert "category" not in world.source(url)
    assert world.source(url)["content"] == ["Removing."]


@pytest.mark.parametrize(
    "operations",
    [
        {"replace": "This is no list."},
        {"replace": {"content": "no list"}},
        {"add": ["content"]},
        {"delete": "category"},
        {"delete": [1]},
        {},
    ],
)
def test_405_operations_that_are_no_lists_are_refused(world: World, operations: dict[str, Any]) -> None:
    url = world.made(json=world.entry(content=["As it was."]))
    answer = world.update(url, **operations)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert world.source(url)["content"] == ["As it was."]


# 500 to 503: deletion


@pytest.mark.parametrize("form", [True, False])
def test_500_to_503_a_post_is_deleted_and_brought_back(world: World, form: bool) -> None:
    url = world.made(data={"h": "entry", "content": "This goes and comes back."})

    def act(action: str) -> Any:
        body = {"action": action, "url": url}
        return world.send(data=body) if form else world.send(json=body)

    assert act("delete").status_code in (200, 204)
    assert world.client.get(url).status_code == 410
    assert act("delete").status_code in (200, 204)
    assert act("undelete").status_code in (200, 201, 204)
    assert "This goes and comes back." in world.page(url)
    assert integrity.check(world.db) == []


# 600 to 603: queries


def test_600_and_601_the_configuration(world: World) -> None:
    config = world.query(q="config").json()
    assert (config["media-endpoint"], config["syndicate-to"]) == (f"{URL}/micropub/media", [])
    assert world.query(q="syndicate-to").json() == {"syndicate-to": []}


def test_602_and_603_the_source_of_a_post(world: World) -> None:
    url = world.made(json=world.entry(content=["The source."], category=["test1", "test2"]))
    whole = world.query(q="source", url=url).json()
    assert whole["type"] == ["h-entry"]
    assert (whole["properties"]["content"], whole["properties"]["category"]) == (["The source."], ["test1", "test2"])
    part = world.query(**{"q": "source", "url": url, "properties[]": ["content", "category"]}).json()
    assert part == {"properties": {"content": ["The source."], "category": ["test1", "test2"]}}
    listed = world.query(q="source").json()["items"]
    assert [each["properties"]["content"] for each in listed] == [["The source."]]
    assert world.query(q="category", filter="test").json() == {"categories": ["test1", "test2"]}
    assert world.query(q="nothing").status_code == 400


# 700 to 702: files


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
def test_700_to_702_the_media_endpoint_takes_pictures(world: World, kind: str) -> None:
    file = {"file": (f"a.{kind.lower()}", picture(kind), f"image/{kind.lower()}")}
    answer = world.client.post("/micropub/media", headers=world.headers, files=file)
    assert answer.status_code == 201
    assert world.client.get(answer.headers["location"]).headers["content-type"] == "image/webp"
    url = world.made(data={"h": "entry", "content": "With it", "photo": answer.headers["location"]})
    assert answer.headers["location"].removeprefix(URL) in world.page(url)


def test_the_media_endpoint_refuses_what_is_no_picture(world: World) -> None:
    file = {"file": ("a.jpg", b"<script>", "image/jpeg")}
    answer = world.client.post("/micropub/media", headers=world.headers, files=file)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert world.client.post("/micropub/media", headers=world.headers).status_code == 400
    assert world.client.post("/micropub/media", files=file).status_code == 401


# 800 to 805: tokens


def test_800_to_802_a_token_in_the_header_or_in_the_form_which_is_not_kept(world: World) -> None:
    assert world.send(data={"h": "entry", "content": "By the header"}).status_code == 201
    answer = world.send(headers={}, data={"h": "entry", "content": "By the form", "access_token": world.token})
    assert answer.status_code == 201
    source = world.source(answer.headers["location"])
    assert source["content"] == ["By the form"]
    assert "access_token" not in source
    assert all(world.token not in path.read_text() for path in world.settings.posts.rglob("*.md"))


def test_files_of_nobody_are_not_read(world: World) -> None:
    files = {"photo": ("a.jpg", picture(), "image/jpeg")}
    answer = world.send(headers={}, data={"h": "entry", "access_token": world.token}, files=files)
    assert answer.status_code == 401
    large = {"h": "entry", "content": "x" * 300_000, "access_token": world.token}
    assert world.send(headers={}, data=large).status_code == 413
    assert world.send(data={"h": "entry", "content": "x" * 200_000}).status_code == 201


def test_updates_at_the_same_time_are_all_kept(world: World) -> None:
    url = world.made(data={"h": "entry", "content": "Words"})
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: world.update(url, add={"category": [f"t{n}"]}), range(8)))
    assert {answer.status_code for answer in answers} == {204}
    assert sorted(world.source(url)["category"]) == [f"t{n}" for n in range(8)]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer"}, {"Authorization": "Bearer wrong"}])
def test_803_without_a_token_nothing_is_written(world: World, headers: dict[str, str]) -> None:
    answer = world.send(headers=headers, data={"h": "entry", "content": "No"})
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_804_a_token_does_what_its_scope_says_and_no_more(world: World) -> None:
    url = world.made(data={"h": "entry", "content": "There"})
    acts: dict[str, dict[str, Any]] = {
        "create": {"data": {"h": "entry", "content": "More"}},
        "update": {"json": {"action": "update", "url": url, "replace": {"content": ["Changed"]}}},
        "delete": {"data": {"action": "delete", "url": url}},
    }
    for right in ("create", "update", "delete"):
        world.token = world.make_token(right)
        statuses = {name: world.send(**body).status_code for name, body in acts.items() if name != right}
        assert set(statuses.values()) == {401}
    world.token = world.make_token("profile")
    answer = world.send(**acts["create"])
    assert (answer.json()["error"], answer.json()["scope"]) == ("insufficient_scope", "create")


def test_805_a_token_at_two_places_is_refused(world: World) -> None:
    answer = world.send(data={"h": "entry", "content": "No", "access_token": world.token})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


# What micropub.rocks does not ask


def test_a_draft_and_a_post_of_tomorrow_are_not_public(world: World) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    draft = world.made(json=world.entry(**{"content": ["Later"], "name": ["A draft"], "post-status": ["draft"]}))
    later = world.made(json=world.entry(content=["Later"], name=["Of tomorrow"], published=[tomorrow]))
    assert [world.client.get(url).status_code for url in (draft, later)] == [404, 404]
    assert world.source(draft)["post-status"] == ["draft"]
    assert world.update(draft, replace={"post-status": ["published"]}).status_code == 204
    assert "A draft" in world.page(draft)


def test_the_scope_draft_writes_drafts_alone(world: World) -> None:
    world.token = world.make_token("draft")
    url = world.made(json=world.entry(content=["Words"]))
    assert world.client.get(url).status_code == 404


def test_a_slug_is_taken_and_a_new_one_is_told(world: World) -> None:
    url = world.made(data={"h": "entry", "content": "Words", "mp-slug": "my-words"})
    assert url == f"{URL}/my-words/"
    answer = world.update(url, replace={"mp-slug": ["other-words"]})
    assert (answer.status_code, answer.headers["location"]) == (201, f"{URL}/other-words/")
    assert world.source(url)["mp-slug"] == ["other-words"]


def test_what_a_post_answers_stands_above_its_text(world: World) -> None:
    url = world.made(data={"h": "entry", "content": "I agree.", "in-reply-to": "https://example.net/a?b=1&c=2"})
    assert '<a class="u-in-reply-to" href="https://example.net/a?b=1&amp;c=2">' in world.page(url)
    like = world.made(data={"h": "entry", "like-of": "https://example.net/"})
    assert "Likes example.net" in world.page(like)
    assert world.source(like)["like-of"] == ["https://example.net/"]
    assert world.update(url, delete=["in-reply-to"]).status_code == 204
    assert "u-in-reply-to" not in world.page(url)


def test_blanks_of_a_property_stay_as_they_are(world: World) -> None:
    values = [" two  blanks ", "a\tb\nc", "it's", "no\u00a0break"]
    url = world.made(json=world.entry(content=["Words"], note=values))
    assert world.source(url)["note"] == values


def test_a_form_can_hold_html(world: World) -> None:
    url = world.made(data={"h": "entry", "content[html]": "<p>Some <b>words</b></p>"})
    assert world.source(url)["content"] == ["Some **words**"]


def test_an_address_that_is_none_makes_no_link(world: World) -> None:
    url = world.made(data={"h": "entry", "content": "I agree.", "in-reply-to": "javascript:alert(1)"})
    assert "javascript:" not in world.page(url)


def test_photos_are_changed_apart_from_the_text(world: World, photo: Callable[..., str]) -> None:
    url = world.made(json=world.entry(content=["Words."], photo=[photo()]))
    first = world.source(url)["photo"][0]
    assert first.startswith(f"{URL}/static/images/")
    assert world.update(url, replace={"content": ["Other words."]}).status_code == 204
    assert world.update(url, add={"photo": [photo("/night.jpg")]}).status_code == 204
    source = world.source(url)
    assert (source["content"], len(source["photo"])) == (["Other words."], 2)
    assert world.update(url, delete={"photo": [first]}).status_code == 204
    assert len(world.source(url)["photo"]) == 1


def test_a_picture_of_a_private_host_is_not_fetched(world: World) -> None:
    answer = world.send(json=world.entry(content=["No"], photo=["http://169.254.169.254/latest"]))
    assert answer.status_code == 400
    assert "not a public host" in answer.json()["error_description"]


@pytest.mark.parametrize(
    "body",
    [
        {"json": {"type": ["h-event"], "properties": {"name": ["No"]}}},
        {"json": {"type": ["h-entry"], "properties": []}},
        {"json": {"type": ["h-entry"], "properties": {"content": "no list"}}},
        {"json": {"type": ["h-entry"], "properties": {}}},
        {"json": {"type": ["h-entry"], "properties": {"content": ["x"], "published": ["yesterday"]}}},
        {"json": {"type": ["h-entry"], "properties": {"content": ["x"], "published": ["0001-01-01T00:00:00+14:00"]}}},
        {"json": {"type": ["h-entry"], "properties": {"content": ["x"], "post-status": ["private"]}}},
        {"json": {"type": ["h-entry"], "properties": {"content": ["x"], "visibility": ["private"]}}},
        {"json": {"type": ["h-entry"], "properties": {"content": [["nested"]]}}},
        {"json": {"type": ["h-entry"], "properties": {"content": ["x"], "photo": [{"no": "value"}]}}},
        {"json": {"action": "explode", "url": f"{URL}/a-post/"}},
        {"json": {"action": "delete", "url": f"{URL}/nothing/"}},
        {"json": {"action": "delete", "url": "https://elsewhere.example/a-post/"}},
        {"json": {"action": "update", "replace": {"content": ["x"]}}},
        {"json": [1]},
        {"content": b"{", "headers": {"Content-Type": "application/json"}},
        {"content": b"[" * 100_000, "headers": {"Content-Type": "application/json"}},
        {"data": {"h": "event", "name": "No"}},
        {"data": {"h": "entry"}},
        {"data": {"action": "update", "url": f"{URL}/a-post/"}},
    ],
)
def test_what_cannot_be_so_is_refused_with_a_sentence(world: World, body: dict[str, Any]) -> None:
    more = body.pop("headers", {})
    answer = world.send(headers={**world.headers, **more}, **body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"] == "invalid_request"
    assert answer.json()["error_description"].endswith(".")


def test_an_author_writes_own_posts_without_html(world: World) -> None:
    admins = world.made(json=world.entry(content=["Of the administrator"], **{"mp-slug": ["of-ana"]}))
    world.token = world.make_token(account=2)
    url = world.made(json=world.entry(content=["Mine <b>bold</b> <script>alert(1)</script>"]))
    assert "<script>alert" not in world.page(url)
    assert "**bold**" in world.source(url)["content"][0]
    assert world.update(admins, replace={"content": ["Taken over"]}).status_code == 403
    assert world.send(data={"action": "delete", "url": admins}).status_code == 403
    assert world.query(q="source", url=admins).status_code == 403
    assert [each["properties"]["url"] for each in world.query(q="source").json()["items"]] == [[url]]


def test_a_moderator_writes_nothing(world: World) -> None:
    world.token = world.make_token(account=3)
    answer = world.send(data={"h": "entry", "content": "No"})
    assert (answer.status_code, answer.json()["error"]) == (403, "forbidden")


def test_an_application_password_is_a_token_by_its_scope(world: World, db: Database) -> None:
    with store.transaction(db):
        made = {scope: tokens.make(db, 1, NewToken("x", scope), by=by())[1] for scope in ("write", "read")}
    world.token = made["write"].replace(" ", "")
    assert world.send(data={"h": "entry", "content": "Yes"}).status_code == 201
    world.token = made["read"].replace(" ", "")
    assert world.send(data={"h": "entry", "content": "No"}).status_code == 401


def test_a_micropub_token_opens_no_other_door(world: World) -> None:
    answer = world.client.get("/wp-json/wp/v2/users/me", auth=("ana", world.token))
    assert answer.status_code == 401


def test_a_token_is_not_taken_where_others_can_read_it(world: World) -> None:
    headers = {**world.headers, "X-Forwarded-For": "203.0.113.9"}
    answer = world.send(headers=headers, data={"h": "entry", "content": "No"})
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")


def test_wrong_tokens_are_slowed(world: World) -> None:
    statuses = [
        world.send(headers={"Authorization": f"Bearer {n}"}, data={"h": "entry"}).status_code for n in range(12)
    ]
    assert statuses[:10] == [401] * 10
    assert statuses[-1] == 429


def test_a_page_of_another_site_may_send_with_a_token_and_never_with_a_cookie(world: World) -> None:
    headers = {**world.headers, "Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"}
    answer = world.send(headers=headers, data={"h": "entry", "content": "From a page"})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (201, "*")
    assert "Location" in answer.headers["access-control-expose-headers"]
    preflight = world.client.options("/micropub", headers={"Origin": "https://app.example"})
    assert preflight.status_code == 204
    assert "Authorization" in preflight.headers["access-control-allow-headers"]
    assert world.send(headers={"Cookie": "session=x"}, data={"h": "entry", "content": "No"}).status_code == 401
    assert world.client.put("/micropub").status_code == 405


def test_what_a_program_does_is_in_the_journal_with_its_name(world: World) -> None:
    url = world.made(data={"h": "entry", "content": "Words"})
    world.send(data={"action": "delete", "url": url})
    batch = next(iter(world.db.query("select * from batches order by id desc limit 1")))
    assert (batch["source"], batch["account_id"], batch["program"]) == ("api", 1, "A client")


def test_two_who_write_at_once_lose_nothing(world: World) -> None:
    url = world.made(data={"h": "entry", "content": "Words", "mp-slug": "words"})
    file = world.settings.posts / "words" / "index.md"
    file.write_text(file.read_text().replace("Words", "By hand", 1) + "\nMore by hand.\n")
    assert world.update(url, add={"category": ["kept"]}).status_code == 204
    assert "More by hand." in file.read_text()
    assert "kept" in file.read_text()


def test_a_source_says_what_the_file_says(world: World) -> None:
    url = world.made(json=world.entry(content=["One.\n\n# Two\n\n* three"], name=["A: title"], summary=["Short: yes"]))
    source = world.source(url)
    assert (source["content"], source["name"], source["summary"]) == (
        ["One.\n\n# Two\n\n* three"],
        ["A: title"],
        ["Short: yes"],
    )
    assert json.dumps(source)
