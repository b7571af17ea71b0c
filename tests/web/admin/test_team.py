"""Two moderators: who is here, what each is looking at, and shares of the queue."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.cli import load, main
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.factories import submit

load()
JSON = {"accept": "application/json"}


def browser(client: TestClient, db: Database, name: str, role: str) -> TestClient:
    other = TestClient(client.app, base_url="http://127.0.0.1:8000", client=("198.51.100.9", 50_000))
    with store.transaction(db):
        account = factories.account(db, name, role=role)
    factories.sign_in(other, db, account)
    return other


@pytest.fixture
def mia(client: TestClient, db: Database) -> Iterator[TestClient]:
    other = browser(client, db, "mia", "moderator")
    yield other
    other.close()


def meet(person: TestClient, comment: int = 0) -> dict[str, object]:
    return dict(person.post("/admin/presence", data={"comment": str(comment)}, headers=JSON).json())


def test_a_colleague_is_seen_on_the_comment_and_in_the_foot(moderator: TestClient, mia: TestClient) -> None:
    meet(mia, 7)
    seen = meet(moderator)
    assert seen["rows"] == {"7": "mia is looking at this"}
    assert "<b>mia is here</b>" in str(seen["team"])
    assert "mia is here" in moderator.get("/admin/comments").text
    assert "ana is here" in str(meet(mia, 8)["team"])
    assert meet(moderator)["rows"] == {"8": "mia is looking at this"}


def test_the_pages_say_who_is_looking_without_a_script(moderator: TestClient, mia: TestClient, db: Database) -> None:
    one, other = submit(db, "One.", 1), submit(db, "Other.", 2)
    mia.get(f"/admin/comments/{one}")
    page = moderator.get("/admin/comments").text
    assert page.count("mia is looking at this") == 1
    row = page[page.index(f'id="c-{one}"') :].partition("</li>")[0]
    assert '<span class="with">mia is looking at this</span>' in row
    assert f'<li id="c-{other}">' in page
    assert "mia is looking at this" in moderator.get(f"/admin/comments/{one}").text
    assert "looking at this" not in moderator.get(f"/admin/comments/{other}").text


def test_presence_leaves_database_and_pages_alone(moderator: TestClient, db: Database, site: Settings) -> None:
    moderator.get("/admin/comments")
    before = db.conn.execute("pragma data_version").fetchone()
    meet(moderator, 1)
    assert db.conn.execute("pragma data_version").fetchone() == before


def test_an_author_sees_only_who_is_on_own_posts(moderator: TestClient, client: TestClient, db: Database) -> None:
    factories.post(db, "of-ida", author="ida")
    own, other = submit(db, "Here.", 1, slug="of-ida"), submit(db, "There.", 2)
    ida = browser(client, db, "ida", "author")
    meet(moderator, other)
    assert meet(ida) == {"team": "", "rows": {}}
    meet(moderator, own)
    assert meet(ida)["rows"] == {str(own): "ana is looking at this"}
    ida.close()


def test_split_leads_each_to_a_share_and_the_shares_are_the_queue(
    moderator: TestClient, mia: TestClient, db: Database
) -> None:
    numbers = [submit(db, f"Number {n}.", n) for n in range(1, 8)]
    meet(mia)
    answer = moderator.post("/admin/presence/split", follow_redirects=False)
    assert answer.status_code == 303
    page = moderator.get(answer.headers["location"]).text
    team = str(meet(mia)["team"])
    assert "split by ana" in team
    theirs = mia.get(team.partition('href="')[2].partition('"')[0].replace("&amp;", "&")).text
    listed = [[n for n in numbers if f'id="c-{n}"' in each] for each in (page, theirs)]
    assert sorted(listed[0] + listed[1]) == numbers
    assert abs(len(listed[0]) - len(listed[1])) <= 1
    assert 'name="share" value="' in page


def test_a_split_without_others_is_the_whole_queue(moderator: TestClient, db: Database) -> None:
    submit(db, "Here.")
    assert 'id="c-1"' in moderator.post("/admin/presence/split").text
    assert moderator.get("/admin/comments?share=9of0").status_code == 200


def test_no_backup_holds_it(moderator: TestClient, site: Settings) -> None:
    meet(moderator, 1)
    assert (site.root / "blog.db.desk").exists()
    file = site.root / "copy.db"
    done = CliRunner().invoke(main, ["--site", str(site.root), "backup", str(file)])
    assert done.exit_code == 0, done.output
    copy = Database(str(file))
    names = [row[0] for row in copy.execute("select name from sqlar").fetchall()]
    assert "blog.toml" in names
    assert not [name for name in names if "desk" in name]
    assert "present" not in copy.table_names()
