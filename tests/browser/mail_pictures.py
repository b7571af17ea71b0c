"""Make the pictures of mails in docs/screenshots: `python -m tests.browser.mail_pictures`.

Each kind is written by the program, sent to a real mail server, and shown by Chromium in both colour schemes.
"""

import tempfile
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

from playwright.sync_api import sync_playwright

from blog import settings
from blog.journal import events
from blog.journal.events import NewEvent
from blog.moderation import edits, own_comments, proposals
from blog.moderation.own_comments import Owner
from blog.notifications import mail_queue, own_page, to_administrators
from blog.operation import known_problems
from blog.operation.problems import Problem
from blog.rules import policy
from blog.storage import store
from tests import factories
from tests.browser import running
from tests.browser.screenshots import FOLDER, SCHEMES, save
from tests.notifications.servers import smtp_server
from tests.notifications.world import World, html_of, with_mail

WIDTH, MOST_HEIGHT = 680, 1100
HERONS = "I counted nine herons below the bridge this morning. In ten years I never saw more than three."
KINDS = (
    *("waits", "digest", "confirm", "confirm-comment", "login", "public", "not-published", "accepted", "answered"),
    *("news", "invitation", "password", "changed", "condition"),
)


def letters(folder: Path, language: str = "en") -> dict[str, EmailMessage]:
    """Return each kind of mail by its name, as a site in a language sends it."""
    (folder / "posts").mkdir()
    site = settings.load(folder, {})
    store.prepare(site.database)
    db = store.connect(site.database)
    with smtp_server() as inbox:
        world = World(db, replace(with_mail(site, inbox), title="Afterword", language=language), inbox)
        factories.post(db, title="On the herons below the bridge")
        with store.transaction(db):
            policy.change(db, {"comment_flood_seconds": "0"}, by=factories.by())
        world.prepare()
        made = {**_to_readers(world), **_to_accounts(world)}
    db.conn.close()
    return {kind: made[kind] for kind in KINDS}


def _next(world: World) -> EmailMessage:
    """Let time pass; return the one mail that is sent then."""
    (message,) = world.later(hours=2)
    return message


def _to_readers(world: World) -> dict[str, EmailMessage]:
    who = {"author": "Jonas Weber"}
    world.comment("I ask.", 7, wish="replies")
    made = {"confirm": _next(world)}
    first = world.subscribe(1, wish="replies", text=HERONS)
    world.decide(first, "approve")
    made["public"] = _next(world)
    answer = world.comment("Eleven this evening, and two young ones.", 2, comment_parent=str(first), **who)
    world.decide(answer, "approve")
    made["answered"] = _next(world)
    own = own_comments.find(world.db, Owner(reader="reader 1"), first)
    with store.transaction(world.db):
        proposals.propose(world.db, own, edits.prepare("Reader 1", "", f"{HERONS} Twelve now."), at=world.at)
        found = proposals.find(world.db, first)
        draft = edits.prepare(found["author"], found["url"], found["text"])
        proposals.accept(world.db, first, draft, seen=found["at"], by=factories.by(world.at))
    made["accepted"] = _next(world)
    refused = world.comment("You are all blind.", 1, wish="replies")
    world.decide(refused, "unapprove")
    world.decide(refused, "trash", reason="Please say it without the insult; the point is welcome.", tell=True)
    made["not-published"] = _next(world)
    world.subscribe(4, wish="all")
    for n, words in ((5, "They come for the carp."), (6, "The lamp on the bridge is out again.")):
        world.decide(world.comment(words, n, author=f"{('Bea', 'Okafor')[n - 5]}"), "approve")
    made["news"] = _next(world)
    with store.transaction(world.db):
        own_page.ask(world.db, "reader1@example.org", "browser", "10.0.0.1", at=world.at)
    made["login"] = _next(world)
    with store.transaction(world.db):
        policy.change(world.db, {"require_confirmed_address": "on"}, by=factories.by())
    world.comment("Nobody reads this yet.", 8)
    made["confirm-comment"] = _next(world)
    with store.transaction(world.db):
        policy.change(world.db, {"require_confirmed_address": "off"}, by=factories.by())
    return made


def _to_accounts(world: World) -> dict[str, EmailMessage]:
    account = world.account("ana")
    world.prepare()
    world.comment("Look at http://b.example and http://c.example for cheap boats.", 9, author="Boats")
    made = {"waits": _next(world)}
    world.account("mia", notify="daily")
    world.db.conn.execute("update account_mail set notify = 'never' where account_id = ?", [account])
    for n, words in ((10, HERONS), (11, "Not so: those are cormorants."), (12, "Thank you for this.")):
        world.comment(words, n, author=("Bea", "Okafor", "Jonas Weber")[n - 10])
    (message,) = world.later(days=1)
    made["digest"] = message
    world.db.conn.execute("update account_mail set notify = 'never'")
    for kind, payload in (("invitation", {"account": account}), ("password", {"name": "ana"})):
        with store.transaction(world.db):
            mail_queue.enqueue(world.db, {"mail": kind, "to": "", **payload}, at=world.at)
        made[kind] = _next(world)
    with store.transaction(world.db):
        events.record(world.db, NewEvent("passkey added", reason="phone"), by=factories.by(world.at, account))
    made["changed"] = _next(world)
    return {**made, "condition": _of_the_server(world)}


def _of_the_server(world: World) -> EmailMessage:
    found = [
        Problem("disk", {"free": 310_000_000, "database": 1_400_000_000}),
        Problem("backup failed", {"at": world.at, "error": "/var/backups/blog/site.db: No space left on device."}),
    ]
    for _ in range(2):
        with store.transaction(world.db):
            known_problems.follow(world.db, found, at=world.at)
            to_administrators.tell(world.db, at=world.at)
        world.wait(minutes=10)
    return world.deliver()[0]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = running.chromium(playwright, "--font-render-hinting=none")
        for kind, message in letters(Path(folder)).items():
            for scheme in SCHEMES:
                page = browser.new_page(color_scheme=scheme, viewport={"width": WIDTH, "height": 300})
                page.set_content(html_of(message))
                height = min(page.evaluate("document.documentElement.scrollHeight"), MOST_HEIGHT)
                taken = page.screenshot(
                    full_page=True, clip={"x": 0, "y": 0, "width": WIDTH, "height": height}, animations="disabled"
                )
                save(taken, FOLDER / f"mail-{kind}-{scheme}.png")
                page.close()
        browser.close()


if __name__ == "__main__":
    main()
