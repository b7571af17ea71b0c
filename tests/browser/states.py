"""Every page of the site in every state that has markup of its own: how to get there, for a browser."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from playwright.sync_api import Locator, Page, Response

from blog import closing, filter, moderation
from blog.journal import events
from blog.moderation import Selection
from blog.moderation import second_look as samples
from blog.notifications import links
from blog.notifications.links import Link, Purpose
from blog.storage import store
from tests import factories
from tests.browser import running
from tests.browser.running import ESSAY, WELCOME, Running
from tests.filter.learned import HAM, SPAM, feed, fit

Visit = Callable[[Page, Running], Response]
number = count(1)


@dataclass(frozen=True)
class State:
    """`who` must be looking: a reader, a moderator (signed in), or whoever comes to a site without an account."""

    name: str
    visit: Visit
    who: str = "reader"
    status: int = 200


# What a program on the own computer asks for.
PROGRAM = (
    "response_type=code&client_id=http://localhost:7881/&redirect_uri=http://localhost:7881/done&state=x"
    "&scope=create+draft+update+delete+undelete+media+profile"
)


def go(path: str) -> Visit:
    def visit(page: Page, site: Running) -> Response:
        answer = page.goto(f"{site.address}{path}")
        assert answer is not None
        return answer

    return visit


def press(page: Page, button: Locator) -> Response:
    """Send a form as it is, also what the browser itself would hold back; return the page that answers."""
    button.evaluate("(button) => { button.form.noValidate = true }")
    with page.expect_response(
        lambda answer: answer.request.is_navigation_request() and not 300 <= answer.status < 400
    ) as found:
        button.click()
    page.wait_for_load_state()
    return found.value


def write(page: Page, site: Running, text: str, *, action: str = "post", reply: int = 0, **fields: str) -> Response:
    page.goto(f"{site.address}/{WELCOME}/{f'?replytocom={reply}#comment-form' if reply else ''}")
    form = page.locator("#comment-form")
    for name, value in {"author": "Ida", "email": "ida@example.org", "comment": text, **fields}.items():
        form.locator(f"[name={name}]").fill(value)
    return press(page, form.locator(f"[name=action][value={action}]"))


def held(page: Page, site: Running) -> Response:
    return write(page, site, f"My first word here, number {next(number)}.")


def twice(page: Page, site: Running) -> Response:
    text = f"The same again, number {next(number)}."
    write(page, site, text)
    return write(page, site, text)


def preview(page: Page, site: Running) -> Response:
    text = "*Nearly* done:\n\n> quoted\n\n- one\n- two\n\n`code` and [words](https://example.org/where)"
    return write(page, site, text, action="preview", url="example.org")


def incomplete(page: Page, site: Running) -> Response:
    return write(page, site, "", author="", email="nobody", url="not an address")


def own(page: Page, site: Running) -> Response:
    """Write a comment, and look at the page of one's own comments."""
    held(page, site)
    return go("/your-comments/")(page, site)


def own_act(act: str) -> Visit:
    """Look at the page on which one changes or withdraws one's own comment."""

    def visit(page: Page, site: Running) -> Response:
        held(page, site)
        return go(f"/your-comments/{max(site.statuses())}/{act}")(page, site)

    return visit


def mailed(purpose: Purpose, status: str = "pending") -> Visit:
    """Look at the page of a link that was mailed to a moderator."""

    def visit(page: Page, site: Running) -> Response:
        number, revision = site.db.conn.execute(
            "select id, version from comments where status = ? order by id limit 1", [status]
        ).fetchone()
        details = f"[[{number}, {revision}]]"
        with store.transaction(site.db):
            link = Link(purpose, account=1, comment=number, revision=revision, details=details, address="a@b.example")
            token = links.make(site.db, link, at=running.now())
        return go(f"/mail/{token}/")(page, site)

    return visit


def reply(page: Page, site: Running) -> Response:
    return go(f"/{WELCOME}/?replytocom={public(site)}")(page, site)


def reply_to_nobody(page: Page, site: Running) -> Response:
    page.goto(f"{site.address}/{WELCOME}/?replytocom={public(site)}#comment-form")
    page.locator("[name=comment_parent]").evaluate("(field) => { field.value = '999999' }")
    for name, value in {"author": "Ida", "email": "ida@example.org", "comment": "To nobody."}.items():
        page.locator(f"#comment-form [name={name}]").fill(value)
    return press(page, page.locator("#comment-form .send"))


