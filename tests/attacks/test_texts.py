"""Section 1: texts, names and addresses of comments."""

import json
import time
import tomllib
from importlib.metadata import version
from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.rendering import markdown, typesetting
from blog.rendering.markdown import COMMENT_TAGS, render_comment
from tests.attacks import hostile
from tests.attacks.judging import dangers, strange_in_comment
from tests.attacks.rows import ROOT
from tests.factories import SLUG, decide, form_on, send, submit
from tests.wordpress.acting import HELD_BY_NONE, change

JSON = {"accept": "application/json"}


def rows(db: Database) -> int:
    return int(db.conn.execute("select count(*) from comments").fetchone()[0])


@pytest.mark.parametrize(
    "text",
    [
        f"<a title='x onmouseover=alert(1) style=position:absolute;left:0;top:0;width:5000px {'A' * 70_000}'></a>",
        "A" * 65_535,
        "A" * 65_536,
        "🔥" * 65_535,
        "🔥" * 65_536,
        "🔥" * 16_385,
    ],
    ids=lambda text: f"{len(text)}{text[0]}",
)
def test_t1_01_what_is_too_long_is_refused_and_never_cut(client: TestClient, db: Database, text: str) -> None:
    answer = send(client, text=text, headers=JSON)
    assert answer.status_code in (413, 422)
    assert rows(db) == 0


def test_t1_01_what_just_fits_is_kept_as_it_is(client: TestClient, db: Database) -> None:
    text = "🔥" * 16_384
    assert send(client, text=text).status_code == 303
    assert db.conn.execute("select text from comments").fetchone()[0] == text


def test_t1_02_two_comments_stay_two(client: TestClient, db: Database) -> None:
    change(db, **HELD_BY_NONE)
    texts = ["<q cite='Hello 🔥", " onmouseover=alert(1) '>"]
    for text in texts:
        send(client, text=text)
    decide(db, [1, 2], "approve")
    kept = [row[0] for row in db.conn.execute("select text from comments order by id").fetchall()]
    assert kept == texts
    page = TestClient(client.app, base_url="http://127.0.0.1:8000").get(f"/{SLUG}/").text
    assert page.count('<li id="comment-') == 2
    assert dangers(page) == []


def test_t1_03_another_sites_form_is_refused_with_an_administrators_cookie(moderator: TestClient, db: Database) -> None:
    data = {**form_on(moderator, f"/{SLUG}/"), "comment": "Words."}
    for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        assert moderator.post(f"/{SLUG}/comments", data=data, headers=headers).status_code == 403
    assert rows(db) == 0


ADMINS = "<a title='x\" onmouseover=alert(1) id=\"' href=//x>y</a>"


def test_t1_03_an_administrators_comment_is_cleaned_like_anybodys(moderator: TestClient, db: Database) -> None:
    send(moderator, text=ADMINS)
    assert db.conn.execute("select status from comments").fetchone()[0] == "approved"
    html = db.conn.execute("select text_html from comments").fetchone()[0]
    assert html == render_comment(ADMINS).html
    own = "<button formaction='/admin/comments/1/pick'>"
    assert [each for each in dangers(moderator.get(f"/{SLUG}/").text) if each != own] == []


WEBSITE, NAME = "http://x.com/?'onmouseover='alert(document.domain)'x='", "<script>alert(1)</script>"


def test_t1_04_website_and_name_are_clean_on_every_path_that_writes_them(
    client: TestClient, moderator: TestClient, db: Database
) -> None:
    send(client, author=NAME, url=WEBSITE)
    decide(db, 1, "approve")

    def clean() -> None:
        for browser, path in ((client, f"/{SLUG}/"), (moderator, "/admin/comments/1"), (moderator, "/admin/comments")):
            page = browser.get(path).text
            assert dangers(page) == []
            assert "?'onmouseover" not in page
            assert NAME not in page

    clean()
    moderator.post("/admin/comments/1/revision", data={"author": NAME, "url": WEBSITE, "comment": NAME})
    assert db.conn.execute("select author from comments").fetchone()[0] == NAME
    clean()


@pytest.mark.parametrize("scheme", [scheme for scheme in hostile.SCHEMES if scheme not in ("//javascript:",)])
def test_t1_07_an_address_of_a_writer_is_http_or_none(client: TestClient, db: Database, scheme: str) -> None:
    answer = send(client, url=f"{scheme}alert(1)", headers=JSON)
    assert answer.status_code in (202, 422), answer.text
    url = db.conn.execute("select max(url) from comments").fetchone()[0] or ""
    assert not url or url.startswith(("http://", "https://"))
    decide(db, [1], "approve") if url else None
    assert dangers(client.get(f"/{SLUG}/").text) == []


@pytest.mark.parametrize(
    "text",
    ["<button formaction=javascript:alert(1)>", "<form action=x>", "<input formaction=javascript:alert(1)>"],
)
def test_t1_08_no_form_is_left_in_a_comment(text: str) -> None:
    html = render_comment(text).html
    assert strange_in_comment(html) == []
    assert not any(f"<{tag}" in html for tag in ("form", "button", "input"))


@pytest.mark.parametrize("scheme", [scheme for scheme in hostile.SCHEMES if "&" in scheme])
@pytest.mark.parametrize("place", hostile.LINKS)
def test_t1_09_entities_hide_no_scheme(scheme: str, place: str) -> None:
    assert strange_in_comment(render_comment(place.replace("{}", f"{scheme}alert(1)")).html) == []


def test_t1_11_a_long_style_takes_no_time() -> None:
    start = time.process_time()
    html = render_comment("<a style='" + '\\"' * 8_000).html
    assert time.process_time() - start < 1
    assert strange_in_comment(html) == []


