"""Ghost's JSON export: posts, pages, tags and authors; comments only where the file has them (the export has none)."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blog.importing import comment_text, json_stream, moments, wordpress_text
from blog.importing.imported import (
    APPROVED,
    DELETED,
    PENDING,
    ImportedComment,
    ImportedPost,
    Items,
    Progress,
    Skipped,
    Unsure,
)
from blog.importing.model import Unreadable
from blog.posts import slugify
from blog.wording import gettext

TABLES = ("posts", "tags", "posts_tags", "users", "posts_authors", "members", "comments")
PREFIXES = tuple(f"{where}data.{table}.item" for where in ("db.item.", "") for table in TABLES)
STATUSES = {"published": "published", "scheduled": "published", "draft": "draft", "sent": "draft"}
COMMENT_STATUSES = {"published": APPROVED, "hidden": PENDING, "deleted": DELETED}
SITE = "__GHOST_URL__"


@dataclass
class _Site:
    """What the posts refer to, by id."""

    tags: dict[str, str] = field(default_factory=dict)
    authors: dict[str, str] = field(default_factory=dict)
    members: dict[str, tuple[str, str]] = field(default_factory=dict)
    tags_of: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    authors_of: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    posts: int = 0


def read(path: Path) -> Items:
    """Give the posts and comments of an export; it is read twice, first for tags and authors."""
    site = _Site()
    for prefix, record, _ in json_stream.objects(path, PREFIXES):
        _note(site, prefix.split(".")[-2], record)
    if not site.posts:
        raise Unreadable(gettext("{name} is no export of Ghost: it holds no posts.", name=path.name))
    for prefix, record, part in json_stream.objects(path, PREFIXES):
        table = prefix.split(".")[-2]
        if table == "posts":
            yield from _post(record, site)
        elif table == "comments":
            yield _comment(record, site)
        yield Progress(part)


def _note(site: _Site, table: str, record: dict[str, Any]) -> None:
    key, name = str(record.get("id")), comment_text.name(str(record.get("name") or ""))
    post, place = str(record.get("post_id")), int(record.get("sort_order") or 0)
    if table == "posts":
        site.posts += 1
    elif table == "tags" and not name.startswith("#") and record.get("visibility") != "internal":
        site.tags[key] = name
    elif table == "users":
        site.authors[key] = name
    elif table == "members":
        site.members[key] = (name, str(record.get("email") or ""))
    elif table == "posts_tags":
        site.tags_of[post].append((place, str(record.get("tag_id"))))
    elif table == "posts_authors":
        site.authors_of[post].append((place, str(record.get("author_id"))))


def _post(record: dict[str, Any], site: _Site) -> Items:
    key, title = str(record.get("id")), comment_text.name(str(record.get("title") or "")) or gettext("Untitled")
    status = STATUSES.get(str(record.get("status")))
    if status is None:
        yield Skipped(title, gettext("It is in the state {state}.", state=record.get("status")))
        return
    made = wordpress_text.convert(f"<!-- wp:html -->{str(record.get('html') or '').replace(SITE, '')}", base="")
    authors = [site.authors.get(each, "") for _, each in sorted(site.authors_of.get(key, ()))]
    closed_to = str(record.get("visibility") or "public")
    slug = slugify(str(record.get("slug") or ""))
    yield ImportedPost(
        key=f"ghost:{key}",
        title=title,
        body=made.text,
        published_at=_time(record, "published_at") or _time(record, "created_at"),
        updated_at=_time(record, "updated_at"),
        kind="page" if record.get("type") == "page" or record.get("page") is True else "post",
        status=status if closed_to == "public" else "draft",
        author=next((each for each in authors if each), "") or site.authors.get(str(record.get("author_id")), ""),
        slug=slug,
        summary=comment_text.name(str(record.get("custom_excerpt") or "")),
        tags=tuple(site.tags[each] for _, each in sorted(site.tags_of.get(key, ())) if each in site.tags),
        language=str(record.get("locale") or ""),
        addresses=(f"/{slug}/",) if slug else (),
    )
    if closed_to != "public":
        yield Unsure(title, gettext("Only some could read it ({who}); it comes in as a draft.", who=closed_to))
    if not made.text and (record.get("mobiledoc") or record.get("lexical")):
        yield Unsure(title, gettext("Its text is only in the editor's own format, which is not read; export it again."))
    for address in dict.fromkeys(made.missing):
        yield Unsure(title, gettext("The picture {address} is not at hand; a link stands for it.", address=address))
    if made.frames:
        yield Unsure(title, gettext("A video or frame is a link now."))


def _comment(record: dict[str, Any], site: _Site) -> ImportedComment:
    status = COMMENT_STATUSES.get(str(record.get("status")), PENDING)
    name, email = site.members.get(str(record.get("member_id")), ("", ""))
    parent = record.get("in_reply_to_id") or record.get("parent_id")
    edited = record.get("edited_at")
    return ImportedComment(
        key=f"ghost:comment {record.get('id')}",
        post=f"ghost:{record.get('post_id')}",
        parent=f"ghost:comment {parent}" if parent else "",
        status=status,
        published_at=_time(record, "created_at"),
        edited_at=moments.utc(str(edited)) if edited else None,
        author="" if status == DELETED else name,
        email="" if status == DELETED else email,
        text="" if status == DELETED else comment_text.from_html(str(record.get("html") or "")),
        source=str(record.get("html") or ""),
    )


def _time(record: dict[str, Any], name: str) -> str | None:
    value = record.get(name)
    if isinstance(value, int | float):
        return moments.epoch(value)
    return moments.utc(str(value)) if value else None
