"""The importer of a real Isso, from PyPI in an environment of its own, takes the XML of Disqus that we export."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlite_utils import Database

from blog.exporting import disqus
from blog.settings import Settings
from tests.exporting import leaving_site

pytestmark = pytest.mark.slow
ISSO = "isso==0.14.0"


@pytest.fixture(scope="module")
def isso(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("isso")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", ISSO]
    subprocess.run(pip, check=True, timeout=600)
    return folder / "bin" / "isso"


def test_isso_takes_every_approved_comment_with_its_parent(
    isso: Path, site: Settings, db: Database, tmp_path: Path
) -> None:
    leaving_site.fill(site, db)
    disqus.export(site, tmp_path / "disqus.xml", at=leaving_site.LATER, base="https://ours.example")
    config = tmp_path / "isso.cfg"
    config.write_text(f"[general]\ndbpath = {tmp_path / 'isso.db'}\nhost = https://ours.example\n", "utf-8")
    words = [isso, "-c", config, "import", "-t", "disqus", "--empty-id", tmp_path / "disqus.xml"]
    done = subprocess.run(
        words, input="y\n", capture_output=True, text=True, timeout=120, env=os.environ | {"TZ": "UTC"}
    )
    assert done.returncode == 0, done.stderr
    there = sqlite3.connect(tmp_path / "isso.db")
    rows = there.execute(
        """
        select t.uri, substr(c.text, 1, 12), coalesce(substr(p.text, 1, 12), ''), c.mode,
          strftime('%Y-%m-%d %H:%M:%S', c.created, 'unixepoch')
        from comments c join threads t on t.id = c.tid left join comments p on p.id = c.parent order by c.id
        """
    ).fetchall()
    there.close()
    assert {row[:4] for row in rows} == {  # Isso has one level of replies, and forgets what was removed
        ("/size/", "<p>First ]]&", "", 1),
        ("/size/", "<p>The same ", "", 1),
        ("/size/", "<p>A reply.<", "<p>First ]]&", 1),
        ("/size/", "<p>Deeper.</", "<p>First ]]&", 1),
        ("/size/", "<p>Below it.", "<p>First ]]&", 1),
        ("/switched/", "<p>Elsewhere", "", 1),
    }
    assert ("/size/", "<p>A reply.<", "<p>First ]]&", 1, "2026-05-08 10:00:10") in rows
