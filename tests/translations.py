"""`make translations`: collect every sentence for people in blog/locale/afterword.pot, sorted and without dates.

A sentence is found where it stands: in Python as the argument of one of KEYWORDS, in templates in `{% trans %}`, `_()`
or `pgettext()`. `babel.cfg` says which files are read.
"""

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import write_po

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


if __name__ == "__main__":
    TEMPLATE.parent.mkdir(exist_ok=True)
    TEMPLATE.write_text(text(collect()), "utf-8")
