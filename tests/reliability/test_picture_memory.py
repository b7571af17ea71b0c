"""Pictures that are uploaded together need no more memory than one, and all of them are taken."""

import http.client
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.factories import SLUG
from tests.reliability.serving import Server, make_site, multipart, running, sign_in

UNIT_LIMIT = 600 << 20  # MemoryMax of the unit in docs/production.md
MEBIBYTE = 1 << 20
TOGETHER = 4

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Memory is measured in /proc.")


def _photo(size: tuple[int, int], kind: str, **options: object) -> bytes:
    tile = Image.effect_noise((512, 512), 60).convert("RGB")
    picture = Image.new("RGB", size)
    for x in range(0, size[0], 512):
        for y in range(0, size[1], 512):
            picture.paste(tile, (x, y))
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def _flat(size: tuple[int, int]) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, "PNG")
    return out.getvalue()


@contextmanager
def _memory_group(limit: int) -> Iterator[list[str]]:
    """Yield the words that run a command under a limit of memory, none where no such group can be made."""
    for root, name in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")):
        group = Path(root) / f"afterword-test-{os.getpid()}"
        if not Path(root, "cgroup.procs").exists():
            continue
        try:
            group.mkdir()
            (group / name).write_text(str(limit), "ascii")
        except OSError:
            with suppress(OSError):
                group.rmdir()
            continue
        try:
            yield ["sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$@"', "sh"]
        finally:
            for _ in range(100):
                with suppress(OSError):
                    group.rmdir()
                if not group.exists():
                    break
                time.sleep(0.05)
        return
    yield []


def _processes(root: int) -> list[int]:
    """Return a process and all that descend from it."""
    every, new = [root], [root]
    while new:
        pid = new.pop()
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            with suppress(OSError):
                found = [int(word) for word in path.read_text("ascii").split()]
                every += found
                new += found
    return every


def _pss(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


class _Peak(threading.Thread):
    """Samples the memory that all processes of a server hold together (PSS), until it is told to stop."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.root, self.most, self.decoders = server.process.pid, 0, 0
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.01):
            every = _processes(self.root)
            self.most = max(self.most, sum(map(_pss, every)))
            self.decoders = max(self.decoders, sum(map(_decodes, every)))


def _decodes(pid: int) -> bool:
    with suppress(OSError):
        return b"image_decoder" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def _upload(server: Server, cookie: str, data: bytes, number: int) -> tuple[int, str]:
    body, kind = multipart("image", f"picture-{number}.img", data)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    try:
        headers = {"Content-Type": kind, "Cookie": cookie, "Accept": "application/json"}
        connection.request("POST", f"/admin/posts/{SLUG}/images", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(
            lambda: _photo((8000, 6000), "JPEG", quality=50), id="JPEG of 48 million pixels", marks=pytest.mark.slow
        ),
        pytest.param(lambda: _photo((8000, 6000), "JPEG", quality=40, progressive=True), id="progressive JPEG"),
        pytest.param(lambda: _flat((7200, 4000)), id="PNG that just fits", marks=pytest.mark.slow),
        pytest.param(lambda: _photo((3300, 2600), "WEBP"), id="WebP that just fits", marks=pytest.mark.slow),
    ],
)
def test_four_pictures_at_once_need_the_memory_of_one_and_are_all_taken(tmp_path: Path, made) -> None:  # type: ignore[no-untyped-def]
    make_site(tmp_path)
    data = made()
    with _memory_group(UNIT_LIMIT) as before, running(tmp_path, "--workers", 2, before=before) as server:
        cookie = sign_in(server)
        workers = _processes(server.process.pid)
        time.sleep(1)
        start = sum(map(_pss, workers))
        peak = _Peak(server)
        peak.start()
        try:
            with ThreadPoolExecutor(TOGETHER) as pool:
                answers = list(pool.map(lambda n: _upload(server, cookie, data, n), range(TOGETHER)))
        finally:
            peak.ended.set()
            peak.join()
        raised = (peak.most - start) / MEBIBYTE
        print(f"{len(data) / 1e6:.1f} MB each; {start / MEBIBYTE:.0f} MiB before, {raised:.0f} MiB more at the peak")
        assert [status for status, _ in answers] == [200] * TOGETHER, answers
        assert _processes(server.process.pid) == workers  # none was ended and started again
    assert raised < 200
    assert peak.decoders == 1


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        pytest.param(lambda: _flat((9990, 5000)), "9,990 × 5,000 pixels needs more than 160 MiB", id="vast PNG"),
        pytest.param(lambda: _flat((100, 17_000)), "at most 16,383 in height fit", id="impossible side"),
        pytest.param(lambda: b"\x89PNG\r\n\x1a\n" + b"x" * 1000, "picture", id="no picture"),
    ],
)
def test_what_does_not_fit_is_a_sentence(tmp_path: Path, made, sentence: str) -> None:  # type: ignore[no-untyped-def]
    make_site(tmp_path)
    with running(tmp_path) as server:
        status, text = _upload(server, sign_in(server), made(), 1)
        assert status == 422
        assert sentence in json.loads(text)["detail"] + json.dumps(json.loads(text).get("errors", ""))
        assert server.get("/healthz")[0] == 200
        assert "Traceback" not in server.printed()
