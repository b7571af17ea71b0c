import itertools
import json
import re
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlite_utils import Database

from blog import closing, posts
from blog.closing import Closure, Facts, State
from blog.errors import Invalid, NotFound, Refused
from blog.journal import acts, events
from blog.moderation.acts import ACTS
from blog.rules.policy import Policy
from blog.storage import store
from tests import factories

PUBLISHED, LATER = "2026-05-01T00:00:00.000Z", "2026-05-20T00:00:00.000Z"
BASE = Facts(published_at=PUBLISHED)
OLD = Policy(close_comments_for_old_posts=True)
QUIET = Policy(close_comments_quiet_days=10)
BY_HAND = Closure("closed", "Thanks.", None, "2026-05-10T00:00:00.000Z", "ana")


# The table of the docs, held for every combination

TOLD = (Path(__file__).parent.parent.parent / "docs" / "closing.md").read_text("utf-8")
NOW = "2026-05-20T12:00:00.000Z"
MODES = ("open", "moderated", "replies-only", "closed")
OWN, ENDED, SITES, FILES = (
    "2026-05-18T00:00:00.000Z",
    "2026-05-19T00:00:00.000Z",
    "2026-05-17T00:00:00.000Z",
    (None, *MODES),
)
SWITCHES = {
    "none": None,
    "ended": Closure("closed", "Ended.", ENDED, OWN),
    **{mode: Closure(mode, "Own.", None, OWN, "ana") for mode in MODES},
}
DATES = {"none": None, "ahead": "2026-06-01T00:00:00.000Z", "passed": "2026-05-10T00:00:00.000Z"}
# Published on the 1st and last answered on the 2nd: so many days of the file (or of the site) are over, or are not.
IN_FILE = {"none": None, "never": 0, "ahead": 100, "passed": 5}
OF_SITE = {"off": 0, "ahead": 200, "passed": 7}


def _tables() -> list[list[dict[str, str]]]:
    """Return the tables of "Order of decision": rows by the words at the heads of their columns."""
    part = TOLD.partition("## Order of decision")[2].partition("\n## ")[0]
    found = []
    for block in re.findall(r"(?:^\|.+\n)+", part, flags=re.MULTILINE):
        head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()]
        found.append([dict(zip(head, row, strict=True)) for row in rows])
    return found


PRECEDENCE, RULES, OVER_ALL = _tables()


def _fits(told: str, given: str | None) -> bool:
    if given is None:
        return told in ("any", "none")
    return told in ("any", "set", "given", f"`{given}`")


def _passed(in_file: str, of_site: str, front: str | None) -> bool:
    """Tell, by the table of rules, whether a rule closes the post."""
    file = {"none": "none", "never": "`never`"}.get(in_file, "days")
    keys = "`close_after` or `close_quiet` in the file"
    row = next(row for row in RULES if row[keys] == file and _fits(row["`comments` in the file"], front))
    counts = {"the days in the file": in_file, "nothing": "", "the site's rule": of_site}
    return counts[row["what applies"]] == "passed"


def _expected(own: str | None, front: str | None, passed: dict[str, bool], default: str) -> tuple[str, str]:
    for row in PRECEDENCE:
        fits = _fits(row["own switch"], own) and _fits(row["`comments` in the file"], front)
        if fits and all(row[what] == "any" or is_over for what, is_over in passed.items()):
            says = {"as the switch says": own, "as the file says": front, "as `default_comment_status` says": default}
            return str(says.get(row["mode"], row["mode"].strip("`"))), row["cause"].strip("`")
    raise AssertionError("No line of the table fits.")


