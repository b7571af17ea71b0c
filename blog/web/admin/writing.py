"""Writing posts: the list's New, the page to write on, its preview, pictures, and what is not saved yet."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from blog import posts, publishing
from blog.errors import BadPost, Conflict, Invalid, NotFound, Refused, TooLarge
from blog.journal import events
from blog.journal.events import By
from blog.moderation import edits
from blog.publishing import editor, images
from blog.web import attachments, drafts, errors, forms
from blog.web import site as sites
from blog.web.admin import access
from blog.web.middleware import bodies, security
from blog.web.site import Site

TEXT_BODY = 3 * editor.TEXT_LENGTH  # bytes of a form that holds a post
FRAMES = {"Content-Security-Policy": f"{security.POLICY}; frame-src 'self'"}
CHOICES = (
    ("", "as the settings say"),
    ("open", "open"),
    ("moderated", "every comment waits"),
    ("replies-only", "replies only"),
    ("closed", "closed"),
)


async def new(request: Request) -> Response:
    framed = await sites.of(request).store.read(access.frame, None)
    return _new_page(request, framed, "", {}, 200)


def _new_page(request: Request, framed: Any, title: str, wrong: Mapping[str, str], code: int) -> Response:
    context = {**access.context(request, framed, "posts"), "title": title, "errors": wrong}
    return sites.of(request).render.page("admin/posts/new.html", code=code, **context)


async def create(request: Request) -> Response:
    """Make a draft in a folder of its own, and go on to write it."""
    site, fields = sites.of(request), await forms.fields(request)
    title = fields.get("title", "")
    try:
        now, owner = events.moment(sites.now()), access.owner(request)
        path = await run_in_threadpool(editor.begin, site.settings, title, now=now, author=owner)
    except Invalid as error:
        if forms.wants_json(request):
            raise
        return _new_page(request, await site.store.read(access.frame, None), title, error.errors, 422)
    slug = await run_in_threadpool(_published, site, path, access.by(request))
    return RedirectResponse(f"/admin/posts/{slug}/edit", 303)


def _published(site: Site, path: str, by: By) -> str:
    """Publish one file; return the slug of its post."""
    with site.store.another() as db:
        report = publishing.publish(db, site.settings, [site.settings.posts / path], by=by)
        if report.problems:
            raise report.problems[0]
        return editor.slug_of(db, path)


def _load(db: Any, slug: str, account: int, did: int | None) -> dict[str, Any]:
    post = editor.find(db, slug)
    return {"post": post, "unsaved": editor.kept(db, post["id"], account), "frame": access.frame(db, did)}


async def edit(request: Request) -> Response:
    """The page to write on: with what was not saved yet, where there is something."""
    site, slug = sites.of(request), request.path_params["slug"]
    found = await site.store.read(_load, slug, access.me(request)["id"], access.did(request))
    unsaved, path = found["unsaved"], found["post"]["path"]
    said = SAID.get(request.query_params.get("done", ""), "")
    if unsaved is None:
        now = await run_in_threadpool(editor.source, site.settings, path)
        return _page(request, site, found, now.text, now.digest, said=said)
    now, base = await run_in_threadpool(editor.present, site.settings, path), unsaved["base"]
    notes = [f"Not saved yet: this is your text as of {site.render.moment(unsaved['saved_at'])}."]
    if not now.digest:
        base = ""
        notes.append(editor.Vanished(path).sentence)
    elif base != now.digest:
        notes.append("The file has changed since. When you save, you will see both versions.")
    return _page(request, site, found, unsaved["text"], base, notes=notes, said=said)


SAID = {
    "save": "Saved.",
    "publish": "Published.",
    "schedule": "Scheduled: the post will be published automatically.",
    "unpublish": "Changed to a draft.",
    "withdraw": "Withdrawn: its address now answers that the page is gone.",
    "discard": "Unsaved changes were discarded. This is the file.",
}


def _page(
    request: Request,
    site: Site,
    found: dict[str, Any],
    text: str,
    base: str,
    *,
    notes: list[str] | None = None,
    problem: BadPost | Refused | None = None,
    picture: str = "",
    said: str = "",
    preview: bool = False,
) -> Response:
    front, body = editor.split(text)
    values = editor.fields(front)
    post, at = found["post"], sites.now()
    due = post["status"] == "published" and post["published_at"] > at
    return site.render.page(
        "admin/posts/edit.html",
        code=_code(problem) if problem else 200,
        headers=FRAMES,
        **access.context(request, found["frame"], "posts", said=said),
        post={
            "id": post["id"],
            "slug": post["slug"],
            "title": post["title"],
            "path": posts.shown(post["path"]),
            "state": "scheduled" if due else post["status"],
            "url": drafts.address(site, post),
            "appears": site.render.moment(post["published_at"]) if due else "",
        },
        fields={name: values.get(name, "") for name in editor.FIELDS},
        choices=CHOICES,
        front=front,
        body=body,
        base=base,
        readable=bool(values),
        measure=editor.measure(body),
        notes=notes or [],
        problem=_sentence(problem) if problem else "",
        picture=picture,
        preview=preview,
        heaviest=images.HEAVIEST,
        share=drafts.share(site, post["slug"], at) if post["status"] == "draft" or due else "",
    )


def _code(problem: BadPost | Refused) -> int:
    return 422 if isinstance(problem, BadPost) else problem.status


def _sentence(problem: BadPost | Refused) -> str:
    if isinstance(problem, BadPost):
        return f"Line {problem.line}: {problem.problem}" if problem.line else problem.problem
    return problem.sentence


def text_of(fields: Mapping[str, str]) -> str:
    """Put a file together of what a form holds: the front matter as text, and over it the fields that were changed."""
    front = fields.get("front", "").replace("\r\n", "\n")
    try:
        was = json.loads(fields.get("was", "{}"))
    except (ValueError, RecursionError):
        was = {}
    typed = {name: fields[name].strip() for name in editor.FIELDS if name in fields}
    changed = {name: value for name, value in typed.items() if not isinstance(was, dict) or value != was.get(name, "")}
    return editor.join(changed, front, fields.get("body", "").replace("\r\n", "\n"))


def _acted(text: str, action: str, site: Site) -> str:
    """Return a file's text with the status, and where it needs one the date, that an action gives it."""
    front, body = editor.split(text)
    now = f"{events.moment(sites.now()).astimezone(site.settings.zone):%Y-%m-%d %H:%M:%S}"
    values = {"publish": {"status": "published"}, "schedule": {"status": "published"}}.get(action, {})
    values |= {"unpublish": {"status": "draft"}, "withdraw": {"status": "withdrawn"}}.get(action, {})
    if action == "publish" and not _is_past(editor.fields(front).get("date", ""), site):
        values["date"] = now
    return editor.join(values, front, body) if values else text


