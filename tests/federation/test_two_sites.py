"""Two sites of ours, each with its server, mention each other: both through a moderator, with an edit and a removal."""

import re
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from tests.browser import running
from tests.browser.running import Running

SECONDS = 40


def make(folder: Path, title: str, port: int, other: int) -> Path:
    """Make a site that may reach the other one on this machine."""
    posts = folder / "posts"
    posts.mkdir(parents=True)
    (folder / "blog.toml").write_text(
        f'title = "{title}"\nauthor = "{title}"\nurl = "http://127.0.0.1:{port}"\n'
        f'private_hosts = ["127.0.0.1:{other}"]\n',
        "utf-8",
    )
    write(folder, "first", "Nothing to see.")
    return folder


def write(folder: Path, slug: str, body: str, front: str = "") -> None:
    (folder / "posts" / f"{slug}.md").write_text(
        f"---\ntitle: On {slug}\ndate: 2026-05-01\n{front}---\n{body}\n", "utf-8"
    )


def wait(what: Callable[[], object]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + SECONDS
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def comments(site: Running) -> list[tuple[str, str]]:
    rows = site.db.conn.execute("select status, text from comments order by id").fetchall()
    return [(status, " ".join(text.split())) for status, text in rows]


def thoughts(site: Running, path: str) -> str:
    with urllib.request.urlopen(f"{site.address}{path}", timeout=10) as answer:
        html = answer.read().decode()
    return html[html.index('id="comments"') :]


def test_two_sites_mention_each_other_through_a_moderator(tmp_path: Path) -> None:
    ports = running.free_port(), running.free_port()
    here = make(tmp_path / "here", "Hana", ports[0], ports[1])
    there = make(tmp_path / "there", "Theo", ports[1], ports[0])
    with running.serve(here, port=ports[0]) as hana, running.serve(there, port=ports[1]) as theo:
        reply = f'<p>To <a class="u-in-reply-to" href="{hana.address}/first/">her</a>: well said.</p>'
        write(there, "answer", reply)
        wait(lambda: comments(hana))
        ((status, text),) = comments(hana)
        assert (status, text.endswith("well said.")) == ("pending", True)
        assert "well said" not in thoughts(hana, "/first/")
        hana.command("approve", "1")
        page = thoughts(hana, "/first/")
        assert re.search(r"<bdi>Theo</bdi>.*replied on 127\.0\.0\.1", page, re.DOTALL)
        assert f'href="{theo.address}/answer/"' in page

        write(there, "answer", reply.replace("well said", "very well said"))
        wait(lambda: "very well said" in comments(hana)[0][1])
        assert comments(hana)[0][0] == "approved"  # the host is known by now

        write(here, "thanks", f"[He]({theo.address}/answer/) is kind.")
        wait(lambda: comments(theo))
        assert comments(theo) == [("pending", "On thanks He is kind.")]
        theo.command("approve", "1")
        assert "mentioned this on 127.0.0.1" in thoughts(theo, "/answer/")

        write(there, "answer", reply, "status: withdrawn\n")
        wait(lambda: comments(hana)[0][0] == "trash")
        assert "well said" not in thoughts(hana, "/first/")
        assert len(comments(hana)) == 1
        hana.command("undo")
        assert comments(hana)[0][0] == "approved"
        sent = theo.db.conn.execute("select state, linked from mentions_sent").fetchall()
        assert sent == [("sent", 0)]
        hana.command("check")
