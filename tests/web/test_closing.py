"""What readers see of a closing, and what becomes of what they were typing."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import closing, comments, posts, settings
from blog.app import create_app
from blog.comments import Stamp
from blog.errors import Closed
from blog.journal.events import on_comment
from blog.rules import policy
from blog.settings import Settings
from blog.storage import store
from blog.web.admin.access import OWN_POSTS_ONLY
from tests import factories
from tests.conftest import PASSWORD
from tests.factories import NOON, SLUG, by, decide, send, status, submit

JSON = {"accept": "application/json"}


def change(db: Database, **values: str) -> None:
    with store.transaction(db):
        policy.change(db, values, by=by())


def close(db: Database, slug: str | None = SLUG, *, at: str = NOON, **more: Any) -> None:
    with store.transaction(db):
        closing.close(db, slug, by=by(at), **more)


def closing_lines(page: str) -> str:
    """Return the words that stand where the form would be."""
    block = page.partition('<div class="closing">')[2].partition("</section>")[0].partition("<form")[0]
    return _words(block)


def _words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", re.sub(r"</?em>", "", html)).split())


# What the page says


def test_the_line_since_when_stands_before_the_note(client: TestClient, db: Database) -> None:
    close(db, at="2026-05-11T10:00:00.000Z", note="Thanks to *all*.")
    page = client.get(f"/{SLUG}/").text
    parts = ('<p class="no-comments">Comments are closed.</p>', "Closed on 11 May 2026;", '<div class="closing-note"')
    assert [page.index(part) for part in parts] == sorted(page.index(part) for part in parts)
    assert "<p>Thanks to <em>all</em>.</p>" in page


@pytest.mark.parametrize(
    ("file", "switch", "said"),
    [
        ({}, {"until": "2999-06-01T00:00:00.000Z"}, "It opens again on 1 June 2999."),
        ({}, {"until": "2999-06-01T09:30:00.000Z"}, "It opens again on 1 June 2999, 09:30."),
        ({"comments": "moderated"}, {"until": "2999-06-01T00:00:00.000Z"}, "It opens again on 1 June 2999."),
        (
            {"comments": "replies-only"},
            {"until": "2999-06-01T00:00:00.000Z"},
            "Replies are welcome again from 1 June 2999 on.",
        ),
        ({"comments": "closed"}, {"until": "2999-06-01T00:00:00.000Z"}, ""),
        ({"close_after": 5}, {"until": "2999-06-01T00:00:00.000Z"}, ""),
        (
            {},
            {"mode": "replies-only", "until": "2999-06-01T00:00:00.000Z"},
            "New threads are welcome again from 1 June 2999 on.",
        ),
        (
            {"comments": "replies-only", "close_on": "2999-06-01T00:00:00.000Z"},
            None,
            "Replies are taken until 1 June 2999.",
        ),
        ({"comments": "replies-only"}, {"mode": "replies-only", "until": "2999-06-01T00:00:00.000Z"}, ""),
    ],
)
def test_the_page_says_until_when_and_what_comes_then(
    client: TestClient, db: Database, file: dict[str, Any], switch: dict[str, str] | None, said: str
) -> None:
    factories.post(db, "one", **file)
    decide(db, submit(db, slug="one", at="2026-05-02T00:00:00.000Z", n=2), "approve") if not file else None
    if switch is not None:
        close(db, "one", **switch)
    lines = closing_lines(client.get("/one/").text)
    ends = re.findall(r"(?:It opens|Replies are (?:welcome again|taken)|New threads are welcome again)[^.]*\.", lines)
    assert ends == ([said] if said else [])


def test_a_holiday_of_the_site_ends_for_each_post_in_its_own_state(client: TestClient, db: Database) -> None:
    factories.post(db, "winding", comments="replies-only")
    close(db, None, note="We are *away*.", until="2999-06-01T00:00:00.000Z")
    assert closing_lines(client.get(f"/{SLUG}/").text) == (
        "Comments are closed. Closed on 7 May 2026; it was open for 6 days. It opens again on 1 June 2999. We are away."
    )
    assert "Replies are welcome again from 1 June 2999 on." in client.get("/winding/").text


def test_a_closing_by_hand_of_what_was_too_old_does_not_make_it_younger(client: TestClient, db: Database) -> None:
    change(db, close_comments_for_old_posts="on", close_comments_days_old="3")
    close(db)
    assert "Closed on 4 May 2026; it was open for 3 days." in client.get(f"/{SLUG}/").text


@pytest.mark.parametrize("how", ["file", "default", "switch from the first day"])
def test_a_post_that_was_never_open_says_nothing_until_somebody_of_the_site_has_spoken(
    client: TestClient, db: Database, how: str
) -> None:
    factories.post(db, "quiet", comments="closed" if how == "file" else None)
    if how == "default":
        change(db, default_comment_status="closed")
    if how == "switch from the first day":
        close(db, "quiet", at="2026-05-01T00:00:00.000Z")
    page = client.get("/quiet/").text
    assert "omments are closed" not in page
    assert 'id="comments"' not in page
    assert "<span>closed</span>" not in client.get("/").text.partition('href="/quiet/"')[2].partition("</li>")[0]


def test_a_note_of_the_file_is_shown_whatever_rule_closed_it(client: TestClient, db: Database) -> None:
    factories.post(db, "one", close_after=3, closing_note="Write to *me*.")
    assert "<p>Write to <em>me</em>.</p>" in client.get("/one/").text
    close(db, "one", note="Mine.")
    page = client.get("/one/").text
    assert "<p>Mine.</p>" in page
    assert "Write to" not in page


# Winding down


def test_where_only_replies_are_taken_the_form_stands_under_the_comment(client: TestClient, db: Database) -> None:
    first, second = (submit(db, f"Thought {n}.", n) for n in (1, 2))
    decide(db, [first, second], "approve")
    close(db, mode="replies-only", note="Slowly.")
    page = client.get(f"/{SLUG}/").text
    assert 'id="comment-form"' not in page
    assert '<p class="limits">New threads are closed; replies are welcome.</p>' in page
    assert page.count("replytocom=") == 2
    page = client.get(f"/{SLUG}/?replytocom={first}").text
    places = ("Thought 1.", 'id="comment-form"', "Thought 2.", 'class="limits"')
    assert [page.index(place) for place in places] == sorted(page.index(place) for place in places)
    assert page.count('id="comment-form"') == 1


def test_where_nobody_has_spoken_no_replies_are_asked_for(client: TestClient, db: Database) -> None:
    close(db, mode="replies-only")
    assert '<p class="limits">New threads are closed.</p>' in client.get(f"/{SLUG}/").text


def test_a_reply_is_taken_and_a_new_thought_comes_back(client: TestClient, db: Database) -> None:
    first = submit(db)
    decide(db, first, "approve")
    change(db, comment_flood_seconds="0")
    form = client.get(f"/{SLUG}/").text
    stamp = re.search(r'name="stamp" value="([^"]+)"', form)
    assert stamp is not None
    close(db, mode="replies-only")
    sent = {"author": "Ana", "email": "ana@example.org", "stamp": stamp[1], "action": "post"}
    answer = client.post(f"/{SLUG}/comments", data={**sent, "comment": "New."}, follow_redirects=False)
    assert answer.status_code == 403
    assert "New threads are closed; replies are welcome. Your text is below, to copy." in answer.text
    reply = {**sent, "comment": "Reply.", "comment_parent": str(first)}
    wrong = client.post(f"/{SLUG}/comments", data={**reply, "email": "ana"}, follow_redirects=False)
    assert wrong.status_code == 422
    assert wrong.text.index('id="comment-form"') < wrong.text.index('class="limits"')
    assert client.post(f"/{SLUG}/comments", data=reply, follow_redirects=False).status_code == 303


@pytest.mark.parametrize(
    ("own", "of_site"), [("replies-only", "moderated"), ("moderated", "replies-only"), ("moderated", None)]
)
def test_replies_wait_while_post_or_site_is_moderated(
    client: TestClient, db: Database, own: str, of_site: str | None
) -> None:
    """The site's switch only makes it stricter: a moderated post with replies only still holds them."""
    change(db, comment_previously_approved="off")
    first = submit(db)
    assert status(db, first) == "approved"
    close(db, mode=own)
    if of_site:
        close(db, None, mode=of_site)
    reply = submit(db, "Reply.", 2, comment_parent=str(first))
    row = db.conn.execute("select status, rule from comments where id = ?", [reply]).fetchone()
    assert tuple(row) == ("pending", "discussion_moderated")
    assert "Your comment will be reviewed by a moderator." in client.get(f"/{SLUG}/?replytocom={first}").text


