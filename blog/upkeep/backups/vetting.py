"""What a copy must be before anything of it is used: a sound database with our schema, and files that fit a site."""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sqlite_utils import Database

from blog.errors import Unusable
from blog.storage import migrations, store
from blog.upkeep.backups import former
from blog.upkeep.backups.copying import ARCHIVE, CONTENT, FILE_MODE, SINGLE_FILES, check_sound
from blog.wording import gettext

CHUNK = 1 << 20
DEFLATE_RATIO = 1_100  # zlib makes no text smaller than 1 in 1,032, and has a few bytes of its own
NAME_LENGTH = 255  # bytes in one part of a path, on all usual file systems
Schema = dict[tuple[str, str], tuple[str, str]]  # type and name: the table it belongs to, and its SQL


class PackedFile(NamedTuple):
    """A file in a copy: its name, how many bytes it has, its mode (permissions only), and the row that holds it."""

    name: str
    size: int
    mode: int
    row: int


def check_copy(copy: Database, path: Path) -> None:
    """Raise Unusable for a copy that is damaged, newer, or has a schema that no site has.

    The schema is compared first: a trigger or a view of somebody else's could act on whatever is asked after it.
    """
    copy.conn.execute("pragma trusted_schema = off")
    here = _schema(copy)
    if here.get(("table", migrations.migrations.migrations_table)) is None:
        raise Unusable(
            gettext("{path} is the database of another program: it has no tables of Afterword's.", path=path)
        )
    if former.is_former(copy, path):
        _check_schema(here, _expected_before_release(copy), path)
    else:
        _check_schema(here, _expected(migrations.check(copy, name=str(path))), path)
    check_sound(copy, path)
    rows = copy.conn.execute("select typeof(secret) from site").fetchall()
    if rows != [("text",)]:
        raise Unusable(gettext("{path} is damaged (it does not say whose site it is).", path=path))


def _schema(db: Database) -> Schema:
    rows = db.conn.execute("select type, name, tbl_name, sql from sqlite_master where sql is not null").fetchall()
    return {(kind, name): (table, sql) for kind, name, table, sql in rows}


def _expected(pending: list[str]) -> Schema:
    """Return the schema that a site has before these migrations."""
    db = store.empty_in_memory()
    try:
        migrations.migrations.apply(db, stop_before=pending)
        db.conn.execute(ARCHIVE)
        return _schema(db)
    finally:
        db.conn.close()


def _expected_before_release(copy: Database) -> Schema:
    db = store.empty_in_memory()
    try:
        migrations.run(db, former.schema(copy))
        db.conn.execute(ARCHIVE)
        return _schema(db)
    finally:
        db.conn.close()


def _check_schema(here: Schema, expected: Schema, path: Path) -> None:
    ours = migrations.migrations.migrations_table  # is made by a library, whose versions write it differently
    statistics = {("table", f"sqlite_stat{n}") for n in range(1, 5)}  # of `analyze`
    for (kind, name), (table, sql) in here.items():
        if table == ours and kind in ("table", "index"):
            continue
        if (kind, name) not in statistics and expected.get((kind, name)) != (table, sql):
            raise Unusable(
                gettext(
                    "{path} is no copy as it was made: its {kind} {name!r} is none of a site's.",
                    path=path,
                    kind=kind,
                    name=name,
                )
            )
    missing = [key for key, (table, _) in expected.items() if key not in here and table not in (ours, "sqlar")]
    if missing:
        kind, name = min(missing)
        raise Unusable(
            gettext(
                "{path} is no copy as it was made: its {kind} {name!r} is missing.", path=path, kind=kind, name=name
            )
        )


def packed_files(copy: Database, root: Path, path: Path) -> list[PackedFile]:
    """Return the files of a copy, none from one that was made by other means; raise Unusable for what fits no site."""
    if ("table", "sqlar") not in _schema(copy):
        return []
    packed = []
    rows = copy.conn.execute(
        "select name, typeof(name), sz, typeof(sz), iif(typeof(mode) = 'integer', mode, 0), length(data), typeof(data),"
        " rowid from sqlar order by name"
    )
    for name, name_type, size, size_type, mode, length, data_type, row in rows:
        if (name_type, size_type, data_type) != ("text", "integer", "blob"):
            raise Unusable(gettext("{path} is damaged (its list of files holds what is no file).", path=path))
        _check_name(name, root)
        if size < 0 or length > size or size > DEFLATE_RATIO * length + 100:
            raise Unusable(gettext("The file {name!r} in the copy is damaged.", name=name))
        packed.append(PackedFile(name, size, (mode or FILE_MODE) & 0o777 | 0o600, row))
    names = {each.name for each in packed}
    for name in names:
        if inside := next((above for above in _folders(name) if above in names), None):
            raise Unusable(
                gettext("The copy holds a file {name!r} and another one in a folder of this name.", name=inside)
            )
    return packed


def _check_name(name: str, root: Path) -> None:
    parts = name.split("/")
    ordinary = all(
        part and not part.startswith(".") and part.isprintable() and "\\" not in part for part in parts
    ) and all(len(part.encode("utf-8", "replace")) <= NAME_LENGTH for part in parts)
    fits = parts[0] in CONTENT and (len(parts) == 1) == (parts[0] in SINGLE_FILES)
    # A folder of the site may be a link to elsewhere, but nothing in it may lead out of that.
    if not ordinary or not fits or not (root / name).resolve().is_relative_to((root / parts[0]).resolve()):
        raise Unusable(gettext("The copy holds a file {name!r}, which has no place in a site.", name=name))


def _folders(name: str) -> Iterator[str]:
    parts = name.split("/")
    return ("/".join(parts[:count]) for count in range(1, len(parts)))


def unpack(copy: Database, file: PackedFile, target: Path) -> None:
    """Write one file of a copy to `target`, a piece at a time and never more than its size; raise Unusable."""
    data: bytes = copy.conn.execute("select data from sqlar where rowid = ?", [file.row]).fetchone()[0]
    damaged = Unusable(gettext("The file {name!r} in the copy is damaged.", name=file.name))
    written = 0
    with open(target, "xb") as out:
        try:
            for piece in _pieces(data, file.size):
                written += len(piece)
                if written > file.size:
                    raise damaged
                out.write(piece)
        except zlib.error as error:
            raise damaged from error
    if written != file.size:
        raise damaged


def _pieces(data: bytes, size: int) -> Iterator[bytes]:
    if len(data) == size:
        yield data
        return
    inflater: Any = zlib.decompressobj()
    rest = data
    while rest and not inflater.eof:
        yield inflater.decompress(rest, CHUNK)
        rest = inflater.unconsumed_tail
    yield inflater.flush() if inflater.eof else b""
