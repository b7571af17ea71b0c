"""Hostile texts in a real Chromium: no dialog is ever opened, and no page breaks its own policy."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.attacks import hostile, surfaces
from tests.browser import running
from tests.browser.conftest import People, sign_in
from tests.browser.running import WELCOME, Running

Corpus = Callable[[], list[str]]


def some_of_ours() -> list[str]:
    """One in eight; the tests with html5lib look at all of them (tests/attacks/test_surfaces.py)."""
    return hostile.ours()[::8]


WHOLE = [pytest.param(corpus, marks=pytest.mark.slow) for corpus in (hostile.ours, hostile.shared)]
CORPORA = pytest.mark.parametrize("corpus", [some_of_ours, *WHOLE], ids=["some of ours", "ours", "shared"])
COUNT = """
  window.opened = [];
  for (const name of ["alert", "confirm", "prompt", "print"]) {
    window[name] = (...said) => { window.opened.push([name, ...said]); };
  }
  window.broken = [];
  document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) => {
    window.broken.push([violatedDirective, blockedURI, sample]);
  });
"""
# Whatever waits for a pointer, a key or the focus gets it.
PROVOKE = """
  (where) => {
    const kinds = ["mouseover", "mouseenter", "mousemove", "click", "focus", "pointerover", "toggle", "error", "load"];
    for (const one of document.querySelectorAll(where)) {
      one.addEventListener("click", (event) => event.preventDefault());
      for (const kind of kinds) one.dispatchEvent(new Event(kind, { bubbles: true, cancelable: true }));
    }
    return [window.opened, window.broken];
  }
"""


def provoked(page: Page, path: str, where: str) -> list[Any]:
    page.goto(path)
    opened, broken = page.evaluate(PROVOKE, where)
    return [*opened, *broken]


@CORPORA
@pytest.mark.timeout(1_800)
def test_no_hostile_text_opens_a_dialog_or_breaks_the_policy(site: Running, people: People, corpus: Corpus) -> None:
    running.add_moderator(site.folder)
    texts = corpus()
    stored = surfaces.fill(site.db, texts, WELCOME, running.now())
    assert len(stored) > 0.8 * len(texts) > 100
    page = people(site)
    page.context.add_init_script(COUNT)
    sign_in(page)
    public = [f"/{WELCOME}/", *(f"/{WELCOME}/comment-page-{n}/" for n in range(2, len(stored) // 500 + 2))]
    found = {path: said for path in public if (said := provoked(page, path, "#comments *"))}
    path = "/admin/comments?status=all"
    while path:
        if said := provoked(page, path, "main .said *, main .who *"):
            found[path] = said
        older = page.locator("a[rel=next]")
        path = older.get_attribute("href") or "" if older.count() else ""
    for number in list(stored)[:: max(1, len(stored) // 15)]:
        if said := provoked(page, f"/admin/comments/{number}", "main .said *, main .words *"):
            found[f"{number}"] = said
    assert found == {}


@CORPORA
@pytest.mark.timeout(1_800)
def test_no_rendered_text_opens_a_dialog_where_no_policy_would_hold_it_back(chromium: Browser, corpus: Corpus) -> None:
    """The renderer alone, without the policy: every distinct output, in the page and again through innerHTML."""
    from blog.rendering.markdown import render_comment

    outputs = list(dict.fromkeys(render_comment(text[: hostile.LONGEST]).html for text in corpus()))
    context = chromium.new_context()
    page = context.new_page()
    page.add_init_script(COUNT)
    opened = []
    for start in range(0, len(outputs), 200):
        some = outputs[start : start + 200]
        page.goto("about:blank")
        page.set_content("".join(f"<section>{each}</section>" for each in some))
        page.evaluate(
            "() => { for (const one of document.querySelectorAll('section')) one.innerHTML = one.innerHTML; }"
        )
        opened += page.evaluate(PROVOKE, "section *")[0]
    context.close()
    assert opened == []


# The elements of a page that an author's Markdown cannot make, in their order.
RISKY = """
  () => {
    const tags = "form button input select textarea script iframe object embed meta base style link svg math template";
    const found = [];
    for (const one of document.querySelectorAll("*")) {
      const handlers = one.getAttributeNames().filter((name) => name.startsWith("on") || name === "style");
      const link = /^\\s*(javascript|data|vbscript):/i.test(one.getAttribute("href") || one.getAttribute("src") || "");
      if (handlers.length || link || tags.split(" ").includes(one.localName)) {
        found.push(`${one.localName} ${one.getAttributeNames()}`);
      }
    }
    return found;
  }
"""


@pytest.mark.slow
def test_no_post_of_an_author_holds_a_form_a_script_or_a_refresh(site: Running, chromium: Browser) -> None:
    """As a browser reads it, whatever a parser of Markdown or of HTML takes it for."""
    texts = ["Harmless.", *hostile.HIDDEN_IN_COMMENTS, *hostile.RAW]
    texts = [text.replace("{}", "alert(1)").replace("\0", "") for text in texts]
    for n, text in enumerate(texts):
        front = f"title: T\ndate: 2026-05-01\nauthor: eve\nhtml: false\nslug: hostile-{n}"
        (site.folder / "posts" / f"hostile-{n}.md").write_text(f"---\n{front}\n---\n\nWords.\n\n{text}\n", "utf-8")
    site.command("publish")
    context = chromium.new_context(base_url=site.address)
    context.add_init_script(COUNT)
    page = context.new_page()
    page.goto("/hostile-0/")
    usual = page.evaluate(RISKY)
    found: dict[str, Any] = {}
    for n, text in enumerate(texts):
        page.goto(f"/hostile-{n}/")
        assert page.url == f"{site.address}/hostile-{n}/"
        risky, opened = page.evaluate(RISKY), page.evaluate(PROVOKE, "article *")[0]
        if risky != usual or opened:
            found[text] = [risky, opened]
    context.close()
    assert found == {}


def test_the_counters_would_count(chromium: Browser) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.add_init_script(COUNT)
    page.goto("about:blank")
    page.set_content("<p onmouseover=alert(1)>x</p><img src=x onerror=confirm(2)><a onclick=prompt(3)>y</a>")
    page.wait_for_function("window.opened.length > 0")
    opened, _ = page.evaluate(PROVOKE, "*")
    assert {name for name, *_ in opened} == {"alert", "confirm", "prompt"}
    context.close()
