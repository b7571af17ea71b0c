"""The table `[mail]` of `blog.toml`: what it may say, and a sentence for what is wrong."""

from pathlib import Path

import pytest

from blog import settings
from blog.errors import Unusable
from blog.mail_server import MailServer

RIGHT = 'server = "smtp://localhost"\nfrom = "My blog <blog@blog.example>"\n'


def load(folder: Path, table: str, *, url: str = 'url = "https://blog.example"\n', **environ: str) -> MailServer | None:
    (folder / "blog.toml").write_text(f"{url}[mail]\n{table}", "utf-8")
    return settings.load(folder, environ).mail


def test_without_the_table_there_is_no_mail(tmp_path: Path) -> None:
    assert settings.load(tmp_path, {}).mail is None


@pytest.mark.parametrize(
    ("server", "wanted"),
    [
        ("smtp://localhost", ("smtp", "localhost", 25, "")),
        ("smtp://mx.example:2525", ("smtp", "mx.example", 2525, "")),
        ("smtps://me@mx.example", ("smtps", "mx.example", 465, "me")),
        ("smtp+starttls://me%40blog.example@mx.example", ("smtp+starttls", "mx.example", 587, "me@blog.example")),
    ],
)
def test_each_kind_of_server_is_understood(tmp_path: Path, server: str, wanted: tuple[object, ...]) -> None:
    table = f'server = "{server}"\nfrom = "My blog <blog@blog.example>"'
    mail = load(tmp_path, table, BLOG_MAIL_PASSWORD="secret")
    assert mail
    assert (mail.security, mail.host, mail.port, mail.user) == wanted
    assert (mail.sender, mail.domain, mail.password) == ("My blog <blog@blog.example>", "blog.example", "secret")
    assert "secret" not in repr(mail)


def test_only_who_sends_needs_the_password(tmp_path: Path) -> None:
    server = load(tmp_path, 'server = "smtp://u@h"\nfrom = "a@b.example"')
    assert server
    with pytest.raises(Unusable, match="BLOG_MAIL_PASSWORD has to be set"):
        server.check_password()


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ('server = "localhost"\nfrom = "a@b.example"', "write smtp://host:25"),
        ('server = "http://x"\nfrom = "a@b.example"', "write smtp://host:25"),
        ('server = "smtp://h:x"\nfrom = "a@b.example"', "write smtp://host:25"),
        ('server = "smtp://h"\nfrom = "nobody"', "write an address like 'blog@example.org'"),
        ('server = "smtp://h"', "[mail] needs 'from'"),
        ('from = "a@b.example"', "[mail] needs 'server'"),
        ('server = "smtp://u:p@h"\nfrom = "a@b.example"', "belongs in BLOG_MAIL_PASSWORD"),
        (RIGHT + 'user = "x"', "there is no setting 'user' in [mail]"),
        (RIGHT + "authserv = 3", "[mail] has lines like"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(tmp_path: Path, table: str, sentence: str) -> None:
    with pytest.raises(Unusable, match=r"blog\.toml") as refusal:
        load(tmp_path, table)
    assert sentence in refusal.value.sentence


def test_mail_needs_the_address_of_the_site(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="url is needed"):
        load(tmp_path, RIGHT, url="")
