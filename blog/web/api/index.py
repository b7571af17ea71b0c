"""The index of the API: what the site is, how a program signs in, and which routes there are."""

from collections.abc import Iterable
from typing import Any

from blog.journal.events import moment
from blog.representations.place import Place
from blog.web.api.answers import Answer
from blog.web.api.call import ApiRoute, Call
from blog.web.middleware import security

NAMESPACES = OEMBED, WORDPRESS = ("oembed/1.0", "wp/v2")
AUTHORIZATION = "/wp-admin/authorize-application.php"


def of_site(call: Call, routes: Iterable[ApiRoute]) -> Answer:
    settings, place = call.site.settings, call.place
    offset = moment(call.at).astimezone(settings.zone).utcoffset()
    hours = offset.total_seconds() / 3600 if offset else 0
    takes = security.takes_passwords(call.request, settings)
    endpoints = {"endpoints": {"authorization": place.page(AUTHORIZATION)}}
    data: dict[str, Any] = {
        "name": settings.title,
        "description": settings.tagline,
        "url": place.base,
        "home": place.base,
        "gmt_offset": int(hours) if hours == int(hours) else hours,
        "timezone_string": settings.timezone,
        "page_for_posts": 0,
        "page_on_front": 0,
        "show_on_front": "posts",
        "namespaces": list(NAMESPACES),
        "authentication": {"application-passwords": endpoints} if takes else [],
        "routes": {route.name: described(route, place, short=True) for route in routes},
        "site_logo": 0,
        "site_icon": 0,
        "site_icon_url": "",
        "_links": {"help": [{"href": "https://developer.wordpress.org/rest-api/"}]},
    }
    return Answer(data)


def of_namespace(call: Call, routes: Iterable[ApiRoute], namespace: str) -> Answer:
    each = {route.name: described(route, call.place, short=True) for route in routes if _is_in(namespace, route)}
    links = {"up": [{"href": f"{call.place.base}/wp-json/"}]}
    return Answer({"namespace": namespace, "routes": each, "_links": links})


def _is_in(namespace: str, route: ApiRoute) -> bool:
    return route.name.startswith(f"/{namespace}")


def described(route: ApiRoute, place: Place, *, short: bool = False) -> dict[str, Any]:
    """Return what a route takes: its methods with their parameters, and with its whole answer its schema."""
    same: dict[int, tuple[list[str], Any]] = {}
    for method, endpoint in route.endpoints.items():
        same.setdefault(id(endpoint), ([], endpoint))[0].append(method)
    endpoints = [
        {
            "methods": methods,
            **({"allow_batch": {"v1": True}} if route.batched else {}),
            "args": {name: param.described() for name, param in endpoint.params.items()},
        }
        for methods, endpoint in same.values()
    ]
    out: dict[str, Any] = {"namespace": next((each for each in NAMESPACES if _is_in(each, route)), "")}
    out |= {"methods": list(route.endpoints), "endpoints": endpoints}
    if not short and route.schema:
        out["schema"] = route.schema
    if "(" not in route.name:
        out["_links"] = {"self": [{"href": f"{place.base}/wp-json{route.name}"}]}
    return out
