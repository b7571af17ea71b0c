"""What whoever moved here has still to mend: with file and line."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from blog import posts
from blog.publishing import lint, movers_list
from blog.settings import Settings
from tests.factories import NOON, write_post


def of(folder: Path, body: str) -> list[str]:
    path = folder / "a-post.md"
    path.write_text(f"---\ntitle: T\ndate: 2026-05-01\n---\n\n{body}\n", "utf-8")
    file = posts.load(path, folder)
    return [str(each) for each in movers_list.of_file(file, file.first_line)]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("x\n{{ page.url }}", "line 7: {{ page.url }} is a tag of another generator, and stands on the page as it is."),
        ("{% include x %}", "line 6: {% include x %} is a tag of another generator, and stands on the page as it is."),
        (
            "![a](https://x.example/y.png)",
            "line 6: The picture https://x.example/y.png is on another site, and is not shown.",
        ),
        ("![](lamp.png)", "line 6: The picture lamp.png has no words for those who do not see it."),
        ("<img src='lamp.png'>", "line 6: The picture lamp.png has no words for those who do not see it."),
        (
            "<iframe src='https://v.example/1'>",
            "line 6: The frame of https://v.example/1 is shown as a link. If readers may open it on the page, name"
            " v.example under `frames` in blog.toml.",
        ),
    ],
)
def test_each_thing_to_mend_is_named_with_its_line(tmp_path: Path, body: str, sentence: str) -> None:
    assert of(tmp_path, body) == [f"posts/a-post.md, {sentence}"]


@pytest.mark.parametrize(
    "body", ["```\n{{ x }}\n```", "Say `{{ x }}`.", "![A lamp](lamp.png)", "<img src='lamp.png' alt='A lamp'>", "A [link](https://x.example/)."]
)  # fmt: skip
def test_code_and_what_is_well_is_not_named(tmp_path: Path, body: str) -> None:
    assert of(tmp_path, body) == []


def test_check_lists_them_and_files_that_are_not_read_and_bad_redirects(db: Database, site: Settings) -> None:
    write_post(site.root, body="{{ x }}", front="kicker: K\n")
    (site.posts / "old.rst").write_text("x", "utf-8")
    (site.root / "_redirects").write_text("/a /b\n/b /a\nnonsense\n", "utf-8")
    remarks = lint.remarks(db, site, at=NOON)
    for sentence in (
        "posts/a-post.md, line 4: kicker means nothing here, and is left out.",
        "posts/a-post.md, line 7: {{ x }} is a tag of another generator, and stands on the page as it is.",
        "posts/old.rst is not read: posts end in .md or .markdown.",
        "_redirects, line 3: Write the old path, the new one, and 301, 302 or 410, parted by blanks.",
        "_redirects, line 1: /a leads round in a circle. Change where it leads.",
    ):
        assert sentence in remarks
