"""Sections 4 and 5: what the server might fetch, and what it must read."""

import socket
import threading
import time
from typing import Any

import pytest
from sqlite_utils import Database
from starlette.testclient import TestClient

from tests.attacks import hostile
from tests.factories import SLUG, decide, form_on, send, submit
from tests.web.admin.test_roles import GUARDED
from tests.wordpress.acting import HELD_BY_NONE, change

JSON = {"accept": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded", **JSON}
WHERE = f"/{SLUG}/comments"


def rows(db: Database) -> int:
    return int(db.conn.execute("select count(*) from comments").fetchone()[0])


@pytest.mark.parametrize("path", ["/xmlrpc.php", "/wp-trackback.php", "/wp-comments-post.php", "/pingback"])
def test_t4_01_nothing_takes_pings(client: TestClient, path: str) -> None:
    assert client.post(path, data={"source": "http://127.0.0.1/", "target": "http://127.0.0.1/"}).status_code in (
        404,
        405,
    )


def test_t4_01_a_mention_of_nothing_here_is_refused_and_waits_for_nothing(client: TestClient, db: Database) -> None:
    for target in ("http://127.0.0.1/", f"http://127.0.0.1/{SLUG}/", "http://127.0.0.1:8000/nothing/"):
        answer = client.post("/webmention", data={"source": "http://127.0.0.1/", "target": target})
        assert answer.status_code == 400
    assert db.conn.execute("select count(*) from outbox").fetchone()[0] == 0


def listen(family: socket.AddressFamily, host: str, heard: list[Any]) -> socket.socket:
    listener = socket.socket(family)
    listener.bind((host, 0))
    listener.listen()
    listener.settimeout(0.1)

    def wait() -> None:
        while listener.fileno() >= 0:
            try:
                found, _ = listener.accept()
                heard.append(found)
                found.close()
            except TimeoutError:
                continue
            except OSError:
                return

    threading.Thread(target=wait, daemon=True).start()
    return listener


def test_t4_01_no_address_in_a_comment_is_ever_asked(client: TestClient, moderator: TestClient, db: Database) -> None:
    change(db, **HELD_BY_NONE, comment_max_links="0")
    heard: list[Any] = []
    listener = listen(socket.AF_INET, "127.0.0.1", heard)
    port = listener.getsockname()[1]
    names = ("127.0.0.1", "localhost", "0", "2130706433", "0x7f.1", "127.1", "[::ffff:127.0.0.1]", "localtest.me")
    text = " ".join(f"http://{name}:{port}/x ![x](http://{name}:{port}/y.png)" for name in names)
    send(client, text=text, url=f"http://127.0.0.1:{port}/")
    decide(db, [1], "approve")
    for path in (f"/{SLUG}/", "/"):
        client.get(path)
    for path in ("/admin/", "/admin/comments?status=all", "/admin/comments/1"):
        moderator.get(path)
    time.sleep(0.3)
    listener.close()
    assert heard == []


@pytest.mark.parametrize(
    "path", ["/img?src=http://127.0.0.1/", "/proxy?url=http://127.0.0.1/", "/api/v1/img?src=aHR0cA", "/_image"]
)
def test_t4_02_there_is_no_proxy(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_t4_02_a_sites_own_file_is_never_sniffed_and_runs_nothing(client: TestClient, site: Any) -> None:
    answer = client.get("/static/favicon.svg")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def timed(act: Any) -> tuple[Any, float]:
    start = time.process_time()
    return act(), time.process_time() - start


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ("&".join(f"f{n}=1" for n in range(100_000)), (400, 413)),
        ("&".join(f"f{n}=1" for n in range(1_500)), (400,)),
        ("comment=" + "x" * 2_000_000, (413,)),
        ("a;" * 500_000, (400, 413)),
        ("a;" * 125_000, (202, 400, 413, 422)),
        ("&" * 250_000, (202, 400, 422)),
        ("a=" * 125_000, (202, 400, 422)),
    ],
    ids=["t5_01", "t5_04", "t5_04_long", "t5_06", "t5_06_fits", "ampersands", "equals"],
)
def test_t5_01_t5_04_t5_06_large_forms_are_answered_fast(
    client: TestClient, db: Database, body: str, codes: tuple[int, ...]
) -> None:
    answer, took = timed(lambda: client.post(WHERE, content=body, headers=FORM))
    assert answer.status_code in codes
    assert took < 0.5
    assert rows(db) == 0


