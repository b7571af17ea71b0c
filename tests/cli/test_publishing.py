import json
import re
import shutil
from pathlib import Path

import pytest
from sqlite_utils import Database

from blog.settings import Settings
from tests import factories
from tests.cli.conftest import Run, everything, refused
from tests.factories import write_post

PAGE = Path(__file__).parent.parent / "importing" / "pages" / "comment_list.html"


# New


def test_new_makes_a_draft_that_publish_takes(blog: Run, site: Settings, db: Database) -> None:
    result = blog("new", "  It's about: “lamps”  &\nlight ")
    path = site.posts / "its-about-lamps-light.md"
    assert (result.exit_code, result.stdout) == (0, f"{path}\n")
    front = path.read_text("utf-8").splitlines()
    assert front[:2] == ["---", "title: 'It''s about: “lamps” & light'"]
    assert front[3:] == ["status: draft", "---", ""]
    assert blog("publish").stdout == "draft: posts/its-about-lamps-light.md → its-about-lamps-light\n"
    row = db.conn.execute("select title, status from posts").fetchone()
    assert row == ("It's about: “lamps” & light", "draft")


def test_a_title_in_any_script_makes_a_file(blog: Run, site: Settings) -> None:
    blog("new", "Über Straßen")
    blog("new", "漢字" * 100)
    blog("new", "???")
    assert {path.name for path in site.posts.iterdir()} == {
        "über-strassen.md",
        "漢字" * 33 + ".md",
        "post.md",
    }


def test_new_refuses_a_name_that_is_taken_and_leaves_the_file(blog: Run, site: Settings) -> None:
    path = write_post(site.root, "on-lamps")
    before = path.read_text("utf-8")
    assert refused(blog("new", "On lamps")) == f"{path} is there already."
    assert path.read_text("utf-8") == before
    assert [each.name for each in site.posts.iterdir()] == ["on-lamps.md"]


@pytest.mark.parametrize(("title", "length"), [("", "0"), (" \n ", "0"), ("x" * 301, "301")])
def test_new_refuses_what_could_not_be_published(blog: Run, site: Settings, title: str, length: str) -> None:
    assert refused(blog("new", title)) == f"A title has 1 to 300 characters; this one has {length}."
    assert list(site.posts.iterdir()) == []


# Publish


def test_publish_says_what_changed_and_nothing_the_second_time(blog: Run, site: Settings, db: Database) -> None:
    write_post(site.root, "one")
    write_post(site.root, "two", front="status: withdrawn\n")
    result = blog("publish")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "added: posts/one.md → one\nwithdrawn: posts/two.md → two\n"
    before = everything(db)
    assert blog("publish").stdout == "Nothing changed.\n"
    assert everything(db) == before
    write_post(site.root, "one", body="Other words.")
    assert blog("publish").stdout == "changed: posts/one.md → one\n"


def test_publish_takes_the_files_that_are_named(blog: Run, site: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for slug in ("one", "two", "three", "four"):
        write_post(site.root, slug)
    monkeypatch.chdir(site.posts)
    result = blog("publish", site.posts / "one.md", "posts/two.md", "three.md")
    assert [line.split(" → ")[1] for line in result.stdout.splitlines()] == ["one", "two", "three"]


@pytest.mark.parametrize("name", ["nope.md", "blog.toml", "posts", "../outside.md", "/etc/hostname"])
def test_a_file_that_is_no_post_is_refused_and_the_others_with_it(
    blog: Run, site: Settings, db: Database, name: str
) -> None:
    write_post(site.root, "one")
    (site.root.parent / "outside.md").write_text("---\ntitle: T\ndate: 2026-01-01\n---\n", "utf-8")
    before = everything(db)
    assert refused(blog("publish", "posts/one.md", name)) == (
        f"{name} is no Markdown file in {site.posts} or {site.pages}."
    )
    assert everything(db) == before


def test_publish_names_what_is_broken_and_publishes_the_others(blog: Run, site: Settings) -> None:
    write_post(site.root, "fine")
    write_post(site.root, "broken", front="toc: maybe\n")
    result = blog("publish")
    assert (result.exit_code, result.stdout) == (1, "added: posts/fine.md → fine\n")
    assert result.stderr == "posts/broken.md, line 4: toc is 'maybe'; write true or false.\n"


def test_publish_as_json_lists_changes_and_problems(blog: Run, site: Settings) -> None:
    write_post(site.root, "fine")
    write_post(site.root, "broken", front="toc: maybe\n")
    result = blog("publish", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "changed": [{"path": "fine.md", "what": "added", "slug": "fine"}],
        "unchanged": 0,
        "problems": ["broken.md, line 4: toc is 'maybe'; write true or false."],
    }
    (site.posts / "broken.md").unlink()
    result = blog("publish", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"changed": [], "unchanged": 1, "problems": []})


