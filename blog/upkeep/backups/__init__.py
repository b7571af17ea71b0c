"""A consistent copy of a site in one file, made while it serves, and the way back.

The copy is a SQLite database: the site's tables, and its files in a table in the format of SQLite's own archives
(https://sqlite.org/sqlar.html), so that the sqlite3 program can unpack it too.
"""

from blog.upkeep.backups.copying import CONTENT, Copied, snapshot
from blog.upkeep.backups.making import make
from blog.upkeep.backups.restoring import restore

__all__ = ["CONTENT", "Copied", "make", "restore", "snapshot"]
