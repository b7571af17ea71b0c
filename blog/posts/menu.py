"""The pages of a site and its menu."""

from typing import TypedDict

from sqlite_utils import Database


class MenuPage(TypedDict):
    id: int
    slug: str
    path: str
    title: str
    status: str
    published_at: str
    menu: int | None


def pages(db: Database) -> list[MenuPage]:
    """Return all pages, drafts too: first those of the menu in its order, then the others by title."""
    rows = db.query(
        """
        select id, slug, path, title, status, published_at, menu from posts
        where kind = 'page' and deleted_at is null order by menu is null, menu, iif(menu is null, lower(title), id)
        """
    )
    return list(rows)  # type: ignore[arg-type]
