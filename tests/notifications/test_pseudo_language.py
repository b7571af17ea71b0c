"""Every mail in a language made for the test: no sentence of it stands outside of the catalogue."""

import re
from pathlib import Path

import pytest

from tests.browser.mail_pictures import letters
from tests.notifications.world import html_of, text_of
from tests.pseudo import outside, rest
from tests.web.test_pseudo_language import PSEUDO, pseudo

__all__ = ["pseudo"]
# What people wrote, and the lines above and below it.
WRITTEN = (
    *("On the herons below the bridge", "Jonas Weber", "Reader", "Okafor", "Boats", "Bea", "ana", "mia", "phone"),
    "blog.example",
)
QUOTE = re.compile(r'<p class="q" dir="auto".*?</p>', re.DOTALL)


@pytest.mark.usefixtures("pseudo")
def test_every_mail_is_in_the_catalogue(tmp_path: Path) -> None:
    found = {}
    for kind, message in letters(tmp_path, PSEUDO).items():
        quoted = re.compile(r"^(>|  ).*$", re.MULTILINE)  # quotes, and addresses below the words of their links
        lines = [" ".join(part.split()) for part in re.split(r"\n{2,}|:\n", quoted.sub("", text_of(message)))]
        found[kind] = {left for line in [*lines, message["subject"]] if (left := rest(line, WRITTEN))}
        found[kind] |= outside(QUOTE.sub("", html_of(message)), WRITTEN)
    assert {kind: left for kind, left in found.items() if left} == {}
