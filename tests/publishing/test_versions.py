"""Versions of posts: what is kept of whom, what is restored, and what goes when there are very many."""

import random
import string
import zlib

import pytest
from sqlite_utils import Database

from blog import publishing
from blog.errors import BadPost, Invalid, NotFound
from blog.journal.events import Actor
from blog.journal.log import log
from blog.moderation.acts import ACTS
from blog.posts import versions
from blog.publishing import comparison, editor, restoration, unsaved
from blog.publishing.restoration import Wish
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.factories import NOON, by, write_post


@pytest.fixture
def ana(db: Database) -> int:
    return factories.account(db)


def kept(db: Database, slug: str = "a-post") -> list[tuple[str, str, str]]:
    """Return who, source and status of the versions, the oldest first."""
    rows = versions.of_post(db, editor.find(db, slug)["id"])
    return [(row["who"], row["source"], row["status"]) for row in reversed(rows)]


def texts(db: Database, slug: str = "a-post") -> list[bytes]:
    numbers = [row["id"] for row in versions.of_post(db, editor.find(db, slug)["id"])]
    found = versions.contents(db, numbers)
    return [found[number] for number in reversed(numbers)]


def save(db: Database, site: Settings, text: str, *, account: int | None = None, at: str = NOON) -> None:
    """Save on the desk, and publish."""
    base, actor = editor.present(site, "a-post.md").digest, Actor(at, account, "web")
    editor.keep(db, site, "a-post.md", text.encode(), base=base, by=actor)
    editor.save(site, "a-post.md", text, base=base)
    publishing.publish(db, site, [site.posts / "a-post.md"], by=actor)


def restore(db: Database, site: Settings, place: int, *, by: Actor, base: str | None = None, owner: str = "") -> str:
    """Restore a version by its place, the oldest is 0."""
    post = editor.find(db, "a-post")
    number = [row["id"] for row in reversed(versions.of_post(db, post["id"]))][place]
    digest = editor.present(site, "a-post.md").digest if base is None else base
    return restoration.restore(db, site, Wish(post, number, digest, owner), by=by)


def test_what_is_published_from_the_folder_and_saved_on_the_desk_is_kept(
    site: Settings, db: Database, ana: int
) -> None:
    path = write_post(site.root)
    first = path.read_bytes()
    publishing.publish(db, site, by=by())
    path.write_bytes(first.replace(b"\n", b"\r\n") + "Grüße\r\n".encode())
    second = path.read_bytes()
    publishing.publish(db, site, by=by())
    save(db, site, editor.present(site, "a-post.md").text.replace("Words.", "Other words."), account=ana)
    assert kept(db) == [("", "command", "published"), ("", "command", "published"), ("ana", "web", "published")]
    assert texts(db)[:2] == [first, second]
    for _ in range(2):
        publishing.publish(db, site, by=by())
    assert len(kept(db)) == 3


