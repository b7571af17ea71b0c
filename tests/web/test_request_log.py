"""With `BLOG_LOG=json`: a line for each request, and an id that stands in the log and on the error page."""

import json
import logging
import re
from collections.abc import Iterator

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.app import create_app
from blog.cli import priorities
from blog.cli.json_log import JsonFormatter
from blog.settings import Settings
from tests.factories import SLUG, post


class Lines(logging.Handler):
    """What is logged, as the server writes it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.said: list[dict[str, object]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(json.loads(self.format(record)))


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    monkeypatch.setenv("BLOG_LOG", "json")
    handler, log = Lines(), logging.getLogger("blog")
    log.addHandler(handler)
    logging.getLogger("blog.requests").setLevel(logging.INFO)
    yield handler
    log.removeHandler(handler)
    logging.getLogger("blog.requests").setLevel(logging.NOTSET)


@pytest.fixture
def logged(lines: Lines, site: Settings, db: Database) -> Iterator[TestClient]:
    post(db)
    with TestClient(create_app(site), raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


def test_each_request_has_a_line_without_what_its_sender_typed(logged: TestClient, lines: Lines) -> None:
    logged.get(f"/{SLUG}/?q=secret")
    logged.get(f"/{SLUG}/")
    logged.get("/mail/secret/")
    logged.get("/admin/waiting/secret")
    requests = [line for line in lines.said if line["logger"] == "blog.requests"]
    assert [(line["path"], line["status"], line["cached"]) for line in requests[:2]] == [
        (f"/{SLUG}/", 200, False),
        (f"/{SLUG}/", 200, True),
    ]
    assert len({line["request"] for line in requests}) == 4
    assert "secret" not in json.dumps(lines.said)


def test_the_id_in_the_log_stands_on_the_error_page(
    logged: TestClient, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = logged.get("/nothing/")
    assert missing.headers["x-request-id"] == lines.said[-1]["request"]
    assert f"Request {lines.said[-1]['request']}" in missing.text
    refused = logged.post(f"/{SLUG}/comments", headers={"Accept": "application/json"})
    assert refused.json()["request"] == lines.said[-1]["request"]

    monkeypatch.setattr("blog.web.files.version", lambda: 1 / 0)
    broken = logged.get("/readyz")
    found = [line for line in lines.said if "ZeroDivisionError" in str(line.get("error"))]
    assert broken.status_code == 500
    assert [line["request"] for line in found] == re.findall(r"as error (\w+)", broken.text)


def test_without_the_variable_nothing_is_different(client: TestClient) -> None:
    answer = client.get("/nothing/")
    assert "x-request-id" not in answer.headers
    assert "Request " not in answer.text
    assert "blog.requests" not in priorities.logging_config()["loggers"]


def test_the_server_logs_json_when_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOG_LOG", "json")
    config = priorities.logging_config()
    assert config["formatters"]["plain"] == {"()": "blog.cli.json_log.JsonFormatter"}
    assert config["loggers"]["blog.requests"] == {"level": "INFO"}
