"""Near-duplicates: texts that begin or end with the same words.

A spammer who sends one text many times changes a word: a name, a number, an address. One half of the text stays the
same. So each text of some length has two fingerprints, a hash of its first words and one of its last. Quotations are
left out, because honest replies share them.
"""

import hashlib
import re
import unicodedata
from bisect import bisect_right

SHORTEST = 16  # words; shorter texts are not compared
LENGTHS = tuple(8 * 3**step // 2**step for step in range(20))  # words that are hashed: 8, 12, 18, 27 ...
WORD = re.compile(r"\w+")
QUOTED = re.compile(r"^ {0,3}>.*$", re.MULTILINE)


def fingerprints(text: str) -> tuple[str, str] | tuple[()]:
    """Return the hashes of a text's first and last words, () for a text that is too short."""
    said = QUOTED.sub("", text) if ">" in text else text
    words = WORD.findall(said.lower() if said.isascii() else unicodedata.normalize("NFKC", said).casefold())
    if len(words) < SHORTEST:
        return ()
    length = LENGTHS[bisect_right(LENGTHS, len(words) // 2) - 1]
    return f"first {_hash(words[:length])}", f"last {_hash(words[-length:])}"


def _hash(words: list[str]) -> str:
    return hashlib.blake2b(" ".join(words).encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()
