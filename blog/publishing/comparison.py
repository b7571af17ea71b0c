"""Two versions of a text side by side: what was added and removed, word by word, and the paragraphs between."""

import difflib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

WORD_BY_WORD = 1_200  # words of a changed place; a longer one is shown as removed and as added, whole
MOST_PAIRS = 1_000_000  # pairs of paragraphs that are looked at; beyond them only the beginning and the end are alike
WORD = re.compile(r"\s*\S+\s*")
Opcodes = Sequence[tuple[str, int, int, int, int]]  # as difflib gives them
Runs = list[tuple[str, str]]  # ("same" | "gone" | "new", words)


class Part(NamedTuple):
    """Some paragraphs of a text: as they were (so many `paragraphs`), or with their changes as runs of words."""

    kind: Literal["same", "changed"]
    runs: Runs
    paragraphs: int


@dataclass(frozen=True)
class Comparison:
    """The parts of a text, how many words were added and removed, and in how many places."""

    parts: list[Part]
    added: int
    removed: int

    @property
    def places(self) -> int:
        return sum(part.kind == "changed" for part in self.parts)


def compare(before: str, after: str) -> Comparison:
    """Compare two texts, paragraph by paragraph and then by words."""
    old, new = before.split("\n\n"), after.split("\n\n")
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    middle = old[start : len(old) - end], new[start : len(new) - end]
    changed = [part for part in _parts(*middle) if part.runs]
    parts = [*_same(old[:start]), *changed, *_same(old[len(old) - end :])]
    runs = [run for part in changed for run in part.runs]
    return Comparison(parts, _words(runs, "new"), _words(runs, "gone"))


def _alike(old: list[str], new: list[str]) -> int:
    """Return how many paragraphs two lists have in common at their beginning."""
    pairs = zip(old, new, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(old), len(new)))


def _parts(old: list[str], new: list[str]) -> list[Part]:
    if len(old) * len(new) > MOST_PAIRS:
        return [_changed(old, new)]
    parts: list[Part] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            parts += _same(old[a:b])
        elif b - a == d - c:  # as many as before: each has its counterpart
            parts += [_changed([one], [other]) for one, other in zip(old[a:b], new[c:d], strict=True)]
        else:
            parts.append(_changed(old[a:b], new[c:d]))
    return parts


def _same(paragraphs: list[str]) -> list[Part]:
    return [Part("same", [("same", "\n\n".join(paragraphs))], len(paragraphs))] if paragraphs else []


def _changed(old: list[str], new: list[str]) -> Part:
    before, after = WORD.findall("\n\n".join(old)), WORD.findall("\n\n".join(new))
    if max(len(before), len(after)) > WORD_BY_WORD:
        opcodes: Opcodes = [("replace", 0, len(before), 0, len(after))]
    else:
        opcodes = difflib.SequenceMatcher(None, _bare(before), _bare(after)).get_opcodes()
    runs: Runs = []
    for tag, a, b, c, d in opcodes:
        if tag == "equal":
            runs.append(("same", "".join(after[c:d])))
            continue
        gone = "".join(before[a:b])
        runs += [("gone", f"{gone.rstrip()} " if c < d else gone)] if gone else []
        runs += [("new", "".join(after[c:d]))] if c < d else []
    parted = [(kind, words if words[-1:].isspace() else f"{words} ") for kind, words in runs[:-1]]
    return Part("changed", [*parted, *runs[-1:]], 0)


def _bare(words: list[str]) -> list[str]:
    """Return words without the white space after them, so that other line breaks are no change."""
    return [word.strip() for word in words]


def _words(runs: Runs, kind: str) -> int:
    return sum(len(words.split()) for each, words in runs if each == kind)


def count_words(before: str, after: str) -> tuple[int, int]:
    """Return how many words came and went between two texts, wherever they stand: quick, for a list of versions."""
    old, new = Counter(before.split()), Counter(after.split())
    return (new - old).total(), (old - new).total()
