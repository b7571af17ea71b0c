"""Search over posts, pages and tags."""

from typing import Any

from blog.posts import catalog, terms
from blog.posts.terms import TermsWanted
from blog.representations import terms as term_representation
from blog.representations.place import EMBED, VIEW, embeddable, escaped
from blog.representations.posts import BASES
from blog.web.api.answers import Answer
from blog.web.api.call import PAGES, Call, paged
from blog.web.api.parameters import Param

KINDS = ("post", "page", "category", "post_tag", "any")
LIST = {
    **PAGES,
    "context": Param(enum=(VIEW, EMBED), default=VIEW),
    "type": Param(enum=("post", "term", "post-format"), default="post"),
    "subtype": Param("array", items="string", enum=KINDS, default=["any"]),
    "exclude": Param("array"),
    "include": Param("array"),
}
GET = {"allow": ["GET"]}


async def index(call: Call) -> Answer:
    """What a search finds; without words all of it, the newest first. Comments are not searched."""
    kind, subtypes = call.get("type"), call.get("subtype")
    if kind == "post-format":
        return paged(call, [], 0)
    if kind == "term":
        taxonomy = "category" if subtypes == ["category"] else "post_tag"
        wanted = TermsWanted(search=call.get("search", ""), used=True)
        found = await call.read(terms.chosen, wanted, at=call.at, size=call.get("per_page"), skip=call.skip)
        return _page(call, [_term(call, row, taxonomy) for row in found["rows"]], found["total"])
    kinds = [each for each in subtypes if each in BASES] if "any" not in subtypes else list(BASES)
    size = call.get("per_page")
    found = await call.read(catalog.found, call.get("search", ""), kinds, at=call.at, size=size, skip=call.skip)
    return _page(call, [_post(call, row) for row in found["rows"]], found["total"])


def _page(call: Call, data: list[Any], total: int) -> Answer:
    """Return a page of what was found; past the end WordPress finds nothing at all."""
    if not data and call.get("page") > 1:
        answer = paged(call, [], call.get("per_page") * call.get("page"))
        answer.headers |= {"X-WP-Total": 0, "X-WP-TotalPages": 0}
        return answer
    return paged(call, data, total)


def _post(call: Call, row: dict[str, Any]) -> dict[str, Any]:
    here = call.place.api(f"{BASES[row['kind']]}/{row['id']}")
    return {
        "id": row["id"],
        "title": escaped(row["title"]),
        "url": call.place.post(row),
        "type": "post",
        "subtype": row["kind"],
        "_links": {
            "self": [{**embeddable(here), "targetHints": GET}],
            "about": [{"href": call.place.api(f"types/{row['kind']}")}],
            "collection": [{"href": call.place.api("search")}],
        },
    }


def _term(call: Call, row: dict[str, Any], taxonomy: str) -> dict[str, Any]:
    term = term_representation.of_row(call.place, row, taxonomy, VIEW)
    return {
        "id": row["id"],
        "title": escaped(row["name"]),
        "url": term["link"],
        "type": taxonomy,
        "_links": {
            "self": [{**term["_links"]["self"][0], "embeddable": True}],
            "about": term["_links"]["about"],
            "collection": [{"href": call.place.api("search")}],
        },
    }