def refused(page: Page, site: Running) -> Response:
    """Send a form that was opened before the discussion was closed."""
    page.goto(f"{site.address}/{WELCOME}/")
    for name, value in {"author": "Ida", "email": "ida@example.org", "comment": "Too\n\nlate."}.items():
        page.locator(f"#comment-form [name={name}]").fill(value)
    with site.closed(WELCOME, note="We are *reading*."):
        return press(page, page.locator("#comment-form .send"))


def switched(slug: str | None, mode: str, path: str) -> Visit:
    """Look at a page while a discussion (or all: None) is switched."""

    def visit(page: Page, site: Running) -> Response:
        with site.closed(slug, mode, note="Until **Monday**."):
            return go(path)(page, site)

    return visit


def winding(page: Page, site: Running) -> Response:
    """Look at the form beneath a comment, where only replies are taken."""
    with site.closed(WELCOME, "replies-only", note="Slowly."):
        return reply(page, site)


def switched_here(page: Page, site: Running) -> Response:
    """Close from the post's own page, and look at what it then says, with everything opened."""
    page.goto(f"{site.address}/{WELCOME}/")
    answer = press(page, page.locator("#switch [name=mode][value=closed]"))
    page.locator("#switch summary").click()
    with store.transaction(site.db):
        closing.follow(site.db, WELCOME, by=running.by())
    return answer


def removed(page: Page, site: Running) -> Response:
    """Look at a thread whose first comment was taken away from above its replies."""
    batch = factories.decide(site.db, public(site), "trash", by=running.by())["batch"]
    answer = go(f"/{WELCOME}/")(page, site)
    factories.undo(site.db, batch, by=running.by())
    return answer


def wrong_password(page: Page, site: Running) -> Response:
    page.goto(f"{site.address}/admin/login")
    page.locator("[name=username]").fill("ana")
    page.locator("[name=password]").fill("not this one")
    return press(page, page.locator("[action='/admin/login'] button"))


def weak_password(page: Page, site: Running) -> Response:
    page.goto(site.setup)
    page.locator("[name=email]").fill("nobody")
    page.locator("[name=password]").fill("short")
    return press(page, page.locator("[action='/admin/setup'] button"))


def setup(page: Page, site: Running) -> Response:
    return go(site.setup.removeprefix(site.address))(page, site)


def one(status: str) -> Visit:
    """Look at the newest comment of a status on a page of its own."""

    def visit(page: Page, site: Running) -> Response:
        return go(f"/admin/comments/{newest(site, status)}")(page, site)

    return visit


def edited(page: Page, site: Running) -> Response:
    """Edit a comment that waits, and look at its page with the difference."""
    waiting = [each for each, status in site.statuses().items() if status == "pending"]
    page.goto(f"{site.address}/admin/comments/{waiting[next(number) % len(waiting)]}")
    page.locator("#edit summary").click()
    field = page.locator("#edit-text")
    field.fill(f"{field.input_value().partition(' ')[0]} and some other words.")
    page.locator("#edit-reason").fill("Its writer asked for it")
    answer = press(page, page.locator("#edit form button"))
    (batch,) = site.db.conn.execute("select max(id) from batches").fetchone()
    factories.undo(site.db, batch, by=running.by())
    return answer


def deleted(page: Page, site: Running) -> Response:
    chosen = newest(site, "spam")
    batch = factories.decide(site.db, chosen, "delete", by=running.by())["batch"]
    answer = go(f"/admin/comments/{chosen}")(page, site)
    factories.undo(site.db, batch, by=running.by())
    return answer


def just_done(page: Page, site: Running) -> Response:
    """Look at the queue with the answer to a decision, which has its Undo."""
    batch = factories.decide(site.db, newest(site, "pending"), "approve", by=running.by())["batch"]
    answer = go(f"/admin/comments?did={batch}")(page, site)
    factories.undo(site.db, batch, by=running.by())
    return answer


def conflict(page: Page, site: Running) -> Response:
    """Decide in the page's own form, without its script, on what was decided elsewhere meanwhile."""
    chosen = newest(site, "pending")
    page.goto(f"{site.address}/admin/comments/{chosen}")
    batch = factories.decide(site.db, chosen, "spam", by=running.by(), reason="sells carpets")["batch"]
    answer = press(page, page.locator("#decide [value=approve]"))
    factories.undo(site.db, batch, by=running.by())
    return answer