# Import


def test_an_import_makes_a_post_with_its_comments_in_one_batch(blog: Run, site: Settings, db: Database) -> None:
    result = blog("import", "page", PAGE, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    report = json.loads(result.stdout)
    assert set(report) == {
        *("title", "added", "closed", "path", "slug", "batch", "dry_run", "findings", "doubts"),
        *("posts", "pages", "comments", "replies", "pings", "media", "redirects", "skipped", "unsure"),
    }
    assert (report["batch"], report["dry_run"], report["added"]) == (1, False, report["comments"]["approved"])
    assert (site.posts / report["path"]).is_file()
    stored = json.loads(blog("queue", "--status", "approved", "--limit", "0", "--json").stdout)
    assert len(stored) == report["comments"]["approved"] > 1
    assert {row["post"] for row in stored} == {report["slug"]}
    assert any(row["parent"] for row in stored)
    assert blog("publish").stdout == "Nothing changed.\n"
    assert blog("check").exit_code == 0


def test_an_import_prints_a_report_that_ends_with_what_it_did(blog: Run) -> None:
    lines = blog("import", "page", PAGE).stdout.splitlines()
    assert lines[0].startswith("“")
    assert lines[-1].startswith("Imported to posts/")
    assert lines[-1].endswith("Batch 1; undo with: blog undo 1")
    assert blog("import", "page", PAGE).stdout.splitlines()[-1] == "Nothing was added: all of it is here already."


def test_a_second_import_adds_nothing(blog: Run, site: Settings, db: Database) -> None:
    first = json.loads(blog("import", "page", PAGE, "--json").stdout)
    before, files = everything(db), sorted(site.posts.iterdir())
    second = json.loads(blog("import", "page", PAGE, "--json").stdout)
    assert (second["batch"], second["added"]) == (None, 0)
    assert (second["path"], second["slug"]) == (first["path"], first["slug"])
    assert everything(db) == before
    assert sorted(site.posts.iterdir()) == files


def test_a_page_that_has_grown_adds_what_is_new(blog: Run, tmp_path: Path, db: Database) -> None:
    text = (
        "On lamps\n\nA page about lamps, and a long one, with enough words to be taken for a text.\n\n"
        "One thought on “On lamps”\n\nAna says:\n2 March 2018 at 10:00\n\nFirst words.\n"
    )
    more = text.replace("One thought", "2 thoughts") + "\nBob says:\n3 March 2018 at 10:00\n\nSecond words.\n"
    saved = tmp_path / "saved.txt"
    saved.write_text(text, "utf-8")
    assert json.loads(blog("import", "page", saved, "--json").stdout)["added"] == 1
    saved.write_text(more, "utf-8")
    report = json.loads(blog("import", "page", saved, "--json").stdout)
    assert (report["added"], report["posts"]) == (1, 0)
    logged = [row["sentence"] for row in json.loads(blog("log", "--json").stdout)]
    assert logged == ["Imported one comment to “On lamps”.", "Imported “On lamps” with one comment."]


def test_a_dry_run_changes_nothing(blog: Run, site: Settings, db: Database) -> None:
    before = everything(db)
    result = blog("import", "page", PAGE, "--dry-run")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith("Nothing was changed. It would become posts/")
    assert everything(db) == before
    assert list(site.posts.iterdir()) == []
    blog("import", "page", PAGE)
    before = everything(db)
    assert "It came in before, as posts/" in blog("import", "page", PAGE, "--dry-run").stdout
    assert everything(db) == before


def test_undo_takes_an_import_back_with_its_file(blog: Run, site: Settings, db: Database) -> None:
    report = json.loads(blog("import", "page", PAGE, "--json").stdout)
    result = blog("undo")
    assert result.stdout == f"Batch 1 was undone by batch 2. Removed posts/{report['path']}.\n"
    assert list(site.posts.iterdir()) == []
    assert everything(db)["posts"] == everything(db)["comments"] == []
    logged = [row["sentence"] for row in json.loads(blog("log", "--json").stdout)]
    assert logged[1] == f"Imported {report['path']} with {report['added']:,} comments."
    assert blog("check").exit_code == 0
    assert json.loads(blog("import", "page", PAGE, "--json").stdout)["added"] == report["added"]


def test_an_import_is_taken_back_whatever_was_decided_on_its_comments_since(
    blog: Run, site: Settings, db: Database
) -> None:
    blog("import", "page", PAGE)
    first, second = db.conn.execute("select id from comments order by id limit 2").fetchall()
    blog("spam", first[0])
    blog("trash", second[0])
    assert blog("undo", 1).exit_code == 0
    assert everything(db)["posts"] == everything(db)["comments"] == []


@pytest.mark.parametrize("words", [["undo"], ["undo", "--json"]])
def test_undo_leaves_a_file_that_was_edited_since_and_says_so(blog: Run, site: Settings, words: list[str]) -> None:
    path = site.posts / json.loads(blog("import", "page", PAGE, "--json").stdout)["path"]
    path.write_text(path.read_text("utf-8") + "\nMore.\n", "utf-8")
    result = blog(*words)
    assert result.exit_code == 0
    assert (
        result.stderr
        == f"posts/{path.name} was edited since, so it was not deleted. Delete it, or it will be published again.\n"
    )
    assert path.is_file()


def test_an_import_that_was_published_with_changes_is_not_undone(blog: Run, site: Settings, db: Database) -> None:
    path = site.posts / json.loads(blog("import", "page", PAGE, "--json").stdout)["path"]
    path.write_text(path.read_text("utf-8") + "\nMore.\n", "utf-8")
    blog("publish")
    before = everything(db)
    assert refused(blog("undo")) == (
        f"Batch 1 cannot be undone: posts/{path.name} was changed since. Delete it by hand."
    )
    assert everything(db) == before
    assert path.is_file()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty."),
        (b"<?xml version='1.0'?><rss></rss>", "is XML, perhaps a feed or an export, and no saved page."),
    ],
)
def test_what_is_no_saved_page_is_refused(
    blog: Run, site: Settings, db: Database, tmp_path: Path, content: bytes, sentence: str
) -> None:
    saved = tmp_path / "saved.html"
    saved.write_bytes(content)
    before = everything(db)
    assert refused(blog("import", "page", saved)) == f"saved.html {sentence}"
    assert everything(db) == before
    assert list(site.posts.iterdir()) == []


