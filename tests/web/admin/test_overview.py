"""The overview: what needs somebody now, the figures of the queue, the chart, and the switch as one line."""

import re
from html import unescape

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.comments import notes
from blog.journal import events
from blog.rules import policy
from blog.storage import store
from blog.web import site as sites
from tests import factories
from tests.factories import by, decide, submit


@pytest.fixture(autouse=True)
def _hurried(db: Database) -> None:
    with store.transaction(db):
        policy.change(db, {"comment_network_limit": "0", "near_duplicates": "0", "comment_burst": "0"}, by=by())


def overview(desk: TestClient, query: str = "") -> str:
    return re.sub(r"\s+", " ", unescape(desk.get(f"/admin/{query}").text))


def figures(page: str) -> list[str]:
    """Return the figures as they are read: label, value, what it compares with."""
    found = page[page.index('<dl class="figs">') : page.index("</dl>")]
    return [" ".join(re.sub("<[^>]*>", " ", each).split()) for each in found.split("</div>")[:-1]]


def test_what_waits_comes_first_with_why_it_waits(moderator: TestClient, db: Database) -> None:
    submit(db)
    submit(db, "http://a.example/ http://b.example/", 2)
    page = overview(moderator)
    assert page.index("2 comments wait") < page.index('id="health"') < page.index('id="came"')
    assert '<a href="/admin/comments?rule=comment_max_links">Links <b>1</b></a>' in page
    assert "Open the queue" in page


def test_notes_of_colleagues_and_reports_of_readers_need_somebody(moderator: TestClient, db: Database) -> None:
    ana = db.conn.execute("select id from accounts where name = 'ana'").fetchone()[0]
    waits, public, decided = submit(db), submit(db, "Two.", 2), submit(db, "Three.", 3)
    decide(db, public, "approve")
    with store.transaction(db):
        mia = factories.account(db, "mia", role="moderator")
        notes.add(db, waits, "Writes like <Anna>; is it one person?", by=by(account=mia))
        notes.add(db, waits, "I asked.", by=by(account=ana))
        notes.add(db, decided, "Never mind.", by=by(account=mia))
        db.conn.execute("update comments set reports = 1 where id = ?", [public])
    decide(db, decided, "trash")
    page = overview(moderator)
    needs = page[page.index('<ul class="needs">') :].partition("</ul>")[0]
    assert "mia noted on a comment by Reader 1: <q" in needs
    assert "Writes like <Anna>; is it one person?" in needs
    assert f'href="/admin/comments/{waits}#notes"' in needs
    assert "I asked." not in needs
    assert "Never mind." not in needs
    assert "Readers reported a public comment." in needs


def test_when_nothing_waits_it_says_when_somebody_decided_last(moderator: TestClient, db: Database) -> None:
    assert "Comments that a rule holds appear here" in overview(moderator)
    decide(db, submit(db), "approve", by=by(events.earlier(sites.now(), seconds=240)))
    page = overview(moderator)
    assert "No comments wait" in page
    assert "The last decision was 4 min ago." in page
    assert "Open the queue" not in page


def test_few_decisions_are_counts_and_many_are_percentages(moderator: TestClient, db: Database) -> None:
    at = sites.now()
    numbers = [submit(db, f"Thought {n}.", n, at=at) for n in range(19)]
    decide(db, numbers[:16], "approve", by=by(at))
    decide(db, numbers[16:], "spam", by=by(at))
    page = overview(moderator)
    assert "last 13 weeks" in page[page.index('id="health"') :].partition("</h2>")[0]
    assert "kept 16 of 19 too few for a percentage" in figures(page)
    assert "waiting 0 19 came this week, 0 the week before" in figures(page)
    decide(db, submit(db, "One more.", 30, at=at), "approve", by=by(at))
    page = overview(moderator)
    assert "last 7 days" in page[page.index('id="health"') :].partition("</h2>")[0]
    assert "kept 85% 17 of 20 decided" in figures(page)


def test_the_oldest_is_measured_against_the_promise(moderator: TestClient, db: Database) -> None:
    submit(db, at=events.earlier(sites.now(), seconds=36 * 3_600))
    page = overview(moderator)
    assert "the oldest of them 1 d promised: 24 hours" in figures(page)
    assert '<rect width="67%" height="100%"/><rect class="over" x="67%" width="33%" height="100%"/>' in page


def test_the_chart_is_of_thirteen_weeks_or_of_a_year(moderator: TestClient, db: Database) -> None:
    page = overview(moderator)
    assert "No comments came in the last 13 weeks." in page
    assert "<figure" not in page
    submit(db, at=events.earlier(sites.now(), days=200))
    assert "No comments came in the last 13 weeks." in overview(moderator)
    assert "<figure" in overview(moderator, "?span=year")
    submit(db, "Of today.", 2, at=sites.now())
    page = overview(moderator)
    assert "1 comment in 13 weeks, so each bar is a week." in page
    assert "One bar a week: at most 1 approved and waiting comments" in page
    assert page.count('<th scope="row">') == 13
    assert overview(moderator, "?span=year").count('<th scope="row">') == 52


def test_the_switch_is_one_line_that_says_what_each_state_would_change(moderator: TestClient, db: Database) -> None:
    factories.post(db, "quiet", comments="closed")
    factories.post(db, "unwritten", status="draft")
    page = overview(moderator)
    line = page[page.index('<details class="site" id="switch">') :].partition("</details>")[0]
    assert "The whole site is open" in line
    assert "All 2 published posts at once" in line
    assert len(re.findall(r"<small>changes 1 post</small>", line)) == 3
    assert "1 of 2 posts take comments" in page
    answer = moderator.post("/admin/closure", data={"mode": "closed", "back": "/admin/"})
    page = re.sub(r"\s+", " ", answer.text)
    assert "All discussions are closed" in page
    assert "0 of 2 posts take comments" in page
    assert "head calm shut" in page
    moderator.post("/admin/opening", data={"back": "/admin/"})
    assert "1 of 2 posts take comments" in overview(moderator)


def test_no_name_of_a_rule_is_on_it(moderator: TestClient, db: Database) -> None:
    submit(db, homepage="http://spam.example/", at=sites.now())
    submit(db, "http://a.example/ http://b.example/", 2)
    page = overview(moderator)
    assert "Spam by rule: Hidden field 1." in page
    visible = re.sub("<[^>]*>", " ", page)
    assert not re.search(r"\b(honeypot|comment_max_links|comment_previously_approved)\b", visible)
