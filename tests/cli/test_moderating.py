import json
import re
from typing import Any

import pytest
from sqlite_utils import Database

from blog import closing, posts
from blog.rules import policy
from blog.rules.policy import Policy
from blog.rules.policy_words import WORDINGS
from blog.storage import store
from tests import factories
from tests.cli.conftest import Run, everything, refused
from tests.factories import NOON, SLUG, decide, status, submit

FIELDS = {"id", "post", "parent", "status", "author", "email", "url", "ip", "created_at", "text", "rule", "reason"}
HUGE = 2**70


@pytest.fixture(autouse=True)
def _post(db: Database) -> None:
    factories.post(db)


def _json(run: Run, *words: object) -> Any:
    result = run(*words, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.count("\n") == 1
    return json.loads(result.stdout)


def _ids(run: Run, *words: object) -> list[int]:
    return [row["id"] for row in _json(run, "queue", *words)]


# The queue


def test_the_queue_as_json_is_one_array_with_the_fields_of_the_contract(blog: Run, db: Database) -> None:
    comment = submit(db, "Two [a](https://a.example) [b](https://b.example).", url="https://reader.example")
    assert _json(blog, "queue") == [
        {
            "id": comment,
            "post": SLUG,
            "parent": None,
            "status": "pending",
            "author": "Reader 1",
            "email": "reader1@example.org",
            "url": "https://reader.example",
            "ip": "10.0.0.2",
            "created_at": NOON,
            "text": "Two [a](https://a.example) [b](https://b.example).",
            "rule": "comment_max_links",
            "reason": "2 links; 2 or more are held.",
            "score": None,
        }
    ]


def test_the_queue_is_newest_first_and_an_empty_one_is_an_empty_array(blog: Run, db: Database) -> None:
    assert _json(blog, "queue") == []
    ids = [submit(db, f"Thought {n}.", n=n) for n in range(1, 4)]
    assert _ids(blog) == ids[::-1]


def test_a_reply_in_the_queue_names_what_it_answers(blog: Run, db: Database) -> None:
    first = submit(db)
    decide(db, first, "approve")
    submit(db, "An answer.", n=2, comment_parent=str(first))
    assert [row["parent"] for row in _json(blog, "queue")] == [first]


def test_the_queue_is_chosen_by_status_post_and_words(blog: Run, db: Database) -> None:
    factories.post(db, "other-post")
    waits, approved, spam, trash = (submit(db, f"The number {n}.", n=n) for n in range(1, 5))
    elsewhere = submit(db, "A walrus.", n=5, slug="other-post")
    for comment, decision in ((approved, "approve"), (spam, "spam"), (trash, "trash")):
        decide(db, comment, decision)
    assert _ids(blog) == [elsewhere, waits]
    assert _ids(blog, "--status", "approved") == [approved]
    assert _ids(blog, "--status", "spam") == [spam]
    assert _ids(blog, "--status", "trash") == [trash]
    assert _ids(blog, "--status", "all") == [elsewhere, approved, waits]
    assert _ids(blog, "--post", "other-post") == [elsewhere]
    assert _ids(blog, "--post", SLUG, "--status", "all") == [approved, waits]
    assert _ids(blog, "--search", "walrus") == [elsewhere]
    assert _ids(blog, "--search", "WALR") == [elsewhere]
    assert _ids(blog, "--search", "reader1@example.org") == [waits]
    assert _ids(blog, "--search", "10.0.0.2") == [waits]
    assert _ids(blog, "--search", 'no "such" words*') == []


def test_the_limit_has_a_default_of_50_and_no_cap(blog: Run, db: Database) -> None:
    with store.transaction(db):
        db.conn.execute(
            """
            insert into comments (post_id, status, author, email, url, text, text_html, text_hash, ip, network,
              user_agent, verdict, rule, verdict_facts, created_at, source)
            select 1, 'pending', 'A', '', '', 'x', '<p>x</p>', '', '', '', '', 'hold', '', '{}', ?, 'web'
            from json_each(?)
            """,
            [NOON, json.dumps([0] * 700)],
        )
    assert len(_ids(blog)) == 50
    assert len(_ids(blog, "--limit", 3)) == 3
    assert len(_ids(blog, "--limit", 600)) == 600
    assert len(_ids(blog, "--limit", HUGE)) == 700
    assert len(_ids(blog, "--limit", 0)) == 700


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ([], 2),
        (["--status", "approved"], 1),
        (["--status", "all"], 3),
        (["--status", "spam"], 0),
        (["--search", "thought 2."], 1),
        (["--search", "2. thought"], 1),
        (["--search", "ug ts"], 0),
        (["--limit", "1"], 2),
        (["--json"], 2),
    ],
)
def test_count_prints_a_number_alone(blog: Run, db: Database, words: list[str], count: int) -> None:
    ids = [submit(db, f"Thought {n}.", n=n) for n in range(1, 4)]
    decide(db, ids[2], "approve")
    result = blog("queue", "--count", *words)
    assert (result.exit_code, result.stdout) == (0, f"{count}\n")


