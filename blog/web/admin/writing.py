"""Writing posts: new drafts, the editor page, its preview, pictures, and unsaved text."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from blog import posts, publishing
from blog.errors import BadPost, Conflict, Invalid, NotFound, Refused
from blog.federation import sent
from blog.journal import events
from blog.journal.events import Actor
from blog.moderation import edits
from blog.posts import front_matter, versions
from blog.publishing import editor, images, post_text, unsaved, uploads
from blog.web import attachments, drafts, errors, forms
from blog.web import site as sites
from blog.web.admin import access, layout, mentions, script
from blog.web.admin.access import Recent
from blog.web.admin.posts import status_name
from blog.web.middleware import security
from blog.web.site import Site
from blog.wording import N_, facts, gettext, ngettext, number

TEXT_BODY = 3 * unsaved.MAX_LENGTH  # bytes of a form that holds a post
FRAMES = {"Content-Security-Policy": f"{security.POLICY}; frame-src 'self'"}
CHOICES = (
    ("", N_("as the settings say")),
    ("open", N_("open")),
    ("moderated", N_("every comment waits")),
    ("replies-only", N_("replies only")),
    ("closed", N_("closed")),
)


async def new(request: Request) -> Response:
    """The form of a new post, or of a new page (`kind=page`)."""
    data = await sites.of(request).store.read(layout.frame, access.recent(request))
    return _new_page(request, data, {"kind": request.query_params.get("kind", "")}, {}, 200)


def _new_page(request: Request, data: Any, typed: Mapping[str, str], wrong: Mapping[str, str], code: int) -> Response:
    context = {**layout.context(request, data, "posts"), "title": typed.get("title", ""), "errors": wrong}
    return sites.of(request).render.page(
        "admin/posts/new.html", code=code, **context, of_page=typed.get("kind") == "page"
    )


async def create(request: Request) -> Response:
    """Create a draft, of a post in a folder of its own, and lead on to its editor page."""
    site, fields = sites.of(request), await forms.fields(request)
    title, kind = fields.get("title", ""), "page" if fields.get("kind") == "page" else "post"
    try:
        now, owner = events.moment(sites.now()), access.owner(request)
        path = await run_in_threadpool(editor.begin, site.settings, title, now=now, author=owner, kind=kind)
    except Invalid as error:
        if forms.wants_json(request):
            raise
        data = await site.store.read(layout.frame, access.recent(request))
        return _new_page(request, data, fields, error.errors, 422)
    slug = await run_in_threadpool(_published, site, path, access.by(request))
    return RedirectResponse(f"/admin/posts/{slug}/edit", 303)


def _published(site: Site, path: str, by: Actor) -> str:
    """Publish one file; return the slug of its post."""
    with site.store.another() as db:
        report = publishing.publish(db, site.settings, [site.settings.posts / path], by=by)
        if report.problems:
            raise report.problems[0]
        return editor.slug_of(db, path)


def load(db: Any, slug: str, account: int, recent: Recent) -> dict[str, Any]:
    post = editor.find(db, slug)
    return {
        "post": post,
        "unsaved": unsaved.load(db, post["id"], account),
        "frame": layout.frame(db, recent),
        "versions": versions.count(db, post["id"]),
        "mentions": sent.of_post(db, post["id"]),
    }


async def edit(request: Request) -> Response:
    """The editor page, with the unsaved text where there is one."""
    site, slug = sites.of(request), request.path_params["slug"]
    data = await site.store.read(load, slug, access.me(request)["id"], access.recent(request))
    typed, path = data["unsaved"], data["post"]["path"]
    message = gettext(MESSAGES.get(request.query_params.get("done", ""), ""))
    if typed is None:
        source = await run_in_threadpool(editor.source, site.settings, path)
        return respond(request, EditorPage(data, source.text, source.digest, message=message))
    source, base = await run_in_threadpool(editor.present, site.settings, path), typed["base"]
    notes = [
        gettext("Not saved yet: this is what you had typed at {time}.", time=site.render.moment(typed["saved_at"]))
    ]
    if not source.digest:
        base = ""
        notes.append(editor.Vanished(path).sentence)
    elif base != source.digest:
        notes.append(gettext("The file has changed since. When you save, you will see both versions."))
    return respond(request, EditorPage(data, typed["text"], base, notes=notes, message=message))


MESSAGES = {
    "save": N_("Saved."),
    "publish": N_("Published."),
    "schedule": N_("Scheduled. It will appear at that time."),
    "unpublish": N_("Changed to a draft."),
    "withdraw": N_("Withdrawn. Its address now says that the post is gone."),
    "restore": N_("Restored. What stood before is among the versions."),
    "mentions": N_("The mentions of this post are sent again soon."),
    "discard": N_("Unsaved changes discarded. This is the file."),
}
ACTIONS = ("save", "publish", "schedule", "unpublish", "withdraw", "discard", "preview")


@dataclass(frozen=True)
class EditorPage:
    """The editor page: the post, its text, and the digest of the file that the text was made from (`base`)."""

    data: dict[str, Any]
    text: str
    base: str
    notes: Sequence[str] = ()
    problem: BadPost | Refused | None = None
    picture: str = ""  # the Markdown of a picture that was just uploaded
    message: str = ""
    preview: bool = False


def respond(request: Request, page: EditorPage, **changes: Any) -> Response:
    """Answer with the editor page, with some of it changed."""
    page = replace(page, **changes)
    site, post, at = sites.of(request), page.data["post"], sites.now()
    front, body = post_text.split(page.text)
    values = post_text.fields(front)
    due = post["status"] == "published" and post["published_at"] > at
    state = "scheduled" if due else post["status"]
    return site.render.page(
        "admin/posts/edit.html",
        code=422 if isinstance(page.problem, BadPost) else page.problem.status if page.problem else 200,
        headers=FRAMES,
        **layout.context(request, page.data["frame"], "posts", message=page.message),
        post={
            "id": post["id"],
            "slug": post["slug"],
            "title": post["title"],
            "path": posts.site_path(post["path"]),
            "is_page": post["path"].startswith(front_matter.PAGES),
            "state": state,
            "state_name": status_name(state),
            "url": drafts.address(site, post),
            "appears": site.render.moment(post["published_at"]) if due else "",
        },
        fields={name: values.get(name, "") for name in editor.FIELDS},
        choices=[(value, gettext(label)) for value, label in CHOICES],
        front=front,
        body=body,
        base=page.base,
        readable=bool(values),
        measure={"text": _measured(body)},
        sentences=script.for_editor(),
        notes=page.notes,
        versions=page.data["versions"],
        mentions=[mentions.of_page(site, row) for row in page.data["mentions"]],
        problem=_sentence(page.problem) if page.problem else "",
        picture=page.picture,
        preview=page.preview,
        heaviest=images.HEAVIEST,
        largest=uploads.LARGEST,
        share=drafts.share(site, post["slug"], at) if post["status"] == "draft" or due else "",
    )


def _measured(body: str) -> str:
    """Say how long a text is: 300 words, 2 min to read."""
    length = post_text.measure(body)
    words = ngettext("{n} word", "{n} words", length["words"])
    if not length["minutes"]:
        return words
    return gettext("{words}, {n} min to read", words=words, n=number(length["minutes"]))


def _sentence(problem: BadPost | Refused) -> str:
    if isinstance(problem, BadPost):
        return problem.by_line
    return problem.sentence


def text_of(fields: Mapping[str, str]) -> str:
    """Return the text of a file from a form: the front matter as text, with the changed fields written into it."""
    front = fields.get("front", "").replace("\r\n", "\n")
    try:
        was = json.loads(fields.get("was", "{}"))
    except (ValueError, RecursionError):
        was = {}
    typed = {name: fields[name].strip() for name in editor.FIELDS if name in fields}
    changed = {name: value for name, value in typed.items() if not isinstance(was, dict) or value != was.get(name, "")}
    return post_text.join(changed, front, fields.get("body", "").replace("\r\n", "\n"))


def _acted(text: str, action: str, site: Site) -> str:
    """Return a file's text with the status that an action gives it, and with a date where it needs one."""
    front, body = post_text.split(text)
    now = f"{events.moment(sites.now()).astimezone(site.settings.zone):%Y-%m-%d %H:%M:%S}"
    values = {"publish": {"status": "published"}, "schedule": {"status": "published"}}.get(action, {})
    values |= {"unpublish": {"status": "draft"}, "withdraw": {"status": "withdrawn"}}.get(action, {})
    if action == "publish" and not _is_past(post_text.fields(front).get("date", ""), site):
        values["date"] = now
    return post_text.join(values, front, body) if values else text


