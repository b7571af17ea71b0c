import subprocess
import sys

import pytest

from blog.people import passwords


@pytest.mark.parametrize(
    "password",
    [
        "password",
        "Passw0rd!",
        "12345678",
        "qwertyuiop",
        "iloveyou1",
        "trustno1",
        "aaaaaaaaa",
        "abcdefgh",
        "administrator",
    ],
)
def test_what_anybody_would_try_first_is_refused(password: str) -> None:
    assert "too easy to guess" in passwords.errors(password)["password"]


@pytest.mark.parametrize("own", ["Judith Hannah", "judith.h@example.org"])
def test_a_password_is_not_the_name_or_the_email(own: str) -> None:
    assert passwords.errors(own.lower(), own)


@pytest.mark.parametrize(
    "password",
    [
        "four plain words here",
        "correct horse battery staple",
        "x7-Qm!zz",
        "ñandú y otro",
        "🔥🦘🧵🪗🌵🥁🪁🎻",
        "zebra under 7 moons; " * 12,
    ],
)
def test_any_other_of_8_to_256_characters_is_taken(password: str) -> None:
    assert 8 <= len(password) <= 256
    assert passwords.errors(password, "ana") == {}
    assert passwords.matches(password, passwords.hash(password))
    assert not passwords.matches(password + "x", passwords.hash(password))


@pytest.mark.parametrize("password", ["", "seven x", "x y" * 86])
def test_others_are_too_short_or_too_long(password: str) -> None:
    assert "8 to 256" in passwords.errors(password)["password"]


def test_a_password_is_kept_by_argon2id_with_a_salt_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "PARAMETERS", {})  # as it is outside tests
    first, second = passwords.hash("four plain words"), passwords.hash("four plain words")
    assert first.startswith("$argon2id$v=19$m=65536,t=3,")
    assert first != second
    assert passwords.matches("four plain words", first)
    assert not passwords.matches("four plain word", first)


def test_word_lists_and_passkeys_are_read_only_where_they_are_used() -> None:
    program = "import sys, blog.app, blog.cli; print([name for name in ('zxcvbn', 'webauthn') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
