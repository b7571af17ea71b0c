"""A publisher in the browser: a live preview, pictures, a conflict, a schedule, and a crash of either side."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Error, Page, expect

from tests.browser import running
from tests.browser.conftest import People, sign_in
from tests.browser.running import Running

PASTE = """async (bytes) => {
  const file = new File([new Uint8Array(bytes)], "pasted.png", { type: "image/png" });
  const data = new DataTransfer();
  data.items.add(file);
  const paste = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
  document.querySelector("#body").dispatchEvent(paste);
}"""


def _picture(colour: str) -> list[int]:
    out = BytesIO()
    Image.new("RGB", (900, 300), colour).save(out, "PNG")
    return list(out.getvalue())


def _writing(site: Running, people: People, title: str) -> Page:
    running.add_moderator(site.folder)
    page = people(site, viewport={"width": 1280, "height": 900})
    sign_in(page)
    return _begin(page, title)


def _begin(page: Page, title: str) -> Page:
    page.goto("/admin/posts")
    page.get_by_role("link", name="New post").click()
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Create draft").click()
    page.wait_for_url("**/edit")
    return page


def _body(page: Page) -> str:
    return page.locator("#body").input_value()


def test_posts_are_written_with_pictures_seen_live_published_changed_on_the_disk_scheduled_and_withdrawn(
    site: Running, people: People
) -> None:
    page = _writing(site, people, "On oil")
    preview = page.frame_locator("#preview")
    expect(preview.locator("h1")).to_have_text("On oil")
    page.locator("#body").click()
    page.keyboard.type("Oil is *old*.")
    expect(preview.locator(".prose em")).to_have_text("old")
    for count, colour in enumerate(("teal", "coral"), 1):
        page.evaluate(PASTE, _picture(colour))
        expect(page.locator("#body")).to_have_value(re.compile(rf"(!\[\]\([^)]*\)[^!]*){{{count}}}"))
    expect(preview.locator(".prose img")).to_have_count(2)
    assert preview.locator(".prose img").first.evaluate("(img) => img.decode().then(() => img.naturalWidth)") > 0
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    path = site.folder / "posts" / "on-oil" / "index.md"
    assert path.read_text("utf-8").count(".webp)") == 2
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_role("status").filter(has_text="Published.")).to_be_visible()
    reader = people(site)
    reader.goto("/on-oil/")
    expect(reader.locator(".prose img")).to_have_count(2)
    _resolve(page, path)
    reader.reload()
    expect(reader.locator(".prose")).to_contain_text("Theirs, and mine.")
    _schedule(_begin(page, "Later"), reader)
    page.goto("/admin/posts/later/edit")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_role("status").filter(has_text="Withdrawn")).to_be_visible()
    assert _status(reader, "/later/") == 410
    expect(reader.get_by_role("heading", level=1)).to_be_visible()
    assert _status(reader, "/on-oil/") == 200


def _status(page: Page, path: str) -> int:
    answer = page.goto(path)
    assert answer is not None
    return answer.status


def _resolve(page: Page, path: Path) -> None:
    """Change the file while the page to write on is open, save there, and put both together."""
    path.write_text(path.read_text("utf-8").replace("Oil is *old*.", "Theirs."), "utf-8")
    page.locator("#body").fill("Mine.")
    expect(page.locator("#kept")).to_contain_text("Draft stored at")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Two versions of “On oil”")
    expect(page.locator("#theirs")).to_have_value(re.compile("Theirs"))
    expect(page.locator("#body")).to_have_value(re.compile("Mine"))
    page.locator("#body").fill("Theirs, and mine.")
    page.get_by_role("button", name="Overwrite the file").click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    assert "Theirs, and mine." in path.read_text("utf-8")


def _schedule(page: Page, reader: Page) -> None:
    """Schedule the post to two seconds from now (and what is left of this one), and see it appear then."""
    page.locator("#body").fill("Here it is.")
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3)
    page.locator("#date").fill(f"{due:%Y-%m-%d %H:%M:%S}")
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_role("status").filter(has_text="Scheduled")).to_be_visible()
    while _status(reader, "/later/") == 404 and datetime.now(UTC) < due + timedelta(seconds=20):
        reader.wait_for_timeout(50)
    assert datetime.now(UTC) >= due
    expect(reader.locator(".prose")).to_contain_text("Here it is.")
    reader.goto("/")
    expect(reader.get_by_role("link", name="Later")).to_be_visible()


def test_what_is_typed_survives_a_crash_of_the_browser_and_of_the_server(site: Running, people: People) -> None:
    page = _writing(site, people, "Crash")
    assert page.locator("#kept").text_content() == ""  # nothing was typed, and nothing is kept
    page.reload()
    expect(page.get_by_text("Not saved yet")).to_have_count(0)
    page.locator("#body").fill("Kept on the server.")
    expect(page.locator("#kept")).to_contain_text("Draft stored at")
    page.evaluate("localStorage.clear()")
    other = page.context.new_page()
    page.close()
    other.goto("/admin/posts/crash/edit")
    assert _body(other).strip() == "Kept on the server."
    other.route("**/unsaved", lambda route: route.abort())
    other.locator("#body").fill("Kept in the browser.")
    expect(other.locator("#kept")).to_contain_text("Stored in this browser only")
    third = other.context.new_page()
    other.close()
    third.goto("/admin/posts/crash/edit")
    expect(third.locator("#body")).to_have_value("Kept in the browser.")
    expect(third.locator("#kept")).to_contain_text("Draft stored at")


def test_what_is_sent_to_a_server_that_does_not_answer_is_there_again(site: Running, people: People) -> None:
    page = _writing(site, people, "Gone")
    for address in ("**/unsaved", "**/gone/edit"):
        page.route(address, lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.locator("#body").fill("Dear words.")
    expect(page.locator("#kept")).to_contain_text("Stored in this browser only")
    with suppress(Error):  # Chromium shows its own page
        page.get_by_role("button", name="Save").last.click()
    page.unroute_all()
    page.goto("/admin/posts/gone/edit")
    expect(page.locator("#body")).to_have_value("Dear words.")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    assert "done=" not in page.url
    page.reload()
    expect(page.locator("#kept")).not_to_contain_text("Restored")
    assert _body(page).strip() == "Dear words."


def test_keys_save_and_stress(site: Running, people: People) -> None:
    page = _writing(site, people, "Keys")
    page.locator("#body").fill("words")
    page.locator("#body").select_text()
    page.keyboard.press("Control+b")
    assert _body(page) == "**words**"
    page.keyboard.press("Control+i")
    assert _body(page) == "***words***"
    page.locator("#title").focus()
    page.keyboard.press("Control+s")
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    assert "***words***" in (site.folder / "posts" / "keys" / "index.md").read_text("utf-8")


def test_marks_and_pictures_are_taken_back_as_what_is_typed_is(site: Running, people: People) -> None:
    page = _writing(site, people, "Back")
    body = page.locator("#body")
    body.click()
    page.keyboard.type("words")
    states = [_body(page)]
    for key in ("Control+b", "Control+i", "Control+k"):
        body.select_text()
        page.keyboard.press(key)
        states.append(_body(page))
    body.press("Control+End")
    page.evaluate(PASTE, _picture("teal"))
    expect(page.locator("#body")).to_have_value(re.compile(r"!\[\]\("))
    assert _body(page).startswith("[***words***](https://)\n\n![](")
    for state in reversed(states):
        page.keyboard.press("Control+z")
        expect(body).to_have_value(state)
    expect(page.locator("#kept")).to_contain_text("Draft stored at")
    page.keyboard.press("Control+y")
    expect(body).to_have_value(states[1])
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(body).not_to_have_value(states[0])


def test_a_picture_that_is_too_heavy_is_told_before_it_is_sent(site: Running, people: People) -> None:
    page = _writing(site, people, "Heavy")
    page.set_input_files("#image", {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": b"x" * 21_000_000})
    page.get_by_role("button", name="Upload picture").click()
    expect(page.locator("#kept")).to_have_text(
        "Not uploaded: The picture has 21 MB; the limit is 20 MB. Make it smaller first."
    )
    assert _body(page).strip() == ""


def test_without_javascript_a_post_is_written_seen_and_published(site: Running, people: People) -> None:
    running.add_moderator(site.folder)
    page = people(site, javascript=False)
    sign_in(page)
    page.goto("/admin/posts/new")
    page.get_by_label("Title").fill("Plain")
    page.get_by_role("button", name="Create draft").click()
    page.locator("#body").fill("Plain *words*.")
    page.get_by_role("button", name="Preview").click()
    expect(page.frame_locator("#preview").locator(".prose em")).to_have_text("words")
    out = BytesIO()
    Image.new("RGB", (90, 30)).save(out, "PNG")
    page.locator("#body").fill("Plain *words*, and more.")
    page.set_input_files("#image", {"name": "dot.png", "mimeType": "image/png", "buffer": out.getvalue()})
    page.get_by_role("button", name="Upload picture").click()
    expect(page.locator("#picture")).to_have_value(re.compile(r"!\[\]\(dot-\w+\.90x30\.webp\)"))
    assert _body(page).strip() == "Plain *words*, and more."
    page.get_by_role("button", name="Publish now").click()
    page.goto("/plain/")
    expect(page.locator(".prose em")).to_have_text("words")
