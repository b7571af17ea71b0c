"""The queue in the order of the filter's score, the most likely spam first."""

import re
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from blog import moderation
from blog.moderation import Selection
from blog.wording import gettext

KEY = re.compile(r"(-1|[0-9](?:\.[0-9]{1,20})?(?:e-[0-9]{1,3})?)-([0-9]{1,15})")


def by_score(request: Request) -> bool:
    return request.query_params.get("sort") == "score"


def key_of(row: dict[str, Any]) -> str:
    """Return the score and the id of a row as the key of the next page; -1 stands for no score."""
    return f"{-1 if row['score'] is None else row['score']}-{row['id']}"


def page(db: Any, chosen: Selection, *, after: tuple[float, int] | None) -> moderation.Page:
    """Return a page of the queue in this order."""
    rows = moderation.by_score(db, chosen, after=after, limit=moderation.PAGE + 1)
    return {"rows": rows, **moderation.counted(db, chosen)}


def read_key(text: str) -> tuple[float, int] | None:
    match = KEY.fullmatch(text)
    return (float(match[1]), int(match[2])) if match else None


def other_order(chosen: Selection, query: dict[str, str], scored: bool) -> dict[str, str]:
    """Return the link to the other order, {} where there are no scores."""
    rest = {name: value for name, value in query.items() if name != "sort"}
    if "sort" in query:
        return {
            "label": gettext("Newest first"),
            "url": "/admin/comments?" + urlencode({"status": chosen.status, **rest}),
        }
    address = "/admin/comments?" + urlencode({"status": chosen.status, **rest, "sort": "score"})
    return {"label": gettext("Most likely spam first"), "url": address} if scored else {}
