"""A site as the one whose answers were recorded: the same people, posts, comments, tags and numbers."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import publishing, settings
from blog.app import create_app
from blog.people import tokens
from blog.people.tokens import NewToken
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.factories import by

LOCAL = ("127.0.0.1", 50_000)
PEOPLE = {"admin": "admin", "editor": "editor", "author": "author", "reader": "moderator"}
TAGS = {"uncategorized": "Uncategorized", "news": "News", "sea": "sea", "salt": "salt"}
FILES = {
    "posts/open-post.md": (
        "title: The open post & its “comments”\ndate: 2026-03-02 10:00:00\nsummary: A hand-written excerpt.\n"
        "author: admin\ntags: [News, salt, sea]\nimage: /static/images/harbour-ab.1200x800.webp\n",
        "First paragraph with *emphasis*.\n\nAfter the fold.",
    ),
    "posts/closed-post.md": (
        "title: The closed post\ndate: 2026-07-10 18:30:00\nauthor: author\ntags: [Uncategorized, salt]\n"
        "comments: closed\n",
        "Plain text, two lines.\nSecond line.\n\nSecond paragraph.",
    ),
    "posts/draft-post.md": (
        "title: The draft\ndate: 2026-08-01 10:00:00\nauthor: author\nstatus: draft\n",
        "Not finished.",
    ),
    "pages/about.md": ("title: About\ndate: 2026-02-01 12:00:00\nauthor: admin\n", "About us."),
}
COMMENTS = (
    (2, 5, None, "approved", "Ann", "ann@example.net", "https://ann.example.net/", "First! See my page."),
    (3, 5, 2, "approved", "Ben", "ben@example.net", "", "A reply to Ann."),
    (4, 5, 3, "pending", "Cat", "cat@example.net", "", "A reply to Ben."),
    (5, 5, None, "spam", "Dan", "dan@example.net", "", "Cheap watches."),
    (6, 5, 2, "trash", "Eve", "eve@example.net", "", "Thrown away."),
)


@pytest.fixture
def wordpress(tmp_path: Path, migrated: Path) -> Settings:
    """The folder of the site, with everything in it."""
    import shutil

    shutil.copyfile(migrated, tmp_path / "blog.db")
    (tmp_path / "blog.toml").write_text(
        'title = "Example Blog"\ntagline = "Just another example"\nurl = "https://blog.example.org"\n'
        'timezone = "Europe/Berlin"\n',
        "utf-8",
    )
    site = settings.load(tmp_path, {})
    db = store.connect(site.database)
    with store.transaction(db):
        for name, role in PEOPLE.items():
            factories.account(db, name, role=role, email=f"{name}@example.org")
        for slug, label in TAGS.items():
            db.conn.execute("insert into tags (slug, name) values (?, ?)", [slug, label])
        db.conn.execute("insert into sqlite_sequence (name, seq) values ('posts', 4), ('comments', 1), ('media', 3)")
        db.conn.execute(
            """
            insert into media (path, account_id, type, size, width, height, title, alt, caption, created_at)
            values ('../static/images/harbour-ab.1200x800.webp', 1, 'image/webp', 15689, 1200, 800, 'Harbour',
              'Blue water', 'The harbour at noon', '2026-03-01T08:00:00.000Z')
            """
        )
    for path, (front, body) in FILES.items():
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"---\n{front}---\n\n{body}\n", "utf-8")
        publishing.publish(db, site, [file], by=by())
    with store.transaction(db):
        for number, post, parent, status, author, email, url, text in COMMENTS:
            db.conn.execute(
                """
                insert into comments (id, post_id, parent_id, root_id, status, author, email, url, text, text_html,
                  text_hash, ip, network, user_agent, verdict, rule, created_at, source)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '192.0.2.1', '192.0.2.1', 'a browser', 'allow', '', ?, 'web')
                """,
                [
                    *(
                        number,
                        post,
                        parent,
                        2 if parent else None,
                        status,
                        author,
                        email,
                        url,
                        text,
                        f"<p>{text}</p>\n",
                    ),
                    *(f"hash {number}", f"2026-03-03T{7 + number:02}:00:00.000Z"),
                ],
            )
    db.conn.close()
    return site


@pytest.fixture
def served(wordpress: Settings) -> Iterator[TestClient]:
    """A program on the same machine, which may send passwords."""
    with TestClient(create_app(wordpress), base_url="https://blog.example.org", client=LOCAL) as opened:
        yield opened


class Programs(dict[str, dict[str, str]]):
    """The headers with which a program signs in for each account."""


@pytest.fixture
def programs(wordpress: Settings) -> Programs:
    db: Database = store.connect(wordpress.database)
    found = Programs()
    for number, name in enumerate(PEOPLE, start=1):
        with store.transaction(db):
            _, password = tokens.make(db, number, NewToken("seed"), by=by())
        found[name] = signed_in(name, password)
    db.conn.close()
    return found


def signed_in(name: str, password: str) -> dict[str, str]:
    """Return the header of Basic authentication."""
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}
