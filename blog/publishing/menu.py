"""The order of the menu: each page has its place in its own file."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlite_utils import Database

from blog import posts
from blog.errors import AfterwordError, BadPost, Conflict, Invalid
from blog.posts.menu import MenuPage
from blog.publishing import post_text, program_posts
from blog.publishing.editor import Source
from blog.publishing.program_posts import PostChange, Writer
from blog.settings import Settings
from blog.wording import gettext

HIGHEST = 9_999


@dataclass(frozen=True)
class Place:
    """A place in the menu as it was typed, and as the form had shown it; "" is not in the menu."""

    typed: str
    seen: str


def arrange(
    db: Database, settings: Settings, pages: list[MenuPage], places: Mapping[int, Place], writer: Writer
) -> list[str]:
    """Write new places into the files of pages and publish them; return a sentence for each that could not be.

    Raises Invalid, and writes nothing, when a place is no number.
    """
    moved = [(page, place) for page in pages if (place := places.get(page["id"])) and place.typed != place.seen]
    _check([place for _, place in moved])
    problems = []
    for page, place in moved:

        def check(source: Source, page: MenuPage = page, place: Place = place) -> None:
            now = post_text.fields(post_text.split(source.text)[0]).get("menu", "")
            if now.lstrip("0") not in (place.seen, place.typed.lstrip("0")):
                raise Conflict(
                    gettext("“{title}” has another place by now. Look at the menu again.", title=page["title"])
                )

        try:
            change = PostChange(menu=int(place.typed or 0))
            program_posts.change(db, settings, page["path"], change, check, writer)
        except BadPost as error:
            problems.append(f"{posts.site_path(page['path'])}: {error.by_line}")
        except AfterwordError as error:
            problems.append(error.sentence)
    return problems


def _check(places: list[Place]) -> None:
    for place in places:
        if place.typed and not (
            place.typed.isascii() and place.typed.isdigit() and 0 < int(place.typed[:9]) <= HIGHEST
        ):
            raise Invalid(
                {
                    "menu": gettext(
                        "“{typed}” is no place in the menu. Write a number, like 1, or nothing.", typed=place.typed[:40]
                    )
                }
            )
