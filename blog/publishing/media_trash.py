"""The trash of uploaded files: the folder `.trash` of the site, where a file keeps its place below the site's folder.

A file that comes back is copied from there, so that the undo can be undone as well.
"""

import glob
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from blog.settings import Settings
from blog.storage import atomic_file
from blog.wording import gettext

FOLDER = ".trash"


def put(settings: Settings, path: str) -> None:
    """Move a file, and the other sizes of a picture, into the trash; `path` is below posts/, as media are listed."""
    for file in sizes(settings.posts / path):
        target = _place(settings, file)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(file, target)
        atomic_file.sync(target.parent)


def bring_back(settings: Settings, path: str) -> bool:
    """Write a file, and its other sizes, from the trash to where it was; tell whether it was there."""
    place = _place(settings, settings.posts / path)
    found = [file for file in sizes(place) if file.is_file()]
    for file in found:
        with file.open("rb") as trashed:
            atomic_file.copy(trashed, (settings.posts / path).parent / file.name)
    return place in found


def follow_undo(settings: Settings, files: Iterable[tuple[str, bool]]) -> list[str]:
    """Bring files back, or (False) put them into the trash again; return a sentence for each that is not there."""
    missing = []
    for path, back in files:
        if not back:
            put(settings, path)
        elif not bring_back(settings, path):
            missing.append(gettext("The file {path} is not in the trash any more.", path=path.rpartition("/")[2]))
    return missing


def sweep(settings: Settings, kept: Iterable[str]) -> None:
    """Remove what lies in the trash for good, but for these files and their other sizes."""
    keep = {place for path in kept for place in sizes(_place(settings, settings.posts / path))}
    for folder, _, names in os.walk(settings.root / FOLDER, topdown=False):
        for name in names:
            if (file := Path(folder, name)) not in keep:
                file.unlink(missing_ok=True)
        with suppress(OSError):  # it holds other files
            os.rmdir(folder)


def sizes(file: Path) -> list[Path]:
    """Return a file, if it is there, and the other sizes of a picture: `harbour-1a2b.1200x800.webp`."""
    stem = file.stem.rpartition(".")[0]
    others = file.parent.glob(f"{glob.escape(stem)}.*.webp") if file.suffix == ".webp" and stem else ()
    return sorted({*others, *([file] if file.exists() else [])})


def _place(settings: Settings, file: Path) -> Path:
    return settings.root / FOLDER / os.path.relpath(file, settings.root)
