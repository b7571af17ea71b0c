"""Words are found in every comment, whether the index has it yet or not."""

import random
from importlib import import_module
from typing import Any

import pytest
from sqlite_utils import Database

from blog import comments, moderation
from blog.comments import search
from blog.moderation import Selection, erasure
from blog.moderation.selections import LISTED
from blog.rules import policy
from blog.storage import store
from blog.upkeep import integrity
from tests import factories
from tests.factories import by, decide, submit

QUEUE = import_module("blog.moderation.queue")
WAYS: dict[str, dict[str, int]] = {"unfed": {}, "few": {}, "many": {"FEW": 0}}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """One of the ways on which comments are found, taken whatever is asked."""
    for name, value in WAYS[request.param].items():
        monkeypatch.setattr(search, name, value)
    return str(request.param)


def found(db: Database, words: str, status: str = "all") -> list[int]:
    return [row["id"] for row in moderation.queue(db, Selection(status, search=words))]


def feed(db: Database) -> int:
    with store.transaction(db):
        return search.feed(db)


def feed_all(db: Database, way: str) -> None:
    while way != "unfed" and feed(db):
        pass


def whole(db: Database) -> None:
    """Let the indexes be compared with the comments, all of which they have."""
    assert integrity.check(db) == []


def letters(db: Database) -> set[str]:
    """Return every three letters that the index has."""
    db.conn.execute("create virtual table if not exists temp.vocabulary using fts5vocab(main, comments_search, row)")
    return {row[0] for row in db.conn.execute("select term from temp.vocabulary").fetchall()}


def test_a_comment_is_found_before_and_after_the_index_is_fed(db: Database) -> None:
    factories.post(db)
    first, second = submit(db, "Of herons and bridges.", 1), submit(db, "Of bridges alone.", 2)
    assert (found(db, "bridges"), found(db, "HERONS bridges"), found(db, "of")) == ([second, first], [first], [2, 1])
    assert search.behind(db) == (second, 0)
    assert (feed(db), feed(db)) == (2, 0)
    assert search.behind(db) == (second, second)
    third = submit(db, "Bridges once more.", 3)
    assert (found(db, "bridges"), found(db, "herons bridges")) == ([third, second, first], [first])
    assert moderation.matching(db, Selection("all", search="bridges")) == 3
    feed(db)
    whole(db)


def test_the_index_is_fed_a_hundred_at_a_time(db: Database) -> None:
    factories.post(db)
    for n in range(150):
        submit(db, f"Heron {n}.", n)
    assert [feed(db) for _ in range(3)] == [100, 50, 0]
    assert found(db, "heron reader149@") == [150]


@pytest.mark.parametrize("fed", [False, True])
def test_what_is_edited_or_goes_is_found_as_it_is_now(db: Database, fed: bool) -> None:
    factories.post(db)
    kept, gone = submit(db, "A heron.", 1), submit(db, "A bittern.", 2)
    if fed:
        feed(db)
    with store.transaction(db):
        factories.edit(db, kept, author="Reader 1", url="", text="A stork.", by=by())
    decide(db, gone, "delete")
    with store.transaction(db):
        db.conn.execute("delete from comments where id = ?", [gone])
    for _ in range(2):
        assert (found(db, "heron"), found(db, "stork"), found(db, "bittern")) == ([], [kept], [])
        feed(db)
        whole(db)


def test_a_comment_that_is_rolled_back_is_never_fed(db: Database) -> None:
    factories.post(db)
    db.conn.execute("begin immediate")
    comments.submit(db, factories.SLUG, factories.draft("A heron."), at=factories.NOON)
    db.conn.execute("rollback")
    assert feed(db) == 0
    assert found(db, "heron") == []


TEXT = """
Größere Brücken, naïve Leser; e.g. “quoted” words, it's 3.14. Привет из Москвы! ΣΟΦΟΣ
القارئ كتب الرسالة。灯塔管理员写信给读者。 ขอบคุณสำหรับจดหมาย 👩‍🚀 🚀🚀🚀 हाशिया C:\\new "plain" end
"""


def write(db: Database) -> int:
    factories.post(db)
    mail = "zoe.angstrom+blog@mail.example.org"
    who = factories.sender(ip="2001:db8::77")
    number = submit(db, TEXT, author="Zoë Ångström", email=mail, url="https://www.example.net/~zoe?q=1", who=who)
    submit(db, "Another.", 2)
    return number