def _is_past(date: str, site: Site) -> bool:
    """Tell whether the front matter has a date in the past."""
    try:
        return posts.moment_of(date, site.settings.zone) <= sites.now()
    except (ValueError, OverflowError):
        return False


async def update(request: Request) -> Response:
    """Save, publish, schedule, unpublish or withdraw; or show a preview, or discard what was not saved."""
    site, slug, me = sites.of(request), request.path_params["slug"], access.me(request)["id"]
    fields = await forms.fields(request, most=TEXT_BODY)
    action = fields.get("action", "save")
    if action not in ACTIONS:
        raise Invalid(
            {
                "action": gettext(
                    "There is no action {action!r}; there are {actions}.",
                    action=action[:40],
                    actions=facts(ACTIONS),
                )
            }
        )
    data = await site.store.read(load, slug, me, access.recent(request))
    post = data["post"]
    _check_post(post, fields)
    if action == "discard":
        await site.store.write(unsaved.discard, post["id"], me)
        return RedirectResponse(f"/admin/posts/{slug}/edit?done=discard", 303)
    page = EditorPage(data, text_of(fields), fields.get("base", ""), preview=action == "preview")
    await site.store.write(unsaved.save, post["id"], me, page.text, page.base, at=sites.now())
    if action == "preview":
        return respond(request, page)
    page = replace(page, text=editor.signed(site.settings, _acted(page.text, action, site), access.owner(request)))
    try:
        await run_in_threadpool(_save, site, page, action, access.owner(request), access.by(request))
        slug = await run_in_threadpool(_published, site, post["path"], access.by(request))
    except (Conflict, BadPost, Invalid) as problem:
        return _refuse(request, page, problem)
    await site.store.write(unsaved.discard, post["id"], me)
    if forms.wants_json(request):
        return JSONResponse({"slug": slug, "path": posts.site_path(post["path"])})
    return RedirectResponse(f"/admin/posts/{slug}/edit?done={action}", 303)