# Nothing typed is lost


@pytest.fixture
def with_contact(site: Settings, db: Database) -> Iterator[TestClient]:
    (site.root / "blog.toml").write_text('title = "Test"\nauthor = "Judith"\ncontact = "judith@example.org"\n', "utf-8")
    factories.post(db, title="Tea & time")
    with TestClient(create_app(settings.load(site.root, {})), base_url="http://127.0.0.1:8000") as opened:
        yield opened


def test_who_comes_too_late_gets_the_whole_text_and_a_way_to_the_author(with_contact: TestClient, db: Database) -> None:
    hidden = factories.form_on(with_contact, f"/{SLUG}/")
    close(db)
    text = "</textarea> & *all* of it,\n\n  to the last space "
    typed = {**hidden, "author": "Ana", "email": "ana@example.org", "comment": text}
    answer = with_contact.post(f"/{SLUG}/comments", data=typed, follow_redirects=False)
    assert answer.status_code == 403
    assert '<textarea id="kept" dir="auto" readonly rows="7">\n&lt;/textarea&gt; &amp; *all* of it,' in answer.text
    assert '<a href="mailto:judith@example.org?subject=Tea%20%26%20time">Write to <bdi>Judith</bdi> instead</a>' in (
        answer.text
    )
    told = with_contact.post(f"/{SLUG}/comments", data=typed, headers=JSON)
    assert (told.status_code, told.json()["comment"]) == (403, text)


