"""The text of a post's file: front matter and body, and single fields of the front matter.

A field is replaced line by line, so that every other line a person wrote stays as it is, comments and quotes included.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    import yaml

WORDS_PER_MINUTE = 230


def split(text: str) -> tuple[str, str]:
    """Return front matter and body; the front matter is "" where the text has none that ends."""
    parts = re.split(r"^---[ \t]*$\n?", text[4:], maxsplit=1, flags=re.MULTILINE) if text.startswith("---\n") else []
    return (parts[0], parts[1].lstrip("\n")) if len(parts) == 2 else ("", text)


def join(values: Mapping[str, str], front: str = "", body: str = "") -> str:
    """Return the text of a file with these values in its front matter; what else stands in it stays as it is."""
    for name, value in values.items():
        front = put(front, name, value)
    return f"---\n{front.rstrip()}\n---\n\n{body.lstrip()}"


def fields(front: str) -> dict[str, str]:
    """Return the values of the front matter as they are written, lists with commas; {} where it cannot be read."""
    import yaml

    values = {}
    for name, node in _nodes(front):
        if isinstance(node, yaml.SequenceNode):
            values[name] = ", ".join(str(item.value) for item in node.value if isinstance(item, yaml.ScalarNode))
        elif isinstance(node, yaml.ScalarNode):
            values[name] = "" if node.tag.endswith(":null") else str(node.value)
    return values


def _nodes(front: str) -> "list[tuple[str, yaml.Node]]":
    import yaml

    try:
        node = yaml.compose(front, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return []
    if not isinstance(node, yaml.MappingNode):
        return []
    return [(str(key.value), value) for key, value in node.value if isinstance(key, yaml.ScalarNode)]


def put(front: str, name: str, value: str) -> str:
    """Set one key of the front matter, or (value "") take it out; every other line stays as it is."""
    lines = front.rstrip("\n").split("\n") if front.strip() else []
    entry = [] if not value else [f"{name}: {_value(name, value)}"]
    for number, line in enumerate(lines):
        if re.match(rf"{re.escape(name)}\s*:", line):
            end = number + 1
            while end < len(lines) and re.match(r"[ \t-]|$", lines[end]):
                end += 1
            return "\n".join([*lines[:number], *entry, *lines[end:]])
    return "\n".join([*lines, *entry])


def _value(name: str, value: str) -> str:
    if name == "tags":
        return f"[{', '.join(_quoted(tag.strip()) for tag in value.split(',') if tag.strip())}]"
    return _quoted(" ".join(value.split()) if name != "date" else value.strip())


def _quoted(value: str) -> str:
    """Return a value as YAML: plain where that is read back as the same text, else in quotes."""
    plain = re.fullmatch(r"[^\W_][^:#\[\]{}&*?|<>=!%@`\"'\\]*", value) or re.fullmatch(r"[\d: +Z-]+", value)
    return value if plain and value == value.strip() else "'" + value.replace("'", "''") + "'"


class Measure(TypedDict):
    words: int
    minutes: int


def measure(body: str) -> Measure:
    """Return how many words a text has, and how many minutes it takes to read."""
    words = len(re.findall(r"\w+(?:['’-]\w+)*", body))
    return {"words": words, "minutes": max(1, round(words / WORDS_PER_MINUTE)) if words else 0}