@pytest.mark.parametrize("default", ["open", "closed"])
@pytest.mark.parametrize("front", FILES)
@pytest.mark.parametrize("switch", SWITCHES)
@pytest.mark.parametrize("site", ["no switch", *MODES[1:]])
def test_every_combination_is_as_the_table_of_the_docs_says(
    site: str, switch: str, front: str | None, default: str
) -> None:
    over = None if site == "no switch" else Closure(site, "All.", None, SITES, "eva")
    own = None if switch in ("none", "ended") else switch
    fitted = set()
    for date, age, quiet, all_age, all_quiet in itertools.product(DATES, IN_FILE, IN_FILE, OF_SITE, OF_SITE):
        facts = Facts(
            PUBLISHED,
            front,
            "File.",
            SWITCHES[switch],
            over,
            "2026-05-02T00:00:00.000Z",
            DATES[date],
            IN_FILE[age],
            IN_FILE[quiet],
        )
        policy = Policy(
            default_comment_status=default,
            close_comments_for_old_posts=all_age != "off",
            close_comments_days_old=OF_SITE[all_age],
            close_comments_quiet_days=OF_SITE[all_quiet],
        )
        passed = {
            "`close_on`": date == "passed",
            "age": _passed(age, all_age, front),
            "quiet": _passed(quiet, all_quiet, front),
        }
        mode, cause = _expected(own, front, passed, default)
        over_all = next(row for row in OVER_ALL if row["own mode"] == f"`{mode}`")[
            site if site == "no switch" else f"`{site}`"
        ]
        wanted, _, held = over_all.partition(", ")
        found = closing.state(facts, policy, NOW)
        said = (date, age, quiet, all_age, all_quiet)
        assert f"`{found.mode}`" == wanted, said
        assert found.cause == (cause if found.mode == mode else "site"), said
        assert found.held == (found.mode == "moderated" or held == "held"), said
        assert found.note == {"switch": "Own.", "site": "All."}.get(found.cause, "File."), said
        assert found.who == {"switch": "ana", "site": "eva"}.get(found.cause, ""), said
        assert bool(found.since) == (found.cause in ("switch", "site", "date", "age", "quiet")), said
        fitted.add(cause)
    assert own or fitted >= {"date", "age", "quiet"} or front == "closed"


def test_the_tables_of_the_docs_are_whole() -> None:
    assert [row["cause"].strip("`") for row in PRECEDENCE] == [
        "switch",
        "front matter",
        "date",
        "age",
        "quiet",
        "front matter",
        "default",
    ]
    assert [row["own mode"].strip("`") for row in OVER_ALL] == list(MODES) == list(closing.STRICTNESS)
    assert list(OVER_ALL[0]) == ["own mode", "no switch", "`moderated`", "`replies-only`", "`closed`"]


@pytest.mark.parametrize(
    ("facts", "policy", "at", "mode", "cause"),
    [
        (BASE, OLD, "2026-05-14T23:59:59.999Z", "open", "default"),
        (BASE, OLD, "2026-05-15T00:00:00.000Z", "closed", "age"),
        (replace(BASE, published_at=""), OLD, LATER, "open", "default"),
        (replace(BASE, published_at="9999-12-31T00:00:00.000Z"), OLD, LATER, "open", "default"),
        (replace(BASE, close_on="2026-05-19T00:00:00.000Z"), Policy(), "2026-05-18T23:59:59.999Z", "open", "default"),
        (replace(BASE, close_on="2026-05-19T00:00:00.000Z"), Policy(), "2026-05-19T00:00:00.000Z", "closed", "date"),
        (replace(BASE, last_approved_at="2026-05-02T00:00:00.000Z"), QUIET, LATER, "closed", "quiet"),
        (replace(BASE, last_approved_at="2026-05-12T00:00:00.000Z"), QUIET, LATER, "open", "default"),
        (BASE, QUIET, LATER, "open", "default"),
        (replace(BASE, close_quiet=3), Policy(), LATER, "open", "default"),
        (replace(BASE, switch=replace(BY_HAND, until=LATER)), Policy(), "2026-05-19T23:59:59.999Z", "closed", "switch"),
        (replace(BASE, switch=replace(BY_HAND, until=LATER)), Policy(), LATER, "open", "default"),
        (replace(BASE, site=replace(BY_HAND, until=LATER)), Policy(), LATER, "open", "default"),
    ],
)
def test_a_rule_and_an_end_act_from_their_moment_on(
    facts: Facts, policy: Policy, at: str, mode: str, cause: str
) -> None:
    found = closing.state(facts, policy, at)
    assert (found.mode, found.cause) == (mode, cause)


def test_the_state_knows_when_it_may_turn_with_no_write() -> None:
    facts = replace(BASE, switch=replace(BY_HAND, until="2026-06-01T00:00:00.000Z"))
    assert closing.state(facts, OLD, "2026-05-02T00:00:00.000Z").turns_at == "2026-05-15T00:00:00.000Z"
    assert closing.state(facts, OLD, LATER).turns_at == "2026-06-01T00:00:00.000Z"
    assert closing.state(BASE, Policy(), LATER).turns_at is None


