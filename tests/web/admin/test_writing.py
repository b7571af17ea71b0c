"""The page to write on, as forms: what is typed is kept, saved, published, scheduled, withdrawn, and never lost."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import pytest
from httpx2 import Response
from PIL import Image
from sqlite_utils import Database
from starlette.routing import Match
from starlette.testclient import TestClient

from blog import publishing
from blog.journal.events import moment, stamp
from blog.people import accounts
from blog.settings import Settings
from blog.storage import store
from blog.web import admin
from blog.web import site as sites
from blog.web.admin.access import ROLE_PERMISSIONS
from tests import factories
from tests.conftest import PASSWORD
from tests.factories import by, write_post

JSON = {"accept": "application/json"}
GPS = 0x8825


@pytest.fixture
def written(site: Settings, db: Database, moderator: TestClient) -> str:
    """A post from a file, published."""
    write_post(site.root, "lamps", title="Lamps", front="tags: [oil]\n# kept\n", body="Words about lamps.")
    publishing.publish(db, site, by=by())
    return "lamps"


def form_of(page: str) -> dict[str, str]:
    """Return what the page's form would send."""
    form = page.split('<form id="writing"')[1].split("</form>")[0]
    fields = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', form))
    fields |= dict(re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\n(.*?)</textarea>', form, re.S))
    chosen = re.search(r'<select id="comments".*?<option value="([^"]*)" selected', form, re.S)
    fields["comments"] = chosen[1] if chosen else ""
    return {name: html.unescape(value) for name, value in fields.items()}


def edited(moderator: TestClient, slug: str, **changes: str) -> dict[str, str]:
    return {**form_of(moderator.get(f"/admin/posts/{slug}/edit").text), **changes}


def save(moderator: TestClient, slug: str, action: str = "save", **changes: str) -> TestClient:
    return moderator.post(f"/admin/posts/{slug}/edit", data={**edited(moderator, slug, **changes), "action": action})  # type: ignore[return-value]


def text(site: Settings, path: str = "lamps.md") -> str:
    return (site.posts / path).read_text("utf-8")


def test_a_post_is_begun_written_and_published(
    moderator: TestClient, client: TestClient, site: Settings, db: Database
) -> None:
    begun = moderator.post("/admin/posts/new", data={"title": "On <Oil>: a start"})
    assert str(begun.url).endswith("/admin/posts/on-oil-a-start/edit")
    assert client.get("/on-oil-a-start/").status_code == 404
    page = save(moderator, "on-oil-a-start", "publish", body="First *words*.", tags="oil, lamps", summary="A start.")
    assert "Published." in page.text  # type: ignore[attr-defined]
    public = client.get("/on-oil-a-start/").text
    assert "First <em>words</em>." in public
    assert "On &lt;Oil&gt;: a start" in public
    assert text(site, "on-oil-a-start/index.md").startswith("---\ntitle: 'On <Oil>: a start'\n")
    assert "tags: [oil, lamps]" in text(site, "on-oil-a-start/index.md")


def test_saving_changes_what_was_changed_and_no_other_line(
    moderator: TestClient, client: TestClient, site: Settings, written: str
) -> None:
    before = text(site)
    save(moderator, written, title="Lamps, again")
    assert text(site) == before.replace("title: Lamps", "title: Lamps, again")
    assert "# kept" in text(site)
    assert "Lamps, again" in client.get("/lamps/").text
    save(moderator, written)
    assert "Lamps, again" in text(site)


def test_what_a_form_was_nested_deep_is_as_nothing(moderator: TestClient, site: Settings, written: str) -> None:
    fields = edited(moderator, "lamps", body="New words.", was="[" * 5_000)
    assert moderator.post("/admin/posts/lamps/edit", data=fields).status_code == 200
    assert "New words." in text(site)


def test_the_front_matter_as_text_and_a_field_go_together(moderator: TestClient, site: Settings, written: str) -> None:
    fields = edited(moderator, written, summary="Short.")
    fields["front"] += "close_after: 30d\n"
    moderator.post(f"/admin/posts/{written}/edit", data=fields)
    assert "close_after: 30d" in text(site)
    assert "summary: Short." in text(site)


def test_what_cannot_be_published_is_said_and_kept(moderator: TestClient, site: Settings, written: str) -> None:
    before = text(site)
    page = save(moderator, written, date="next week", body="New words, dear to somebody.")
    assert page.status_code == 422  # type: ignore[attr-defined]
    assert "write it like 2026-05-07" in page.text  # type: ignore[attr-defined]
    assert "New words, dear to somebody." in page.text  # type: ignore[attr-defined]
    assert text(site) == before
    again = moderator.get(f"/admin/posts/{written}/edit").text
    assert "New words, dear to somebody." in again
    assert "Not saved yet" in again


def test_all_mistakes_of_a_text_are_told_at_once(moderator: TestClient, written: str) -> None:
    fields = edited(moderator, written, date="next week")
    fields["front"] += "\ntoc: maybe"
    page = moderator.post(f"/admin/posts/{written}/edit", data=fields)
    assert page.status_code == 422
    preview = moderator.get(f"/admin/posts/{written}/preview")
    assert preview.status_code == 422
    for shown in (page.text, preview.text):
        assert "Line 3: date is" in shown
        assert "toc is" in shown


def test_a_script_is_told_in_json_what_was_saved_and_what_was_not(
    moderator: TestClient, site: Settings, written: str
) -> None:
    def sent(**changes: str) -> Response:
        fields = edited(moderator, written, **changes)
        return moderator.post(f"/admin/posts/{written}/edit", data=fields, headers=JSON)

    before = text(site)
    for changes, key, sentence in (
        ({"date": "next week"}, "text", "Line 3: date is 'next week'; write it like 2026-05-07 or 2026-05-07 09:30."),
        (
            {"action": "schedule", "date": "2026-05-01"},
            "date",
            "The date must be in the future",
        ),
        ({"action": "dance"}, "action", "There is no action 'dance'"),
    ):
        refused = sent(**changes)
        assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
        assert refused.json()["errors"][key].startswith(sentence)
        assert refused.json()["detail"].startswith(sentence)
    moderator.post(f"/admin/posts/{written}/edit", data={"action": "discard"})
    changed = sent(base="0" * 32)
    assert (changed.status_code, changed.headers["content-type"]) == (409, "application/problem+json")
    assert changed.json()["detail"].startswith("The file was changed meanwhile")
    assert text(site) == before
    moderator.post(f"/admin/posts/{written}/edit", data={"action": "discard"})
    assert sent(title="Lamps, again").json() == {"slug": "lamps", "path": "posts/lamps.md"}


def test_a_file_changed_meanwhile_is_shown_beside_what_was_typed(
    moderator: TestClient, client: TestClient, site: Settings, written: str
) -> None:
    fields = edited(moderator, written, body="Mine.")
    (site.posts / "lamps.md").write_text(text(site).replace("Words about lamps.", "Theirs."), "utf-8")
    page = moderator.post(f"/admin/posts/{written}/edit", data=fields)
    assert page.status_code == 409
    assert "Mine." in page.text
    assert "Theirs." in page.text
    assert "Theirs." in text(site)
    base = re.search(r'name="base" value="(\w+)"', page.text)
    assert base is not None
    front = fields["front"]
    both = {"base": base[1], "was": "{}", "front": front, "body": "Theirs and mine.", "action": "save"}
    moderator.post(f"/admin/posts/{written}/edit", data=both)
    assert "Theirs and mine." in client.get("/lamps/").text


def test_what_is_typed_outlives_its_file(
    moderator: TestClient, client: TestClient, site: Settings, written: str
) -> None:
    fields = edited(moderator, written, body="Dear words.", title="Lamps, again")
    (site.posts / "lamps.md").unlink()
    script = moderator.post(f"/admin/posts/{written}/edit", data=fields, headers=JSON)
    assert (script.status_code, script.headers["content-type"]) == (409, "application/problem+json")
    looked = moderator.post(f"/admin/posts/{written}/edit", data={**fields, "action": "preview"})
    assert form_of(looked.text)["body"].strip() == "Dear words."
    assert "Dear words." in moderator.get(f"/admin/posts/{written}/preview").text
    pages = [moderator.post(f"/admin/posts/{written}/edit", data=fields), moderator.get(f"/admin/posts/{written}/edit")]
    for page, code in zip(pages, (409, 200), strict=True):
        shown = form_of(page.text)
        assert page.status_code == code
        assert "The file posts/lamps.md is not there any more; the next Save writes it anew." in page.text
        assert (shown["body"].strip(), shown["title"]) == ("Dear words.", "Lamps, again")
        assert moderator.post(f"/admin/posts/{written}/edit", data=shown).status_code == 200
        assert "Dear words." in text(site)
        assert "Dear words." in client.get("/lamps/").text
        (site.posts / "lamps.md").unlink()


def test_what_is_typed_goes_to_a_file_with_a_new_name(
    moderator: TestClient, client: TestClient, site: Settings, db: Database, written: str
) -> None:
    fields = edited(moderator, written, body="Dear words.")
    (site.posts / "lamps.md").rename(site.posts / "lights.md")
    publishing.publish(db, site, by=by())
    kept = moderator.post(f"/admin/posts/{written}/unsaved", data=fields, headers=JSON)
    assert (kept.status_code, kept.json()["problem"]) == (200, "")
    assert "Dear words." in moderator.get(f"/admin/posts/{written}/preview").text
    (site.posts / "lights.md").write_text(text(site, "lights.md") + "Theirs.\n", "utf-8")
    assert moderator.post(f"/admin/posts/{written}/edit", data=fields).status_code == 409
    (site.posts / "lights.md").write_text(text(site, "lights.md").removesuffix("Theirs.\n"), "utf-8")
    saved = moderator.post(f"/admin/posts/{written}/edit", data=fields)
    assert str(saved.url).endswith("/admin/posts/lights/edit?done=save")
    assert "Dear words." in text(site, "lights.md")
    assert "Dear words." in client.get("/lights/").text
    assert not (site.posts / "lamps.md").exists()


def test_what_is_typed_is_kept_for_each_writer_until_it_is_saved(
    moderator: TestClient, client: TestClient, site: Settings, db: Database, written: str
) -> None:
    fields = edited(moderator, written, body="One two three.")
    answer = moderator.post(f"/admin/posts/{written}/unsaved", data=fields, headers=JSON)
    assert (answer.json()["words"], answer.json()["problem"]) == (3, "")
    assert "Words about lamps." in client.get("/lamps/").text
    assert form_of(moderator.get(f"/admin/posts/{written}/edit").text)["body"].strip() == "One two three."
    broken = moderator.post(f"/admin/posts/{written}/unsaved", data={**fields, "date": "soon"}, headers=JSON).json()
    assert "write it like" in broken["problem"]
    with store.transaction(db):
        factories.account(db, "eva", role="editor")
    other = TestClient(client.app, base_url="http://127.0.0.1:8000")
    other.post("/admin/login", data={"username": "eva", "password": PASSWORD})
    assert form_of(other.get(f"/admin/posts/{written}/edit").text)["body"].strip() == "Words about lamps."
    moderator.post(f"/admin/posts/{written}/edit", data={"action": "discard"})
    assert form_of(moderator.get(f"/admin/posts/{written}/edit").text)["body"].strip() == "Words about lamps."


def test_a_preview_is_the_public_page_and_may_be_framed_by_this_site_alone(
    moderator: TestClient, client: TestClient, written: str
) -> None:
    moderator.post(f"/admin/posts/{written}/unsaved", data=edited(moderator, written, body="Not *yet*."))
    preview = moderator.get(f"/admin/posts/{written}/preview")
    assert "frame-ancestors 'self'" in preview.headers["content-security-policy"]
    assert "no-store" in preview.headers["cache-control"]
    main = re.search(r"<article.*?</article>", preview.text, re.S)
    public = re.search(r"<article.*?</article>", client.get("/lamps/").text, re.S)
    assert main is not None
    assert public is not None
    assert main[0].replace("<p>Not <em>yet</em>.</p>", "<p>Words about lamps.</p>") == public[0].replace(
        ' <span><a class="add" href="#comment-form">Add a thought</a></span>', ""
    )
    assert '<form id="comment-form"' not in preview.text
    page = moderator.get(f"/admin/posts/{written}/edit")
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    looked = moderator.post(f"/admin/posts/{written}/edit", data=edited(moderator, written) | {"action": "preview"})
    assert f'src="/admin/posts/{written}/preview"' in looked.text


def test_a_preview_finds_a_picture_beside_a_text_that_is_not_public_yet(
    moderator: TestClient, site: Settings, db: Database
) -> None:
    folder = site.posts / "oil"
    folder.mkdir()
    (folder / "index.md").write_text("---\ntitle: Oil\nstatus: draft\n---\n![Oil](oil.png)\n", "utf-8")
    publishing.publish(db, site, by=by())
    assert 'src="oil.png"' in moderator.get("/admin/posts/oil/preview").text


def test_a_preview_of_what_is_no_page_yet_says_why(moderator: TestClient, written: str) -> None:
    moderator.post(f"/admin/posts/{written}/unsaved", data=edited(moderator, written, title=""))
    preview = moderator.get(f"/admin/posts/{written}/preview")
    assert preview.status_code == 422
    assert "A title is missing." in preview.text


def test_a_post_is_scheduled_unpublished_and_withdrawn(
    moderator: TestClient, client: TestClient, site: Settings, written: str
) -> None:
    assert "Schedule" not in moderator.get(f"/admin/posts/{written}/edit").text
    save(moderator, written, "unpublish")
    assert client.get("/lamps/").status_code == 404
    past = save(moderator, written, "schedule")
    assert past.status_code == 422  # type: ignore[attr-defined]
    assert "The date must be in the future" in past.text  # type: ignore[attr-defined]
    later = stamp(moment(sites.now()) + timedelta(hours=5))[:16].replace("T", " ")
    page = save(moderator, written, "schedule", date=later)
    assert "Scheduled" in page.text  # type: ignore[attr-defined]
    assert client.get("/lamps/").status_code == 404
    save(moderator, written, "publish")
    assert client.get("/lamps/").status_code == 200
    save(moderator, written, "withdraw")
    assert client.get("/lamps/").status_code == 410
    save(moderator, written, "publish")
    assert client.get("/lamps/").status_code == 200


def test_a_scheduled_post_appears_at_its_second(
    moderator: TestClient, client: TestClient, site: Settings, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(moderator, written, "unpublish")
    due = stamp(moment(sites.now()) + timedelta(hours=1))[:19] + ".000Z"
    save(moderator, written, "schedule", date=due.replace("T", " ").replace(".000Z", " +00:00"))
    before = stamp(moment(due) - timedelta(milliseconds=1))
    for at, there in ((before, False), (due, True)):
        factories.set_clock(monkeypatch, at)
        assert client.get("/lamps/").status_code == (200 if there else 404)
        assert ("/lamps/" in client.get("/").text) is there


def test_a_draft_can_be_shown_to_somebody_until_its_address_ends(
    moderator: TestClient, client: TestClient, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(moderator, written, "unpublish")
    page = moderator.get(f"/admin/posts/{written}/edit").text
    shared = re.search(r'id="share-address" value="([^"]+)"', page)
    assert shared is not None
    moderator.post(f"/admin/posts/{written}/unsaved", data=edited(moderator, written, body="Secret, not saved."))
    shown = client.get(shared[1])
    assert "Words about lamps." in shown.text
    assert "Secret" not in shown.text
    assert "noindex" in shown.headers["x-robots-tag"]
    assert "no-store" in shown.headers["cache-control"]
    assert client.get("/preview/forged/").status_code == 404
    stamped = re.search(r'name="stamp" value="([^"]+)"', client.get("/a-post/").text)
    assert stamped is not None
    assert client.get(f"/preview/{stamped[1]}/").status_code == 404
    later = stamp(moment(sites.now()) + timedelta(days=9))
    monkeypatch.setattr(sites, "now", lambda: later)
    assert client.get(shared[1]).status_code == 410


def _picture() -> bytes:
    out = BytesIO()
    Image.new("RGB", (900, 300), "teal").save(out, "PNG")
    return out.getvalue()


def test_a_picture_lies_beside_a_post_with_a_folder(moderator: TestClient, client: TestClient, site: Settings) -> None:
    moderator.post("/admin/posts/new", data={"title": "Oil"})
    sent = {"image": ("A lamp.png", _picture(), "image/png")}
    answer = moderator.post("/admin/posts/oil/images", files=sent, headers=JSON).json()
    name = answer["url"]
    assert answer["markdown"] == f"![]({name})"
    assert moderator.get(f"/admin/posts/oil/{name}").headers["content-type"] == "image/webp"
    assert client.get(f"/oil/{name}").status_code == 404
    save(moderator, "oil", "publish", body=answer["markdown"])
    assert client.get(f"/oil/{name}").status_code == 200
    assert sorted(path.suffix for path in (site.posts / "oil").iterdir()) == [".md", ".webp", ".webp"]


def test_a_picture_of_a_single_file_lies_in_static(
    moderator: TestClient, client: TestClient, site: Settings, written: str
) -> None:
    page = moderator.post(f"/admin/posts/{written}/images", files={"image": ("x.png", _picture(), "image/png")})
    shown = re.search(r'id="picture" value="!\[\]\((/static/images/[^)]+)\)"', page.text)
    assert shown is not None
    assert client.get(shown[1]).headers["content-type"] == "image/webp"


def test_what_is_typed_comes_back_with_a_picture_and_without_one(
    moderator: TestClient, site: Settings, written: str
) -> None:
    fields, before = edited(moderator, written, body="Dear words.", title="Lamps, again"), text(site)
    for files, code, sentence in (
        ({"image": ("x.png", _picture(), "image/png")}, 200, "![](/static/images/"),
        ({"image": ("", b"", "application/octet-stream")}, 422, "Choose a picture first."),
        ({"image": ("a.svg", SVG, "image/svg+xml")}, 422, "An SVG could run a script."),
        ({"image": ("a.jpg", b"x" * 21_000_000, "image/jpeg")}, 413, "The picture has 21 MB; 20 fit."),
    ):
        page = moderator.post(f"/admin/posts/{written}/images", data=fields, files=files)
        shown = form_of(page.text)
        assert (page.status_code, sentence in page.text) == (code, True)
        assert (shown["body"].strip(), shown["title"], shown["base"]) == (
            "Dear words.",
            "Lamps, again",
            fields["base"],
        )
    assert text(site) == before
    assert form_of(moderator.get(f"/admin/posts/{written}/edit").text)["body"].strip() == "Dear words."


def _with_place() -> bytes:
    exif, out = Image.Exif(), BytesIO()
    exif.get_ifd(GPS)[2] = (52.0, 31.0, 12.0)
    Image.new("RGB", (90, 30)).save(out, "JPEG", exif=exif.tobytes())
    return out.getvalue()


def test_a_picture_comes_out_without_the_place_where_it_was_taken(moderator: TestClient, client: TestClient) -> None:
    moderator.post("/admin/posts/new", data={"title": "Oil"})
    data = _with_place()
    assert Image.open(BytesIO(data)).getexif().get_ifd(GPS)
    sent = moderator.post("/admin/posts/oil/images", files={"image": ("x.jpg", data)}, headers=JSON).json()
    save(moderator, "oil", "publish", body=sent["markdown"])
    picture = Image.open(BytesIO(client.get(f"/oil/{sent['url']}").content))
    assert (picture.size, dict(picture.getexif()), picture.info.get("exif")) == ((90, 30), {}, None)


def test_of_a_picture_that_is_something_else_too_only_the_picture_is_kept(
    moderator: TestClient, client: TestClient, site: Settings
) -> None:
    moderator.post("/admin/posts/new", data={"title": "Oil"})
    polyglot = _picture() + b"<script>alert(1)</script>PK\x03\x04"
    sent = moderator.post("/admin/posts/oil/images", files={"image": ("x.html", polyglot)}, headers=JSON).json()
    save(moderator, "oil", "publish", body=sent["markdown"])
    answer = client.get(f"/oil/{sent['url']}")
    assert answer.headers["content-type"] == "image/webp"
    assert b"script" not in answer.content
    assert b"PK" not in answer.content[-30:]


def _vast() -> bytes:
    out = BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    return out.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("files", "code", "sentence"),
    [
        ({}, 422, "Choose a picture first."),
        ({"image": ("a.svg", SVG, "image/svg+xml")}, 422, "JPEG, PNG, WEBP and GIF can. An SVG could run a script."),
        ({"image": ("a.png", SVG, "image/png")}, 422, "JPEG, PNG, WEBP and GIF can. An SVG could run a script."),
        (
            {"image": ("a.gif", b"GIF89a/*<script>*/=1;", "image/gif")},
            422,
            "JPEG, PNG, WEBP and GIF can. An SVG could run a script.",
        ),
        ({"image": ("a.png", _vast(), "image/png")}, 422, "30,000 × 30,000 pixels needs more than 160 MiB"),
        ({"image": ("a.jpg", b"x" * 21_000_000, "image/jpeg")}, 413, "The picture has 21 MB; 20 fit."),
        ({"image": ("a.jpg", b"x" * 50_000_000, "image/jpeg")}, 413, "more than 24 MB. Make the picture smaller first"),
    ],
)
def test_what_is_no_picture_is_refused(
    moderator: TestClient, site: Settings, written: str, files: dict[str, object], code: int, sentence: str
) -> None:
    data = None if files else {"x": "y"}
    answer = moderator.post(f"/admin/posts/{written}/images", files=files or None, data=data)  # type: ignore[arg-type]
    assert answer.status_code == code
    assert sentence in answer.text
    assert not (site.static / "images").exists()


def test_a_title_that_is_none_is_refused(moderator: TestClient, site: Settings) -> None:
    answer = moderator.post("/admin/posts/new", data={"title": " "})
    assert answer.status_code == 422
    assert "A title has 1 to 300 characters" in answer.text
    assert list(site.posts.iterdir()) == []


def test_a_moderator_does_not_publish(client: TestClient, db: Database, written: str, site: Settings) -> None:
    with store.transaction(db):
        factories.account(db, "mo", role="moderator")
    other = TestClient(client.app, base_url="http://127.0.0.1:8000")
    other.post("/admin/login", data={"username": "mo", "password": PASSWORD})
    before = text(site)
    for method, path in (("GET", "new"), ("POST", "new"), ("GET", "lamps/edit"), ("POST", "lamps/edit")):
        answer = other.request(method, f"/admin/posts/{path}", data={"title": "x"} if method == "POST" else None)
        assert answer.status_code == 403
        assert "This is for administrators, editors and authors" in answer.text
    assert "New post" not in other.get("/admin/posts").text
    assert text(site) == before


def test_a_post_that_is_not_there_is_not_found(moderator: TestClient) -> None:
    for path in ("nothing/edit", "nothing/preview"):
        assert moderator.get(f"/admin/posts/{path}").status_code == 404
    assert factories.SLUG


# Who writes own posts only


@pytest.fixture
def author(client: TestClient, db: Database, site: Settings) -> Iterator[TestClient]:
    """Eve, who is an author; of the site's two posts one is hers."""
    write_post(site.root, "hers", title="Hers", front="author: Eve\n", body="Words of Eve.")
    write_post(site.root, "lamps", title="Lamps", body="Words about lamps.")
    publishing.publish(db, site, by=by())
    with store.transaction(db):
        factories.account(db, "eve", role="author")
    other = TestClient(client.app, base_url="http://127.0.0.1:8000", client=("198.51.100.9", 50_000))
    other.post("/admin/login", data={"username": "eve", "password": PASSWORD})
    yield other
    other.close()


def test_an_author_writes_and_publishes_own_posts(author: TestClient, client: TestClient, site: Settings) -> None:
    assert "New post" in author.get("/admin/posts").text
    assert str(author.post("/admin/posts/new", data={"title": "Oil"}).url).endswith("/admin/posts/oil/edit")
    assert "author: eve" in text(site, "oil/index.md")
    sent = author.post("/admin/posts/oil/images", files={"image": ("x.png", _picture())}, headers=JSON).json()
    save(author, "oil", "publish", body=f"Oil *burns*.\n\n<!-- more -->\n\n{sent['markdown']}")
    assert "Oil <em>burns</em>." in client.get("/oil/").text
    assert client.get(f"/oil/{sent['url']}").status_code == 200
    before = text(site, "hers.md")
    save(author, "hers", title="Hers, again")
    changed = before.replace("Hers", "Hers, again").replace("\n---\n", "\nhtml: false\n---\n")
    assert text(site, "hers.md") == changed  # the author is spelled as it was
    save(author, "hers", "withdraw")
    assert client.get("/hers/").status_code == 410


def test_what_an_author_types_outlives_the_name_of_its_file_and_the_file(
    author: TestClient, site: Settings, db: Database
) -> None:
    fields = edited(author, "hers", body="Dear words.")
    (site.posts / "hers.md").rename(site.posts / "her-own.md")
    publishing.publish(db, site, by=by())
    assert str(author.post("/admin/posts/hers/edit", data=fields).url).endswith("/admin/posts/her-own/edit?done=save")
    fields = edited(author, "her-own", body="Dearer words.")
    (site.posts / "her-own.md").unlink()
    gone = author.post("/admin/posts/her-own/edit", data=fields)
    assert gone.status_code == 409
    assert author.post("/admin/posts/her-own/edit", data=form_of(gone.text)).status_code == 200
    assert "Dearer words." in text(site, "her-own.md")


@pytest.mark.parametrize(
    "front", ["author: Judith", '"author": Judith', "author: Judith\nauthor: Eve", "", "author: ''"]
)
def test_an_author_writes_in_no_other_name(author: TestClient, site: Settings, db: Database, front: str) -> None:
    fields = edited(author, "hers") | {"front": f"title: Hers\ndate: 2026-05-01\n{front}\n", "was": "{}"}
    answer = author.post("/admin/posts/hers/edit", data={**fields, "body": "New."}, headers=JSON)
    assert answer.status_code in (200, 422)
    assert publishing.load(site, site.posts / "hers.md").author in ("Eve", "eve")
    assert author.get("/admin/posts/hers/edit").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "edit"), ("POST", "edit"), ("POST", "unsaved"), ("POST", "images"), ("GET", "preview"), ("GET", "x.webp")],
)
def test_an_author_reaches_no_post_of_others(
    author: TestClient, site: Settings, db: Database, method: str, path: str
) -> None:
    before = text(site)
    answer = author.request(method, f"/admin/posts/lamps/{path}", headers=JSON)
    assert answer.status_code == 403
    assert answer.json()["detail"] == "The post 'lamps' belongs to another author; you are signed in as eve, author."
    assert author.request(method, f"/admin/posts/nothing/{path}").status_code == 404
    assert text(site) == before
    (site.posts / "lamps.md").rename(site.posts / "lights.md")
    publishing.publish(db, site, by=by())
    assert author.request(method, f"/admin/posts/lamps/{path}", headers=JSON).status_code == 403


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"body": "A <form action='/admin/users'>"}, "HTML is for administrators and editors, and here is"),
        ({"front": "title: Hers\ndate: 2026-05-01\nauthor: Eve\nid: x\n", "was": "{}"}, "The id of a post is given by"),
    ],
)
def test_what_is_not_for_authors_is_said_and_kept(
    author: TestClient, moderator: TestClient, site: Settings, changes: dict[str, str], sentence: str
) -> None:
    before, fields = text(site, "hers.md"), edited(author, "hers", **changes)
    refused = author.post("/admin/posts/hers/edit", data=fields)
    assert refused.status_code == 422
    assert sentence in refused.text
    assert changes.get("body", "") in html.unescape(author.get("/admin/posts/hers/edit").text)
    assert text(site, "hers.md") == before
    assert moderator.post("/admin/posts/hers/edit", data=fields, headers=JSON).status_code == 200