def test_a_site_without_contact_offers_none(client: TestClient, db: Database) -> None:
    hidden = factories.form_on(client, f"/{SLUG}/")
    close(db)
    typed = {**hidden, "author": "Ana", "email": "ana@example.org", "comment": "Late."}
    assert "instead" not in client.post(f"/{SLUG}/comments", data=typed).text


OPENED, CLOSED_AT = "2026-05-03T23:00:00.000Z", "2026-05-04T00:00:00.000Z"


def late(db: Database, at: str, opened_at: str | None = OPENED, **more: Any) -> int:
    draft = comments.prepare(
        {"author": "Ana", "email": "ana@example.org", "comment": f"Late, at {at}."},
        factories.sender(3),
        stamp=Stamp(opened_at=opened_at),
    )
    with store.transaction(db):
        return comments.submit(db, SLUG, draft, at=at)["id"]


@pytest.mark.parametrize("cause", ["date", "age", "quiet"])
def test_a_form_opened_before_a_rule_closed_is_taken_for_some_minutes_and_marked(db: Database, cause: str) -> None:
    rules = {"date": {"close_on": CLOSED_AT}, "age": {"close_after": 3}, "quiet": {"close_quiet": 2}}
    factories.post(db, **rules[cause])
    decide(db, submit(db, at="2026-05-02T00:00:00.000Z"), "approve")
    change(db, comment_flood_seconds="0")
    taken = late(db, "2026-05-04T00:09:59.999Z")
    (event,) = on_comment(db, taken)
    assert event["reason"] == f"Sent from a form that was opened before the closing by {cause}."
    with pytest.raises(Closed):
        late(db, "2026-05-04T00:10:00.000Z")
    with pytest.raises(Closed):
        late(db, "2026-05-04T00:01:00.000Z", opened_at=None)
    assert on_comment(db, submit(db, n=5, at="2026-05-03T12:00:00.000Z"))[0]["reason"] == ""


