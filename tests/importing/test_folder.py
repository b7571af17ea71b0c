"""Folders of other generators: what is a post, where it was, and what its text becomes."""

from pathlib import Path

import pytest

from blog.importing import folder
from blog.importing.imported import ImportedPost, Item, Skipped, Unsure
from blog.importing.model import Unreadable


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


def read(root: Path, files: dict[str, str]) -> tuple[dict[str, ImportedPost], list[str]]:
    found: list[Item] = list(folder.read(write(root, files)))
    posts = {each.slug: each for each in found if isinstance(each, ImportedPost)}
    return posts, [f"{each.what}: {each.why}" for each in found if isinstance(each, Skipped | Unsure)]


@pytest.mark.parametrize(
    ("name", "generator"),
    [
        ("_config.yml", "jekyll"),
        ("hugo.toml", "hugo"),
        ("pelicanconf.py", "pelican"),
        ("eleventy.config.js", "eleventy"),
    ],
)
def test_a_generator_is_told_by_its_files(tmp_path: Path, name: str, generator: str) -> None:
    assert folder.tell(write(tmp_path, {name: "x"})) == generator


def test_jekyll_has_posts_drafts_and_pages(tmp_path: Path) -> None:
    posts, _ = read(
        tmp_path,
        {
            "_config.yml": "permalink: /:categories/:year/:title/\n",
            "_posts/2019-05-07-a-thing.md": "---\ntitle: A thing\ncategories: [law]\n---\n\n"
            "See {% post_url 2018-01-01-b %}.\n",
            "_posts/2018-01-01-b.md": "---\nlayout: post\n---\n\nx\n",
            "_drafts/c.md": "---\ntitle: C\n---\n\nx\n",
            "about.md": "---\ntitle: About\n---\n\nx\n",
            "README.md": "# No post",
            "_includes/d.md": "---\ntitle: D\n---\n\nx\n",
        },
    )
    assert {slug: (post.kind, post.status) for slug, post in posts.items()} == {
        "b": ("post", "published"), "a-thing": ("post", "published"), "c": ("post", "draft"),
        "about": ("page", "published"),
    }  # fmt: skip
    assert (posts["a-thing"].addresses, posts["a-thing"].body) == (("/law/2019/a-thing/",), "See /b/.\n")
    assert posts["b"].title == "B"


def test_hugo_shortcodes_and_bundles_become_markdown(tmp_path: Path) -> None:
    posts, doubts = read(
        tmp_path,
        {
            "hugo.toml": "",
            "static/img/lamp.png": "picture",
            "content/_index.md": "---\ntitle: List\n---\n",
            "content/posts/one/index.md": '+++\ntitle = "One"\ndate = 2019-05-07\n+++\n\n'
            '{{< figure src="/img/lamp.png" alt="A lamp" caption="The lamp" >}}\n\n'
            '{{< ref "two.md" >}} {{< youtube abc >}} {{< mine >}}\n\n```\n{{< kept >}}\n```\n',
            "content/posts/two.md": "---\ntitle: Two\ndate: 2019-05-08\n---\n\nx\n",
        },
    )
    assert set(posts) == {"one", "two"}
    mark = posts["one"].pictures[0].mark
    assert posts["one"].body == (
        f'![A lamp]({mark} "The lamp")\n\n'
        "/two/ <https://www.youtube.com/watch?v=abc> {{< mine >}}\n\n```\n{{< kept >}}\n```\n"
    )
    assert posts["one"].addresses == ("/posts/one/",)
    assert doubts == ["content/posts/one/index.md, line 8: {{< mine >}} means nothing here and stands in the text."]


def test_pelican_links_lead_to_files(tmp_path: Path) -> None:
    posts, _ = read(
        tmp_path,
        {
            "pelicanconf.py": "ARTICLE_URL = '{date:%Y}/{slug}.html'\n",
            "content/one.md": "Title: One\nDate: 2019-05-07\n\n[two]({filename}two.md) ![p]({static}/images/a.png)\n",
            "content/two.md": "Title: Two\nDate: 2019-05-08\n\nx\n",
            "content/pages/about.md": "Title: About\n\nx\n",
            "content/images/a.png": "picture",
        },
    )
    assert posts["one"].body == f"[two](/two/) ![p]({posts['one'].pictures[0].mark})\n"
    assert posts["one"].addresses == ("/2019/one.html",)
    assert (posts["about"].kind, posts["about"].addresses) == ("page", ("/pages/about.html",))


def test_what_cannot_be_read_is_named_and_the_others_come_in(tmp_path: Path) -> None:
    (tmp_path / "_posts").mkdir()
    (tmp_path / "_posts/2019-05-07-latin.md").write_bytes(b"---\ntitle: caf\xe9\n---\n")
    posts, doubts = read(
        tmp_path,
        {
            "_config.yml": "",
            "_posts/2019-05-07-a.md": "---\ntitle: A\nstatus: odd\n---\n\nx\n",
            "_posts/2019-05-07-b.md": "---\ntitle: [\n---\n\nx\n",
        },
    )
    assert set(posts) == {"a"}
    assert [doubt.split(":")[0] for doubt in doubts] == [
        "_posts/2019-05-07-b.md, line 3", "_posts/2019-05-07-latin.md", "_posts/2019-05-07-a.md"
    ]  # fmt: skip


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    inside, outside = tmp_path / "blog", tmp_path / "secret"
    write(outside, {"secret.md": "---\ntitle: Secret\n---\n\nx\n", "secret.png": "x"})
    text = "---\ntitle: A\n---\n\n![x](/secret.png) ![y](../../secret/secret.png)\n"
    write(inside, {"_config.yml": "", "_posts/2019-05-07-a.md": text})
    (inside / "_posts/2019-05-08-out.md").symlink_to(outside / "secret.md")
    (inside / "secret.png").symlink_to(outside / "secret.png")
    posts, _ = read(inside, {})
    assert set(posts) == {"a"}
    assert posts["a"].pictures == ()


def test_a_folder_without_posts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"holds no posts in Markdown\."):
        list(folder.read(write(tmp_path, {"x.txt": "x"})))
