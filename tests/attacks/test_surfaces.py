"""Hostile texts in every field, looked for on every surface by html5lib."""

from collections.abc import Callable

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.rendering import markdown
from blog.settings import Settings
from tests import factories
from tests.attacks import hostile, surfaces
from tests.attacks.judging import dangers

Corpus = Callable[[], list[str]]


def some_of_ours() -> list[str]:
    return hostile.ours()[::3]


WHOLE = [pytest.param(corpus, marks=pytest.mark.slow) for corpus in (hostile.ours, hostile.shared)]
CORPORA = pytest.mark.parametrize("corpus", [some_of_ours, *WHOLE], ids=["some of ours", "ours", "shared"])
CONTROL = {chr(code) for code in (*range(8), 11, 12, *range(14, 27), *range(28, 32))}
ESC = "\x1b"


@CORPORA
@pytest.mark.timeout(1_800)
def test_stored_texts_are_clean_wherever_they_are_shown(
    client: TestClient, moderator: TestClient, db: Database, site: Settings, corpus: Corpus
) -> None:
    texts = corpus()
    stored = surfaces.fill(db, texts)
    assert len(stored) > len(texts) * 0.8
    kept = dict(db.conn.execute("select id, text from comments").fetchall())
    for number, text in stored.items():
        same = text.replace("\r\n", "\n").replace("\r", "\n")
        assert kept[number] in (same, f"A thought, number {texts.index(text) + 1}."), text
    found, count = {}, 0
    pages = [*surfaces.public(client, len(stored)), *surfaces.queue(moderator)]
    for number in list(stored)[:: max(1, len(stored) // 40)]:
        surfaces.treated(db, number, stored[number])
        pages += surfaces.of_comment(moderator, number)
    pages += [(path, moderator.get(path).text) for path in ("/admin/", "/admin/log", "/admin/posts", "/admin/users")]
    for path, page in pages:
        count += 1
        if harm := dangers(page):
            found[path] = harm
    assert found == {}
    assert count > len(stored) // 50
    rows = surfaces.from_the_command_line(site)
    assert {row["id"]: row["text"] for row in rows}.keys() == stored.keys()


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.slow) for part in range(1, 12))])
def test_what_was_typed_comes_back_clean(client: TestClient, moderator: TestClient, db: Database, part: int) -> None:
    """Our own list, but of the many combinations one in fifteen; the rest holds the same characters."""
    client.app.state.site.buckets.clear()  # type: ignore[attr-defined]
    client.app.state.site.buckets.update({what: Unlimited() for what in ("login", "preview", "search", "upload")})  # type: ignore[attr-defined]
    texts = [*hostile.RAW, *hostile.OTHERS, *hostile.ours()[::60]][part::12]
    found = {}
    ana = db.conn.execute("select id from accounts where name = 'ana'").fetchone()[0]
    for text in texts:
        factories.sign_in(moderator, db, ana)  # a password that was given a minute ago is asked for again
        for path, page in surfaces.typed_again(client, moderator, text.replace("{}", hostile.ADDRESS)):
            if harm := dangers(page):
                found[path, text] = harm
    assert found == {}


class Unlimited:
    def take(self, key: str, *, now: float) -> int:
        return 0


def test_the_command_line_prints_no_control_characters_of_readers(
    db: Database, client: TestClient, site: Settings
) -> None:
    """Escape sequences of a terminal in a name or a text would be run by the moderator's own."""
    surfaces.fill(db, [f"{ESC}[31mred{ESC}[0m", "\x9b31m red", "a\tb", "\u202eturned", "\x07bell"])
    for words in (("queue", "--status", "all"), ("why", "1"), ("log",)):
        out = surfaces.printed(site, *words)
        assert not CONTROL & set(out)
        assert ESC not in out
        assert "\x9b" not in out


def test_template_words_are_shown_as_they_are(client: TestClient, moderator: TestClient, db: Database) -> None:
    surfaces.fill(db, list(hostile.OTHERS))
    for _, page in [*surfaces.public(client, 100), *surfaces.queue(moderator)]:
        assert "{{7*7}}" in page or "7*7" not in page
        assert ">49<" not in page
    assert "{{7*7}}" in client.get("/a-post/").text


def test_a_post_of_an_author_is_trusted_and_a_comment_of_anybody_is_not() -> None:
    """What a post's file may hold no comment may, whoever wrote it: there is one renderer of comments."""
    assert "<details>" in markdown.render_post("<details><summary>x</summary></details>")
    assert "<details>" not in markdown.render_comment("<details><summary>x</summary></details>").html
