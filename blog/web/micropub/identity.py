"""Who somebody is to other sites: an address of this one (IndieAuth's `me`)."""

from typing import Any

from blog import posts
from blog.representations.place import Place


def of_account(place: Place, name: str, role: str) -> str:
    """Return the address that stands for an account: of an administrator the site, of others their own list."""
    return place.page("/") if role == "admin" else place.author(posts.word_slug(name))


def issuer(place: Place) -> str:
    """Return the address by which the site signs its answers to programs."""
    return place.page("/")


def profile(place: Place, name: str, role: str) -> dict[str, Any]:
    """Return what a program with the scope `profile` is told of somebody."""
    return {"name": name, "url": of_account(place, name, role)}