def test_a_new_rendering_of_the_same_file_is_no_version(
    site: Settings, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_post(site.root)
    publishing.publish(db, site, by=by())
    monkeypatch.setattr("blog.publishing.publication.RENDERING", "another")
    monkeypatch.setattr("blog.posts.files.RENDERING", "another")
    assert publishing.publish(db, site, by=by()).done
    assert len(kept(db)) == 1


def test_what_a_save_overwrites_is_kept_although_nobody_published_it(site: Settings, db: Database, ana: int) -> None:
    path = write_post(site.root)
    publishing.publish(db, site, by=by())
    path.write_text("No head at all, and three hours of work.", "utf-8")
    save(db, site, "---\ntitle: A post\ndate: 2026-05-01\n---\n\nMine.\n", account=ana)
    assert texts(db)[1] == b"No head at all, and three hours of work."
    assert kept(db)[1][:2] == ("", "command")


def test_a_restored_version_is_the_file_byte_for_byte_and_can_be_taken_back(
    site: Settings, db: Database, ana: int
) -> None:
    path = write_post(site.root, body="First.")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    first = path.read_bytes()
    publishing.publish(db, site, by=by())
    save(db, site, editor.present(site, "a-post.md").text.replace("First.", "Second."), account=ana)
    second = path.read_bytes()
    restore(db, site, 0, by=Actor(NOON, ana))
    assert path.read_bytes() == first
    assert "First." in db.conn.execute("select text from posts").fetchone()[0]
    restore(db, site, 1, by=Actor(NOON, ana))
    assert path.read_bytes() == second
    assert texts(db) == [first, second, first, second]
    entry = log(db, ACTS)[0]
    assert (entry["kind"], entry["who"], entry["title"], entry["batch"]) == ("post restored", "ana", "A post", None)


def test_a_version_is_not_restored_over_what_came_in_between(site: Settings, db: Database, ana: int) -> None:
    path = write_post(site.root)
    publishing.publish(db, site, by=by())
    save(db, site, editor.present(site, "a-post.md").text + "More.\n", account=ana)
    seen = editor.present(site, "a-post.md").digest
    path.write_text(path.read_text("utf-8") + "In between.\n", "utf-8")
    with pytest.raises(editor.Changed, match="Nothing was written"):
        restore(db, site, 0, by=Actor(NOON, ana), base=seen)
    assert path.read_text("utf-8").endswith("In between.\n")
    assert len(kept(db)) == 2
    path.unlink()
    with pytest.raises(editor.Vanished):
        restore(db, site, 0, by=Actor(NOON, ana), base=seen)
    restore(db, site, 1, by=Actor(NOON, ana), base="")
    assert path.read_text("utf-8").endswith("More.\n")


def test_an_old_draft_is_restored_without_taking_the_post_from_its_readers(
    site: Settings, db: Database, ana: int
) -> None:
    path = write_post(site.root, front="status: draft\n", body="Early words.")
    publishing.publish(db, site, by=by())
    save(db, site, "---\ntitle: A post\ndate: 2026-05-06 10:00\n---\n\nLate words.\n", account=ana)
    restore(db, site, 0, by=Actor(NOON, ana))
    post = editor.find(db, "a-post")
    assert (post["status"], post["published_at"]) == ("published", "2026-05-06T10:00:00.000Z")
    assert "Early words." in path.read_text("utf-8")
    assert kept(db)[-1] == ("ana", "web", "published")


def test_a_draft_with_a_head_that_is_no_yaml_is_not_made_public_or_private_by_chance(
    site: Settings, db: Database, ana: int
) -> None:
    path = site.posts / "a-post.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text('+++\ntitle = "A post"\ndraft = true\n+++\n\nEarly words.\n', "utf-8")
    publishing.publish(db, site, by=by())
    save(db, site, "---\ntitle: A post\ndate: 2026-05-06\n---\n\nLate words.\n", account=ana)
    with pytest.raises(Invalid, match="Copy the text into the post"):
        restore(db, site, 0, by=Actor(NOON, ana))
    assert "Late words." in path.read_text("utf-8")


def test_what_was_typed_and_not_saved_is_kept_when_a_version_is_restored(
    site: Settings, db: Database, ana: int
) -> None:
    write_post(site.root)
    publishing.publish(db, site, by=by())
    save(db, site, editor.present(site, "a-post.md").text + "More.\n", account=ana)
    post = editor.find(db, "a-post")["id"]
    unsaved.save(db, post, ana, "half a sentence", "", at=NOON)
    restore(db, site, 0, by=Actor(NOON, ana))
    rows = versions.of_post(db, post)
    assert [row["saved"] for row in rows] == [1, 0, 1, 1]
    assert texts(db)[2] == b"half a sentence"
    assert unsaved.load(db, post, ana) is None
    with pytest.raises(BadPost):
        restore(db, site, 2, by=Actor(NOON, ana))


def test_an_author_restores_no_html_of_an_editor(site: Settings, db: Database) -> None:
    account = factories.account(db, "judith", role="author")
    write_post(site.root, front="author: judith\n", body="<form>Click</form>")
    publishing.publish(db, site, by=by())
    save(db, site, "---\ntitle: A post\ndate: 2026-05-01\nauthor: judith\nhtml: false\n---\n\nPlain.\n")
    with pytest.raises(Invalid, match="HTML is for administrators"):
        restore(db, site, 0, by=Actor(NOON, account), owner="judith")
    save(db, site, "---\ntitle: A post\ndate: 2026-05-01\nauthor: judith\nhtml: false\n---\n\nPlain words.\n")
    restore(db, site, 1, by=Actor(NOON, account), owner="judith")
    assert "Plain.\n" in (site.posts / "a-post.md").read_text("utf-8")


def test_a_version_of_another_post_is_none_of_this_one(site: Settings, db: Database) -> None:
    for slug in ("a-post", "other"):
        write_post(site.root, slug, body=slug)
    publishing.publish(db, site, by=by())
    other = versions.of_post(db, editor.find(db, "other")["id"])[0]["id"]
    post = editor.find(db, "a-post")
    wish = Wish(post, other, editor.present(site, "a-post.md").digest)
    with pytest.raises(NotFound, match="no version"):
        restoration.restore(db, site, wish, by=by())


def test_of_very_many_versions_those_go_that_stood_for_the_shortest_time(db: Database) -> None:
    post, quiet = factories.post(db), factories.post(db, "quiet")
    versions.keep(db, quiet, b"alone", "draft", by=by())
    for hour in range(5):
        versions.keep(db, post, f"evening {hour}".encode(), "draft", by=by(f"2026-05-0{1 + hour}T20:00:00.000Z"))
    for n in range(versions.MOST + 50):
        at = f"2026-05-06T10:{n // 60:02}:{n % 60:02}.000Z"
        versions.keep(db, post, f"second {n}".encode(), "draft", by=by(at))
    assert versions.thin(db) == 55
    assert versions.thin(db) == 0
    rows = versions.of_post(db, post)
    found = versions.contents(db, [row["id"] for row in rows])
    left = [found[row["id"]].decode() for row in reversed(rows)]
    assert len(left) == versions.MOST
    assert left[:5] == [f"evening {hour}" for hour in range(5)]
    assert left[-1] == f"second {versions.MOST + 49}"
    assert versions.count(db, quiet) == 1


def test_a_version_never_unpacks_to_more_than_a_file_may_have(db: Database) -> None:
    post = factories.post(db)
    versions.keep(db, post, b"0" * (versions.LARGEST + 1), "draft", by=by())
    assert versions.count(db, post) == 0
    versions.keep(db, post, b"0" * versions.LARGEST, "draft", by=by())
    size = db.conn.execute("select length(data) from post_versions").fetchone()[0]
    assert size < 10_000
    bomb = store.rows(db, "select id from post_versions")[0]["id"]
    db.conn.execute("update post_versions set data = ?", [zlib.compress(b"0" * 20 * versions.LARGEST)])
    assert len(versions.contents(db, [bomb])[bomb]) == versions.LARGEST


BEFORE = "---\ntitle: Lamps\n---\n\nOne.\n\nTwo words here.\n\nThree.\n\nFour.\n"
AFTER = "---\ntitle: Lamps\n---\n\nOne.\n\nTwo other words here.\n\nThree.\n\nAdded whole.\n\nFour.\n"


def test_a_comparison_shows_the_changed_places_and_counts_their_words() -> None:
    shown = comparison.compare(BEFORE, AFTER)
    assert (shown.added, shown.removed, shown.places) == (3, 0, 2)
    assert [(part.kind, part.paragraphs) for part in shown.parts] == [
        ("same", 2),
        ("changed", 0),
        ("same", 1),
        ("changed", 0),
        ("same", 1),
    ]
    assert comparison.compare(AFTER, AFTER).places == 0
    assert comparison.count_words(BEFORE, AFTER) == (3, 0)


@pytest.mark.parametrize("seed", range(20))
def test_a_comparison_loses_no_letter_of_either_text(seed: int) -> None:
    chance = random.Random(seed)

    def text() -> str:
        words = ["".join(chance.choices(string.ascii_lowercase[:3], k=2)) for _ in range(chance.randrange(60))]
        return "".join(word + chance.choice([" ", "\n", "\n\n", "\n\n\n"]) for word in words)

    before, after = text(), text()
    parts = comparison.compare(before, after).parts
    for kind, whole in (("gone", before), ("new", after)):
        pieces = ["".join(words for each, words in part.runs if each in ("same", kind)) for part in parts]
        assert [word for piece in pieces for word in piece.split()] == whole.split()


@pytest.mark.timeout(20)
def test_texts_that_are_hard_to_compare_take_no_time() -> None:
    long = "\n\n".join(f"a {n % 7}" for n in range(40_000))
    other = "\n\n".join(f"b {n % 5}" for n in range(40_000))
    assert comparison.compare(long, other).places == 1
    assert comparison.compare("a " * 6_000, "a b " * 3_000).added >= 3_000
    words = [f"w{n % 101}" for n in range(1_200)]
    assert comparison.compare(" ".join(words), " ".join(reversed(words))).places == 1
