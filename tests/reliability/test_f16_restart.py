"""F16. A restart answers what is in flight: no connection is reset, and nothing acknowledged is lost."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.reliability.serving import Server, make_site, run
from tests.reliability.test_f06_locked import held


def test_f16_twenty_comments_in_flight_are_answered_when_the_server_is_told_to_end(tmp_path: Path) -> None:
    make_site(tmp_path)
    server = Server(tmp_path)
    try:
        holding = held(tmp_path / "blog.db", 4)  # so that they are all under way
        with ThreadPoolExecutor(20) as pool:
            sent = [pool.submit(server.comment, f"Words {n}.", n) for n in range(20)]
            time.sleep(2.5)
            began = time.monotonic()
            os.kill(server.process.pid, signal.SIGTERM)
            answers = [each.result() for each in sent]
        assert server.process.wait(20) == 0
        assert time.monotonic() - began < 15
        holding.join()
    finally:
        server.kill()
    assert {answer.status for answer in answers} == {303}
    assert run(tmp_path, "queue", "--count").stdout == "20\n"