def test_the_queue_in_a_pipe_is_one_line_for_each_comment_parted_by_tabs(blog: Run, db: Database) -> None:
    comment = submit(db, "One\n\ntwo\tthree.")
    decide(db, submit(db, n=2), "approve")
    line = f"{comment}\tpending\t2026-05-07 12:00\tReader 1\t{SLUG}\tOne two three.\t"
    assert blog("queue").stdout == line + "No comment from this browser or account was approved before.\t\n"


def test_a_name_can_steer_no_terminal(blog: Run, db: Database) -> None:
    comment = submit(db, "Text \x9b31m and \u202eback.", author="Ann \x9b2J \u202eeve")
    for result in (blog("queue"), blog("why", comment)):
        assert "Ann �2J �eve" in result.stdout
        assert not set("\x9b\u202e") & set(result.stdout)
    assert _json(blog, "queue")[0]["author"] == "Ann \x9b2J \u202eeve"


def test_a_post_that_is_not_there_has_no_queue(blog: Run) -> None:
    assert refused(blog("queue", "--post", "nope")) == "There is no post 'nope'."


@pytest.mark.parametrize(
    "words",
    [
        ["queue", "--status", "deleted"],
        ["queue", "--limit", "-1"],
        ["queue", "--limit", "many"],
        ["queue", "extra"],
        ["approve"],
        ["approve", "0"],
        ["approve", "-1"],
        ["approve", "one"],
        ["approve", str(HUGE)],
        ["why"],
        ["why", "0"],
        ["why", str(HUGE)],
        ["undo", "last"],
        ["undo", str(HUGE)],
        ["log", "--limit", "0"],
        ["settings", "comment_max_links", "3", "4"],
        ["close"],
        ["close", SLUG, "--site"],
        ["close", "--site", "--half"],
        ["close", "--site", "--moderated", "--replies-only"],
        ["open"],
        ["open", SLUG, "--site"],
        ["follow"],
        ["follow", "--site"],
        ["learnt", "FILE"],
    ],
)
def test_wrong_usage_ends_with_2_and_changes_nothing(blog: Run, db: Database, words: list[str]) -> None:
    submit(db)
    before = everything(db)
    result = blog(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: ")
    assert everything(db) == before


# Decisions

LEADS = [
    ("approve", "pending", "approved"),
    ("approve", "spam", "approved"),
    ("approve", "trash", "approved"),
    ("unapprove", "approved", "pending"),
    ("unapprove", "spam", "pending"),
    ("spam", "pending", "spam"),
    ("spam", "approved", "spam"),
    ("trash", "pending", "trash"),
    ("trash", "approved", "trash"),
    ("restore", "spam", "pending"),
    ("restore", "trash", "pending"),
    ("restore", "deleted", "pending"),
    ("delete", "pending", "deleted"),
    ("delete", "trash", "deleted"),
]
TO = {"approved": "approve", "spam": "spam", "trash": "trash", "deleted": "delete"}


@pytest.mark.parametrize(("decision", "before", "after"), LEADS)
def test_a_decision_moves_comments_once(blog: Run, db: Database, decision: str, before: str, after: str) -> None:
    ids = [submit(db, f"Thought {n}.", n=n) for n in (1, 2)]
    if before != "pending":
        decide(db, ids, TO[before])
    batch = db.conn.execute("select coalesce(max(id), 0) + 1 from batches").fetchone()[0]
    assert _json(blog, decision, *ids) == {"batch": batch, "moved": 2, "missing": []}
    assert {status(db, comment) for comment in ids} == {after}
    events, counts = everything(db)["events"], everything(db)["comment_counts"]
    assert _json(blog, decision, *ids) == {"batch": None, "moved": 0, "missing": []}
    assert (everything(db)["events"], everything(db)["comment_counts"]) == (events, counts)


def test_a_decision_says_what_it_did_and_how_to_take_it_back(blog: Run, db: Database) -> None:
    ids = [submit(db, f"Thought {n}.", n=n) for n in (1, 2)]
    assert blog("approve", *ids).stdout == "2 comments approved. Batch 1; undo with: blog undo 1\n"
    assert blog("approve", *ids).stdout == "Nothing to change.\n"
    assert blog("spam", ids[0]).stdout.startswith("One comment moved to spam. Batch ")


def test_what_stands_already_is_not_moved_with_the_rest(blog: Run, db: Database) -> None:
    ids = [submit(db, f"Thought {n}.", n=n) for n in range(1, 4)]
    decide(db, ids[0], "approve")
    assert _json(blog, "approve", *ids, *ids)["moved"] == 2


def test_the_reason_is_kept_in_the_journal(blog: Run, db: Database) -> None:
    comment = submit(db)
    blog("spam", comment, "--reason", "  Sells shoes.  ")
    assert _json(blog, "why", comment)["history"][-1]["reason"] == "Sells shoes."
    assert _json(blog, "log")[0]["reason"] == "Sells shoes."


def test_a_reason_that_is_too_long_is_refused(blog: Run, db: Database) -> None:
    comment = submit(db)
    before = everything(db)
    sentence = refused(blog("spam", comment, "--reason", "x" * 501))
    assert sentence == "The reason has 501 characters; 500 fit."
    assert everything(db) == before


@pytest.mark.parametrize(("ids", "named"), [([999], "comment 999"), ([998, 999], "comments 998 and 999")])
def test_ids_of_no_comment_are_refused(blog: Run, db: Database, ids: list[int], named: str) -> None:
    before = everything(db)
    assert named in refused(blog("approve", *ids))
    assert everything(db) == before


def test_an_id_of_no_comment_among_others_is_named_and_the_others_are_decided(blog: Run, db: Database) -> None:
    comment = submit(db)
    result = blog("approve", comment, 999)
    assert result.exit_code == 0
    assert result.stderr == "There is no comment 999.\n"
    assert _json(blog, "unapprove", comment, 999) == {"batch": 2, "moved": 1, "missing": [999]}


# Why


def test_why_tells_the_verdict_and_the_history(blog: Run, db: Database) -> None:
    comment = submit(db, "A *thought*.")
    decide(db, comment, "approve", reason="Fine.")
    lines = blog("why", comment).stdout.splitlines()
    assert lines[0] == f"Comment {comment} by Reader 1 on “A post”, approved"
    assert lines[1].startswith("Verdict: hold. No comment from this browser")
    assert "A *thought*." in lines
    assert lines[-2] == "2026-05-07 12:00  web: submit, pending"
    assert lines[-1] == "2026-05-07 12:00  command: approve, pending → approved “Fine.” (batch 1)"


def test_why_as_json_is_the_row_of_the_queue_with_verdict_and_history(blog: Run, db: Database) -> None:
    comment = submit(db)
    decide(db, comment, "approve")
    found = _json(blog, "why", comment)
    assert set(found) == {*FIELDS, "score", "verdict", "because", "history"}
    assert (found["verdict"], found["rule"]) == ("hold", "comment_previously_approved")
    history = [(event["kind"], event["before"], event["after"], event["batch"]) for event in found["history"]]
    assert history == [("submit", "", "pending", None), ("approve", "pending", "approved", 1)]


def test_why_of_no_comment_is_refused(blog: Run) -> None:
    assert refused(blog("why", 999)) == "There is no comment 999."


# Undo and the log


def test_undo_takes_the_last_batch_back(blog: Run, db: Database) -> None:
    ids = [submit(db, f"Thought {n}.", n=n) for n in (1, 2)]
    decide(db, ids, "approve")
    assert _json(blog, "undo") == {"batch": 2, "undone": 1, "moved": 2}
    assert {status(db, comment) for comment in ids} == {"pending"}
    assert refused(blog("undo")) == "There is nothing to undo."


def test_undo_takes_a_batch_by_its_number(blog: Run, db: Database) -> None:
    first, second = (decide(db, submit(db, n=n), "approve")["batch"] for n in (1, 2))
    result = blog("undo", first)
    assert result.stdout == f"Batch {first} was undone by batch 3.\n"
    assert refused(blog("undo", first)) == f"Batch {first} was undone already, by batch 3."
    assert blog("undo", second).exit_code == 0


def test_what_cannot_be_undone_is_refused_and_stays(blog: Run, db: Database) -> None:
    comment = submit(db)
    batch = decide(db, comment, "approve")["batch"]
    decide(db, comment, "spam")
    before = everything(db)
    assert refused(blog("undo", batch)).startswith(f"Batch {batch} cannot be undone alone: batch 2 (spam) came later")
    assert refused(blog("undo", 999)) == "There is no batch 999."
    assert everything(db) == before


def test_the_log_is_newest_first_and_says_what_was_undone(blog: Run, db: Database) -> None:
    comment = submit(db)
    decide(db, comment, "approve")
    blog("undo")
    blog("settings", "comment_max_links", 3)
    blog("close", SLUG)
    lines = [line.split("\t") for line in blog("log").stdout.splitlines()]
    assert [line[3] for line in lines] == [
        "Closed the discussion of “A post”.",
        "Changed comment_max_links from 2 to 3.",
        "Undid batch 1: One comment approved.",
        "One comment approved. Undone by batch 2.",
    ]
    assert [line[0] for line in lines] == ["3", "", "2", "1"]
    assert len(blog("log", "--limit", 2).stdout.splitlines()) == 2
    assert len(_json(blog, "log", "--limit", HUGE)) == 4


def test_the_log_as_json_says_each_act_in_a_sentence(blog: Run, db: Database) -> None:
    assert _json(blog, "log") == []
    decide(db, submit(db), "approve", reason="Fine.")
    row = _json(blog, "log")[0]
    assert (row["batch"], row["kind"], row["moved"], row["undone_by"]) == (1, "approve", 1, None)
    assert (row["sentence"], row["reason"], row["at"]) == ("One comment approved.", "Fine.", NOON)
    blog("undo")
    undone = _json(blog, "log")[0]
    assert list(undone) == list(row)
    assert (undone["reverses"], undone["sentence"]) == (1, "Undid batch 1: One comment approved.")


def test_the_log_tells_programs_what_it_tells_people_of_an_act_done_again(blog: Run, db: Database) -> None:
    decide(db, submit(db), "approve")
    for batch in (1, 2, 3):
        blog("undo", batch)
    assert [row["undone_by"] for row in _json(blog, "log")] == [None, 4, 3, 4]
    told = [line.partition("Undone by batch ")[2] for line in blog("log").stdout.splitlines()]
    assert told == ["", "4.", "3.", "4."]


# Settings


def test_settings_shows_every_setting_with_its_value(blog: Run) -> None:
    shown = {name: policy.value_text(Policy(), name) for name in WORDINGS}
    assert _json(blog, "settings") == shown
    lines = blog("settings").stdout.splitlines()
    flat = {name: " ".join(value.split("\n")) for name, value in shown.items()}
    assert lines == [f"{name}\t{value}\t{value}" for name, value in flat.items()]
    assert blog("settings", "comment_max_links").stdout == "2\n"
    assert _json(blog, "settings", "comment_moderation") == {"comment_moderation": "off"}


def test_a_list_that_is_emptied_is_called_empty(blog: Run) -> None:
    blog("settings", "disallowed_keys", "casino")
    assert blog("settings", "disallowed_keys", "").stdout == "disallowed_keys is empty now.\n"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("comment_moderation", "on", "on"),
        ("comment_previously_approved", "0", "off"),
        ("comment_max_links", "5", "5"),
        ("comment_max_links", "off", "0"),
        ("close_comments_quiet_days", "60", "60"),
        ("comment_order", "desc", "desc"),
        ("moderation_keys", "casino\n *shoes*  now \n\ncasino", "casino\n*shoes* now"),
    ],
)
def test_a_setting_is_changed_once(blog: Run, db: Database, name: str, value: str, shown: str) -> None:
    assert blog("settings", name, value).stdout == f"{name} is {value} now.\n"
    assert blog("settings", name).stdout == f"{shown}\n"
    before = everything(db)
    assert blog("settings", name, value).stdout == f"{name} was {value} already.\n"
    assert everything(db) == before


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("comment_max_link", "3", "There is no setting 'comment_max_link'. Did you mean 'comment_max_links'?"),
        ("wednesday", "3", "There is no setting 'wednesday'."),
        ("comment_moderation", "maybe", "comment_moderation is on or off, not 'maybe'."),
        ("comment_max_links", "some", "comment_max_links is a whole number from 0 to 100,000, not 'some'."),
        ("comment_max_links", "²", "comment_max_links is a whole number from 0 to 100,000, not '²'."),
        ("comment_max_links", "9" * 30, f"comment_max_links is a whole number from 0 to 100,000, not '{'9' * 30}'."),
        ("comments_per_page", "0", "comments_per_page is a whole number from 1 to 500, not '0'."),
        ("comment_order", "up", "comment_order is asc or desc, not 'up'."),
        ("disallowed_keys", "a\n*", "Line 2 of disallowed_keys is only '*', which would match every comment."),
    ],
)
def test_a_bad_setting_is_refused_with_what_to_write(
    blog: Run, db: Database, name: str, value: str, sentence: str
) -> None:
    before = everything(db)
    assert refused(blog("settings", name, value)) == sentence
    assert everything(db) == before


