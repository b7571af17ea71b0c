"""Posts: Markdown files with front matter, published into the database that serves them."""

from blog.posts.files import PostFile, address, load, slugify
from blog.posts.published import every, find, publish, recent

__all__ = ["PostFile", "address", "every", "find", "load", "publish", "recent", "slugify"]
