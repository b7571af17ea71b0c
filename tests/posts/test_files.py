from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from blog import posts
from blog.errors import BadPost
from blog.posts.files import PostFile
from blog.posts.front_matter import KEYS

HEAD = "---\ntitle: A title\ndate: 2026-05-07\n---\n\nWords.\n"
DEEP = "[" * 4_000


def _load(folder: Path, content: str | bytes, name: str = "a-post.md", **more: object) -> PostFile:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return posts.load(path, folder, **more)  # type: ignore[arg-type]


def _front(folder: Path, *lines: str, **more: object) -> PostFile:
    """Load a post with these lines of front matter, after a title (line 2) and a date (line 3)."""
    kept = [line for line in ("title: A title", "date: 2026-05-07") if line.split(":")[0] not in _keys(lines)]
    return _load(folder, "\n".join(["---", *kept, *lines, "---", "", "Words.", ""]), **more)


def _keys(lines: tuple[str, ...]) -> set[str]:
    return {line.split(":")[0] for line in lines}


def _problem(folder: Path, content: str | bytes) -> BadPost:
    with pytest.raises(BadPost) as refusal:
        _load(folder, content)
    assert refusal.value.path == "a-post.md"
    assert refusal.value.problem.endswith((".", "?"))
    return refusal.value


# What a file says


def test_a_file_of_title_and_date_is_a_published_post(tmp_path: Path) -> None:
    file = _load(tmp_path, HEAD, author="Judith")
    assert (file.path, file.slug, file.title, file.body) == ("a-post.md", "a-post", "A title", "Words.\n")
    assert (file.author, file.status, file.published_at) == ("Judith", "published", "2026-05-07T00:00:00.000Z")
    assert (file.summary, file.tags, file.language, file.closing_note) == ("", (), "", "")
    assert (file.updated_at, file.comments, file.source_key) == (None, None, None)


def test_every_key_is_read(tmp_path: Path) -> None:
    file = _front(
        tmp_path,
        "title: 'The title: a colon'",
        "date: 2026-05-07",
        "updated: 2026-06-01 09:30",
        "slug: another-address",
        "summary: In short.",
        "tags: [rivers, maps, rivers]",
        "author: Ana",
        "language: de",
        "status: withdrawn",
        "image: /static/lamp.jpg",
        "canonical: https://example.org/first/",
        "redirect_from: [/Old%20Place/, old-slug, /2019/x]",
        "id: 2026.a-title",
        "toc: yes",
        "html: no",
        "comments: replies-only",
        "close_on: 2026-08-01",
        "close_after: 30d",
        "close_quiet: never",
        "closing_note: Thanks to *all*.",
    )
    assert (file.title, file.slug, file.summary, file.author) == (
        "The title: a colon",
        "another-address",
        "In short.",
        "Ana",
    )
    assert (file.tags, file.language, file.status) == (("rivers", "maps"), "de", "withdrawn")
    assert (file.comments, file.closing_note) == ("replies-only", "Thanks to *all*.")
    assert file.updated_at == "2026-06-01T09:30:00.000Z"
    assert (file.close_on, file.close_after, file.close_quiet) == ("2026-08-01T00:00:00.000Z", 30, 0)
    assert (file.image, file.canonical) == ("/static/lamp.jpg", "https://example.org/first/")
    assert (file.redirect_from, file.name, file.toc) == (("/Old Place", "old-slug", "/2019/x"), "2026.a-title", True)
    assert not file.html
    assert (file.kind, file.lang, file.menu) == ("post", "de", None)
    assert len(KEYS) == 22  # and `menu`, which is for pages, and `properties`, which programs write


@pytest.mark.parametrize(
    ("written", "days"),
    [("30d", 30), ("30", 30), ("1 day", 1), ("60 days", 60), ("never", 0), ("off", 0), ("36500D", 36_500), ("", None)],
)
def test_days_are_read_as_people_write_them(tmp_path: Path, written: str, days: int | None) -> None:
    file = _front(tmp_path, "title: T", "date: 2026-05-07", f"close_after: {written}", f"close_quiet: {written}")
    assert (file.close_after, file.close_quiet) == (days, days)


