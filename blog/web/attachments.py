"""The files beside a post that has a folder of its own, served beneath its address; and those of `static/files/`."""

import hashlib
from email.utils import formatdate
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from blog import posts
from blog.errors import NotFound
from blog.settings import Settings
from blog.web import site as sites
from blog.web.middleware import security
from blog.wording import gettext

UPLOADED = "files"  # the folder of `static/` for what is uploaded for a post without a folder
# The types of files that are served beside a post. No scripts; the content security policy holds for an SVG, too.
TYPES = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".m4v": "video/mp4",
    ".ogv": "video/ogg",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".vtt": "text/vtt; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".pdf": "application/pdf",
    ".txt": "text/plain; charset=utf-8",
    ".zip": "application/zip",
}


async def show(request: Request) -> Response:
    """A file in the folder of a public post; browsers keep it, and revalidate it each time."""
    site = sites.of(request)
    path = await site.store.read(posts.path, request.path_params["slug"], at=sites.now())
    return _answer(request, find(site.settings, path, request.path_params["file"]))


def uploaded(request: Request, name: str) -> Response:
    """A file that was uploaded for a post without a folder: sound, film, PDF."""
    return _answer(request, _within(sites.of(request).settings.static / UPLOADED, name))


def _answer(request: Request, file: Path | None) -> Response:
    if file is None:
        raise NotFound(gettext("There is no such file."))
    stat = file.stat()
    etag = f'"{hashlib.blake2b(f"{stat.st_mtime_ns}:{stat.st_size}".encode(), digest_size=12).hexdigest()}"'
    headers = {**security.SHARED, "Cache-Control": "public, max-age=0, must-revalidate", "ETag": etag}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    headers["Last-Modified"] = formatdate(stat.st_mtime, usegmt=True)
    return FileResponse(file, media_type=TYPES[file.suffix.lower()], headers=headers)


def unpublished(path: Path) -> Response:
    """Answer with a file of a post that is not public."""
    return FileResponse(path, media_type=TYPES[path.suffix.lower()], headers={"Cache-Control": "private, no-store"})


def find(settings: Settings, path: str, name: str) -> Path | None:
    """Return the file `name` beside a post's own `index.md`; None for a hidden one, another type, or one outside."""
    return _within((settings.posts / path).parent, name) if path.endswith("/index.md") else None


def _within(folder: Path, name: str) -> Path | None:
    if any(part.startswith((".", "_")) or not part for part in name.split("/")):
        return None
    if "\\" in name or "\0" in name or len(name.encode(errors="surrogatepass")) > 1_000:
        return None
    try:
        file = (folder / name).resolve()
        inside = file.is_relative_to(folder.resolve()) and file.is_file()
    except (OSError, ValueError):
        return None
    return file if inside and file.suffix.lower() in TYPES else None


def beside(settings: Settings, path: str) -> list[str]:
    """Return the names of all files that a post's folder serves, for an export."""
    if not path.endswith("/index.md"):
        return []
    folder = (settings.posts / path).parent
    names = [each.relative_to(folder).as_posix() for each in sorted(folder.rglob("*")) if each.is_file()]
    return [name for name in names if find(settings, path, name)]
