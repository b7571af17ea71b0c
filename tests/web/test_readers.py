"""The reader's cookie: how a browser is known again."""

import hashlib
import re
import time

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.web import readers
from tests.factories import SLUG, send


def test_a_secret_is_the_moment_and_256_random_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_778_155_200_123_456_789)
    first, second = readers.new_secret(), readers.new_secret()
    assert first[:12] == second[:12] == f"{1_778_155_200_123:012x}"
    assert first[12:] != second[12:]
    assert {len(each) for each in (first, second)} == {12 + 43}


def test_what_is_stored_begins_with_the_moment_and_does_not_give_the_secret_away() -> None:
    secret = readers.new_secret()
    stored = readers.hash_of(secret)
    assert stored == secret[:12] + hashlib.sha256(secret.encode()).hexdigest()[:32]
    assert secret[12:] not in stored


def test_what_strangers_send_one_after_another_is_stored_in_that_order(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(1_778_155_200_000_000_000, 1_778_155_201_000_000_000, 1_000_000))
    monkeypatch.setattr(time, "time_ns", lambda: next(moments))
    hashes = [readers.hash_of(readers.new_secret()) for _ in range(250)]
    assert hashes == sorted(hashes)


@pytest.mark.parametrize(
    "secret",
    ["x" * 43, "x" * 20, "0123456789aB" + "x" * 43, "0123456789ab" + "x" * 42 + "é", "0123456789ab" + "x" * 44],
)
def test_a_secret_that_was_given_before_is_hashed_as_it_was(secret: str) -> None:
    assert readers.hash_of(secret) == hashlib.sha256(secret.encode()).hexdigest()


@pytest.mark.parametrize("secret", ["x" * 43, readers.new_secret()], ids=["of before", "of now"])
def test_a_browser_keeps_its_secret(client: TestClient, db: Database, secret: str) -> None:
    client.cookies.set("reader", secret)
    assert f"reader={secret};" in send(client).headers["set-cookie"]
    assert db.conn.execute("select reader_hash from comments").fetchone()[0] == readers.hash_of(secret)
    assert "awaiting moderation" in client.get(f"/{SLUG}/").text


@pytest.mark.parametrize(
    "secret",
    ['"aaaaaaaaaaaaaaaaaaaaaaaa\\015\\012X: y"', '"aaaaaaaaaaaaaaaaaaaaaaaa\\073 Domain=b"', "a" * 19, "a" * 101],
)
def test_a_secret_that_was_never_given_is_not_sent_back(client: TestClient, secret: str) -> None:
    answer = send(client, headers={"cookie": f"reader={secret}"})
    assert answer.status_code == 303
    assert re.fullmatch(
        r"reader=[\w-]{55}; HttpOnly; Max-Age=34560000; Path=/; SameSite=lax", answer.headers["set-cookie"]
    )
