"""A tag as an object. The site has tags only; programs see each as a tag and as a category."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from blog.representations.place import CURIES, Object, Place, escaped, in_context, self_link

BASES = {"post_tag": "tags", "category": "categories"}
CONTEXTS = dict.fromkeys(("count", "description", "parent", "meta"), "view edit")


def of_row(place: Place, row: Mapping[str, Any], taxonomy: str, context: str, *, editable: bool = False) -> Object:
    base = BASES[taxonomy]
    whole: Object = {
        "id": row["id"],
        "count": row["count"],
        "description": "",
        "link": place.page(f"/tags/{quote(row['slug'])}/"),
        "name": escaped(row["name"]),
        "slug": row["slug"],
        "taxonomy": taxonomy,
        **({"parent": 0} if taxonomy == "category" else {}),
        "meta": [],
    }
    links = {
        "self": self_link(place.api(f"{base}/{row['id']}"), editable=editable),
        "collection": [{"href": place.api(base)}],
        "about": [{"href": place.api(f"taxonomies/{taxonomy}")}],
        "wp:post_type": [{"href": place.api("posts", **{base: row["id"]})}],
        "curies": CURIES,
    }
    return {**in_context(whole, CONTEXTS, context), "_links": links}
