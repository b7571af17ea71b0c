"""The file of an imported post: its front matter and its text, as this site's posts have them."""

import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from blog import posts, reserved
from blog.errors import AfterwordError
from blog.importing import own_posts
from blog.importing.imported import ImportedPost, OwnPost, Unsure
from blog.importing.uploads import PICTURES
from blog.journal import events
from blog.posts import PostFile, keys
from blog.posts.front_matter import MAX_OLD_ADDRESSES, MAX_TAGS, TAG_LENGTH, TITLE_LENGTH
from blog.publishing import images, site_folder
from blog.settings import Settings
from blog.text import fit
from blog.wording import N_, gettext

NO_DATE = N_("It has no date; the time of the import stands for it.")
SUMMARY_LENGTH, AUTHOR_LENGTH = 1_000, 200


@dataclass(frozen=True)
class Made:
    """A post that is ready to be written: the file as it is read, its status, and what it could not keep."""

    file: PostFile
    status: str
    pictures: dict[str, str]
    remarks: tuple[Unsure, ...]
    own: OwnPost | None = None


class Names:
    """The names that files of this import may have: none that is taken."""

    def __init__(self, settings: Settings, present: Collection[str]) -> None:
        self._settings = settings
        self._present = present
        self._taken: set[str] = set()

    def free(self, post: ImportedPost) -> Path:
        """Return where a post's file will be."""
        if post.own and (path := self._as_it_was(post.own)):
            return path
        folder = self._settings.pages if post.kind == "page" else self._settings.posts
        stem = reserved.unreserved(post.slug or posts.slugify(post.title) or "imported")
        number, name = 1, stem
        while name in self._taken or self._is_there(folder, name):
            number += 1
            name = f"{stem}-{number}"
        self._taken.add(name)
        own_folder = post.pictures or (post.own and post.own.files)
        return folder / name / "index.md" if own_folder else folder / f"{name}.md"

    def _as_it_was(self, own: OwnPost) -> Path | None:
        """Return the place that a file had on the site that it comes from, if it is free here."""
        path = Path(os.path.normpath(self._settings.posts / own.path)) if own.path else None
        if path is None or path.exists() or {own.path} & {*self._present, *self._taken}:
            return None
        self._taken.add(own.path)
        return path

    def _is_there(self, folder: Path, name: str) -> bool:
        files = (folder / f"{name}.md", folder / name / "index.md")
        paths = {posts.path_of(file, self._settings.posts) for file in files}
        return not paths.isdisjoint(self._present) or files[0].exists() or (folder / name).exists()


def addresses(post: ImportedPost, settings: Settings) -> tuple[tuple[str, ...], tuple[Unsure, ...]]:
    """Return the old addresses that will redirect, and remarks about those that cannot."""
    own = posts.address_of(settings, post.slug, post.kind, post.published_at or "").rstrip("/")
    found, remarks = [], []
    for address in post.addresses:
        try:
            old = keys.old_address(address)
        except ValueError:
            remarks.append(Unsure(post.title, gettext("The old address {address} cannot lead here.", address=address)))
            continue
        if old != own and old.strip("/") != post.slug:
            found.append(old)
    return tuple(dict.fromkeys(found))[:MAX_OLD_ADDRESSES], tuple(remarks)


def make(post: ImportedPost, target: Path, settings: Settings, *, waiting: Path, at: str) -> Made:
    """Write a post's file, and its pictures, below the folder `waiting`; read the file as if it was at `target`."""
    place = waiting / target.relative_to(settings.root)
    place.parent.mkdir(parents=True, exist_ok=True)
    if post.own and post.own.text is not None:
        data = post.own.text.encode()
        file = site_folder.parse(settings, target, data)
        place.write_bytes(data)
        digests = own_posts.write_files(post.own, place.parent)
        return Made(replace(file, source_key=post.key), file.status, digests, (), post.own)
    body, pictures, remarks = _with_pictures(post, place.parent, settings)
    old, more = addresses(post, settings)
    text = _text(replace(post, body=body), old, at)
    data = text.encode()
    file = site_folder.parse(settings, target, data)
    place.write_bytes(data)
    if not post.published_at and post.status == "published":
        more = (*more, Unsure(post.title, gettext(NO_DATE)))
    return Made(replace(file, source_key=post.key), file.status, pictures, (*remarks, *more))


def _text(post: ImportedPost, old: tuple[str, ...], at: str) -> str:
    title = fit(post.title).strip() or gettext("Untitled")
    date = post.published_at or (at if post.status == "published" else None)
    tags = [tag[:TAG_LENGTH] for tag in post.tags if tag.strip()][:MAX_TAGS]
    slug = post.slug if post.slug and post.slug not in reserved.words(post.kind) else ""
    front: dict[str, Any] = {
        "title": title if len(title) <= TITLE_LENGTH else f"{title[: TITLE_LENGTH - 1]}…",
        **({"date": _date(date)} if date else {}),
        **({"updated": _date(post.updated_at)} if _is_later(post.updated_at, date) else {}),
        **({"slug": slug} if slug else {}),
        **({"author": fit(post.author)[:AUTHOR_LENGTH]} if post.author else {}),
        **({"status": post.status} if post.status != "published" else {}),
        **({"summary": fit(post.summary)[:SUMMARY_LENGTH]} if post.summary else {}),
        **({"tags": tags} if tags else {}),
        **({"language": post.language} if post.language else {}),
        **({"comments": post.comments} if post.comments else {}),
        **({"redirect_from": list(old)} if old else {}),
        **({} if post.html else {"html": False}),
    }
    written = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=1_000)
    return f"---\n{written}---\n\n{fit(post.body).strip()}\n"


def _date(stamp: str | None) -> Any:
    return events.moment(stamp or "").replace(microsecond=0)


def _is_later(updated: str | None, published: str | None) -> bool:
    """Tell whether a post was changed on a later day than it was published."""
    return bool(updated and published and updated[:10] > published[:10])


def _kept(path: Path, folder: Path, settings: Settings) -> str:
    """Put a file beside a post, a picture in the sizes of a page; return its name there."""
    if not path.name.lower().endswith(PICTURES):
        name = f"{posts.slugify(path.stem)[:60] or 'file'}{path.suffix.lower()}"
        number = 1
        while (folder / name).exists():
            number += 1
            name = f"{posts.slugify(path.stem)[:60] or 'file'}-{number}{path.suffix.lower()}"
        shutil.copyfile(path, folder / name)
        return name
    with path.open("rb") as file:
        return images.keep(file, path.name, folder, site=settings.root).name


def _with_pictures(
    post: ImportedPost, folder: Path, settings: Settings
) -> tuple[str, dict[str, str], tuple[Unsure, ...]]:
    """Make a post's pictures small beside its file; return its text with their names, and their digests by name."""
    body, digests, remarks = post.body, {}, []
    for picture in post.pictures:
        try:
            name = _kept(picture.path, folder, settings)
        except (AfterwordError, OSError) as error:
            why = error.sentence if isinstance(error, AfterwordError) else str(error.strerror)
            remarks.append(Unsure(post.title, f"{picture.path.name}: {why}"))
            body = body.replace(picture.mark, picture.path.name)
            continue
        body = body.replace(picture.mark, name)
    for name in sorted(os.listdir(folder)) if post.pictures else ():
        if name != "index.md":
            digests[name] = site_folder.digest_of(folder / name)
    return body, digests, tuple(remarks)
