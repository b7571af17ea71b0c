"""A copy of another blog's folder of uploaded files: which of them are pictures that can come in."""

from pathlib import Path
from urllib.parse import quote

from blog.importing import opening
from blog.importing.imported import Picture
from blog.importing.wordpress_text import relative, unsized

# What the decoder of uploads reads. SVG and HTML could hold scripts, and stay where they are.
FILES = (".pdf", ".mp3", ".m4a", ".ogg", ".mp4", ".webm", ".csv", ".txt", ".zip")
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".avif")


class Uploads:
    """The folder; `wanted` counts what was asked for and not there."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def find(self, address: str) -> Picture | None:
        """Return the picture or file that an address of the old blog means, if it lies in the folder."""
        rest = relative(address)
        if self.folder is None or not rest or not rest.lower().endswith((*PICTURES, *FILES)):
            return None
        for name in dict.fromkeys((unsized(rest), rest)):
            if found := opening.beneath(self.folder / name, self.folder):
                place = found.relative_to(self.folder.resolve()).as_posix()
                return Picture(f"picture:{quote(place)}#", found)
        return None
