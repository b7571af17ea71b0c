"""Where the links of a comment lead, asked of Chromium, and which domain the engine counts for them."""

from collections.abc import Iterator
from ipaddress import ip_address

import pytest
from playwright.sync_api import Browser, Page

from blog.comments import Draft, Sender, prepare

HERE = "https://site.example/a-post/"
EVIL = (
    *("//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/ /evil.example"),
    *("/\t/evil.example", "hTTps:\\evil.example"),
    *("http:evil.example", "https:evil.example", "http:/evil.example", "https:/evil.example", "http:///evil.example"),
    *("http:\\\\evil.example", "http:/\\evil.example", "http:\\/evil.example", "HTTP:evil.example"),
    *("http://x@evil.example", "http://x:y@evil.example/", "http://site.example@evil.example", "//x@evil.example"),
    *("http://site.example\\@evil.example", "http://evil.example\\@site.example", "http://evil.example#@site.example"),
    *("ht\ttp://evil.example", "ht&Tab;tp://evil.example", "http:&NewLine;//evil.example", " http://evil.example"),
    *("\x01http://evil.example", "&#1;//evil.example", "\u00a0//evil.example", "\u3000http:evil.example"),
    *("http://EVIL.example", "HTTP://evil.example/X", "http://evil.example.", "http://www.evil.example:80/", "http:80"),
    *("http://evil%2eexample/", "http://%65vil.example/", "http://ev%69l%2Eexample", "//evil%2eexample"),
    *("http://ｅｖｉｌ.example/", "http://evil。example/", "http://evil．example", "http://ev\u00adil.example/"),
    *("http://evil\u200b.example", "http://ⓔvil.example", "http://straße.example", "https://пример.рф/ы", "http://ΣΑΣ.example"),
    *("http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1", "http://127.1", "http://0x7f000001", "http://127.0.0.1."),
    *("http://[::1]/", "http://[0:0:0:0:0:0:0:1]/", "http://[::ffff:127.0.0.1]/", "http://a_b.example", "http://a..b/"),
    *("http://i❤.example", "http://xn--i-7iq.example", "http://evil.example:99999/", "http://evil.example:/", "https://"),
    *("http://evil.example?x", "http://evil.example/a:b?c=//d", "http://-evil.example", "ws://evil.example", "ftp://evil.example"),
    *("/page/", "#comment-3", "?page=2", "page", "../x", "a/b:c", "mailto:a@evil.example", "./http://evil.example"),
)  # fmt: skip
PLACES = ("[a]({})", "[a](<{}>)", "<{}>", "{}", "See {} there.", '[a]({} "title")')


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def hosts(page: Page, links: list[str]) -> list[str | None]:
    """Return for each address the host that Chromium would ask, None for what it does not take for an address."""
    script = "([links, here]) => links.map((link) => URL.canParse(link, here) ? new URL(link, here).hostname : null)"
    found = page.evaluate(script, [links, HERE])
    assert len(found) == len(links)
    return list(found)


def draft(**typed: str) -> Draft:
    fields = {"author": "Ana", "email": "ana@example.org", "comment": "Words.", **typed}
    return prepare(fields, Sender(), own="site.example")


def names(host: str) -> set[str]:
    if host.startswith("["):
        return {str(ip_address(host.strip("[]")))}
    return {host.removesuffix(".").removeprefix("www.")} - {"site.example", ""}


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_every_live_link_of_a_text_is_counted_for_the_host_that_it_leads_to(page: Page, step: int) -> None:
    found, live = {}, 0
    for text in [place.replace("{}", form) for form in EVIL for place in PLACES][::step]:
        made = draft(comment=text)
        page.set_content(made.rendered.html)
        links = page.eval_on_selector_all("a[href]", "(all) => all.map((one) => one.getAttribute('href'))")
        for link, host in zip(links, hosts(page, links), strict=True):
            live += 1
            if host is not None and not names(host) <= set(made.domains):
                found[text] = (link, host, made.domains)
    assert found == {}
    assert live > 100 / step


def test_every_address_of_a_writer_is_counted_for_the_host_that_it_leads_to(page: Page) -> None:
    taken = [made for form in EVIL if not (made := draft(url=form)).errors and made.url]
    found = {}
    for made, host in zip(taken, hosts(page, [made.url for made in taken]), strict=True):
        if host is not None and names(host) != set(made.domains):
            found[made.url] = (host, made.domains)
    assert found == {}
    assert len(taken) > 20


@pytest.mark.parametrize(
    "form", ["//evil.example", "http:evil.example", "http://x@evil.example", "https:/evil.example"]
)
def test_a_link_whose_host_cannot_be_read_off_is_shown_as_it_was_typed(form: str) -> None:
    made = draft(comment=f"[a]({form})")
    assert made.rendered.html == f"<p>[a]({form})</p>"
    assert made.rendered.links == ()
