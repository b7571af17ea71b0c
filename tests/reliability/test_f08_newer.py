"""F08. A database of a newer version is refused, and nothing in it is changed."""

import hashlib
from pathlib import Path

from blog.storage import store
from tests.reliability.serving import make_site, refusal


def test_f08_a_newer_database_is_refused_by_every_way_in_and_stays_as_it_is(tmp_path: Path) -> None:
    make_site(tmp_path)
    db = store.connect(tmp_path / "blog.db")
    db.conn.execute(
        "insert into _sqlite_migrations (migration_set, name, applied_at) values ('blog', '9999_future', '2030')"
    )
    db.conn.execute("pragma journal_mode = delete")
    db.conn.close()
    before = hashlib.sha256((tmp_path / "blog.db").read_bytes()).hexdigest()
    for words in (("serve", "--port", "8999"), ("queue",), ("check",), ("settings", "comment_max_links", "9")):
        said = refusal(tmp_path, *words)
        assert "was written by a newer Afterword (it has 9999_future)" in said
        assert hashlib.sha256((tmp_path / "blog.db").read_bytes()).hexdigest() == before
