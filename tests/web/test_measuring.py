"""`/metrics`: what it counts, in which form, and that it names nobody."""

import http.client
import math
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import outbox, settings
from blog.app import create_app
from blog.errors import Unusable
from blog.jobs import Election
from blog.journal.events import stamp
from blog.measures import Listen, Measures
from blog.operation import records
from blog.settings import Settings
from blog.storage import store
from tests.factories import NOON, SLUG, decide, post, send, submit
from tests.notifications.world import after

LINE = re.compile(r'afterword_[a-z_]+(\{[a-z_]+="[^"\\\n]*"(,[a-z_]+="[^"\\\n]*")*\})? (\S+)')


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def measured(site: Settings, db: Database, port: int) -> Iterator[TestClient]:
    post(db, tags=("owls",))
    opened = create_app(replace(site, metrics=Listen("127.0.0.1", port)))
    with TestClient(opened, base_url="http://127.0.0.1:8000", follow_redirects=False) as client:
        yield client


def ask(port: int, path: str = "/metrics", method: str = "GET") -> tuple[int, str, str]:
    until = time.monotonic() + 30
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
        except ConnectionRefusedError:
            assert time.monotonic() < until
            time.sleep(0.02)
        finally:
            connection.close()


def numbers(port: int) -> dict[str, float]:
    """Return all numbers by name and labels; each line is as Prometheus wants it."""
    status, kind, text = ask(port)
    assert (status, kind, text[-1]) == (200, "text/plain; version=0.0.4; charset=utf-8", "\n")
    found: dict[str, float] = {}
    announced = set()
    for line in text.splitlines():
        if line.startswith("# "):
            announced.add(line.split()[2])
            continue
        match = LINE.fullmatch(line)
        assert match, line
        name = line.partition("{")[0].partition(" ")[0]
        assert name in announced or re.sub("_(bucket|sum|count)$", "", name) in announced, line
        key = line.rpartition(" ")[0].removeprefix("afterword_")
        assert key not in found, line
        found[key] = float(match[3])
    return found


def test_requests_are_counted_by_kind_and_status(measured: TestClient, db: Database, port: int) -> None:
    for path in (f"/{SLUG}/", f"/{SLUG}/", "/nothing/", "/feed.xml", "/admin/", "/healthz"):
        measured.get(path)
    send(measured)
    found = numbers(port)
    assert found['requests_total{kind="page",status="200"}'] == 3  # and the form was looked at
    assert found['requests_total{kind="page",status="404"}'] == 1
    assert found['requests_total{kind="feed",status="200"}'] == 1
    assert found['requests_total{kind="desk",status="303"}'] == 1
    assert found['requests_total{kind="other",status="200"}'] == 1
    assert found['requests_total{kind="comment",status="303"}'] == 1
    assert (found['page_cache_total{result="hit"}'], found['page_cache_total{result="miss"}']) == (2, 2)
    assert found["request_seconds_count"] == found['request_seconds_bucket{le="+Inf"}'] == 8
    buckets = [value for key, value in found.items() if key.startswith("request_seconds_bucket")]
    assert buckets == sorted(buckets)
    assert (found["workers"], found["database_readable"]) == (1, 1)


def test_the_queue_decisions_and_the_outbox_are_told(measured: TestClient, db: Database, port: int) -> None:
    numbers(port)
    first, _ = submit(db), submit(db, "Another", 2)
    assert numbers(port)["queue_length"] == 2
    decide(db, first, "approve")
    found = numbers(port)
    assert (found["queue_length"], found['comments{status="approved"}']) == (1, 1)
    assert found['decisions_total{decision="approve"}'] == 1
    assert found["queue_oldest_seconds"] > 3_600  # since 7 May
    assert found["database_bytes"] > 10_000
    assert found["disk_free_bytes"] > 0


def test_comments_are_counted_by_the_status_that_they_came_in_with(
    measured: TestClient, db: Database, port: int
) -> None:
    before = numbers(port)['comments_received_total{status="pending"}']
    decide(db, submit(db), "approve")
    found = numbers(port)
    assert found['comments_received_total{status="pending"}'] == before + 1
    assert found['comments_received_total{status="approved"}'] == 0


def test_a_message_is_late_from_its_first_try_on_and_no_digest_before_its_time(
    measured: TestClient, db: Database, port: int
) -> None:
    with store.transaction(db):
        for kind, due, tries in (("mail", timedelta(hours=8), 0), ("webhook", timedelta(minutes=30), 3)):
            at = stamp(datetime.now(UTC) - timedelta(days=1))
            outbox.enqueue(db, kind, {}, batch=None, at=at, due_at=stamp(datetime.now(UTC) + due))  # type: ignore[arg-type]
            db.conn.execute("update outbox set tries = ? where kind = ?", [tries, kind])
    found = numbers(port)
    assert found['outbox_late_seconds{kind="mail"}'] == 0
    assert found['outbox_late_seconds{kind="webhook"}'] == pytest.approx(
        360, abs=30
    )  # 1, 5 and 30 minutes, less the last
    assert found['outbox_oldest_seconds{kind="mail"}'] == pytest.approx(86_400, abs=30)


