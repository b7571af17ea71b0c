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
# What one process runs as a whole: files that share a browser and the sites that it visits.
TOGETHER = {
    "browser/test_accessibility.py": "browser: the states of all pages",
    "browser/test_markup.py": "browser: the states of all pages",
    "browser/": "browser: the rest",
}
# The groups that take longest, longest first. All processes then end at about the same time.
LONGEST = (
    "browser: the states of all pages",
    "browser: the rest",
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
    """Let one process run a file, or the files of TOGETHER, when there are several processes; the longest begin."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group_of(item)))
    items.sort(key=lambda item: LONGEST.index(group) if (group := group_of(item)) in LONGEST else len(LONGEST))


def group_of(item: pytest.Item) -> str:
    name = item.path.relative_to(TESTS).as_posix()
    return next((group for beginning, group in TOGETHER.items() if name.startswith(beginning)), name)


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
