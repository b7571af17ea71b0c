"""Passkeys in a real Chromium with a virtual authenticator, at http://localhost."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import CDPSession, Page, expect

from tests.browser import running
from tests.browser.conftest import People, sign_in
from tests.browser.running import WELCOME, Running

NOTE = "We are at the *sea*; “back” on Monday."
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@contextmanager
def at_localhost(site: Running) -> Iterator[Running]:
    """The same server by its name: at an IP address no browser makes a passkey."""
    running.add_moderator(site.folder)
    here = Running(site.folder, site.address.replace("127.0.0.1", "localhost"), site.output)
    yield here
    if "db" in vars(here):
        here.db.conn.close()


def with_authenticator(page: Page) -> tuple[CDPSession, str]:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    return session, session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]


def credentials(session: CDPSession, authenticator: str) -> list[Any]:
    found = session.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]
    return list(found)


def make(page: Page, name: str) -> None:
    page.goto("/admin/account")
    page.get_by_label("Name to recognise it by").fill(name)
    page.get_by_role("button", name="Add a passkey").click()


def with_passkey(here: Running, people: People) -> Page:
    """Return the page of who is signed in and has a passkey."""
    page = people(here)
    with_authenticator(page)
    sign_in(page)
    make(page, "A key")
    expect(page.get_by_text("Passkey added.")).to_be_visible()
    return page


def test_a_passkey_is_made_signs_in_confirms_and_is_removed(site: Running, people: People) -> None:
    with at_localhost(site) as here:
        page = people(here)
        session, authenticator = with_authenticator(page)
        sign_in(page)
        make(page, "My laptop")
        expect(page.get_by_text("Passkey added.")).to_be_visible()
        (made,) = credentials(session, authenticator)
        assert made["rpId"] == "localhost"
        make(page, "The same once more")  # which the browser refuses: it has one already
        expect(page.locator("[data-said]")).to_be_visible()

        page.locator(".menu.wide summary").click()
        page.get_by_role("button", name="Sign out").click()
        page.goto("/admin/login?next=/admin/log")
        page.get_by_role("button", name="Use a passkey").click()
        page.wait_for_url(re.compile(r"^[^?]*/admin/log$"))
        page.goto("/admin/account")
        expect(page.get_by_text(re.compile("last used"))).to_be_visible()

        here.db.conn.execute("update sessions set confirmed_at = '2026-01-01T00:00:00.000Z'")
        page.get_by_role("button", name="Create recovery codes").click()
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
        code = page.locator("code").first.inner_text()

        page.goto("/admin/account")
        page.get_by_role("button", name=re.compile("Remove.*My laptop")).click()
        expect(page.get_by_text("Passkey removed.")).to_be_visible()
        page.locator(".menu.wide summary").click()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.get_by_text("This passkey was not accepted.")).to_be_visible()
        sign_in(page, password=code)


def test_an_answer_is_taken_once_and_by_the_browser_that_was_asked(site: Running, people: People) -> None:
    with at_localhost(site) as here:
        page = with_passkey(here, people)
        page.locator(".menu.wide summary").click()
        page.get_by_role("button", name="Sign out").click()
        with page.expect_request("**/admin/login/passkey") as sent:
            page.get_by_role("button", name="Use a passkey").click()
        page.wait_for_url("**/admin/")
        fields = sent.value.post_data or ""
        cookie = {"cookie": sent.value.all_headers()["cookie"], "content-type": "application/x-www-form-urlencoded"}
        headers = {**cookie, "origin": here.address}
        stranger = people(here)
        for more in (headers, {**headers, "cookie": ""}):
            answer = stranger.request.post("/admin/login/passkey", data=fields, headers=more, max_redirects=0)
            assert answer.status == 401


def test_who_signs_in_by_passkey_is_given_back_what_was_typed_after_the_session_had_ended(
    site: Running, people: People
) -> None:
    with at_localhost(site) as here:
        page = with_passkey(here, people)
        page.goto(f"/{WELCOME}/")
        page.locator("#switch").get_by_text("More options").click()
        page.get_by_label("Note to readers").fill(NOTE)
        here.db.conn.execute("update sessions set expires_at = '2026-01-01T00:00:00.000Z'")
        page.get_by_role("button", name="Apply").click()
        expect(page.get_by_role("status")).to_contain_text("What you sent is kept")
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Not sent yet")
        expect(page.get_by_label("Note")).to_have_value(NOTE)
        page.get_by_role("button", name="Send it now").click()
        page.wait_for_url(re.compile(r"did="))
        assert here.db.conn.execute("select note from closures").fetchone()[0] == NOTE


def test_at_an_ip_address_the_page_says_that_a_name_is_needed(site: Running, people: People) -> None:
    running.add_moderator(site.folder)
    page = people(site)
    sign_in(page)
    page.goto("/admin/account")
    expect(page.get_by_text("Passkeys need a host name, and this page is at an IP address.")).to_be_visible()
    expect(page.get_by_role("button", name="Add a passkey")).to_have_count(0)