def _is_past(date: str, site: Site) -> bool:
    """Tell whether a date of the front matter is there and has come."""
    try:
        return posts.moment_of(date, site.settings.zone) <= sites.now()
    except (ValueError, OverflowError):
        return False


async def update(request: Request) -> Response:
    """Save, publish, schedule, unpublish or withdraw; or show a preview, or drop what was not saved."""
    site, slug, me = sites.of(request), request.path_params["slug"], access.me(request)["id"]
    fields = await forms.fields(request, most=TEXT_BODY)
    action = fields.get("action", "save")
    if action not in {*SAID, "preview"}:
        raise Invalid({"action": f"There is no action {action[:40]!r}; there are {', '.join(SAID)}, preview."})
    found = await site.store.read(_load, slug, me, None)
    post, path = found["post"], found["post"]["path"]
    _check_post(post, fields)
    if action == "discard":
        await site.store.write(editor.forget, post["id"], me)
        return RedirectResponse(f"/admin/posts/{slug}/edit?done=discard", 303)
    text, base = text_of(fields), fields.get("base", "")
    await site.store.write(editor.keep, post["id"], me, text, base, at=sites.now())
    if action == "preview":
        return _page(request, site, found, text, base, preview=True)
    owner = access.owner(request)
    text = editor.signed(site.settings, _acted(text, action, site), owner)
    try:
        if owner:
            await run_in_threadpool(editor.check_own, site.settings, path, text, owner=owner)
        if action == "schedule" and _is_past(editor.fields(editor.split(text)[0]).get("date", ""), site):
            raise Invalid({"date": "The date must be in the future, such as 2026-05-07 09:30."})
        await run_in_threadpool(editor.save, site.settings, path, text, base=base)
        slug = await run_in_threadpool(_published, site, path, access.by(request))
    except Conflict as conflict:
        if forms.wants_json(request):
            raise
        if isinstance(conflict, editor.Changed):
            return _both(request, site, found, text, conflict.theirs)
        return _page(request, site, found, text, "", problem=conflict)
    except (BadPost, Invalid) as problem:
        if forms.wants_json(request):
            fields = problem.errors if isinstance(problem, Invalid) else {"text": _sentence(problem)}
            return errors.problem(422, _sentence(problem), fields=fields)
        return _page(request, site, found, text, base, problem=problem)
    await site.store.write(editor.forget, post["id"], me)
    if forms.wants_json(request):
        return JSONResponse({"slug": slug, "path": posts.shown(path)})
    return RedirectResponse(f"/admin/posts/{slug}/edit?done={action}", 303)


def _check_post(post: Mapping[str, Any], fields: Mapping[str, str]) -> None:
    """Raise Conflict where the form was opened for another post: a draft's address is free for what is published."""
    if fields.get("post", str(post["id"])) != str(post["id"]):
        cure = "Open your draft again under Posts; this browser has your text"
        raise Conflict(f"{post['title']!r} was published at this address in the meantime. Nothing was saved. {cure}.")


