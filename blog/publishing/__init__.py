"""From files, and from the editor, to published posts."""

from blog.publishing.publication import check_files, problems, publish
from blog.publishing.report import Report, clashes, missing_file
from blog.publishing.site_folder import (
    find_file,
    follow_undo,
    list_files,
    load,
    markdown_files,
    new,
    parse,
    remove_files,
    write,
    write_again,
)

__all__ = [
    "Report",
    "check_files",
    "clashes",
    "find_file",
    "follow_undo",
    "list_files",
    "load",
    "markdown_files",
    "missing_file",
    "new",
    "parse",
    "problems",
    "publish",
    "remove_files",
    "write",
    "write_again",
]
