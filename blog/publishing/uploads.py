"""Files that a publisher uploads and that are no pictures: PDF, sound and film, known by what is in them."""

import hashlib
import os
import shutil
from pathlib import Path
from typing import BinaryIO, NamedTuple

from blog.errors import Invalid, TooLarge
from blog.posts import TITLE_LENGTH, path_of, slugify
from blog.posts.media import NewFile
from blog.storage import atomic_file
from blog.wording import gettext, number

LARGEST = 100  # megabytes
# The media types of what is kept, by ending; pictures are made anew as WebP.
TYPES = {
    ".webp": "image/webp",
    ".pdf": "application/pdf",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".m4a": "audio/mp4",
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
}
BEGINNING = 4_096  # bytes that tell what a file is
PIECE = 1 << 20  # bytes read at once


class Kept(NamedTuple):
    """The name of a file, and its Markdown where it lies beside the post: a link, or a player."""

    name: str
    title: str

    def markdown(self, address: str) -> str:
        return f"[{self.title}]({address})" if self.name.endswith(".pdf") else f"![{self.title}]({address})"


def ending_of(beginning: bytes) -> str:
    """Return the ending for what a file is by its first bytes, "" for what is not taken: no page, no script, no SVG."""
    if beginning.startswith(b"%PDF-"):
        return ".pdf"
    if beginning.startswith(b"ID3") or _is_frame_of_mp3(beginning):
        return ".mp3"
    if beginning.startswith(b"OggS"):
        return "" if b"\x80theora" in beginning else ".ogg"
    if beginning.startswith(b"fLaC"):
        return ".flac"
    if beginning.startswith(b"RIFF") and beginning[8:12] == b"WAVE":
        return ".wav"
    if beginning[4:8] == b"ftyp" and not beginning[8:12].startswith((b"qt", b"heic", b"heix", b"mif1", b"avif")):
        return ".m4a" if beginning[8:11] == b"M4A" else ".mp4"
    if beginning.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in beginning[:64]:
        return ".webm"
    return ""


def _is_frame_of_mp3(beginning: bytes) -> bool:
    """Tell whether bytes begin with a frame of MPEG layer III with a bit rate and a sampling rate that there are."""
    if len(beginning) < 4 or beginning[0] != 0xFF or beginning[1] & 0xE6 not in (0xE2,):
        return False
    return beginning[1] & 0x18 != 0x08 and beginning[2] & 0xF0 not in (0x00, 0xF0) and beginning[2] & 0x0C != 0x0C


def listed(target: Path, folder: Path, *, title: str, post: int | None) -> NewFile:
    """Return what is listed of a file that was kept; `folder` is that of the posts."""
    return NewFile(
        path=path_of(target, folder),
        type=TYPES.get(target.suffix, "application/octet-stream"),
        size=target.stat().st_size,
        title=" ".join(title.split())[:TITLE_LENGTH],
        post=post,
    )


def keep(file: BinaryIO, name: str, folder: Path) -> Kept:
    """Write an uploaded file into a folder as it is; raise TooLarge or Invalid with what can be taken.

    Its ending is that of what it is, whatever its name says. `file` is on the disk, and no copy is made in memory.
    """
    size = file.seek(0, os.SEEK_END)
    if size > LARGEST * 1_000_000:
        raise TooLarge(gettext("The file has {size} MB; {most} fit.", size=number(round(size / 1e6)), most=LARGEST))
    file.seek(0)
    ending = ending_of(file.read(BEGINNING))
    if not ending:
        raise Invalid(
            {
                "file": gettext(
                    "This is none of the files that can be taken: PDF, MP3, Ogg, M4A, WAV, FLAC, MP4 and WebM can. What"
                    " a file is was read from its first bytes; a page or an SVG could run a script."
                )
            }
        )
    stem = slugify(Path(name).stem)[:60] or "file"
    target = folder / f"{stem}-{_digest(file)}{ending}"
    if shutil.disk_usage(folder if folder.is_dir() else folder.parent).free < 2 * size:
        raise Invalid({"file": gettext("The disk has no room for this file.")})
    atomic_file.copy(file, target)
    return Kept(target.name, " ".join(Path(name).stem.replace("[", "(").replace("]", ")").split())[:100])


def _digest(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.blake2b(digest_size=4)
    while piece := file.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()
