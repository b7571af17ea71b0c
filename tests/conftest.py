"""What tests share: a migrated database that is copied for each, a site around it, clients of the real application."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import settings
from blog.app import create_app
from blog.people import passwords
from blog.settings import Settings
from blog.storage import store
from tests import factories

PASSWORD = factories.PASSWORD
TESTS = Path(__file__).parent
# The files that take longest, longest first. All processes then end at about the same time.
LONGEST = (
    "browser/test_every_page.py",
    "reliability/test_f02_kill_in_the_midst.py",
    "reliability/test_f18_health_check.py",
    "reliability/test_f01_kill_under_load.py",
    "attacks/test_server.py",
    "attacks/test_author_posts.py",
    "attacks/test_promises.py",
    "attacks/test_markup.py",
    "reliability/test_c6_two_names.py",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest files begin: where there are several processes, each runs whole files (`--dist loadfile`)."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    name = item.path.relative_to(TESTS).as_posix()
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


@pytest.fixture(scope="session", autouse=True)
def _quick_hashes() -> None:
    """Let argon2 work as little as it can: 0.2 seconds of a processor for each password would add up."""
    passwords.PARAMETERS.update(memory_cost=8, time_cost=1, parallelism=1)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that was migrated once; tests get copies of it."""
    path = tmp_path_factory.mktemp("migrated") / "blog.db"
    store.prepare(path)
    db = store.connect(path)
    db.conn.execute("pragma wal_checkpoint(truncate)")
    db.conn.close()
    return path


@pytest.fixture
def site(tmp_path: Path, migrated: Path) -> Settings:
    """A site of its own, with an empty database and no posts."""
    shutil.copyfile(migrated, tmp_path / "blog.db")
    (tmp_path / "posts").mkdir()
    (tmp_path / "blog.toml").write_text('title = "Test"\nauthor = "Judith"\n', "utf-8")
    return settings.load(tmp_path, {})


@pytest.fixture
def db(site: Settings) -> Iterator[Database]:
    """A connection to the site's database, as the command line has it."""
    opened = store.connect(site.database)
    yield opened
    opened.conn.close()


@pytest.fixture
def client(site: Settings, db: Database) -> Iterator[TestClient]:
    """A reader's browser (without cookies at first) in front of the application, with one open post."""
    factories.post(db)
    with TestClient(create_app(site), base_url="http://127.0.0.1:8000", client=("198.51.100.7", 50_000)) as opened:
        yield opened


@pytest.fixture
def moderator(client: TestClient, db: Database) -> Iterator[TestClient]:
    """A second browser on the same application, signed in as ana, administrator."""
    other = TestClient(client.app, base_url="http://127.0.0.1:8000", client=("198.51.100.8", 50_000))
    with store.transaction(db):
        ana = factories.account(db, "ana")
    factories.sign_in(other, db, ana)
    yield other
    other.close()
