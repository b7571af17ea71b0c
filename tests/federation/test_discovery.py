"""The cases of webmention.rocks for senders, in our own words, against a server of this machine."""

import pytest

from blog.federation import discovery
from tests.federation import world as worlds
from tests.federation.servers import Page, Web

HEADER, HEADER_TWO = ("Link", "</to>; rel=webmention"), ("Link", '</to>; rel="webmention"')


def head(tag: str) -> str:
    return f"<!doctype html><html><head><title>t</title>{tag}</head><body><p>Words.</p></body></html>"


def body(html: str) -> str:
    return f"<!doctype html><html><head><title>t</title></head><body><p>{html}</p></body></html>"


# What each page has, and where a mention of it is to be sent; {0} is the server.
CASES = {
    "1 header, relative": (Page(headers=[HEADER]), "/to"),
    "2 header, absolute": (Page(headers=[("Link", "<{0}/to>; rel=webmention")]), "/to"),
    "3 link, relative": (Page(head('<link rel="webmention" href="/to">')), "/to"),
    "4 link, absolute": (Page(head('<link href="{0}/to" rel="webmention">')), "/to"),
    "5 a, relative": (Page(body('My <a rel="webmention" href="/to">endpoint</a>')), "/to"),
    "6 a, absolute": (Page(body('My <a href="{0}/to" rel="webmention">endpoint</a>')), "/to"),
    "7 header in strange letters": (Page(headers=[("LinK", "<{0}/to>; rel=webmention")]), "/to"),
    "8 header with quotes": (Page(headers=[HEADER_TWO]), "/to"),
    "9 link of several relations": (Page(head('<link rel="webmention somethingelse" href="/to">')), "/to"),
    "10 header of several relations": (Page(headers=[("Link", '</to>; rel="webmention somethingelse"')]), "/to"),
    "11 the header comes first": (
        Page(
            head('<link rel="webmention" href="/wrong">') + '<a href="/wrong" rel="webmention">x</a>', headers=[HEADER]
        ),
        "/to",
    ),
    "12 a relation that only looks like it": (
        Page(head('<link rel="not-webmention" href="/wrong">') + '<a href="/to" rel="webmention">x</a>'),
        "/to",
    ),
    "13 in a comment": (
        Page(body('<!-- <a href="/wrong" rel="webmention"></a> --><a href="/to" rel="webmention">x</a>')),
        "/to",
    ),
    "14 escaped": (
        Page(
            body('<code>&lt;a href="/wrong" rel="webmention"&gt;&lt;/a&gt;</code><a href="/to" rel="webmention">x</a>')
        ),
        "/to",
    ),
    "15 an empty address is the page": (Page(head('<link rel="webmention" href="">')), "/page"),
    "16 a before link": (
        Page(body('<a href="/to" rel="webmention">x</a> <link rel="webmention" href="/wrong">')),
        "/to",
    ),
    "17 link before a": (
        Page(body('<link rel="webmention" href="/to"> <a href="/wrong" rel="webmention">x</a>')),
        "/to",
    ),
    "18 two headers": (Page(headers=[("Link", '</wrong>; rel="other"'), HEADER_TWO]), "/to"),
    "19 one header with two links": (Page(headers=[("Link", '</wrong>; rel="other", </to>; rel="webmention"')]), "/to"),
    "20 no address at all": (Page(body('<link rel="webmention"> <a href="/to" rel="webmention">x</a>')), "/to"),
    "21 with a query": (Page(head('<link rel="webmention" href="/to?query=yes">')), "/to?query=yes"),
    "22 relative to the page": (Page(head('<link rel="webmention" href="page/to">')), "/page/to"),
    "on an element that is no link": (Page(body('<b href="/wrong" rel="webmention">x</b>')), None),
    "in a script": (Page(body('<script>\'<a href="/wrong" rel="webmention">x</a>\'</script>')), None),
    "in a template": (Page(body('<template><a href="/wrong" rel="webmention">x</a></template>')), None),
    "commas and semicolons within an address": (
        Page(headers=[("Link", '</a,b;c>; rel="other", </to>; rel=webmention')]),
        "/to",
    ),
    "other parameters": (Page(headers=[("Link", '</to>; title="a, \\"b\\"; rel=no"; rel=webmention; x')]), "/to"),
    "capitals": (Page(head('<LINK REL="WebMention" HREF="/to">')), "/to"),
    "with a base": (Page(head('<base href="/deep/"><link rel="webmention" href="to">')), "/deep/to"),
    "no HTML": (Page('<a href="/wrong" rel="webmention">x</a>', media_type="text/plain"), None),
    "nothing": (Page(body("Words.")), None),
}


@pytest.mark.parametrize("name", CASES)
def test_a_mention_is_sent_to_the_endpoint_and_nowhere_else(web: Web, name: str) -> None:
    page, there = CASES[name]
    root = web.url("")
    headers = [(key, value.replace("{0}", root)) for key, value in page.headers]
    web.pages["/page"] = Page(page.body.replace("{0}", root), headers=headers, media_type=page.media_type)
    for path in ("/to", "/page/to", "/deep/to"):
        web.pages[path] = Page(status=202)
    outcome = worlds.send(web, web.url("/page"))
    assert [each.path for each in web.posted()] == ([there] if there else [])
    assert outcome.result == ("sent" if there else "none")
    for each in web.posted():
        assert each.form == {"source": "https://blog.example/a-post/", "target": web.url("/page")}


def test_23_after_a_redirect_the_endpoint_is_relative_to_where_it_led(web: Web) -> None:
    web.pages["/test/page"] = Page(status=302, headers=[("Location", "page/once")])
    web.pages["/test/page/once"] = Page(headers=[("Link", "<endpoint/once>; rel=webmention")])
    web.pages["/test/page/endpoint/once"] = Page(status=202)
    assert worlds.send(web, web.url("/test/page")).result == "sent"
    assert [each.path for each in web.asked] == ["/test/page", "/test/page/once", "/test/page/endpoint/once"]
    assert web.posted()[0].form["target"] == web.url("/test/page")


def test_the_link_of_a_hub_is_found_by_the_same_means(web: Web) -> None:
    web.pages["/"] = Page(headers=[("Link", '<https://hub.example/>; rel="hub", </feed.xml>; rel="self"')])
    answer = worlds.get(web, "/")
    assert discovery.in_headers(answer, "hub") == "https://hub.example/"
    assert discovery.in_headers(answer, "self") == "/feed.xml"


@pytest.mark.parametrize(
    "page", ["<![foo[bar]]>", "<![", "<?", "&#xffffffff;", "<a rel=webmention href='//[bad'>", "\x00"]
)
def test_a_page_that_parsers_stumble_over_takes_no_mentions(web: Web, page: str) -> None:
    web.pages["/page"] = Page(page)
    assert worlds.send(web, web.url("/page")).result == "none"