@pytest.mark.parametrize("written", ["0", "0d", "-3d", "soon", "3w", "36501d", "1.5", "[30d]", "{a: b}", "٣d"])
def test_other_days_are_refused_with_line_and_cure(tmp_path: Path, written: str) -> None:
    with pytest.raises(BadPost) as problem:
        _front(tmp_path, "title: T", "date: 2026-05-07", f"close_quiet: {written}")
    assert problem.value.line == 4
    assert str(problem.value).endswith("write days, 1d to 36500d, like 30d, or never.")


def test_the_day_of_a_closing_begins_at_midnight_of_the_sites_zone(tmp_path: Path) -> None:
    path = tmp_path / "a-post.md"
    path.write_text("---\ntitle: T\ndate: 2026-03-01\nclose_on: 2026-04-01\n---\n\nWords.\n", "utf-8")
    file = posts.load(path, tmp_path, zone=ZoneInfo("Europe/Berlin"))
    assert (file.published_at, file.close_on) == ("2026-02-28T23:00:00.000Z", "2026-03-31T22:00:00.000Z")
    assert file.timezone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ("title: 12:30", "title", "12:30"),
        ("title: 007", "title", "007"),
        ("title: 1.10", "title", "1.10"),
        ("title: 2018-03-01", "title", "2018-03-01"),
        ("title: Yes", "title", "Yes"),
        ("title: 'No'", "title", "No"),
        ('title: "Tab\\tand “quotes”"', "title", "Tab\tand “quotes”"),
        ("title: ‘Ünïcode’ — 漢字 🙂", "title", "‘Ünïcode’ — 漢字 🙂"),
        ("language: no", "language", "no"),
        ("summary: >-\n  Folded over\n  two lines.", "summary", "Folded over two lines."),
        ("summary: |\n  Kept on\n  two lines.", "summary", "Kept on\ntwo lines."),
        ("summary: Plain over\n  two lines.", "summary", "Plain over two lines."),
        ("summary: >\n  ---\n  is no end here.", "summary", "--- is no end here."),
        ("summary: null", "summary", ""),
        ("summary: ~", "summary", ""),
        ("summary:", "summary", ""),
        ("summary: ''", "summary", ""),
        ("tags: rivers, maps", "tags", ("rivers", "maps")),
        ("tags:\n- rivers\n- maps", "tags", ("rivers", "maps")),
        ("tags: [2018, 1.10, ' ', yes]", "tags", ("2018", "1.10", "yes")),
        ("tags: [Zeta, zeta, C, c++, C++, ÉTÉ, été]", "tags", ("Zeta", "C", "c++", "ÉTÉ")),
        ("tags: [🔥, 🚀, 🔥]", "tags", ("🔥", "🚀")),
        ("tags: []", "tags", ()),
        ("tags:", "tags", ()),
        ("comments: open", "comments", "open"),
        ("comments: moderated", "comments", "moderated"),
        ("comments: closed", "comments", "closed"),
        ("comments: on", "comments", "open"),
        ("comments: true", "comments", "open"),
        ("comments: No", "comments", "closed"),
        ("comments: off", "comments", "closed"),
        ("comments:", "comments", None),
        ("status: draft", "status", "draft"),
        ("status:", "status", "published"),
        ("author:", "author", "Judith"),
        ("updated:", "updated_at", None),
        ("# title: a remark", "title", "A title"),
    ],
)
def test_a_value_is_taken_as_it_is_written(tmp_path: Path, line: str, key: str, value: object) -> None:
    assert getattr(_front(tmp_path, line, author="Judith"), key) == value


@pytest.mark.parametrize(
    ("written", "zone", "moment"),
    [
        ("2026-05-07", "UTC", "2026-05-07T00:00:00.000Z"),
        ("2026-05-07", "Europe/Berlin", "2026-05-06T22:00:00.000Z"),
        ("'2026-05-07'", "UTC", "2026-05-07T00:00:00.000Z"),
        ("2026-05-07 09:30", "Europe/Berlin", "2026-05-07T07:30:00.000Z"),
        ("2026-05-07T09:30:00Z", "Europe/Berlin", "2026-05-07T09:30:00.000Z"),
        ("2026-05-07 09:30:15.1239", "UTC", "2026-05-07T09:30:15.123Z"),
        ("2026-05-07 09:30:00+02:00", "UTC", "2026-05-07T07:30:00.000Z"),
        ("2026-05-07 09:30:00 +0200", "UTC", "2026-05-07T07:30:00.000Z"),
        ("2026-05-07 09:30 -05:00", "UTC", "2026-05-07T14:30:00.000Z"),
        ("0900-05-07", "UTC", "0900-05-07T00:00:00.000Z"),
        ("9999-12-31", "UTC", "9999-12-31T00:00:00.000Z"),
    ],
)
def test_a_date_is_a_moment_in_the_sites_time_zone(tmp_path: Path, written: str, zone: str, moment: str) -> None:
    assert _front(tmp_path, f"date: {written}", zone=ZoneInfo(zone)).published_at == moment


