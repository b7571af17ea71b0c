"""Which texts are nearly the same: those that begin, or that end, with the same words.

Who sends one text many times changes a word: a name, a number, an address. Then one half of it is still the same. So
each text of some length has a hash of its first words and one of its last, and both are looked up. Quotations are left
out, because honest answers share them.
"""

import hashlib
import re
import unicodedata
from bisect import bisect_right

SHORTEST = 16  # words of a text that is compared at all
LENGTHS = tuple(8 * 3**step // 2**step for step in range(20))  # of a half: 8, 12, 18, 27 ... words
WORD = re.compile(r"\w+")
QUOTED = re.compile(r"^ {0,3}>.*$", re.MULTILINE)


def fingerprints(text: str) -> tuple[str, str] | tuple[()]:
    """Return hashes of a text's first and of its last words; none of a text that is too short to tell."""
    said = QUOTED.sub("", text) if ">" in text else text
    words = WORD.findall(said.lower() if said.isascii() else unicodedata.normalize("NFKC", said).casefold())
    if len(words) < SHORTEST:
        return ()
    length = LENGTHS[bisect_right(LENGTHS, len(words) // 2) - 1]
    return f"first {_hash(words[:length])}", f"last {_hash(words[-length:])}"


def _hash(words: list[str]) -> str:
    return hashlib.blake2b(" ".join(words).encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()
