"""Links from post to post by their files: `[the first part](first-part.md)` leads to that post's address."""

import os
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, unquote

from blog import posts
from blog.errors import BadPost
from blog.posts import PostFile
from blog.publishing import site_folder
from blog.rendering.markdown import Article, addresses, readdressed
from blog.settings import Settings

TO_FILE = re.compile(r"(?!//|/|[^/?#]*:)(?P<path>[^?#]+\.(?:md|markdown))(?P<place>#.*)?", re.IGNORECASE)


def resolved(settings: Settings, file: PostFile, article: Article) -> Article:
    """Return a rendered post in which links to the files of posts lead to those posts; other links stay as they are."""
    if ".m" not in article.html:  # neither .md nor .markdown: most posts
        return article

    def change(address: str) -> str:
        return _address(settings, file.path, address) or address

    html, excerpt = readdressed(article.html, change), readdressed(article.excerpt_html, change)
    return replace(article, html=html, excerpt_html=excerpt)


def broken(html: str) -> list[str]:
    """Return the links of a rendered post to files of posts that lead nowhere."""
    return [] if ".m" not in html else [each for each in dict.fromkeys(addresses(html)) if TO_FILE.fullmatch(each)]


def _address(settings: Settings, path: str, link: str) -> str:
    """Return the address of the post whose file a link names, "" where there is none."""
    found = TO_FILE.fullmatch(link)
    target = found and Path(os.path.normpath(settings.posts / Path(path).parent / unquote(found["path"])))
    if not found or not target or "\0" in str(target) or not _is_text(settings, target):
        return ""
    try:
        other = site_folder.load(settings, target)
    except BadPost:
        return ""
    return quote(posts.address_of(settings, other.slug, other.kind, other.published_at)) + (found["place"] or "")


def _is_text(settings: Settings, path: Path) -> bool:
    """Tell whether a path is a file that is read as a post or page."""
    folder = next((each for each in (settings.posts, settings.pages) if path.is_relative_to(each)), None)
    if folder is None or any(part.startswith((".", "_")) for part in path.relative_to(folder).parts):
        return False
    try:
        return path.is_file() and path.resolve().is_relative_to(folder.resolve())
    except OSError:  # such as a name that is too long
        return False
