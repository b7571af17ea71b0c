"""Near-duplicates: texts that begin or end with the same words.

A spammer who sends one text many times changes a word: a name, a number, an address. One half of the text stays the
same. So each text of some length has two fingerprints, a hash of its first words and one of its last. Quotations are
left out, because honest replies share them. Where a script has no blanks, each of its letters stands for a word.
"""

import hashlib
import re
import unicodedata
from bisect import bisect_right

SHORTEST, SHORTEST_UNSPACED = 16, 48  # words, or letters of a script without blanks; shorter texts are not compared
LENGTHS = tuple(8 * 3**step // 2**step for step in range(20))  # words that are hashed: 8, 12, 18, 27 ...
# Thai, Lao, Burmese, Khmer, kana and Han.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff"
LETTER = re.compile(f"[{UNSPACED}]")
WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+")
QUOTED = re.compile(r"^ {0,3}>.*$", re.MULTILINE)


def fingerprints(text: str) -> tuple[str, str] | tuple[()]:
    """Return the hashes of a text's first and last words, () for a text that is too short."""
    said = QUOTED.sub("", text) if ">" in text else text
    words = WORD.findall(said.lower() if said.isascii() else unicodedata.normalize("NFKC", said).casefold())
    unspaced = not said.isascii() and 2 * len(LETTER.findall(said)) > len(words)
    if len(words) < (SHORTEST_UNSPACED if unspaced else SHORTEST):
        return ()
    length = LENGTHS[bisect_right(LENGTHS, len(words) // 2) - 1]
    return f"first {_hash(words[:length])}", f"last {_hash(words[-length:])}"


def _hash(words: list[str]) -> str:
    return hashlib.blake2b(" ".join(words).encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()
