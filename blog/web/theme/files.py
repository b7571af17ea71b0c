"""A site's own theme: its `templates/`, `static/` and `translations/`, read and checked.

Problems name the file, the line and the cure. A broken template or stylesheet is not used: its last good version
stays, else the engine's own is served.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError, nodes

from blog import colours
from blog.errors import BadLook
from blog.settings import Settings, sample_folder
from blog.web.theme import own_words
from blog.web.theme.own_words import OwnWords
from blog.wording import gettext, number

ENGINE = "afterword/"  # prefix of the engine's own templates, for one that extends it
DESK = "admin/"  # the desk's templates cannot be replaced, so that it always shows what is wrong
LARGEST = 1_000_000  # bytes of a template, and of a text that is kept in memory
SYNTAX = Environment(autoescape=True)
FORMER_NAMES = 500  # of files that were changed since the start
ASSETS = (
    ".avif",
    ".css",
    ".gif",
    ".ico",
    ".jpeg",
    ".jpg",
    ".js",
    ".png",
    ".svg",
    ".txt",
    ".webmanifest",
    ".webp",
    ".woff2",
)
TEXTS = (".css", ".js", ".svg", ".txt", ".webmanifest")
# Of a stylesheet: comments, addresses and strings that are whole, then what opens or closes something.
PARTS = re.compile(
    r"""/\*.*?\*/|url\(\s*[^\s"')][^)]*\)|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\\.|[{}"']|/\*""", re.S
)


@dataclass(frozen=True)
class Asset:
    """A file of `static/`: the bytes of a small text; of another file `stat` tells whether it was changed."""

    path: Path
    digest: str
    stat: tuple[int, int]
    text: bytes | None = None

    def is_unchanged(self) -> bool:
        """Tell whether the file that would be sent is the one that the digest was made of."""
        try:
            return self.text is not None or _stat(self.path) == self.stat
        except OSError:
            return False


@dataclass(frozen=True)
class Theme:
    """The texts of a site's own templates, all files of `static/` (the engine's too) by name, and what is wrong.

    `former` are names with earlier digests: pages that somebody still has open ask for them.
    """

    templates: Mapping[str, str] = field(default_factory=dict)
    assets: Mapping[str, Asset] = field(default_factory=dict)
    former: tuple[str, ...] = ()
    own_words: OwnWords = field(default_factory=OwnWords)
    problems: tuple[BadLook, ...] = ()


def read(settings: Settings, before: Theme | None = None) -> Theme:
    """Read the folders; unchanged files since `before` are not read again, and broken ones stay as they were."""
    old = before or Theme()
    problems: list[BadLook] = []
    templates = dict(_templates(settings, old, problems))
    assets = dict(_assets(sample_folder() / "static", old, []))
    assets |= _look(settings)
    assets |= _assets(settings.static, old, problems)
    changed = [hashed(name, was) for name, was in old.assets.items() if name in assets and assets[name] != was]
    words = own_words.read(settings, old.own_words)
    return Theme(templates, assets, (*old.former, *changed)[-FORMER_NAMES:], words, (*problems, *words.problems))


def _look(settings: Settings) -> dict[str, Asset]:
    """Return the stylesheet of the accent and the typeface that `blog.toml` names, where it names any."""
    rules = colours.stylesheet(settings.accent, settings.typeface).encode()
    if not rules:
        return {}
    return {"look.css": Asset(settings.static / "look.css", _digest(rules), (len(rules), 0), rules)}


def hashed(name: str, asset: Asset) -> str:
    """Return the name of a file with its digest before the ending."""
    stem, dot, ending = name.rpartition(".")
    return f"{stem}.{asset.digest}{dot}{ending}"


def _templates(settings: Settings, old: Theme, problems: list[BadLook]) -> Iterator[tuple[str, str]]:
    for name, path in _files(settings.templates, (".html", ".xml")):
        try:
            yield name, _read_template(name, path)
        except BadLook as problem:
            problems.append(problem)
            if name in old.templates:
                yield name, old.templates[name]


def _read_template(name: str, path: Path) -> str:
    """Return a template's text; raise BadLook where it cannot be compiled."""
    label = f"../templates/{name}"
    if name.startswith(DESK):
        raise BadLook(label, gettext("Templates of the desk cannot be replaced, so this one is not used. Remove it."))
    try:
        data = path.read_bytes()
        if len(data) > LARGEST:
            raise BadLook(
                label,
                gettext(
                    "The template has {bytes} bytes; {most} are allowed. Make it shorter.",
                    bytes=number(len(data)),
                    most=number(LARGEST),
                ),
            )
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
        tree = SYNTAX.parse(text, name)
        SYNTAX.compile(tree, name, str(path))
    except OSError as error:
        raise BadLook(label, gettext("The file cannot be read: {why}.", why=error.strerror)) from error
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadLook(label, gettext("This is not UTF-8 text. Save the file as UTF-8."), line=line) from error
    except TemplateSyntaxError as error:
        why = (error.message or "this is no template").rstrip(".")
        sentence = gettext("{why}. Correct it, or remove the file to use the engine's own template.", why=why)
        raise BadLook(label, sentence, line=error.lineno) from error
    except RecursionError as error:
        raise BadLook(
            label,
            gettext(
                "The template is nested too deeply. Correct it, or remove the file to use the engine's own template."
            ),
        ) from error
    for each in tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
        if getattr(each, "template", None) == nodes.Const(name):
            engines = f"{ENGINE}{name}"
            sentence = gettext(
                "The template extends or includes itself. Name the engine's: {template}.", template=engines
            )
            raise BadLook(label, sentence, line=each.lineno)
    return text


def _assets(folder: Path, old: Theme, problems: list[BadLook]) -> Iterator[tuple[str, Asset]]:
    for name, path in _files(folder, ASSETS):
        was = old.assets.get(name)
        was = was if was and was.path == path else None
        try:
            if was and was.stat == _stat(path):
                yield name, was
                continue
            asset = _asset(path)
            if asset.text is not None and path.suffix.lower() == ".css":
                _check_stylesheet(f"../static/{name}", asset.text.decode("utf-8", "replace"))
            yield name, asset
        except OSError:
            if was:  # gone or locked for a moment while it is replaced
                yield name, was
        except BadLook as problem:
            problems.append(problem)
            if was or name not in _engine_names():
                yield name, was or asset


def _asset(path: Path) -> Asset:
    stat, data = _stat(path), path.read_bytes()
    text = data if path.suffix.lower() in TEXTS and len(data) <= LARGEST else None
    return Asset(path, _digest(data), stat, text)


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=5).hexdigest()


