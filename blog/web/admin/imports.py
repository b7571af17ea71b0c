"""Bringing another blog in: the file is sent, read, reported, imported; one page shows whichever step it is at."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from blog import wording
from blog.errors import AfterwordError, Conflict, Refused, TooLarge, Unavailable
from blog.importing import sent_file, sources
from blog.importing.sent_file import DONE, IMPORTING, READING, REFUSED, REPORT, STOPPED, Folder, SentFile
from blog.journal import events
from blog.web import file_upload, forms
from blog.web import site as sites
from blog.web.admin import access, import_page, layout
from blog.web.admin.access import Recent
from blog.web.middleware import bodies
from blog.wording import gettext, number

PAGE = "/admin/import"
TRIES, PAUSE_SECONDS = 20, 0.05  # for the lock, which the job holds for a moment now and then


async def show(request: Request) -> Response:
    """The step that the import is at: what was sent, the report, how far it is, or what came of it."""
    return await _page(request)


async def _page(request: Request, *, code: int = 200, problem: str = "") -> Response:
    site = sites.of(request)
    folder = sent_file.folder_of(site.settings)
    state = await run_in_threadpool(import_page.load, folder)
    if forms.wants_json(request) and not problem:
        return JSONResponse(state.as_dict())
    batch = state.report.batch if state.report else None
    data = await site.store.read(_load, access.recent(request), batch)
    return site.render.page(
        "admin/import.html",
        code=code,
        **layout.context(request, data["frame"], "posts"),
        **import_page.context(site, state, sites.now(), thread=request.query_params.get("thread", "")),
        problem=problem,
        undone=bool(data["batch"] and data["batch"]["undone_by"]),
        waiting_now=data["frame"]["waiting"],
        free=number(round(sent_file.room_for(folder, 0)[1] / 1e9)),
        largest=sent_file.LARGEST,
    )


def _load(db: Any, recent: Recent, batch: int | None) -> dict[str, Any]:
    return {"frame": layout.frame(db, recent), "batch": events.batch(db, batch) if batch else None}


async def create(request: Request) -> Response:
    """Take a file, to be read; a refused one is a sentence on the page."""
    body = request.stream()
    try:
        await _receive(request, body)
    except AfterwordError as problem:
        await file_upload.drop(body)
        if forms.wants_json(request):
            raise
        return await _page(request, code=problem.status if isinstance(problem, Refused) else 422, problem=str(problem))
    return RedirectResponse(PAGE, 303)


async def _receive(request: Request, body: AsyncIterator[bytes]) -> None:
    """Write the file to the disk and tell what it is; raise why it is not taken, and then keep nothing of it."""
    site, me = sites.of(request), access.me(request)
    if site.store.trouble:
        raise Unavailable(gettext("Nothing can be saved right now. {reason}", reason=site.store.trouble))
    folder = sent_file.folder_of(site.settings)
    async with _claimed(folder):
        _check_free(sent_file.load(folder))
        _check_room(folder, bodies.length(request.scope))
        sent_file.remove(folder)
        sent = SentFile("", me["id"], me["name"], sites.now())
        sent_file.save(folder, sent)
        try:
            name, size = await file_upload.receive(
                request, body, "file", lambda name: _place(folder, name), lambda size: _check_size(folder, size)
            )
            if not name:
                raise Refused(gettext("Choose a file first."))
            source = await run_in_threadpool(sources.recognise, _place(folder, name))
            sent = replace(sent, name=sent_file.file_name(name), size=size, source=source, step=READING, due=True)
            sent_file.save(folder, sent)
        except BaseException:
            sent_file.remove(folder)
            raise


def _place(folder: Folder, name: str) -> Path:
    folder.files.mkdir(mode=0o700, exist_ok=True)
    return folder.files / sent_file.file_name(name)


def _check_free(sent: SentFile | None) -> None:
    """Raise Conflict while a file is here that somebody has still to decide on."""
    if sent is not None and sent.step not in (DONE, REFUSED, sent_file.RECEIVING):
        raise Conflict(
            gettext("“{name}”, which {who} sent, is here already. Import it or remove it first.", **_named(sent))
        )


def _named(sent: SentFile) -> dict[str, str]:
    return {"name": sent.name, "who": sent.who}


def _check_size(folder: Folder, size: int) -> None:
    if size > sent_file.LARGEST:
        raise TooLarge(
            gettext(
                "The file is larger than {n} MB. Import it with the command blog import instead.",
                n=number(sent_file.LARGEST // 1_000_000),
            )
        )
    _check_room(folder, 0)  # the disk may fill up meanwhile


def _check_room(folder: Folder, size: int) -> None:
    """Raise Refused where the disk has too little room for a file of this size, and for what it becomes."""
    needed, free = sent_file.room_for(folder, min(size, sent_file.LARGEST))
    if needed > free:
        raise Refused(
            gettext(
                "The import needs {needed} MB, and the disk has {free} MB left.",
                needed=number(round(needed / 1e6)),
                free=number(round(free / 1e6)),
            )
        )


async def start(request: Request) -> Response:
    """Import what the report shows."""
    fields = await forms.fields(request)
    left_out = tuple(status for status in ("spam", "trash") if f"asked-{status}" in fields and status not in fields)
    async with _at_step(request, REPORT) as (folder, sent):
        me = access.me(request)
        sent_file.save(
            folder,
            replace(
                sent,
                step=IMPORTING,
                due=True,
                began_at=sites.now(),
                account=me["id"],
                who=me["name"],
                language=wording.tag(),
                leave_out=left_out,
                create="create" in fields,
            ),
        )
    return RedirectResponse(PAGE, 303)


async def read_again(request: Request) -> Response:
    """Read the file of an import that was stopped once more."""
    async with _at_step(request, STOPPED) as (folder, sent):
        sent_file.save(folder, replace(sent, step=READING, due=True, problem="", began_at=sites.now()))
    return RedirectResponse(PAGE, 303)


async def stop(request: Request) -> Response:
    """Stop reading or importing; what was stored so far is removed."""
    folder = sent_file.folder_of(sites.of(request).settings)
    who = access.me(request)["name"]
    sent = sent_file.load(folder)
    if sent is not None and sent.step in (READING, IMPORTING):
        sent_file.ask_to_stop(folder, who)
    return RedirectResponse(PAGE, 303)


async def remove(request: Request) -> Response:
    """Remove the file, and what is known of it, so that another one can be sent."""
    async with _at_step(request, REPORT, STOPPED, DONE, REFUSED) as (folder, _):
        await run_in_threadpool(sent_file.remove, folder)
    return RedirectResponse(PAGE, 303)


@asynccontextmanager
async def _at_step(request: Request, *steps: str) -> AsyncIterator[tuple[Folder, SentFile]]:
    """Hold the lock, and give the file; raise Conflict when somebody else took it to another step meanwhile."""
    folder = sent_file.folder_of(sites.of(request).settings)
    async with _claimed(folder):
        sent = sent_file.load(folder)
        if sent is None or sent.step not in steps:
            raise Conflict(gettext("Somebody else was faster. See /admin/import."))
        yield folder, sent


@asynccontextmanager
async def _claimed(folder: Folder) -> AsyncIterator[None]:
    for _ in range(TRIES):
        if (lock := sent_file.take_lock(folder)) is not None:
            break
        await asyncio.sleep(PAUSE_SECONDS)
    else:
        raise Conflict(gettext("A file is being sent or worked on right now. See /admin/import."))
    try:
        yield
    finally:
        os.close(lock)
