"""Bytes to text: by mark, by declaration, else UTF-8, else Windows-1252."""

import codecs
import re

from blog.importing.model import Unreadable
from blog.text import UNFIT
from blog.wording import N_, gettext, ngettext

MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
DECLARED = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,30})", re.IGNORECASE)
# What browsers decode; a label outside it (UTF-7 above all) is not taken at its word.
KNOWN = re.compile(
    r"utf-?8|(?:windows-|cp)(?:125\d|874)|iso-?8859-\d{1,2}|koi8-[ru]|macintosh|shift[_-]jis|euc-(?:jp|kr)"
    r"|iso-2022-jp|gb18030|gbk|gb2312|big5",
    re.IGNORECASE,
)
# Pages that say one of these were written, and are shown by browsers, in the right-hand one.
MEANT = {
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "us-ascii": "cp1252",
    "latin1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "macintosh": "mac_roman",
}
BINARY = {
    b"%PDF": N_("{name} is a PDF, no saved web page or plain text."),
    b"PK\x03\x04": N_("{name} is a ZIP or office file, no saved web page or plain text."),
    b"\x1f\x8b": N_("{name} is a compressed file, no saved web page or plain text."),
}


def text_of(source: str | bytes, *, name: str) -> tuple[str, list[str]]:
    """Return the text with its lines ended by "\\n" and no control characters, and what was lost."""
    if isinstance(source, str):
        encoding, text = "", re.sub("[\ud800-\udfff]", "\ufffd", source)
    else:
        encoding, text = _decoded(source, name=name)
    doubts = []
    if lost := text.count("\ufffd"):
        doubts.append(_lost(lost, encoding))
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n").replace("\x85", "\n")
    return UNFIT.sub("", text.replace("\ufeff", "")), doubts


def _lost(count: int, encoding: str) -> str:
    if not encoding:
        return ngettext(
            "One place in the file could not be read as letters; it shows as �.",
            "{n} places in the file could not be read as letters; each shows as �.",
            count,
        )
    return ngettext(
        "One place in the file could not be read as valid {encoding}; it shows as �.",
        "{n} places in the file could not be read as valid {encoding}; each shows as �.",
        count,
        encoding=encoding,
    )


def _decoded(source: bytes, *, name: str) -> tuple[str, str]:
    for mark, sentence in BINARY.items():
        if source.startswith(mark):
            raise Unreadable(gettext(sentence, name=name))
    for mark, encoding in MARKS.items():
        if source.startswith(mark):
            return encoding, source[len(mark) :].decode(encoding, "replace")
    declared = _declared(source)
    for encoding in (declared, "utf-8"):
        if encoding:
            try:
                return encoding, source.decode(encoding)
            except UnicodeDecodeError:
                continue
    encoding = declared or _likely(source)
    return encoding, source.decode(encoding, "replace")


def _declared(source: bytes) -> str:
    """Return the encoding that the page's head names, "" for none or one that nobody should use."""
    match = DECLARED.search(source[:8192])
    label = match[1].decode("ascii", "replace").lower() if match else ""
    label = MEANT.get(label, label)
    if label in MEANT.values() or KNOWN.fullmatch(label):
        return label if _exists(label) else ""
    return ""


def _exists(label: str) -> bool:
    try:
        codecs.lookup(label)
    except LookupError:
        return False
    return True


def _likely(source: bytes) -> str:
    """Tell damaged UTF-8 from Windows-1252: the first still holds many whole letters."""
    whole = len(re.findall(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}", source))
    high = len(re.findall(rb"[\x80-\xff]", source))
    return "utf-8" if whole * 4 >= high else "cp1252"