AGED = State("closed", "age", since="2026-05-15T00:00:00.000Z")


@pytest.mark.parametrize(
    ("found", "reply", "opened_at", "at", "taken"),
    [
        (State("open", "default"), False, None, LATER, True),
        (State("moderated", "site"), False, None, LATER, True),
        (State("replies-only", "switch"), True, None, LATER, True),
        (State("replies-only", "switch"), False, None, LATER, False),
        (State("closed", "front matter"), False, PUBLISHED, LATER, False),
        (AGED, False, "2026-05-14T23:00:00.000Z", "2026-05-15T00:09:59.000Z", True),
        (AGED, False, "2026-05-14T23:00:00.000Z", "2026-05-15T00:10:00.000Z", False),
        (AGED, False, "2026-05-15T00:00:00.000Z", "2026-05-15T00:05:00.000Z", False),
        (AGED, False, None, "2026-05-15T00:05:00.000Z", False),
        (replace(AGED, cause="switch"), False, "2026-05-14T23:00:00.000Z", "2026-05-15T00:05:00.000Z", False),
    ],
)
def test_a_comment_is_taken_while_open_and_for_some_minutes_after_a_rule_closed(
    found: State, reply: bool, opened_at: str | None, at: str, taken: bool
) -> None:
    assert closing.takes(found, reply=reply, opened_at=opened_at, at=at, policy=Policy()) is taken


def _state(db: Database, slug: str = factories.SLUG) -> State:
    return closing.state(closing.facts(posts.find(db, slug, at=factories.NOON)), Policy(), factories.NOON)


def test_a_second_closing_writes_no_event(db: Database) -> None:
    factories.post(db)
    with store.transaction(db):
        assert closing.close(db, factories.SLUG, by=factories.by()) is not None
        assert closing.close(db, factories.SLUG, by=factories.by()) is None
    assert db.conn.execute("select count(*) from batches").fetchone()[0] == 1


def test_the_site_switch_gives_each_post_its_own_state_back(db: Database) -> None:
    factories.post(db, "one")
    factories.post(db, "two", comments="closed")
    factories.post(db, "three")
    with store.transaction(db):
        closing.close(db, "three", mode="replies-only", by=factories.by())
        closing.close(db, None, by=factories.by())
    assert [_state(db, slug).mode for slug in ("one", "two", "three")] == ["closed"] * 3
    with store.transaction(db):
        closing.open_again(db, None, by=factories.by())
    assert [_state(db, slug).mode for slug in ("one", "two", "three")] == ["open", "closed", "replies-only"]


def test_follow_drops_the_override_and_undo_brings_it_back(db: Database) -> None:
    factories.post(db, comments="closed")
    with store.transaction(db):
        closing.open_again(db, factories.SLUG, by=factories.by())
        batch = closing.follow(db, factories.SLUG, by=factories.by())
    assert _state(db).cause == "front matter"
    factories.undo(db, batch)
    assert (_state(db).mode, _state(db).cause) == ("open", "switch")


def test_undoing_a_closing_restores_note_and_end_of_the_one_before(db: Database) -> None:
    factories.post(db)
    with store.transaction(db):
        closing.close(db, factories.SLUG, note="First.", until="2026-06-01T00:00:00.000Z", by=factories.by())
        second = closing.close(db, factories.SLUG, note="Second.", by=factories.by("2026-05-08T00:00:00.000Z"))
    factories.undo(db, second)
    found = _state(db)
    assert (found.note, found.until, found.since) == ("First.", "2026-06-01T00:00:00.000Z", factories.NOON)


def test_the_journal_has_a_switch_before_and_after(db: Database) -> None:
    post = factories.post(db)
    with store.transaction(db):
        closing.close(db, factories.SLUG, note="Thanks.", by=factories.by())
        closing.close(db, factories.SLUG, mode="moderated", until=JUNE, by=factories.by("2026-05-08T00:00:00.000Z"))
        closing.follow(db, factories.SLUG, by=factories.by("2026-05-09T00:00:00.000Z"))
    rows = db.conn.execute(
        "select kind, at, post_id, source, before, after from events where kind <> 'publish' order by id"
    ).fetchall()
    closed = {"mode": "closed", "note": "Thanks.", "until": None}
    moderated = {"mode": "moderated", "note": "", "until": JUNE}
    set_by = {"account": None, "source": "command"}
    assert [row[:4] for row in rows] == [
        ("close", factories.NOON, post, "command"),
        ("close", "2026-05-08T00:00:00.000Z", post, "command"),
        ("follow", "2026-05-09T00:00:00.000Z", post, "command"),
    ]
    assert [[json.loads(text) if text else None for text in row[4:]] for row in rows] == [
        [None, closed],
        [closed | set_by | {"at": factories.NOON}, moderated | {"day": "2026-06-01"}],
        [moderated | set_by | {"at": "2026-05-08T00:00:00.000Z"}, None],
    ]


