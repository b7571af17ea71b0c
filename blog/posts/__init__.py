"""Posts: Markdown files with front matter, published into the database that serves them."""

from blog.posts.files import ENDINGS, PostFile, address, address_of, load, parse, path_of, site_path
from blog.posts.front_matter import TITLE_LENGTH, moment_of
from blog.posts.identity import OtherFiles, moved
from blog.posts.keys import slugify, word_slug
from blog.posts.published import (
    all_posts,
    clashes,
    find,
    is_public,
    keep_version,
    path,
    previewed,
    publish,
    recent,
    render,
    site,
    title,
)

__all__ = [
    "ENDINGS",
    "TITLE_LENGTH",
    "OtherFiles",
    "PostFile",
    "address",
    "address_of",
    "all_posts",
    "clashes",
    "find",
    "is_public",
    "keep_version",
    "load",
    "moment_of",
    "moved",
    "parse",
    "path",
    "path_of",
    "previewed",
    "publish",
    "recent",
    "render",
    "site",
    "site_path",
    "slugify",
    "title",
    "word_slug",
]
