"""C5. The file is renamed or unlinked while a server has it open: nothing is "saved" where nobody would find it."""

import os
from pathlib import Path

import pytest

from tests.factories import SLUG
from tests.reliability.serving import looking, make_site, run, running

AWAY = "The database was moved away or replaced while the site runs"


@pytest.mark.parametrize("name", ["blog.db", "blog.db-wal"])
def test_c5_what_would_go_into_a_file_without_a_name_is_refused_and_told(tmp_path: Path, name: str) -> None:
    make_site(tmp_path)
    with running(tmp_path) as server:
        if not (tmp_path / name).exists():
            pytest.skip("This SQLite keeps its database in DELETE mode, without such a file.")
        assert server.comment("Before.").status == 303
        os.rename(tmp_path / name, tmp_path / "away")
        for n in range(20):
            refused = server.comment(f"Meanwhile {n}.", n)
            assert refused.status == 503
            assert f"Meanwhile {n}." in refused.text
            assert AWAY in refused.text
            assert refused.headers["retry-after"]
        assert server.ask("/healthz").status == 503
        assert "Before." not in server.get(f"/{SLUG}/")[1]  # it waits
        assert server.get(f"/{SLUG}/")[0] == 200
        assert not (tmp_path / name).exists()
        assert server.printed().count("Nothing can be saved") == 1
        os.rename(tmp_path / "away", tmp_path / name)
        assert server.comment("After.", 2).status == 303
        assert server.ask("/healthz").status == 200
        assert "takes what is saved again" in server.printed()
    with looking(tmp_path) as db:
        found = [text for (text,) in db.conn.execute("select text from comments order by id").fetchall()]
    assert [text for text in found if not text.startswith("Meanwhile")] == ["Before.", "After."]
    assert run(tmp_path, "check").returncode == 0


def test_c5_another_database_in_its_place_is_not_taken_for_it(tmp_path: Path) -> None:
    make_site(tmp_path)
    assert run(tmp_path, "backup", tmp_path / "copy.db").returncode == 0
    with running(tmp_path) as server:
        os.replace(tmp_path / "copy.db", tmp_path / "blog.db")
        refused = server.comment("Lost?")
        assert refused.status == 503
        assert AWAY in refused.text
        assert server.get(f"/{SLUG}/")[0] == 200


def test_c5_a_worker_that_starts_anew_makes_no_empty_database(tmp_path: Path) -> None:
    make_site(tmp_path)
    os.rename(tmp_path / "blog.db", tmp_path / "away.db")
    code = "from blog.storage.store import connect; from pathlib import Path; import sys; connect(Path(sys.argv[1]))"
    done = _python(code, tmp_path / "blog.db")
    assert "cannot be opened" in done
    assert not (tmp_path / "blog.db").exists()


def _python(code: str, *words: object) -> str:
    import subprocess
    import sys

    from tests.reliability.serving import ROOT, environ

    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], cwd=ROOT, env=environ(), capture_output=True, text=True
    )
    assert done.returncode != 0
    return done.stderr
