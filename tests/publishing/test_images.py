"""A picture that is uploaded comes out as a picture and nothing else."""

import os
import re
import signal
import sys
import threading
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from urllib.parse import unquote

import pytest
from PIL import Image

from blog.errors import Invalid, TooLarge
from blog.publishing import images
from blog.rendering.markdown import render_post

GPS, ORIENTATION, MAKE = 0x8825, 0x0112, 0x010F


def _made(size: tuple[int, int] = (300, 200), kind: str = "JPEG", mode: str = "RGB", **more: object) -> bytes:
    out = BytesIO()
    Image.new(mode, size, 90 if mode == "L" else None).save(out, kind, **more)
    return out.getvalue()


def _keep(data: bytes, name: str, folder: Path) -> images.Kept:
    with TemporaryFile() as file:
        file.write(data)
        return images.keep(file, name, folder, site=folder)


def _kept(data: bytes, folder: Path, name: str = "A lamp.JPG") -> tuple[images.Kept, Image.Image]:
    kept = _keep(data, name, folder)
    return kept, Image.open(BytesIO((folder / kept.name).read_bytes()))


def test_place_and_camera_are_taken_out_and_it_is_turned_as_the_camera_said(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[MAKE] = "A camera"
    exif[ORIENTATION] = 6
    exif.get_ifd(GPS)[2] = (52.0, 31.0, 12.0)
    exif.get_ifd(GPS)[1] = "N"
    data = _made(exif=exif.tobytes())
    assert Image.open(BytesIO(data)).getexif().get_ifd(GPS)
    kept, picture = _kept(data, tmp_path)
    assert (kept.width, kept.height) == picture.size == (200, 300)
    assert not picture.getexif()
    assert not {"exif", "xmp", "icc_profile"} & set(picture.info)
    assert b"A camera" not in (tmp_path / kept.name).read_bytes()


def test_without_its_package_the_refusal_says_how_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _made()
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(Invalid, match=re.escape('pip install "afterword[pictures]"')):
        _keep(made, "lamp.jpg", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_large_picture_is_kept_in_two_sizes(tmp_path: Path) -> None:
    kept, picture = _kept(_made((4000, 3000)), tmp_path, "Größe & Straße.png")
    assert picture.format == "WEBP"
    assert kept.name.startswith("grösse-strasse-")
    assert kept.name.endswith(".1600x1200.webp")
    small = [path for path in tmp_path.iterdir() if path.name.endswith(".800x600.webp")]
    assert [Image.open(BytesIO(path.read_bytes())).size for path in small] == [(800, 600)]
    assert len(list(tmp_path.iterdir())) == 2
    html = render_post(f"![A lamp]({kept.name})")
    assert 'width="1600" height="1200" loading="lazy"' in html
    named = re.search(r'src="([^"]+)" alt="A lamp"', html)
    assert named is not None
    assert unquote(named[1]) == kept.name
    assert f'srcset="{unquote(small[0].name)} 800w' in unquote(html)


def test_a_small_picture_is_kept_as_large_as_it_is(tmp_path: Path) -> None:
    kept, picture = _kept(_made((40, 30), "PNG", "RGBA"), tmp_path, "../../etc/passwd")
    assert picture.size == (40, 30)
    assert picture.mode == "RGBA"
    assert kept.name.startswith("passwd-")
    assert "srcset" not in render_post(f"![]({kept.name})")


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "P"), ("PNG", "L"), ("GIF", "P"), ("WEBP", "RGB"), ("PNG", "I;16")])
def test_every_kind_of_picture_that_browsers_know_is_taken(tmp_path: Path, kind: str, mode: str) -> None:
    out = BytesIO()
    Image.new(mode, (50, 40)).save(out, kind)
    assert _kept(out.getvalue(), tmp_path)[1].size == (50, 40)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>'


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "no picture that can be taken"),
        (b"hello", "no picture that can be taken"),
        (SVG, "An SVG could run a script"),
        (b"\xef\xbb\xbf" + SVG, "An SVG could run a script"),
        (b"%PDF-1.4", "no picture that can be taken"),
        (_made()[:200], "The picture is broken"),
    ],
)
def test_what_is_no_picture_is_refused_with_a_sentence(tmp_path: Path, data: bytes, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        _keep(data, "picture.png", tmp_path)
    assert sentence in refused.value.errors["image"]
    assert list(tmp_path.iterdir()) == []


def test_what_hides_behind_a_picture_is_gone(tmp_path: Path) -> None:
    polyglot = _made(kind="PNG") + b"<script>alert(1)</script>" + b"PK\x03\x04"
    kept, picture = _kept(polyglot, tmp_path, "picture.html")
    assert b"script" not in (tmp_path / kept.name).read_bytes()
    assert kept.name.endswith(".300x200.webp")
    assert picture.format == "WEBP"


def test_a_picture_that_would_fill_the_memory_is_refused_with_a_sentence(tmp_path: Path) -> None:
    out = BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    with pytest.raises(Invalid) as refused:
        _keep(out.getvalue(), "large.png", tmp_path)
    sentence = "The picture with its 30,000 × 30,000 pixels needs more than 160 MiB of memory to open."
    assert sentence in refused.value.errors["image"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_that_would_be_higher_than_a_webp_can_be_is_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(Invalid) as refused:
        _keep(_made((100, 17_000), kind), "strip", tmp_path)
    assert "would be 100 × 17,000 pixels on the page; at most 16,383 in height fit" in refused.value.errors["image"]


def test_a_picture_of_one_line_keeps_a_line(tmp_path: Path) -> None:
    assert _kept(_made((8_000, 1)), tmp_path)[1].size == (1600, 1)


def test_a_large_picture_is_turned_as_the_camera_said(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    out = BytesIO()
    picture = Image.new("RGB", (6000, 8000), "white")
    picture.paste("black", (0, 0, 6000, 4000))  # above, which is on the right when it is turned
    picture.save(out, "JPEG", exif=exif.tobytes())
    kept, shown = _kept(out.getvalue(), tmp_path)
    assert (kept.width, kept.height) == shown.size == (1600, 1200)
    rgb = shown.convert("L")
    assert (rgb.getpixel((100, 600)), rgb.getpixel((1500, 600))) == (255, 0)


def test_transparency_stays_in_a_picture_that_is_made_smaller(tmp_path: Path) -> None:
    picture = Image.new("P", (2000, 1000), 1)
    picture.putpalette([255, 0, 0, 0, 255, 0])
    picture.paste(0, (0, 0, 1000, 1000))
    out = BytesIO()
    picture.save(out, "PNG", transparency=0)
    shown = _kept(out.getvalue(), tmp_path)[1]
    assert (shown.mode, shown.size) == ("RGBA", (1600, 800))
    assert (shown.getpixel((100, 400))[3], shown.getpixel((1500, 400))[3]) == (0, 255)  # type: ignore[index]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Processes are listed in /proc on Linux alone.")
def test_a_decoder_that_breaks_down_is_a_refusal(tmp_path: Path) -> None:
    ended = threading.Event()

    def end_the_decoder() -> None:
        while not ended.is_set():
            for path in Path("/proc/self/task").glob("*/children"):
                for child in path.read_text("ascii").split():
                    if b"image_decoder" in Path(f"/proc/{child}/cmdline").read_bytes():
                        os.kill(int(child), signal.SIGKILL)
                        ended.set()

    killer = threading.Thread(target=end_the_decoder)
    killer.start()
    try:
        with pytest.raises(Invalid) as refused:
            _keep(_made((5000, 5000), "PNG"), "picture.png", tmp_path)
    finally:
        ended.set()
        killer.join()
    assert "The picture could not be opened" in refused.value.errors["image"]


def test_a_heavy_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="The picture has 50 MB; 20 fit"):
        _keep(b"\xff\xd8" + b"x" * 50_000_000, "heavy.jpg", tmp_path)