@pytest.mark.parametrize("status", ["draft", "withdrawn"])
def test_only_a_published_post_needs_a_date(tmp_path: Path, status: str) -> None:
    assert _load(tmp_path, f"---\ntitle: T\nstatus: {status}\n---\n").published_at == ""
    assert _problem(tmp_path, "---\ntitle: T\n---\n").problem == (
        "A date is missing. Write date: 2026-05-07, or status: draft."
    )


@pytest.mark.parametrize(
    "content",
    [
        HEAD,
        f"\ufeff{HEAD}",
        HEAD.replace("\n", "\r\n"),
        f"\ufeff{HEAD}".replace("\n", "\r\n"),
        HEAD.replace("---\n\n", "--- \t\n\n\n"),
    ],
    ids=["plain", "BOM", "CRLF", "BOM and CRLF", "blanks after the end"],
)
def test_a_file_of_any_editor_is_read_alike(tmp_path: Path, content: str) -> None:
    file = _load(tmp_path, content)
    assert (file.title, file.published_at, file.body) == ("A title", "2026-05-07T00:00:00.000Z", "Words.\n")


def test_a_rule_in_the_text_does_not_end_the_front_matter_again(tmp_path: Path) -> None:
    assert _load(tmp_path, f"{HEAD}\n---\n\nMore.\n").body == "Words.\n\n---\n\nMore.\n"


def test_a_file_may_have_no_text(tmp_path: Path) -> None:
    assert _load(tmp_path, "---\ntitle: T\ndate: 2026-05-07\n---").body == ""


def test_the_hash_tells_whether_a_file_must_be_published_anew(tmp_path: Path) -> None:
    first = _load(tmp_path, HEAD).hash
    assert _load(tmp_path, HEAD).hash == first
    assert _load(tmp_path, f"{HEAD} ").hash != first
    assert _load(tmp_path, HEAD, author="Judith").hash != first
    assert _load(tmp_path, HEAD, zone=ZoneInfo("Europe/Berlin")).hash != first


