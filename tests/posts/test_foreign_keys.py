"""The front matter of Jekyll, Hugo, Pelican and Eleventy: it simply works, and what means nothing here is a note."""

from pathlib import Path

import pytest

from blog import posts
from blog.posts import PostFile


def load(folder: Path, text: str, name: str = "a-post.md") -> PostFile:
    (folder / name).write_text(text, "utf-8")
    return posts.load(folder / name, folder)


def test_a_jekyll_post_has_its_date_in_its_name(tmp_path: Path) -> None:
    head = "layout: post\ntitle: T\ncategories: law rivers\ntags: [maps]\npermalink: /law/old-place.html"
    text = f"---\n{head}\n---\n\nWords.\n"
    file = load(tmp_path, text, "2019-05-07-the-thing.markdown")
    assert (file.title, file.published_at[:10], file.slug) == ("T", "2019-05-07", "old-place")
    assert (file.tags, file.redirect_from, file.notes) == (("law", "rivers", "maps"), ("/law/old-place.html",), ())


def test_a_jekyll_post_without_a_title_is_called_by_its_name(tmp_path: Path) -> None:
    assert load(tmp_path, "---\nlayout: post\n---\n\nx\n", "2019-05-07-the-thing.md").title == "The thing"


def test_hugo_writes_toml(tmp_path: Path) -> None:
    text = (
        '+++\ntitle = "T"\ndate = 2019-05-07T10:00:00+02:00\nlastmod = 2020-01-01\n'
        'draft = true\ndescription = "Short."\n'
        'aliases = ["/old/", "older"]\ncategories = ["a"]\n[menu.main]\nweight = 1\n+++\n\nWords.\n'
    )
    file = load(tmp_path, text)
    assert (file.status, file.published_at, file.updated_at) == (
        "draft", "2019-05-07T08:00:00.000Z", "2020-01-01T00:00:00.000Z"
    )  # fmt: skip
    assert (file.summary, file.redirect_from, file.tags) == ("Short.", ("/old", "/older"), ("a",))
    assert [sentence for _, sentence in file.notes] == ["menu means nothing here, and is left out."]


def test_hugo_writes_json(tmp_path: Path) -> None:
    file = load(tmp_path, '{\n  "title": "T",\n  "publishDate": "2019-05-07",\n  "authors": ["A", "B"]\n}\n\nWords.\n')
    assert (file.title, file.published_at[:10], file.author, file.body) == ("T", "2019-05-07", "A, B", "Words.\n")


def test_pelican_writes_lines(tmp_path: Path) -> None:
    head = "Title: T: it goes on\nDate: 2014-3-7 9:05\nCategory: Python\nTags: a, b\nSlug: t\nSummary: One\n    two."
    text = f"{head}\n\nWords.\n"
    file = load(tmp_path, text)
    assert (file.title, file.published_at, file.tags, file.summary) == (
        "T: it goes on", "2014-03-07T09:05:00.000Z", ("Python", "a", "b"), "One two."
    )  # fmt: skip
    assert (file.body, file.first_line) == ("Words.\n", 9)


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("tittle: T", "tittle means nothing here, and is left out. Did you mean title?"),
        ("cover: {image: x.jpg}", "cover means nothing here, and is left out."),
        ("aliases: ['https://', '/fine/']", "The old address 'https://' cannot lead here."),
        ("permalink: /:year/:title/", "permalink is a pattern, and is left out."),
        ("status: hidden", "status hidden is taken as draft."),
        ("image: assets/x.jpg", "image names 'assets/x.jpg', which is no picture beside this file."),
    ],
)
def test_what_means_nothing_here_is_a_note_with_its_line(tmp_path: Path, line: str, note: str) -> None:
    file = load(tmp_path, f"---\ntitle: T\ndate: 2019-05-07\n{line}\n---\n\nx\n")
    assert file.notes == ((4, note),)


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("published: false", "status", "draft"),
        ("published: true", "status", "published"),
        ("permalink: false", "status", "draft"),
        ("author: {name: Bea, url: x}", "author", "Bea"),
        ("lang: de_DE", "language", "de-DE"),
        ("Author: Bea", "author", "Bea"),
        ("url: /2019/a-thing/", "slug", "a-thing"),
        ("updated: 2026-5-7", "updated_at", "2026-05-07T00:00:00.000Z"),
        ("redirect_from: '/?p=12'", "redirect_from", ("/?p=12",)),
    ],
)
def test_a_key_of_another_generator_is_understood(tmp_path: Path, line: str, name: str, value: object) -> None:
    file = load(tmp_path, f"---\ntitle: T\ndate: 2019-05-07\n{line}\n---\n\nx\n")
    assert (getattr(file, name), file.notes) == (value, ())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("+++\ntitle = \n+++\n", "The front matter is no valid TOML"),
        ('+++\ntitle = "T"\n', "The front matter has no end. Write +++ on a line of its own below it."),
        ('{"title": \n', "The front matter is no valid JSON"),
        ("Words: only words\n\nx", "A post begins with its front matter."),
    ],
)
def test_a_broken_head_is_told(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(posts.files.BadPost) as refusal:
        load(tmp_path, text)
    assert refusal.value.problem.startswith(problem)
