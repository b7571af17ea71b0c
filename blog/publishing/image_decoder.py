"""Shrink one uploaded picture, in a short-lived process of its own with a fixed limit of memory.

`blog/publishing/images.py` runs this file and writes the sentences. The picture comes as standard input. The answer on
standard output is one line of JSON, either {"refused": why, ...} with the facts of that reason, or
{"sizes": [[width, height, bytes], ...]}, and after it the pictures as WebP.
A decoder that crashes, or asks for too much memory, ends this process and not the server; all its memory goes back to
the system.
"""

import json
import sys
from contextlib import suppress
from io import BytesIO
from typing import Any, BinaryIO

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

MEMORY_MIB = 160  # what the process may allocate, some 30 of it before a picture; it sets how many pixels fit
LONGEST_SIDE = 16_383  # of a WebP
MANY_PIXELS = 8_000_000  # from here on a decoder that fails may have failed for want of memory
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
QUALITY = 82
TURNED_SIDEWAYS = (5, 6, 7, 8)  # values of the EXIF orientation that swap width and height
ORIENTATION = 0x0112
RESIZED_AS_THEY_ARE = ("L", "RGB", "RGBA", "CMYK")

Sized = tuple[int, int, bytes]


class NotDecoded(Exception):
    """The picture is refused: `why` is "no picture", "broken", "too large" or "too high"; `facts` are JSON."""

    def __init__(self, why: str, **facts: Any) -> None:
        super().__init__(why)
        self.why = why
        self.facts = facts


def main() -> None:
    _limit_memory()
    ImageFile.LOAD_TRUNCATED_IMAGES = "incomplete" in sys.argv
    widths = [int(word) for word in sys.argv[1:] if word.isdigit()]
    try:
        pictures = shrink(sys.stdin.buffer, widths)
    except NotDecoded as refusal:
        print(json.dumps({"refused": refusal.why, **refusal.facts}))
        return
    print(json.dumps({"sizes": [[width, height, len(data)] for width, height, data in pictures]}), flush=True)
    for _, _, data in pictures:
        sys.stdout.buffer.write(data)


def _limit_memory() -> None:
    if sys.platform == "win32":
        return
    import resource

    limit = MEMORY_MIB << 20
    with suppress(OSError, ValueError):  # not every system has this limit
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")  # where the machine itself runs out of memory, this process is ended first


def shrink(file: BinaryIO, widths: list[int]) -> list[Sized]:
    """Return a picture as WebP in the first width or less, and in each of the other widths that is smaller than it."""
    Image.MAX_IMAGE_PIXELS = None  # the limit of memory decides
    size: tuple[int, int] | None = None
    try:
        picture: Image.Image = Image.open(file, formats=FORMATS)
        size = picture.size
        picture = _smaller(picture, widths[0])
        _check_sides(picture)
        pictures = [_webp(picture)]
        for width in widths[1:]:
            if picture.width > width:
                pictures.append(_webp(_resized(picture, width)))
    except MemoryError:
        raise NotDecoded("too large", size=size, most=MEMORY_MIB) from None
    except UnidentifiedImageError:
        raise NotDecoded("no picture", formats=FORMATS) from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        many = size is not None and size[0] * size[1] > MANY_PIXELS
        raise NotDecoded("broken", size=size if many else None, error=str(error)) from None
    return pictures


def _smaller(picture: Image.Image, width: int) -> Image.Image:
    """Return a picture of at most this width, turned as the camera said; in RGB, or RGBA where it has transparency."""
    sideways = picture.getexif().get(ORIENTATION) in TURNED_SIDEWAYS
    across = picture.height if sideways else picture.width
    if across > width:  # a JPEG can be decoded at a half, a quarter or an eighth of its size
        picture.draft("RGB", (picture.width * width // across or 1, picture.height * width // across or 1))
    picture.load()
    mode = "RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "RGB"
    if picture.mode not in RESIZED_AS_THEY_ARE or "transparency" in picture.info:
        picture = _converted(picture, mode)
    across = picture.height if sideways else picture.width
    if across > width:
        scaled = (round(picture.width * width / across) or 1, round(picture.height * width / across) or 1)
        picture = picture.resize(scaled, Image.Resampling.LANCZOS)
    ImageOps.exif_transpose(picture, in_place=True)
    return _converted(picture, mode)


def _converted(picture: Image.Image, mode: str) -> Image.Image:
    return picture if picture.mode == mode else picture.convert(mode)


def _check_sides(picture: Image.Image) -> None:
    if picture.height > LONGEST_SIDE:
        raise NotDecoded("too high", size=picture.size, most=LONGEST_SIDE)


def _resized(picture: Image.Image, width: int) -> Image.Image:
    height = round(picture.height * width / picture.width) or 1
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _webp(picture: Image.Image) -> Sized:
    made = BytesIO()
    picture.save(made, "WEBP", quality=QUALITY, method=4, exif=b"", icc_profile=None, xmp=b"")
    return picture.width, picture.height, made.getvalue()


if __name__ == "__main__":
    main()