@pytest.mark.parametrize("words", [["import"], ["import", "page"], ["import", "page", "nope.html"]])
def test_an_import_of_nothing_is_wrong_usage(blog: Run, words: list[str]) -> None:
    assert blog(*words).exit_code == 2


def test_an_import_finds_a_free_name_for_its_file(blog: Run, site: Settings) -> None:
    first = json.loads(blog("import", "page", PAGE, "--dry-run", "--json").stdout)["path"]
    shutil.copyfile(write_post(site.root, "mine"), site.posts / first)
    (site.posts / "mine.md").unlink()
    before = (site.posts / first).read_text("utf-8")
    report = json.loads(blog("import", "page", PAGE, "--json").stdout)
    assert report["path"] == first.replace(".md", "-2.md")
    assert (site.posts / first).read_text("utf-8") == before


# Posts, previews, exports


def test_posts_are_listed_with_their_state_discussion_and_counts(blog: Run, site: Settings, db: Database) -> None:
    write_post(site.root, "one", title="One")
    write_post(site.root, "two", front="status: draft\ncomments: closed\n", title="Two")
    (site.posts / "late.md").write_text("---\ntitle: Late\ndate: 2999-01-01\n---\n\nLater.\n", "utf-8")
    (site.pages).mkdir()
    (site.pages / "about.md").write_text("---\ntitle: About\n---\n", "utf-8")
    blog("publish")
    factories.decide(db, factories.submit(db, slug="one"), "approve")
    factories.submit(db, n=2, slug="one")
    told = {each["slug"]: each for each in json.loads(blog("posts", "--json").stdout)}
    assert {slug: each["state"] for slug, each in told.items()} == {
        "about": "published",
        "late": "scheduled",
        "one": "published",
        "two": "draft",
    }
    assert (told["one"]["approved"], told["one"]["waiting"], told["one"]["discussion"]) == (1, 1, "open")
    assert (told["two"]["discussion"], told["two"]["cause"]) == ("closed", "front matter")
    assert (told["about"]["kind"], told["about"]["file"], told["about"]["date"]) == ("page", "pages/about.md", "")
    assert blog("posts", "--state", "draft").stdout == "Two\tdraft\t2026-05-01\tclosed\t0\t0\ttwo\n"
    assert blog("posts", "--state", "withdrawn").stdout == ""


