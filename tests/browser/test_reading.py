"""What a browser makes of the pages: media play, pictures show elsewhere, fields are in view, scripts turn the page."""

import base64
import http.server
import re
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from blog.cli.running import STYLE
from tests.browser import running
from tests.browser.conftest import People
from tests.browser.running import WELCOME, Running

RECORD = """async (kind) => {
    const stream = kind === "video" ? Object.assign(document.createElement("canvas"), {width: 32, height: 32})
        : new AudioContext();
    if (kind === "video") stream.getContext("2d").fillRect(0, 0, 16, 16);
    const out = kind === "video" ? null : stream.createMediaStreamDestination();
    if (out) {
        const tone = stream.createOscillator();
        tone.connect(out);
        tone.start();
        await stream.resume();
    }
    const source = out ? out.stream : stream.captureStream(10);
    const recorder = new MediaRecorder(source, {mimeType: `${kind}/webm`});
    const parts = [];
    recorder.ondataavailable = (event) => parts.push(event.data);
    recorder.start();
    await new Promise((done) => setTimeout(done, 400));
    const ended = new Promise((done) => { recorder.onstop = done; });
    recorder.stop();
    await ended;
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return btoa(String.fromCharCode(...bytes));
}"""
MEDIA = (
    '<video src="film.webm" controls preload="auto"></video>\n<audio src="sound.webm" controls preload="auto"></audio>'
)
LOADED = """(media) => media.readyState > 0 || new Promise((done) => {
    media.addEventListener("loadedmetadata", () => done(true));
    media.addEventListener("error", () => done(false));
    if (media.error) done(false);
})"""
HEBREW = "כל מי שמדליק אור עושה זאת גם לאחרים, ואיש אינו משלם לו על כך. "
WIDTHS = (320, 390, 960, 1280)


def _write(folder: Path, name: str, front: str, body: str) -> Path:
    path = folder / "posts" / name / "index.md"
    path.parent.mkdir()
    path.write_text(f"---\ntitle: {name}\ndate: 2026-05-01\ncomments: open\n{front}---\n\n{body}\n", "utf-8")
    return path.parent


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Running]:
    """A site with sound, film and a picture, a post in Hebrew, and a style sheet of its own."""
    folder = running.copy_site(tmp_path_factory.mktemp("full") / "site")
    media = _write(folder, "media", "", MEDIA)
    recorder = chromium.new_page()
    recorder.mouse.click(1, 1)  # browsers make no sound before somebody did something
    for name, kind in (("film", "video"), ("sound", "audio")):
        (media / f"{name}.webm").write_bytes(base64.b64decode(recorder.evaluate(RECORD, kind)))
    (media / "dot.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "utf-8")
    recorder.close()
    _write(
        folder,
        "hebrew",
        "summary: 'Python ומגדלורים'\nlanguage: he\ntags: [אור]\n",
        HEBREW * 9,
    )
    examples = re.sub(r"\A/\*.*?\*/", "", STYLE, flags=re.DOTALL)
    (folder / "static").mkdir()
    (folder / "static" / "custom.css").write_text(re.sub(r"/\* .*\n|^\*/", "", examples, flags=re.MULTILINE), "utf-8")
    with running.serve(folder) as served:
        yield served


def test_sound_and_film_of_a_post_can_be_played(full: Running, people: People) -> None:
    reader = people(full)
    reader.goto("/media/")
    for kind in ("video", "audio"):
        assert reader.locator(kind).evaluate(LOADED)


def test_pictures_of_a_post_are_shown_by_a_feed_reader_on_another_site(
    full: Running, chromium: Browser, tmp_path: Path
) -> None:
    pictures = [f"{full.address}/media/dot.svg", f"{full.address}/static/favicon.svg", f"{full.address}/feed.xml"]
    page = "".join(f'<img src="{address}">' for address in pictures)
    (tmp_path / "index.html").write_text(f"<!doctype html>{page}", "utf-8")
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as elsewhere:
        threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
        reader = chromium.new_page()
        blocked: list[str] = []
        reader.on("requestfailed", lambda request: blocked.append(request.url))
        reader.goto(f"http://localhost:{elsewhere.server_port}/")
        widths = reader.evaluate("[...document.images].map((image) => image.naturalWidth)")
        reader.close()
        elsewhere.shutdown()
    assert [width > 0 for width in widths] == [True, True, False]
    assert blocked == [pictures[2]]  # what is no file of a post stays with the site's own pages


def _refused(reader: Page) -> None:
    """Send a form that cannot be taken."""
    reader.goto(f"/{WELCOME}/")
    reader.get_by_label("Name").fill("Tove")
    reader.get_by_label("Email").fill("no address")
    reader.get_by_label("Your comment").fill("A thought.")
    reader.locator("#comment-form").evaluate("(form) => { form.noValidate = true }")
    reader.get_by_role("button", name="Send").click()
    expect(reader.get_by_role("alert")).to_be_visible()


@pytest.mark.parametrize(("width", "height"), [(390, 600), (1280, 700)])
def test_a_link_to_a_field_shows_its_label_and_what_is_wrong(
    full: Running, people: People, width: int, height: int
) -> None:
    reader = people(full, viewport={"width": width, "height": height})
    _refused(reader)
    reader.get_by_role("alert").get_by_role("link", name="Email").click()
    expect(reader.locator("#email")).to_be_focused()
    for each in ("label[for=email]", "#why-email", "#email"):
        box = reader.locator(each).bounding_box()
        assert box is not None
        assert 0 <= box["y"] <= height - box["height"], each


def test_a_page_jumps_and_does_not_fly(full: Running, people: People) -> None:
    reader = people(full, reduced_motion="no-preference")
    _refused(reader)
    assert reader.evaluate("document.activeElement !== document.body")
    assert reader.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


@pytest.mark.parametrize("path", ["/hebrew/", "/"])
def test_a_post_that_is_written_from_the_right_is_set_from_the_right_as_a_whole(
    full: Running, people: People, path: str
) -> None:
    reader = people(full)
    reader.goto(path)
    article = reader.locator("article[lang=he]")
    for width in WIDTHS:
        reader.set_viewport_size({"width": width, "height": 800})
        assert reader.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        right = article.evaluate("(each) => each.getBoundingClientRect().right")
        for part in article.locator("h1, h2, .dateline, .tags, .prose").all():
            assert part.evaluate("(each) => getComputedStyle(each).direction") == "rtl"
        for part in article.locator("time, .tags li:first-child").all():
            box = part.evaluate("(each) => each.getBoundingClientRect().toJSON()")
            in_margin = path == "/hebrew/" and width >= 960 and part.evaluate("(each) => each.matches('time')")
            assert box["left"] > right if in_margin else abs(box["right"] - right) < 2, width


def test_the_examples_of_a_new_sites_style_sheet_work(full: Running, people: People) -> None:
    reader = people(full)
    reader.goto("/")
    style = "getComputedStyle(document.documentElement).getPropertyValue('--red')"
    assert reader.evaluate(style) == "#0b6b4f"
    assert "Palatino" in reader.evaluate("getComputedStyle(document.body).fontFamily")
    assert reader.evaluate("getComputedStyle(document.body).maxInlineSize") == reader.evaluate(
        "`${60 * parseFloat(getComputedStyle(document.documentElement).fontSize)}px`"
    )
    reader.emulate_media(color_scheme="dark")
    assert reader.evaluate(style) == "#6fd3ae"