# What is wrong with a file


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("Title: T", "title is given twice. Keep one."),
        ("date: 2026-05-08", "date is given twice. Keep one."),
        ("updated: yesterday", "updated is 'yesterday'; write it like 2026-05-07 or 2026-05-07 09:30."),
        ("updated: 2018-13-45", "updated is '2018-13-45'; write it like 2026-05-07 or 2026-05-07 09:30."),
        ("updated: 2026-02-29", "updated is '2026-02-29'; write it like 2026-05-07 or 2026-05-07 09:30."),
        ("updated: 7 May 2026", "updated is '7 May 2026'; write it like 2026-05-07 or 2026-05-07 09:30."),
        ("updated: 0001-01-01T00:00+05:00", None),
        ("updated: 2026", "updated is '2026'; write it like 2026-05-07 or 2026-05-07 09:30."),
        ("updated: [2026-05-07]", "updated is ['2026-05-07']; write it like 2026-05-07 or 2026-05-07 09:30."),
        ("summary: [a, b]", "summary is ['a', 'b']; write a text, in quotes where it holds a colon."),
        ("summary: {a: b}", "summary is {'a': 'b'}; write a text, in quotes where it holds a colon."),
        ("summary: " + "x" * 1_001, "summary has 1,001 characters; 1,000 fit."),
        ("closing_note: " + "x" * 2_001, "closing_note has 2,001 characters; 2,000 fit."),
        ("author: " + "x" * 201, "author has 201 characters; 200 fit."),
        ("language: " + "x" * 36, "language has 36 characters; 35 fit."),
        ("tags: {a: b}", "tags is {'a': 'b'}; write a list like [rivers, maps]."),
        ("tags: [[a], b]", "tags is [['a'], 'b']; write a list like [rivers, maps]."),
        ("status: public", "status is 'public'; write draft, published or withdrawn."),
        ("status: [draft]", "status is ['draft']; write draft, published or withdrawn."),
        ("image: two words.jpg", "image is 'two words.jpg'; write a path like /static/lamp.jpg, or a whole address."),
        ("image: //x.example/y", "image is '//x.example/y'; write a path like /static/lamp.jpg, or a whole address."),
        ("image: javascript:x", "image is 'javascript:x'; write a path like /static/lamp.jpg, or a whole address."),
        ("image: /../x.jpg", "image is '/../x.jpg'; write a path like /static/lamp.jpg, or a whole address."),
        (
            "image: lamp.jpg",
            "image is 'lamp.jpg'; write a path like /static/lamp.jpg, or give the post a folder with its pictures.",
        ),
        ("canonical: /x/", "canonical is '/x/'; write the whole address, like https://example.org/x/."),
        (
            "canonical: 'https://x y/'",
            "canonical is 'https://x y/'; write the whole address, like https://example.org/x/.",
        ),
        ("redirect_from: {a: b}", "redirect_from is {'a': 'b'}; write a list like [/old/address/, old-slug]."),
        ("redirect_from: [a, [b]]", "redirect_from is ['a', ['b']]; write a list like [/old/address/, old-slug]."),
        (
            "redirect_from: '/a?p=1#x'",
            "redirect_from names '/a?p=1#x'; write the path, like /old/address/, or the old slug.",
        ),
        (
            "redirect_from: /a/../b",
            "redirect_from names '/a/../b'; write the path, like /old/address/, or the old slug.",
        ),
        ("redirect_from: //x/", "redirect_from names '//x/'; write the path, like /old/address/, or the old slug."),
        ("redirect_from: /", "redirect_from names '/'; write the path, like /old/address/, or the old slug."),
        ("redirect_from: A B", "redirect_from names 'A B'; write the path, like /old/address/, or the old slug."),
        (
            "redirect_from: https://x.example/a",
            "redirect_from names 'https://x.example/a'; write the path, like /old/address/, or the old slug.",
        ),
        ("id: a b", "id is 'a b'; write letters, digits, hyphens and dots, and never change it."),
        ("id: " + "x" * 101, "id has 101 characters; 100 fit."),
        ("toc: maybe", "toc is 'maybe'; write true or false."),
        ("toc: [yes]", "toc is ['yes']; write true or false."),
        ("menu: 1", "menu is for pages. Move this file to pages/, or take the line out."),
        ("language: Deutsch", "language is 'Deutsch'; write a code like en, de or pt-BR."),
        ("tags: [" + "x" * 101 + "]", "A tag has 101 characters; 100 fit."),
        ("comments: ajar", "comments is 'ajar'; write open, moderated, replies-only or closed."),
        ("comments: {a: b}", "comments is {'a': 'b'}; write open, moderated, replies-only or closed."),
        ("slug: Two Words", "slug is 'Two Words'; write letters, digits and hyphens, like 'two-words'."),
        ("slug: ../../etc", "slug is '../../etc'; write letters, digits and hyphens, like 'etc'."),
        ("slug: /", "slug is '/'; write letters, digits and hyphens, like 'a-post'."),
    ],
)
def test_a_bad_line_is_named_with_its_cure(tmp_path: Path, line: str, sentence: str | None) -> None:
    found = _problem(tmp_path, f"---\ntitle: T\n# a remark\ndate: 2026-05-07\n{line}\n---\n")
    assert found.line == 5
    assert sentence is None or found.problem == sentence
    assert str(found) == f"a-post.md, line 5: {found.problem}"


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        ("", 1, "A post begins with its front matter."),
        ("Words.\n", 1, "A post begins with its front matter."),
        ("\n" + HEAD, 1, "A post begins with its front matter."),
        (HEAD.replace("\n", "\r"), 1, "A post begins with its front matter."),
        ("---\ntitle: T\n", 1, "The front matter has no end."),
        ("---\ntitle: T\n ---\n", 1, "The front matter has no end."),
        ("---\n---\n", 2, "The front matter is a list of `key: value` lines"),
        ("---\n- a\n- b\n---\n", 2, "The front matter is a list of `key: value` lines"),
        ("---\njust words\n---\n", 2, "The front matter is a list of `key: value` lines"),
        ("---\ndate: 2026-05-07\n---\n", 2, "A title is missing."),
        ("---\ntitle:\ndate: 2026-05-07\n---\n", 2, "A title is missing."),
        ("---\ntitle: '  '\ndate: 2026-05-07\n---\n", 2, "A title is missing."),
        ("---\ntitle: " + "x" * 301 + "\n---\n", 2, "title has 301 characters; 300 fit."),
        ("---\ntitle: T\ndate:\n---\n", 2, "A date is missing."),
        ("---\ntitle: A: B\n---\n", 2, "The front matter is no valid YAML (mapping values are not allowed here)."),
        ("---\ntitle: T\nsummary: 'open\n---\n", 4, "The front matter is no valid YAML"),
        ("---\ntitle: T\ntags: [a, b\n---\n", 4, "The front matter is no valid YAML"),
        ("---\ntitle: T\n\tdate: 2026-05-07\n---\n", 3, "The front matter is no valid YAML"),
        ("---\ntitle: T\nsummary: *nobody\n---\n", 3, "The front matter is no valid YAML (found undefined alias"),
        ("---\ntitle: T\nsummary: @home\n---\n", 3, "The front matter is no valid YAML"),
        ("---\ntitle: a\x07b\n---\n", None, "The front matter is no valid YAML (unacceptable character #x0007"),
        (f"---\ntitle: {DEEP}\n---\n", None, "The front matter is nested too deep."),
        (
            "---\ntitle: T\nsummary: !!python/object/apply:os.system [id]\ndate: 2026-05-07\n---\n",
            3,
            "summary has the tag",
        ),
        (
            "---\ntitle: T\nsummary: !mine x\ndate: 2026-05-07\n---\n",
            3,
            "summary has the tag '!mine', which is not read here.",
        ),
        ("---\ntitle: T\ntags: !!set {a, b}\ndate: 2026-05-07\n---\n", 3, "tags has the tag"),
        (f"{HEAD}\0", 7, "The file holds a NUL byte. Take it out."),
        (HEAD.replace("A title", "A\0title"), 2, "The file holds a NUL byte. Take it out."),
        (HEAD.encode() + b"caf\xe9\n", 7, "This is not UTF-8 text. Save the file as UTF-8."),
        (HEAD.replace("\n", "\r\n").encode() + b"\xff", 7, "This is not UTF-8 text. Save the file as UTF-8."),
        (HEAD.encode("utf-16"), 1, "This is not UTF-8 text. Save the file as UTF-8."),
    ],
)
def test_a_broken_file_is_told_with_its_line(
    tmp_path: Path, content: str | bytes, line: int | None, problem: str
) -> None:
    found = _problem(tmp_path, content)
    assert (found.line, found.problem[: len(problem)]) == (line, problem)


