"""A site's own templates and files: they go before ours, and what is broken in them is told and takes no page down."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.app import create_app
from blog.settings import Settings
from blog.web.files import REVALIDATED
from blog.web.middleware import security
from blog.web.theme import files
from tests import factories

BELOW = '{% extends "afterword/layout.html" %}\n{% block colophon %}<p>By us.</p>{{ super() }}{% endblock %}\n'


def put(site: Settings, name: str, text: str | bytes) -> Path:
    path = site.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def opened(site: Settings) -> TestClient:
    return TestClient(create_app(site), base_url="http://127.0.0.1:8000")


def problems(site: Settings) -> list[str]:
    return [str(problem).removeprefix("../") for problem in files.read(site).problems]


@pytest.fixture(autouse=True)
def one_post(db: Database) -> None:
    factories.post(db)


def test_a_template_goes_before_ours_and_can_build_upon_it(site: Settings) -> None:
    put(site, "templates/errors/error.html", "<title>Lost</title><p>Go home.</p>")
    put(site, "templates/layout.html", BELOW)
    with opened(site) as client:
        page = client.get("/a-post/").text
        assert page.index('class="masthead"') < page.index("<p>By us.</p>") < page.index('class="colophon"')
        gone = client.get("/nowhere/")
        assert (gone.status_code, gone.text) == (404, "<title>Lost</title><p>Go home.</p>")
    assert problems(site) == []


def test_a_template_changes_no_header(site: Settings) -> None:
    put(site, "templates/layout.html", "<!doctype html><script>alert(1)</script>{% block main %}{% endblock %}")
    with opened(site) as client:
        page = client.get("/a-post/")
        assert "<script>alert(1)</script>" in page.text
        assert {name: page.headers[name] for name in security.HEADERS} == security.HEADERS


def test_what_a_reader_typed_is_escaped_in_a_sites_own_template_too(site: Settings, db: Database) -> None:
    factories.post(db, "tagged", title="<b>Bold</b>")
    put(site, "templates/posts/show.html", "{{ post.title }}")
    with opened(site) as client:
        assert client.get("/tagged/").text == "&lt;b&gt;Bold&lt;/b&gt;"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{% block main %}", "templates/layout.html, line 1: Unexpected end of template."),
        ("one\n{{ two", "templates/layout.html, line 2: unexpected end of template"),
        ("one\n\n{{ x | shout }}", "templates/layout.html, line 3: No filter named 'shout'."),
        (
            "{% extends 'layout.html' %}",
            "The template extends or includes itself. Name the engine's: afterword/layout",
        ),
        (b"one\n\xff", "templates/layout.html, line 2: This is not UTF-8 text. Save the file as UTF-8."),
        (b" " * 1_000_001, "templates/layout.html: The template has 1,000,001 bytes; 1,000,000 are allowed."),
    ],
)
def test_a_template_that_is_none_is_told_and_ours_serves(site: Settings, text: str | bytes, sentence: str) -> None:
    put(site, "templates/layout.html", text)
    (found,) = problems(site)
    assert sentence in found
    with opened(site) as client:
        assert 'class="masthead"' in client.get("/").text


def test_the_desk_keeps_its_templates(site: Settings) -> None:
    put(site, "templates/admin/login.html", "{{ password }}")
    assert problems(site) == [
        "templates/admin/login.html: Templates of the desk cannot be replaced, so this one is not used. Remove it."
    ]
    with opened(site) as client:
        assert "Password" in client.get("/admin/login").text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("one\n{{ psot.title }}", "line 2: 'psot' is undefined. Did you mean post?"),
        ("{{ nothing_like_it }}", "line 1: 'nothing_like_it' is undefined. Use a name that this page has"),
        ("\n{% include 'gone.html' %}", "line 2: There is no template “gone.html”. Write the name of an existing one"),
        ("{{ 1 / 0 }}", "line 1: division by zero. Correct it, or remove the file"),
        ("{{ ''.__class__.__mro__ }}", "line 1: access to attribute '__class__' of 'str' object is unsafe."),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "maximum recursion depth exceeded"),
    ],
)
def test_what_breaks_while_a_page_is_made_is_told_and_ours_serves(
    site: Settings, moderator: TestClient, caplog: pytest.LogCaptureFixture, text: str, sentence: str
) -> None:
    put(site, "templates/posts/show.html", text)
    site_of(moderator).render.refresh()
    answer = moderator.get("/a-post/")
    assert (answer.status_code, "Words." in answer.text) == (200, True)
    assert f"templates/posts/show.html, {sentence}" in caplog.text or sentence in caplog.text
    desk = moderator.get("/admin/posts").text.replace("&#39;", "'")
    assert "<code>templates/posts/show.html, line" in desk
    assert sentence.partition(": ")[2] in desk


def site_of(client: TestClient):  # type: ignore[no-untyped-def]
    return client.app.site  # type: ignore[attr-defined]


def test_the_last_good_template_stays_while_the_newest_breaks(site: Settings, client: TestClient) -> None:
    render = site_of(client).render
    for text, shown in (
        ("Good: {{ post.title }}", "Good: A post"),
        ("{% if %}", "Good: A post"),
        ("{{ nothing }}", "Good: A post"),
        ("{{ nothing_either }}", "Good: A post"),
        ("Mended: {{ post.title }}", "Mended: A post"),
    ):
        put(site, "templates/posts/show.html", text)
        render.refresh()
        site_of(client).pages.forget()
        assert client.get("/a-post/").text == shown
        assert (render.problems() == []) is ("{{ post" in text)
    (site.templates / "posts" / "show.html").unlink()
    assert render.refresh()
    site_of(client).pages.forget()
    assert "Words." in client.get("/a-post/").text


def test_a_file_of_static_goes_before_ours_and_another_text_has_another_address(
    site: Settings, client: TestClient
) -> None:
    render = site_of(client).render
    ours = render.asset("site.css")
    path = put(site, "static/site.css", "p { color: teal }")
    assert render.refresh()
    mine = render.asset("site.css")
    assert mine != ours
    assert client.get(mine).text == "p { color: teal }"
    assert "immutable" in client.get(mine).headers["cache-control"]
    for was in (ours, "/static/site.css"):
        answer = client.get(was)
        assert (answer.text, answer.headers["cache-control"]) == ("p { color: teal }", REVALIDATED)
    assert client.get("/static/site.0123456789.css").status_code == 404
    path.write_text("p { color: coral }", "utf-8")
    assert client.get(mine).text == "p { color: teal }"
    assert render.refresh()
    assert not render.refresh()


def test_a_picture_that_was_changed_and_not_looked_at_yet_is_not_kept_for_ever(
    site: Settings, client: TestClient
) -> None:
    path = put(site, "static/dot.png", b"one")
    site_of(client).render.refresh()
    address = site_of(client).render.asset("dot.png")
    assert "immutable" in client.get(address).headers["cache-control"]
    path.write_bytes(b"another")
    answer = client.get(address)
    assert (answer.content, answer.headers["cache-control"]) == (b"another", REVALIDATED)


GOOD = [
    "",
    "p { color: red } @media print { p { color: black } }",
    '/* { */ p::before { content: \'}\' } q { content: "\\"{" }',
    "a { background: url(data:image/png;base64,a'b) } .\\{ { color: red }",
    "a { background: url( 'x}y.png' ) }",
]
BAD = [
    ("p { color: red", 1, "The { of this line is never closed. Add the missing }."),
    ("p {}\n}\n", 2, "This } has no opening {. Remove it, or add the {."),
    ("p {}\n/* so", 2, "The /* that opens here is never closed. Add */."),
    ("p { content: 'so\n }", 1, "The ' that opens here is never closed. Add '."),
    ("@media print {\n p {}\n", 1, "The { of this line is never closed. Add the missing }."),
]


@pytest.mark.parametrize("text", GOOD)
def test_a_whole_stylesheet_is_taken(site: Settings, text: str) -> None:
    put(site, "static/site.css", text)
    assert problems(site) == []


@pytest.mark.parametrize(("text", "line", "sentence"), BAD)
def test_half_a_stylesheet_is_told_and_the_last_whole_one_stays(
    site: Settings, text: str, line: int, sentence: str
) -> None:
    put(site, "static/site.css", text)
    assert problems(site) == [f"static/site.css, line {line}: {sentence}"]
    assert b"--" in (files.read(site).assets["site.css"].text or b"")  # ours, which has variables
    put(site, "static/site.css", "p {}")
    good = files.read(site)
    put(site, "static/site.css", text)
    assert files.read(site, good).assets["site.css"].text == b"p {}"


@pytest.mark.parametrize("name", ["site.css", "admin.css"])
def test_our_own_stylesheets_are_whole(site: Settings, name: str) -> None:
    put(site, f"static/{name}", files.read(site).assets[name].text or b"")
    assert problems(site) == []


def _link(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def _loop(path: Path) -> None:
    path.symlink_to(path)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize("make", [_link, _loop, _pipe, Path.mkdir])
def test_what_is_no_file_of_the_folder_is_left_alone(site: Settings, make: Callable[[Path], None]) -> None:
    for folder, name in (("templates", "layout.html"), ("static", "site.css")):
        (site.root / folder).mkdir()
        make(site.root / folder / name)
    put(site, "templates/.git/layout.html", "{% if %}")
    found = files.read(site)
    assert (found.templates, found.problems) == ({}, ())
    assert b"--" in (found.assets["site.css"].text or b"")


def test_a_sheet_of_ones_own_comes_after_the_engines_and_only_where_there_is_one(
    client: TestClient, site: Settings
) -> None:
    render = client.app.state.site.render  # type: ignore[attr-defined]
    assert client.get("/").text.count('rel="stylesheet"') == 1
    put(site, "static/custom.css", "p { color: teal }")
    render.refresh()
    client.app.state.site.pages.forget()  # type: ignore[attr-defined]
    page = client.get("/").text
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    assert sheets == [render.asset("site.css"), render.asset("custom.css")]
    assert client.get(sheets[1]).text == "p { color: teal }"
