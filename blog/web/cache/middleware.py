"""The page cache in front of the router: a valid page goes out before anything else is done with the request."""

from starlette.types import Scope

from blog.publishing import redirects
from blog.web import site as sites
from blog.web.cache import pages
from blog.web.cache.pages import Answer
from blog.web.site import Site


def answer(site: Site, scope: Scope) -> Answer | None:
    """Return the cached answer to a request; None where the router has to answer."""
    query = scope["query_string"]
    if scope["method"] not in ("GET", "HEAD") or b"replytocom" in query or b"unfold" in query:
        return None
    if scope["path"] == "/" and scope["query_string"] and redirects.may_lead(site.settings, scope["query_string"]):
        return None
    if site.store.is_troubled:
        return None  # the form says so
    now = sites.seconds()
    page = site.pages.get_valid(scope["path"], site.store, now=now)
    return None if page is None else pages.answer(page, scope, now=now, to_anybody=False)
