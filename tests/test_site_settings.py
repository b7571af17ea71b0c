"""Title, tagline and look are written into blog.toml, and nothing else of the file changes."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from blog import settings, site_settings
from blog.errors import Invalid, Unusable
from blog.settings import Settings
from blog.site_settings import Overtaken, Unwritable
from tests.factories import by

WRITTEN = """# The lamp-room. Ask Eva before you change this.
title = "Test"   # as on the letterhead
author = 'Judith'

timezone = "Europe/Berlin"

[metrics]
listen = "127.0.0.1:9187" # for the tower
"""


@pytest.fixture
def root(site: Settings) -> Path:
    (site.root / "blog.toml").write_text(WRITTEN, "utf-8")
    return site.root


def change(db: Database, root: Path, seen: dict[str, str] | None = None, **typed: str) -> list[str]:
    seen = site_settings.read(root, {}).values if seen is None else seen
    return site_settings.change(db, root, typed, seen, by=by())


def versions(db: Database) -> int:
    return int(db.conn.execute("select version from site").fetchone()[0])


def test_only_the_lines_of_these_keys_change(db: Database, root: Path) -> None:
    assert change(db, root, title='The “Lamp” \\ "Room"', tagline="A   light.", accent="#0b6b4f") == [
        "title",
        "tagline",
        "accent",
    ]
    text = (root / "blog.toml").read_text("utf-8")
    for line in WRITTEN.splitlines():
        assert line in text or line.startswith("title")
    assert "# as on the letterhead" in text
    read = settings.load(root, {})
    assert (read.title, read.tagline, read.accent) == ('The “Lamp” \\ "Room"', "A light.", "#0b6b4f")
    assert read.metrics is not None
    assert read.timezone == "Europe/Berlin"


def test_a_change_is_in_the_journal_and_makes_all_pages_anew(db: Database, root: Path) -> None:
    before = versions(db)
    change(db, root, title="Lamps")
    assert versions(db) == before + 1
    (row,) = site_settings.changes(db)
    assert (row["name"], row["before"], row["after"]) == ("title", "Test", "Lamps")
    assert change(db, root, title="Lamps") == []
    assert (versions(db), len(site_settings.changes(db))) == (before + 1, 1)


def test_what_the_form_showed_and_nobody_typed_stays_as_the_file_has_it_by_now(db: Database, root: Path) -> None:
    seen = site_settings.read(root, {}).values
    change(db, root, tagline="By somebody else.")
    assert change(db, root, seen, title="Lamps", tagline=seen["tagline"]) == ["title"]
    assert settings.load(root, {}).tagline == "By somebody else."


def test_what_two_typed_differently_is_a_conflict_and_nothing_is_written(db: Database, root: Path) -> None:
    seen = site_settings.read(root, {}).values
    change(db, root, title="Theirs")
    before = (root / "blog.toml").read_bytes()
    with pytest.raises(Overtaken) as told:
        change(db, root, seen, title="Mine", accent="#0b6b4f")
    assert (told.value.names, told.value.values["title"]) == (["title"], "Theirs")
    assert (root / "blog.toml").read_bytes() == before
    assert change(db, root, seen, title="Theirs") == []


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("title", "  ", "A site has a title. Write one."),
        ("title", "x" * 201, "At most 200 characters; this has 201."),
        ("tagline", "x" * 301, "At most 300 characters; this has 301."),
        ("accent", "red", "accent is 'red'; write a colour like '#0b6b4f'."),
        ("accent", "#eeeeee", "too light to read on the pages"),
        ("typeface", "comic", "typeface is 'comic'; write 'serif' or 'sans'."),
    ],
)
def test_a_value_with_which_the_program_would_not_start_is_refused_beside_its_field(
    db: Database, root: Path, name: str, value: str, sentence: str
) -> None:
    with pytest.raises(Invalid) as told:
        change(db, root, **{name: value})
    assert sentence in told.value.errors[name]
    assert (root / "blog.toml").read_text("utf-8") == WRITTEN


def test_a_file_with_an_error_is_left_alone(db: Database, root: Path) -> None:
    (root / "blog.toml").write_text("title = \n", "utf-8")
    with pytest.raises(Unusable):
        change(db, root, {"title": "Test"}, title="Lamps")
    assert (root / "blog.toml").read_text("utf-8") == "title = \n"


def test_a_site_without_the_file_gets_one(db: Database, root: Path) -> None:
    (root / "blog.toml").unlink()
    assert change(db, root, title="Lamps") == ["title"]
    assert settings.load(root, {}).title == "Lamps"


def test_a_link_and_the_permissions_stay(db: Database, root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("etc") / "site.toml"
    elsewhere.write_text(WRITTEN, "utf-8")
    elsewhere.chmod(0o600)
    (root / "blog.toml").unlink()
    (root / "blog.toml").symlink_to(elsewhere)
    change(db, root, title="Lamps")
    assert (root / "blog.toml").is_symlink()
    assert elsewhere.stat().st_mode & 0o777 == 0o600
    assert settings.load(root, {}).title == "Lamps"


def test_a_file_that_cannot_be_written_is_said_with_its_name_and_nothing_is_noted(
    db: Database, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    before = versions(db)
    with pytest.raises(Unwritable, match=r"blog\.toml cannot be written \(No space left on device\)"):
        change(db, root, title="Lamps")
    assert (versions(db), site_settings.changes(db)) == (before, [])


def test_a_variable_of_the_environment_hides_the_file(root: Path) -> None:
    file = site_settings.read(root, {"BLOG_TITLE": "From outside"})
    assert (file.values["title"], file.fixed) == ("Test", ("title",))