def test_what_people_of_the_site_write_needs_no_grace(db: Database) -> None:
    factories.post(db, comments="moderated", close_on=CLOSED_AT)
    with store.transaction(db):
        ana = factories.account(db, "ana")
    who = factories.sender(3, account=ana, account_name="ana")
    draft = comments.prepare({"comment": "From the house."}, who, stamp=Stamp(opened_at=OPENED))
    with store.transaction(db):
        stored = comments.submit(db, SLUG, draft, at="2026-05-04T00:01:00.000Z")
    assert (stored["post"]["grace"], stored["post"]["held"]) == ("", False)
    assert on_comment(db, stored["id"])[0]["reason"] == ""


def test_a_person_closes_at_once(db: Database) -> None:
    factories.post(db)
    close(db, at=CLOSED_AT)
    with pytest.raises(Closed):
        late(db, "2026-05-04T00:00:00.001Z")


def test_what_is_taken_by_grace_waits_where_all_had_to_wait(db: Database) -> None:
    factories.post(db, comments="moderated", close_after=3)
    change(db, comment_previously_approved="off")
    assert status(db, late(db, "2026-05-04T00:01:00.000Z")) == "pending"


def test_the_history_on_the_desk_says_that_it_was_the_grace(moderator: TestClient, db: Database) -> None:
    factories.post(db, "one", close_on=CLOSED_AT)
    draft = comments.prepare(
        {"author": "Ana", "email": "ana@example.org", "comment": "Late."},
        factories.sender(3),
        stamp=Stamp(opened_at=OPENED),
    )
    with store.transaction(db):
        taken = comments.submit(db, "one", draft, at="2026-05-04T00:01:00.000Z")["id"]
    page = moderator.get(f"/admin/comments/{taken}").text
    assert "Received, pending: " in page
    assert " Sent from a form that was opened before the closing by date." in page


# Closing holds and hides nothing


def test_people_of_the_site_answer_in_a_closed_discussion_and_what_waits_is_approved(
    moderator: TestClient, client: TestClient, db: Database
) -> None:
    waiting = submit(db, "I waited.")
    close(db)
    decide(db, waiting, "approve")
    assert "I waited." in client.get(f"/{SLUG}/").text
    answer = send(moderator, text="An answer.", comment_parent=str(waiting))
    assert answer.status_code == 303
    page = client.get(f"/{SLUG}/").text
    assert "An answer." in page
    assert '<p class="no-comments">Comments are closed.</p>' in page
    assert posts.find(db, SLUG, at=NOON)["approved"] == 2


# The switch on the post's own page


def switch_on(page: str) -> str:
    return page.partition('id="switch"')[2].partition("</aside>")[0]


def test_who_moderates_sees_the_switch_on_the_posts_own_page_and_nobody_else(
    moderator: TestClient, client: TestClient, db: Database
) -> None:
    answer = moderator.get(f"/{SLUG}/")
    assert answer.headers["cache-control"] == "private, no-store"
    assert '<h2 id="switch-title">Open</h2>' in answer.text
    assert "By default." in switch_on(answer.text)
    assert "Readers do not see this box." in answer.text
    public = client.get(f"/{SLUG}/")
    assert "switch" not in public.text
    assert public.headers["cache-control"].startswith("public")


@pytest.mark.parametrize(("role", "sees"), [("author", False), ("moderator", True), ("editor", True), ("admin", True)])
def test_the_switch_is_shown_to_the_roles_that_may_use_it(
    client: TestClient, db: Database, role: str, sees: bool
) -> None:
    with store.transaction(db):
        factories.account(db, "tom", role=role)
    client.post("/admin/login", data={"username": "tom", "password": PASSWORD})
    assert bool(switch_on(client.get(f"/{SLUG}/").text)) is sees
    assert sees is (role not in OWN_POSTS_ONLY)