def test_undoing_gives_back_who_set_the_switch_and_from_where(db: Database) -> None:
    factories.post(db)
    with store.transaction(db):
        ana = factories.account(db, "ana")
        closing.close(db, factories.SLUG, by=factories.by(account=ana, source="web"))
    before = db.conn.execute("select * from closures").fetchall()
    with store.transaction(db):
        batch = closing.close(db, factories.SLUG, mode="open", by=factories.by("2026-05-08T00:00:00.000Z"))
    assert batch is not None
    assert events.batch(db, batch)["kind"] == "open"  # type: ignore[index]
    factories.undo(db, batch)
    assert db.conn.execute("select * from closures").fetchall() == before
    assert (_state(db).mode, _state(db).who) == ("closed", "ana")


@pytest.mark.parametrize(
    ("slug", "arguments", "sentence"),
    [
        ("a-post", {"mode": "ajar"}, "A discussion is open, moderated, replies-only or closed, not 'ajar'."),
        (None, {"mode": "open"}, "The site's switch is closed, replies-only or moderated; to lift it, open the site."),
        ("a-post", {"note": "x" * 2_001}, "The note has 2,001 characters; 2,000 fit."),
        ("a-post", {"until": "2026-05-07T11:59:00.000Z"}, "This day is over already."),
        ("a-post", {"until": factories.NOON}, "This day is over already."),
    ],
)
def test_a_bad_closing_is_refused_with_a_sentence(
    db: Database, slug: str | None, arguments: dict[str, str], sentence: str
) -> None:
    factories.post(db)
    with pytest.raises(Invalid) as refusal:
        closing.close(db, slug, by=factories.by(), **arguments)
    assert refusal.value.errors == {next(iter(arguments)): sentence}


def test_a_closing_has_the_note_that_was_written_and_no_blanks_around_it(db: Database) -> None:
    factories.post(db)
    for note in ("", "x" * 2_000, " Thanks.\n"):
        with store.transaction(db):
            closing.close(db, factories.SLUG, **({"note": note} if note else {}), by=factories.by())
        assert _state(db).note == note.strip()


def test_a_post_that_is_not_there_cannot_be_closed(db: Database) -> None:
    with pytest.raises(NotFound, match="There is no post 'nope'"):
        closing.close(db, "nope", by=factories.by())
    with pytest.raises(NotFound, match="There is no post 'nope'"):
        closing.of_post(db, "nope", at=LATER)


# Since when, until when


HAND = replace(BY_HAND, at="2026-05-18T00:00:00.000Z")
MAY_15, JUNE, JULY = "2026-05-15T00:00:00.000Z", "2026-06-01T00:00:00.000Z", "2026-07-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("facts", "policy", "since"),
    [
        (BASE, Policy(), None),  # open
        (replace(BASE, front="closed"), Policy(), None),  # closed, and nobody knows since when
        (BASE, OLD, MAY_15),
        (replace(BASE, switch=HAND), Policy(), HAND.at),
        (replace(BASE, switch=HAND), OLD, MAY_15),  # it had grown too old before somebody closed it
        (replace(BASE, switch=HAND, front="closed"), Policy(), None),
        (replace(BASE, site=HAND, close_on="2026-05-12T00:00:00.000Z"), OLD, "2026-05-12T00:00:00.000Z"),
        (
            replace(BASE, switch=Closure("open", until=HAND.at, at=PUBLISHED)),
            OLD,
            HAND.at,
        ),  # open in spite of it till then
        (replace(BASE, switch=HAND, published_at=HAND.at), Policy(), HAND.at),
        # it will end, and the post will close once more: neither moment is over
        (replace(BASE, switch=replace(HAND, until=JUNE), close_on=JULY), Policy(), HAND.at),
        (replace(BASE, close_on=LATER), Policy(), LATER),  # this very moment
    ],
)
def test_since_when_nobody_can_write_is_told_where_it_is_known(facts: Facts, policy: Policy, since: str | None) -> None:
    assert closing.closed_since(facts, policy, LATER) == since