def test_the_journal_keeps_no_word_of_a_list(blog: Run, db: Database) -> None:
    blog("settings", "disallowed_keys", "bob@example.org")
    blog("settings", "disallowed_keys", "bob@example.org\n203.0.113.9")
    assert [row["sentence"] for row in _json(blog, "log")] == [
        "Changed disallowed_keys from one line to 2 lines.",
        "Changed disallowed_keys from nothing to one line.",
    ]
    assert not any("bob" in str(row) for row in everything(db)["events"])


def test_an_unknown_setting_is_not_shown(blog: Run) -> None:
    assert refused(blog("settings", "comment_moderatio")) == (
        "There is no setting 'comment_moderatio'. Did you mean 'comment_moderation'?"
    )


# The switch


def _state(db: Database, slug: str = SLUG) -> closing.State:
    return closing.state(closing.facts(posts.find(db, slug, at="2030-01-01")), Policy(), "2030-01-01T00:00:00.000Z")


@pytest.mark.parametrize(
    ("words", "mode", "cause"),
    [
        (["close", SLUG], "closed", "switch"),
        (["close", SLUG, "--replies-only"], "replies-only", "switch"),
        (["close", SLUG, "--moderated"], "moderated", "switch"),
        (["close", "--site"], "closed", "site"),
        (["close", "--site", "--replies-only"], "replies-only", "site"),
        (["open", SLUG], "open", "switch"),
    ],
)
def test_a_switch_acts_once_and_is_undone(blog: Run, db: Database, words: list[str], mode: str, cause: str) -> None:
    said = _json(blog, *words)
    assert (said["batch"], said["moved"]) == (1, 1)
    assert (_state(db).mode, _state(db).cause) == (mode, cause)
    if "--site" not in words:
        assert (said["state"], said["cause"], said["until"]) == (mode, cause, None)
        assert said["because"].startswith("by the command line on ")
    again = _json(blog, *words)
    assert (again["batch"], again["moved"]) == (None, 0)
    assert len(everything(db)["batches"]) == 1
    assert _json(blog, "undo")["undone"] == 1
    assert (_state(db).mode, _state(db).cause) == ("open", "default")


