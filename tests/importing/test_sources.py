"""The exports of other programs: what is read from each, and what is refused with a sentence."""

import gzip
import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import pytest

from blog.importing import (
    blogger_export,
    comment_text,
    commento_export,
    disqus_export,
    ghost_export,
    isso_database,
    remark42_backup,
    wordpress_export,
    wordpress_text,
)
from blog.importing.imported import ImportedComment, ImportedPost, ImportedThread, Item, Skipped, Unsure
from blog.importing.model import Unreadable
from blog.importing.wordpress_export import Options
from tests.importing import exports
from tests.importing.exports import comment, item, wxr


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def posts(items: Iterable[Item]) -> list[ImportedPost]:
    return [each for each in items if isinstance(each, ImportedPost)]


def comments(items: Iterable[Item]) -> dict[str, ImportedComment]:
    return {each.key.split(":")[-1].split()[-1]: each for each in items if isinstance(each, ImportedComment)}


def doubts(items: Iterable[Item]) -> list[str]:
    return [each.why for each in items if isinstance(each, Unsure | Skipped)]


# WordPress


def wordpress(tmp_path: Path, *items: str, options: Options | None = None) -> list[Item]:
    return list(wordpress_export.read(written(tmp_path / "old.xml", wxr(*items)), options))


def body(tmp_path: Path, text: str) -> str:
    return posts(wordpress(tmp_path, item(text)))[0].body


def test_a_wordpress_post_comes_with_its_author_date_tags_and_old_addresses(tmp_path: Path) -> None:
    tags = '<category domain="post_tag" nicename="a"><![CDATA[Rivers]]></category>'
    none = '<category domain="category" nicename="uncategorized"><![CDATA[Uncategorized]]></category>'
    [post] = posts(wordpress(tmp_path, item(comments="closed", more=tags + none)))
    assert (post.key, post.title, post.author, post.slug) == (
        "wordpress:old.example:11",
        "Post 11",
        "Bea Lind",
        "post-11",
    )
    assert (post.published_at, post.status, post.comments) == ("2019-05-07T10:00:00.000Z", "published", "closed")
    assert (post.tags, post.addresses) == (("Rivers",), ("/2019/05/post-11/", "/?p=11"))


@pytest.mark.parametrize(
    ("approved", "status"),
    [
        ("1", "approved"),
        ("0", "pending"),
        ("spam", "spam"),
        ("trash", "trash"),
        ("post-trashed", "trash"),
        ("?", "pending"),
    ],
)
def test_a_wordpress_comment_keeps_its_status(tmp_path: Path, approved: str, status: str) -> None:
    found = comments(wordpress(tmp_path, item("x", comment(1, approved=approved))))
    assert found["1"].status == status


def test_the_times_of_wordpress_are_utc_and_a_draft_without_one_has_local_time(tmp_path: Path) -> None:
    found = wordpress(tmp_path, item("x", comment(5)), item(number=12, gmt="0000-00-00 00:00:00", status="draft"))
    assert comments(found)["5"].published_at == "2019-05-08T10:00:05.000Z"
    assert posts(found)[1].published_at == "2019-05-07T12:00:00.000Z"


def test_pings_stay_pings_and_other_types_are_named(tmp_path: Path) -> None:
    found = wordpress(
        tmp_path, item("x", comment(1, kind="pingback"), comment(2, kind=""), comment(3, kind="order_note"))
    )
    assert {key: each.kind for key, each in comments(found).items()} == {"1": "pingback", "2": "comment"}
    assert "It is of the type order_note." in doubts(found)


def test_what_was_private_or_protected_comes_in_as_a_draft(tmp_path: Path) -> None:
    password = "<wp:post_password><![CDATA[x]]></wp:post_password>"
    found = wordpress(
        tmp_path, item(number=1, status="private"), item(number=2, more=password), item(number=3, status="trash")
    )
    assert [(post.slug, post.status) for post in posts(found)] == [("post-1", "draft"), ("post-2", "draft")]
    assert len(doubts(found)) == 3


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("One.\n\nTwo,\nbroken.", "One.\n\nTwo,\\\nbroken."),
        ("<!-- wp:paragraph -->\n<p>A <strong>b</strong>.</p>\n<!-- /wp:paragraph -->", "A **b**."),
        ("<ul>\n<li>a</li>\n<li>b</li>\n</ul>\nAfter.", "- a\n- b\n\nAfter."),
        ("Before.<!--more-->\n\nAfter.", "Before.\n\n<!-- more -->\n\nAfter."),
        ("[code language='python']a < b[/code]", "```python\na < b\n```"),
        ("[sourcecode]\nx = 1\n\ny = 2\n[/sourcecode]", "```\nx = 1\n\ny = 2\n```"),
        ("[embed]https://video.example/x[/embed]", "<https://video.example/x>"),
        ("<pre>a\n\n\nb</pre>", "```\na\n\n\nb\n```"),
        ("It was 5 * 3 [sic] and 1_2_3.", "It was 5 \\* 3 [sic] and 1_2_3."),
    ],
)
def test_the_text_of_a_wordpress_post_becomes_markdown(tmp_path: Path, text: str, markdown: str) -> None:
    assert body(tmp_path, text) == markdown