def _save(site: Site, page: EditorPage, action: str, owner: str, by: Actor) -> None:
    """Write the file; raise Invalid where it may not be scheduled, Conflict where it was changed meanwhile."""
    path, text = page.data["post"]["path"], page.text
    if owner:
        editor.check_own(site.settings, path, text, owner=owner)
    if action == "schedule" and _is_past(post_text.fields(post_text.split(text)[0]).get("date", ""), site):
        raise Invalid({"date": gettext("The date must be in the future, such as 2026-05-07 09:30.")})
    with site.store.another() as db:
        editor.keep(db, site.settings, path, text.encode(), base=page.base, by=by)
    editor.save(site.settings, path, text, base=page.base)


def _refuse(request: Request, page: EditorPage, problem: Conflict | BadPost | Invalid) -> Response:
    """Show the page with what is wrong, or both versions of a file that was changed meanwhile."""
    if isinstance(problem, Conflict):
        if forms.wants_json(request):
            raise problem
        if isinstance(problem, editor.Changed):
            return _both(request, page, problem.theirs)
        return respond(request, replace(page, base="", problem=problem))
    if forms.wants_json(request):
        fields = problem.errors if isinstance(problem, Invalid) else {"text": _sentence(problem)}
        return errors.problem(422, _sentence(problem), fields=fields)
    return respond(request, replace(page, problem=problem))