def test_a_switch_says_what_it_did(blog: Run) -> None:
    done, cause = blog("close", SLUG).stdout.splitlines()
    assert done == f"The discussion of “{SLUG}” is closed now. Batch 1; undo with: blog undo 1"
    assert re.fullmatch(r"Now: closed by the command line on \d+ \w+ \d{4}, \d\d:\d\d\.", cause)
    assert blog("close", SLUG).stdout == f"Nothing to change.\n{cause}\n"
    assert blog("close", SLUG, "--replies-only").stdout.startswith(
        f"The discussion of “{SLUG}” takes replies only now."
    )
    assert blog("close", SLUG, "--moderated").stdout.startswith(f"The discussion of “{SLUG}” is moderated now.")
    assert blog("close", "--site").stdout.startswith("Every discussion is closed now.")
    assert blog("open", "--site").stdout.startswith("Each post has its own state again.")
    blog("settings", "close_comments_for_old_posts", "on")
    done, cause = blog("follow", SLUG).stdout.splitlines()
    assert done.startswith(f"“{SLUG}” follows its file and the rules again.")
    assert re.fullmatch(r"Now: closed by the age rule: published [\d,]+ days ago, limit 14\.", cause)
    assert blog("close", SLUG, "--replies-only", "--moderated").exit_code == 2