@pytest.mark.parametrize(
    ("facts", "policy", "never"),
    [
        (BASE, Policy(), False),
        (replace(BASE, front="closed"), Policy(), True),
        (BASE, Policy(default_comment_status="closed"), True),
        (BASE, OLD, False),
        (replace(BASE, front="replies-only"), Policy(), False),
        (replace(BASE, switch=HAND), Policy(), False),
        (replace(BASE, site=HAND, published_at="2026-05-19T00:00:00.000Z"), Policy(), True),
        (replace(BASE, site=replace(HAND, until="2026-06-01"), published_at="2026-05-19"), Policy(), False),
    ],
)
def test_what_was_never_open_and_will_not_be_is_known(facts: Facts, policy: Policy, never: bool) -> None:
    assert closing.never_open(facts, policy, LATER) is never


def test_an_end_leads_to_what_the_post_then_is() -> None:
    holiday = replace(BASE, site=replace(BY_HAND, until=JUNE))
    assert closing.next_turn(holiday, Policy(), LATER) == (JUNE, "open")
    assert closing.next_turn(replace(holiday, front="replies-only"), Policy(), LATER) == (JUNE, "replies-only")
    assert closing.next_turn(holiday, OLD, LATER) is None  # by then it is too old, and stays closed
    both = replace(holiday, switch=replace(BY_HAND, until=JULY))
    assert closing.next_turn(both, Policy(), LATER) == (JULY, "open")
    assert closing.next_turn(BASE, OLD, "2026-05-02T00:00:00.000Z") == (MAY_15, "closed")
    assert closing.next_turn(BASE, Policy(), LATER) is None


@pytest.mark.parametrize(
    ("facts", "mode"),
    [
        (BASE, "open"),
        (replace(BASE, front="moderated"), "moderated"),
        (replace(BASE, switch=Closure("moderated", at=PUBLISHED)), "moderated"),
        (replace(BASE, switch=Closure("moderated", at=LATER)), "open"),
        (replace(BASE, site=Closure("replies-only", at=PUBLISHED)), "replies-only"),
        (replace(BASE, site=Closure("replies-only", at=LATER)), "open"),
    ],
)
def test_before_a_moment_only_what_was_set_by_then_counts(facts: Facts, mode: str) -> None:
    assert closing.mode_before(replace(facts, close_on=LATER), Policy(), LATER) == mode


BERLIN = replace(BASE, timezone="Europe/Berlin")


@pytest.mark.parametrize(
    ("published", "days", "closes"),
    [
        ("2026-03-20T23:00:00.000Z", 14, "2026-04-03T22:00:00.000Z"),  # midnight to midnight, an hour lost between
        ("2026-10-20T22:00:00.000Z", 14, "2026-11-03T23:00:00.000Z"),  # and an hour won
        ("2026-03-28T23:00:00.000Z", 1, "2026-03-29T22:00:00.000Z"),  # that day itself, of 23 hours
        ("2026-03-22T01:30:00.000Z", 7, "2026-03-29T01:30:00.000Z"),  # 02:30, which that night does not have: 03:30
        ("2026-05-01T00:00:00.000Z", 0, "2026-05-01T00:00:00.000Z"),
    ],
)
def test_days_are_those_of_the_clocks_there(published: str, days: int, closes: str) -> None:
    facts = replace(BERLIN, published_at=published)
    policy = Policy(close_comments_for_old_posts=True, close_comments_days_old=days)
    assert closing.state(facts, policy, closes).since == closes
    just_before = closing.state(facts, policy, "2026-03-20T00:00:00.000Z")
    assert (just_before.mode, just_before.turns_at) == ("open", closes)


# In words