def test_t5_04_urlencoded_forms_have_the_same_limits(client: TestClient) -> None:
    for count, code in ((999, (422,)), (1_001, (400,))):
        body = "&".join(f"f{n}=1" for n in range(count))
        assert client.post(WHERE, content=body, headers=FORM).status_code in code


def test_t5_06_semicolons_cost_nothing(client: TestClient) -> None:
    assert timed(lambda: client.post(WHERE, content="a;" * 130_000, headers=FORM))[1] < 0.3


def part(name: str, body: str, more: str = "") -> str:
    return f'--x\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{body}\r\n'


MULTIPART = {
    "a long part without a file name": part("comment", "x" * 3_000_000) + "--x--\r\n",
    "a part that just does not fit": part("comment", "x" * 262_000) + "--x--\r\n",
    "a file": part("comment", "Words.", '; filename="../../x"') + "--x--\r\n",
    "a large file": part("comment", "x" * 200_000, '; filename="x"') + "--x--\r\n",
    "a second file name": part("comment", "Words.", "; filename*=UTF-8''..%2f..%2fx") + "--x--\r\n",
    "junk before the boundary": "\r\n" * 100_000 + part("comment", "Words.") + "--x--\r\n",
    "junk after the boundary": part("comment", "Words.") + "--x--" + "\r\n" * 100_000,
    "a header without end": "--x\r\n" + "A" * 200_000,
    "many headers": "--x\r\n" + "A: b\r\n" * 30_000 + "\r\nWords.\r\n--x--\r\n",
    "no end": part("comment", "Words."),
    "nothing": "",
    "many parts": "".join(part(f"f{n}", "1") for n in range(2_000)) + "--x--\r\n",
}


@pytest.mark.parametrize("body", MULTIPART.values(), ids=MULTIPART)
def test_t5_02_t5_07_multipart_bodies_are_read_in_time_or_refused(client: TestClient, db: Database, body: str) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x", **JSON}
    answer, took = timed(lambda: client.post(WHERE, content=body, headers=headers))
    assert answer.status_code in (400, 413, 422)
    assert took < 0.5
    assert rows(db) == 0


def test_t5_02_no_part_is_kept_beyond_the_limit(client: TestClient) -> None:
    import resource

    headers = {"content-type": "multipart/form-data; boundary=x", **JSON}
    client.post(WHERE, content=MULTIPART["a long part without a file name"], headers=headers)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(20):
        client.post(WHERE, content=MULTIPART["a long part without a file name"], headers=headers)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024


@pytest.mark.parametrize("boundary", ["", "x" * 1_000, '"', "\x00", "x; boundary=y", "é"])
def test_t5_07_a_strange_boundary_is_refused(client: TestClient, boundary: str) -> None:
    kind = f"multipart/form-data; boundary={boundary}".encode("latin-1")
    answer = client.post(WHERE, content=part("comment", "Words."), headers=[(b"content-type", kind)])  # type: ignore[arg-type]
    assert answer.status_code in (400, 413, 422)


CLIMBS = [
    *(
        "../blog.db",
        "..%2fblog.db",
        "%2e%2e/blog.db",
        "%2e%2e%2fblog.db",
        "..%5cblog.db",
        "..\\blog.db",
        "....//blog.db",
    ),
    *("%252e%252e%252fblog.db", "..%c0%afblog.db", "..%00/blog.db", "/etc/passwd", "//etc/passwd", "%2fetc%2fpasswd"),
    *("site.css/../../blog.db", "./../blog.db", "..;/blog.db", "~root", "C:%5cboot.ini", "CON", "x%00.css", "%00"),
    *("..%ef%bc%8fblog.db", "\\\\evil.example\\x", "file:///etc/passwd", "." * 300, "a" * 300, ".git/config", "%2e"),
]


@pytest.mark.parametrize("climb", CLIMBS)
def test_t5_08_no_path_leads_out_of_the_folder(client: TestClient, climb: str) -> None:
    for path in (f"/static/{climb}", f"/{climb}", f"/{climb}/", f"/{SLUG}/{climb}", f"/page/{climb}/"):
        answer = client.get(f"http://127.0.0.1:8000{path}", follow_redirects=False)
        assert answer.status_code in (200, 301, 400, 404), path
        assert b"SQLite format" not in answer.content
        assert b"root:" not in answer.content
        if answer.status_code == 200:
            assert climb in (".", "%2e", "./", "") or ".." not in climb, path