def test_a_shortcode_without_meaning_is_named_and_stays(tmp_path: Path) -> None:
    found = wordpress(tmp_path, item('Hello [contact-form id="7"] there.'))
    assert "contact-form" in posts(found)[0].body
    assert "The shortcode [contact-form] means nothing here and stands in the text." in doubts(found)


def test_a_picture_of_the_uploads_comes_along_and_others_are_links(tmp_path: Path) -> None:
    uploads = tmp_path / "uploads"
    (uploads / "2019/05").mkdir(parents=True)
    (uploads / "2019/05/lamp.jpg").write_bytes(b"picture")
    (uploads / "2019/05/bad.svg").write_bytes(b"<svg onload=alert(1)>")
    (uploads / "2019/05/out.jpg").symlink_to("/etc/hostname")
    base = "https://www.old.example/wp-content/uploads/2019/05"
    text = (
        f'[caption id="a" width="300"]<a href="{base}/lamp.jpg"><img src="{base}/lamp-300x200.jpg" alt="A lamp" /></a>'
        f' The lamp[/caption]\n\n<img src="{base}/bad.svg" alt="bad">\n\n<img src="{base}/out.jpg">\n\n'
        f'<img src="{base}/../../../../etc/passwd.jpg">'
    )
    found = wordpress(tmp_path, item(text), options=Options(media=uploads))
    [post] = posts(found)
    assert [picture.path.name for picture in post.pictures] == ["lamp.jpg"]
    assert f'![A lamp]({post.pictures[0].mark} "The lamp")' in post.body
    assert sum("is not at hand" in each for each in doubts(found)) == 3


def test_a_gallery_shows_the_pictures_of_its_numbers(tmp_path: Path) -> None:
    url = "<wp:attachment_url>https://www.old.example/wp-content/uploads/a.jpg</wp:attachment_url>"
    found = wordpress(
        tmp_path, item('[gallery ids="20"]'), item(number=20, type="attachment", status="inherit", more=url)
    )
    assert posts(found)[0].body == "[Picture](https://www.old.example/wp-content/uploads/a.jpg)"


# Comment services


def test_disqus_spam_is_spam_and_a_deleted_comment_has_no_words(tmp_path: Path) -> None:
    found = list(disqus_export.read(written(tmp_path / "d.xml", exports.DISQUS)))
    threads = [each for each in found if isinstance(each, ImportedThread)]
    assert [(each.addresses, each.closed) for each in threads] == [
        (("https://old.example/a-post/",), False),
        (("https://old.example/other/?utm=x", "/other/"), True),
    ]
    each = comments(found)
    assert {key: each[key].status for key in each} == {
        "101": "deleted", "102": "approved", "103": "spam", "104": "deleted", "105": "approved"
    }  # fmt: skip
    assert (each["102"].parent, each["102"].text) == ("disqus:101", "A **reply** & more.")
    assert (each["101"].author, each["101"].text, each["101"].email) == ("", "", "")
    assert each["102"].published_at == "2015-01-03T10:00:00.000Z"


def test_isso_modes_and_times_are_read_and_a_missing_parent_is_kept_as_such(tmp_path: Path) -> None:
    rows = [
        (1, None, 1400000000.5, 1, "a *text*", "Ana"),
        (2, 1, 1400000100, 2, "held", None),
        (3, None, 1400000200, 4, "", None),
        (4, 99, 1400000300, 1, "orphan", "Bo"),
        (5, None, None, 7, "odd", "Cy"),
    ]
    found = list(isso_database.read(exports.isso(tmp_path / "isso.db", rows)))
    each = {key.split("@")[0]: value for key, value in comments(found).items()}
    assert [each[number].status for number in "12345"[:4]] == ["approved", "pending", "deleted", "approved"]
    assert each["1"].published_at == "2014-05-13T16:53:20.500Z"
    assert each["2"].parent == each["1"].key
    assert each["4"].parent == "isso:99"
    assert each["1"].text == "a *text*"


def test_an_isso_file_with_views_or_computed_columns_is_refused_and_its_triggers_never_run(tmp_path: Path) -> None:
    rows = [(1, None, 1400000000, 1, "x", "Ana")]
    trigger = "create trigger t after insert on comments begin delete from threads where id = 99; end;"
    fine = exports.isso(tmp_path / "a.db", rows, extra=trigger)
    before = fine.read_bytes()
    assert len(comments(isso_database.read(fine))) == 1
    assert fine.read_bytes() == before
    views = tmp_path / "b.db"
    db = sqlite3.connect(views)
    db.executescript(
        """
        create table threads (id integer, uri text, title text);
        create view comments as with recursive n (i) as (select 1 union all select i + 1 from n)
          select i as id, 1 as tid, null as parent, 0.0 as created, null as modified, 1 as mode, '' as text,
          '' as author, '' as email, '' as website from n;
        """
    )
    db.close()
    with pytest.raises(Unreadable, match=r"b\.db is no database of Isso: it has no plain table comments\."):
        list(isso_database.read(views))