def test_a_closing_keeps_its_note_and_its_end_in_the_sites_own_time(blog: Run, db: Database, site: Any) -> None:
    (site.root / "blog.toml").write_text('timezone = "Europe/Berlin"\n', "utf-8")
    blog("close", SLUG, "--note", "Thanks to *all*.", "--until", "2031-06-01")
    assert (_state(db).note, _state(db).until) == ("Thanks to *all*.", "2031-05-31T22:00:00.000Z")
    blog("close", SLUG, "--until", "2031-06-01T12:00:00+00:00")
    assert (_state(db).note, _state(db).until) == ("", "2031-06-01T12:00:00.000Z")


def test_opening_a_post_under_the_sites_switch_says_that_it_stays_closed(blog: Run, db: Database) -> None:
    blog("close", "--site")
    result = blog("open", SLUG)
    assert result.exit_code == 0
    assert result.stderr == "The switch of the whole site is closed and overrides this: blog open --site\n"
    blog("open", "--site")
    assert (_state(db).mode, _state(db).cause) == ("open", "switch")


def test_follow_drops_the_override(blog: Run, db: Database) -> None:
    factories.post(db, "closed-by-file", comments="closed")
    blog("open", "closed-by-file")
    said = _json(blog, "follow", "closed-by-file")
    assert (said["batch"], said["state"], said["because"]) == (2, "closed", "by its file")
    assert _state(db, "closed-by-file").cause == "front matter"
    assert _json(blog, "follow", "closed-by-file")["batch"] is None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["close", "nope"], "There is no post 'nope'."),
        (["open", "nope"], "There is no post 'nope'."),
        (["follow", "nope"], "There is no post 'nope'."),
        (["close", SLUG, "--until", "Friday"], "Until is 'Friday'; write a day like 2026-06-01."),
        (["close", SLUG, "--until", "2026-02-30"], "Until is '2026-02-30'; write a day like 2026-06-01."),
        (
            ["close", SLUG, "--until", "9999-12-31T23:59:59-05:00"],
            "Until is '9999-12-31T23:59:59-05:00'; write a day like 2026-06-01.",
        ),
        (["close", SLUG, "--until", "2001-01-01"], "This day is over already."),
        (["close", SLUG, "--note", "x" * 2_001], "The note has 2,001 characters; 2,000 fit."),
    ],
)
def test_a_bad_switch_is_refused_with_a_sentence(blog: Run, db: Database, words: list[str], sentence: str) -> None:
    before = everything(db)
    assert refused(blog(*words)) == sentence
    assert everything(db) == before
