"""Restoring an older version of a post: a save like any other, which restoring what stood before takes back."""

from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from blog.errors import Invalid
from blog.journal import events
from blog.journal.events import Actor, NewEvent
from blog.posts import versions
from blog.publishing import editor, post_text, publication, unsaved
from blog.settings import Settings
from blog.storage import store
from blog.wording import gettext

Post = dict[str, Any]  # id, path, status and published_at of a post


@dataclass(frozen=True)
class Wish:
    """Which version of a post is to be its text again, and the digest of the file that it is to replace (`base`).

    `owner` is the name of somebody who may write own posts only, "" for who may write all.
    """

    post: Post
    version: int
    base: str
    owner: str = ""


def restore(db: Database, settings: Settings, wish: Wish, *, by: Actor) -> str:
    """Write a version into the post's file and publish it; return the post's slug.

    The post stays as public as it is now: a version of another status gets the present status and date. What stands in
    the file, and what this person had typed without saving it, become versions. Raises Changed and Vanished as
    `editor.save` does, BadPost for a version that cannot be published, Invalid for one that this person may not save.
    """
    post, path = wish.post, wish.post["path"]
    editor.check_base(settings, path, wish.base)
    data = _prepared(db, settings, wish, by.at)
    typed = unsaved.load(db, post["id"], by.account) if by.account else None
    if typed:
        with store.transaction(db):
            status = versions.status_at(post["status"], post["published_at"], by.at)
            versions.keep(db, post["id"], typed["text"].encode(), status, by=by, saved=False)
    editor.keep(db, settings, path, data, base=wish.base, by=by)
    editor.write(settings, path, data, base=wish.base)
    report = publication.publish(db, settings, [settings.posts / path], by=by)
    if report.problems:
        raise report.problems[0]
    with store.transaction(db):
        events.record(db, NewEvent("post restored", post=post["id"], after=str(wish.version)), by=by)
        if typed and by.account:
            unsaved.discard(db, post["id"], by.account)
    return editor.slug_of(db, path)


def _prepared(db: Database, settings: Settings, wish: Wish, at: str) -> bytes:
    """Return the bytes of the version, as they may be written."""
    number = versions.find(db, wish.post["id"], wish.version)["id"]
    data = _as_public_as_now(settings, wish, versions.contents(db, [number])[number], at)
    if not wish.owner:
        return data
    text = editor.signed(settings, editor.plain(data), wish.owner)
    editor.check_own(settings, wish.post["path"], text, owner=wish.owner)
    return text.encode()


def _as_public_as_now(settings: Settings, wish: Wish, data: bytes, at: str) -> bytes:
    post, text = wish.post, editor.plain(data)
    if post["deleted_at"]:
        return data
    file = editor.check(settings, post["path"], text)
    then = versions.status_at(file.status, file.published_at, at)
    if then == versions.status_at(post["status"], post["published_at"], at):
        return data
    front, body = post_text.split(text)
    if not front:
        raise Invalid(
            {
                "version": gettext(
                    "The post has another status now than in this version, and its head is not YAML. Copy the text"
                    " into the post instead."
                )
            }
        )
    here = post_text.fields(post_text.split(editor.present(settings, post["path"]).text)[0])
    date = here.get("date") or _local(settings, post["published_at"])
    return post_text.join({"status": post["status"], **({"date": date} if date else {})}, front, body).encode()


def _local(settings: Settings, stamp: str) -> str:
    return f"{events.moment(stamp).astimezone(settings.zone):%Y-%m-%d %H:%M:%S}" if stamp else ""
