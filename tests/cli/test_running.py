import json
import re
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlite_utils import Database

from blog.cli import main
from blog.people import accounts, passwords, tokens
from blog.settings import Settings
from tests import factories
from tests.cli.conftest import Run, everything, refused
from tests.conftest import PASSWORD
from tests.factories import write_post


def _run(*words: object) -> Result:
    return CliRunner(catch_exceptions=False).invoke(main, [str(word) for word in words])


# Init


def test_init_makes_a_site_with_one_open_post_and_no_comments(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "site"
    result = _run("init", folder)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"Created a new site in {folder}. Next: blog --site {folder} serve\n"
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == {
        "blog.toml",
        "posts/hello.md",
        "static/custom.css",
    }
    assert _run("--site", folder, "publish").stdout == "added: posts/hello.md → hello\n"
    assert _run("--site", folder, "queue", "--status", "all", "--count").stdout == "0\n"
    assert _run("--site", folder, "check").exit_code == 0


def test_init_takes_an_empty_folder_and_refuses_one_with_files(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    assert _run("init", folder).exit_code == 0
    before = sorted(folder.rglob("*"))
    assert refused(_run("init", folder)) == f"{folder} is not empty. Name a new or an empty folder."
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("words", [["init"], ["init", "a", "b"]])
def test_init_without_one_folder_is_wrong_usage(words: list[str]) -> None:
    assert _run(*words).exit_code == 2


def test_init_in_the_place_of_a_file_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    assert _run("init", tmp_path / "file").exit_code == 2


def test_init_where_nothing_can_be_written_is_refused_in_a_sentence() -> None:
    assert refused(_run("init", "/proc/site")).startswith("/proc/site: ")


# The site that commands are about


@pytest.mark.parametrize(
    "words",
    [
        ["serve"],
        ["new", "A title"],
        ["publish"],
        ["queue"],
        ["approve", "1"],
        ["why", "1"],
        ["undo"],
        ["log"],
        ["settings"],
        ["close", "--site"],
        ["check"],
        ["user", "list"],
    ],
)
def test_a_folder_that_is_no_site_is_refused_and_left_alone(tmp_path: Path, words: list[str]) -> None:
    result = _run("--site", tmp_path, *words)
    assert (result.exit_code, result.stdout) == (78 if words == ["serve"] else 1, "")
    assert result.stderr == (
        f"{tmp_path} is not a site: it has neither blog.toml nor posts/. Create one with: blog init DIR\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_setting_that_cannot_be_used_is_refused(blog: Run, site: Settings) -> None:
    (site.root / "blog.toml").write_text('tittle = "Oops"\n', "utf-8")
    assert refused(blog("queue")).endswith("blog.toml: there is no setting 'tittle'. Did you mean 'title'?")


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be looked at" * 40])
def test_a_database_that_is_none_is_refused_and_left_alone(blog: Run, site: Settings, content: bytes) -> None:
    site.database.write_bytes(content)
    assert refused(blog("queue")).startswith(f"{site.database} cannot be opened (file is not a database).")
    assert site.database.read_bytes() == content


def test_a_database_of_a_newer_version_is_refused(blog: Run, site: Settings, db: Database) -> None:
    db.conn.execute(
        "insert into _sqlite_migrations (migration_set, name, applied_at) values ('blog', '9999_later', '')"
    )
    assert refused(blog("queue")).startswith("blog.db was written by a newer Afterword (it has 9999_later).")


# Serve (that it serves is shown by the browser's tests)


def test_serve_refuses_a_port_that_is_taken(blog: Run, db: Database) -> None:
    before = everything(db)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        sentence = refused(blog("serve", "--port", port))
    assert sentence == f"127.0.0.1:{port} cannot be used (Address already in use). Choose another port with --port."
    assert everything(db) == before


@pytest.mark.parametrize(
    "words", [["--port", "0"], ["--port", "70000"], ["--port", "http"], ["--workers", "0"], ["now"]]
)
def test_serve_with_wrong_options_is_wrong_usage(blog: Run, words: list[str]) -> None:
    assert blog("serve", *words).exit_code == 2


def test_serve_refuses_an_address_that_is_not_of_this_machine(blog: Run) -> None:
    assert refused(blog("serve", "--host", "203.0.113.1")).startswith("203.0.113.1:8000 cannot be used (")


# Accounts


def test_an_account_is_added_listed_and_removed(blog: Run, db: Database) -> None:
    assert json.loads(blog("user", "list", "--json").stdout) == []
    result = blog("user", "add", "ana", "--password-stdin", stdin=f"{PASSWORD}\nsecond line\n")
    assert (result.exit_code, result.stdout) == (0, "ana can now sign in, as admin.\n")
    words = ("add", "Bo", "--role", "moderator", "--email", "bo@example.org", "--password-stdin")
    assert blog("user", *words, stdin=PASSWORD).stdout == "Bo can now sign in, as moderator.\n"
    rows = json.loads(blog("user", "list", "--json").stdout)
    assert [set(row) for row in rows] == [{"name", "role", "email", "created_at"}] * 2
    assert [(row["name"], row["role"], row["email"]) for row in rows] == [
        ("ana", "admin", ""),
        ("Bo", "moderator", "bo@example.org"),
    ]
    assert [line.split("\t")[:3] for line in blog("user", "list").stdout.splitlines()] == [
        ["ana", "admin", ""],
        ["Bo", "moderator", "bo@example.org"],
    ]
    assert blog("user", "remove", "Bo").stdout == "Bo can no longer sign in.\n"
    assert blog("user", "list").stdout.count("\n") == 1
    assert refused(blog("user", "remove", "Bo")) == "There is no account 'Bo'."


def _can_sign_in(db: Database, name: str, password: str) -> bool:
    account, hashed = accounts.credentials(db, name)
    return account is not None and passwords.matches(password, hashed)


@pytest.mark.parametrize("ending", ["\n", "\r\n", ""])
def test_the_password_is_the_first_line_without_its_end(blog: Run, db: Database, ending: str) -> None:
    blog("user", "add", "ana", "--password-stdin", stdin=f"{PASSWORD} ü {ending}".encode())
    assert _can_sign_in(db, "ana", f"{PASSWORD} ü ")


def test_a_new_password_ends_the_old_one(blog: Run, db: Database) -> None:
    blog("user", "add", "ana", "--password-stdin", stdin=PASSWORD)
    result = blog("user", "password", "ana", "--password-stdin", stdin="other words than before\n")
    assert result.stdout == "ana has a new password. All earlier sessions were ended.\n"
    assert _can_sign_in(db, "ana", "other words than before")
    assert not _can_sign_in(db, "ana", PASSWORD)


def test_without_password_stdin_the_password_is_asked_for_twice(blog: Run, db: Database) -> None:
    result = blog("user", "add", "ana", stdin=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0
    assert PASSWORD not in result.output
    assert _can_sign_in(db, "ana", PASSWORD)


@pytest.mark.parametrize(
    ("words", "stdin", "sentence"),
    [
        (["add", "ana"], "short", "A password has 8 to 256 characters; this one has 5."),
        (["add", "ana"], "", "A password has 8 to 256 characters; this one has 0."),
        (["add", "ana"], b"\xff\xfe no text \n", "The password is not UTF-8 text."),
        (
            ["add", "ana"],
            "aaaaaaaaaaaa",
            "That password is too easy to guess. Use a longer sentence.",
        ),
        (["add", ""], PASSWORD, "A name is missing."),
        (["add", "x" * 61], PASSWORD, "A name has 60 characters at most, all of them visible."),
        (["add", "BEN"], PASSWORD, "There is an account 'BEN' already."),
        (
            ["add", "ana", "--email", "nowhere"],
            PASSWORD,
            "“nowhere” is no email address. Write it like name@example.org.",
        ),
        (["password", "nobody"], PASSWORD, "There is no account 'nobody'."),
        (["password", "ben"], "short", "A password has 8 to 256 characters; this one has 5."),
    ],
)
def test_a_bad_account_is_refused_with_a_sentence(
    blog: Run, db: Database, words: list[str], stdin: str | bytes, sentence: str
) -> None:
    blog("user", "add", "ben", "--password-stdin", stdin=PASSWORD)
    before = everything(db)
    assert refused(blog("user", *words, "--password-stdin", stdin=stdin)) == sentence
    assert everything(db) == before


def test_the_last_administrator_stays(blog: Run, db: Database) -> None:
    blog("user", "add", "ana", "--password-stdin", stdin=PASSWORD)
    blog("user", "add", "bo", "--role", "editor", "--password-stdin", stdin=PASSWORD)
    before = everything(db)
    assert refused(blog("user", "remove", "ana")) == "ana is the last administrator and stays."
    assert everything(db) == before


@pytest.mark.parametrize(
    "words", [["user"], ["user", "add"], ["user", "add", "ana", "--role", "king"], ["user", "remove"], ["user", "sack"]]
)
def test_accounts_with_wrong_words_are_wrong_usage(blog: Run, words: list[str]) -> None:
    assert blog(*words).exit_code == 2


# Check


def test_check_finds_a_healthy_site_healthy(blog: Run, site: Settings, db: Database) -> None:
    write_post(site.root, "one")
    blog("publish")
    factories.submit(db, slug="one")
    result = blog("check")
    assert (result.exit_code, result.stdout) == (0, "No problems found in database, counts, journal and posts.\n")
    assert json.loads(blog("check", "--json").stdout) == {
        "ok": True,
        "problems": [],
        "repaired": [],
        "remarks": [],
    }


def test_check_names_each_thing_that_is_wrong(blog: Run, site: Settings, db: Database) -> None:
    factories.post(db)
    factories.submit(db)
    db.conn.execute("update comment_counts set n = 7 where status = 'pending'")
    write_post(site.root, "broken", front="comments: ajar\n")
    write_post(site.root, "beside")
    (site.posts / "beside.comments.txt").write_text("Author: Ana\n", "utf-8")
    site.templates.mkdir()
    (site.templates / "layout.html").write_text("{% if %}", "utf-8")
    result = blog("check")
    assert (result.exit_code, result.stdout) == (
        1,
        "Note: posts/beside.md is not published yet.\n"
        "Note: posts/a-post.md is gone; its page 'a-post' stays. Bring it back to change the page, with"
        " `status: withdrawn` to take it down.\n",
    )
    assert result.stderr.splitlines() == [
        "2 counts of comments differ from a recount.",
        "2 groups of comments are not counted.",
        "posts/beside.comments.txt, line 1: Comment 1 has no author or no text.",
        "posts/broken.md, line 4: comments is 'ajar'; write open, moderated, replies-only or closed.",
        "templates/layout.html, line 1: Expected an expression, got 'end of statement block'."
        " Correct it, or remove the file to use the engine's own template.",
    ]
    found = blog("check", "--json")
    assert found.exit_code == 1
    told = json.loads(found.stdout)
    assert (told["ok"], told["problems"]) == (False, result.stderr.splitlines())


def test_a_token_is_printed_alone_on_one_line_and_its_scope_is_checked(blog: Run, db: Database) -> None:
    factories.account(db)
    printed = blog("user", "token", "ana", "Phone", "--scope", "read").stdout
    assert re.fullmatch(r"(\w{4} ){5}\w{4}\n", printed)
    program = tokens.find(db, "ana", printed)
    assert program is not None
    assert (program["token"]["label"], program["token"]["scope"]) == ("Phone", "read")
    assert "There is no account 'nobody'." in refused(blog("user", "token", "nobody", "Phone"))
