"""A site's own words: `translations/LANGUAGE.po` says single sentences otherwise, such as “comments” for “thoughts”.

It is a file of gettext, with the sentence of the engine as `msgid`. A sentence is used when the engine has it, and when
its places and its plural forms are those of the original; else a problem names its line.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from string import Formatter

from blog import wording
from blog.errors import BadLook
from blog.settings import Settings
from blog.wording import Words, gettext, ngettext

LARGEST = 1_000_000  # bytes of a file
IS_PLACE = re.compile(r"\{\w+\}")
IN_TEMPLATES = re.compile(r"%\((\w+)\)s")


Stat = tuple[int, int, int]  # size, and when the file and its rights were last changed
Known = Mapping[tuple[str | None, str], str | tuple[str, ...]]


@dataclass
class OwnWords:
    """The sentences by language, what identifies the files that they came from, and what is wrong with them."""

    words: dict[str, Words] = field(default_factory=dict)
    files: dict[str, Stat] = field(default_factory=dict)
    problems: list[BadLook] = field(default_factory=list)


def read(settings: Settings, before: OwnWords | None = None) -> OwnWords:
    """Read the folder `translations/`; what is read already is not read again while its files are the same."""
    folder = settings.translations
    paths = sorted(folder.glob("*.po")) if folder.is_dir() else []
    found = OwnWords(files={path.name: _stat(path) for path in paths})
    if before is not None and before.files == found.files:
        return before
    known = _known() if paths else {}
    for path in paths:
        language = path.stem.replace("_", "-")
        try:
            found.words[language] = dict(_sentences(path, language, known, found.problems))
        except BadLook as problem:
            found.problems.append(problem)
    return found


def _stat(path: Path) -> Stat:
    try:
        stat = path.stat()
    except OSError:
        return 0, 0, 0
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


def _sentences(
    path: Path, language: str, known: Known, problems: list[BadLook]
) -> Iterator[tuple[tuple[str | None, str], str | tuple[str, ...]]]:
    """Yield the sentences of a file that can be used; raise BadLook for a file without any."""
    from babel.core import UnknownLocaleError
    from babel.messages.plurals import get_plural
    from babel.messages.pofile import PoFileError, read_po

    label = f"../translations/{path.name}"
    try:
        if path.stat().st_size > LARGEST:
            raise BadLook(label, gettext("The file is too large to be a list of sentences."))
        data = path.read_bytes()
        forms = get_plural(language.replace("-", "_")).num_plurals
        catalogue = read_po(BytesIO(data), locale=language.replace("-", "_"), abort_invalid=True)
    except OSError as error:
        raise BadLook(label, gettext("The file cannot be read: {why}.", why=error.strerror)) from error
    except (PoFileError, UnicodeDecodeError) as error:
        raise BadLook(label, gettext("This is no file of gettext: {why}.", why=str(error).rstrip("."))) from error
    except (UnknownLocaleError, ValueError) as error:
        sentence = gettext("{language} is no language. Name the file like de.po.", language=language)
        raise BadLook(label, sentence) from error
    for message in catalogue:
        said = tuple(message.string) if isinstance(message.string, tuple | list) else (str(message.string or ""),)
        if not message.id or not any(said):
            continue
        first = message.id if isinstance(message.id, str) else message.id[0]
        original = known.get((message.context, first))
        if sentence := _fault(original, message.id, said, forms):
            problems.append(BadLook(label, sentence, line=message.lineno))
        else:
            yield (message.context, first), said if isinstance(message.string, tuple | list) else said[0]


def _fault(original: object, message: object, said: tuple[str, ...], forms: int) -> str:
    """Say why a sentence cannot be used, "" for one that can."""
    text = message if isinstance(message, str) else message[1]  # type: ignore[index]
    if original != message:
        return gettext("The program has no sentence “{sentence}”. Copy it from afterword.pot.", sentence=text)
    if not isinstance(message, str) and (len(said) != forms or not all(said)):
        return ngettext(
            "“{sentence}” needs {n} form in this language.",
            "“{sentence}” needs {n} forms in this language.",
            forms,
            sentence=text,
        )
    wanted = _places(text)
    if not all(IS_PLACE.fullmatch(each) for each in wanted):  # it speaks of braces, and is never filled in
        return ""
    needed = wanted if isinstance(message, str) else wanted & _places(message[0]) - {"{n}"}  # type: ignore[index]
    for each in said:
        strange, missing = _places(each) - wanted, needed - _places(each)
        if strange or missing:
            return gettext(
                "“{sentence}” has other places than the original: {places}.",
                sentence=each,
                places=wording.listed(sorted(strange | missing)),
            )
    return ""


def _places(text: str) -> set[str]:
    """Return the places of a sentence, whichever way they are written; of braces that do not close, the text itself."""
    try:
        braces = {f"{{{name}}}" for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        return {text}
    return braces | {f"{{{name}}}" for name in IN_TEMPLATES.findall(text)}


def _known() -> Known:
    """Return all sentences of the program by their context and their first form."""
    from babel.messages.pofile import read_po

    known: dict[tuple[str | None, str], str | tuple[str, ...]] = {}
    with (wording.CATALOGUES / "afterword.pot").open("rb") as file:
        for message in read_po(file):
            forms = (message.id,) if isinstance(message.id, str) else tuple(message.id)
            known[message.context, forms[0]] = forms if len(forms) > 1 else forms[0]
    return known
