"""F03. Power lost: an answer is never sent before what it acknowledges is synced, as the kernel is asked to."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.serving import make_site, running

CALLS = "trace=pwrite64,write,writev,sendto,sendmsg,fdatasync,fsync,ftruncate,unlink"
WRITES = re.compile(r"pwrite64\(\d+<[^>]*/(blog\.db(?:-wal|-journal)?)>")
SYNCS = re.compile(r"(?:fdatasync|fsync)\(\d+<[^>]*/(blog\.db(?:-wal|-journal)?)>\)\s+= 0")
ANSWERS = re.compile(r"(?:write|writev|sendto|sendmsg)\(\d+<(?:TCP|socket)[^>]*>.*HTTP/1\.1 (?:303|202|201)")


@pytest.mark.skipif(shutil.which("strace") is None, reason="What the kernel is asked for is seen with strace.")
def test_f03_no_answer_precedes_the_sync_of_what_it_acknowledges(tmp_path: Path) -> None:
    """One comment after the other, so that nothing unsynced can be somebody else's."""
    site, log = tmp_path / "site", tmp_path / "calls.txt"
    site.mkdir()
    make_site(site)
    before = ("strace", "-f", "-yy", "-s", "64", "-e", CALLS, "-o", str(log))
    with running(site, before=before, log=tmp_path / "server.txt") as server:
        for n in range(40):
            assert server.comment(f"Words {n}.", n).status == 303
    unsynced: set[str] = set()
    early, acknowledged, synced_since = [], 0, False
    for line in _whole(log.read_text("utf-8", "replace").splitlines()):
        if written := WRITES.search(line):
            unsynced.add(written[1])
        elif synced := SYNCS.search(line):
            unsynced.discard(synced[1])
            synced_since = True
        elif ANSWERS.search(line):
            acknowledged += 1
            if unsynced & {"blog.db-wal", "blog.db-journal"} or not synced_since:
                early.append(line)
            synced_since = False
    # Jobs commit too, and an answer may fall between a write of theirs and its sync. A server that answered before the
    # sync would do so each time.
    assert acknowledged == 40
    assert len(early) <= 10, early


def _whole(lines: list[str]) -> Iterator[str]:
    """Join calls that strace shows in two parts; a sync counts when it ends, an answer when it begins."""
    begun: dict[str, str] = {}
    for line in lines:
        thread, _, rest = line.partition(" ")
        if rest.endswith("<unfinished ...>"):
            begun[thread] = rest.removesuffix("<unfinished ...>")
            if ANSWERS.search(rest) or WRITES.search(rest):
                yield line
        elif "resumed>" in rest:
            call = begun.pop(thread, "")
            joined = call + rest.partition("resumed>")[2]
            if SYNCS.search(joined):
                yield joined
        else:
            yield line