def not_undone(page: Page, site: Running) -> Response:
    """Ask in the log to undo what a later decision stands on."""
    chosen = newest(site, "pending")
    first, second = (
        factories.decide(site.db, chosen, decision, by=running.by())["batch"] for decision in ("approve", "spam")
    )
    page.goto(f"{site.address}/admin/log")
    answer = press(page, page.locator(f"#batch-{first} button"))
    for batch in (second, first):
        factories.undo(site.db, batch, by=running.by())
    return answer


def nothing_waits(page: Page, site: Running) -> Response:
    with store.transaction(site.db):
        batch = moderation.decide(
            site.db, Selection("pending"), moderation.Ruling(moderation.Decision.TRASH), by=running.by()
        )["batch"]
    answer = go("/admin/comments")(page, site)
    factories.undo(site.db, batch, by=running.by())
    return answer


def nothing_waits_overview(page: Page, site: Running) -> Response:
    with store.transaction(site.db):
        batch = moderation.decide(
            site.db, Selection("pending"), moderation.Ruling(moderation.Decision.TRASH), by=running.by()
        )["batch"]
    answer = go("/admin/")(page, site)
    factories.undo(site.db, batch, by=running.by())
    return answer


def selected(page: Page, site: Running) -> Response:
    answer = go("/admin/comments")(page, site)
    for box in page.get_by_role("checkbox").all()[1:3]:
        box.check()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")  # no row half behind the bar at the foot
    return answer


def palette(page: Page, site: Running) -> Response:
    answer = go("/admin/comments")(page, site)
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").get_by_role("option").first.wait_for()
    page.keyboard.type("comment_max_links")  # the name of a setting is the same in each language
    page.locator("[role=option]:only-of-type").wait_for()
    return answer


def keys(page: Page, site: Running) -> Response:
    """Show the list of keys over the queue."""
    answer = go("/admin/comments")(page, site)
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    return answer


def drawer_at_rest(page: Page, site: Running) -> Response:
    """Open the drawer of a comment that waits."""
    answer = go("/admin/comments")(page, site)
    page.locator(".queue > li").nth(1).locator(".acts > a").click()
    page.locator("#beside > #drawer").wait_for()
    return answer


def drawer(page: Page, site: Running) -> Response:
    """Open the drawer of a comment that waits, with what is folded in it."""
    answer = drawer_at_rest(page, site)
    page.locator("#beside #sender > summary").click()
    page.locator("#beside .why > summary").click()
    page.locator("#beside").evaluate("(drawer) => { drawer.querySelector('.in').scrollTop = 0 }")
    return answer


def asked_why(page: Page, site: Running) -> Response:
    """Decide by a key, and look at the reasons that are offered then."""
    answer = go("/admin/comments")(page, site)
    with page.expect_response("**/admin/decisions"):
        page.keyboard.press("s")
    page.locator("#reasons").wait_for()
    (batch,) = site.db.conn.execute("select max(id) from batches").fetchone()
    factories.undo(site.db, batch, by=running.by())
    return answer


def person(page: Page, site: Running) -> Response:
    return go(f"/admin/comments?status=pending&sender=reader:{newest(site, 'pending')}")(page, site)


def asked_to_undo(page: Page, site: Running) -> Response:
    """Look at the question before an old or a large act is undone."""
    (batch,) = site.db.conn.execute(
        "select max(id) from batches where kind = 'approve' and undone_by is null"
    ).fetchone()
    return go(f"/admin/batches/{batch}/reversal")(page, site)


def broken_post(page: Page, site: Running) -> Response:
    path = site.folder / "posts" / "broken.md"
    path.write_text("---\ntitle: Broken\ndate: soon\n---\n\nWords.\n", "utf-8")
    answer = go("/admin/posts")(page, site)
    path.unlink()
    return answer


def left_for_later(page: Page, site: Running) -> Response:
    page.goto(f"{site.address}/admin/comments")
    page.request.post(f"{site.address}/admin/comments/{newest(site, 'pending')}/later", form={"later": "1"})
    answer = go("/admin/comments?later=1")(page, site)
    page.request.post(f"{site.address}/admin/comments/{newest(site, 'pending')}/later", form={"later": "0"})
    return answer


def second_look(page: Page, site: Running) -> Response:
    """Look at a sample of what rules put aside, this week or just before."""
    with store.transaction(site.db):
        for days in (0, 7):
            samples.draw(site.db, at=events.earlier(running.now(), days=-days))
    return go("/admin/second-look")(page, site)


def with_feed(page: Page, site: Running) -> Response:
    page.goto(f"{site.address}/admin/")
    if not page.locator("#feed[open]").count():  # it is open where there is a feed
        page.locator("#feed summary").click()
    return press(page, page.locator("[action='/admin/waiting'] [name=on][value='1']"))


