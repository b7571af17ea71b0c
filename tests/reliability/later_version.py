"""The program as a later version of it would be: with one migration more (run it with `python -m`)."""

import runpy

from sqlite_utils import Database

from blog.storage.migrations import migrations


@migrations(name="9999_later")
def _later(db: Database) -> None:
    db.conn.execute("create table later (id integer primary key) strict")


if __name__ == "__main__":
    runpy.run_module("blog", run_name="__main__", alter_sys=True)
