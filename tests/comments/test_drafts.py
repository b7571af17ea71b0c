import unicodedata

import pytest

from blog import comments
from blog.comments import LIMITS, Sender, Stamp
from blog.text import VISIBLE
from tests.factories import NOON

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


LONG_HOST = f"{'x' * 180}.example.org"  # of 192 characters, 200 with https:// before it


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("author", "x" * 246, "The name has 246 characters; 245 fit. Nothing was cut."),
        ("email", "x" * 1_000, "The email has 1,000 characters; 100 fit. Nothing was cut."),
        ("url", "x" * 201, "The web address has 201 characters; 200 fit. Nothing was cut."),
        ("url", f"{LONG_HOST}/", "The web address has 201 characters; 200 fit. Nothing was cut."),
        ("comment", "x" * 16_385, "Your comment has 16,385 characters; 16,384 fit. Nothing was cut."),
        ("author", "A\x01b", "The name holds a control character (U+0001). Please take it out."),
        ("email", "a\x7f@b.example", "The email holds a control character (U+007F). Please take it out."),
        ("url", "b.example/\0", "The web address holds a control character (U+0000). Please take it out."),
        ("comment", "a\uffff", "Your comment holds a character that no page can show (U+FFFF). Please take it out."),
        ("email", "ana", "“ana” has no @. Write it like name@example.org."),
        ("email", "ana@b", "“ana@b” is no email address. Write it like name@example.org."),
        ("url", "x:y", "“x:y” is no web address. Write it like https://example.org, or leave it empty."),
        ("url", "/x", "“/x” is no web address. Write it like https://example.org, or leave it empty."),
        ("comment", "", "Your comment is missing."),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence_and_left_as_it_was_typed(field: str, typed: str, sentence: str) -> None:
    draft = comments.prepare({**GOOD, field: typed}, Sender())
    assert draft.errors == {field: sentence}
    assert getattr(draft, "text" if field == "comment" else field) == typed


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


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("user.example.org", "https://user.example.org"),
        (" example.org:8080/x?y#z ", "https://example.org:8080/x?y#z"),
        ("http://example.org", "http://example.org"),
        ("HTTPS://Example.org/A", "HTTPS://Example.org/A"),
        (LONG_HOST, f"https://{LONG_HOST}"),
        ("", ""),
    ],
)
def test_an_address_without_a_scheme_gets_one(typed: str, kept: str) -> None:
    draft = comments.prepare(GOOD | {"url": typed}, Sender())
    assert (draft.url, dict(draft.errors)) == (kept, {})


@pytest.mark.parametrize(
    ("typed", "kept"), [("  Ana  Bell ", "Ana  Bell"), ("Ana\r\nBell", "Ana Bell"), ("Ana\n  Bell \r", "Ana Bell")]
)
def test_a_name_is_one_line(typed: str, kept: str) -> None:
    assert comments.prepare(GOOD | {"author": typed}, Sender()).author == kept


def test_a_draft_knows_the_form_that_it_came_from() -> None:
    fields = {**GOOD, "comment_parent": " 7 ", "remember": "1", "homepage": " x ", "url": "https://a.example"}
    draft = comments.prepare(fields, Sender(ip="192.0.2.1"), stamp=Stamp("forged", NOON), own="www.blog.example")
    assert (draft.parent, draft.remember, draft.honeypot, draft.stamp, draft.opened_at, draft.own) == (
        7,
        True,
        True,
        "forged",
        NOON,
        "blog.example",
    )
    assert (draft.sender.ip, draft.rendered.plain, draft.domains) == ("192.0.2.1", "A thought.", ["a.example"])
    plain = comments.prepare(GOOD | {"homepage": " "}, Sender())
    assert (plain.parent, plain.remember, plain.honeypot, plain.stamp, plain.opened_at, plain.own) == (
        None,
        False,
        False,
        "valid",
        None,
        "",
    )


def test_of_what_is_left_out_nothing_is_known() -> None:
    draft = comments.prepare({}, Sender())
    assert (draft.author, draft.email, draft.url, draft.text) == ("", "", "", "")
    assert draft.errors == {"comment": "Your comment is missing."}
    assert (draft.rendered.html, draft.rendered.plain, draft.links, draft.domains) == ("", "", 0, [])


@pytest.mark.parametrize("text", ["", "   ", "\n\t\r\n", "\u2003"])
def test_nothing_but_blanks_is_no_thought(text: str) -> None:
    assert errors(comment=text) == {"comment": "Your comment is missing."}


@pytest.mark.parametrize(
    "text",
    [
        *(
            "\u200b\u200b",
            "[](http://x.example)",
            "```\n```",
            "> ",
            "&nbsp;",
            "`\u3164`",
            "\U000e0041\ufe0f",
            "\xad\x85",
        ),
        *("-", "* ", "+", "-\n-\n-", "> -", "- >", "- &nbsp;", "- [](http://x.example)"),
    ],
)
def test_a_text_of_which_nothing_is_seen_is_no_thought(text: str) -> None:
    draft = comments.prepare(GOOD | {"comment": text}, Sender())
    assert (draft.text, draft.rendered.html, draft.domains) == (text, "", [])
    assert draft.errors == {"comment": "Your comment is missing."}


@pytest.mark.parametrize(
    "text",
    [
        *("❤️", "👩‍👩‍👧", "[a](http://x.example)", "```\n.\n```", "> a", "_", "#", "***", "- - -", "- a", "* 👍"),
        *("2026.", "2026)", "1.", "1. 2.", "> 5.", "- 5."),
    ],
)
def test_whatever_is_seen_is_a_thought(text: str) -> None:
    assert errors(comment=text) == {}


@pytest.mark.parametrize("name", ["\u200b", "\u2060 \u200d", "\u3164", "\u2800"])
def test_a_name_of_which_nothing_is_seen_is_none(name: str) -> None:
    assert comments.prepare(GOOD | {"author": name}, Sender()).author == ""
    assert comments.prepare(GOOD | {"author": f"{name}A"}, Sender()).author == f"{name}A"


def test_blanks_and_signs_that_only_set_others_are_not_seen() -> None:
    blank = [sign for sign in map(chr, range(0x110000)) if unicodedata.category(sign) in ("Zs", "Zl", "Zp", "Cc", "Cf")]
    shown = {unicodedata.name(sign).split()[0] for sign in blank if VISIBLE.search(sign)}
    assert shown <= {"ARABIC", "SYRIAC", "KAITHI"}  # which mark numbers and verses, and are drawn


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