def test_an_author_sees_the_switch_of_an_own_post_alone(client: TestClient, db: Database) -> None:
    factories.post(db, "of-another", author="Eve")
    others = decide(db, submit(db), "approve")["batch"]
    with store.transaction(db):
        factories.account(db, "judith", role="author")
    client.post("/admin/login", data={"username": "judith", "password": PASSWORD})
    assert "Approved" not in switch_on(client.get(f"/{SLUG}/?did={others}").text)
    assert 'action="/admin/posts/a-post/closure"' in switch_on(client.get(f"/{SLUG}/").text)
    assert not switch_on(client.get("/of-another/").text)
    assert client.post("/admin/posts/of-another/closure", data={"mode": "closed"}).status_code == 403
    done = client.post(f"/admin/posts/{SLUG}/closure", data={"mode": "closed", "back": f"/{SLUG}/#switch"})
    assert "Closed the discussion of “A post”" in switch_on(done.text)
    refused = client.post(f"/admin/posts/{SLUG}/closure", data={"mode": "open", "until": "2001-01-01"})
    assert (refused.status_code, "Of another" in refused.text) == (422, False)
    assert 'value="2001-01-01"' in refused_form(refused.text, f"/admin/posts/{SLUG}/closure")
    assert SITE not in refused.text


def test_a_switch_on_the_own_page_leads_back_there_with_undo(
    moderator: TestClient, client: TestClient, db: Database
) -> None:
    back = f"/{SLUG}/#switch"
    form = {"mode": "closed", "note": "A *week*.", "until": "2999-06-01", "back": back}
    answer = moderator.post(f"/admin/posts/{SLUG}/closure", data=form, follow_redirects=False)
    assert answer.headers["location"] == f"/{SLUG}/?did=1#switch"
    page = moderator.get(f"/{SLUG}/?did=1").text
    assert "Closed the discussion of “A post” until 2999-06-01." in switch_on(page)
    assert 'action="/admin/batches/1/reversal"' in switch_on(page)
    assert 'name="until" type="date" value="2999-06-01"' in page
    assert "A *week*.</textarea>" in page
    assert "File and rules say: open by default." in page
    assert "It opens again on 1 June 2999." in client.get(f"/{SLUG}/").text
    answer = moderator.post("/admin/batches/1/reversal", data={"back": back}, follow_redirects=False)
    assert answer.headers["location"] == f"/{SLUG}/?did=1#switch"
    assert "Undone: the discussion of “A post” is as before." in moderator.get(f"/{SLUG}/?did=1").text
    assert 'id="comment-form"' in client.get(f"/{SLUG}/").text


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a\nb"])
def test_a_switch_never_leads_to_another_site(moderator: TestClient, back: str) -> None:
    answer = moderator.post(f"/admin/posts/{SLUG}/closure", data={"back": back}, follow_redirects=False)
    assert answer.headers["location"] == "/admin/posts?did=1"


def test_the_answer_in_json_has_state_and_cause(moderator: TestClient) -> None:
    said = moderator.post(f"/admin/posts/{SLUG}/closure", data={"mode": "moderated"}, headers=JSON).json()
    assert (said["batch"], said["state"], said["cause"]) == (1, "moderated", "switch")
    assert said["because"].startswith("by ana on ")
    said = moderator.post(f"/admin/posts/{SLUG}/closure", data={"mode": "follow"}, headers=JSON).json()
    assert (said["batch"], said["state"], said["because"]) == (2, "open", "by default")


# The list of posts


@pytest.fixture
def shelf(db: Database, moderator: TestClient) -> TestClient:
    """Five posts: open, moderated, replies-only, closed by age, and opened by hand in spite of it."""
    factories.post(db, "held", comments="moderated")
    factories.post(db, "winding", comments="replies-only")
    factories.post(db, "old", close_after=3)
    factories.post(db, "spared", close_after=3)
    with store.transaction(db):
        closing.open_again(db, "spared", by=by())
    return moderator


