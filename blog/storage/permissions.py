"""Owners and modes of a site's files: a command that root runs leaves nothing that the server cannot write."""

import os
from pathlib import Path

DATABASE_MODE = 0o600  # it holds what readers told in confidence
FOLDER_MODE = 0o750


def give_to_owner(path: Path, *, of: Path) -> None:
    """Give `path` the owner and group of a folder, when root runs this; whatever others make is theirs already."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        folder = of.stat()
        os.chown(path, folder.st_uid, folder.st_gid)


def make_folder(path: Path, *, within: Path) -> None:
    """Make a folder and those above it that are missing, all with the owner of the site's folder `within`."""
    for folder in (*reversed(path.parents), path):
        if not folder.exists():
            folder.mkdir(FOLDER_MODE)
            give_to_owner(folder, of=within)


def create_private(path: Path) -> None:
    """Create an empty file, which must not be there yet, that only its owner may read."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, DATABASE_MODE))
    give_to_owner(path, of=path.parent)


def owner(path: Path) -> str:
    """Return the name of the user whom a file belongs to, or the number where it has no name."""
    try:
        return path.owner()
    except (KeyError, NotImplementedError):
        return str(path.stat().st_uid)


def user() -> str:
    """Return the name of the user who runs this process, or the number where it has no name."""
    if not hasattr(os, "geteuid"):
        return "you"
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