def test_all_problems_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    found = _problem(tmp_path, "---\ndat: 2026-05-07\ntoc: maybe\nid: a b\nid: c\nstatus: public\n---\n")
    assert [(each.line, each.problem.split(";")[0]) for each in found.problems] == [
        (2, "A title is missing. Write title: and the title."),
        (3, "toc is 'maybe'"),
        (4, "id is 'a b'"),
        (5, "id is given twice. Keep one."),
        (6, "status is 'public'"),
    ]
    assert str(found).splitlines() == [str(each) for each in found.problems]
    assert found.by_line.startswith("Line 2: A title is missing.")


def test_no_tag_of_yaml_runs_anything(tmp_path: Path) -> None:
    for tag in ("python/object/apply:os.mkdir", "python/object/new:os.mkdir", "python/name:os.mkdir"):
        _problem(tmp_path, f"---\ntitle: !!{tag} ['{tmp_path}/made']\ndate: 2026-05-07\n---\n")
        _load(tmp_path, f"---\ntitle: T\ndate: 2026-05-07\ntags: [!!{tag} '{tmp_path}/made']\n---\n")
    assert not (tmp_path / "made").exists()


def test_a_file_that_goes_while_it_is_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadPost, match="The file cannot be read: No such file or directory"):
        posts.load(tmp_path / "gone.md", tmp_path)
    (tmp_path / "folder.md").mkdir()
    with pytest.raises(BadPost, match="The file cannot be read: Is a directory"):
        posts.load(tmp_path / "folder.md", tmp_path)


# Folders, pages, and letters that no page can hold


