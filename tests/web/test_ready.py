"""/readyz: whether a load balancer should send requests here."""

import os

from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import version
from blog.app import create_app
from blog.settings import Settings

READY = {"status": "ready", "role": "writer", "version": version(), "reasons": []}


def test_a_server_that_reads_and_writes_is_ready(client: TestClient) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json(), answer.headers["cache-control"]) == (200, READY, "no-store")


def test_a_copy_that_is_only_read_is_ready_to_be_read(site: Settings) -> None:
    with TestClient(create_app(site, read_only=True)) as client:
        assert client.get("/readyz").json() == {**READY, "role": "reader"}
        assert client.get("/healthz").status_code == 200


def test_a_database_that_was_taken_away_is_a_reason(client: TestClient, site: Settings) -> None:
    os.rename(site.database, site.root / "elsewhere.db")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "unready")
    assert len(answer.json()["reasons"]) == 1


def test_a_database_of_another_version_is_a_reason(client: TestClient, db: Database) -> None:
    db.conn.execute("update _sqlite_migrations set name = '0002_later'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "newer Afterword" in answer.json()["reasons"][0]
    db.conn.execute("delete from _sqlite_migrations")
    db.conn.execute("insert into _sqlite_migrations (migration_set, name, applied_at) values ('other', 'x', '2026')")
    assert client.get("/readyz").status_code == 503
