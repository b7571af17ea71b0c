"""What is kept of a person: cut after its days, told on one page, given as data, and erased without a trace."""

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog import app, filter, jobs, moderation
from blog.cli import main
from blog.errors import Conflict, NotFound
from blog.moderation import bans, erasure
from blog.moderation.decisions import LESSONS
from blog.rules import policy
from blog.rules.policy import Policy
from blog.settings import Settings
from blog.storage import store
from blog.upkeep import integrity
from tests import factories
from tests.factories import SLUG, by, decide, submit, undo
from tests.statements import plan

EMAIL = "quokkamail@example.org"
TRACES = (
    "quokkamail",
    "quokkaname",
    "quokkatext",
    "quokkasite",
    "quokkaagent",
    "quokkabefore",
    "203.0.113.77",
    "quokkanote",
)


@pytest.fixture(autouse=True)
def _post(request: pytest.FixtureRequest, db: Database) -> None:
    if "client" not in request.fixturenames:
        factories.post(db)


def write(db: Database, n: int = 1, **more: str) -> int:
    """Send a comment all of whose fields are unmistakable, and edit it; return its id."""
    who = factories.sender(n, user_agent="quokkaagent/1.0", ip="203.0.113.77", reader_hash="hash of quokka")
    written = submit(
        db,
        f"Quokkabefore {n}.",
        n,
        who=who,
        author="Quokkaname",
        email=EMAIL.upper() if n % 2 else EMAIL,
        url="https://quokkasite.example",
        **more,
    )
    with store.transaction(db):
        factories.edit(
            db, written, author="Quokkaname", url="https://quokkasite.example", text=f"Quokkatext {n}.", by=by()
        )
        from blog.comments import notes

        notes.add(db, written, "Quokkanote: is this the one?", by=by())
    return written


def hurry(db: Database) -> None:
    with store.transaction(db):
        policy.change(db, {"comment_flood_seconds": "0"}, by=by())


def found_in(folder: Path) -> list[tuple[str, str]]:
    """Return which traces are in which of the database's files, byte by byte."""
    return [
        (path.name, trace)
        for path in folder.glob("blog.db*")
        for trace in TRACES
        if trace.encode() in path.read_bytes().lower()
    ]


# Cutting what was kept of the machine


def forget(db: Database, at: str, rules: Policy | None = None) -> int:
    with store.transaction(db):
        return moderation.forget_machines(db, rules or Policy(), at=at)


def machine(db: Database, comment: int) -> tuple[str, ...]:
    return tuple(db.conn.execute("select ip, network, user_agent from comments where id = ?", [comment]).fetchone())


def test_ip_network_and_user_agent_are_cut_after_their_days_and_not_before(db: Database) -> None:
    kept = submit(db)
    decide(db, kept, "approve")
    assert forget(db, "2026-06-06T11:59:59.000Z") == 0
    assert machine(db, kept) == ("10.0.0.2", "10.0.0.2", "a browser")
    assert forget(db, "2026-06-06T12:00:01.000Z") == 1
    assert machine(db, kept) == ("", "", "")
    assert forget(db, "2026-06-06T12:00:01.000Z") == 0
    assert moderation.matching(db, moderation.Selection("all", search="10.0.0.2")) == 0
    assert integrity.check(db) == []


def test_nought_days_keep_them_for_good_and_two_cut_them_early(db: Database) -> None:
    submit(db)
    assert forget(db, "2036-01-01T00:00:00.000Z", Policy(keep_ip_days=0)) == 0
    assert forget(db, "2026-05-10T00:00:00.000Z", Policy(keep_ip_days=2)) == 1