def test_tries_to_send_are_counted_by_what_became_of_them(site: Settings, db: Database, port: int) -> None:
    now = stamp(datetime.now(UTC))
    with store.transaction(db):
        outbox.enqueue(db, "websub", {}, batch=None, at=now, due_at=now)
    hub = f"http://127.0.0.1:{port}/hub"  # where nothing takes it
    configured = replace(site, url="https://a.example", websub_hub=hub, metrics=Listen("127.0.0.1", port))
    with TestClient(create_app(configured)):
        until = time.monotonic() + 30
        while not (sent := {key for key in numbers(port) if key.startswith("deliveries_total")}):
            assert time.monotonic() < until
            time.sleep(0.1)
    assert [key for key in sent if 'kind="websub"' in key and 'result="sent"' not in key]


def test_the_last_backup_and_check_are_told_and_who_runs_the_jobs(
    measured: TestClient, site: Settings, db: Database, port: int
) -> None:
    found = numbers(port)
    assert (found["backup_age_seconds"], found["check_age_seconds"]) == (math.inf, math.inf)
    assert found["leader"] == 1
    records.note(site.database, "backup", at=NOON, good=True, facts={"size": 12_345})
    records.note(site.database, "check", at=after(NOON, hours=3), good=False, facts={"problems": 2})
    found = numbers(port)
    assert found["backup_bytes"] == 12_345
    assert found["backup_age_seconds"] == pytest.approx(found["check_age_seconds"] + 3 * 3_600, abs=30)
    assert found["check_problems"] == 2


def test_a_server_that_only_reads_tells_no_leader_and_no_backup(site: Settings, db: Database, port: int) -> None:
    with TestClient(create_app(replace(site, metrics=Listen("127.0.0.1", port)), read_only=True)):
        assert not {"leader", "backup_age_seconds"} & numbers(port).keys()


def test_while_another_process_holds_the_lock_of_the_jobs_nobody_leads(site: Settings, db: Database, port: int) -> None:
    held = Election(site.database)
    assert held.stand()
    with TestClient(create_app(replace(site, metrics=Listen("127.0.0.1", port)))):
        assert numbers(port)["leader"] == 0
    held.resign()


def test_nobody_and_nothing_is_named(measured: TestClient, db: Database, port: int) -> None:
    submit(db)
    measured.get(f"/{SLUG}/")
    text = ask(port)[2]
    assert not any(word in text for word in (SLUG, "owls", "Judith", "Reader", "example.org", "10.0."))


def test_only_metrics_is_answered_there_and_the_site_has_no_such_page(measured: TestClient, port: int) -> None:
    assert ask(port, "/")[0] == ask(port, "/metrics", "POST")[0] == 404
    assert measured.get("/metrics").status_code == 404


def test_another_worker_answers_when_the_first_one_ends(site: Settings, db: Database, port: int) -> None:
    configured = replace(site, metrics=Listen("127.0.0.1", port))
    with TestClient(create_app(configured)):
        assert ask(port)[0] == 200
    with TestClient(create_app(configured, read_only=True)):
        assert ask(port)[0] == 200


def test_without_the_table_nothing_is_measured(client: TestClient) -> None:
    assert client.app.state.site.measures is None  # type: ignore[attr-defined]


def test_rows_add_up() -> None:
    measures = Measures()
    measures.note_request("page", 200, 0.003)
    measures.note_request("page", 299, 60)
    assert measures.total("requests", "page", "200") == measures.total("requests", "page", "other") == 1
    assert measures.total("within", "0.005") == measures.total("within", "+Inf") == 1


@pytest.mark.parametrize(
    "table",
    ["metrics = 9187", "[metrics]", '[metrics]\nport = "x"', '[metrics]\nlisten = "9187"', '[metrics]\nlisten = "a:0"'],
)
def test_a_wrong_table_is_told_in_a_sentence(tmp_path: Path, table: str) -> None:
    (tmp_path / "blog.toml").write_text(f"{table}\n", "utf-8")
    with pytest.raises(Unusable, match=r"blog\.toml: (\[metrics\] has one line|listen is)"):
        settings.load(tmp_path, {})


def test_an_address_of_ipv6_is_understood(tmp_path: Path) -> None:
    (tmp_path / "blog.toml").write_text('[metrics]\nlisten = "[::1]:9187"\n', "utf-8")
    assert settings.load(tmp_path, {}).metrics == Listen("::1", 9187)
