"""Posts of those who may not write HTML: nothing that they write becomes an element of theirs on any page."""

import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import html5lib
import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import publishing
from blog.importing.page_import import import_page
from blog.people import accounts
from blog.rendering import markdown
from blog.settings import Settings
from blog.storage import store
from tests.attacks import hostile
from tests.attacks.judging import dangers, strange_in_post
from tests.conftest import PASSWORD
from tests.factories import by, write_post
from tests.web.admin.test_writing import JSON, edited

Corpus = Callable[[], list[str]]
ATTACKS = [*hostile.HIDDEN_IN_COMMENTS, *(text.replace("{}", hostile.ADDRESS) for text in hostile.RAW)]
ONE = hostile.HIDDEN_IN_COMMENTS[0]
BY_MARKDOWN = """## A heading

Words with *stress*, **more**, ~~struck~~, `code`, a [link](/a "title"), <https://a.example> and a note[^1].
Two\\
lines, "quoted" -- so.

<!-- more -->

1. one
2. two

3) three

- a
  > quoted

---

| a | b |
|:-:|--:|
| 1 | 2 |

![Alt "words"](lamp.1600x900.webp)

![A lamp](lamp.jpg "The lamp of 1811")

```python
def lamp(): return "lit"  # a comment
```

    indented <b>

- [x] done
- [ ] to do

Term
: Meaning

> [!NOTE]
> A box.

!!! warning "Hot"
    Another.

https://a.example/bare

![A talk](talk.mp3 "Of 1811")

[The film](/static/film.webm)

### Another heading

[^1]: The note, again[^1].
"""


@pytest.fixture
def author(client: TestClient, db: Database, site: Settings) -> Iterator[TestClient]:
    """Eve, an author with one post."""
    write_post(site.root, "hers", title="Hers", front="author: Eve\ntags: [oil]\n", body="Words of Eve.")
    publishing.publish(db, site, by=by())
    with store.transaction(db):
        accounts.add(db, "eve", PASSWORD, role="author", by=by())
    other = TestClient(client.app, base_url="http://127.0.0.1:8000", client=("198.51.100.9", 50_000))
    other.post("/admin/login", data={"username": "eve", "password": PASSWORD})
    yield other
    other.close()


@pytest.mark.parametrize(
    "corpus",
    [hostile.ours, pytest.param(hostile.shared, marks=pytest.mark.slow), lambda: ATTACKS],
    ids=["ours", "shared", "hidden"],
)
def test_no_text_becomes_more_than_markdown_can_make(corpus: Corpus) -> None:
    found = {}
    for text in corpus():
        article = markdown.render_article(text[: hostile.LONGEST], toc=True, raw_html=False)
        if harm := [*strange_in_post(article.html), *strange_in_post(article.excerpt_html)]:
            found[text] = harm
    assert found == {}


def test_the_judge_finds_what_an_author_must_not_write() -> None:
    assert strange_in_post(markdown.render_article(ONE).html)
    for text in ("<audio src=//evil.example/x.mp3 preload=none>", "<video autoplay src=x.mp4>"):
        assert strange_in_post(text)
    for text in ("<b>", "<p onclick=x>", "<form>", "<img src=javascript:x>", "<a href='tel:1'>"):
        assert strange_in_post(text)


def test_all_that_markdown_makes_passes_the_cleaner_unchanged() -> None:
    """The list of what may pass holds every element and attribute of our own renderer."""
    from html5lib.serializer import HTMLSerializer

    def normal(text: str) -> str:
        tree = html5lib.getTreeWalker("etree")(html5lib.parseFragment(text))
        made = HTMLSerializer(alphabetical_attributes=True, quote_attr_values="always").render(tree)
        return str(made).replace('<div id="more">', "").replace("</div>", "")

    cleaned = markdown.render_article(BY_MARKDOWN, toc=True, raw_html=False)
    trusted = markdown.render_article(BY_MARKDOWN, toc=True)
    assert normal(cleaned.html) == normal(trusted.html)
    assert 'id="more"' in cleaned.html
    assert (cleaned.excerpt_html, cleaned.text) == (trusted.excerpt_html, trusted.text)
    assert markdown.for_feeds(cleaned.html, "https://a.example/x/").count("§") == 0
    assert all(
        f"<{tag}" in cleaned.html
        for tag in ("nav", "table", "figure", "section", "img", "span", "sup", "s>", "audio", "video", "dl", "p class")
    )


