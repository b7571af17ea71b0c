"""A saved page as a source of an import: its post, its comments, and the pictures of the folder beside it."""

import re
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from blog import posts
from blog.comments.imported_comments import ImportedComment as OnPage
from blog.importing import opening, page
from blog.importing.imported import ImportedComment, ImportedPost, Items, Picture, Unsure
from blog.importing.page import Page
from blog.importing.uploads import PICTURES
from blog.journal import events
from blog.posts import keys

LANGUAGE = re.compile("[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
ANONYMOUS = "Anonymous"


class FolderBeside:
    """The folder of files that a browser saved with a page, such as `A post_files`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self, address: str) -> Picture | None:
        """Return the picture that an address in the page means, if it lies in the folder."""
        parts = urlsplit(address)
        place = unquote(parts.path).removeprefix("./")
        folder, _, rest = place.partition("/")
        if parts.scheme or parts.netloc or not rest or not place.lower().endswith(PICTURES):
            return None
        if folder == self._path.stem or not folder.startswith(self._path.stem):
            return None
        found = opening.beneath(self._path.parent / place, self._path.parent / folder)
        return Picture(f"picture:{quote(place)}#", found) if found else None


def load(path: Path) -> Page:
    """Return what a saved page holds; raise Unreadable for what is none."""
    return page.read(path.read_bytes(), name=path.name, at_hand=FolderBeside(path).find)


def read(path: Path) -> Items:
    """Give the post and the comments of a saved page, and what is unsure about it."""
    saved = load(path)
    yield from items(saved)
    for doubt in saved.doubts:
        yield Unsure(saved.title, doubt)


def items(saved: Page) -> Items:
    """Give the post and the comments of a page; its comments keep their order."""
    key = key_of(saved)
    yield ImportedPost(
        key=key,
        title=saved.title,
        body=saved.body,
        published_at=_stamp(saved.published_at),
        author=saved.author or ANONYMOUS,
        slug=slug_of(saved),
        tags=saved.tags,
        language=saved.language if LANGUAGE.fullmatch(saved.language) else "",
        comments="closed" if saved.closed else "",
        addresses=_old_address(saved),
        pictures=saved.pictures,
    )
    numbered = {comment.number: _key(key, comment) for comment in saved.comments}
    for comment in saved.comments:
        yield ImportedComment(
            key=numbered[comment.number],
            post=key,
            text=comment.text,
            parent=numbered[comment.parent] if comment.parent else "",
            published_at=_stamp(comment.published_at),
            author=comment.author,
            email=comment.email,
            url=comment.url,
            sort=f"{comment.number:06}",
            source=comment.text,
        )


def key_of(saved: Page) -> str:
    return f"page:{saved.url or posts.slugify(saved.title)}"


def slug_of(saved: Page) -> str:
    return posts.slugify(saved.title) or "imported"


def _key(page_key: str, comment: OnPage) -> str:
    return f"{page_key}:{comment.source_id or comment.number}"


def _stamp(at: str | None) -> str | None:
    return events.stamp(events.moment(at)) if at else None


def _old_address(saved: Page) -> tuple[str, ...]:
    """Return the path at which the page was, none where it cannot lead here or is the one that it gets."""
    parts = urlsplit(saved.url)
    with suppress(ValueError):
        path = keys.old_address(f"{parts.path}?{parts.query}" if parts.query else parts.path)
        return () if path.strip("/") == posts.slugify(saved.title) else (path,)
    return ()
