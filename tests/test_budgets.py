"""What each flow may ask of the database: so many statements whatever the number of comments, and never all of them."""

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from sqlite_utils import Database
from starlette.routing import Match, Mount, Route
from starlette.testclient import TestClient

from blog import closing, comments, jobs, moderation, posts, publishing
from blog.agents import Tools
from blog.app import create_app
from blog.cli import load, main
from blog.comments import Draft
from blog.moderation import Decision, Selection, bans
from blog.moderation.acts import ACTS
from blog.notifications import links
from blog.notifications.links import Link
from blog.people import accounts, sessions
from blog.rules import policy
from blog.rules.policy import Policy
from blog.settings import Settings
from blog.storage import store
from blog.upkeep import integrity
from blog.web import federating, learning
from blog.web import site as sites
from tests import factories
from tests.conftest import PASSWORD
from tests.factories import SLUG, by, decide, draft, send, submit, write_post
from tests.importing import exports
from tests.statements import Heard, bodies, hear_all, heard_on, note_all, plan, scans

PAGE, ITS_OWN, SUBMISSION, OF_A_REPLY, DECISION = 3, 2, 4, 5, 3
TEACHES = {"approve": 1, "unapprove": 1, "spam": 1, "restore": 1, "trash": 0, "delete": 0}  # of them the filter learns
JSON = {"accept": "application/json"}
BROWSER: dict[str, Any] = {"base_url": "http://127.0.0.1:8000", "client": ("198.51.100.7", 50_000)}


def many(db: Database, count: int, status: str = "approved") -> list[int]:
    """Store comments of the first post, each third a reply to the one before, as if they had come in long ago."""
    first = db.conn.execute("select coalesce(max(id), 0) + 1 from comments").fetchone()[0]
    last = first + count - 1
    with store.transaction(db):
        db.conn.execute(
            """
            with recursive n (i) as (select :first union all select i + 1 from n where i < :last)
            insert into comments (id, post_id, parent_id, root_id, status, author, email, url, text, text_html,
              text_hash, reader_hash, ip, network, user_agent, verdict, rule, verdict_facts, created_at, source)
            select i, 1, iif(i % 3 = 0 and i > :first, i - 1, null), iif(i % 3 = 0 and i > :first, i - 1, null),
              :status, 'Writer ' || i, 'writer' || i || '@example.org', '', 'Words ' || i, '<p>Words ' || i || '</p>',
              'h' || i, 'reader ' || i, '10.1.1.1', '10.1.1.1', '', 'hold', 'by_hand', '{}', '2026-05-02T00:00:00.000Z',
              'web'
            from n order by i
            """,
            {"first": first, "last": last, "status": status},
        )
        db.conn.execute(
            """
            insert into events (at, kind, comment_id, post_id, source, after)
            select created_at, 'submit', id, post_id, 'web', status from comments where id >= ? order by id
            """,
            [first],
        )
    return list(range(first, last + 1))


# Statements of the domain


@pytest.mark.parametrize("count", [1, 60, 500])
def test_the_rows_of_a_post_page_are_two_statements_however_many_comments_it_has(db: Database, count: int) -> None:
    factories.post(db)
    many(db, count)
    with heard_on(db) as heard:
        found = posts.find(db, SLUG, at=factories.NOON)
        rows = comments.on_post(db, found["id"], Policy(), page=1)
    assert len(heard.statements) == 2
    assert len(rows) == min(count, 75)  # fifty threads, half of them with one reply


def submit_aloud(db: Database, **typed: Any) -> list[str]:
    with heard_on(db) as heard, store.transaction(db):
        comments.submit(db, SLUG, draft(**typed), at=factories.NOON)
    return heard.statements


@pytest.mark.parametrize("stored", [0, 500])
@pytest.mark.parametrize(
    ("typed", "most"),
    [({}, SUBMISSION), ({"homepage": "x"}, SUBMISSION), ({"comment_parent": "1"}, OF_A_REPLY)],
    ids=["thought", "spam", "reply"],
)
def test_a_submission_is_four_statements_and_a_reply_six(
    db: Database, stored: int, typed: dict[str, str], most: int
) -> None:
    """Where the discussion has several pages, one more says on which of them it stands."""
    factories.post(db)
    many(db, max(stored, 1))
    assert len(submit_aloud(db, text="Fresh.", **typed)) <= most + (stored > 100)


def test_what_staff_send_and_what_is_published_at_once_costs_no_more(db: Database) -> None:
    factories.post(db)
    ana = factories.account(db, "ana")
    with store.transaction(db):
        policy.change(db, {"comment_flood_seconds": "0"}, by=by())
    who = factories.sender(account=ana, account_name="ana")
    assert len(submit_aloud(db, text="Answer.", who=who)) <= SUBMISSION
    decide(db, submit(db, "First."), "approve")
    assert len(submit_aloud(db, text="Second.")) <= SUBMISSION
    assert factories.status(db, 3) == "approved"


def decide_aloud(db: Database, chosen: list[int] | Selection, decision: str) -> tuple[int, list[str]]:
    with heard_on(db) as heard, store.transaction(db):
        outcome = moderation.decide(db, chosen, moderation.Ruling(Decision(decision)), by=by())
    return outcome["moved"], heard.statements


@pytest.mark.parametrize("count", [1, 5_000])
def test_a_decision_is_at_most_three_statements_on_one_comment_and_on_five_thousand(db: Database, count: int) -> None:
    factories.post(db)
    ids = many(db, count, "pending")
    moved, statements = decide_aloud(db, ids, "approve")
    assert (moved, len(statements)) == (count, DECISION + TEACHES["approve"])
    for chosen, decision in (
        (Selection("approved"), "unapprove"),
        (Selection("all", newest=ids[-1]), "spam"),
        (Selection("spam", post=SLUG), "restore"),
        (Selection("pending", search="Words"), "trash"),
        (Selection("trash", search="Words writer", newest=ids[-1]), "delete"),
    ):
        moved, statements = decide_aloud(db, chosen, decision)
        assert (moved, len(statements)) == (count, DECISION + TEACHES[decision]), chosen
    assert integrity.check(db) == []


