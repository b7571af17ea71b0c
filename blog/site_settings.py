"""Title, tagline and look of the site, which can be changed on the desk: written into `blog.toml`, where they belong.

Only the lines of these keys change. Comments, order and all other keys of the file stay as somebody wrote them.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from blog import settings
from blog.errors import Conflict, Invalid, Refused, Unusable
from blog.journal import acts, events
from blog.journal.acts import Act, Row
from blog.journal.events import Actor, NewEvent
from blog.settings import Settings
from blog.storage import atomic_file, lock, store
from blog.wording import N_, gettext, number

NAMES = ("title", "tagline", "accent", "typeface")
LABELS = {"title": N_("Title"), "tagline": N_("Tagline"), "accent": N_("Colour"), "typeface": N_("Typeface")}
LONGEST = {"title": 200, "tagline": 300}  # characters
SHOWN = 8  # earlier values on the desk


@dataclass(frozen=True)
class SiteFile:
    """What `blog.toml` says of these settings. Those in `fixed` are set by a variable of the environment instead."""

    values: dict[str, str]
    fixed: tuple[str, ...]


class Overtaken(Conflict):
    """Settings that were changed in the file since the form was opened; `values` are those of the file now."""

    def __init__(self, names: list[str], values: dict[str, str]) -> None:
        super().__init__(
            gettext(
                "These settings were changed meanwhile, here or in blog.toml. Nothing was saved. Look at both values."
            )
        )
        self.names, self.values = names, values


def values_of(site: Settings) -> dict[str, str]:
    return {name: str(getattr(site, name)) for name in NAMES}


def read(root: Path, environ: Mapping[str, str] = os.environ) -> SiteFile:
    """Read the file; raise Unusable with a sentence when it has an error."""
    fixed = tuple(name for name in NAMES if _variable(name) in environ)
    return SiteFile(values_of(settings.load(root, _without(environ))), fixed)


def _variable(name: str) -> str:
    return f"BLOG_{name.upper()}"


def _without(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without the variables that would hide what the file says."""
    hiding = set(map(_variable, NAMES))
    return {name: value for name, value in environ.items() if name not in hiding}


def change(db: Database, root: Path, typed: Mapping[str, str], seen: Mapping[str, str], *, by: Actor) -> list[str]:
    """Write what was typed into the file of the site in `root`; return the names of the settings that changed.

    `seen` are the values that the form showed. What differs from them was typed; the rest stays as the file has it now.
    Raises Invalid for values that no site can have, Overtaken where the file has another value than the form showed,
    and Unusable where the file has an error or cannot be written. All pages are new afterwards.
    """
    path = (root / "blog.toml").resolve()  # it may be a link
    with lock.turn(path.parent):
        before = path.read_text("utf-8") if path.exists() else ""
        now = values_of(settings.parse(before, root, _without(os.environ)))
        wanted = _cleaned({name: typed[name] for name in NAMES if name in typed and typed[name] != seen.get(name)})
        overtaken = [name for name, value in wanted.items() if now[name] not in (seen.get(name, now[name]), value)]
        if overtaken:
            raise Overtaken(overtaken, now)
        changed = {name: value for name, value in wanted.items() if value != now[name]}
        if not changed:
            return []
        _check(before, root, changed)
        text = _with(before, changed)
        try:
            with store.transaction(db):
                for name, value in changed.items():
                    events.record(db, NewEvent(CHANGE.kind, before=now[name], after=value, reason=name), by=by)
                note_change(db)
                _write(path, text)
        except store.DatabaseError:
            _write(path, before)
            raise
    return list(changed)


def note_change(db: Database) -> None:
    """Have every page made anew, also in shared caches: all of them show the title."""
    db.conn.execute("update site set version = version + 1")


def _cleaned(values: dict[str, str]) -> dict[str, str]:
    """Return what was typed without needless blanks; raise Invalid for a text that is too long or missing."""
    cleaned = {name: " ".join(value.split()) for name, value in values.items()}
    errors = {
        name: gettext("At most {most} characters; this has {length}.", most=number(most), length=number(length))
        for name, most in LONGEST.items()
        if (length := len(cleaned.get(name, ""))) > most
    }
    if cleaned.get("title") == "":
        errors["title"] = gettext("A site has a title. Write one.")
    if errors:
        raise Invalid(errors)
    return cleaned


def _check(before: str, root: Path, changed: Mapping[str, str]) -> None:
    """Raise Invalid with a sentence for each value with which the program would not start."""
    errors = {}
    for name, value in changed.items():
        try:
            settings.parse(_with(before, {name: value}), root, _without(os.environ))
        except Unusable as error:
            errors[name] = error.sentence
    if errors:
        raise Invalid(errors)


def _with(text: str, values: Mapping[str, str]) -> str:
    """Return the text of a blog.toml with these values in it."""
    import tomlkit  # which takes a while to load, and is rarely needed

    document = tomlkit.parse(text)
    for name, value in values.items():
        document[name] = value
    return tomlkit.dumps(document)


def _write(path: Path, text: str) -> None:
    try:
        atomic_file.replace(path, text.encode())
    except OSError as error:
        raise Unwritable(path, error.strerror or "") from error


class Unwritable(Refused):
    """The file may not be written by the server."""

    status = 503

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            gettext(
                "{path} cannot be written ({why}). Change it on the server, or give the file to the user of the site.",
                path=path,
                why=why,
            )
        )


def changes(db: Database) -> list[dict[str, str]]:
    """Return the newest changes, each with `name`, `before`, `after`, `at` and `who`."""
    rows = db.query(
        """
        select e.reason as name, e.before, e.after, e.at, coalesce(a.name, '') as who
        from events e left join accounts a on a.id = e.account_id
        where e.kind = ? and e.batch_id is null and e.kind not in ('submit', 'address confirmed', 'purge')
        order by e.id desc limit ?
        """,
        [CHANGE.kind, SHOWN],
    )
    return list(rows)


def _sentence(row: Row) -> str:
    label, before, after = gettext(LABELS[row["reason"]]), row["before"], row["after"]
    if not before:
        return gettext("Site, {name}: empty → “{after}”", name=label, after=after)
    if not after:
        return gettext("Site, {name}: “{before}” → empty", name=label, before=before)
    return gettext("Site, {name}: “{before}” → “{after}”", name=label, before=before, after=after)


CHANGE = Act(kind="site setting", group=acts.SETTINGS, sentence=_sentence)
