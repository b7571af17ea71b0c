"""Sites of a thousand posts and any number of comments: drawn from a seed, built once, copied for each use.

A fifth of the comments wait, a twentieth are spam. Rows go in with triggers and most indexes away; then these come
back as the migrations wrote them, and the counts are made anew, so that `blog check` finds nothing.
"""

import os
import platform
import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from itertools import accumulate
from pathlib import Path
from typing import Any
from zlib import crc32

from sqlite_utils import Database

from blog import publishing, settings
from blog.comments import search
from blog.comments.drafts import text_hash
from blog.journal import events
from blog.journal.events import Actor
from blog.people import accounts
from blog.rules import policy
from blog.storage import migrations, store

REPOSITORY = Path(__file__).parent.parent
HOME = REPOSITORY / ".bench"
POSTS = 1_000
ESSAY, HUNDRED = "goodbye-and-good-riddance-to-enhanced-cooperation", "hundred"
LONG, WIDE, DEEP = "long", "wide", "deep"
PARAGRAPHS = 6  # of a post; one where there are very many
MODERATOR, PASSWORD = "ana", "four plain words here"
LAST = datetime(2026, 5, 1, tzinfo=UTC)
# Raise the number with any change here, so that what is kept is built anew; a change of the schema does so by itself.
BUILT = f"7-{crc32(migrations.SCHEMA.read_bytes()):08x}"
WITHOUT_LIMITS = {"comment_flood_seconds": "0", "comment_network_limit": "0"}
KEEPING_ALL = {"empty_trash_days": "0", "empty_spam_days": "0", "keep_ip_days": "0"}
BUILDING_KIB = 400_000
RULES = {"pending": ("comment_previously_approved", "comment_max_links", "moderation_keys"), "spam": ("honeypot",)}


def slugs(posts: int) -> list[str]:
    return [HUNDRED, LONG, WIDE, DEEP, *(f"post-{n}" for n in range(5, posts))]


SLUGS = slugs(POSTS)


def site(comments: int, name: str) -> Path:
    """Return the folder of a fresh copy of the site with so many comments (the long threads: 0)."""
    copy = HOME / "run" / name
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(made(comments), copy)
    keep_all(copy)
    return copy


def made(comments: int, posts: int = POSTS) -> Path:
    """Return the folder of the site with so many comments itself, which is built where it is missing."""
    folder = HOME / "made" / (f"{comments}-{BUILT}" if posts == POSTS else f"{comments}-{posts}-{BUILT}")
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        _build(folder, comments, posts)
        (folder / "complete").touch()
    store.prepare(folder / "blog.db")
    return folder


def keep_all(folder: Path) -> None:
    """Let nothing be purged: all comments of these sites are old, and a site that runs is done with what is due."""
    db = store.connect(folder / "blog.db")
    with store.transaction(db):
        policy.change(db, KEEPING_ALL, by=_by())
    db.conn.close()


def _build(folder: Path, comments: int, posts: int = POSTS) -> None:
    db = _published(folder, posts)
    chance = random.Random(comments)
    rows = _discussions(chance, comments, slugs(posts)) if comments else _long_threads(chance)
    db.conn.execute("pragma journal_mode = off")  # one large transaction: a log of it would be as large as the site
    db.conn.execute(f"pragma cache_size = -{BUILDING_KIB}")
    with store.transaction(db):
        accounts.add(db, MODERATOR, PASSWORD, by=_by())
        policy.change(db, WITHOUT_LIMITS, by=_by())
        _insert(db, rows)
    db.conn.close()
    store.prepare(folder / "blog.db")


def _by() -> Actor:
    return Actor(events.stamp(LAST), None, "command")


