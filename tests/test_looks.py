"""The looks of docs/look.md: short overlays that the engine takes, each with its picture."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from blog.app import create_app
from blog.settings import Settings

LOOKS = sorted((Path(__file__).parents[1] / "docs" / "looks").glob("*.css"))


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.stem)
def test_a_look_is_a_short_overlay_that_the_engine_takes(look: Path, site: Settings) -> None:
    assert len(look.read_text("utf-8").splitlines()) < 60
    site.static.mkdir(exist_ok=True)
    (site.static / "custom.css").write_text(look.read_text("utf-8"), "utf-8")
    blog = create_app(site)
    with TestClient(blog, base_url="http://127.0.0.1:8000") as client:
        address = re.search(r'href="(/static/custom\.\w+\.css)"', client.get("/").text)
        assert address is not None
        assert client.get(address[1]).text == look.read_text("utf-8")
        assert blog.state.site.render.problems() == []


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.stem)
def test_a_look_has_its_picture_in_the_docs(look: Path) -> None:
    text = (look.parents[1] / "look.md").read_text("utf-8")
    assert f"looks/{look.name}" in text
    assert f"looks/{look.stem}.png" in text
    assert look.with_suffix(".png").is_file()