def test_what_did_not_move_costs_one_statement_more_to_say_why(db: Database) -> None:
    factories.post(db)
    ids = many(db, 60, "pending")
    decide(db, ids[:30], "spam")
    assert len(decide_aloud(db, [*ids, 999], "spam")[1]) == DECISION + TEACHES["spam"] + 1
    assert len(decide_aloud(db, ids, "spam")[1]) == DECISION + 1


@pytest.mark.parametrize("count", [1, 1_000])
def test_undo_takes_as_many_statements_for_one_comment_as_for_a_thousand(db: Database, count: int) -> None:
    factories.post(db)
    batch = decide(db, many(db, count, "pending"), "approve")["batch"]
    with heard_on(db) as heard, store.transaction(db):
        assert moderation.undo(db, batch, ACTS, by=by())["moved"] == count
    assert len(heard.statements) == 9


@pytest.mark.parametrize("count", [2, 100])
def test_many_switches_take_as_many_statements_as_two(db: Database, count: int) -> None:
    slugs = [f"post-{n}" for n in range(count)]
    for slug in slugs:
        factories.post(db, slug)
    with heard_on(db) as heard, store.transaction(db):
        batch = closing.switch_many(db, slugs, "closed", by=by())
    assert len(heard.statements) == 6
    with heard_on(db) as heard, store.transaction(db):
        assert moderation.undo(db, batch, ACTS, by=by())["moved"] == count
    assert len(heard.statements) == 9
    assert db.conn.execute("select count(*) from closures").fetchone()[0] == 0


def test_publishing_a_file_that_did_not_change_asks_once_and_writes_nothing(site: Settings, db: Database) -> None:
    factories.write_post(site.root)
    publishing.publish(db, site, by=by())
    changes = db.conn.total_changes
    with heard_on(db) as heard:
        publishing.publish(db, site, [site.posts / f"{SLUG}.md"], by=by())
    assert len(heard.statements) == 1
    assert db.conn.total_changes == changes
    factories.write_post(site.root, body="Other words.")
    with heard_on(db) as heard:
        publishing.publish(db, site, [site.posts / f"{SLUG}.md"], by=by())
    assert len(heard.statements) == 4  # one for all files together, and three for each that changed


# Statements of the whole application


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    """All that the application asks to answer; made before it, so that no connection is missed.

    The filter learns beside the answers, a second after a decision, and would be counted with whatever is asked then.
    """
    monkeypatch.setattr(learning, "PAUSE", 3600.0)
    return hear_all(monkeypatch)


@pytest.fixture
def quiet(site: Settings) -> Iterator[Database]:
    """A connection of the test's own, which nobody listens to."""
    opened = store.connect(site.database)
    opened.conn.set_trace_callback(None)
    yield opened
    opened.conn.close()