@pytest.mark.parametrize(
    ("facts", "policy", "words"),
    [
        (BASE, OLD, "by the age rule: published 19 days ago, limit 14"),
        (replace(BASE, close_after=7), Policy(), "by its own age rule: published 19 days ago, limit 7"),
        (
            replace(BASE, last_approved_at="2026-05-09T12:00:00.000Z"),
            QUIET,
            "by the rule of quiet days: the last comment came 11 days ago, limit 10",
        ),
        (
            replace(BASE, last_approved_at="2026-05-19T12:00:00.000Z", close_quiet=1),
            QUIET,
            "by default",
        ),
        (replace(BASE, close_on="2026-05-18T09:30:00.000Z"), OLD, "by the date in its file, 18 May 2026, 09:30"),
        (replace(BASE, front="closed"), Policy(), "by its file"),
        (replace(BASE, switch=BY_HAND), Policy(), "by ana on 10 May 2026"),
        (
            replace(BASE, switch=replace(BY_HAND, who="", until="2026-06-01T10:00:00.000Z")),
            Policy(),
            "by the command line on 10 May 2026, until 1 June 2026, 10:00",
        ),
        (
            replace(BERLIN, switch=replace(BY_HAND, until="2026-05-31T22:00:00.000Z")),
            Policy(),
            "by ana on 10 May 2026, 02:00, until 1 June 2026",
        ),
        (
            replace(BERLIN, last_approved_at="2026-05-08T22:30:00.000Z"),
            QUIET,
            "by the rule of quiet days: the last comment came 11 days ago, limit 10",
        ),
        (
            replace(BERLIN, site=replace(BY_HAND, mode="moderated"), front="replies-only"),
            Policy(),
            "by its file; replies wait for a moderator",
        ),
        (replace(BERLIN, site=BY_HAND), Policy(), "by the switch of the whole site, set by ana on 10 May 2026, 02:00"),
    ],
)
def test_the_cause_is_told_in_words(facts: Facts, policy: Policy, words: str) -> None:
    assert closing.because(closing.state(facts, policy, LATER), facts, LATER) == words


@pytest.mark.parametrize(
    ("published", "ago"),
    [
        ("2026-05-19T22:00:00.000Z", "today"),  # the 20th has begun in Berlin
        ("2026-05-19T21:59:00.000Z", "yesterday"),
        ("2026-05-18T22:00:00.000Z", "yesterday"),
        ("2026-05-18T21:59:00.000Z", "2 days ago"),
        ("2023-08-23T22:00:00.000Z", "1,000 days ago"),
    ],
)
@pytest.mark.parametrize("at", ["2026-05-19T22:00:00.000Z", "2026-05-20T21:59:00.000Z"])
def test_days_ago_are_days_of_the_clocks_there(published: str, ago: str, at: str) -> None:
    facts = replace(BERLIN, published_at=published)
    found = State("closed", "age", since=published, limit=0)
    assert closing.because(found, facts, at) == f"by the age rule: published {ago}, limit 0"


@pytest.mark.parametrize(
    ("until", "written"),
    [
        ("2026-05-31T22:00:00.000Z", "2026-06-01"),
        ("2026-05-31T23:00:00.000Z", "2026-06-01T01:00+02:00"),
        ("2026-05-31T22:30:00.000Z", "2026-06-01T00:30+02:00"),
        ("2026-11-30T23:00:00.000Z", "2026-12-01"),
    ],
)
def test_an_end_is_shown_as_it_is_read_again(until: str, written: str) -> None:
    assert closing.day_of(until, BERLIN) == written
    assert closing.end(f" {written} ", ZoneInfo(BERLIN.timezone)) == until


@pytest.mark.parametrize("written", ["soon", "2026-02-30", "0001-01-01", "2026-06-01" + "x" * 90])
def test_an_end_that_is_no_day_is_refused_with_its_cure(written: str) -> None:
    with pytest.raises(Invalid) as refusal:
        closing.end(written, ZoneInfo("Europe/Berlin"))
    assert refusal.value.errors == {"until": f"Until is {written[:40]!r}; write a day like 2026-06-01."}
    assert closing.end(" ", ZoneInfo("Europe/Berlin")) is None


def test_an_override_says_what_it_overrides() -> None:
    overridden = replace(BASE, switch=Closure("open"), site=BY_HAND)
    assert closing.override(overridden, OLD, LATER) == (
        "File and rules say: closed by the age rule: published 19 days ago, limit 14."
    )
    assert closing.override(BASE, OLD, LATER) == ""
    assert closing.override(replace(BASE, switch=replace(BY_HAND, until=MAY_15)), OLD, LATER) == ""


# The switch


def test_the_sites_switch_is_told_while_it_holds(db: Database) -> None:
    factories.post(db)
    assert closing.site_switch(db, LATER) is None
    with store.transaction(db):
        closing.close(db, factories.SLUG, by=factories.by())
        closing.close(db, None, mode="moderated", note="All.", until=LATER, by=factories.by())
    held = Closure("moderated", "All.", LATER, factories.NOON)
    assert closing.site_switch(db, "2026-05-19T23:59:59.999Z") == held
    assert closing.site_switch(db, LATER) is None