def _published(folder: Path, posts: int) -> Database:
    """Write so many posts, the essay among them, and publish them."""
    (folder / "posts").mkdir(parents=True)
    shutil.copyfile(REPOSITORY / "blog.toml", folder / "blog.toml")
    for path in (REPOSITORY / "posts").glob(f"{ESSAY}*"):
        shutil.copyfile(path, folder / "posts" / path.name)
    chance = random.Random(1)
    paragraphs = PARAGRAPHS if posts == POSTS else 1
    for n, name in enumerate(slugs(posts)):
        date = (LAST - timedelta(days=1_000 * (posts - n) // posts)).date()
        body = "\n\n".join(_text(chance, 12) for _ in range(paragraphs))
        front = f"---\ntitle: {name.capitalize()}\ndate: {date}\nsummary: {_text(chance, 1)}\n---\n\n"
        (folder / "posts" / f"{name}.md").write_text(front + body + "\n", "utf-8")
    loaded = settings.load(folder, {})
    store.prepare(loaded.database)
    db = store.connect(loaded.database)
    now = Actor(events.stamp(datetime.now(UTC)), None, "command")  # so that the files count as read
    publishing.publish(db, loaded, by=now)
    return db


# What is written


ONSETS = ("b", "br", "c", "ch", "d", "dr", "f", "fl", "g", "gl", "h", "j", "k", "kl", "l", "m", "n", "p", "pl", "r")
MORE_ONSETS = ("s", "sh", "sl", "st", "t", "th", "tr", "v", "w", "z")
VOWELS = ("a", "e", "i", "o", "u", "ai", "ea", "ou", "an", "er", "in", "on")
SYLLABLES = [onset + vowel for onset in (*ONSETS, *MORE_ONSETS) for vowel in VOWELS]


def _words(chance: random.Random, count: int) -> list[str]:
    return ["".join(chance.choices(SYLLABLES, k=chance.choice((1, 2, 2, 3, 3, 4)))) for _ in range(count)]


# A few words are everywhere and most are rare, as in any language.
VOCABULARY = _words(random.Random(0), 20_000)
WEIGHTS = list(accumulate(1 / (rank + 3) for rank in range(len(VOCABULARY))))
SENTENCES = [
    " ".join(random.Random(n).choices(VOCABULARY, cum_weights=WEIGHTS, k=8 + n % 9)).capitalize() + "."
    for n in range(20_000)
]


def _text(chance: random.Random, sentences: int) -> str:
    return " ".join(chance.choices(SENTENCES, k=sentences))


Row = dict[str, Any]


def email_of(person: int) -> str:
    names = f"{VOCABULARY[person * 7 % 19_997]}.{VOCABULARY[person * 11 % 19_991]}"
    return f"{names}{person}@{VOCABULARY[person % 97]}.example"


def _row(chance: random.Random, number: int, post: str, status: str, at: str, people: int, above: Row | None) -> Row:
    person = chance.randrange(people)
    first, last = VOCABULARY[person * 7 % 19_997], VOCABULARY[person * 11 % 19_991]
    text = f"{_text(chance, chance.choice((1, 1, 2, 3)))} Number {number}."
    return {
        "id": number,
        "post": post,
        "parent": above["id"] if above else None,
        "root": (above["root"] or above["id"]) if above else None,
        "status": status,
        "author": f"{first} {last}".title(),
        "email": email_of(person),
        "text": text,
        "html": f"<p>{text}</p>",
        "hash": text_hash(text),
        "reader": accounts.hash_of(f"person {person}"),
        "ip": f"10.{person >> 16}.{person >> 8 & 255}.{person & 255}",
        "rule": chance.choice(RULES.get(status, ("",))),
        "verdict": {"approved": "allow", "spam": "spam"}.get(status, "hold"),
        "at": at,
    }


def _discussions(chance: random.Random, count: int, slugs: list[str]) -> Iterator[Row]:
    """Draw comments over all posts, some posts busier than others, and first a page of exactly a hundred."""
    people = max(100, count // 20)
    start = LAST - timedelta(days=1_000)
    first: list[Row] = []
    for n in range(100):
        row = _row(chance, 101 + n, HUNDRED, "approved", events.stamp(start), people, first[-1] if n % 2 else None)
        first.append(row)
        yield row
    posts = chance.choices(slugs[4:], [1 / (1 + n % 50) for n in range(len(slugs) - 4)], k=count - 100)
    statuses = chance.choices(("approved", "pending", "spam", "trash"), (73, 20, 5, 2), k=count - 100)
    lately: dict[str, list[Row]] = {}
    for n, (post, status) in enumerate(zip(posts, statuses, strict=True)):
        others = lately.setdefault(post, [])
        above = chance.choice(others) if others and chance.random() < 0.35 else None
        at = events.stamp(start + timedelta(days=1_000 * n / count))
        row = _row(chance, 201 + n, post, status, at, people, above)
        if status == "approved":
            lately[post] = [*others[-5:], row]
        yield row


def _long_threads(chance: random.Random) -> Iterator[Row]:
    """Draw 50,000 comments on one post, 10,000 replies in one thread, and a thread that is 500 deep."""
    at = events.stamp(LAST - timedelta(days=1))
    number = 100
    for post, count in ((LONG, 50_000), (WIDE, 10_001), (DEEP, 500)):
        top = above = None
        for _ in range(count):
            number += 1
            above = _row(chance, number, post, "approved", at, 2_000, {WIDE: top, DEEP: above}.get(post))
            top = top or above
            yield above


# Into the database


def _insert(db: Database, rows: Iterator[Row]) -> None:
    kinds = "type in ('trigger', 'index') and tbl_name in ('comments', 'events') and sql is not null"
    away = db.conn.execute(f"select type, name, sql from sqlite_master where {kinds} order by rowid").fetchall()
    for kind, name, _ in away:
        db.conn.execute(f"drop {kind} {name}")
    db.conn.executemany(
        """
        insert into comments (id, post_id, parent_id, root_id, status, author, email, url, text, text_html, text_hash,
          reader_hash, ip, network, user_agent, verdict, rule, verdict_facts, created_at, source)
        values (:id, (select id from posts where slug = :post), :parent, :root, :status, :author, :email, '', :text,
          :html, :hash, :reader, :ip, :ip, 'a browser', :verdict, :rule, '{}', :at, 'web')
        """,
        rows,
    )
    db.conn.execute(SUBMITTED)
    _bring_back(db, away, "index")
    _approve(db)
    for statement in COUNTS.strip().split("\n\n"):
        db.conn.execute(statement)
    _bring_back(db, away, "trigger")
    search.build(db)


def _bring_back(db: Database, away: list[tuple[str, str, str]], wanted: str) -> None:
    for kind, _, sql in away:
        if kind == wanted:
            db.conn.execute(sql)


SUBMITTED = """
    insert into events (at, kind, comment_id, post_id, source, after, rule)
    select created_at, 'submit', id, post_id, 'web', iif(status = 'approved', 'pending', status), rule
    from comments where id > 100 order by id
"""


def _approve(db: Database) -> None:
    """Let what is approved have waited first, and been decided on a thousand at a time."""
    last = db.conn.execute("select max(id) from comments").fetchone()[0]
    starts = list(range(101, last + 1, 1_000))
    for start in starts:
        batch = events.open_batch(db, "approve", by=_by())
        db.conn.execute(
            """
            insert into events (batch_id, at, kind, comment_id, post_id, account_id, source, before, after, rule)
            select ?, created_at, 'approve', id, post_id, 1, 'web', 'pending', 'approved', rule
            from comments where id >= ? and id < ? and status = 'approved' order by id
            """,
            [batch, start, start + 1_000],
        )


COUNTS = """
delete from comment_counts

insert into comment_counts (post_id, status, n)
  select post_id, status, count(*) from comments group by 1, 2 union all
  select 0, status, count(*) from comments group by 2

delete from rule_counts

insert into rule_counts (status, rule, n) select status, rule, count(*) from comments group by 1, 2

delete from day_counts

insert into day_counts (day, status, n, last)
  select substr(created_at, 1, 10), status, count(*), max(id) from comments group by 1, 2

update comments set replies = (select count(*) from comments r where r.parent_id = comments.id)

update comments set approved_in_thread = (status = 'approved')
  + (select count(*) from comments r where r.root_id = comments.id and r.status = 'approved') where root_id is null

update posts set approved = (select count(*) from comments c where c.post_id = posts.id and c.status = 'approved')

update posts set threads = (select count(*) from comments c
  where c.post_id = posts.id and c.root_id is null and c.approved_in_thread > 0)

update batches set moved = (select count(*) from events e where e.batch_id = batches.id)
"""


def ids_that_wait(folder: Path, count: int) -> list[int]:
    """Return ids of comments that wait, newest first."""
    db = store.connect(folder / "blog.db", readonly=True)
    rows = db.conn.execute("select id from comments where status = 'pending' order by id desc limit ?", [count])
    found = [int(row[0]) for row in rows.fetchall()]
    db.conn.close()
    return found


def machine() -> dict[str, str]:
    """Say what the figures were taken on."""
    model = next(
        (line.partition(":")[2].strip() for line in _read("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    memory = next((line.split()[1] for line in _read("/proc/meminfo") if line.startswith("MemTotal")), "0")
    return {
        "processor": f"{model}, {os.cpu_count()} cores, shared",
        "memory": f"{int(memory) / 1024 / 1024:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "SQLite": store.version(),
        **{name: version(name) for name in ("granian", "uvloop", "starlette", "jinja2", "brotli")},
    }


def _read(path: str) -> list[str]:
    try:
        return Path(path).read_text("utf-8").splitlines()
    except OSError:
        return []


def highest_id_of_oldest_waiting(folder: Path, count: int) -> int:
    """Return the id up to which so many comments wait, counted from the oldest."""
    db = store.connect(folder / "blog.db", readonly=True)
    rows = db.conn.execute("select id from comments where status = 'pending' order by id limit ?", [count]).fetchall()
    db.conn.close()
    return int(rows[-1][0])
