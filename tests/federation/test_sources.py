"""What a page says about a post: whether it links there, who wrote it, and what it does with it."""

import time

import pytest

from blog.federation import hosts, sources
from blog.federation.sources import Page, Said, Unreadable

HERE, TARGET = "https://alice.example/notes/1", "https://blog.example/a-post/"


def entry(inner: str, *, author: str = '<a class="p-author h-card" href="https://alice.example/">Alice</a>') -> str:
    return f'<!doctype html><title>Note</title><div class="h-entry">{author}{inner}</div>'


def read(html: str, target: str = TARGET) -> Said | None:
    return sources.read(Page(HERE, html.encode()), target)


@pytest.mark.parametrize(
    ("inner", "type", "text"),
    [
        (
            f'<a class="u-in-reply-to" href="{TARGET}">re</a> <p class="e-content">Well <b>said</b>.</p>',
            "reply",
            "Well **said**.",
        ),
        (f'<a class="u-like-of" href="{TARGET}">liked</a> <p class="p-summary">A heart</p>', "like", ""),
        (f'<a class="u-repost-of" href="{TARGET}">shared</a>', "repost", ""),
        (f'<a class="u-bookmark-of" href="{TARGET}">saved</a><h1 class="p-name">To read</h1>', "bookmark", "To read"),
        (
            f'<h1 class="p-name">My day</h1><div class="e-content">I read <a href="{TARGET}">this</a>.</div>',
            "mention",
            "My day\n\nI read this.",
        ),
        (f'<div class="p-name e-content">I read <a href="{TARGET}">this</a>.</div>', "mention", "I read this."),
        (
            f'<p class="u-in-reply-to h-cite"><a class="u-url" href="{TARGET}">x</a></p><p class="e-content">Yes</p>',
            "reply",
            "Yes",
        ),
    ],
)
def test_the_kind_and_the_words_come_from_microformats(inner: str, type: str, text: str) -> None:
    assert read(entry(inner)) == Said(type, "Alice", text)


def test_a_page_without_microformats_is_a_mention_with_its_title() -> None:
    assert read(f'<title> Links  of May </title><p><a href="{TARGET}">x</a>') == Said("mention", "", "Links of May")


def test_the_author_may_stand_beside_the_entry() -> None:
    page = f'<p class="h-card">Bea</p><div class="h-entry"><a class="u-like-of" href="{TARGET}">x</a></div>'
    assert read(page) == Said("like", "Bea", "")


@pytest.mark.parametrize(
    "link",
    [
        f'<a href="{TARGET}">x</a>',
        f'<a href="{TARGET}#comment-1">x</a>',
        '<a href="https://BLOG.example:443/a-post/">x</a>',
        '<base href="https://blog.example/"><a href="a-post/">x</a>',
        '<base href="https://blog.example/b/"><a href="../a-post/">x</a>',
        '<a href="https://blog.example/&#97;-post/">x</a>',
        f'<img src="{TARGET}">',
        f'<video src="{TARGET}"></video>',
        f'<blockquote cite="{TARGET}">x</blockquote>',
        f'<a href=" {TARGET} ">x</a>',
    ],
)
def test_a_link_counts_however_it_is_written(link: str) -> None:
    assert read(f"<title>t</title>{link}")


@pytest.mark.parametrize(
    "link",
    [
        f"<!-- <a href='{TARGET}'>x</a> -->",
        f"&lt;a href='{TARGET}'&gt;x&lt;/a&gt;",
        f"<p>{TARGET}</p>",
        f"<script>var a = '<a href=\"{TARGET}\">x</a>'</script>",
        f"<textarea><a href='{TARGET}'>x</a></textarea>",
        f"<template><a href='{TARGET}'>x</a></template>",
        f"<a href='{TARGET}evil/'>x</a>",
        f"<a href='https://evil.example/?u={TARGET}'>x</a>",
        f"<a href='{TARGET}?a=b'>x</a>",
        f"<a data-href='{TARGET}'>x</a>",
        f"<meta content='{TARGET}'>",
        "<a href='http://blog.example/a-post/'>x</a>",
        "<a href='//[bad'>x</a>",
    ],
)
def test_what_is_no_link_does_not_count(link: str) -> None:
    assert read(f"<title>t</title>{link}") is None


def test_what_a_stranger_writes_is_markdown_of_words() -> None:
    words = "<script>alert(1)</script><img src=x onerror=alert(1)>*Hi* &lt;b&gt;"
    said = read(entry(f'<a class="u-in-reply-to" href="{TARGET}">x</a><div class="e-content">{words}</div>'))
    assert said
    assert "script" not in said.text
    assert "\\*Hi\\*" in said.text
    assert "\\<b>" in said.text
    said = read(f"<title># [x](javascript:alert(1))</title><a href='{TARGET}'>x</a>")
    assert said
    assert said.text.startswith("\\#")


def test_long_words_are_shortened() -> None:
    said = read(entry(f'<a class="u-in-reply-to" href="{TARGET}">x</a><p class="e-content">{"word " * 2_000}</p>'))
    assert said
    assert len(said.text) <= sources.LONGEST + 1
    assert said.text.endswith("word…")


def test_a_page_is_read_in_a_process_of_its_own() -> None:
    page = Page(
        HERE,
        entry(f'<a class="u-in-reply-to" href="{TARGET}">x</a><p class="e-content">Schöne Grüße</p>').encode("latin-1"),
        "latin-1",
    )
    assert sources.read_apart(page, TARGET) == Said("reply", "Alice", "Schöne Grüße")
    assert sources.read_apart(page, "https://elsewhere.example/") is None


@pytest.mark.slow
@pytest.mark.parametrize("body", [b"<div>" * 19_000, b"<b><i>" * 9_000 + b"</b>" * 100])
def test_a_page_that_is_made_to_be_slow_or_deep_is_given_up(body: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(Unreadable):
        sources.read_apart(Page(HERE, TARGET.encode() + body), TARGET)
    assert time.monotonic() - began < 2.5 * sources.SECONDS


def test_a_page_with_very_many_tags_or_strange_bytes_is_nothing() -> None:
    with pytest.raises(Unreadable):
        sources.read_apart(Page(HERE, TARGET.encode() + b"<a>" * 30_000), TARGET)
    assert sources.read_apart(Page(HERE, TARGET.encode() + b"\xff\xfe\x00<" * 1_000, "no-such-charset"), TARGET) is None


@pytest.mark.parametrize(
    ("host", "shared"),
    [
        ("alice.github.io", True),
        ("github.io", True),
        ("alice.example", False),
        ("example.org", False),
        ("news.example.co.uk", False),
        ("alice.blogspot.com", True),
        ("alice.wordpress.com", True),
        ("brid.gy", True),
        ("fed.brid.gy", True),
        ("x.netlify.app", True),
        ("127.0.0.1", False),
        ("localhost", False),
        ("alice.pages.dev", True),
        ("notgithub.io", False),
    ],
)
def test_hosts_of_many_people_are_known(host: str, shared: bool) -> None:
    assert hosts.is_shared(host) is shared
