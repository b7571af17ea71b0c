"""Pictures that a publisher uploads: made anew, so that nothing but the picture comes along, in the sizes of a page."""

import hashlib
import os
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from blog.errors import Invalid, TooLarge
from blog.posts import slugify
from blog.typesetting import PICTURE_WIDTHS, picture_name

if TYPE_CHECKING:
    from PIL.Image import Image

HEAVIEST = 20  # megabytes
MOST_BYTES = HEAVIEST * 1_000_000
MOST_PIXELS = 50_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
QUALITY = 82


@dataclass(frozen=True)
class Kept:
    """`name` is the file to name in a post; its size in pixels is a part of it."""

    name: str
    width: int
    height: int


def keep(data: bytes, name: str, folder: Path) -> Kept:
    """Write a picture into a folder, as WebP in two sizes; raise TooLarge or Invalid with what to do instead.

    Its type is what it is, whatever its name says. Place, camera and everything else that a file may carry beside the
    picture are left out; it is turned as the camera said.
    """
    if len(data) > MOST_BYTES:
        raise TooLarge(f"The picture has {len(data) / 1e6:,.0f} MB; {HEAVIEST} fit. Make it smaller first.")
    picture = _opened(data)
    stem = f"{slugify(Path(name).stem)[:60] or 'picture'}-{hashlib.blake2b(data, digest_size=4).hexdigest()}"
    folder.mkdir(parents=True, exist_ok=True)
    made = [_sized(picture, width) for width in PICTURE_WIDTHS if width == PICTURE_WIDTHS[0] or picture.width > width]
    for each in made:
        _write(folder / picture_name(stem, each.width, each.height), _webp(each))
    first = made[0]
    return Kept(picture_name(stem, first.width, first.height), first.width, first.height)


def _opened(data: bytes) -> "Image":
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # asked below, for every picture alike
    try:
        picture = Image.open(BytesIO(data), formats=FORMATS)
        if picture.width * picture.height > MOST_PIXELS:
            raise _too_many(picture.width, picture.height)
        picture.load()
    except UnidentifiedImageError:
        sentence = f"This is no picture that can be taken: {_listed()} can. An SVG could run a script."
        raise Invalid({"image": sentence}) from None
    except (OSError, SyntaxError, ValueError) as error:
        raise Invalid({"image": f"The picture is broken: {error}."}) from None
    turned = ImageOps.exif_transpose(picture)
    return turned.convert("RGBA" if "A" in turned.getbands() or "transparency" in turned.info else "RGB")


def _too_many(width: int, height: int) -> Invalid:
    fit = f"{MOST_PIXELS // 1_000_000} million fit. Make it smaller first."
    return Invalid({"image": f"The picture has {width:,} × {height:,} pixels; {fit}"})


def _listed() -> str:
    return f"{', '.join(FORMATS[:-1])} and {FORMATS[-1]}"


def _sized(picture: "Image", width: int) -> "Image":
    from PIL import Image

    if picture.width <= width:
        return picture
    height = max(1, round(picture.height * width / picture.width))
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _webp(picture: "Image") -> bytes:
    made = BytesIO()
    picture.save(made, "WEBP", quality=QUALITY, method=4, exif=b"", icc_profile=None, xmp=b"")
    return made.getvalue()


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
