"""Words at the start of an address that belong to the site itself, so that no post or page can stand there."""

# The first part of every route of the application; a test compares them.
ROUTES = frozenset(
    {
        ".well-known",
        "admin",
        "archive",
        "authors",
        "comments",
        "favicon.ico",
        "feed",
        "feed.json",
        "feed.xml",
        "healthz",
        "indieauth",
        "mail",
        "micropub",
        "page",
        "preview",
        "privacy",
        "readyz",
        "robots.txt",
        "search",
        "sitemap.xml",
        "static",
        "tags",
        "unsubscribe",
        "webmention",
        "wp-admin",
        "wp-json",
        "xmlrpc.php",
        "your-comments",
    }
)
# Addresses that readers, feed readers and other blog programs ask for, and that the site may answer at later.
PLANNED = frozenset(
    {
        "atom.xml",
        "index.xml",
        "metrics",
        "rss.xml",
        "wp-content",
    }
)
WORDS = ROUTES | PLANNED
# A page of the site's own at /privacy/ takes the place of the one that is made from the settings.
FOR_PAGES = frozenset({"privacy"})


def words(kind: str) -> frozenset[str]:
    """Return the words that a post, or a page (`kind`), cannot have as its slug."""
    return WORDS - FOR_PAGES if kind == "page" else WORDS


def unreserved(name: str) -> str:
    """Return a file's name for a new post, with -2 where its address would be the site's own."""
    return f"{name}-2" if name in WORDS else name