@pytest.mark.parametrize(
    "asked",
    [
        *(
            "brücken",
            "BRÜCKEN",
            "rücke",
            "Größere leser",
            "leser größere",
            "e.g.",
            "it's",
            "3.14",
            "“quoted”",
            "quoted",
        ),
        *(
            "привет",
            "МОСКВ",
            "из москвы",
            "σοφος",
            "القارئ",
            "قارئ الرسالة",
            "हाशिया",
            "शिया",
            "灯塔管理员",
            "管理员写",
        ),
        *("读者", "信", "ขอบคุณ", "จดหมาย", "👩‍🚀", "🚀🚀🚀", "🚀", "zoë ångström", "ångst", "zoe.angstrom+blog@mail"),
        *("@mail.example", "example.net/~zoe?q", "2001:db8", "::77", "c:\\new", '"plain"', "in", "le", "из", "gr zoe"),
    ],
)
def test_any_part_of_any_word_is_found_in_any_script(db: Database, way: str, asked: str) -> None:
    number = write(db)
    feed_all(db, way)
    for status in ("pending", "all"):
        assert number in found(db, asked, status)
        page = moderation.page(db, Selection(status, search=asked))
        assert [row["id"] for row in page["rows"]][-1] == number
        assert moderation.matching(db, Selection(status, search=asked)) == page["matching"]


@pytest.mark.parametrize(
    "asked",
    [
        *("brucken", "naive", "zoe ångstrom", "привіт", "灯台守", "จม", "leser,", "3,14", "ßegrö", "größere absent"),
        *('"quoted"', "new line", "example.net/zoe", "2001:db8:77", "endend", "absent", "zq", "spam"),
    ],
)
def test_accents_punctuation_and_the_order_of_letters_count(db: Database, way: str, asked: str) -> None:
    write(db)
    feed_all(db, way)
    assert found(db, asked) == []
    assert moderation.page(db, Selection(search=asked)) == {"rows": [], "matching": 0, "lowest": None}


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        *(("ZOË", True), ("ë ång", True), ("zoë  ångström", True), ("blog@mail", True), ("Zo", True)),
        *(("angstrom zoe", False), ("brücken", False), ("::77", False), ("absent", False), ("~zoe", False)),
    ],
)
def test_a_writer_is_found_by_any_part_of_name_or_email(db: Database, way: str, author: str, expected: bool) -> None:
    number = write(db)
    feed_all(db, way)
    assert [row["id"] for row in moderation.page(db, Selection(author=author))["rows"]] == [number] * expected
    assert [row["id"] for row in moderation.queue(db, Selection(author=author, search="leser"))] == [number] * expected
    assert moderation.matching(db, Selection(author=author)) == expected


def fill(db: Database, chance: random.Random) -> None:
    """Send 70 comments of few words to two posts, answer some, decide on some, and leave some for later."""
    for slug in ("a-post", "other"):
        factories.post(db, slug)
    with store.transaction(db):
        policy.change(db, {"comment_flood_seconds": "0", "comment_network_limit": "0"}, by=by())
    vocabulary = ["heron", "herons", "Stork", "bittern", "storks.", "на мосту", "灯塔管理员", "at", "a heron,"]
    for n in range(1, 71):
        day = chance.randint(1, 28)
        slug, text = chance.choice(["a-post", "other"]), " ".join(chance.choices(vocabulary, k=4))
        above = [row[0] for row in db.conn.execute("select id from comments where status = 'approved' and post_id = 1")]
        parent = str(chance.choice(above)) if above and slug == "a-post" and chance.random() < 0.3 else ""
        at = f"2026-05-{day:02}T{n % 24:02}:00:00.000Z"
        submit(db, f"{text} {n}", n % 9, slug=slug, at=at, comment_parent=parent)
        if decision := chance.choice(["approve", "spam", "trash", "", "", ""]):
            decide(db, n, decision)
        if chance.random() < 0.2:
            db.conn.execute("update comments set later = 1 where id = ?", [n])
        if chance.random() < 0.5:
            db.conn.execute("update comments set score = ? where id = ?", [chance.choice([0.1, 0.5, 0.9]), n])
        if n == 40 and chance.random() < 0.7:
            while feed(db):
                pass


def expected(db: Database, selection: Selection) -> list[int]:
    """Return what a selection holds, found by looking at everything."""
    rows: list[dict[str, Any]] = list(
        db.query(
            """
            select c.*, p.slug, c.text || char(10) || c.author || char(10) || c.email || char(10) || c.url || char(10)
              || c.ip as said from comments c join posts p on p.id = c.post_id order by c.id desc
            """
        )
    )
    kept = [
        row
        for row in rows
        if row["status"] in LISTED[selection.status]
        and all(word in row["said"].casefold() for word in selection.search.casefold().split())
        and any(selection.author.casefold() in row[name].casefold() for name in ("author", "email"))
        and selection.post in ("", row["slug"])
        and selection.rule in ("", row["rule"])
        and (not selection.replied or row["replies"])
        and (not selection.days or row["created_at"] <= f"2026-05-{28 - selection.days:02}T00:00:00.000Z")
        and (selection.newest is None or row["id"] <= selection.newest)
    ]
    return [row["id"] for row in sorted(kept, key=lambda row: selection.status == "pending" and row["later"])]


