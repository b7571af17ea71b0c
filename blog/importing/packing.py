"""Posts, threads and comments of an import as text, as they wait until it is known what becomes of them."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from blog.importing.imported import ImportedComment, ImportedPost, ImportedThread, OwnPost, Picture


def details(item: ImportedComment) -> dict[str, Any]:
    return {
        "author": item.author,
        "email": item.email,
        "url": item.url,
        "ip": item.ip,
        "text": item.text,
        "edited_at": item.edited_at,
        "past": item.past,
    }


def packed(item: ImportedPost | ImportedThread) -> str:
    return json.dumps(asdict(item), ensure_ascii=False, default=str)


def post(data: str) -> ImportedPost:
    values = json.loads(data)
    values["pictures"] = tuple(Picture(each["mark"], Path(each["path"])) for each in values["pictures"])
    values["tags"], values["addresses"] = tuple(values["tags"]), tuple(values["addresses"])
    if own := values["own"]:
        files = tuple((name, place) for name, place in own["files"])
        values["own"] = OwnPost(own["path"], own["text"], tuple(own["former"]), own["switch"], files)
    return ImportedPost(**values)


def thread(data: str) -> ImportedThread:
    values = json.loads(data)
    return ImportedThread(**{**values, "addresses": tuple(values["addresses"])})
