"""A second machine takes over: what is lost is little and is listed, and the first one writes nothing into its epoch.

Real servers, a real Litestream and an S3 server (`make check-replica`). Credentials and addresses are of this machine.
"""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from blog.storage import store as stores
from tests.factories import SLUG
from tests.reliability.serving import LOST
from tests.replica import machines, pausing
from tests.replica.machines import KEYS, LEASE_SECONDS, Bucket, Machine, is_stopped, wait

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1_800),
    pytest.mark.skipif(not machines.LITESTREAM or not machines.MOTO, reason="needs litestream and moto_server"),
]
ROUNDS = int(os.environ.get("ROUNDS", "20"))
WRITERS = 4
LOAD_SECONDS = 3.0
MOST_LOST_SECONDS = 2.0


class Acknowledged(NamedTuple):
    id: int
    text: str
    at: float


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    with machines.bucket(tmp_path) as made:
        yield made


@pytest.fixture
def first(tmp_path: Path, store: Bucket) -> Iterator[Machine]:
    machine = Machine("oslo", tmp_path / "oslo", store)
    machine.make(first=True)
    yield machine
    machine.kill()


@pytest.fixture
def second(tmp_path: Path, store: Bucket) -> Iterator[Machine]:
    machine = Machine("bergen", tmp_path / "bergen", store)
    machine.make(first=False)
    yield machine
    machine.kill()


def texts(machine: Machine) -> set[str]:
    return _texts(machine.folder / "blog.db")


def _texts(path: Path) -> set[str]:
    db = stores.connect(path, readonly=True)
    try:
        return {row[0] for row in db.conn.execute("select text from comments")}
    finally:
        db.conn.close()


def _write(machine: Machine, name: str, told: list[Acknowledged], stop: threading.Event) -> None:
    """Send comments one after the other, and note what the server says that it has."""
    assert machine.server is not None
    number = 0
    while not stop.is_set():
        number += 1
        text = f"{name} writes for the {number}th time."
        try:
            answer = machine.server.comment(text, hash(name) % 1_000, Accept="application/json")
        except LOST:
            return
        if answer.status == 202:
            told.append(Acknowledged(json.loads(answer.text)["id"], text, time.monotonic()))


def test_little_is_lost_when_machines_die_under_load(tmp_path: Path, store: Bucket) -> None:
    """Each round: load, kill -9 of server and Litestream, promotion of the next machine, and what is missing there."""
    lost: list[dict[str, Any]] = []
    machine = Machine("machine-0", tmp_path / "machine-0", store)
    machine.make(first=True)
    try:
        for number in range(1, ROUNDS + 1):
            machine.serve()
            machine.ship()
            told: list[Acknowledged] = []
            stop = threading.Event()
            writers = [
                threading.Thread(target=_write, args=(machine, f"{number}-{n}", told, stop)) for n in range(WRITERS)
            ]
            for each in writers:
                each.start()
            time.sleep(LOAD_SECONDS)
            died = time.monotonic()
            machine.kill()
            stop.set()
            for each in writers:
                each.join()
            following = Machine(f"machine-{number}", tmp_path / f"machine-{number}", store)
            following.make(first=False)
            assert f"epoch {number + 1}" in following.promote()
            missing = [each for each in told if each.text not in texts(following)]
            window = died - min((each.at for each in missing), default=died)
            lost.append({"round": number, "told": len(told), "lost": len(missing), "window": round(window, 2)})
            print(lost[-1], f"the last: {missing[-1].text}" if missing else "")
            machine = following
            assert len(told) > 20
            assert window <= MOST_LOST_SECONDS, lost
        assert "No problems found" in machine.run("check")
    finally:
        machine.kill()
        print(json.dumps(lost))


@pytest.mark.parametrize("point", pausing.POINTS)
def test_a_paused_machine_puts_nothing_into_the_new_epoch(
    first: Machine, second: Machine, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """Its worker stops in the midst of a comment, and its Litestream too; the other takes over; then both go on."""
    monkeypatch.setenv("PAUSE_AT", point)
    first.serve(program="tests.replica.pausing")
    first.ship()
    assert first.server is not None
    assert first.server.comment("Before.", 1).status == 303
    time.sleep(2)
    worker = first.processes()[-1]
    assert first.litestream is not None
    first.litestream.send_signal(signal.SIGSTOP)
    (first.folder / "pause").touch()
    answers: list[Any] = []
    sending = threading.Thread(target=lambda: answers.append(first.server.comment("Late.", 2)))  # type: ignore[union-attr]
    sending.start()
    wait(lambda: is_stopped(worker), 10, "the pause")
    second.promote()
    second.serve()
    second.ship()
    assert second.server is not None
    assert second.server.comment("After.", 3).status == 303
    os.kill(worker, signal.SIGCONT)
    first.litestream.send_signal(signal.SIGCONT)
    sending.join()
    answer = answers[0]
    acknowledged = point == pausing.POINTS[-1]  # the last point, which nothing can close
    assert answer.status == (303 if acknowledged else 503)
    assert acknowledged or "Late." in answer.text
    began = time.monotonic()
    refused = first.server.comment("Later still.", 4)
    assert (refused.status, "Later still." in refused.text) == (503, True)
    assert "another one may be saving" in first.server.get(f"/{SLUG}/")[1]
    assert time.monotonic() - began < LEASE_SECONDS
    time.sleep(3)  # both have shipped what they have
    assert ("Late." in texts(first)) == (point != pausing.POINTS[0])
    restored = second.folder / "restored.db"
    second.run("replica", "restore", str(restored))
    assert texts(second) == _texts(restored) == {"Before.", "After."}
    wait(lambda: first.server.get("/readyz")[0] == 503, 10, "that it was superseded")  # type: ignore[union-attr]
    assert first.server.get(f"/{SLUG}/")[0] == 200