@pytest.mark.parametrize("method", ["DISPATCH", "__INIT__", "FOO", "TRACE", "CONNECT", "PROPFIND", "__class__"])
def test_t5_09_a_method_that_is_none_is_refused(client: TestClient, method: str) -> None:
    for path in ("/", f"/{SLUG}/", WHERE, "/static/site.css", "/admin/login", "/healthz"):
        assert client.request(method, path, follow_redirects=False).status_code == 405, path


SEARCHES = [
    '"',
    "NEAR(",
    "NEAR(a b, 2)",
    "a AND",
    "OR",
    "NOT",
    "*",
    "a*",
    "^",
    "^a",
    "{a b}:c",
    "text:a",
    "-a",
    "(",
    ")",
    "a\x00b",
]


@pytest.mark.parametrize("words", [*SEARCHES, '"' * 10_000, "a " * 5_000, "é" * 3_000])
def test_t5_17_search_takes_every_word_for_a_word(moderator: TestClient, db: Database, words: str) -> None:
    submit(db)
    for status in ("pending", "all"):
        answer = moderator.get("/admin/comments", params={"q": words, "status": status})
        assert answer.status_code in (200, 400)


QUERIES = (
    *(
        "'",
        '"',
        "1' or '1'='1",
        "1;select sqlite_sleep(9)",
        "created desc, (select 1)",
        "1 union select 1,2,3",
        "-1",
        "0",
    ),
    *("id; drop table comments", "1)) or 1=1 --", "%27", "\\", "${id}", "null", "1e9", "9" * 40, "pending' --", "[]"),
)


@pytest.mark.parametrize("query", QUERIES)
def test_t6_01_no_parameter_is_sql(moderator: TestClient, db: Database, query: str) -> None:
    for n in range(3):
        submit(db, f"Thought {n}.", n=n)
    before = db.conn.execute("select count(*), group_concat(name) from sqlite_master").fetchone()
    names = (
        "sort",
        "order",
        "per_page",
        "page",
        "after",
        "status",
        "post",
        "rule",
        "author",
        "domain",
        "days",
        "sender",
        "asof",
        "from",
        "event",
        "made",
        "count",
        "left",
        "said",
    )
    for name in names:
        answer = moderator.get("/admin/comments", params={name: query})
        assert answer.status_code in (200, 400)
        if name in ("sort", "order", "per_page", "page"):
            assert answer.text.count("Thought ") >= 3
    for path in ("/", f"/{SLUG}/", "/admin/log"):
        for name in ("page", "sort", "order", "q", "replytocom", "before", "who", "kind", "since"):
            assert moderator.get(path, params={name: query}).status_code in (200, 400)
    assert db.conn.execute("select count(*), group_concat(name) from sqlite_master").fetchone() == before


HUGE = ("9" * 16, "9" * 19, "9" * 40, "1" + "0" * 18, "9" * 5_000)


@pytest.mark.parametrize("number", HUGE, ids=len)
def test_t6_01_no_number_is_too_large_for_an_answer(moderator: TestClient, number: str) -> None:
    paths = [f"/page/{number}/", f"/{SLUG}/comment-page-{number}/", f"/{SLUG}/?replytocom={number}"]
    paths += [f"/admin/log?before={number}", f"/admin/?did={number}", f"/admin/comments?days={number}&after={number}"]
    for _, route in GUARDED:
        path = f"/admin{route.path}"
        paths.append(path.replace("{id:int}", number).replace("{key:int}", number).replace("{slug}", number))
    for path in paths:
        for method in ("GET", "POST"):
            answer = moderator.request(method, path, data={"id": number, "decision": "spam"}, headers=JSON)
            assert answer.status_code < 500, (method, path[:60])


def test_t5_11_pathological_texts_are_answered_and_others_are_not_kept_waiting(
    client: TestClient, db: Database
) -> None:
    """Through the form, one after the other, at the limit; `tests/test_slow.py` has readers beside them."""
    change(db, **HELD_BY_NONE, comment_network_limit="0")
    hidden = form_on(client, f"/{SLUG}/")
    texts = hostile.pathological() or [text[0] * hostile.LONGEST for text in ("*", "[a", "<", "&", "`", "> ")]
    for n, text in enumerate(texts):
        typed = {"author": "Ana", "email": f"a{n}@b.example", "comment": text}
        answer, took = timed(lambda typed=typed: client.post(WHERE, data={**hidden, **typed}, headers=JSON))
        assert answer.status_code in (201, 202, 409, 422), text[:40]
        assert took < 1.5
