"""kill -9 while posts are saved, published and given pictures: every file is whole, what was acknowledged is there."""

import http.client
import os
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import pytest
from PIL import Image

from blog import settings
from blog.publishing import editor, post_text
from blog.settings import Settings
from tests.reliability.serving import FORM, LOST, Server, make_site, multipart, run, sign_in

FRONT = "title: Written\ndate: 2026-05-01\n"
NUMBERS = count(1)


@dataclass
class Sent:
    """What was sent and what of it was acknowledged, in order: texts of a file, names of pictures, slugs of posts."""

    tried: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


def body() -> str:
    """Return a text of some length whose end tells that it is whole."""
    number = next(NUMBERS)
    words = "Words of a post. " * random.Random(number).randint(1, 4_000)
    return f"Begins {number}.\n\n{words}\n\nEnds {number}.\n"


@dataclass
class Writer:
    """Somebody who is signed in, with a connection of one's own."""

    connection: http.client.HTTPConnection
    cookie: str
    site: Settings

    def ask(self, path: str, data: bytes, kind: str = FORM["Content-Type"]) -> http.client.HTTPResponse:
        headers = {"Accept": "application/json", "Content-Type": kind, "Cookie": self.cookie}
        self.connection.request("POST", path, data, headers)
        answer = self.connection.getresponse()
        answer.read()
        return answer

    def save(self, slug: str, path: str, text: str, action: str) -> int:
        base = editor.source(self.site, path).digest
        form = {"front": FRONT, "body": text, "base": base, "action": action}
        return self.ask(f"/admin/posts/{slug}/edit", urlencode(form).encode()).status


def saves(writer: Writer, sent: Sent) -> None:
    """Save another text of one post."""
    text = body()
    sent.tried.append(post_text.join({}, FRONT, text))
    assert writer.save("written", "written.md", text, "save") == 200
    sent.told.append(sent.tried[-1])


def publishes(writer: Writer, sent: Sent) -> None:
    """Begin a new post, and publish it."""
    sent.tried.append(f"new-{next(NUMBERS)}")
    slug = sent.tried[-1]
    begun = writer.ask("/admin/posts/new", urlencode({"title": slug}).encode())
    assert (begun.status, begun.headers["location"]) == (303, f"/admin/posts/{slug}/edit")
    assert writer.save(slug, f"{slug}/index.md", body(), "publish") == 200
    sent.told.append(slug)


def uploads(writer: Writer, sent: Sent) -> None:
    """Send a picture to a post with a folder."""
    made = BytesIO()
    number = next(NUMBERS)
    Image.effect_noise((900 + number % 90, 300), 90).save(made, "PNG")
    sent.tried.append(f"picture-{number}")
    data, kind = multipart("image", f"{sent.tried[-1]}.png", made.getvalue())
    status = writer.ask("/admin/posts/pictured/images", data, kind).status
    if status == 429:
        time.sleep(0.2)
        return
    assert status == 200
    sent.told.append(sent.tried[-1])


def edits(writer: Writer, sent: Sent) -> None:
    """Save a file in the folder, as an editor does: in a new file that takes its place."""
    text = post_text.join({}, FRONT, body())
    part = writer.site.posts / ".edited.md.swp"
    part.write_text(text, "utf-8")
    sent.tried.append(text)
    os.replace(part, writer.site.posts / "edited.md")
    sent.told.append(text)
    time.sleep(0.05)


ACTS: tuple[Callable[[Writer, Sent], None], ...] = (saves, publishes, uploads, edits)


def kill_while_writing(server: Server, cookie: str, site: Settings, seconds: float) -> dict[str, Sent]:
    """Let all of them act, kill the server in the midst of it, and return what each had sent."""
    sent, stop = {act.__name__: Sent() for act in ACTS}, threading.Event()

    def keep_on(act: Callable[[Writer, Sent], None]) -> None:
        writer = Writer(server.connection(), cookie, site)
        with suppress(*LOST):
            while not stop.is_set():
                act(writer, sent[act.__name__])
        writer.connection.close()

    with ThreadPoolExecutor(len(ACTS)) as pool:
        running = [pool.submit(keep_on, act) for act in ACTS]
        deadline = time.monotonic() + 20
        while not all(each.told for each in sent.values()) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(seconds)
        server.kill()
        stop.set()
        for each in running:
            each.result(60)
    return sent


def check_files(site: Settings, sent: dict[str, Sent], before: dict[str, str]) -> None:
    """Hold every file to what was sent: the last that was acknowledged, or the one after it."""
    for act, name in (("saves", "written.md"), ("edits", "edited.md")):
        known = [*(sent[act].told[-1:] or [before[name]]), *sent[act].tried[-1:]]
        assert (site.posts / name).read_text("utf-8") in known
    for slug in sent["publishes"].told:
        assert "Ends " in (site.posts / slug / "index.md").read_text("utf-8")
    pictures = sorted((site.posts / "pictured").glob("[!.]*.webp"))
    for path in pictures:
        with Image.open(path) as picture:
            picture.load()
    names = {path.name.rpartition("-")[0] for path in pictures}
    assert names >= set(sent["uploads"].told)
    checked = run(site.root, "check")
    assert checked.returncode == 0, checked.stderr


def check_pages(server: Server, site: Settings, sent: dict[str, Sent]) -> None:
    """Hold the pages to the files, after the next start."""
    for slug, path in (("written", "written.md"), ("edited", "edited.md")):
        last = editor.source(site, path).text.rstrip().rpartition("\n")[2]
        status, page = server.get(f"/{slug}/")
        assert (status, f"<p>{last}</p>" in page) == (200, True)
    assert {server.get(f"/{slug}/")[0] for slug in sent["publishes"].told} <= {200}


@pytest.mark.parametrize("rounds", [2, pytest.param(50, marks=[pytest.mark.slow, pytest.mark.timeout(1_800)])])
def test_a_killed_server_leaves_every_file_whole(tmp_path: Path, rounds: int) -> None:
    make_site(tmp_path)
    site, chance = settings.load(tmp_path, {}), random.Random(rounds)
    before = {name: post_text.join({}, FRONT, body()) for name in ("written.md", "edited.md", "pictured/index.md")}
    for name, text in before.items():
        (site.posts / name).parent.mkdir(exist_ok=True)
        (site.posts / name).write_text(text, "utf-8")
    told = dict.fromkeys((act.__name__ for act in ACTS), 0)
    server = Server(tmp_path)
    try:
        cookie = sign_in(server)
        for _ in range(rounds):
            sent = kill_while_writing(server, cookie, site, chance.uniform(0.0, 0.6))
            check_files(site, sent, before)
            server = Server(tmp_path)
            check_pages(server, site, sent)
            before = {name: (site.posts / name).read_text("utf-8") for name in before}
            told = {act: number + len(sent[act].told) for act, number in told.items()}
    finally:
        server.kill()
    print(told)
    assert min(told.values()) >= rounds // 2
