"""Micropub: posts that programs write, change, delete and bring back, by their files; and what they can ask."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from blog.errors import NotFound
from blog.federation import own_addresses
from blog.importing import sent_text
from blog.posts import catalog, terms
from blog.posts.catalog import PostsWanted
from blog.publishing import editor, program_posts
from blog.publishing.program_posts import PostChange, Writer
from blog.web import site as sites
from blog.web import trashed_posts
from blog.web.api.dispatch import place_of
from blog.web.micropub import entries, media
from blog.web.micropub.access import Access, access_of, early
from blog.web.micropub.answers import MicropubError, empty, invalid, json_answer
from blog.web.micropub.entries import Picture, Properties
from blog.wording import gettext

JSON, FORM, MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
QUERIES = ["config", "source", "syndicate-to", "category", "post-types"]
TYPES = ("article", "note", "photo", "reply", "like", "repost", "bookmark")
MOST_FIELDS = 500
TRIES = 10  # to change a file that others change at the same time
LISTED, MOST_LISTED = 20, 100


@dataclass(frozen=True)
class Sent:
    """A request as it was sent: its action, the operations of an update, the properties, the files, the token."""

    action: str
    url: str
    properties: Properties
    operations: Mapping[str, Any]
    files: list[UploadFile]
    token: str = ""


async def create(request: Request) -> Response:
    """Do what a program asks for: create, update, delete, undelete."""
    known = await early(request)
    sent = await _sent(request)
    access = known if known and not sent.token else await access_of(request, sent.token)
    actions = {"": _create, "create": _create, "update": _update, "delete": _delete, "undelete": _undelete}
    if sent.action not in actions:
        raise invalid(gettext("There is no action {action!r}.", action=sent.action[:100]))
    return await actions[sent.action](request, access, sent)


async def _sent(request: Request) -> Sent:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == JSON:
        return _of_json(await request.body())
    if kind == MULTIPART:
        pairs = await media.multipart(request)
        files = [each for name, each in pairs if isinstance(each, UploadFile) and name.removesuffix("[]") == "photo"]
        return _of_form(pairs, files)
    text = (await request.body()).decode("utf-8", "replace")
    return _of_form(parse_qsl(text, keep_blank_values=True)[:MOST_FIELDS], [])


def _of_form(pairs: list[tuple[str, Any]], files: list[UploadFile]) -> Sent:
    properties = entries.of_form(pairs)
    first = {name: str(values[0]) for name, values in properties.items()}
    action = first.get("action", "")
    if action == "update":
        raise invalid(gettext("An update is sent as JSON."))
    if first.get("h", "entry") != "entry":
        raise invalid(gettext("Only entries are taken, not {kind!r}.", kind=first["h"][:100]))
    return Sent(action, first.get("url", ""), properties, {}, files, first.get("access_token", ""))


def _of_json(body: bytes) -> Sent:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise invalid(gettext("The body is no JSON.")) from error
    if not isinstance(read, dict):
        raise invalid(gettext("The body is no JSON object."))
    action, url = (str(read.get(name) or "") for name in ("action", "url"))
    if action in ("", "create"):
        if read.get("type", ["h-entry"]) not in (["h-entry"], "h-entry"):
            raise invalid(gettext("Only entries are taken, not {kind!r}.", kind=str(read["type"])[:100]))
        return Sent(action, url, entries.check(read.get("properties")), {}, [])
    return Sent(action, url, {}, read, [])


async def _create(request: Request, access: Access, sent: Sent) -> Response:
    """Write a new post: 201, and where it is. Without the scope `create` it is a draft, whatever it says."""
    access.check("create", "draft")
    pictures = await media.own(request, access, entries.pictures_of(sent.properties))
    texts = [str(each) for each in sent.properties.get("mp-photo-alt", [])]
    for place, file in enumerate(sent.files):
        alt = texts[place] if place < len(texts) else ""
        pictures.append(
            Picture(await media.keep(request, access.caller, file.file, file.filename or "photo", alt), alt)
        )
    change = entries.change_of(sent.properties, pictures, sites.of(request).settings)
    if not any((change.body, change.title, change.summary, change.properties)):
        raise invalid(gettext("The entry is empty: it needs content, a name, a photo or an address that it is about."))
    status = (change.status or "published") if "create" in access.rights else "draft"
    name = access.caller.program["name"] if access.caller.program else None
    change = _allowed(access, replace(change, status=status, author=name))
    number = await run_in_threadpool(_write, request, access, change)
    return empty(201, Location=await _address(request, number))


def _allowed(access: Access, change: PostChange) -> PostChange:
    """Return a change as its writer may make it: without HTML, where that is not allowed."""
    return replace(change, body=sent_text.post(change.body)) if access.caller.owner and change.body else change


def _writer(request: Request, access: Access) -> Writer:
    return Writer(access.caller.actor(sites.now()), access.caller.owner)


def _write(request: Request, access: Access, change: PostChange) -> int:
    site = sites.of(request)
    with site.store.another() as db:
        return program_posts.create(db, site.settings, change, "post", _writer(request, access))


async def _address(request: Request, number: int) -> str:
    row = await sites.of(request).store.read(catalog.of_any_kind, number)
    assert row is not None
    return place_of(request).post(row)


async def _find(request: Request, access: Access, url: str, *, trashed: bool = False) -> dict[str, Any]:
    """Return the row of the post at an address that the account may change; raise MicropubError."""
    if not url:
        raise invalid(gettext("The address of the post is missing."))
    site = sites.of(request)
    settings = replace(site.settings, url=place_of(request).base)
    target = await site.store.read(own_addresses.target_of, settings, url)
    if target is None and not own_addresses.is_own(settings, url):
        raise invalid(gettext("{url} is no address of this site.", url=url[:200]))
    slug = target.slug if target else unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])
    found = await site.store.read(editor.find, slug)
    row: dict[str, Any] | None = await site.store.read(catalog.of_any_kind, found["id"])
    if row is None:
        raise invalid(gettext("There is no post at {url}.", url=url[:200]))
    if row["deleted_at"] and not trashed:
        raise invalid(gettext("The post at {url} was deleted.", url=url[:200]))
    if not access.caller.owns(row["author"]) or (access.caller.owner and row["kind"] == "page"):
        raise MicropubError(403, "forbidden", gettext("This post belongs to another author."))
    return row


async def _update(request: Request, access: Access, sent: Sent) -> Response:
    """Change a part of a post: 204, or 201 with its new address."""
    access.check("update")
    row = await _find(request, access, sent.url)
    before = place_of(request).post(row)
    for rest in reversed(range(TRIES)):
        try:
            await _updated(request, access, sent, row)
            break
        except editor.Changed:  # what was written meanwhile is read, and changed in turn
            if not rest:
                raise
    after = await _address(request, row["id"])
    return empty(204 if after == before else 201, Location=after)  # some clients want the address in any case


async def _updated(request: Request, access: Access, sent: Sent, row: Mapping[str, Any]) -> None:
    """Read the file of a post and write it with the changes; raise editor.Changed when it changed in between."""
    site = sites.of(request)
    file = await run_in_threadpool(editor.source, site.settings, row["path"])
    now = entries.of_file(file.text, row, place_of(request))
    changed = entries.updated(now, sent.operations)
    entries.check_names(changed)
    change = await _change(request, access, now, changed)
    await run_in_threadpool(_rewrite, request, access, (row["path"], file.digest), change)


async def _change(request: Request, access: Access, now: Properties, changed: Properties) -> PostChange:
    """Return the change of a file for properties that change; text and pictures stand in it together."""
    if not changed:
        raise invalid(gettext("The update changes nothing: it has no replace, add or delete."))
    together = {"content", "photo", "mp-photo-alt"} & set(changed)
    whole = {**now, **changed}
    wanted = {**changed, **({"content": whole.get("content", [])} if together else {})}
    pictures = await media.own(request, access, entries.pictures_of(whole)) if together else None
    change = entries.change_of(wanted, pictures, sites.of(request).settings)
    rest = entries.change_of(whole, None, sites.of(request).settings).properties
    title = _title(change, whole) if change.title == "" else change.title
    return _allowed(access, replace(change, title=title, properties=rest or ""))


def _title(change: PostChange, whole: Properties) -> str:
    """Return the title of a post whose own was taken out: its first words."""
    text = change.body or "\n\n".join(str(each) for each in whole.get("content", []))
    return program_posts.title_of(replace(change, title=None, body=text))


def _rewrite(request: Request, access: Access, file: tuple[str, str], change: PostChange) -> None:
    site, (path, digest) = sites.of(request), file

    def unchanged(source: editor.Source) -> None:
        if source.digest != digest:
            raise editor.Changed(source)

    with site.store.another() as db:
        program_posts.change(db, site.settings, path, change, unchanged, _writer(request, access))


async def _delete(request: Request, access: Access, sent: Sent) -> Response:
    """Put a post into the trash; one that is there already stays."""
    access.check("delete")
    row = await _find(request, access, sent.url, trashed=True)
    if not row["deleted_at"]:
        await run_in_threadpool(_put_aside, request, access, row)
    return empty(204)


def _put_aside(request: Request, access: Access, row: dict[str, Any]) -> None:
    site = sites.of(request)
    with site.store.another() as db:
        program_posts.trash(db, site.settings, row, by=access.caller.actor(sites.now()))


async def _undelete(request: Request, access: Access, sent: Sent) -> Response:
    """Bring a post back from the trash; one that is not there stays."""
    access.check("undelete", "delete")
    row = await _find(request, access, sent.url, trashed=True)
    if row["deleted_at"]:
        await run_in_threadpool(_bring_back, request, access, row["id"])
    return empty(204)


def _bring_back(request: Request, access: Access, number: int) -> None:
    if not trashed_posts.restore(sites.of(request), number, by=access.caller.actor(sites.now())):
        raise invalid(gettext("The post cannot be brought back."))


async def show(request: Request) -> Response:
    """Answer a query: the configuration, the source of a post, the targets of syndication, the tags."""
    access = await access_of(request)
    query = request.query_params
    config = {
        "media-endpoint": place_of(request).page("/micropub/media"),
        "syndicate-to": [],
        "post-types": [{"type": each, "name": each.capitalize()} for each in TYPES],
        "q": QUERIES,
        "mp": ["slug", "photo-alt"],
    }
    wanted = query.get("q", "")
    if wanted == "config":
        return json_answer(config)
    if wanted in ("syndicate-to", "post-types"):
        return json_answer({wanted: config[wanted]})
    if wanted == "category":
        return await _categories(request, query.get("filter", ""))
    if wanted == "source":
        return await _source(request, access)
    raise invalid(gettext("There is no query {query!r}.", query=wanted[:100]))


async def _categories(request: Request, words: str) -> Response:
    names = await sites.of(request).store.read(terms.all_names)
    return json_answer({"categories": [name for name in names if words.casefold() in name.casefold()]})


async def _source(request: Request, access: Access) -> Response:
    """Return the properties of a post as they were written, or those of the newest posts."""
    query = request.query_params
    names = [*query.getlist("properties[]"), *query.getlist("properties")]
    if not query.get("url"):
        return await _list(request, access, names)
    row = await _find(request, access, query["url"])
    return json_answer(await run_in_threadpool(_entry, request, row, names))


def _entry(request: Request, row: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    place = place_of(request)
    file = editor.source(sites.of(request).settings, row["path"])
    properties = entries.of_file(file.text, row, place) | {"url": [place.post(row)]}
    if names:
        return {"properties": {name: properties[name] for name in names if name in properties}}
    return {"type": ["h-entry"], "properties": properties}


async def _list(request: Request, access: Access, names: list[str]) -> Response:
    query = request.query_params
    size, skip = (_number(query.get(name, ""), most) for name, most in (("limit", MOST_LISTED), ("offset", 100_000)))
    wanted = PostsWanted(statuses=("publish", "future", "draft"), owner=access.caller.owner or None)
    found = await sites.of(request).store.read(
        catalog.chosen, wanted, at=sites.now(), size=size or LISTED, skip=skip or 0
    )
    rows = [row for row in found["rows"] if access.caller.owns(row["author"])]
    return json_answer({"items": await run_in_threadpool(_entries, request, rows, names)})


def _entries(request: Request, rows: list[dict[str, Any]], names: list[str]) -> list[dict[str, Any]]:
    found = []
    for row in rows:
        try:
            found.append(_entry(request, row, names))
        except NotFound:
            continue  # its file was taken away, and nobody has published since
    return found


def _number(text: str, most: int) -> int | None:
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 10 else None