def test_typed_markup_is_shown_as_it_was_typed() -> None:
    article = markdown.render_article("A <b>bold</b> <!-- note --> word.\n\n<div>\nx", raw_html=False)
    assert "<p>A &lt;b&gt;bold&lt;/b&gt; &lt;!-- note --&gt; word.</p>" in article.html
    assert "<p>&lt;div&gt;\nx</p>" in article.html


def test_a_beginning_is_marked_without_html_as_with_it() -> None:
    for text in (
        "Above.\n<!-- more -->\nBelow.",
        "Above.\n\n <!--more-->\n\nBelow.",
        "> Above.\n<!-- MORE -->\nBelow.",
    ):
        trusted, cleaned = (markdown.render_article(text, raw_html=on) for on in (True, False))
        assert "Above." in cleaned.excerpt_html
        assert (trusted.excerpt_html, trusted.text) == (cleaned.excerpt_html, cleaned.text)
    for text in ("    <!-- more -->", "Words <!-- more --> here", "> <!-- more -->", "<!-- more --> x"):
        assert markdown.render_article(text, raw_html=False).excerpt_html == ""


def surfaces(client: TestClient, slugs: list[str]) -> Iterator[tuple[str, str]]:
    """Return every page, list and feed that shows these posts, each as HTML."""
    for path in (*(f"/{slug}/" for slug in slugs), "/", "/archive/", "/authors/eve/", "/tags/oil/", "/search?q=words"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        yield path, answer.text
    for content in re.findall(r"<content[^>]*>(.*?)</content>", client.get("/feed.xml").text, re.S):
        yield "/feed.xml", html.unescape(content)
    for item in json.loads(client.get("/feed.json").text)["items"]:
        yield "/feed.json", item["content_html"]


@pytest.mark.parametrize("part", range(0, len(ATTACKS), 20))
def test_no_page_list_or_feed_holds_an_element_of_an_author(
    client: TestClient, db: Database, site: Settings, part: int
) -> None:
    front = "author: eve\ntags: [oil]\nhtml: false\nsummary: Words <form> of.\n"
    slugs = []
    for n, text in enumerate(ATTACKS[part : part + 20]):
        slugs.append(f"post-{n}")
        text = text.replace("\0", "")  # which no file may hold
        body = f"Words.\n\n{text}\n\n<!-- more -->\n\n{text}"
        write_post(site.root, slugs[-1], title="'Words <form><button>'", front=front, body=body)
    assert not publishing.publish(db, site, by=by()).problems
    found, feeds = {}, 0
    for path, page in surfaces(client, slugs):
        harm = strange_in_post(page) if path.startswith("/feed") else harm_of(page)
        feeds += path.startswith("/feed")
        if harm or "/admin/users/" in without_text(page):
            found[path, page[:200]] = harm
    assert found == {}
    assert feeds >= 2 * len(slugs)


def harm_of(page: str) -> list[str]:
    """Return the dangers of a page but for those of the editor itself, which are there once.

    The pictures of Markdown may have any web address; the policy loads none of them.
    """
    page = re.sub(r'<img src="(?:https?:|[\w./%:()&;-]*")[^<>]*>', "", page)
    found = dangers(page)
    uploads = [f"<button formaction='/admin/posts/hers/{what}'>" for what in ("images", "files")]
    for own in ("<iframe>", *uploads):
        if own in found:
            found.remove(own)
    return found


def without_text(page: str) -> str:
    """Return only the tags of a page."""
    return " ".join(re.findall(r"<[^<>]*>", re.sub(r'"[^"]*&lt;[^"]*"', '""', page)))


@pytest.mark.parametrize("attack", ATTACKS[::5])
def test_nothing_gets_through_the_desk_and_nothing_typed_is_lost(
    author: TestClient, client: TestClient, db: Database, site: Settings, attack: str
) -> None:
    fields = edited(author, "hers", body=f"Dear words.\n\n{attack}\n")
    answers = [author.post("/admin/posts/hers/unsaved", data=fields), author.get("/admin/posts/hers/preview")]
    answers += [author.post("/admin/posts/hers/edit", data={**fields, "action": "preview"})]
    saved = author.post("/admin/posts/hers/edit", data={**fields, "action": "publish"})
    assert saved.status_code in (200, 422)
    editor = author.get("/admin/posts/hers/edit")
    answers += [saved, editor, author.get("/admin/posts/hers/preview"), client.get("/hers/")]
    assert [harm_of(each.text) for each in answers[1:]] == [[]] * 6
    shown = html.unescape(editor.text).replace("\r\n", "\n")
    assert attack.replace("\x00", "") in shown or "\x00" in attack
    if saved.status_code == 422:
        assert "HTML is for administrators and editors, and here is" in html.unescape(saved.text)
    publishing.publish(db, site, by=by())  # by whom it is published anew does not matter
    assert harm_of(client.get("/hers/").text) == []


def test_a_role_is_not_changed_by_a_form_in_a_post(author: TestClient, site: Settings) -> None:
    refused = author.post("/admin/posts/hers/edit", data=edited(author, "hers", body=ONE), headers=JSON)
    assert refused.status_code == 422
    assert "HTML is for administrators and editors" in refused.json()["detail"]
    assert "<form" not in (site.posts / "hers.md").read_text("utf-8")


@pytest.mark.parametrize(
    "line",
    ["html: true", "html: yes", '"html": true', "'html' : true", "? html\n: true", "html:\n  true", "HTML: true"],
)
def test_an_author_does_not_turn_html_on(author: TestClient, site: Settings, line: str) -> None:
    front = f"title: Hers\ndate: 2026-05-01\nauthor: Eve\n{line}\n"
    fields = edited(author, "hers") | {"front": front, "was": "{}", "body": "New words."}
    answer = author.post("/admin/posts/hers/edit", data=fields, headers=JSON)
    assert answer.status_code in (200, 422)
    saved = publishing.load(site, site.posts / "hers.md")
    assert not saved.html or saved.body.strip() == "Words of Eve."
    assert answer.status_code == 422 or not saved.html


def test_what_an_author_begins_has_html_off(author: TestClient, client: TestClient, site: Settings) -> None:
    author.post("/admin/posts/new", data={"title": "Oil <form>"})
    assert not publishing.load(site, site.posts / "oil-form" / "index.md").html
    page = html.unescape(author.get("/admin/posts/oil-form/edit").text)
    shared = re.search(r'/preview/[^"/]+/', page)
    assert shared
    fields = edited(author, "oil-form", body="1 < 2 and `<form>`")
    assert author.post("/admin/posts/oil-form/edit", data=fields).status_code == 200
    assert "1 &lt; 2 and <code>&lt;form&gt;</code>" in client.get(shared[0]).text


def test_html_that_is_added_to_the_file_of_an_author_is_text_until_the_line_goes(
    author: TestClient, client: TestClient, db: Database, site: Settings
) -> None:
    author.post("/admin/posts/hers/edit", data=edited(author, "hers", body="Dear words."))
    file = site.posts / "hers.md"
    file.write_text(file.read_text("utf-8") + "\n<details>More</details>\n", "utf-8")
    publishing.publish(db, site, by=by())
    assert "&lt;details&gt;More&lt;/details&gt;" in client.get("/hers/").text
    file.write_text(file.read_text("utf-8").replace("html: false\n", ""), "utf-8")
    publishing.publish(db, site, by=by())
    assert "<details>More</details>" in client.get("/hers/").text


def test_what_was_imported_has_html_off(db: Database, site: Settings, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(f"<html><body><article><h1>Old words</h1><p>Words. {ONE}</p></article></body></html>", "utf-8")
    report = import_page(db, site, page, by=by())
    assert not publishing.load(site, site.posts / report.path).html
    row = db.conn.execute("select body_html from posts where slug = ?", [report.slug]).fetchone()
    assert strange_in_post(row[0]) == []