def test_a_preview_is_the_page_that_a_file_will_become(blog: Run, site: Settings, db: Database) -> None:
    write_post(site.root, "trip/index", front="status: draft\n", title="A trip", body="![A lamp](lamp.png) *words*")
    (site.posts / "trip" / "lamp.png").write_bytes(b"png")
    before = everything(db)
    page = blog("preview", "posts/trip/index.md").stdout
    assert "<em>words</em>" in page
    assert ">A trip</h1>" in page
    assert f'src="{(site.posts / "trip" / "lamp.png").as_uri()}"' in page
    assert re.search(r'<link rel="stylesheet" href="file://[^"]+/site\.css">', page)
    assert "<form" not in page
    output = site.root / "out.html"
    assert blog("preview", "trip/index.md", "--output", str(output)).exit_code == 0
    assert output.read_text("utf-8").strip() == page.strip()
    assert everything(db) == before


def test_a_preview_of_a_broken_file_says_what_is_wrong(blog: Run, site: Settings) -> None:
    write_post(site.root, "one", front="status: public\n")
    assert "one.md, line 4: status is 'public'" in refused(blog("preview", "one.md"))
    assert "is no Markdown file in" in refused(blog("preview", "nothing.md"))


def test_an_export_publishes_what_changed_and_says_how_many_files_it_made(
    blog: Run, site: Settings, db: Database, tmp_path: Path
) -> None:
    write_post(site.root, "one", body="[Nowhere](/nothing/)")
    write_post(site.root, "broken", front="status: public\n")
    done = blog("export", "static", str(site.root / "copy"))
    assert done.exit_code == 0
    assert f"files are in {site.root / 'copy'}." in done.stdout
    assert "/one/ leads to /nothing/, where nothing is." in done.stderr
    assert "posts/broken.md, line 4" in done.stderr
    assert (site.root / "copy" / "one" / "index.html").is_file()
    told = json.loads(blog("export", "static", str(site.root / "copy"), "--json").stdout)
    assert told["files"] > 10
    assert "has other files in it" in refused(blog("export", "static", str(site.posts)))


# Versions


def test_versions_are_listed_printed_and_restored(blog: Run, site: Settings, db: Database) -> None:
    path = write_post(site.root, body="First.")
    first = path.read_text("utf-8")
    blog("publish")
    path.write_text(first.replace("First.", "Second."), "utf-8")
    blog("publish")
    listed = json.loads(blog("versions", "a-post", "--json").stdout)
    assert [(row["source"], row["status"], row["saved"]) for row in listed] == [("command", "published", True)] * 2
    assert blog("versions", "a-post").stdout.count("published") == 2
    oldest = str(listed[-1]["id"])
    assert blog("versions", "a-post", "--show", oldest).stdout == first
    done = blog("versions", "a-post", "--restore", oldest)
    assert done.stdout == f"posts/a-post.md is as it was in version {oldest}.\n"
    assert path.read_text("utf-8") == first
    assert len(json.loads(blog("versions", "a-post", "--json").stdout)) == 3
    assert blog("log", "--kind", "posts").stdout.count("Restored an earlier version of “A post”.") == 1
    assert refused(blog("versions", "a-post", "--restore", "99")) == "This post has no version 99."
    assert refused(blog("versions", "no-post")) == "There is no post 'no-post'."
