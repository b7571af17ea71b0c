"""What comes from an export of this program: posts' files as they were, and what belongs to the whole site."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from blog.closing import SITE
from blog.errors import AfterwordError
from blog.importing.imported import OwnPost, SiteLine, Skipped
from blog.importing.jsonl_export import check_switch
from blog.journal.events import Actor
from blog.posts import keys
from blog.publishing import site_folder
from blog.rules import policy


def write_files(own: OwnPost, folder: Path) -> dict[str, str]:
    """Copy the files beside a post into the folder where it waits; return their digests by name."""
    digests = {}
    for name, place in own.files:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(place, target)
        digests[name] = site_folder.digest_of(target)
    return digests


def complete(db: Database, post: int, own: OwnPost, *, by: Actor) -> None:
    """Let the former addresses of a post lead to it, and set its switch."""
    for address in own.former:
        try:
            plain = keys.old_address(address)
        except ValueError:
            continue
        db.conn.execute("insert or ignore into old_addresses (address, post_id, given) values (?, ?, 0)", [plain, post])
    if own.switch:
        _set(db, post, own.switch)


def _set(db: Database, post: int, switch: dict[str, Any]) -> None:
    db.conn.execute(
        "insert or ignore into closures (post_id, mode, note, until, at, source) values (?, ?, ?, ?, ?, 'import')",
        [post, switch["mode"], switch["note"], switch["until"], switch["at"]],
    )


def settle(db: Database, lines: Iterable[SiteLine], *, by: Actor) -> list[Skipped]:
    """Take over settings, the switch of the site, bans and trust; return what could not be."""
    left_out = []
    for line in lines:
        values = line.values
        try:
            if line.kind == "setting":
                policy.change(db, {str(values["name"]): str(values["value"])}, by=by)
            elif line.kind == "switch":
                check_switch(values)
                _set(db, SITE, values)
            else:
                _stand(db, values)
        except (AfterwordError, KeyError, ValueError, TypeError) as error:
            left_out.append(Skipped(json.dumps(values, ensure_ascii=False), str(error)))
    return left_out


def _stand(db: Database, values: dict[str, Any]) -> None:
    if values["kind"] not in ("email", "network", "domain") or values["standing"] not in ("trusted", "banned"):
        raise ValueError(values["kind"])
    names = ("kind", "value", "standing", "until", "reason", "at")
    db.conn.execute(
        "insert or ignore into standings (kind, value, standing, until, reason, at) values (?, ?, ?, ?, ?, ?)",
        [None if values[name] is None else str(values[name]) for name in names],
    )


def is_empty(db: Database) -> bool:
    """Tell whether a site has neither posts nor comments yet."""
    return not db.conn.execute(
        "select exists (select 1 from posts) or exists (select 1 from comment_counts where n > 0)"
    ).fetchone()[0]
