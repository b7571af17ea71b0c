"""The page of one act: what it is about, one button, and what is there besides."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from blog.web import site as sites

# With no-referrer browsers send `Origin: null` with a form, which is refused.
HEADERS = {"Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex"}


def page(request: Request, heading: str, *, code: int = 200, **more: Any) -> Response:
    """Answer with the page of one act."""
    parts = ("sentences", "difference", "facts", "forms", "remarks", "links")
    context: dict[str, Any] = {**{part: [] for part in parts}, "comment": None, "done": False, **more}
    context |= {"heading": heading, "noindex": True}
    return sites.of(request).render.page("mail/act.html", code=code, headers=HEADERS, **context)


def button(label: str, *, main: bool = True, action: str = "", hidden: Any = (), fields: Any = ()) -> dict[str, Any]:
    return {
        "label": label,
        "main": main,
        "action": action,
        "hidden": list(hidden),
        "fields": list(fields),
        "name": "",
        "value": "",
    }


def field(name: str, label: str, *, kind: str = "text", value: str = "", error: str = "", fill: str = "off") -> Any:
    return {
        "name": name,
        "label": label,
        "type": kind,
        "value": value,
        "error": error,
        "autocomplete": fill,
        "inputmode": "numeric" if fill == "one-time-code" else "",
    }
