"""F15. An exception that nobody expected is a plain page, is in the log under the number on it, and ends nothing."""

import logging
import re

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.app import create_app
from blog.settings import Settings
from blog.web import posts
from tests import factories


def test_f15_a_broken_handler_shows_no_trace_and_the_next_request_works(
    site: Settings, db: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    factories.post(db)
    whole = posts.discussion.context

    def broken(*_: object, **__: object) -> object:
        raise ZeroDivisionError("secret words of the inside")

    app = create_app(site)
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        monkeypatch.setattr(posts.discussion, "context", broken)
        with caplog.at_level(logging.ERROR, logger="blog"):
            answers = [client.get("/a-post/"), client.get("/a-post/", headers={"accept": "application/json"})]
        for answer in answers:
            assert answer.status_code == 500
            assert not re.search(r"Traceback|ZeroDivision|secret words|\.py\b", answer.text)
            number = re.search(r"error ([0-9a-f]{8})", answer.text)
            assert number is not None
            record = next(each for each in caplog.records if number[1] in each.getMessage())
            assert record.exc_info is not None
            assert "secret words" in str(record.exc_info[1])
        monkeypatch.setattr(posts.discussion, "context", whole)
        assert client.get("/a-post/").status_code == 200


def test_f15_an_address_with_a_line_in_it_writes_no_line_into_the_log(
    site: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> object:
        raise ZeroDivisionError

    with TestClient(create_app(site), base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        monkeypatch.setattr(posts.discussion, "context", broken)
        monkeypatch.setattr(posts.page_view, "load", broken)
        with caplog.at_level(logging.ERROR, logger="blog"):
            client.get("/a%0aNothing%20can%20be%20saved/")
    assert all("\n" not in record.getMessage() for record in caplog.records)
    assert any("Nothing can be saved" in record.getMessage() for record in caplog.records)