def test_opening_the_site_lifts_its_switch_and_says_so(db: Database) -> None:
    factories.post(db)
    with store.transaction(db):
        assert closing.open_again(db, None, by=factories.by()) is None
        closing.close(db, None, by=factories.by())
        batch = closing.open_again(db, None, by=factories.by())
    assert closing.site_switch(db, LATER) is None
    assert batch is not None
    assert acts.sentence(ACTS, events.batch(db, batch)) == "Opened every discussion again: each has its own state back."


def test_opening_a_post_outlasts_its_file_and_says_so(db: Database) -> None:
    factories.post(db, comments="closed")
    with store.transaction(db):
        batch = closing.open_again(db, factories.SLUG, by=factories.by())
    assert (_state(db).mode, _state(db).cause) == ("open", "switch")
    assert batch is not None
    assert acts.sentence(ACTS, events.batch(db, batch)) == "Opened the discussion of “A post”."


def test_another_note_begins_no_new_closing(db: Database) -> None:
    factories.post(db)
    with store.transaction(db):
        closing.close(db, factories.SLUG, note="First.", by=factories.by())
        closing.close(db, factories.SLUG, note="Second.", by=factories.by("2026-05-08T00:00:00.000Z"))
    found, _ = closing.of_post(db, factories.SLUG, at="2026-05-09T00:00:00.000Z")
    assert (found.note, found.since) == ("Second.", factories.NOON)
    with store.transaction(db):
        closing.close(db, factories.SLUG, mode="moderated", by=factories.by("2026-05-09T00:00:00.000Z"))
    assert closing.of_post(db, factories.SLUG, at=LATER)[0].since == "2026-05-09T00:00:00.000Z"


def test_a_closing_after_one_that_ended_is_a_new_one(db: Database) -> None:
    factories.post(db)
    ninth = "2026-05-09T00:00:00.000Z"
    with store.transaction(db):
        closing.close(db, factories.SLUG, until="2026-05-08T00:00:00.000Z", by=factories.by())
        closing.close(db, factories.SLUG, by=factories.by(ninth))
    assert closing.of_post(db, factories.SLUG, at=LATER)[0].since == ninth


def test_many_posts_are_switched_as_one_batch_which_undo_takes_back(db: Database) -> None:
    for slug in ("one", "two", "three"):
        factories.post(db, slug)
    with store.transaction(db):
        closing.close(db, "two", note="Mine.", by=factories.by())
        closing.close(db, "three", mode="replies-only", note="All.", by=factories.by())
        batch = closing.switch_many(db, ["one", "two", "three", "one"], "replies-only", note="All.", by=factories.by())
    assert {slug: state.mode for slug, state, _ in closing.listed(db, at=LATER)} == dict.fromkeys(
        ("one", "two", "three"), "replies-only"
    )
    assert batch is not None
    found = events.batch(db, batch)
    assert found is not None
    assert (found["moved"], acts.sentence(ACTS, found)) == (2, "Closed 2 discussions to new thoughts.")
    factories.undo(db, batch)
    assert [state.mode for _, state, _ in closing.listed(db, at=LATER)] == ["replies-only", "closed", "open"]
    assert closing.of_post(db, "two", at=LATER)[0].note == "Mine."


def test_posts_are_listed_the_undated_first_and_then_the_newest(db: Database) -> None:
    for slug, published_at in (("old", PUBLISHED), ("draft", ""), ("new", LATER), ("as-old", PUBLISHED)):
        factories.post(db, slug, published_at=published_at)
    assert [slug for slug, _, _ in closing.listed(db, at=LATER)] == ["draft", "new", "as-old", "old"]


def test_many_posts_follow_their_files_again(db: Database) -> None:
    for slug in ("one", "two"):
        factories.post(db, slug, comments="moderated")
    with store.transaction(db):
        closing.switch_many(db, ["one", "two"], "open", by=factories.by())
        batch = closing.switch_many(db, ["one", "two"], "follow", by=factories.by())
        assert closing.switch_many(db, ["one", "two"], "follow", by=factories.by()) is None
    assert {state.cause for _, state, _ in closing.listed(db, at=LATER)} == {"front matter"}
    assert batch is not None
    found = events.batch(db, batch)
    assert acts.sentence(ACTS, found) == "Let file and rules decide on 2 discussions again."
    assert acts.undone_sentence(ACTS, found) == "Undone: 2 discussions are as before."