def settings_refused(page: Page, site: Running) -> Response:
    page.goto(f"{site.address}/admin/settings/discussion")
    page.locator("[name=comment_max_links]").fill("several")
    page.locator("[name=disallowed_keys]").fill("*")
    return press(page, page.locator("form.settings .save .first"))


def closing_refused(page: Page, site: Running) -> Response:
    """Close posts until a day that is over, which the page's own fields let through."""
    page.goto(f"{site.address}/admin/posts")
    page.locator("[form=many][name=slug]").first.check()
    page.locator("#until-many").fill("2001-01-01")
    page.locator("#note-many").fill("We are *reading*.")
    return press(page, page.locator("#many button"))


def untitled(page: Page, site: Running) -> Response:
    page.goto(f"{site.address}/admin/posts/new")
    return press(page, page.locator("form.fresh button"))


def _typing(page: Page, site: Running, name: str, text: str) -> Response:
    """Send the page's form without its script, which would keep what is typed."""
    page.goto(f"{site.address}/admin/posts/{ESSAY}/edit")
    page.locator(f"#{name}").evaluate("(field, text) => { field.value = text }", text)
    with page.expect_response(
        lambda answer: answer.request.method == "POST" and answer.request.is_navigation_request()
    ) as found:
        page.locator("#writing").evaluate("(form) => form.submit()")
    page.wait_for_load_state()
    return found.value


def not_a_date(page: Page, site: Running) -> Response:
    return _typing(page, site, "date", "next week")


def two_versions(page: Page, site: Running) -> Response:
    path = site.folder / "posts" / "welcome.md"
    before = path.read_text("utf-8")
    page.goto(f"{site.address}/admin/posts/{WELCOME}/edit")
    page.locator("#body").evaluate("(field) => { field.value = field.value.replace('a', 'the') }")
    path.write_text(f"{before}\nMore.\n", "utf-8")
    with page.expect_response(
        lambda answer: answer.request.method == "POST" and answer.request.is_navigation_request()
    ) as found:
        page.locator("#writing").evaluate("(form) => form.submit()")
    page.wait_for_load_state()
    path.write_text(before, "utf-8")
    page.request.post(f"{site.address}/admin/posts/{WELCOME}/edit", form={"action": "discard"})
    return found.value


def settings_tried(page: Page, site: Running) -> Response:
    page.goto(f"{site.address}/admin/settings/discussion")
    page.locator("[name=comment_max_links]").fill("1")
    page.locator("[name=disallowed_keys]").fill("margin")
    return press(page, page.locator("button[name=try]").last)


def filter_refused(page: Page, site: Running) -> Response:
    page.goto(f"{site.address}/admin/filter")
    page.locator("[name=filter_hold_at]").fill("12")
    return press(page, page.locator("form.settings .first"))


def learned(path: str) -> Visit:
    """Open a page of the desk after the filter has learned enough to score what waits."""

    def visit(page: Page, site: Running) -> Response:
        lines = [{"text": (SPAM if n % 2 else HAM).format(n=n), "label": "spam" if n % 2 else "ham"} for n in range(60)]
        with store.transaction(site.db):
            filter.learn(site.db, filter.read(map(json.dumps, lines)), by=factories.by())
        feed(site.db)
        fit(site.db, judge=True)
        with store.transaction(site.db):
            filter.rescore(site.db)
        return go(path)(page, site)

    return visit


def password_refused(page: Page, site: Running) -> Response:
    page.goto(f"{site.address}/admin/account")
    for name, value in {"again": running.PASSWORD, "password": "password1", "repeated": "password1"}.items():
        page.locator(f"[name={name}]").fill(value)
    return press(page, page.locator("[action='/admin/account/password'] button"))


def account_refused(page: Page, site: Running) -> Response:
    page.goto(f"{site.address}/admin/users")
    for name, value in {"username": "eve", "email": "nowhere", "password": "short"}.items():
        page.locator(f"[action='/admin/users'] [name={name}]").fill(value)
    answer = press(page, page.locator("[action='/admin/users'] button"))
    if answer.status != 403:  # the password was given within the last minute
        return answer
    page.locator("[name=again]").fill(running.PASSWORD)
    return press(page, page.locator("main form button.first"))


