"""C4. Nothing but SQLite opens the database's file: closing it elsewhere in the process would drop SQLite's locks."""

import subprocess
import sys
from pathlib import Path

from tests.reliability.serving import ROOT, environ, make_site

WATCHED = """
import sys
from pathlib import Path

opened = []

def heard(event, args):
    if event == "open" and isinstance(args[0], str) and Path(args[0]).name in ("blog.db", "blog.db-wal", "blog.db-shm"):
        opened.append(args[0])

sys.addaudithook(heard)
open(sys.argv[1] + "/blog.db", "rb").close()
assert len(opened) == 1, "the watch does not watch"
opened.clear()

from starlette.testclient import TestClient
from blog import settings
from blog.app import create_app

site = settings.load(Path(sys.argv[1]), {})
with TestClient(create_app(site), base_url="http://127.0.0.1:8000") as client:
    for path in ("/", "/a-post/", "/static/site.css", "/static/../blog.db", "/healthz", "/blog.db", "/privacy/"):
        client.get(path)
    client.post("/a-post/comments", data={"author": "Ana", "email": "ana@example.org", "comment": "Words."})
    client.post("/admin/login", data={"username": "ana", "password": "four plain words here"})
    for path in ("/admin/", "/admin/comments", "/admin/log"):
        client.get(path)
print(opened)
"""


def test_c4_the_server_opens_the_file_by_sqlite_alone(tmp_path: Path) -> None:
    make_site(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(tmp_path)], cwd=ROOT, env=environ(), capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
