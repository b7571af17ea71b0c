"""The page of the server: its figures, what is wrong, and the job that looks after both."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.app import create_app
from blog.operation import records
from blog.settings import Settings
from blog.storage import store
from blog.web import operating
from tests import factories
from tests.factories import NOON
from tests.notifications.world import after

URL = "/admin/system"


@pytest.fixture(autouse=True)
def _young(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the site be three days old, whose accounts the factories make at noon of a day long ago."""
    monkeypatch.setattr(operating, "now", lambda: after(NOON, days=3))


def rows(page: str) -> dict[str, str]:
    """Return what stands beside each label of the page."""
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page, re.DOTALL)
    return {label: unescape(" ".join(re.sub(r"<[^>]+>", " ", value).split())) for label, value in found}


def test_a_new_site_has_no_problems_and_its_figures(moderator: TestClient) -> None:
    page = moderator.get(URL).text
    assert "<h1>No problems</h1>" in page
    told = rows(page)
    assert re.fullmatch(r"\d+ kB", told["Database"])
    assert re.fullmatch(r"[\d.]+ [GT]B of [\d.]+ [GT]B", told["Free space"])
    assert told["Last backup"] == "none Made with “blog backup”, on the server."
    assert told["Mail"] == "not set up The guide on mail says how."
    assert told["url"] == "not set"
    assert "Certificate" not in told
    assert told["Background jobs"].startswith("process ")


def test_a_record_is_shown_with_its_age_and_a_bad_one_with_its_cure(moderator: TestClient, site: Settings) -> None:
    at = after(NOON, days=3, hours=-30)
    records.note(site.database, "backup", at=at, good=True, facts={"size": 12_000_000, "path": "/var/backups/site.db"})
    records.note(site.database, "check", at=at, good=False, facts={"problems": 3})
    page = moderator.get(URL).text
    told = rows(page)
    assert told["Last backup"].startswith("1 d ago")
    assert told["Last backup"].endswith("12 MB, /var/backups/site.db")
    assert told["Last check"].endswith("3 problems")
    assert "<h1>One problem</h1>" in page
    assert "Run “blog check”: it says what each of them is, and what to do." in page


def test_a_change_of_blog_toml_that_waits_for_a_reload_is_told(moderator: TestClient, site: Settings) -> None:
    (site.root / "blog.toml").write_text('title = "Test"\nauthor = "Judith"\nposts_per_page = 5\n', "utf-8")
    assert "blog.toml was changed since the server started." in moderator.get(URL).text
    (site.root / "blog.toml").write_text("posts_per_page = x\n", "utf-8")
    assert "blog.toml has an error." in moderator.get(URL).text


@pytest.fixture
def owned(site: Settings, db: Database) -> Iterator[TestClient]:
    """An administrator's browser before a site with a public address and mail, whose certificate is never due."""
    from blog.mail_server import MailServer

    factories.post(db)
    settings = replace(site, url="https://127.0.0.1", mail=MailServer("smtp", "127.0.0.1", 9, address="b@blog.example"))
    with store.transaction(db):
        ana = factories.account(db, "ana", email="ana@blog.example")
    with TestClient(create_app(settings), base_url="https://127.0.0.1") as opened:
        factories.sign_in(opened, db, ana)
        yield opened


def test_the_job_puts_one_mail_into_the_outbox_and_a_line_on_the_overview(
    owned: TestClient, db: Database, site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert owned.portal
    at = after(operating.now(), hours=-1)
    records.note(site.database, "backup", at=at, good=False, facts={"error": "The folder is gone."})
    for minutes in (0, 11, 22, 33):
        monkeypatch.setattr(operating, "now", lambda minutes=minutes: after(at, minutes=60 + minutes))
        owned.portal.call(operating.look, owned.app.state.site)  # type: ignore[attr-defined]
    mails = db.conn.execute(
        "select payload ->> '$.new' from outbox where payload ->> '$.mail' = 'condition'"
    ).fetchall()
    assert len(mails) == 1
    assert "The folder is gone." in mails[0][0]
    page = owned.get("/admin/").text
    assert "The server has" in page
    assert 'href="/admin/system"' in page


def test_a_private_address_is_never_asked_for_its_certificate(owned: TestClient, site: Settings) -> None:
    assert rows(owned.get(URL).text)["Certificate"] == "not asked yet"
    answer = owned.post(f"{URL}/certificate", follow_redirects=False)
    assert answer.headers["location"] == f"{URL}?said=certificate#address"
    told = rows(owned.get(answer.headers["location"]).text)["Certificate"]
    assert told.startswith("unknown 127.0.0.1 is not a public host, so it is not reached. Asked on")
    assert records.read(site.database)["certificate"].good_at == ""
    assert not operating.is_certificate_due(owned.app.state.site)  # type: ignore[attr-defined]


def test_only_administrators_see_it(client: TestClient, db: Database) -> None:
    with store.transaction(db):
        eva = factories.account(db, "eva", role="editor")
    factories.sign_in(client, db, eva)
    assert client.get(URL).status_code == 403
    assert client.post(f"{URL}/certificate").status_code == 403
