"""Posts: Markdown files with front matter, published into the database that serves them."""

from blog.posts.files import TITLE_LENGTH, PostFile, address, load, slugify
from blog.posts.published import every, find, publish, recent, title

__all__ = ["TITLE_LENGTH", "PostFile", "address", "every", "find", "load", "publish", "recent", "slugify", "title"]