def test_t1_12_the_parser_of_comments_takes_no_raw_html() -> None:
    english = typesetting.quotes_of("en")
    assert all(markdown._comment_parser(links, english).options["html"] is False for links in (True, False))
    assert sum(bool(strange_in_comment(render_comment(text).html)) for text in hostile.ours()) == 0


@pytest.mark.parametrize(
    "text",
    [
        "[a](java\nscript:alert(1))",
        "<img src=x onerror=alert(1)//",
        "<x@ onclick=alert(1)>",
        "[x]: javascript:alert(1)\n[x]",
        '[a](http://x.example "><script>alert(1)</script>")',
        "![a'\"onerror=alert(1)](x)",
        "<http://<meta http-equiv=refresh content='0;javascript:alert(1)'>>",
        "`<script>`<script>alert(1)</script>",
        "<<script>script>alert(1)</script>",
    ],
)
def test_t1_13_what_broke_safe_modes_is_clean(text: str) -> None:
    assert strange_in_comment(render_comment(text).html) == []


def test_t1_14_a_comment_may_hold_twelve_tags_and_three_attributes() -> None:
    assert {"p", "br", "hr", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li", "a"} == COMMENT_TAGS
    cleaned = markdown._cleaner().clean(
        "<p title=x lang=x class=x id=x dir=x>a</p><details open><img src=x>"
        '<a href="http://x" title=x target=_blank>b</a>'
        "<ol start=3 reversed><li value=2></ol><abbr title=x><h1>c</h1><table><tr><td>d</table>"
    )
    assert cleaned == ('<p>a</p><a href="http://x" rel="nofollow ugc noopener">b</a><ol start="3"><li></li></ol>cd')


@pytest.mark.parametrize("step", [6, pytest.param(1, marks=pytest.mark.slow)])
def test_t1_15_naughty_strings_break_nothing_in_any_field(client: TestClient, db: Database, step: int) -> None:
    change(db, **HELD_BY_NONE, comment_network_limit="0")
    path = hostile.SHARED / "attacks" / "blns.json"
    names = json.loads(path.read_text("utf-8")) if path.is_file() else [*hostile.OTHERS, *hostile.RAW[:60]]
    hidden = form_on(client, f"/{SLUG}/")
    for n, text in enumerate(names[::step]):
        for field in ("author", "email", "url", "comment"):
            typed: dict[str, Any] = {"author": "Ana", "email": "ana@example.org", "comment": f"Words {n} {field}."}
            answer = client.post(f"/{SLUG}/comments", data={**hidden, **typed, field: text}, headers=JSON)
            assert answer.status_code in (201, 202, 409, 422), (field, text)
            if answer.status_code in (201, 202) and field == "comment":
                kept = db.conn.execute("select text from comments where id = ?", [answer.json()["id"]]).fetchone()[0]
                assert kept == text.replace("\r\n", "\n").replace("\r", "\n")
    decide(db, list(range(1, rows(db) + 1)), "approve")
    assert dangers(client.get(f"/{SLUG}/").text) == []
    assert step > 1 or client.get(f"/{SLUG}/comment-page-2/").status_code == 200


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("starlette", (1, 6)),
        ("python-multipart", (0, 0, 31)),
        ("markdown-it-py", (4, 3)),
        ("linkify-it-py", (2, 1, 1)),
        ("nh3", (0, 3, 8)),
        ("h11", (0, 16)),
    ],
)
def test_t1_10_no_library_is_older_than_what_mended_it(name: str, least: tuple[int, ...]) -> None:
    """The least versions that the rows ask for, installed and (where it is ours to say) declared."""
    assert tuple(int(part) for part in version(name).split(".")[:3] if part.isdigit()) >= least
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    ours = [line for line in declared if line.startswith(f"{name}>=")]
    assert name == "h11" or ours[0].startswith(f"{name}>={'.'.join(map(str, least))}")


def test_t5_12_links_are_found_in_time() -> None:
    for text in ("mailto:" * 2_340, "http://example.com/" + "*" * 16_300 + "a", " " * 16_384 + "x", "http://" * 2_300):
        start = time.process_time()
        render_comment(text[:16_384])
        assert time.process_time() - start < 0.5


def test_t5_13_a_comment_has_no_tables_and_hardly_swells() -> None:
    table = "|a|b|\n|-|-|\n" + "|x|y|\n" * 2_000
    html = render_comment(table[:16_384]).html
    assert "<t" not in html
    for text in [
        table[:16_384],
        *(text[:16_384] for text in hostile.OTHERS),
        "a\n" * 8_192,
        "> " * 8_192,
        "- a\n" * 4_096,
    ]:
        assert len(render_comment(text).html) < 20_000 * 8
    assert 100 * len(html) < 3_000_000


def test_t5_14_no_other_markdown_library_is_used() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    names = {line.partition(">")[0].partition("=")[0].lower() for line in declared}
    assert not names & {"markdown", "mistune", "markdown2", "bleach", "commonmark", "misaka"}


def test_t5_10_letters_that_are_none_are_refused(client: TestClient, db: Database) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded", **JSON}
    for raw in (b"%ed%a0%80", b"\xed\xa0\x80", b"%ff%fe", b"%00", b"%EF%BF%BE", b"%u0041", b"%", b"\xff"):
        body = b"author=Ana&email=ana%40example.org&comment=" + raw
        assert client.post(f"/{SLUG}/comments", content=body, headers=kind).status_code in (202, 400, 409, 422, 429)
    for character in ("\ud800", "\udfff", "\x00", "\ufffe", "\ufdd0"):
        assert "comment" in submit_errors(f"a{character}b")
    assert submit(db, "Fine.", n=9)


def submit_errors(text: str) -> dict[str, str]:
    from tests.factories import draft

    return dict(draft(text).errors)