LINK = re.compile(r' (?:href|src|data-src)="(/admin/[^"#]*)"')
FORM = re.compile(r'<form[^>]* method="post"[^>]* action="(/admin/[^"#?]*)')


@pytest.mark.parametrize("role", accounts.ROLES)
def test_no_link_of_a_desk_leads_where_its_role_may_not_go(
    author: TestClient, client: TestClient, db: Database, role: str
) -> None:
    for n, slug in enumerate(("hers", "lamps")):
        factories.submit(db, f"Thought {n}.", n, slug=slug)
    with store.transaction(db):
        db.conn.execute("update accounts set role = ? where name = 'eve'", [role])
    waiting, seen, refused, forms = ["/admin/"], set(), [], set()
    while waiting:
        answer = author.get(waiting.pop())
        refused += [str(answer.url)] if answer.status_code == 403 else []
        forms |= set(FORM.findall(answer.text))
        links = [html.unescape(link) for link in LINK.findall(answer.text)]
        waiting += {link.partition("?")[0]: link for link in links if link.partition("?")[0] not in seen}.values()
        seen |= {link.partition("?")[0] for link in links}
    assert refused == []
    assert {"/admin/comments", "/admin/posts", "/admin/account"} <= seen
    assert ("/admin/posts/hers/edit" in seen) is (role != "moderator")
    routes = [route for route in admin.ROUTES if "POST" in (route.methods or set())]
    for act in forms:
        scope = {"type": "http", "method": "POST", "path": act.removeprefix("/admin")}
        (route,) = [route for route in routes if route.matches(scope)[0] is Match.FULL]
        assert route.needs in ROLE_PERMISSIONS[role], act


