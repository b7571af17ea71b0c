"""What the values of front matter must look like, each told with its cure; and the parts that addresses are made of."""

import re
import unicodedata
from pathlib import Path
from urllib.parse import unquote

from blog.wording import gettext

WEB_ADDRESS = re.compile(r"https?://[\w.\[\]:-]+(/[^\s\"'<>\\]*)?", re.ASCII)
OLD_ADDRESS_LENGTH = 500


def language(given: str) -> str:
    if not re.fullmatch("[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", given):
        raise ValueError(gettext("language is {given!r}; write a code like en, de or pt-BR.", given=given))
    return given


def image(given: str, folder: Path | None) -> str:
    """Check a picture's address: a whole one, a path of this site, or a file in the post's own `folder`."""
    if WEB_ADDRESS.fullmatch(given):
        return given
    if re.search(r"[\s\"'<>\\:?#]", given) or given.startswith("//") or ".." in given.split("/"):
        raise ValueError(
            gettext("image is {given!r}; write a path like /static/lamp.jpg, or a whole address.", given=given)
        )
    if given.startswith("/"):
        return given
    if folder is None:
        raise ValueError(
            gettext(
                "image is {given!r}; write a path like /static/lamp.jpg, or give the post a folder with its pictures.",
                given=given,
            )
        )
    if not (folder / given).is_file():
        raise ValueError(
            gettext("There is no picture {given!r} beside this file. Put it there, or mend the name.", given=given)
        )
    return given


def canonical(given: str) -> str:
    if not WEB_ADDRESS.fullmatch(given):
        raise ValueError(
            gettext("canonical is {given!r}; write the whole address, like https://example.org/x/.", given=given)
        )
    return given


def identity(given: str) -> str:
    if not re.fullmatch(r"[\w.-]+", given):
        raise ValueError(
            gettext("id is {given!r}; write letters, digits, hyphens and dots, and never change it.", given=given)
        )
    return given


def old_address(written: str) -> str:
    """Return an old address as it is looked up: a slug, or a decoded path without its final slash."""
    address = unquote(written)
    strange = re.search(r"[?#\\\x00]|//|/\.\.?(/|$)", address)
    if address.startswith("/") and not strange and address.strip("/") and len(address) <= OLD_ADDRESS_LENGTH:
        return address.rstrip("/")
    if address and slugify(address) == address:
        return address
    raise ValueError(
        gettext(
            "redirect_from names {written!r}; write the path, like /old/address/, or the old slug.", written=written
        )
    )


def slugify(text: str) -> str:
    """Return `text` as a part of an address: small letters of any script, digits and single hyphens.

    At most 200 bytes, so that a file can have the name.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "").replace("'", "")
    return re.sub(r"[\W_]+", "-", folded).strip("-").encode()[:200].decode(errors="ignore").strip("-")


def word_slug(text: str) -> str:
    """Return a tag's or an author's part of an address; one that has no letters is spelled by its code points."""
    spelled = text.replace("+", " plus ").replace("#", " sharp ")
    return slugify(spelled) or "-".join(f"{ord(letter):x}" for letter in text)[:60] or "none"