def test_many_posts_are_switched_until_a_day(db: Database) -> None:
    for slug in ("one", "two"):
        factories.post(db, slug)
    with store.transaction(db):
        closing.switch_many(db, ["one", "two"], "closed", until=JUNE, by=factories.by())
        with pytest.raises(Invalid, match="is over already"):
            closing.switch_many(db, ["one", "two"], "closed", until=factories.NOON, by=factories.by())
    found = [state for _, state, _ in closing.listed(db, at=LATER)]
    assert [(state.mode, state.note, state.until) for state in found] == [("closed", "", JUNE)] * 2


@pytest.mark.parametrize(
    ("slugs", "mode", "wanted"),
    [
        ([], "closed", Invalid({"slug": "No post is chosen. Tick the posts first."})),
        (["one", "nope"], "closed", NotFound("There is no post 'nope'.")),
        (
            ["one"],
            "ajar",
            Invalid({"mode": "A discussion is open, moderated, replies-only or closed, not 'ajar'."}),
        ),
    ],
)
def test_a_bad_switch_of_many_changes_none(db: Database, slugs: list[str], mode: str, wanted: Refused) -> None:
    factories.post(db, "one")
    with pytest.raises(Refused) as refusal, store.transaction(db):
        closing.switch_many(db, slugs, mode, by=factories.by())
    assert (type(refusal.value), vars(refusal.value)) == (type(wanted), vars(wanted))
    assert db.conn.execute("select count(*) from closures").fetchone()[0] == 0


def test_no_comment_is_later_than_a_closing_whose_clock_is_behind(db: Database) -> None:
    factories.post(db)
    # the last by a clock that is wrong
    for n, at in enumerate(("11:00:00.000", "12:00:00.250", "12:00:00.100", "12:05:00.000")):
        factories.submit(db, n=n, at=f"2026-05-07T{at}Z")
    with store.transaction(db):
        closing.close(db, factories.SLUG, by=factories.by())
    assert closing.of_post(db, factories.SLUG, at=LATER)[0].since == "2026-05-07T12:00:00.250Z"


def test_the_log_names_the_day_of_the_end_by_the_clock_of_the_site(db: Database) -> None:
    factories.post(db, timezone="Europe/Berlin")
    with store.transaction(db):
        batch = closing.close(db, factories.SLUG, until="2026-05-31T22:00:00.000Z", by=factories.by())
    assert batch is not None
    assert acts.sentence(ACTS, events.batch(db, batch)) == "Closed the discussion of “A post” until 2026-06-01."


ENDS = "2026-05-12T00:00:00.000Z"  # of a switch; the rule of seven days closed the post on the 8th


@pytest.mark.parametrize(
    ("mode", "until", "since"),
    [
        ("open", ENDS, ENDS),  # it was open until then: from then on it is closed
        ("moderated", ENDS, ENDS),
        ("replies-only", ENDS, ENDS),
        ("closed", ENDS, "2026-05-08T00:00:00.000Z"),  # it was closed all the time
        ("open", "2026-05-05T00:00:00.000Z", "2026-05-08T00:00:00.000Z"),  # it ended before the rule closed
    ],
)
def test_a_post_is_closed_since_the_switch_that_kept_it_open_ended(mode: str, until: str, since: str) -> None:
    facts = replace(BASE, close_after=7, switch=Closure(mode, "", until, PUBLISHED, "ana"))
    found = closing.state(facts, Policy(), LATER)
    assert (found.mode, found.cause, found.since) == ("closed", "age", since)


@pytest.mark.parametrize(("mode", "taken"), [("open", True), ("closed", False)])
def test_the_grace_runs_from_the_end_of_the_switch_that_kept_it_open(mode: str, taken: bool) -> None:
    facts = replace(BASE, close_after=7, switch=Closure(mode, "", ENDS, PUBLISHED, "ana"))
    at = "2026-05-12T00:05:00.000Z"
    rules = Policy(closing_grace_minutes=10)
    opened_at = "2026-05-11T23:59:00.000Z"
    found = closing.state(facts, rules, at)
    assert closing.takes(found, reply=False, opened_at=opened_at, at=at, policy=rules) is taken
