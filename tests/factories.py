"""Small makers of things with defaults: a post, a sender, a comment, a form that was opened on its page."""

import re
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import comments, moderation, posts
from blog.comments import Draft, Sender, Stamp
from blog.journal import events
from blog.journal.events import Actor, NewEvent
from blog.moderation import Decision, Outcome, Ruling, UndoOutcome, edits
from blog.moderation.acts import ACTS
from blog.people import sessions
from blog.posts import PostFile, announced
from blog.storage import store
from blog.web import site as sites
from blog.web.middleware.security import SESSION_COOKIE

NOON = "2026-05-07T12:00:00.000Z"
SLUG = "a-post"
PASSWORD = "four plain words here"
# Its hash with the smallest parameters that argon2 has: making and checking it takes no time.
PASSWORD_HASH = "$argon2id$v=19$m=8,t=1,p=1$bykvUc569ATeSbe1K7MY5Q$Oqbz9NzySRpKO0JKjwR4zsYWCkhV9+dhaOmPctHjGww"


def by(at: str = NOON, account: int | None = None, source: str = "command") -> Actor:
    return Actor(at, account, source)


def post(db: Database, slug: str = SLUG, *, known: bool = True, **changes: Any) -> int:
    """Publish a post; return its id. Other sites are not told of it, as if they knew it."""
    values: dict[str, Any] = {
        "path": f"{slug}.md",
        "slug": slug,
        "title": slug.replace("-", " ").capitalize(),
        "body": "Words.",
        "author": "Judith",
        "published_at": "2026-05-01T00:00:00.000Z",
        "hash": slug,
        **changes,
    }
    with store.transaction(db):
        number = posts.publish(db, PostFile(**values))[1]
        if known:
            announced.mark(db, number, values["hash"])
        return number


def sender(n: int = 1, **changes: Any) -> Sender:
    """Return the n-th stranger: another network, browser and secret than all others."""
    values = {
        "ip": f"10.0.{n // 250}.{n % 250 + 1}",
        "user_agent": "a browser",
        "reader_hash": f"reader {n}",
        **changes,
    }
    return Sender(**{"network": values["ip"], **values})


def draft(
    text: str = "A thought.", n: int = 1, *, form: str = "valid", who: Sender | None = None, **fields: str
) -> Draft:
    """Return what the n-th stranger typed."""
    typed = {"author": f"Reader {n}", "email": f"reader{n}@example.org", "comment": text, **fields}
    return comments.prepare(typed, who or sender(n), stamp=Stamp(form))


def submit(db: Database, text: str = "A thought.", n: int = 1, *, slug: str = SLUG, at: str = NOON, **more: Any) -> int:
    """Send the n-th stranger's comment; return its id."""
    with store.transaction(db):
        return comments.submit(db, slug, draft(text, n, **more), at=at)["id"]


def decide(db: Database, ids: Any, decision: str, **more: Any) -> Outcome:
    chosen = [ids] if isinstance(ids, int) else ids
    with store.transaction(db):
        who = {"by": more.pop("by", None) or by(), "owner": more.pop("owner", "")}
        return moderation.decide(db, chosen, Ruling(Decision(decision), **more), **who)


def edit(db: Database, number: int, *, author: str, url: str, text: str, by: Actor, **more: str) -> int | None:
    return edits.revise(db, number, edits.prepare(author, url, text), by=by, **more)


def undo(db: Database, batch: int | None = None, **more: Any) -> UndoOutcome:
    with store.transaction(db):
        return moderation.undo(db, batch, ACTS, **{"by": by(), **more})


def crowd(db: Database, count: int) -> list[int]:
    """Store comments that wait on the first post, each of another reader, by one statement; return their ids."""
    with store.transaction(db):
        db.conn.execute(
            """
            with recursive n (i) as (select 1 union all select i + 1 from n where i < ?)
            insert into comments (id, post_id, status, author, email, url, text, text_html, text_hash, reader_hash, ip,
              network, user_agent, verdict, rule, created_at, source)
            select i, 1, 'pending', 'Writer ' || i, 'writer' || i || '@example.org', '', 'Words ' || i,
              '<p>Words ' || i || '</p>', 'h' || i, 'reader ' || i, '', '', '', 'hold', 'by_hand', ?, 'web' from n
            """,
            [count, NOON],
        )
        db.conn.execute(
            """
            insert into events (at, kind, comment_id, post_id, source, after)
            select created_at, 'submit', id, post_id, 'web', status from comments order by id
            """
        )
    return list(range(1, count + 1))


def status(db: Database, comment: int) -> str:
    return str(db.conn.execute("select status from comments where id = ?", [comment]).fetchone()[0])


def form_on(client: TestClient, path: str) -> dict[str, str]:
    """Open a page as a reader does; return the hidden fields of its comment form."""
    html = client.get(path).text
    form = html[html.index('id="comment-form"') :]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


def send(
    client: TestClient,
    slug: str = SLUG,
    *,
    text: str = "A thought.",
    headers: dict[str, str] | None = None,
    **fields: str,
) -> Any:
    """Fill in the form of a post and send it; redirects are not followed."""
    hidden = form_on(client, f"/{slug}/")
    typed = {"author": "Ana", "email": "ana@example.org", "url": "", "comment": text, "action": "post"}
    return client.post(f"/{slug}/comments", data=hidden | typed | fields, headers=headers, follow_redirects=False)


def account(db: Database, name: str = "ana", *, role: str = "admin", email: str = "", by: Actor | None = None) -> int:
    """Insert an account with PASSWORD, as `accounts.add` does but without its slow hash; return its id."""
    by = by or Actor(NOON, None, "command")
    row = db.conn.execute(
        "insert into accounts (name, email, role, password_hash, created_at) values (?, ?, ?, ?, ?) returning id",
        [name, email, role, PASSWORD_HASH, by.at],
    ).fetchone()
    events.record(db, NewEvent("account added", after=role, reason=name), by=by)
    return int(row[0])


def sign_in(client: Any, db: Database, account: int) -> None:
    """Begin a session of an account and give its cookie to a browser, without the login page."""
    with store.transaction(db):
        token = sessions.sign_in(db, account, ip="198.51.100.8", user_agent="a browser", by=Actor(sites.now(), account))
    client.cookies.set(SESSION_COOKIE, token, domain=client.base_url.host)


def write_post(folder: Path, slug: str = SLUG, *, front: str = "", body: str = "Words.", title: str = "A post") -> Path:
    """Write a post's file into a site's posts/."""
    path = folder / "posts" / f"{slug}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\ntitle: {title}\ndate: 2026-05-01\n{front}---\n\n{body}\n", "utf-8")
    return path


def set_clock(monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    """Make it this moment for the site's pages and for what is kept of them."""
    monkeypatch.setattr("blog.web.site.now", lambda: at)
    monkeypatch.setattr("blog.web.site.seconds", lambda: events.moment(at).timestamp())


def hidden_fields(page: str) -> dict[str, str]:
    """Return what the queue's form says of itself: its filter, and what its page has counted."""
    form = page[page.index('<div id="filter"') :].partition("</div>")[0]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
