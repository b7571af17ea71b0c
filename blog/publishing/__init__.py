"""From files, and from the editor, to published posts."""

from blog.publishing.site_folder import (
    Report,
    clashes,
    every,
    files,
    gone,
    load,
    named,
    new,
    parse,
    problems,
    publish,
    remove_files,
    survey,
    write,
)

__all__ = [
    "Report",
    "clashes",
    "every",
    "files",
    "gone",
    "load",
    "named",
    "new",
    "parse",
    "problems",
    "publish",
    "remove_files",
    "survey",
    "write",
]
