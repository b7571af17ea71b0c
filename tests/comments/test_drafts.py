import pytest

from blog import comments
from blog.comments import LIMITS, Sender

GOOD = {"author": "Ana", "email": "ana@example.org", "comment": "A thought."}


def errors(**changes: str) -> dict[str, str]:
    return dict(comments.prepare(GOOD | changes, Sender()).errors)


@pytest.mark.parametrize("name", ["author", "email", "url", "comment"])
def test_a_field_may_reach_its_limit_and_no_letter_more(name: str) -> None:
    tail = {"author": "", "email": "@example.org", "url": "", "comment": ""}[name]
    head = "https://example.org/" if name == "url" else ""
    fits = head + "x" * (LIMITS[name] - len(head + tail)) + tail
    assert errors(**{name: fits}) == {}
    refused = errors(**{name: head + "x" + fits[len(head) :]})
    assert f"has {LIMITS[name] + 1:,} characters; {LIMITS[name]:,} fit. Nothing was cut." in refused[name]


@pytest.mark.parametrize(
    "email", ["a@b", "hello:)", "not_an_email", "a b@example.org", "a@b@example.org", "@example.org"]
)
def test_a_bad_email_is_named_with_its_cure(email: str) -> None:
    assert "Write it like name@example.org." in errors(email=email)["email"]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example",
        "http:javascript:alert(1)",
        "\\\\evil.example",
        "ftp://example.org",
        "https://a@example.org",
        "https://[::1",
        'https://example.org/"onclick=',
        "https://exa mple.org",
        "http://",
        "https://example.org:99999/",
    ],
)
def test_only_web_addresses_are_taken(url: str) -> None:
    assert "is no web address" in errors(url=url)["url"]


def test_an_address_without_a_scheme_gets_one() -> None:
    assert comments.prepare(GOOD | {"url": "user.example.org"}, Sender()).url == "https://user.example.org"


@pytest.mark.parametrize("text", ["", "   ", "\n\t\r\n", "\u2003"])
def test_nothing_but_blanks_is_no_thought(text: str) -> None:
    assert errors(comment=text) == {"comment": "Your thought is missing."}


@pytest.mark.parametrize("text", ["0", "a\\b", "  indented", "🔥" * 100, "شكرا", "a\n\nb  \n"])
def test_what_was_typed_is_kept_letter_by_letter(text: str) -> None:
    draft = comments.prepare(GOOD | {"comment": text, "author": "O\\Brien"}, Sender())
    assert (draft.text, draft.author, dict(draft.errors)) == (text, "O\\Brien", {})


@pytest.mark.parametrize("letter", ["\0", "\x01", "\x1f", "\x7f", "\ud800", "\ufffe"])
def test_letters_that_no_page_can_show_are_refused_by_their_number(letter: str) -> None:
    for name in ("author", "comment"):
        assert f"U+{ord(letter):04X}" in errors(**{name: f"a{letter}b"})[name]


def test_line_ends_become_those_of_the_store() -> None:
    assert comments.prepare(GOOD | {"comment": "a\r\nb\rc"}, Sender()).text == "a\nb\nc"


def test_a_signed_in_person_writes_under_the_accounts_name() -> None:
    who = Sender(account=1, account_name="ana", account_email="ana@example.org")
    draft = comments.prepare({"author": "Somebody", "email": "x@example.org", "comment": "Yes."}, who)
    assert (draft.author, draft.email, draft.url) == ("ana", "ana@example.org", "")


@pytest.mark.parametrize(
    ("value", "parent"), [("", None), ("0", None), ("7", 7), ("three", -1), ("-5", -1), ("٣", -1), ("9" * 20, -1)]
)
def test_a_parent_is_a_number_or_nothing(value: str, parent: int | None) -> None:
    assert comments.prepare(GOOD | {"comment_parent": value}, Sender()).parent == parent
