"""F03. Power lost: an answer is never sent before what it acknowledges is synced, as the kernel is asked to."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.serving import make_site, running

CALLS = "trace=pwrite64,write,writev,sendto,sendmsg,fdatasync,fsync,ftruncate,unlink"
WRITES = re.compile(r"pwrite64\(\d+<[^>]*/(blog\.db(?:-wal|-journal)?)>")
# A call that strace shows in two parts has a blank before its parenthesis.
SYNCS = re.compile(r"(?:fdatasync|fsync)\(\d+<[^>]*/(blog\.db(?:-wal|-journal)?)>\s*\)\s+= 0")
WORDS = re.compile(r"Words (\d+)\.")
ANSWERS = re.compile(r"(?:write|writev|sendto|sendmsg)\(\d+<(?:TCP|socket)[^>]*>.*HTTP/1\.1 (?:303|202|201)")


@pytest.mark.skipif(shutil.which("strace") is None, reason="What the kernel is asked for is seen with strace.")
def test_f03_no_answer_precedes_the_sync_of_what_it_acknowledges(tmp_path: Path) -> None:
    """Each comment's words are written to the database, then synced, and only then is the comment answered.

    Jobs write in between. What they have not synced yet is not what an answer acknowledges.
    """
    site, log = tmp_path / "site", tmp_path / "calls.txt"
    site.mkdir()
    make_site(site)
    before = ("strace", "-f", "-yy", "-s", "5000", "-e", CALLS, "-o", str(log))
    with running(site, before=before, log=tmp_path / "server.txt") as server:
        for n in range(40):
            assert server.comment(f"Words {n}.", n).status == 303
    unsynced: dict[int, str] = {}  # comments by their numbers, and the file that holds them
    synced_comments: set[int] = set()
    early, acknowledged = [], 0
    for line in _whole(log.read_text("utf-8", "replace").splitlines()):
        if written := WRITES.search(line):
            for n in {int(number) for number in WORDS.findall(line)} - synced_comments - unsynced.keys():
                unsynced[n] = written[1]
        elif synced := SYNCS.search(line):
            safe = {n for n, file in unsynced.items() if file == synced[1]}
            synced_comments |= safe
            unsynced = {n: file for n, file in unsynced.items() if n not in safe}
        elif ANSWERS.search(line):
            if acknowledged not in synced_comments:
                early.append(line)
            acknowledged += 1
    assert (acknowledged, early) == (40, [])


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
