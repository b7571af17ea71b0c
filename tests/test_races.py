"""Many at once: a check and what hangs on it are one step, so nobody slips through between the two."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx2
import pytest
from sqlite_utils import Database

from blog.app import create_app
from blog.people import accounts
from blog.rules import policy
from blog.settings import Settings
from blog.storage import store
from blog.upkeep import integrity
from tests import factories
from tests.conftest import PASSWORD
from tests.factories import SLUG, by, decide, status, submit

JSON = {"accept": "application/json"}
STATUS = {"approve": "approved", "unapprove": "pending", "spam": "spam", "trash": "trash", "delete": "deleted"}
Answer = httpx2.Response
Browser = Callable[..., httpx2.AsyncClient]


@pytest.fixture(autouse=True)
def _post(db: Database) -> None:
    factories.post(db)
    with store.transaction(db):
        factories.account(db, "ana")


@asynccontextmanager
async def running(site: Settings) -> AsyncIterator[Browser]:
    """Run the application; give browsers on it, each with a jar for cookies and an address of its own."""
    app = create_app(site)
    async with app.router.lifespan_context(app):
        yield lambda n=0: httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app, client=(f"198.51.100.{n}", 50_000)),
            base_url="http://127.0.0.1:8000",
        )


async def signed_in(browser: Browser) -> httpx2.AsyncClient:
    ana = browser(250)
    answer = await ana.post("/admin/login", data={"username": "ana", "password": PASSWORD})
    assert answer.status_code == 303
    return ana


async def stamp(browser: Browser) -> str:
    found = re.search(r'name="stamp" value="([^"]+)"', (await browser().get(f"/{SLUG}/")).text)
    assert found is not None
    return found[1]


def typed(n: int, signed: str, **fields: str) -> dict[str, str]:
    return {
        "author": f"Reader {n}",
        "email": f"reader{n}@example.org",
        "comment": f"Thought number {n} of many.",
        "stamp": signed,
        **fields,
    }


def change(db: Database, **values: str) -> None:
    with store.transaction(db):
        policy.change(db, values, by=by())


def codes(answers: list[Answer]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def texts(db: Database) -> list[str]:
    return [row[0] for row in db.conn.execute("select text from comments order by id").fetchall()]


async def together(*each: Awaitable[Answer]) -> list[Answer]:
    return list(await asyncio.gather(*each))


def test_sixteen_at_once_from_one_network_of_three_a_minute_leave_three(site: Settings, db: Database) -> None:
    change(db, comment_flood_seconds="0", comment_network_limit="3")

    async def race() -> list[Answer]:
        async with running(site) as browser:
            signed = await stamp(browser)
            return await together(*(browser(7).post(f"/{SLUG}/comments", data=typed(n, signed)) for n in range(1, 17)))

    answers = asyncio.run(race())
    assert codes(answers) == {303: 3, 429: 13}
    assert len(texts(db)) == 3
    for n, answer in enumerate(answers, 1):
        if answer.status_code == 429:
            assert 1 <= int(answer.headers["retry-after"]) <= 60
            assert f"Thought number {n} of many.</textarea>" in answer.text


def test_sixteen_at_once_from_one_person_leave_one(site: Settings, db: Database) -> None:
    """The pause between two comments: by network, and by email from sixteen networks."""

    async def race(same_network: bool) -> list[Answer]:
        async with running(site) as browser:
            signed = await stamp(browser)
            email = {} if same_network else {"email": "one@example.org"}
            return await together(
                *(
                    browser(7 if same_network else 100 + n).post(f"/{SLUG}/comments", data=typed(n, signed, **email))
                    for n in range(1, 17)
                )
            )

    assert codes(asyncio.run(race(same_network=True))) == {303: 1, 429: 15}
    assert codes(asyncio.run(race(same_network=False))) == {303: 1, 429: 15}
    assert len(texts(db)) == 2


def test_the_same_comment_sent_ten_times_at_once_is_stored_once(site: Settings, db: Database) -> None:
    async def race() -> list[Answer]:
        async with running(site) as browser:
            signed = await stamp(browser)
            return await together(
                *(browser(n).post(f"/{SLUG}/comments", data=typed(1, signed), headers=JSON) for n in range(1, 11))
            )

    answers = asyncio.run(race())
    assert codes(answers) == {202: 1, 409: 9}
    assert texts(db) == ["Thought number 1 of many."]
    assert {answer.json()["comment"] for answer in answers if answer.status_code == 409} == set(texts(db))


@pytest.mark.parametrize(
    "rounds", [["post"], ["site"], pytest.param(["post", "site"] * 10, marks=pytest.mark.slow, id="twenty")]
)
def test_two_hundred_while_it_is_being_closed_are_stored_before_it_or_refused_with_their_text(
    site: Settings, db: Database, rounds: list[str]
) -> None:
    change(db, comment_flood_seconds="0", comment_network_limit="0")

    async def race(whole_site: bool) -> list[Answer]:
        async with running(site) as one, running(site) as two:  # two processes' connections to one database

            def browser(n: int = 0) -> httpx2.AsyncClient:
                return (one, two)[n % 2](n)

            ana = await signed_in(browser)
            await ana.post("/admin/opening")
            await ana.post(f"/admin/posts/{SLUG}/following")
            signed = await stamp(browser)
            some_came, crowd = asyncio.Event(), asyncio.Semaphore(40)  # so many are in at one moment
            came = 0

            async def send(n: int) -> Answer:
                nonlocal came
                async with crowd:
                    answer = await browser(n).post(f"/{SLUG}/comments", data=typed(n, signed))
                came += 1
                if came == 10:
                    some_came.set()
                return answer

            async def close() -> Answer:
                await some_came.wait()
                path = "/admin/closure" if whole_site else f"/admin/posts/{SLUG}/closure"
                return await ana.post(path, data={"mode": "closed"}, headers=JSON)

            return await together(*(send(n) for n in range(1, 201)), close())

    for each in rounds:
        seen = db.conn.execute("select coalesce(max(id), 0) from comments").fetchone()[0]
        *answers, closed = asyncio.run(race(each == "site"))
        _hold_the_closing(db, answers, closed.json()["batch"], after=seen)
        # The next round's comments are the same words by the same people.
        with store.transaction(db):
            db.conn.execute("update comments set text_hash = id || text_hash where id > ?", [seen])
    assert integrity.check(db) == []


def _hold_the_closing(db: Database, answers: list[Answer], batch: int, *, after: int) -> None:
    """Check one round: whatever is stored came before the closing, all else was refused with its text."""
    found = codes(answers)
    assert found[303] + found[403] == 200
    assert found[303] >= 10
    assert found[403] > 0
    rows = db.conn.execute("select text, created_at from comments where id > ?", [after]).fetchall()
    assert {text for text, _ in rows} == {
        f"Thought number {n} of many." for n, answer in enumerate(answers, 1) if answer.status_code == 303
    }
    for n, answer in enumerate(answers, 1):
        if answer.status_code == 403:
            assert "Comments are closed." in answer.text
            assert f"Thought number {n} of many.</textarea>" in answer.text
    last, closing, closed_at = db.conn.execute(
        """
        select max(id) filter (where kind = 'submit' and comment_id > :after), max(id) filter (where batch_id = :batch),
          max(at) filter (where batch_id = :batch)
        from events where id <= (select max(id) from events where batch_id = :batch) or kind = 'submit'
        """,
        {"after": after, "batch": batch},
    ).fetchone()
    assert last < closing
    assert max(at for _, at in rows) <= closed_at


def test_a_reply_never_lands_on_a_comment_that_is_gone(site: Settings, db: Database) -> None:
    change(db, comment_flood_seconds="0", comment_network_limit="0")
    parent = submit(db)
    decide(db, parent, "approve")

    async def race() -> list[Answer]:
        async with running(site) as browser:
            signed, ana = await stamp(browser), await signed_in(browser)

            async def send(n: int) -> Answer:
                form = typed(n, signed, comment_parent=str(parent))
                return await browser(n).post(f"/{SLUG}/comments", data=form, headers=JSON)

            async def trash() -> Answer:
                await asyncio.sleep(0.05)
                return await ana.post("/admin/decisions", data={"decision": "trash", "id": str(parent)}, headers=JSON)

            return await together(*(send(n) for n in range(1, 61)), trash())

    *answers, _ = asyncio.run(race())
    assert set(codes(answers)) <= {202, 422}
    after = db.conn.execute(
        """
        select count(*) from events e join comments c on c.id = e.comment_id
        where e.kind = 'submit' and c.parent_id = ? and e.id > (select max(id) from events where kind = 'trash')
        """,
        [parent],
    ).fetchone()[0]
    assert after == 0
    assert integrity.check(db) == []


def test_fifty_decisions_at_once_on_one_comment_leave_one_state_that_the_journal_explains(
    site: Settings, db: Database
) -> None:
    comment = submit(db)
    wanted = ["approve", "spam", "delete", "trash", "unapprove"] * 10

    async def race() -> list[Answer]:
        async with running(site) as browser:
            ana = await signed_in(browser)
            return await together(
                *(
                    ana.post("/admin/decisions", data={"decision": decision, "id": str(comment)}, headers=JSON)
                    for decision in wanted
                )
            )

    answers = asyncio.run(race())
    assert set(codes(answers)) <= {200, 404}  # 404: after it was deleted
    moves = db.conn.execute(
        "select before, after, kind from events where comment_id = ? order by id", [comment]
    ).fetchall()
    assert [before for before, _, _ in moves[1:]] == [after for _, after, _ in moves[:-1]]
    assert moves[-1][1] == status(db, comment) == "deleted"
    moved = [json.loads(answer.text) for answer in answers if answer.status_code == 200]
    assert sum(each["moved"] for each in moved) == len(moves) - 1
    assert len({each["batch"] for each in moved if each["batch"]}) == len(moves) - 1
    assert integrity.check(db) == []


def test_of_fifty_moderators_who_saw_a_comment_waiting_one_decides(site: Settings, db: Database) -> None:
    comment = submit(db)
    wanted = ["approve", "spam", "trash", "delete", "approve"] * 10

    async def race() -> list[Answer]:
        async with running(site) as browser:
            ana = await signed_in(browser)
            seen = f"{comment}:pending"
            return await together(
                *(
                    ana.post(
                        "/admin/decisions",
                        data={"decision": decision, "id": str(comment), "seen": seen},
                        headers=JSON,
                    )
                    for decision in wanted
                )
            )

    answers = asyncio.run(race())
    final = status(db, comment)
    for decision, answer in zip(wanted, answers, strict=True):
        if STATUS[decision] == final:
            assert answer.status_code == 200
        else:
            assert answer.status_code == 409
            assert [each["status"] for each in answer.json()["conflicts"]] == [final]
    assert sum(answer.json()["moved"] for answer in answers) == 1
    assert len(db.conn.execute("select id from batches").fetchall()) == 1


def test_a_batch_undone_by_twenty_at_once_is_undone_once(site: Settings, db: Database) -> None:
    ids = [submit(db, f"Thought {n}.", n=n) for n in range(1, 31)]
    batch = decide(db, ids, "approve")["batch"]

    async def race() -> list[Answer]:
        async with running(site) as browser:
            ana = await signed_in(browser)
            return await together(*(ana.post(f"/admin/batches/{batch}/reversal", headers=JSON) for _ in range(20)))

    assert codes(asyncio.run(race())) == {200: 1, 409: 19}
    assert {status(db, each) for each in ids} == {"pending"}
    assert integrity.check(db) == []


def test_all_that_match_is_what_matched_at_one_moment(site: Settings, db: Database) -> None:
    """While comments come in, whole queues are approved: each batch is as large as its answer says."""
    change(db, comment_flood_seconds="0", comment_network_limit="0")

    async def race() -> list[Answer]:
        async with running(site) as browser:
            signed, ana = await stamp(browser), await signed_in(browser)
            everything = {"decision": "approve", "all": "1", "status": "pending"}
            sent = [browser(n).post(f"/{SLUG}/comments", data=typed(n, signed)) for n in range(1, 61)]
            decided = [ana.post("/admin/decisions", data=everything, headers=JSON) for _ in range(20)]
            mixed = [each for n in range(20) for each in (*sent[3 * n : 3 * n + 3], decided[n])]
            return await together(*mixed)

    answers = [answer for answer in asyncio.run(race()) if answer.status_code == 200]
    assert len(answers) == 20
    for said in (answer.json() for answer in answers):
        counted = db.conn.execute("select count(*) from events where batch_id = ?", [said["batch"]]).fetchone()[0]
        assert counted == said["moved"]
    assert len(texts(db)) == 60
    assert integrity.check(db) == []


def test_the_one_time_address_makes_one_administrator(site: Settings, db: Database) -> None:
    db.conn.execute("update accounts set removed_at = '2026'")
    with store.transaction(db):
        token = accounts.offer_setup(db)
    assert token is not None

    async def race() -> list[Answer]:
        async with running(site) as browser:
            return await together(
                *(
                    browser(n).post(
                        "/admin/setup", data={"token": str(token), "username": f"eva{n}", "password": PASSWORD}
                    )
                    for n in range(8)
                )
            )

    assert codes(asyncio.run(race())) == {303: 1, 403: 7}
    assert len(accounts.all_accounts(db)) == 1


def test_who_asks_after_the_answer_sees_what_was_decided_whoever_reads_meanwhile(site: Settings, db: Database) -> None:
    ids = [submit(db, f"Thought {n}.", n=n) for n in range(1, 31)]

    async def race() -> None:
        async with running(site) as browser:
            ana = await signed_in(browser)
            crowd = browser(3)
            reading = asyncio.ensure_future(_read_on(crowd))
            for count, comment in enumerate(ids, 1):
                await ana.post("/admin/decisions", data={"decision": "approve", "id": str(comment)}, headers=JSON)
                page = (await crowd.get(f"/{SLUG}/")).text
                assert page.count('class="comment"') == count
            reading.cancel()

    async def _read_on(crowd: httpx2.AsyncClient) -> None:
        while True:
            await asyncio.gather(*(crowd.get(path) for path in (f"/{SLUG}/", "/", f"/{SLUG}/?x=1")))

    asyncio.run(race())