@pytest.mark.parametrize(
    ("state", "slugs"),
    [
        ("", {"a-post", "held", "winding", "old", "spared"}),
        ("open", {"a-post", "spared"}),
        ("moderated", {"held"}),
        ("replies-only", {"winding"}),
        ("closed", {"old"}),
        ("switched", {"spared"}),
        ("nonsense", {"a-post", "held", "winding", "old", "spared"}),
    ],
)
def test_the_list_of_posts_is_narrowed_to_a_state(shelf: TestClient, state: str, slugs: set[str]) -> None:
    page = shelf.get(f"/admin/posts?state={state}").text
    assert set(re.findall(r'form="many" name="slug" value="([^"]+)"', page)) == slugs
    states = page.partition('aria-label="Discussion"')[2].partition("</nav>")[0]
    counts = dict(re.findall(r">([A-Z][a-z ]+) <b>(\d+)</b></a>", states))
    assert counts == {"All": "5", "Open": "2", "Moderated": "1", "Replies only": "1", "Closed": "1", "By hand": "1"}


def test_the_list_tells_the_cause_in_words_and_what_is_overridden(shelf: TestClient) -> None:
    page = shelf.get("/admin/posts").text
    assert re.search(r"<span>by its own age rule: published [\d,]+ days ago, limit 3</span>", page)
    assert re.search(r"<span>File and rules say: closed by its own age rule: published [\d,]+ days ago", page)
    assert page.count(">Use file and rules<") == 1


def test_ticked_posts_are_switched_as_one_act_and_undone_as_one(shelf: TestClient, db: Database) -> None:
    before = {slug: (found.mode, found.cause) for slug, found, _ in closing.listed(db, at=NOON)}
    form = {"slug": ["a-post", "old", "spared"], "mode": "closed", "note": "Bye.", "back": "/admin/posts?state=open"}
    answer = shelf.post("/admin/posts/closures", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/admin/posts?state=open&did=2"
    now = {slug: found for slug, found, _ in closing.listed(db, at=NOON)}
    assert {slug for slug, found in now.items() if found.cause == "switch"} == {"a-post", "old", "spared"}
    assert {now[slug].note for slug in ("a-post", "old", "spared")} == {"Bye."}
    assert "Closed 3 discussions." in shelf.get(answer.headers["location"]).text
    shelf.post("/admin/batches/2/reversal")
    assert {slug: (found.mode, found.cause) for slug, found, _ in closing.listed(db, at=NOON)} == before


def test_all_of_a_list_are_switched_and_no_other(shelf: TestClient, db: Database) -> None:
    said = shelf.post("/admin/posts/closures", data={"all": "1", "state": "closed", "mode": "open"}, headers=JSON)
    assert said.json() == {"batch": 2}
    modes = {slug: found.mode for slug, found, _ in closing.listed(db, at=NOON)}
    assert modes == {"a-post": "open", "held": "moderated", "winding": "replies-only", "old": "open", "spared": "open"}
    shelf.post("/admin/posts/closures", data={"all": "1", "state": "switched", "mode": "follow"})
    assert not any(facts.switch for _, _, facts in closing.listed(db, at=NOON))


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"mode": "closed"}, 422),
        ({"mode": "ajar", "slug": "old"}, 422),
        ({"mode": "closed", "slug": ["old", "nope"]}, 404),
        ({"mode": "closed", "slug": "old", "until": "soon"}, 422),
        ({"mode": "closed", "all": "1", "state": "nonsense"}, 422),
    ],
)
def test_a_bad_switch_of_several_changes_nothing(
    shelf: TestClient, db: Database, form: dict[str, Any], code: int
) -> None:
    answer = shelf.post("/admin/posts/closures", data=form)
    assert answer.status_code == code
    assert db.conn.execute("select count(*) from batches").fetchone()[0] == 1


SITE, MANY = "/admin/closure", "/admin/posts/closures"


def refused_form(page: str, action: str) -> str:
    """Return a form of a page, with what is told by its side."""
    return unescape(page.partition(f'action="{action}"')[2].partition("</form>")[0])


