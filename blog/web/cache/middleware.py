"""In front of everything: a page that is in the cache and still right goes out before anything else is made of it."""

from starlette.types import Scope

from blog.web import site as sites
from blog.web.cache import pages
from blog.web.cache.pages import Answer
from blog.web.site import Site


def answer(site: Site, scope: Scope) -> Answer | None:
    """Return what a request is answered from the cache; None where the router has to see to it."""
    if scope["method"] not in ("GET", "HEAD") or b"replytocom" in scope["query_string"]:
        return None
    if site.store.trouble:
        return None  # the form says so
    page = site.pages.right(scope["path"], site.store, now=sites.seconds())
    return None if page is None else pages.answer(page, scope, to_anybody=False)