def test_what_is_wrong_with_an_own_post_is_shown_to_its_author_alone(author: TestClient, site: Settings) -> None:
    write_post(site.root, "hers", title="Hers", front="author: Eve\ntoc: maybe\n")
    write_post(site.root, "lamps", title="Lamps", front="smell: oil\n")
    page = html.unescape(author.get("/admin/posts").text)
    assert "toc is 'maybe'" in page
    assert "smell" not in page


def test_the_title_of_what_no_reader_sees_leads_to_its_editor(moderator: TestClient, written: str) -> None:
    assert '<a class="words" href="/lamps/" dir="auto">Lamps</a>' in moderator.get("/admin/posts").text
    for action in ("unpublish", "withdraw"):
        save(moderator, written, action)
        assert (
            '<a class="words" href="/admin/posts/lamps/edit" dir="auto">Lamps</a>' in moderator.get("/admin/posts").text
        )


def test_a_draft_whose_address_was_taken_is_never_saved_into_the_page_that_took_it(
    site: Settings, db: Database, moderator: TestClient
) -> None:
    moderator.post("/admin/posts/new", data={"title": "About"})
    opened = edited(moderator, "about", body="Words of the draft.")
    site.pages.mkdir()
    (site.pages / "about.md").write_text("---\ntitle: About us\n---\n\nThe page.\n", "utf-8")
    assert publishing.publish(db, site, by=by()).done == [("../pages/about.md", "added", "about")]
    for path in ("/admin/posts/about/edit", "/admin/posts/about/unsaved"):
        answer = moderator.post(path, data={**opened, "action": "save"}, headers=JSON)
        assert answer.status_code == 409
        assert "'About us' was published at this address in the meantime." in answer.json()["detail"]
    assert "The page." in form_of(moderator.get("/admin/posts/about/edit").text)["body"]
    assert save(moderator, "about-2", body="Words of the draft.").status_code == 200
    assert "Words of the draft." in text(site, "about/index.md")