def test_a_damaged_sqlite_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = exports.isso(tmp_path / "isso.db", [(1, None, 1400000000, 1, "x", "Ana")])
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(Unreadable, match=r"isso\.db"):
        list(isso_database.read(path))


@pytest.mark.parametrize("packed", [False, True])
def test_remark42_gives_what_was_typed_and_closes_pages_that_were_read_only(tmp_path: Path, packed: bool) -> None:
    data = exports.REMARK42.encode()
    found = list(remark42_backup.read(written(tmp_path / "b.gz", gzip.compress(data) if packed else data)))
    each = comments(found)
    assert (each["b"].text, each["b"].parent, each["b"].published_at) == (
        "a *reply*", "remark42:s:a", "2021-02-03T03:05:06.123Z"
    )  # fmt: skip
    assert each["a"].text == "first"
    assert [thread.closed for thread in found if isinstance(thread, ImportedThread)] == [True]


def test_commento_states_are_kept_and_who_was_anonymous_has_no_name(tmp_path: Path) -> None:
    each = comments(commento_export.read(written(tmp_path / "c.json", exports.COMMENTO)))
    assert [each[key].status for key in ("c1", "c2", "c3")] == ["approved", "pending", "spam"]
    assert (each["c1"].author, each["c1"].url, each["c2"].author, each["c2"].parent) == ("Ana", "", "", "commento:c1")


def test_ghost_gives_posts_pages_tags_and_authors_and_what_was_paid_for_is_a_draft(tmp_path: Path) -> None:
    found = list(ghost_export.read(written(tmp_path / "g.json", exports.GHOST)))
    assert [(post.slug, post.kind, post.status) for post in posts(found)] == [
        ("a-post", "post", "published"), ("about", "page", "published"), ("paid", "post", "draft")
    ]  # fmt: skip
    first = posts(found)[0]
    assert (first.tags, first.author, first.summary) == (("Rivers",), "Bea", "Short.")
    assert comments(found)["k"].email == "cy@example.org"


def test_blogger_tells_posts_from_comments_and_finds_whom_they_answer(tmp_path: Path) -> None:
    found = list(blogger_export.read(written(tmp_path / "b.xml", exports.BLOGGER)))
    [post] = posts(found)
    assert (post.title, post.slug, post.tags, post.addresses) == (
        "A post",
        "a-post",
        ("Maps",),
        ("/2012/03/a-post.html",),
    )
    assert (post.published_at, post.body) == ("2012-03-04T08:00:00.000Z", "One line.\\\nAnother.")
    answers = {each.text: each.parent for each in found if isinstance(each, ImportedComment)}
    assert answers == {"First.": "", "An answer.": "blogger:tag:blogger.com,1999:blog-1.post-6"}


# Hostile and wrong files

BOMB = """<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<rss><channel><item>&b;</item></channel></rss>"""


@pytest.mark.parametrize("read", [wordpress_export.read, disqus_export.read, blogger_export.read])
@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (BOMB, "x has a document type (<!DOCTYPE>), which no export needs; it is not read."),
        ("<rss><channel>", "x"),
        ("", "x is empty."),
        ("PK\x03\x04 rest", "x is a ZIP archive. Unpack it first."),
        ("<html><body></body></html>", "x is no export of"),
        ("<rss><channel><a>" + "<b>" * 100 + "</b>" * 100 + "</a></channel></rss>", "x is n"),
        ("not xml at all", "x, line 1: this is no valid XML"),
    ],
)
def test_a_hostile_xml_file_is_refused_with_a_sentence(tmp_path: Path, read: object, data: str, sentence: str) -> None:
    with pytest.raises(Unreadable, match=re.escape(sentence)):
        list(read(written(tmp_path / "x", data)))  # type: ignore[operator]


def test_a_text_nested_without_end_comes_in_as_its_words() -> None:
    """A parser that follows each of 80,000 open elements would take hours."""
    deep = "<div>" * 80_000 + "Words."
    assert comment_text.from_html(deep) == "Words."
    made = wordpress_text.convert(deep, base="")
    assert (made.plain, made.text.strip()) == (True, "Words.")


def test_a_packed_bomb_is_not_unpacked(tmp_path: Path) -> None:
    line = exports.REMARK42.split("\n")[0].encode() + b"\n"
    path = written(tmp_path / "bomb.gz", gzip.compress(line + b" \n" * 20_000_000, 1))
    with pytest.raises(Unreadable, match=r"bomb\.gz unpacks to far more than it holds, and is not read\."):
        list(remark42_backup.read(path))


@pytest.mark.parametrize("read", [ghost_export.read, commento_export.read])
@pytest.mark.parametrize("data", ["[" * 100_000, '{"comments": [', "\x00\x01", "{}", '{"comments": 5}', "nonsense"])
def test_a_hostile_json_file_is_refused_with_a_sentence(tmp_path: Path, read: object, data: str) -> None:
    with pytest.raises(Unreadable, match=r"^x .*\.$"):
        list(read(written(tmp_path / "x", data)))  # type: ignore[operator]


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="is no file"):
        list(disqus_export.read(tmp_path))
