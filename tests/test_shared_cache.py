"""The table `[cache]` of `blog.toml`: what it may say, and a sentence for what is wrong."""

from pathlib import Path

import pytest

from blog import settings
from blog.errors import Unusable
from blog.shared_cache import SharedCache


def load(folder: Path, table: str, **environ: str) -> SharedCache | None:
    (folder / "blog.toml").write_text(f"[cache]\n{table}", "utf-8")
    return settings.load(folder, environ).cache


@pytest.mark.parametrize("table", ["", "shared_seconds = 0", 'keys = "xkey"\npurge = ["http://127.0.0.1:6081"]'])
def test_nothing_is_shared_unless_the_table_says_for_how_long(tmp_path: Path, table: str) -> None:
    assert load(tmp_path, table) is None


def test_the_table_is_read_and_the_token_comes_from_the_environment(tmp_path: Path) -> None:
    table = (
        'shared_seconds = 300\nkeys = "Cache-Tag"\npurge = ["http://127.0.0.1:6081/", "https://cdn.example/zones/1"]'
    )
    cache = load(tmp_path, table, BLOG_PURGE_TOKEN="secret")
    purge = ("http://127.0.0.1:6081", "https://cdn.example/zones/1")
    assert cache == SharedCache(300, 86_400, "Cache-Tag", purge, "secret")
    assert "secret" not in repr(cache)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("seconds = 5", "there is no setting 'seconds' in [cache]."),
        ("shared_seconds = -1", "shared_seconds is -1; write a whole number of seconds from 0 to 2,592,000."),
        ("shared_seconds = true", "shared_seconds is True;"),
        ('shared_seconds = "60"', "shared_seconds is '60';"),
        ("stale_seconds = 604801", "stale_seconds is 604801;"),
        ('keys = "names"', "keys is 'names'; write one of xkey, Surrogate-Key and Cache-Tag."),
        ("keys = [1]", "keys is [1];"),
        ('purge = "http://127.0.0.1"', "purge is 'http://127.0.0.1'; write a list of addresses,"),
        ('purge = ["127.0.0.1:6081"]', "purge is ['127.0.0.1:6081'];"),
        ('purge = ["http://me:word@cdn.example"]', "purge is ['http://me:word@cdn.example'];"),
        ('purge = ["http://127.0.0.1:99999"]', "purge is"),
        ("purge = [1]", "purge is [1];"),
    ],
)
def test_a_wrong_line_is_told_in_a_sentence(tmp_path: Path, table: str, sentence: str) -> None:
    with pytest.raises(Unusable) as refusal:
        load(tmp_path, table)
    assert f"blog.toml: {sentence}" in refusal.value.sentence


def test_the_table_is_a_table(tmp_path: Path) -> None:
    (tmp_path / "blog.toml").write_text("cache = 300\n", "utf-8")
    with pytest.raises(Unusable, match="has lines like shared_seconds = 300"):
        settings.load(tmp_path, {})
