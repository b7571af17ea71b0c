"""Everywhere that a comment, a name, an email or an address comes out again."""

import json
from collections.abc import Iterator
from typing import Any

from click.testing import CliRunner
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import comments, moderation
from blog.cli import main
from blog.comments import Draft, notes
from blog.errors import Refused
from blog.moderation import Decision
from blog.rules import policy
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.factories import NOON, SLUG, by

JSON = {"accept": "application/json"}
FIELDS = ("author", "email", "url", "comment")


def drafted(text: str, n: int) -> tuple[Draft, list[str]]:
    """Put a text into all fields of a comment; return it without those that were refused, and their names."""
    plain = {
        "author": f"Reader {n}",
        "email": f"reader{n}@example.org",
        "url": "",
        "comment": f"A thought, number {n}.",
    }
    who = factories.sender(1, user_agent=text[:254], reader_hash=f"reader {n}")
    refused = list(comments.prepare(dict.fromkeys(FIELDS, text), who).errors)
    fields = {name: plain[name] if name in refused else text for name in FIELDS}
    return comments.prepare(fields, who), refused


def fill(db: Database, texts: list[str], slug: str = SLUG, at: str = NOON) -> dict[int, str]:
    """Store every text that any field takes as a comment that is approved; return id -> text, in one transaction."""
    stored = {}
    with store.transaction(db):
        policy.change(
            db, {"comment_flood_seconds": "0", "comment_network_limit": "0", "comments_per_page": "500"}, by=by()
        )
        for n, text in enumerate(texts, 1):
            draft, refused = drafted(text, n)
            if len(refused) == len(FIELDS):
                continue
            try:
                stored[comments.submit(db, slug, draft, at=at)["id"]] = text
            except Refused:
                continue
        moderation.decide(db, list(stored), moderation.Ruling(Decision.APPROVE), by=by())
    return stored


def public(client: TestClient, count: int) -> Iterator[tuple[str, str]]:
    """Return the pages that readers see, with the address of each."""
    paths = ["/", f"/{SLUG}/", *(f"/{SLUG}/comment-page-{page}/" for page in range(2, count // 500 + 2))]
    for path in [*paths, f"/{SLUG}/?replytocom=1", f"/{SLUG}/?replytocom={count}"]:
        answer = client.get(path)
        assert answer.status_code in (200, 404), path
        yield path, answer.text


def queue(moderator: TestClient, status: str = "all") -> Iterator[tuple[str, str]]:
    """Return all pages of the queue, with the address of each."""
    path = f"/admin/comments?status={status}"
    while path:
        page = moderator.get(path)
        assert page.status_code == 200
        yield path, page.text
        _, _, rest = page.text.partition('rel="next"')
        start = page.text.rpartition('rel="next"')[0].rpartition('href="')[2].partition('"')[0] if rest else ""
        path = start.replace("&amp;", "&") if rest else ""


def of_comment(moderator: TestClient, number: int) -> Iterator[tuple[str, str]]:
    """Return a comment's own page, with its edit, note, answer, and the JSON of acts upon it."""
    for path in (f"/admin/comments/{number}", f"/admin/comments?status=all&sender=email:{number}&zen=1"):
        page = moderator.get(path)
        assert page.status_code == 200, path
        yield path, page.text


def typed_again(client: TestClient, moderator: TestClient, text: str) -> Iterator[tuple[str, str]]:
    """Return the pages that show what somebody has just typed: refusals, previews, searches, logins."""
    wrong = dict.fromkeys(FIELDS, text) | {"comment_parent": text}
    for fields in (wrong, {**wrong, "action": "preview"}, {"comment": text, "author": "Ana", "email": text}):
        answer = client.post(f"/{SLUG}/comments", data=fields, follow_redirects=False)
        assert answer.status_code in (200, 303, 409, 413, 422, 429), text
        if answer.status_code != 303:
            yield "refusal", answer.text
    queries = [
        ("/admin/comments", name) for name in ("q", "post", "author", "domain", "rule", "sender", "status", "after")
    ]
    queries += [("/admin/log", name) for name in ("who", "kind", "post", "since", "before")]
    queries += [("/admin/login", "next"), ("/admin/setup", "token"), (f"/{SLUG}/", "replytocom"), ("/", "x")]
    for path, name in queries:
        answer = moderator.get(path, params={name: text}, follow_redirects=False)
        assert answer.status_code in (200, 303, 403, 404), (path, name, text)
        yield f"{path}?{name}=", answer.text
    for path, data in (
        ("/admin/login", {"username": text, "password": text, "next": text}),
        ("/admin/decisions", {"decision": text, "id": text}),
        ("/admin/settings/discussion", {"comment_max_links": text, "moderation_keys": text, "try": "1"}),
        ("/admin/users", {"username": text, "email": text, "password": "short", "role": text}),
    ):
        answer = moderator.post(path, data=data, follow_redirects=False)
        assert answer.status_code in (200, 303, 401, 404, 409, 422, 429), (path, text)
        if answer.status_code != 303:
            yield path, answer.text


def treated(db: Database, number: int, text: str) -> None:
    """Let a moderator write the same text: as an edit, a note, a reason."""
    with store.transaction(db):
        for act in (
            lambda: factories.edit(db, number, author=text, url=text, text=text, by=by()),
            lambda: factories.edit(db, number, author="Edited", url="", text=text, by=by(), reason=text[:500]),
            lambda: notes.add(db, number, text, by=by()),
            lambda: moderation.decide(db, [number], moderation.Ruling(Decision.UNAPPROVE, reason=text[:500]), by=by()),
            lambda: moderation.decide(db, [number], moderation.Ruling(Decision.APPROVE, reason=text[:500]), by=by()),
        ):
            try:
                act()
            except Refused:
                continue


def printed(site: Settings, *words: str) -> str:
    done = CliRunner(catch_exceptions=False).invoke(main, ["--site", str(site.root), *words])
    assert done.exit_code == 0, (words, done.output[-300:])
    return str(done.stdout)


def from_the_command_line(site: Settings) -> list[dict[str, Any]]:
    """Return what `blog queue --json` tells of all comments."""
    rows = json.loads(printed(site, "queue", "--status", "all", "--limit", "0", "--json"))
    assert isinstance(rows, list)
    return rows
