"""Letting a program in, in a real Chromium: the page's policy lets its form lead to the program and nowhere else."""

from urllib.parse import urlencode

from playwright.sync_api import Browser, expect

from tests.browser import running
from tests.browser.conftest import sign_in
from tests.browser.running import Running
from tests.federation import servers
from tests.federation.servers import Page
from tests.web.micropub.conftest import CHALLENGE, query_of


def test_the_form_leads_on_to_the_program_and_nowhere_else(site: Running, chromium: Browser) -> None:
    running.add_moderator(site.folder)
    with servers.web() as program, servers.web() as stranger, chromium.new_context(base_url=site.address) as context:
        program.pages["/callback"] = stranger.pages["/callback"] = Page("Thank you")
        asked = {
            "response_type": "code",
            "client_id": program.url("/"),
            "redirect_uri": program.url("/callback"),
            "state": "a state",
            "scope": "create update",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        page = context.new_page()
        sign_in(page)
        page.goto(f"/indieauth/authorize?{urlencode(asked)}")
        page.get_by_label("Change posts").uncheck()
        page.evaluate("(url) => { document.forms[0].action = url }", stranger.url("/callback"))
        with page.expect_console_message() as refused:
            page.get_by_role("button", name="Connect", exact=True).click(no_wait_after=True)
        assert "form-action" in refused.value.text
        assert stranger.asked == []
        page.goto(f"/indieauth/authorize?{urlencode(asked)}")
        page.get_by_label("Change posts").uncheck()
        page.get_by_role("button", name="Connect", exact=True).click()
        expect(page.get_by_text("Thank you")).to_be_visible()
        back = query_of(page.url)
        assert (back["state"], back["iss"]) == ("a state", f"{site.address}/")
        rights = site.db.conn.execute("select rights from authorization_codes").fetchone()[0]
        assert rights == "create"