def _stat(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _engine_names() -> set[str]:
    return {name for name, _ in _files(sample_folder() / "static", ASSETS)}


def _files(folder: Path, endings: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """Return name and path of a folder's files: none that is hidden, and none that lies elsewhere."""
    inside = folder.resolve()
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        name = path.relative_to(folder)
        if path.suffix.lower() in endings and not any(part.startswith(".") for part in name.parts):
            try:
                if path.is_file() and path.resolve().is_relative_to(inside):
                    yield name.as_posix(), path
            except OSError:  # a circular link
                continue


def _check_stylesheet(label: str, text: str) -> None:
    """Raise BadLook for a stylesheet that ends in the midst of something, as a half-written one does."""
    open_at: list[int] = []  # places in the text

    def line(place: int) -> int:
        return text.count("\n", 0, place) + 1

    for part in PARTS.finditer(text):
        place = part.start()
        if part[0] == "{":
            open_at.append(place)
        elif part[0] == "}":
            if not open_at:
                raise BadLook(label, gettext("This } has no opening {. Remove it, or add the {."), line=line(place))
            open_at.pop()
        elif part[0] in ('"', "'", "/*"):
            end = "*/" if part[0] == "/*" else part[0]
            sentence = gettext("The {sign} that opens here is never closed. Add {end}.", sign=part[0], end=end)
            raise BadLook(label, sentence, line=line(place))
    if open_at:
        sentence = gettext("The { of this line is never closed. Add the missing }.")
        raise BadLook(label, sentence, line=line(open_at[-1]))