def test_a_post_may_have_a_folder_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "trip").mkdir()
    (tmp_path / "trip" / "lamp.jpg").write_bytes(b"x")
    text = HEAD.replace("---\n\nWords", "image: lamp.jpg\n---\n\nWords")
    file = _load(tmp_path, text, "trip/index.md")
    assert (file.path, file.slug, file.image) == ("trip/index.md", "trip", "lamp.jpg")
    with pytest.raises(BadPost, match=r"There is no picture 'lamb\.jpg' beside this file"):
        _load(tmp_path, text.replace("lamp", "lamb"), "trip/index.md")
    assert _load(tmp_path, HEAD, "2026/2026-05-07-Two Words/index.md").slug == "two-words"
    assert _load(tmp_path, HEAD, "index.md").slug == "index"


def test_a_page_needs_no_date_takes_no_comments_and_may_be_in_the_menu(tmp_path: Path) -> None:
    (tmp_path / "posts").mkdir()
    (tmp_path / "pages").mkdir()
    path = tmp_path / "pages" / "about.md"
    path.write_text("---\ntitle: About\nmenu: 2\n---\n\nWords.\n", "utf-8")
    file = posts.load(path, tmp_path / "posts")
    assert (file.path, file.kind, file.slug, file.published_at) == ("../pages/about.md", "page", "about", "")
    assert (file.menu, file.comments, file.status) == (2, "closed", "published")
    assert posts.site_path(file.path) == "pages/about.md"
    path.write_text("---\ntitle: About\ncomments: open\nmenu: first\n---\n", "utf-8")
    assert posts.load(path, tmp_path / "posts").notes == ((4, "menu means nothing here, and is left out."),)


def test_letters_that_no_page_can_hold_are_left_out(tmp_path: Path) -> None:
    head = 'title: "a\\x07b\\ud800c\\uFFFEd"\ndate: 2026-05-07\ntags: ["x\\ey"]'
    file = _load(tmp_path, f"---\n{head}\n---\n\nA\x0bb\x85c\x1b[1md\U0001fffe\te\n")
    assert (file.title, file.tags, file.body) == ("abcd", ("xy",), "Abc[1md\te\n")


# Addresses


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Rivers", "rivers"),
        ("C++", "c-plus-plus"),
        ("C#", "c-sharp"),
        ("Größe", "grösse"),
        ("🙂", "1f642"),
        ("!?", "21-3f"),
    ],
)
def test_a_tags_address_is_made_of_its_letters(text: str, slug: str) -> None:
    assert posts.word_slug(text) == slug


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("a-post.md", "a-post"),
        ("2026-05-07-a-post.md", "a-post"),
        ("2026-05-07.md", "2026-05-07"),
        ("essays/2026/A Post_here.md", "a-post-here"),
        ("Über Straßen.md", "über-strassen"),
        ("漢字.md", "漢字"),
        ("It’s 100% true!.md", "its-100-true"),
        ("???.md", "post"),
        ("a.b.c.md", "a-b-c"),
    ],
)
def test_a_slug_is_made_of_the_files_name(tmp_path: Path, name: str, slug: str) -> None:
    file = _load(tmp_path, HEAD, name)
    assert (file.path, file.slug) == (name, slug)


def test_a_slug_fits_into_a_files_name() -> None:
    assert posts.slugify("x" * 300) == "x" * 200
    assert posts.slugify("漢" * 300) == "漢" * 66
    assert posts.slugify("x" * 199 + " y") == "x" * 199


@pytest.mark.parametrize(
    ("permalink", "published_at", "zone", "path"),
    [
        ("/{slug}/", "2026-05-07T00:00:00.000Z", "UTC", "/a-post/"),
        ("/{year}/{month}/{slug}/", "2026-05-07T00:00:00.000Z", "UTC", "/2026/05/a-post/"),
        ("/{year}/{month}/{slug}/", "2025-12-31T23:30:00.000Z", "Europe/Berlin", "/2026/01/a-post/"),
        ("/notes/{slug}/", "", "UTC", "/notes/a-post/"),
        ("/{year}/{month}/{slug}/", "", "UTC", "/0000/00/a-post/"),
    ],
)
def test_an_address_follows_the_permalink(permalink: str, published_at: str, zone: str, path: str) -> None:
    assert posts.address(permalink, "a-post", published_at, ZoneInfo(zone)) == path