def test_a_run_is_bounded_and_goes_on_where_the_last_one_ended(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(db)
    for n in range(5):
        submit(db, f"Thought {n}.", n)
    monkeypatch.setattr(moderation.purging, "AT_ONCE", 2)
    assert [forget(db, "2027-01-01T00:00:00.000Z") for _ in range(4)] == [2, 2, 1, 0]
    assert db.conn.execute("select forgotten from site").fetchone()[0] == 5
    assert plan(db, moderation.purging.REMAINING, [2])[0] == "SEARCH remaining USING INTEGER PRIMARY KEY (rowid>?)"


def test_a_comment_dated_in_the_future_is_cut_and_holds_up_no_other(db: Database) -> None:
    hurry(db)
    early, ahead, young = (submit(db, f"Thought {n}.", n) for n in range(3))
    for number, day in ((early, "2026-05-01"), (ahead, "2031-01-01"), (young, "2026-05-31")):
        db.conn.execute("update comments set created_at = ? where id = ?", [f"{day}T00:00:00.000Z", number])
    assert forget(db, "2026-06-06T12:00:00.000Z") == 2
    assert (machine(db, ahead), machine(db, young)[0]) == (("", "", ""), "10.0.0.3")
    assert forget(db, "2026-07-06T12:00:00.000Z") == 1


def test_a_public_page_stays_in_the_cache_when_machines_are_forgotten(db: Database) -> None:
    decide(db, submit(db), "approve")
    before = db.conn.execute("select version from posts").fetchone()[0]
    assert forget(db, "2027-01-01T00:00:00.000Z") == 1
    assert db.conn.execute("select version from posts").fetchone()[0] == before


# All that is kept of one person


def test_an_export_holds_everything_under_an_email_in_whatever_case(db: Database) -> None:
    hurry(db)
    ids = [write(db, n) for n in (1, 2)]
    other = submit(db, "Somebody else's.", 9)
    with store.transaction(db):
        bans.set_standing(db, "email", EMAIL, bans.NewRule("banned", reason="So."), by=by())
    found = erasure.about(db, " QuokkaMail@Example.org ")
    assert [row["id"] for row in found["comments"]] == ids
    assert other not in ids
    first = found["comments"][0]
    assert (first["ip"], first["user_agent"], first["post"]) == ("203.0.113.77", "quokkaagent/1.0", SLUG)
    assert [row["text"] for row in found["earlier_words"]] == ["Quokkabefore 1.", "Quokkabefore 2."]
    assert len(found["notes_of_moderators"]) == 2
    assert {row["kind"] for row in found["history"]} == {"submit", "edit"}
    assert found["standings"][0]["standing"] == "banned"
    with pytest.raises(NotFound, match=r"Nothing is kept about nobody@example\.org"):
        erasure.about(db, "nobody@example.org")


def test_nobody_is_found_by_an_empty_email(db: Database) -> None:
    with store.transaction(db):
        policy.change(db, {"require_name_email": "off"}, by=by())
    submit(db, email="", author="")
    for email in ("", " ", "%", "reader"):
        with pytest.raises(Exception, match="An email address is wanted"):
            erasure.about(db, email)


# Erasing


def erase(db: Database, **more: bool) -> erasure.Erased:
    with store.transaction(db):
        done = erasure.erase(db, EMAIL, by=by(), **more)
    db.conn.execute("pragma wal_checkpoint(truncate)")
    return done


def test_erasing_leaves_the_thread_whole_and_no_trace_in_any_file(db: Database, site: Settings) -> None:
    hurry(db)
    first, lonely, waiting = write(db, 1), write(db, 2), write(db, 3)
    decide(db, [first, lonely], "approve")
    reply = submit(db, "An answer.", 9, comment_parent=str(first))
    decide(db, reply, "approve")
    db.conn.execute("pragma wal_checkpoint(truncate)")
    assert {trace for _, trace in found_in(site.root)} == set(TRACES)
    done = erase(db)
    assert done["comments"] == 3
    assert found_in(site.root) == []
    rows = db.conn.execute("select id, status, author, text, replies from comments order by id").fetchall()
    assert [tuple(row) for row in rows] == [
        (first, "deleted", "", "", 1),
        (reply, "approved", "Reader 9", "An answer.", 0),
    ]
    assert integrity.check(db) == []
    assert waiting not in [row[0] for row in rows]
    with pytest.raises(NotFound):
        erasure.about(db, EMAIL)


def test_erasing_who_wrote_it_leaves_the_words(db: Database, site: Settings) -> None:
    hurry(db)
    comment = write(db, 1)
    decide(db, comment, "approve")
    done = erase(db, keep_text=True)
    assert done["comments"] == 1
    assert {trace for _, trace in found_in(site.root)} == {"quokkatext"}
    row = db.conn.execute("select status, author, email, url, text, reader_hash, evidence from comments").fetchone()
    assert tuple(row) == ("approved", "", "", "", "Quokkatext 1.", None, "")
    assert integrity.check(db) == []


def learn(db: Database) -> set[str]:
    """Let the filter learn what was decided; return the words that it knows."""
    with store.transaction(db):
        while filter.update_counts(db):
            pass
    return words_known(db)


def words_known(db: Database) -> set[str]:
    return {row[0] for row in db.conn.execute("select name from filter_words")}


def test_erasing_takes_the_comments_out_of_the_training_set_and_words_that_only_they_had(
    db: Database, site: Settings
) -> None:
    hurry(db)
    other = submit(db, "A thought of somebody else.", 9)
    decide(db, other, "approve")
    known = learn(db)
    alone = filter.state(db)
    first, second = write(db, 1), write(db, 2)
    with store.transaction(db):
        factories.edit(db, second, author="Quokkaname", url="", text="Quokkatext, a thought.", by=by())
    decide(db, [first], "approve")
    decide(db, [second], "spam")
    assert {"quokkatext", "a thought"} <= learn(db)
    erase(db)
    assert words_known(db) == known
    assert filter.state(db) == alone
    assert [row[0] for row in db.conn.execute("select key from filter_examples")] == [other]
    assert found_in(site.root) == []
    assert integrity.check(db) == []
    with store.transaction(db):
        assert filter.rebuild(db, LESSONS) == alone


def test_erasing_reaches_what_was_not_learned_yet(db: Database, site: Settings) -> None:
    decide(db, write(db, 1), "approve")
    erase(db)
    assert learn(db) == set()
    assert filter.state(db)["ham"] == 0


def test_who_wrote_a_comment_leaves_the_filter_and_its_words_stay(db: Database) -> None:
    comment = write(db, 1)
    decide(db, comment, "approve")
    known = learn(db)
    before = db.conn.execute("select features from filter_examples").fetchone()[0]
    stays = erase(db, keep_text=True)["stays"]
    assert words_known(db) == known
    assert db.conn.execute("select features from filter_examples").fetchone()[0] != before
    assert not filter.has_pending(db)
    assert "What the filter learned from the words of the comments, without who wrote them." in stays


def test_examples_given_with_the_email_are_exported_and_erased(db: Database, site: Settings) -> None:
    line = {"text": "Quokkatext of a line.", "author": "Quokkaname", "email": EMAIL, "url": "", "label": "spam"}
    with store.transaction(db):
        batch = filter.learn(db, [line], by=by())["batch"]
    assert "quokkatext" in learn(db)
    assert erasure.about(db, EMAIL)["examples_for_the_filter"][0]["text"] == "Quokkatext of a line."
    assert erase(db)["comments"] == 0
    assert (words_known(db), filter.state(db)["spam"], found_in(site.root)) == (set(), 0, [])
    assert batch is not None
    undo(db, batch)
    assert integrity.check(db) == []


def test_a_ban_of_the_browser_or_the_network_is_told(db: Database) -> None:
    write(db, 1)
    reader, network = db.conn.execute("select reader_hash, network from comments").fetchone()
    with store.transaction(db):
        bans.set_standing(db, "reader", reader, bans.NewRule("banned"), by=by())
        bans.set_standing(db, "network", network, bans.NewRule("banned"), by=by())
    stays = " ".join(erase(db)["stays"])
    assert "The ban or trust of a browser" in stays
    assert "The ban or trust of a network" in stays


def test_a_lifted_ban_of_the_browser_is_forgotten(db: Database) -> None:
    write(db, 1)
    reader = db.conn.execute("select reader_hash from comments").fetchone()[0]
    for standing in ("banned", ""):
        with store.transaction(db):
            bans.set_standing(db, "reader", reader, bans.NewRule(standing), by=by())
    erase(db)
    assert db.conn.execute("select count(*) from standing_changes").fetchone()[0] == 0


def test_no_undo_brings_back_what_was_erased(db: Database) -> None:
    comment = write(db, 1)
    edit = db.conn.execute("select max(id) from batches").fetchone()[0]
    approved = decide(db, comment, "approve")["batch"]
    erase(db, keep_text=True)
    for batch in (approved, edit):
        with pytest.raises(Conflict, match="purged for good"):
            undo(db, batch)


def test_a_ban_stays_and_is_told_and_a_lifted_one_is_forgotten(db: Database, site: Settings) -> None:
    comment = write(db, 1)
    with store.transaction(db):
        bans.set_standing(db, "email", EMAIL, bans.NewRule("banned"), by=by())
    assert any("The ban of this email" in sentence for sentence in erase(db)["stays"])
    assert [row["value"] for row in bans.all_rules(db, at="2026-05-08")] == [EMAIL]
    with store.transaction(db):
        bans.set_standing(db, "email", EMAIL, bans.NewRule(""), by=by())
        db.conn.execute("update comments set email = ? where id = ?", [EMAIL, comment])
    submit(db, "Once more.", 5, email=EMAIL)
    erase(db)
    assert found_in(site.root) == []


def test_a_purge_takes_earlier_words_and_notes_with_it(db: Database, site: Settings) -> None:
    hurry(db)
    first, second = write(db, 1), write(db, 2)
    decide(db, [first, second], "approve")
    decide(db, submit(db, "An answer.", 9, comment_parent=str(first)), "approve")
    decide(db, [first, second], "delete")
    with store.transaction(db):
        assert moderation.purge(db, Policy(), at="2026-06-20T00:00:00.000Z") == 2
    db.conn.execute("pragma wal_checkpoint(truncate)")
    assert found_in(site.root) == []


def test_the_desk_shows_a_comment_whose_writer_was_erased(moderator: TestClient, db: Database) -> None:
    comment = write(db, 1)
    erase(db, keep_text=True)
    page = moderator.get(f"/admin/comments/{comment}")
    assert page.status_code == 200
    assert "All data about its writer was erased." in page.text
    assert moderator.get("/admin/log").status_code == 200
    assert "quokkaname" not in page.text.lower()


# The commands


def command(site: Settings, *words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["--site", str(site.root), *words])
    return done.exit_code, done.stdout, done.stderr


def test_the_commands_export_ask_and_erase(db: Database, site: Settings) -> None:
    write(db, 1)
    code, out, _ = command(site, "privacy", "export", EMAIL)
    assert (code, json.loads(out)["comments"][0]["author"]) == (0, "Quokkaname")
    code, out, said = command(site, "privacy", "erase", EMAIL)
    assert (code, out) == (1, "")
    assert "Confirm with --yes" in said
    code, out, _ = command(site, "privacy", "erase", EMAIL, "--yes")
    assert code == 0
    assert out.startswith(f"1 comment of {EMAIL} is erased. This cannot be undone. Still stored:\n- The journal")
    assert "- Of comments that were removed for good before: what the filter learned" in out
    assert command(site, "privacy", "export", EMAIL)[0] == 1
    assert command(site, "privacy", "erase", EMAIL, "--yes")[0] == 1


# The page


def test_the_page_says_what_the_settings_say_and_every_form_leads_there(client: TestClient, db: Database) -> None:
    page = client.get("/privacy/")
    assert page.status_code == 200
    assert "Both are deleted after 30 days." in page.text
    assert "after 400 days" not in page.text
    assert "for 400 days" in page.text
    for path in ("/", f"/{SLUG}/", "/nothing-here/"):
        assert client.get(path).text.count('href="/privacy/"') == (2 if path == f"/{SLUG}/" else 1)
    assert client.get("/privacy", follow_redirects=False).headers["location"] == "/privacy/"
    etag = page.headers["etag"]
    assert client.get("/privacy/", headers={"if-none-match": etag}).status_code == 304
    with store.transaction(db):
        policy.change(db, {"keep_ip_days": "0", "empty_spam_days": "7", "empty_trash_days": "0"}, by=by())
    text = client.get("/privacy/").text
    assert "Both are stored as long as the comment." in text
    assert "Spam is deleted after 7 days. Comments in the trash are deleted by a moderator." in text


def test_what_is_due_is_done_soon_after_the_start(
    site: Settings, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SETTLED_SECONDS", 0.05)
    submit(db, "Long ago.")
    with store.transaction(db):
        db.conn.execute("update comments set created_at = '2020-01-01T00:00:00.000Z'")

    def cut() -> bool:
        return bool(db.conn.execute("select ip = '' from comments").fetchone()[0])

    assert not cut()
    with TestClient(app.create_app(site), base_url="http://127.0.0.1:8000"):
        assert any(cut() or time.sleep(0.05) for _ in range(200))
