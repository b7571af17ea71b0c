"""Pictures that a publisher uploads: made anew, so that nothing but the picture comes along, in the sizes of a page.

Each is decoded in a process of its own (`blog/publishing/image_decoder.py`), one at a time for all workers of
the server, so that any number of uploads together need no more memory than one. Decoding needs Pillow, 19 MB, so it is
an extra, `afterword[pictures]`.
"""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

from blog.errors import Invalid, TooLarge
from blog.posts import slugify
from blog.rendering.typesetting import PICTURE_WIDTHS, picture_name
from blog.storage import atomic_file, lock
from blog.wording import N_, gettext, listed, number

HEAVIEST = 20  # megabytes
MOST_BYTES = HEAVIEST * 1_000_000
DECODER = Path(__file__).with_name("image_decoder.py")
SECONDS = 60.0  # for one picture
NOT_INSTALLED = N_(
    "Uploading pictures needs a package that is not installed here. Whoever runs the server can install it with"
    ' `pip install "afterword[pictures]"`. Until then, put pictures into the post\'s folder.'
)
PIECE = 1 << 20  # bytes read at once


@dataclass(frozen=True)
class Kept:
    """`name` is the file to name in a post; its size in pixels is a part of it."""

    name: str
    width: int
    height: int


def keep(file: BinaryIO, name: str, folder: Path, *, site: Path, incomplete: bool = False) -> Kept:
    """Write a picture into a folder, as WebP in two sizes; raise TooLarge or Invalid with what to do instead.

    Its type is what it is, whatever its name says. Place, camera and everything else that a file may carry beside the
    picture are left out; it is turned as the camera said. `file` is a file on the disk, of which no copy is made in
    memory. Waits while another picture of this site is being decoded. With `incomplete`, a picture that breaks off is
    taken as far as it goes.
    """
    if find_spec("PIL") is None:
        raise Invalid({"image": gettext(NOT_INSTALLED)})
    size = file.seek(0, os.SEEK_END)
    if size > MOST_BYTES:
        raise TooLarge(
            gettext(
                "The picture has {size} MB; {most} fit. Make it smaller first.",
                size=number(round(size / 1e6)),
                most=HEAVIEST,
            )
        )
    stem = f"{slugify(Path(name).stem)[:60] or 'picture'}-{_digest(file)}"
    with lock.turn(site):
        pictures = _decoded(file, incomplete)
        folder.mkdir(parents=True, exist_ok=True)
        for width, height, data in pictures:
            atomic_file.replace(folder / picture_name(stem, width, height), data)
    width, height, _ = pictures[0]
    return Kept(picture_name(stem, width, height), width, height)


def _digest(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.blake2b(digest_size=4)
    while piece := file.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()


def _decoded(file: BinaryIO, incomplete: bool) -> list[tuple[int, int, bytes]]:
    """Return width, height and bytes of each size of a picture; raise Invalid for one that cannot be decoded."""
    file.flush()
    os.lseek(file.fileno(), 0, os.SEEK_SET)  # the decoder shares the place in the file
    command = [sys.executable, "-P", str(DECODER), *map(str, PICTURE_WIDTHS), *(["incomplete"] if incomplete else [])]
    try:
        done = subprocess.run(command, stdin=file, stdout=subprocess.PIPE, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise Invalid({"image": gettext("The picture took too long to open. Make it smaller first.")}) from None
    if done.returncode:  # it broke down, and said why on standard error, or the system ended it
        raise Invalid({"image": gettext("The picture could not be opened: it is broken or too large.")})
    head, _, rest = done.stdout.partition(b"\n")
    answer = json.loads(head)
    if "refused" in answer:
        raise Invalid({"image": _refusal(answer)})
    pictures = []
    for width, height, length in answer["sizes"]:
        pictures.append((width, height, rest[:length]))
        rest = rest[length:]
    return pictures


def _refusal(answer: dict[str, Any]) -> str:
    """Return the sentence for a picture that the decoder refused, by the reason and the facts that it gave."""
    width, height = (number(pixels) for pixels in answer.get("size") or (0, 0))
    size = f"{width} × {height}" if answer.get("size") else ""
    match answer["refused"]:
        case "no picture":
            return gettext(
                "This is no picture that can be taken: {formats} can. An SVG could run a script.",
                formats=listed(answer["formats"]),
            )
        case "too large" if not size:
            return gettext(
                "The picture needs more than {most} MiB of memory to open. Make it smaller first.", most=answer["most"]
            )
        case "too large":
            return gettext(
                "The picture with its {size} pixels needs more than {most} MiB of memory to open."
                " Make it smaller first.",
                size=size,
                most=answer["most"],
            )
        case "too high":
            return gettext(
                "The picture would be {width} × {height} pixels on the page; at most {most} in height fit."
                " Cut it into parts.",
                width=width,
                height=height,
                most=number(answer["most"]),
            )
        case "broken" if size:
            return gettext(
                "The picture is broken, or too large with its {size} pixels: {error}.",
                size=size,
                error=answer["error"],
            )
        case _:
            return gettext("The picture is broken: {error}.", error=answer["error"])