@pytest.mark.parametrize(
    ("action", "form", "field", "sentence"),
    [
        (SITE, {"until": "2001-01-01"}, "until", "This day is over already."),
        (SITE, {"until": "tomorrow"}, "until", "Until is 'tomorrow'; write a day like 2026-06-01."),
        (SITE, {"mode": "open"}, "mode", "The site's switch is closed, replies-only or moderated;"),
        ("/admin/posts/old/closure", {"until": "2001-01-01"}, "until", "This day is over already."),
        ("/admin/posts/old/closure", {"until": "2026-02-31"}, "until", "Until is '2026-02-31';"),
        (
            "/admin/posts/old/closure",
            {"note": "<b>" + "x" * 2_000},
            "note",
            "The note has 2,003 characters; 2,000 fit.",
        ),
        (MANY, {"until": "2001-01-01", "slug": ["old"]}, "until", "This day is over already."),
        (MANY, {}, "slug", "No post is chosen. Tick the posts first."),
    ],
)
def test_a_refused_switch_comes_back_on_the_posts_page_as_it_was_typed(
    shelf: TestClient, action: str, form: dict[str, Any], field: str, sentence: str
) -> None:
    typed = {"mode": "replies-only", "note": "A *week*.", "until": "2999-06-01", "back": "/admin/?from=here", **form}
    answer = shelf.post(action, data=typed)
    assert answer.status_code == 422
    assert f"Not done. {sentence}" in unescape(answer.text)
    back = refused_form(answer.text, action)
    assert f'<span class="wrong" id="why-{field}-' in back
    assert sentence in back.partition(f'id="why-{field}-')[2].partition("</span>")[0]
    assert len(re.findall(r'aria-invalid="true" aria-describedby="[^"]+" autofocus', answer.text)) == 1
    assert f'value="{typed["until"]}"' in back
    assert f"\n{typed['note']}</textarea>" in back
    assert 'name="back" value="/admin/?from=here"' in back
    assert ('<option value="replies-only" selected>' in back) == ("mode" not in form)
    assert answer.text.count("<details open>") == action.startswith("/admin/posts/old")
    assert shelf.post(action, data=typed, headers=JSON).json()["errors"][field].startswith(sentence)


@pytest.mark.parametrize(("until", "kind"), [("2001-01-01", "date"), ("soon", "text"), ("2001-01-01T09:30", "text")])
def test_no_field_for_days_hides_what_was_typed_as_one(shelf: TestClient, until: str, kind: str) -> None:
    page = shelf.post(SITE, data={"until": until}).text
    assert f'type="{kind}" value="{until}"' in refused_form(page, SITE)
    assert 'type="date" value=""' in refused_form(page, MANY)


@pytest.mark.parametrize(("slugs", "code"), [(["old", "held"], 422), (["old", "nope"], 404)])
def test_the_ticks_of_a_refused_switch_stay_in_their_list(shelf: TestClient, slugs: list[str], code: int) -> None:
    form = {"slug": slugs, "mode": "open", "until": "soon" if code == 422 else "", "note": "Kept."}
    answer = shelf.post(MANY, data=form)
    assert answer.status_code == code
    ticked = re.findall(r'name="slug" value="([^"]+)" aria-label="[^"]+" checked', answer.text)
    assert set(ticked) == set(slugs) - {"nope"}
    assert "\nKept.</textarea>" in refused_form(answer.text, MANY)


def test_all_of_a_list_stays_ticked_in_that_list_alone(shelf: TestClient) -> None:
    form = {"all": "1", "until": "soon", "note": "Kept."}
    ticked = '<input type="checkbox" name="all" value="1" checked>'
    closed = shelf.post(MANY, data=form | {"state": "closed"}).text
    assert re.findall(r'form="many" name="slug" value="([^"]+)"', closed) == ["old"]
    assert ticked in refused_form(closed, MANY)
    assert ticked not in refused_form(shelf.post(MANY, data=form | {"state": "nonsense"}).text, MANY)
    shelf.post("/admin/posts/old/closure", data={"mode": "open"})
    emptied = shelf.post(MANY, data=form | {"state": "closed"}).text
    assert "No posts match." in emptied
    assert "\nKept.</textarea>" in refused_form(emptied, MANY)