def session_ended(page: Page, site: Running) -> Response:
    """Send a note as from a page that stood open while its session ended."""
    page.goto(f"{site.address}/admin/login")
    page.evaluate(
        """() => {
          const form = document.createElement("form");
          form.method = "post";
          form.action = "/admin/comments/1/note";
          form.innerHTML = '<textarea name="note"></textarea><button>Note it</button>';
          form.elements.note.value = "Ask Judith, who knows the committee.";
          document.querySelector("main").append(form);
        }"""
    )
    return press(page, page.get_by_role("button", name="Note it"))


def kept(page: Page, site: Running) -> Response:
    session_ended(page, site)
    page.locator("[name=username]").fill("ana")
    page.locator("[name=password]").fill(running.PASSWORD)
    return press(page, page.locator("[action='/admin/login'] button"))


def report(page: Page, site: Running) -> Response:
    """Look at the report on a file that holds what is here already."""
    path = site.folder / "here.jsonl"
    path.unlink(missing_ok=True)
    site.command("export", "jsonl", str(path))
    page.goto(f"{site.address}/admin/import")
    page.locator("#file").set_input_files(path)
    page.locator("form.drop .first").click()
    page.locator("form.go-on").wait_for()
    answer = go("/admin/import")(page, site)
    page.request.post(f"{site.address}/admin/import/removal")
    return answer


def newest(site: Running, status: str) -> int:
    found = [each for each, now in site.statuses().items() if now == status]
    return max(found)


def public(site: Running) -> int:
    """Return the first comment of the welcome post, which has replies."""
    row = site.db.conn.execute(
        "select min(c.id) from comments c join posts p on p.id = c.post_id where p.slug = ? and c.status = 'approved'",
        [WELCOME],
    ).fetchone()
    return int(row[0])


