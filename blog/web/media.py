"""Files that somebody sends, on the desk or by a program: kept beside their post or in `static/`, and listed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from starlette.concurrency import run_in_threadpool

from blog.journal.events import Actor
from blog.posts import media
from blog.posts.media import NewFile
from blog.publishing import images, uploads
from blog.web.attachments import UPLOADED
from blog.web.site import Site

PICTURES = "images"  # the folder of `static/` for pictures


@dataclass(frozen=True)
class Sent:
    """A file on the disk that was sent, and its name; `post` is the row of the post that it is for (`id`, `path`)."""

    file: BinaryIO
    name: str
    post: Mapping[str, Any] | None = None
    title: str = ""
    alt: str = ""
    caption: str = ""

    @property
    def has_folder(self) -> bool:
        """Tell whether the post has a folder of its own, in which its files lie beside it."""
        return self.post is not None and str(self.post["path"]).endswith("/index.md")


@dataclass(frozen=True)
class Kept:
    """A file by its number in the list; `address` is what its post writes, a picture has its size in pixels."""

    number: int
    address: str
    markdown: str
    width: int | None = None
    height: int | None = None


async def keep_picture(site: Site, sent: Sent, *, by: Actor, incomplete: bool = False) -> Kept:
    """Make a picture anew and keep it; raises Invalid and TooLarge as `images.keep` does."""
    folder = _folder(site, sent, PICTURES)
    keep = partial(images.keep, site=site.settings.root, incomplete=incomplete)
    async with site.decoding:  # whoever waits does so here, and not in one of the threads
        picture = await run_in_threadpool(keep, sent.file, sent.name, folder)
    size = {"width": picture.width, "height": picture.height}
    number = await _list(site, sent, folder / picture.name, size, by=by)
    address = await _address(site, sent, PICTURES, picture.name)
    return Kept(number, address, f"![]({address})", **size)


async def keep_file(site: Site, sent: Sent, *, by: Actor) -> Kept:
    """Keep sound, film or PDF as it is; raises Invalid and TooLarge as `uploads.keep` does."""
    folder = _folder(site, sent, UPLOADED)
    kept = await run_in_threadpool(uploads.keep, sent.file, sent.name, folder)
    number = await _list(site, sent, folder / kept.name, {}, by=by)
    address = await _address(site, sent, UPLOADED, kept.name)
    return Kept(number, address, kept.markdown(address))


def _folder(site: Site, sent: Sent, name: str) -> Path:
    if sent.post is not None and sent.has_folder:
        return Path(site.settings.posts, sent.post["path"]).parent
    return site.settings.static / name


async def _list(site: Site, sent: Sent, target: Path, size: Mapping[str, int], *, by: Actor) -> int:
    """List a file among those of the site, which programs see; return its number."""
    title = sent.title or PurePosixPath(sent.name.replace("\\", "/")).stem
    post = sent.post["id"] if sent.post else None
    listed = await run_in_threadpool(uploads.listed, target, site.settings.posts, title=title, post=post)
    new: NewFile = replace(listed, alt=sent.alt, caption=sent.caption, **size)  # type: ignore[arg-type]
    number: int = await site.store.write(media.add, new, by=by)
    return number


async def _address(site: Site, sent: Sent, folder: str, name: str) -> str:
    if sent.has_folder:
        return name
    await run_in_threadpool(site.render.refresh)
    return f"/static/{folder}/{name}"