@pytest.mark.parametrize("seed", range(6))
def test_every_page_and_count_is_as_if_everything_had_been_looked_at(
    db: Database, way: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    fill(db, chance)
    feed_all(db, way)
    for name, value in (("PAGE", 4), ("NEAR", chance.choice([2, 50])), ("COUNTED", chance.choice([6, 1_000]))):
        monkeypatch.setattr(QUEUE, name, value)
    for _ in range(25):
        selection = Selection(
            chance.choice(list(LISTED)),
            search=chance.choice(["", "heron", "STOR herons", "мосту", "管理员", "at", "bittern heron 1", "absent"]),
            author=chance.choice(["", "", "reader 3", "er3@", "re"]),
            post=chance.choice(["", "", "other"]),
            rule=chance.choice(["", "", "comment_previously_approved"]),
            replied=chance.random() < 0.2,
            days=chance.choice([0, 0, 0, 9]),
            now="2026-05-28T00:00:00.000Z",
            newest=chance.choice([None, None, 50]),
        )
        wanted, got, after = expected(db, selection), [], None
        while True:
            page = moderation.page(db, selection, after=after)
            got += [row["id"] for row in page["rows"][:4]]
            assert len(wanted) > page["matching"] if page["lowest"] is not None else len(wanted) == page["matching"], (
                selection
            )
            if len(page["rows"]) <= 4:
                break
            last = page["rows"][3]
            after = (bool(last["later"] and last["status"] == "pending"), last["id"])
        assert got == wanted, selection
        assert moderation.matching(db, selection) == len(wanted), selection
        first = moderation.counted(db, selection)
        assert len(wanted) > first["matching"] if first["lowest"] is not None else len(wanted) == first["matching"], (
            selection
        )
        assert surely(db, selection) == wanted_surely(db, wanted), selection


def surely(db: Database, selection: Selection) -> list[int]:
    """Return what a selection holds, the surest spam first, page by page."""
    found: list[int] = []
    after = None
    while rows := moderation.by_score(db, selection, after=after, limit=4):
        found += [row["id"] for row in rows]
        after = (-1.0 if rows[-1]["score"] is None else rows[-1]["score"], rows[-1]["id"])
    assert found == [row["id"] for row in moderation.by_score(db, selection, limit=None)]
    return found


def wanted_surely(db: Database, wanted: list[int]) -> list[int]:
    scores = dict(db.conn.execute("select id, coalesce(score, -1) from comments").fetchall())
    return sorted(wanted, key=lambda number: (scores[number], number), reverse=True)


def test_the_index_forgets_the_words_that_no_comment_has_any_more(db: Database) -> None:
    factories.post(db)
    kept, gone = submit(db, "Of herons and storks.", 1), submit(db, "Of bitterns and herons.", 2)
    assert letters(db) == set()
    feed(db)
    assert {"ero", "sto", "itt", "r2@", "0.3"} <= letters(db)
    with store.transaction(db):
        erasure.erase(db, "reader2@example.org", by=by())
    assert {"itt", "r2@", "0.3"} & letters(db) == set()
    assert {"ero", "sto", "r1@"} <= letters(db)
    with store.transaction(db):
        factories.edit(db, kept, author="Reader 1", url="", text="Of cranes.", by=by())
    assert "cra" in letters(db)
    assert {"ero", "sto"} & letters(db) == set()
    assert gone not in [row["id"] for row in moderation.queue(db, Selection("all"))]
    whole(db)


def test_a_repair_builds_the_index_anew(db: Database) -> None:
    factories.post(db)
    submit(db, "Of herons.")
    feed(db)
    columns = "rowid, text, author, email, url, ip"
    said = "-id, text, author, email, url, ip from comments"
    for harm in (
        f"insert into comments_search (comments_search, {columns}) select 'delete', {said}",
        "insert into comments_search (rowid, text) values (-99, 'strange')",
    ):
        db.conn.execute(harm)
        assert integrity.check(db) == [integrity.SEARCH]
        assert integrity.repair(db) == [integrity.SEARCH_DONE]
        whole(db)
        assert found(db, "heron") == [1]
