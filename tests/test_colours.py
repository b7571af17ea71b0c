"""The accent colour of a site: its contrast on light and on dark pages."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from blog import colours, settings
from blog.app import create_app
from blog.errors import Unusable
from blog.storage import store

STYLE = (Path(__file__).parents[1] / "static" / "site.css").read_text("utf-8")


def test_the_papers_are_those_of_the_stylesheet() -> None:
    assert re.findall(r"--paper: (#\w{6})", STYLE)[:2] == [colours.PAPER, colours.DARK_PAPER]


def test_the_contrast_is_that_of_wcag() -> None:
    assert round(colours.contrast("#000000", "#ffffff"), 2) == 21
    assert round(colours.contrast("#777777", "#ffffff"), 2) == 4.48


@pytest.mark.parametrize("accent", ["#bf1d14", "#0b6b4f", "#1a4fa3", "#000000", "#5b2a86"])
def test_an_accent_can_be_read_in_the_dark_too(accent: str) -> None:
    assert colours.contrast(colours.in_the_dark(accent), colours.DARK_PAPER) >= colours.LEAST


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('accent = "#ff9d00"', "too light to read"),
        ('accent = "green"', "write a colour like"),
        ('accent = "#0b6b4f; }"', "write a colour like"),
        ('typeface = "comic"', "write 'serif' or 'sans'"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(tmp_path: Path, line: str, sentence: str) -> None:
    (tmp_path / "blog.toml").write_text(line, "utf-8")
    with pytest.raises(Unusable, match=sentence):
        settings.load(tmp_path, {})


def test_the_pages_have_a_stylesheet_of_what_is_set(tmp_path: Path) -> None:
    (tmp_path / "blog.toml").write_text('accent = "#0b6b4f"\ntypeface = "sans"', "utf-8")
    site = settings.load(tmp_path, {})
    store.prepare(site.database)
    with TestClient(create_app(site), base_url="http://127.0.0.1:8000") as client:
        address = re.search(r'href="(/static/look\.\w+\.css)"', client.get("/").text)
        assert address is not None
        rules = client.get(address[1])
    assert rules.headers["content-type"].startswith("text/css")
    assert "--red: #0b6b4f" in rules.text
    assert "--serif: var(--sans)" in rules.text


def test_without_a_setting_there_is_none(tmp_path: Path) -> None:
    site = settings.load(tmp_path, {})
    store.prepare(site.database)
    with TestClient(create_app(site), base_url="http://127.0.0.1:8000") as client:
        assert "look." not in client.get("/").text
