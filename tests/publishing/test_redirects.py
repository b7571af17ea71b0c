"""The file `_redirects`: what its lines match, where they lead, and that none leads out of the site by accident."""

import pytest

from blog.publishing import redirects


def leads(line: str, path: str, query: str = "") -> tuple[str, int] | None:
    rules, problems = redirects.parse(line)
    assert problems == []
    return redirects.find(rules, path, query)


@pytest.mark.parametrize(
    ("line", "path", "query", "there"),
    [
        ("/old /new/", "/old", "", ("/new/", 301)),
        ("/old/ /new/ 302", "/old", "", ("/new/", 302)),
        ("/gone 410", "/gone/", "", ("", 410)),
        ("/blog/* /:splat", "/blog/2019/a/", "", ("/2019/a/", 301)),
        ("/blog/* /", "/blog", "", ("/", 301)),
        ("/news/:month/:date/:slug /:date/:month/:slug/", "/news/02/12/my-story", "", ("/12/02/my-story/", 301)),
        ("/?p=123 /a-post/", "/", "p=123", ("/a-post/", 301)),
        ("/?p=123 /a-post/", "/", "p=124", None),
        ("/?p=123 /a-post/", "/", "", None),
        ("/über /neu/", "/über", "", ("/neu/", 301)),
        ("/%C3%BCber /neu/", "/über", "", ("/neu/", 301)),
        ("/away https://other.example/:splat", "/away", "", None),
        ("/away/* https://other.example/x/:splat 302", "/away/a b", "", ("https://other.example/x/a%20b", 302)),
        ("# a remark", "/a", "", None),
    ],
)
def test_a_line_leads_from_its_first_address_to_its_second(
    line: str, path: str, query: str, there: tuple[str, int] | None
) -> None:
    rules, _ = redirects.parse(line)
    assert redirects.find(rules, path, query) == there


def test_the_first_line_that_fits_counts() -> None:
    assert leads("/a/b /first\n/a/* /second\n", "/a/b") == ("/first", 301)


@pytest.mark.parametrize("rest", ["/evil.example", "\\evil.example", "/\\evil.example", "\n//evil.example", "%2Fevil"])
def test_what_a_star_stands_for_never_names_another_host(rest: str) -> None:
    found = leads("/go/* /:splat", f"/go/{rest}")
    assert found is not None
    assert found[0].startswith("/")
    assert not found[0].startswith(("//", "/\\"))
    assert "\n" not in found[0]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("/only", "Write the old path, the new one, and 301, 302 or 410, parted by blanks."),
        ("/a /b 418", "Write the old path, the new one, and 301, 302 or 410, parted by blanks."),
        ("old /new", "'old' is no path of this site; write it like /old/address/."),
        ("/a javascript:alert(1)", "'javascript:alert(1)' is no path and no web address."),
        ("/a //evil.example/", "'//evil.example/' could lead out of the site; write a path with one / first."),
        ("/a/*/b /b", "A * stands only at the end of the first address."),
        ("/a/* https://:splat/", "Placeholders stand only in the path of 'https://:splat/'."),
        ("/a /b/:slug", "Nothing in the first address is called :slug."),
    ],
)
def test_a_line_that_cannot_be_meant_is_told_with_its_number(line: str, sentence: str) -> None:
    rules, problems = redirects.parse(f"/x /y\n{line}\n")
    assert [rule.source for rule in rules] == ["/x"]
    assert [(problem.line, problem.problem) for problem in problems] == [(2, sentence)]


def test_a_circle_is_told() -> None:
    rules, _ = redirects.parse("/a /b\n/b /a\n/c /a\n/d /e\n")
    assert [problem.line for problem in redirects.loops(rules)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("path", "feed"),
    [
        ("/feed/", "/feed.xml"),
        ("/rss.xml", "/feed.xml"),
        ("/index.xml", "/feed.xml"),
        ("/atom.xml", "/feed.xml"),
        ("/comments/feed/", "/comments/feed.xml"),
        ("/a-post/feed/", "/a-post/feed.xml"),
        ("/a-post/", ""),
    ],
)
def test_the_usual_addresses_of_feeds_lead_to_ours(path: str, feed: str) -> None:
    assert redirects.usual_feed(path) == feed