@pytest.fixture
def reader(heard: Heard, quiet: Database, site: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    factories.post(quiet)
    monkeypatch.setattr(jobs, "NOTICE_SECONDS", 3_600)
    monkeypatch.setattr(federating, "LOOK_SECONDS", 3_600)
    monkeypatch.setattr(jobs, "FEED_SECONDS", 3_600)  # what is asked beside all requests is none of theirs
    with TestClient(create_app(site), **BROWSER) as opened:
        yield opened


def asked(heard: Heard, act: Callable[[], Any]) -> int:
    heard.clear()
    act()
    return len(heard.statements)


def sign_in(reader: TestClient, db: Database) -> None:
    with store.transaction(db):
        factories.account(db, "ana")
    answer = reader.post("/admin/login", data={"username": "ana", "password": PASSWORD}, follow_redirects=False)
    assert answer.status_code == 303


@pytest.mark.parametrize("count", [1, 60, 500])
def test_a_post_page_is_at_most_three_statements_and_none_from_the_cache(
    heard: Heard, reader: TestClient, quiet: Database, count: int
) -> None:
    many(quiet, count)
    path = f"/{SLUG}/"
    assert asked(heard, lambda: reader.get(path)) == 2  # nothing kept yet
    assert asked(heard, lambda: reader.get(path)) == 0
    submit(quiet, "Held.", n=700)
    assert asked(heard, lambda: reader.get(path)) == 1  # something was committed: is it of this page?
    assert asked(heard, lambda: reader.get(path)) == 0
    decide(quiet, 1, "spam")
    assert asked(heard, lambda: reader.get(path)) == PAGE
    assert asked(heard, lambda: reader.get(f"{path}?replytocom=2")) <= PAGE
    if count == 500:
        assert asked(heard, lambda: reader.get(f"{path}comment-page-2/")) <= PAGE


@pytest.mark.parametrize("count", [1, 60, 500])
def test_a_readers_or_moderators_cookie_costs_at_most_two_statements_more(
    heard: Heard, reader: TestClient, quiet: Database, count: int
) -> None:
    many(quiet, count)
    path = f"/{SLUG}/"
    send(reader)
    for address in (path, f"{path}?replytocom=1"):
        assert 2 < asked(heard, lambda: reader.get(address)) <= PAGE + ITS_OWN  # noqa: B023  (called at once)
    cookie = reader.cookies["reader"]
    reader.cookies.clear()
    sign_in(reader, quiet)
    for address in (path, f"{path}?replytocom=1"):
        assert 2 < asked(heard, lambda: reader.get(address)) <= PAGE + ITS_OWN  # noqa: B023
    reader.cookies.set("reader", cookie)
    assert "Reader 1" not in reader.get(path).text
    for address in (path, f"{path}?replytocom=1", f"{path}?did=1", f"{path}?did=1&replytocom=1"):
        assert asked(heard, lambda: reader.get(address)) <= PAGE + ITS_OWN  # noqa: B023


def test_a_kept_page_is_right_at_the_second_at_which_a_rule_closes_with_no_write(
    heard: Heard, reader: TestClient, quiet: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The age rule passes midnight in Berlin, the night before summer time's last day."""
    factories.post(quiet, "old", published_at="2026-10-10T22:00:00.000Z", timezone="Europe/Berlin", close_after=15)
    factories.set_clock(monkeypatch, "2026-10-25T22:00:00.000Z")
    assert asked(heard, lambda: reader.get("/old/")) == 2
    for at in ("2026-10-25T22:30:00.000Z", "2026-10-25T22:59:59.999Z"):
        factories.set_clock(monkeypatch, at)
        assert asked(heard, lambda: reader.get("/old/")) == 0
        assert 'id="comment-form"' in reader.get("/old/").text
    factories.set_clock(monkeypatch, "2026-10-25T23:00:00.000Z")
    assert asked(heard, lambda: reader.get("/old/")) == 2
    assert "Closed on 25 October 2026; it was open for 15 days." in reader.get("/old/").text
    factories.set_clock(monkeypatch, "2027-10-25T23:00:00.000Z")
    assert asked(heard, lambda: reader.get("/old/")) == 0


@pytest.mark.parametrize("count", [1, 60])
def test_the_list_of_posts_is_at_most_three_statements(
    heard: Heard, reader: TestClient, quiet: Database, count: int
) -> None:
    for n in range(count):
        factories.post(quiet, f"post-{n}")
        decide(quiet, submit(quiet, "First.", n=n, slug=f"post-{n}"), "approve")
    assert asked(heard, lambda: reader.get("/")) == 2
    assert asked(heard, lambda: reader.get("/")) == 0
    decide(quiet, 1, "spam")
    assert asked(heard, lambda: reader.get("/")) == 3


@pytest.mark.parametrize("count", [1, 60])
def test_the_desks_list_of_posts_is_as_many_statements_whether_their_files_are_there_or_gone(
    heard: Heard, reader: TestClient, quiet: Database, site: Settings, count: int
) -> None:
    for n in range(count):
        write_post(site.root, f"post-{n}")
        factories.post(quiet, f"gone-{n}")
    publishing.publish(quiet, site, by=by())
    sign_in(reader, quiet)
    assert asked(heard, lambda: reader.get("/admin/posts")) == 7


@pytest.mark.parametrize("stored", [1, 500])
@pytest.mark.parametrize("who", ["stranger", "known reader", "staff"])
def test_a_comment_sent_over_the_web_is_at_most_four_statements(
    heard: Heard, reader: TestClient, quiet: Database, stored: int, who: str
) -> None:
    many(quiet, stored)
    with store.transaction(quiet):
        policy.change(quiet, {"comment_flood_seconds": "0"}, by=by())
    if who == "known reader":
        send(reader, text="An earlier one.")
    if who == "staff":
        sign_in(reader, quiet)
    hidden = factories.form_on(reader, f"/{SLUG}/")
    typed = {**hidden, "author": "Ana", "email": "ana@example.org", "comment": "Mine."}
    sent: list[Any] = []
    address = f"/{SLUG}/comments"
    post = lambda: sent.append(reader.post(address, data=typed, headers=JSON))  # noqa: E731
    looked_up = (who == "staff") + (stored > 100)  # whose session it is; on which of several pages the comment stands
    assert asked(heard, post) <= SUBMISSION + looked_up
    assert sent[0].status_code == (201 if who == "staff" else 202)


@pytest.mark.parametrize(("count", "queue"), [(1, 13), (60, 12), (500, 12)])  # a short page asks for what was left too
def test_the_queue_is_as_many_statements_for_one_comment_as_for_many(
    heard: Heard, reader: TestClient, quiet: Database, count: int, queue: int
) -> None:
    many(quiet, count, "pending")
    sign_in(reader, quiet)
    assert asked(heard, lambda: reader.get("/admin/comments")) == queue
    assert asked(heard, lambda: reader.get("/admin/comments/1")) == 16
    assert asked(heard, lambda: reader.get("/admin/")) == 24
    decision = {"decision": "approve", "id": [str(n) for n in range(1, count + 1)]}
    door, effects = 1, 1
    assert (
        asked(heard, lambda: reader.post("/admin/decisions", data=decision, headers=JSON))
        == door + DECISION + TEACHES["approve"] + effects
    )


# Query plans

# `blog check` is meant to read everything: it recounts.
# `blog backup` counts the rows of every table, and `sqlar` is a table of its copies alone.
COPYING = re.compile(r'select count\(\*\) from "\w+"$|.*\bsqlar \(|.* from sqlar\b|.*\bpreviewed\b', re.DOTALL)
EVERYTHING = {" ".join(sql.split()) for each in integrity.CHECKS for sql in (each.query, *each.repairs)}


def test_nothing_that_the_site_asks_goes_through_all_comments(
    site: Settings, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = note_all(monkeypatch)
    store.in_memory().conn.close()  # as a preview makes one, empty: what the migrations ask it is asked of nothing
    upgrade = set(noted)
    _tour_of_the_site(site)
    _tour_of_the_commands(site)
    found = {
        " ".join(sql.split()): lines
        for sql, parameters in noted.items()
        if sql not in upgrade
        and not COPYING.match(sql)
        and " ".join(sql.split()) not in EVERYTHING
        and (lines := scans(db, sql, parameters))
    }
    assert len(noted) > 100
    assert found == {}


def test_a_page_reads_only_the_replies_that_it_shows(db: Database) -> None:
    """A thread may hide thousands of replies that nobody approved; SQLite takes the index that was made last."""
    with heard_on(db) as heard:
        comments.on_post(db, 1, Policy(), page=1)
    assert [line for line in plan(db, heard.statements[0]) if " r USING " in line] == [
        "SEARCH r USING INDEX comments_in_thread (root_id=?)"
    ]


def test_no_trigger_goes_through_all_comments(db: Database) -> None:
    found = bodies(db)
    assert len(found) > 30
    assert {body: lines for body in found if (lines := scans(db, body, [None] * body.count("?")))} == {}


def test_a_scan_would_be_found(db: Database) -> None:
    assert scans(db, "select 1 from comments c where c.text = ?", ["x"]) == ["SCAN c"]
    assert scans(db, "update comments set remember = 1 where ip = '1'") != []
    assert scans(db, "select count(*) from comments as what") != []
    assert scans(db, "select max(created_at) from comments where network = :n", {"n": ""}) != []
    assert scans(db, "select max(created_at) from comments where network = :n and network <> ''", {"n": ""}) == []
    assert scans(db, "select text from comments where root_id is not null") != []
    assert scans(db, "select text from comments where id = ?", [1]) == []


def _work_together(get: Any, post: Any) -> None:
    """Use what the desk has beside the queue: the palette, the operators of the search, colleagues."""
    get("/admin/go?q=words")
    for words in ("from:ana", "email:ana@example.org", "ip:10.1", f"post:{SLUG}", "rule:links", "before:2026-06-01"):
        get(f"/admin/comments?q={words}")
    get("/admin/comments?q=batch:1")
    post("/admin/presence", looking="1")
    post("/admin/presence/split")
    post("/admin/second-look", right="rest", shown="1 2")
    post("/admin/suggestions/refusal", setting="comment_max_links", value="3")
    post("/admin/outbox/release")


def _read_as_a_program(get: Any) -> None:
    """Ask the API for lists in every order and by every filter."""
    get("/wp-json")
    get("/wp-json/")
    numbers = "include=1&exclude=2&author_exclude=9&after=2020-01-01T00:00:00&before=2040-01-01T00:00:00&search=words"
    for order in ("date", "modified", "title", "slug", "id", "author"):
        get(f"/wp-json/wp/v2/posts?orderby={order}&_embed&{numbers}&tags=1&slug={SLUG}")
        get(f"/wp-json/wp/v2/posts?orderby={order}")
    get("/wp-json/wp/v2/posts/1?_embed")
    get("/wp-json/wp/v2/pages?orderby=menu_order")
    for order in ("date", "date_gmt", "id", "post", "parent", "type"):
        get(f"/wp-json/wp/v2/comments?post=1&orderby={order}&_embed")
    get("/wp-json/wp/v2/comments")
    get("/wp-json/wp/v2/comments?page=2&order=asc")
    get("/wp-json/wp/v2/comments?post=1&parent=0&include=1&exclude=2&search=words")
    get("/wp-json/wp/v2/comments?search=words")
    get("/wp-json/wp/v2/comments?search=a")
    get("/wp-json/wp/v2/comments/1?_embed")
    get("/wp-json/wp/v2/tags?search=r&post=1&hide_empty=1&orderby=count")
    get("/wp-json/wp/v2/users?search=a")
    get("/wp-json/wp/v2/media?media_type=image&parent=1&search=a")
    get("/wp-json/wp/v2/search?search=words")


def _publish_as_a_program(get: Any, post: Any) -> None:
    """Ask Micropub and IndieAuth, which want a token."""
    for path in ("/micropub?q=config", "/micropub/media"):
        get(path, 401)
    get("/.well-known/oauth-authorization-server")
    get("/indieauth/authorize", 400)
    get("/wp-admin/", 302)
    get("/wp-admin/authorize-application.php?app_name=Phone")
    post("/wp-admin/authorize-application.php", 401)
    post("/indieauth/token", 400)
    get("/xmlrpc.php", 404)  # it is off


FILTERS = (
    *("sort=score", "rule=none", "rule=no_form", "author=ana", "domain=a.example", "replied=1", "days=2", "zen=1"),
    "later=1",
    *("sender=reader:1", "sender=email:1", "sender=network:1"),
)
SEARCHES = ("", "Words", "a", "a Words", "10.1", "ana@example.org", "“–")


def _tour_of_the_site(site: Settings) -> None:
    """Visit every address of the application with every filter, as stranger, reader and administrator."""
    opened = create_app(site)
    with TestClient(opened, **BROWSER) as browser:
        store_ = opened.state.site.store
        visited: list[tuple[str, str]] = []
        _send_it_all(browser, visited, store_)
        seen = [_route(opened, *each) for each in visited]
        assert [route for route in _routes(opened) if route not in seen] == []


def _send_it_all(browser: TestClient, visited: list[tuple[str, str]], opened: store.Store) -> None:
    def get(path: str, *codes: int) -> str:
        visited.append(("GET", path.partition("?")[0]))
        answer = browser.get(path, follow_redirects=False)
        assert answer.status_code in (codes or (200, 301, 303)), (path, answer.status_code)
        return answer.text

    def post(path: str, *codes: int, **data: Any) -> Any:
        visited.append(("POST", path))
        answer = browser.post(path, data=data, headers=JSON, follow_redirects=False)
        assert answer.status_code in (codes or (200, 201, 202, 303)), (path, answer.status_code, answer.text)
        return answer

    _write(opened, _seed)
    token = _write(opened, accounts.offer_setup)
    lists = (
        "/feed.xml",
        "/feed.json",
        "/comments/feed.xml",
        "/comments/feed/before/9.xml",
        f"/{SLUG}/feed.xml",
        f"/{SLUG}/feed/before/9.xml",
        "/sitemap.xml",
        "/archive/",
        "/tags/",
    )
    for path in lists:
        get(path)
    for path in ("/feed/page/2.xml", "/feed/page/2.json"):
        get(path, 404)
    for path in ("/archive/2026", "/tags/rivers", "/authors/judith"):
        for more in ("", "/", "/page/1/"):
            get(f"{path}{more}")
        get(f"{path}/page/2/", 404)
    for query in ("", "?q=words", "?q=wor", "?q=a+post&page=2", "?q=%22", "?q=zebra"):
        get(f"/search{query}")
    public = (
        "/",
        "/page/1/",
        "/healthz",
        "/readyz",
        "/robots.txt",
        "/static/site.css",
        f"/{SLUG}/",
        f"/{SLUG}",
        "/admin",
    )
    public += ("/privacy/", "/privacy")
    get("/favicon.ico", 302)
    _read_as_a_program(get)
    _publish_as_a_program(get, post)
    get(f"/{SLUG}/thread-1/")
    get(f"/{SLUG}/thread-1-page-2/", 404)
    for path in ("newest/", "comment/1/", "comments/1/report"):
        get(f"/{SLUG}/{path}")
    get(f"/{SLUG}/newest/comment-page-9/", 404)
    post(f"/{SLUG}/comments/1/report", reason="Unkind")
    post(f"/{SLUG}/comments/1/thanks", 404)
    pages = (f"/{SLUG}/comment-page-2/", f"/{SLUG}/comment-page-2", f"/{SLUG}/?replytocom=1", f"/{SLUG}/comments")
    for path in (*public, *pages):
        get(path)
    get("/nothing/", 404)
    get(f"/{SLUG}/nothing.png", 404)
    sent = {"author": "Ana", "email": "ana@example.org", **factories.form_on(browser, f"/{SLUG}/")}
    post(f"/{SLUG}/comments", **sent, comment="Mine.")
    post(f"/{SLUG}/comments", 409, **sent, comment="Mine.")
    post(f"/{SLUG}/comments", 429, **sent, comment="Mine too.")
    post(f"/{SLUG}/comments", **sent, comment="A look.", action="preview")
    browser.post(f"/{SLUG}/comments", data={**sent, "comment": "Mine."})
    post("/webmention", 400, source="https://alice.example/", target="https://blog.example/")
    for path in (*public, *pages):
        get(path)
    _own_it(get, post)
    get("/admin/", 303)
    get(f"/admin/setup?token={token}")
    post("/admin/setup", token=token, username="ana", password=PASSWORD)
    get("/admin/login")
    post("/admin/login", username="ana", password=PASSWORD)
    for path in (*public, *pages):
        get(path)
    post(f"/{SLUG}/comments", **sent | {"comment_parent": "1"}, comment="An answer.")
    for path in ("/admin/", "/admin/posts", "/admin/log", "/admin/log?before=40", "/admin/settings/discussion"):
        get(path)
    for path in ("/admin/filter", "/admin/second-look", "/admin/?span=year"):
        get(path)
    for narrowed in ("who=ana", "kind=decisions", "source=web", f"post={SLUG}", "since=2026-05-01&until=2026-06-01"):
        get(f"/admin/log?{narrowed}")
    post("/admin/waiting")
    key = re.search(r"/admin/waiting/([\w-]+)", get("/admin/"))
    assert key
    get(f"/admin/waiting/{key[1]}")
    for number in (1, 2, 3):
        get(f"/admin/comments/{number}")
        get(f"/admin/comments/{number}/place")
    for status in moderation.LISTED:
        for more in ("", "&after=40", f"&post={SLUG}", f"&post={SLUG}&after=40"):
            for words in SEARCHES:
                get(f"/admin/comments?status={status}{more}&q={words}")
    for narrowed in FILTERS:
        for status in ("all", "pending"):
            get(f"/admin/comments?status={status}&{narrowed}")
    for after in ("", "&after=0.5-40", "&after=-1-40"):
        get(f"/admin/comments?sort=score{after}")
    _work_together(get, post)
    _write_it(get, post)
    _decide_on_people(get, post)
    _treat_it(post)
    _mail_it(get, post, opened)
    _decide_on_it_all(post)
    for path in ("/admin/", "/admin/log", "/admin/log?did=1", "/admin/comments?did=2", f"/{SLUG}/", f"/{SLUG}/?did=1"):
        get(path)
    _import_it(get, post)
    _switch_it_all(post)
    post("/admin/settings/discussion", **{"try": "1", "comment_max_links": "1"})
    post("/admin/settings/discussion", comment_order="desc", comments_per_page="10", close_comments_quiet_days="3")
    post("/admin/filter", filter_mode="hold")
    for path in (*public, *pages):
        get(path)
    _sign_in_and_out(get, post, opened)
    post("/admin/logout")
    browser.cookies.clear()
    get(f"/{SLUG}/comment-page-2/")


def _import_it(get: Callable[..., str], post: Callable[..., Any]) -> None:
    """Ask for everything of an import while no file was sent."""
    get("/admin/import")
    get("/admin/import/file")
    post("/admin/import/file", 415)
    for act in ("reading", "writing", "removal"):
        post(f"/admin/import/{act}", 409)
    post("/admin/import/stop")


def _own_it(get: Callable[..., str], post: Callable[..., Any]) -> None:
    """Change, withdraw and bring back one's own comment; without `[mail]` no address can be opened."""
    number = max(map(int, re.findall(r'id="comment-(\d+)"', get("/your-comments/"))))
    get("/your-comments")
    get("/your-comments/download")
    for path in ("mails/", "erasure"):
        get(f"/your-comments/{path}", 403)
        post(f"/your-comments/{path}", 403)
    for path in ("link", "code"):
        get(f"/your-comments/{path}", 404)
        post(f"/your-comments/{path}", 404)
    get("/your-comments/open/x/", 410)
    post("/your-comments/leave")
    get(f"/your-comments/{number}/edit")
    post(f"/your-comments/{number}/edit", comment="Mine, changed.")
    get(f"/your-comments/{number}/withdraw")
    post(f"/your-comments/{number}/withdraw")
    post(f"/your-comments/{number}/restoration")


def _mail_it(get: Callable[..., str], post: Callable[..., Any], opened: store.Store) -> None:
    """Visit the pages of mailed links, and what the desk says of mail."""

    def link(purpose: Any, **more: Any) -> str:
        return str(_write(opened, lambda db: links.make(db, Link(purpose, account=1, **more), at=sites.now())))

    comment = 3
    revision = _write(opened, lambda db: db.conn.execute("select version from comments where id = 3").fetchone()[0])
    get(f"/mail/{link('approve', comment=comment, revision=revision)}/", 200, 409)
    spam = link("spam", comment=comment, revision=revision)
    post(f"/mail/{spam}/", 200, 409)
    post(f"/mail/{spam}/reversal", 200, 409)
    get(f"/mail/{link('digest', details='[[3, 1]]')}/", 200)
    _write(
        opened,
        lambda db: db.conn.execute(
            """
            insert into subscriptions (address, post_id, kind, reader_hash, created_at)
            values ('a@b.example', 1, 'all', 'x', ?)
            """,
            [sites.now()],
        ),
    )
    leave = _write(opened, lambda db: links.leave_token(db, "subscription", 1))
    get(f"/unsubscribe/{leave}/")
    post(f"/unsubscribe/{leave}/")
    get("/admin/mentions")
    get("/admin/webhooks")
    post("/admin/webhooks", 422, url="", events="comment.held")
    get("/admin/system")
    post("/admin/system/certificate")
    get("/admin/settings/site")
    post("/admin/settings/site", title="Another title")
    post("/admin/settings/menu")
    for path in ("1/test", "1/removal", "messages/1/resend"):
        post(f"/admin/webhooks/{path}", 404)
    get("/admin/mail", 404)
    post("/admin/mail/retry")
    get("/admin/forgot", 404)
    post("/admin/forgot", 404)
    post("/admin/account/language", language="")
    post("/admin/account/mail", notify="hourly", hour="8", posts="all")
    post("/admin/account/mail", notify="never", hour="8", posts="all")
    get("/admin/proposals")
    post("/admin/proposals/1/acceptance", 409)
    post("/admin/proposals/1/refusal", 409)


def _sign_in_and_out(get: Callable[..., str], post: Callable[..., Any], opened: store.Store) -> None:
    """Visit the pages of accounts; passkeys are refused, for this is an IP address."""
    post("/admin/login/challenge", 409)
    post("/admin/login/passkey", 401, credential="{}")
    post("/admin/login", 401, username="ana", password="not this one")
    get("/admin/confirmation")
    post("/admin/confirmation")
    post("/admin/confirmation/challenge", 409)
    post("/admin/account/codes")
    get("/wp-admin/", 302)
    get("/wp-admin/authorize-application.php?app_name=Phone", 200, 501)
    post("/wp-admin/authorize-application.php", 200, 501, app_name="Phone", approve="1")
    post("/admin/account/tokens", label="Phone", scope="write")
    token = re.search(r"/admin/account/tokens/([\w-]+)/removal", get("/admin/account"))
    assert token
    post(f"/admin/account/tokens/{token[1]}/removal")
    post("/admin/account/passkeys", 422)
    post("/admin/account/passkeys/challenge", 409)
    post("/admin/account/passkeys/1/removal", 404)
    post("/admin/users", username="eve", password=PASSWORD, role="author")
    number = max(re.findall(r"/admin/users/(\d+)/removal", get("/admin/users")))
    post(f"/admin/users/{number}/role", role="editor")
    post(f"/admin/users/{number}/password", password=PASSWORD)
    post("/admin/account/password", again=PASSWORD, password=PASSWORD, repeated=PASSWORD)
    post("/admin/account/sessions/removal")
    _write(opened, lambda db: sessions.sign_in(db, 1, ip="", user_agent="", by=by(sites.now())))
    other = re.search(r"/admin/account/sessions/\w+/removal", get("/admin/account"))
    assert other
    post(other[0])
    post(f"/admin/users/{number}/removal")


def _write_it(get: Callable[..., str], post: Callable[..., Any]) -> None:
    """Begin a post, keep what is typed, look at it, show it, save it and give it a picture."""
    get("/admin/posts/new")
    post("/admin/posts/new", title="On oil")
    typed = {"title": "On oil", "date": "2026-05-01", "front": "", "body": "![](x.webp)", "base": "x"}
    post("/admin/posts/on-oil/unsaved", **typed)
    for action in ("preview", "save", "discard"):
        post("/admin/posts/on-oil/edit", 200, 303, 409, **typed, action=action)
    page = get("/admin/posts/on-oil/edit")
    get("/admin/posts/on-oil/preview")
    get("/admin/posts/on-oil/x.webp", 404)
    shared = re.search(r"/preview/[^/\"]+/", page)
    assert shared
    get(shared[0])
    get(f"{shared[0]}x.webp", 404)
    post("/admin/posts/on-oil/images", 422)
    post("/admin/posts/on-oil/files", 422)
    get("/admin/posts/on-oil/versions")
    post("/admin/posts/on-oil/mentions")
    post("/admin/posts/on-oil/deletion", 409)
    post("/admin/posts/on-oil/versions/1/restoration", 409)


def _decide_on_people(get: Callable[..., str], post: Callable[..., Any]) -> None:
    """Visit the list of people and the keys, decide on a person, and give a decision its reason afterwards."""
    for path in ("/admin/keys", "/admin/script.json", "/admin/people", "/admin/people?after=2-40"):
        get(path)
    batch = post("/admin/decisions", decision="spam", id=["4"]).json()["batch"]
    post(f"/admin/batches/{batch}/reason", reason="So.")
    get(f"/admin/batches/{batch}/reversal")
    person = post("/admin/people", person="approve:5", **{"then-5": "held"}).json()["batch"]
    for each in (person, batch):
        post(f"/admin/batches/{each}/reversal")


def _treat_it(post: Callable[..., Any]) -> None:
    """Edit, answer, note, leave, lock, ban and trust, and take back what can be taken back."""
    made = [
        post("/admin/comments/1/revision", author="Ana", comment="Other words, http://a.example/").json()["batch"],
        post("/admin/comments/1/answer", comment="An answer.", approve="1").json()["batch"],
        post("/admin/comments/1/lock").json()["batch"],
        post("/admin/comments/1/pick").json()["batch"],
        post("/admin/comments/1/unpick").json()["batch"],
        post("/admin/comments/1/settle").json()["batch"],
        post("/admin/comments/1/standing", kind="reader", standing="trusted").json()["batch"],
        post("/admin/comments/2/standing", kind="email", standing="banned", take_back="1").json()["batch"],
        post("/admin/comments/2/standing", kind="network", standing="banned", take_back="1").json()["batch"],
    ]
    post("/admin/comments/1/note", note="Ask Judith.")
    post("/admin/comments/1/later")
    made.append(post("/admin/comments/10/move", parent="9").json()["batch"])
    made.append(post("/admin/comments/10/move", post=SLUG).json()["batch"])
    post("/admin/keys", on="0")
    for batch in reversed(made):
        post(f"/admin/batches/{batch}/reversal")


def _decide_on_it_all(post: Callable[..., Any]) -> None:
    for decision in ("approve", "unapprove", "spam", "restore", "trash", "restore", "delete", "restore"):
        batch = post("/admin/decisions", decision=decision, id=["1", "2", "9999"], reason="So.").json()["batch"]
        if batch and decision in ("approve", "delete"):
            post(f"/admin/batches/{batch}/reversal")
            post(f"/admin/batches/{batch}/reversal", 409)
    post("/admin/decisions", 404, decision="spam", id=["99999"])
    post("/admin/decisions", 409, decision="trash", id=["3"], seen=["3:spam"])
    for status in moderation.LISTED:
        for filters in (
            {},
            {"post": SLUG},
            {"q": "Words"},
            {"q": "a"},
            {"post": SLUG, "q": "a Words"},
            {"asof": "30", "event": "90", "from": "3"},
        ):
            for decision in ("trash", "restore"):
                post("/admin/decisions", decision=decision, all="1", status=status, **filters)
    for status in ("spam", "trash"):
        post("/admin/decisions", empty="1", status=status, made="2030-01-01T00:00:00.000Z")


def _switch_it_all(post: Callable[..., Any]) -> None:
    post(f"/admin/posts/{SLUG}/closure", mode="closed", note="Enough.")
    post(f"/admin/posts/{SLUG}/opening")
    post(f"/admin/posts/{SLUG}/following")
    many = post("/admin/posts/closures", mode="moderated", slug=[SLUG], until="2999-01-01").json()["batch"]
    post(f"/admin/batches/{many}/reversal")
    post("/admin/posts/closures", mode="follow", all="1", state="open")
    closed = post("/admin/closure", mode="replies-only").json()["batch"]
    post("/admin/log/reversals", batch=[str(closed)])
    post("/admin/closure", mode="moderated")
    post("/admin/opening")


def _write(opened: store.Store, fn: Callable[[Database], Any]) -> Any:
    """Write through the application's own connection, outside of its event loop."""
    return asyncio.run(opened.write(fn))


def _seed(db: Database) -> None:
    values: dict[str, Any] = {"tags": ("rivers",)}
    values |= {"title": "A post", "body": "Words.", "author": "Judith", "published_at": "2026-05-01T00:00:00.000Z"}
    file = posts.PostFile(path=f"{SLUG}.md", slug=SLUG, hash="x", **values)
    posts.publish(db, file)
    for n in range(1, 121):
        kept: Draft = draft(f"Words {n}.", n, comment_parent="1" if n % 7 == 3 else "")
        comments.submit(db, SLUG, kept, at=factories.NOON)
        moderation.decide(db, [n], moderation.Ruling(Decision.APPROVE if n < 100 else Decision.SPAM), by=by())
    policy.change(db, {"comments_per_page": "20"}, by=by())


def _routes(app: Any) -> list[Route]:
    inside = [route.routes if isinstance(route, Mount) else [route] for route in app.routes]
    return [route for routes in inside for route in routes if isinstance(route, Route)]


def _route(app: Any, method: str, path: str) -> Any:
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    for route in app.routes:
        match, more = route.matches(scope)
        if match is Match.FULL and isinstance(route, Mount):
            inner = {**scope, **more}
            return next(each for each in route.routes if each.matches(inner)[0] is Match.FULL)
        if match is Match.FULL:
            return route
    raise AssertionError(f"There is no route for {method} {path}.")


TWO_WORDS = ("user", "import", "rules", "filter", "privacy", "export", "mail", "outbox", "webhook", "replica")


def _tour_of_the_commands(site: Settings) -> None:
    """Run every command that opens the database, with every option."""
    page = Path(__file__).parent / "importing" / "pages" / "comment_list.html"
    used: set[str] = set()

    def run(line: str, *more: str, typed: str = "", exit: tuple[int, ...] = (0,)) -> str:
        words = [*line.split(), *more]
        used.add(" ".join(words[: 2 if words[0] in TWO_WORDS else 1]))
        done = CliRunner(catch_exceptions=False).invoke(main, ["--site", str(site.root), *words], input=typed)
        assert done.exit_code in exit, (words, done.output)
        return done.stdout

    run("new", "A draft")
    factories.write_post(site.root, "another")
    run("publish")
    for status in moderation.LISTED:
        for more in ("", f" --post {SLUG}"):
            for limit in (" --limit 3", " --limit 0", " --count"):
                for words in SEARCHES:
                    run(f"queue --status {status}{more}{limit} --search", words)
    for decision in Decision:
        run(f"{decision} 5 6 7 --reason x")
    run("queue --sort score")
    run("why 5")
    run("move 9 --parent 8 --reason x")
    run(f"move 9 --post {SLUG}")
    run("edit 9 - --author Somebody --url https://somebody.example --reason x", typed="Other words.")
    run("note 9", "Known to us.")
    run("lock 9")
    run("unlock 9")
    for kind in bans.KINDS:
        run(f"ban 9 --by {kind} --trash --reason x")
        run(f"ban 9 --by {kind} --lift")
    run("trust 9 --until 2126-01-01")
    run("trust 9 --lift")
    run("senders")
    run("filter rebuild")
    run("learn", "-", typed='{"text": "Free money.", "label": "spam"}\n')
    run("score", "-", typed='{"text": "Free money."}\n', exit=(0, 1))
    run("undo")
    run("undo 1", exit=(0, 1))
    run("log --limit 200")
    for narrowed in ("--who ana", "--kind decisions", "--source web", f"--post {SLUG}"):
        run(f"log {narrowed}")
    for more in ("", " --state draft", " --state scheduled", " --state published", " --state withdrawn", " --json"):
        run(f"posts{more}")
    run("preview another.md")
    run("versions another")
    run("versions another --show 1", exit=(0, 1))
    run("versions another --restore 1", exit=(0, 1))
    run(f"export static {site.root / 'copy'}")
    for name in ("wordpress", "disqus", "jsonl"):
        run(f"export {name} {site.root / name}")
    run(f"import jsonl {site.root / 'jsonl'} --dry-run")
    run("user set ana --notify hourly --quiet 22:00-07:00")
    for command in ("mail test a@example.org", "mail queue", "mail retry", "mail receive"):
        run(command, exit=(1,))
    run("outbox release")
    for command in ("promote", "replica status", "replica config", "replica check"):
        run(command, exit=(1,))
    run(f"replica restore {site.root / 'restored'}", exit=(1,))
    run(f"replica difference {site.database} {site.root / 'missing'}", exit=(1,))
    run("settings")
    run("rules replay --setting comment_max_links=1")
    run("settings comment_order asc")
    run(f"close {SLUG} --replies-only")
    run(f"open {SLUG}")
    run(f"follow {SLUG}")
    run("close --site")
    run("open --site")
    run("import page", str(page), "--dry-run")
    run("import page", str(page))
    run("import page", str(page))
    run("undo")
    for name, path in exports.write_all(site.root.parent / "exports").items():
        run(f"import {name}", str(path), "--dry-run")
        run(f"import {name}", str(path))
    run("user token ana Phone")
    for line in ("user add eva --password-stdin", "user password eva --password-stdin"):
        run(line, typed=f"{PASSWORD}\n")
    run("user list")
    run("user remove eva")
    run("webhook add", "https://1.1.1.1/")
    run("webhook test", "1")
    run("webhook remove", "1")
    run("mentions")
    run("privacy export reader7@example.org")
    run("privacy erase reader7@example.org --keep-text --yes")
    run("privacy erase reader8@example.org --yes")
    run("check")
    run("check --repair")
    run("backup", str(site.root / "copy.db"))
    run("restore-backup", str(site.root / "copy.db"), "--force", exit=(0, 1))  # the test itself has it open
    _as_an_agent(site)
    _at_the_start_of_serve(site)
    assert _commands(load()) - used == {"serve", "init", "mcp"}


def _as_an_agent(site: Settings) -> None:
    """Use every tool of `blog mcp`."""
    tools = Tools(site, "Helper", lambda: factories.NOON)
    for words in SEARCHES:
        tools.search(words)
    tools.queue(post=SLUG, below=20)
    number = tools.queue("approved")["comments"][0]["id"]
    tools.why(number)
    tools.undo(tools.decide([number], "spam")["batch"])
    tools.close(SLUG)
    tools.open(SLUG)
    tools.score("Cheap watches")


def _at_the_start_of_serve(site: Settings) -> None:
    db = store.connect(site.database)
    publishing.publish(db, site, by=by())
    with store.transaction(db):
        moderation.purge(db, policy.load(db), at="2027-01-01T00:00:00.000Z")
        assert moderation.forget_machines(db, policy.load(db), at="2027-01-01T00:00:00.000Z") > 0
        accounts.offer_setup(db)
    db.conn.close()


def _commands(group: click.Group, before: str = "") -> set[str]:
    found: set[str] = set()
    for name, command in group.commands.items():
        found |= _commands(command, f"{name} ") if isinstance(command, click.Group) else {before + name}
    return found