def _both(request: Request, site: Site, found: dict[str, Any], mine: str, theirs: editor.Source) -> Response:
    """Show both versions of a file that was changed meanwhile, and the ways on."""
    return site.render.page(
        "admin/posts/conflict.html",
        code=409,
        **access.context(request, found["frame"], "posts"),
        post={
            "slug": found["post"]["slug"],
            "title": found["post"]["title"],
            "path": posts.shown(found["post"]["path"]),
        },
        mine=editor.split(mine),
        theirs=theirs.text,
        base=theirs.digest,
        runs=edits.difference(theirs.text, mine),
    )


async def keep(request: Request) -> Response:
    """Keep what is typed, without saving; answer when it was, how long the text is, and what is wrong with it."""
    site, at = sites.of(request), sites.now()
    fields = await forms.fields(request, most=TEXT_BODY)
    text = text_of(fields)
    post = await site.store.read(editor.find, request.path_params["slug"])
    _check_post(post, fields)
    await site.store.write(editor.keep, post["id"], access.me(request)["id"], text, fields.get("base", ""), at=at)
    problem = ""
    try:
        await run_in_threadpool(editor.check, site.settings, post["path"], text)
    except (BadPost, Invalid) as error:
        problem = _sentence(error)
    return JSONResponse({"at": site.render.clock(at), "problem": problem, **editor.measure(editor.split(text)[1])})


async def preview(request: Request) -> Response:
    """The public page of what is typed: the one address that a page of this site may frame."""
    site = sites.of(request)
    found = await site.store.read(_load, request.path_params["slug"], access.me(request)["id"], None)
    path = found["post"]["path"]
    text = found["unsaved"]["text"] if found["unsaved"] else None
    if text is None:
        text = (await run_in_threadpool(editor.source, site.settings, path)).text
    text = editor.signed(site.settings, text, access.owner(request))
    return await drafts.page(site, path, text, by=access.by(request), framed=True)


async def upload(request: Request) -> Response:
    """Take a picture; answer with the Markdown that shows it, without a script on the page with what was typed."""
    site, slug = sites.of(request), request.path_params["slug"]
    found = await site.store.read(_load, slug, access.me(request)["id"], None)
    form = await forms.read(request, most=bodies.DESK_LIMIT, text=TEXT_BODY, files=1)
    file, path = form.get("image"), found["post"]["path"]
    try:
        if forms.wants_json(request):
            kept, address = await _taken(site, path, file)
            shown = {"markdown": f"![]({address})", "url": address, "width": kept.width, "height": kept.height}
            return JSONResponse(shown)
        text, base = await _typed(request, site, found, forms.first(form))
        try:
            _, address = await _taken(site, path, file)
        except (Invalid, TooLarge) as problem:
            return _page(request, site, found, text, base, problem=problem)
        return _page(request, site, found, text, base, picture=f"![]({address})")
    finally:
        await form.close()


async def _taken(site: Site, path: str, file: UploadFile | str | None) -> tuple[images.Kept, str]:
    """Keep a picture beside the post that has a folder, else in `static/`; return it and its address there."""
    if not isinstance(file, UploadFile) or not file.filename:
        raise Invalid({"image": "Choose a picture first."})
    own = path.endswith("/index.md")
    folder = (site.settings.posts / path).parent if own else site.settings.static / "images"
    async with site.decoding:  # whoever waits does so here, and not in one of the threads
        kept = await run_in_threadpool(images.keep, file.file, file.filename, folder, site=site.settings.root)
    if own:
        return kept, kept.name
    await run_in_threadpool(site.render.refresh)
    return kept, f"/static/images/{kept.name}"


async def _typed(request: Request, site: Site, found: dict[str, Any], fields: Mapping[str, str]) -> tuple[str, str]:
    """Return the text that a form holds, which is kept, and its base; without one what was kept before, or the file."""
    if "body" in fields:
        text, base = text_of(fields), fields.get("base", "")
        await site.store.write(editor.keep, found["post"]["id"], access.me(request)["id"], text, base, at=sites.now())
        return text, base
    if unsaved := found["unsaved"]:
        return unsaved["text"], unsaved["base"]
    now = await run_in_threadpool(editor.source, site.settings, found["post"]["path"])
    return now.text, now.digest


async def file(request: Request) -> Response:
    """A file beside a post, for its preview: also of a draft."""
    site = sites.of(request)
    post = await site.store.read(editor.find, request.path_params["slug"])
    found = attachments.find(site.settings, post["path"], request.path_params["file"])
    if found is None:
        raise NotFound("There is no such file.")
    return attachments.unpublished(found)