def _check_post(post: Mapping[str, Any], fields: Mapping[str, str]) -> None:
    """Raise Conflict where the form was opened for another post: a draft's address is free for what is published."""
    if fields.get("post", str(post["id"])) != str(post["id"]):
        raise Conflict(
            gettext(
                "{title!r} was published at this address in the meantime. Nothing was saved. Open your draft again"
                " under Posts; this browser has your text.",
                title=post["title"],
            )
        )


def _both(request: Request, page: EditorPage, theirs: editor.Source) -> Response:
    """Show both versions of a file that was changed meanwhile, and the choices."""
    post = page.data["post"]
    return sites.of(request).render.page(
        "admin/posts/conflict.html",
        code=409,
        **layout.context(request, page.data["frame"], "posts"),
        post={"slug": post["slug"], "title": post["title"], "path": posts.site_path(post["path"])},
        mine=post_text.split(page.text),
        theirs=theirs.text,
        base=theirs.digest,
        runs=edits.difference(theirs.text, page.text),
    )


async def keep(request: Request) -> Response:
    """Keep typed text without saving the file; answer with the time, the length and any error of the text."""
    site, at = sites.of(request), sites.now()
    fields = await forms.fields(request, most=TEXT_BODY)
    text = text_of(fields)
    post = await site.store.read(editor.find, request.path_params["slug"])
    _check_post(post, fields)
    await site.store.write(unsaved.save, post["id"], access.me(request)["id"], text, fields.get("base", ""), at=at)
    problem = ""
    try:
        await run_in_threadpool(editor.check, site.settings, post["path"], text)
    except (BadPost, Invalid) as error:
        problem = _sentence(error)
    body = post_text.split(text)[1]
    return JSONResponse(
        {
            "at": site.render.clock(at),
            "problem": problem,
            "measure": _measured(body),
            **post_text.measure(body),
        }
    )


async def preview(request: Request) -> Response:
    """The preview of the typed text: the only page that this site shows in a frame."""
    site = sites.of(request)
    data = await site.store.read(load, request.path_params["slug"], access.me(request)["id"], access.recent(request))
    path = data["post"]["path"]
    text = data["unsaved"]["text"] if data["unsaved"] else None
    if text is None:
        text = (await run_in_threadpool(editor.source, site.settings, path)).text
    text = editor.signed(site.settings, text, access.owner(request))
    return await drafts.page(site, path, text, by=access.by(request), framed=True)


async def typed(request: Request, data: dict[str, Any], fields: Mapping[str, str]) -> EditorPage:
    """Keep and return the text of a form; without one return the unsaved text, or the file's."""
    site = sites.of(request)
    if "body" in fields:
        text, base = text_of(fields), fields.get("base", "")
        await site.store.write(unsaved.save, data["post"]["id"], access.me(request)["id"], text, base, at=sites.now())
        return EditorPage(data, text, base)
    if typed := data["unsaved"]:
        return EditorPage(data, typed["text"], typed["base"])
    source = await run_in_threadpool(editor.source, site.settings, data["post"]["path"])
    return EditorPage(data, source.text, source.digest)


async def file(request: Request) -> Response:
    """A file beside a post, for its preview: also of a draft."""
    site = sites.of(request)
    post = await site.store.read(editor.find, request.path_params["slug"])
    attachment = attachments.find(site.settings, post["path"], request.path_params["file"])
    if attachment is None:
        raise NotFound(gettext("There is no such file."))
    return attachments.unpublished(attachment)