STATES = (
    State("the home page", go("/")),
    State("the essay", go(f"/{ESSAY}/")),
    State("an open post with its thread and form", go(f"/{WELCOME}/")),
    State("the form as a reply", reply),
    State("a form with errors", incomplete, status=422),
    State("a reply to nobody", reply_to_nobody, status=422),
    State("a comment sent twice", twice, status=409),
    State("a preview", preview),
    State("an own comment that is held", held),
    State("a thread whose first comment was removed", removed),
    State("a form sent after the closing", refused, status=403),
    State("a discussion closed with a note", switched(WELCOME, "closed", f"/{WELCOME}/")),
    State("a discussion that takes replies only", switched(WELCOME, "replies-only", f"/{WELCOME}/")),
    State("the form beneath a comment, where only replies are taken", winding),
    State("a discussion where all is held", switched(WELCOME, "moderated", f"/{WELCOME}/")),
    State("the archive", go("/archive/")),
    State("the posts with a tag", go("/tags/about/")),
    State("what readers' searches find", go("/search?q=essay")),
    State("a reader's search that finds nothing", go("/search?q=zebra")),
    State("what is kept of readers", go("/privacy/")),
    State("one's own comments, when there are none", go("/your-comments/"), "first"),
    State("one's own comments", own),
    State("changing one's own comment", own_act("edit")),
    State("withdrawing one's own comment", own_act("withdraw")),
    State("a mailed link to approve a comment", mailed("approve")),
    State("a mailed link that came too late", mailed("spam", "approved"), status=409),
    State("all comments of a mail", mailed("digest")),
    State("all mails of an address", mailed("mails")),
    State("a new password", mailed("password")),
    State("an address with nothing at it", go("/nowhere/"), status=404),
    State("the first administrator", setup, "first"),
    State("the first administrator with errors", weak_password, "first", 422),
    State("a post without comments", go(f"/{WELCOME}/"), "first"),
    State("the login", go("/admin/login")),
    State("the login with a wrong password", wrong_password, status=401),
    State("the login after a session that ended", session_ended, status=401),
    State("what was sent after it ended", kept),
    State("a setup address that was used", go("/admin/setup?token=used"), status=403),
    State("the overview", go("/admin/"), "moderator"),
    State("the overview with a feed", with_feed, "moderator"),
    State("the second look", second_look, "moderator"),
    State("the overview when nothing waits", nothing_waits_overview, "moderator"),
    State("the queue", go("/admin/comments"), "moderator"),
    State("the queue after a decision", just_done, "moderator"),
    State("the queue with a selection", selected, "moderator"),
    State("the keys of the desk", keys, "moderator"),
    State("the keys as a page", go("/admin/keys"), "moderator"),
    State("the drawer beside the queue", drawer, "moderator"),
    State("the queue that asks for a reason", asked_why, "moderator"),
    State("what waits from one person", person, "moderator"),
    State("the people who write for the first time", go("/admin/people"), "moderator"),
    State("the question before an undo", asked_to_undo, "moderator"),
    State("the queue when nothing waits", nothing_waits, "moderator"),
    State("approved comments", go("/admin/comments?status=approved"), "moderator"),
    State("spam", go("/admin/comments?status=spam"), "moderator"),
    State("the trash", go("/admin/comments?status=trash"), "moderator"),
    State("all comments", go("/admin/comments?status=all"), "moderator"),
    State("a search", go("/admin/comments?status=pending&q=carpets"), "moderator"),
    State("a search that finds nothing", go("/admin/comments?status=pending&q=zebra"), "moderator"),
    State("a search in every status", go("/admin/comments?q=the"), "moderator"),
    State("a page to go to", go("/admin/go?q=comment"), "moderator"),
    State("a page to go to that is not there", go("/admin/go?q=zebra"), "moderator"),
    State("the dialog that finds pages", palette, "moderator"),
    State("the queue, one comment at a time", go("/admin/comments?zen=1"), "moderator"),
    State("what was left for later", left_for_later, "moderator"),
    State("the queue, narrowed", go("/admin/comments?author=noor&days=0&replied=1"), "moderator"),
    State("one comment that waits", one("pending"), "moderator"),
    State("one approved comment", one("approved"), "moderator"),
    State("one comment that was edited", edited, "moderator"),
    State("one deleted comment", deleted, "moderator"),
    State("a decision that came too late", conflict, "moderator", 409),
    State("an undo that is refused", not_undone, "moderator", 409),
    State("proposed changes", go("/admin/proposals"), "moderator"),
    State("the posts", go("/admin/posts"), "moderator"),
    State("the posts with a broken file", broken_post, "moderator"),
    State("the posts while the site is closed", switched(None, "closed", "/admin/posts"), "moderator"),
    State("the posts with a switch that is refused", closing_refused, "moderator", 422),
    State("a new post", go("/admin/posts/new"), "moderator"),
    State("a new post without a title", untitled, "moderator", 422),
    State("the page to write on", go(f"/admin/posts/{WELCOME}/edit"), "moderator"),
    State("the page to write on, with what is wrong", not_a_date, "moderator", 422),
    State("two versions of a post", two_versions, "moderator", 409),
    State("the log", go("/admin/log"), "moderator"),
    State("the log of one post", go(f"/admin/log?post={WELCOME}"), "moderator"),
    State("the log, narrowed to nothing", go("/admin/log?kind=imports&until=2001-01-01"), "moderator"),
    State("the mentions", go("/admin/mentions"), "moderator"),
    State("the webhooks", go("/admin/webhooks"), "moderator"),
    State("the site", go("/admin/settings/site"), "moderator"),
    State("the system", go("/admin/system"), "moderator"),
    State("a new page", go("/admin/posts/new?kind=page"), "moderator"),
    State("the settings", go("/admin/settings/discussion"), "moderator"),
    State("the settings, saved", go("/admin/settings/discussion?saved=1"), "moderator"),
    State("the settings, tried on the past", settings_tried, "moderator"),
    State("the settings with errors", settings_refused, "moderator", 422),
    State("the filter", go("/admin/filter"), "moderator"),
    State("the filter with errors", filter_refused, "moderator", 422),
    State("the filter that has learned", learned("/admin/filter"), "moderator"),
    State("the queue by score", learned("/admin/comments?sort=score"), "moderator"),
    State("the own account", go("/admin/account"), "moderator"),
    State("the own account with a password that is refused", password_refused, "moderator", 422),
    State("the password asked again", go("/admin/confirmation"), "moderator"),
    State("a program that asks to be connected", go(f"/indieauth/authorize?{PROGRAM}"), "moderator"),
    State("a program that cannot be connected", go("/indieauth/authorize"), "moderator", 400),
    State("bringing in another blog", go("/admin/import"), "moderator"),
    State("the report before an import", report, "moderator"),
    State("the users", go("/admin/users"), "moderator"),
    State("the users with errors", account_refused, "moderator", 422),
    State("a comment that is not there", go("/admin/comments/999999"), "moderator", 404),
    State("the signed-in moderator's own page of a post", go(f"/{WELCOME}/"), "moderator"),
    State("the switch on a post's own page after a closing", switched_here, "moderator"),
    State("the posts of one state", go("/admin/posts?state=closed"), "moderator"),
    State("the posts of a state that none has", go("/admin/posts?state=moderated"), "moderator"),
)
NAMES = [state.name for state in STATES]
