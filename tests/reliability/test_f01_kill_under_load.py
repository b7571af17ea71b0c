"""F1. kill -9 under load: whatever was acknowledged is there after the next start, and nothing is there by half."""

import json
import random
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from blog.upkeep import integrity
from tests.factories import SLUG
from tests.reliability.serving import (
    LOST,
    ROOT,
    Acknowledged,
    Batch,
    Comment,
    Server,
    decide,
    looking,
    make_site,
    sign_in,
    write,
)

CLIENTS = 8
STATUS = {"approve": "approved", "unapprove": "pending", "spam": "spam", "trash": "trash"}
START_SECONDS = 10.0  # two are promised; tests share their machine


def keep_writing(server: Server, done: Acknowledged, stamp: str, name: str, stop: threading.Event) -> None:
    connection = server.connection()
    with suppress(*LOST):
        for number in range(1, 100_000):
            done.comments.append(write(connection, stamp, name, number))
            if stop.is_set():
                break
    connection.close()


def keep_deciding(
    server: Server, done: Acknowledged, cookie: str, chance: random.Random, ids: list[int], stop: threading.Event
) -> None:
    """Decide on up to two hundred at once, and undo each fifth decision."""
    connection = server.connection()
    with suppress(*LOST):
        while not stop.is_set():
            known = [*ids, *(comment.id for comment in done.comments)]
            if not known:
                time.sleep(0.005)
                continue
            decision = chance.choice(list(STATUS))
            chosen = chance.sample(known, min(len(known), 200))
            said = decide(connection, cookie, "/admin/decisions", {"decision": decision, "id": chosen})
            if said["batch"]:
                done.batches.append(Batch(said["batch"], decision, said["moved"]))
            if said["batch"] and chance.random() < 0.2:
                said = decide(connection, cookie, f"/admin/batches/{said['batch']}/reversal", {})
                done.batches.append(Batch(said["batch"], "undo", said["moved"]))
    connection.close()


def kill_under_load(server: Server, cookie: str, stamp: str, chance: random.Random, ids: list[int]) -> Acknowledged:
    """Let all of them write and decide, kill the server in the midst of it, and return what it had acknowledged."""
    done, stop = Acknowledged(), threading.Event()
    tag = f"{chance.getrandbits(40):010x}"
    with ThreadPoolExecutor(CLIENTS + 1) as pool:
        running = [
            pool.submit(keep_writing, server, done, stamp, f"reader-{tag}-{client}", stop) for client in range(CLIENTS)
        ]
        running.append(pool.submit(keep_deciding, server, done, cookie, chance, ids, stop))
        deadline = time.monotonic() + 30
        while not (done.comments and done.batches) and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(chance.uniform(0.0, 0.25))
        server.kill()
        stop.set()
        for each in running:
            each.result(60)
    return done


def lost(db: Database, done: Acknowledged) -> list[Any]:
    """Return what was acknowledged and is not there as it was sent, or not whole."""
    wanted = json.dumps([comment.id for comment in done.comments])
    rows = db.conn.execute(
        "select id, author, email, text from comments where id in (select value from json_each(?))", [wanted]
    ).fetchall()
    stored = {Comment(*row) for row in rows}
    wanted = json.dumps([batch.id for batch in done.batches])
    rows = db.conn.execute(
        """
        select b.id, b.kind, count(e.id) from batches b left join events e on e.batch_id = b.id
        where b.id in (select value from json_each(?)) group by b.id
        """,
        [wanted],
    ).fetchall()
    whole = {Batch(*row) for row in rows}
    return [*(set(done.comments) - stored), *(set(done.batches) - whole)]


def amiss(db: Database) -> list[Any]:
    """Return what `blog check` finds, and batches that moved no comment or led one elsewhere than they say."""
    wrong = db.conn.execute(
        "select b.id, b.kind, e.after from batches b left join events e on e.batch_id = b.id where e.id is null or"
        " (b.kind <> 'undo' and e.after <> coalesce(json_extract(?, '$.' || b.kind), ''))",
        [json.dumps(STATUS)],
    ).fetchall()
    return [*integrity.check(db), *wrong]


@pytest.mark.parametrize("rounds", [4, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(3_000)])])
def test_a_killed_server_has_lost_nothing_that_it_acknowledged(
    tmp_path: Path, rounds: int, record_property: Any
) -> None:
    make_site(tmp_path)
    chance = random.Random(rounds)
    starts: list[float] = []
    comments: list[Comment] = []
    batches = 0
    server = Server(tmp_path)
    try:
        cookie = sign_in(server)
        found = re.search(r'name="stamp" value="([^"]+)"', server.get(f"/{SLUG}/")[1])
        assert found is not None
        for _ in range(rounds):
            done = kill_under_load(server, cookie, found[1], chance, [comment.id for comment in comments[-400:]])
            server = Server(tmp_path)
            starts.append(server.seconds)
            with looking(tmp_path) as db:
                assert lost(db, done) == []
                assert amiss(db) == []
            comments += done.comments
            batches += len(done.batches)
    finally:
        server.kill()
    with looking(tmp_path) as db:
        assert lost(db, Acknowledged(comments)) == []
    report(record_property, rounds, len(comments), batches, starts)
    assert len(comments) > rounds
    assert batches > rounds // 2
    assert max(starts) < START_SECONDS
    checked = [sys.executable, "-m", "blog", "--site", str(tmp_path), "check"]
    assert subprocess.run(checked, cwd=ROOT, capture_output=True, timeout=60).returncode == 0


def report(record_property: Any, kills: int, comments: int, batches: int, starts: list[float]) -> None:
    middle = sorted(starts)[len(starts) // 2]
    figures = {
        "kills": kills,
        "acknowledged comments": comments,
        "acknowledged batches": batches,
        "start, median s": round(middle, 2),
        "start, longest s": round(max(starts), 2),
    }
    for name, figure in figures.items():
        record_property(name, figure)
    print(figures)
