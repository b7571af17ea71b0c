"""`make translations`: collect every sentence for people in blog/locale/afterword.pot, sorted and without dates.

Each language's catalogue, `blog/locale/LANGUAGE/LC_MESSAGES/afterword.po`, is brought up to date with it: what is new
has no translation yet, what is gone goes. Beside it stands the compiled one, which the program reads.

A sentence is found where it stands: in Python as the argument of one of KEYWORDS, in templates in `{% trans %}`, `_()`
or `pgettext()`. `babel.cfg` says which files are read.
"""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
TEMPLATE = ROOT / "blog" / "locale" / "afterword.pot"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "N_": None,
    "ngettext": (1, 2),
    "plural_form": (1, 2),
    "pgettext": ((1, "c"), 2),
}
EPOCH = datetime(
    1970, 1, 1, tzinfo=UTC
)  # Babel writes dates into a compiled file, which is to change with its text alone
COMMENTS = ("Translators:",)  # a comment that begins so, above a sentence, is shown to whoever translates it
# Without a date and without Babel's version, so that the file changes with the sentences alone.
HEADER = """# The sentences of Afterword. `make translations` writes this file; do not edit it.
msgid ""
msgstr ""
"Project-Id-Version: Afterword\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def collect() -> Catalog:
    """Return all sentences with the files that they stand in."""
    catalogue = Catalog()
    with (ROOT / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)
    for file, _, message, comments, context in extract_from_dir(
        ROOT, methods, options, keywords=KEYWORDS, comment_tags=COMMENTS, strip_comment_tags=True
    ):
        catalogue.add(message, locations=[(file, None)], auto_comments=comments, context=context)
    return catalogue


def text(catalogue: Catalog) -> str:
    """Write a catalogue as a template for translations."""
    written = BytesIO()
    write_po(written, catalogue, width=120, sort_output=True, include_lineno=False, omit_header=True)
    return HEADER + written.getvalue().decode()


def catalogues() -> list[Path]:
    """Return the catalogues of all languages."""
    return sorted(TEMPLATE.parent.glob("*/LC_MESSAGES/afterword.po"))


def read(path: Path) -> Catalog:
    """Read the catalogue of a language, with its plural forms."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def up_to_date(catalogue: Catalog, template: Catalog) -> Catalog:
    """Return a catalogue that holds exactly the sentences of the template, translated where they were."""
    new = Catalog(locale=catalogue.locale, header_comment=catalogue.header_comment, fuzzy=False)
    for message in template:
        if message.id:
            before = catalogue.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
            known = before is not None and before.pluralizable == message.pluralizable
            new.add(
                message.id,
                before.string if before and known else None,
                locations=message.locations,
                auto_comments=message.auto_comments,
                context=message.context,
            )
    return new


def written(catalogue: Catalog) -> tuple[bytes, bytes]:
    """Return the two files of a language: the text, and the compiled one."""
    source, compiled = BytesIO(), BytesIO()
    write_po(source, catalogue, width=120, sort_output=True, include_lineno=False, omit_header=True)
    head = (
        f"{catalogue.header_comment}\n"
        'msgid ""\nmsgstr ""\n'
        '"Project-Id-Version: Afterword\\n"\n'
        f'"Language: {catalogue.locale}\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    )
    text_file = head.encode() + source.getvalue()
    parsed = read_po(BytesIO(text_file), locale=catalogue.locale)
    parsed.creation_date = parsed.revision_date = EPOCH
    write_mo(compiled, parsed)
    return text_file, compiled.getvalue()


if __name__ == "__main__":
    sentences = collect()
    TEMPLATE.parent.mkdir(exist_ok=True)
    TEMPLATE.write_text(text(sentences), "utf-8")
    for path in catalogues():
        po, mo = written(up_to_date(read(path), sentences))
        path.write_bytes(po)
        path.with_suffix(".mo").write_bytes(mo)
