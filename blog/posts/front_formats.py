"""The four ways in which posts begin: YAML between ---, TOML between +++, a JSON object, lines like `Title: A title`.

Values are given as they are written (12:30 is a title, and no number): texts, lists, mappings, None for nothing.
"""

import json
import re
import tomllib
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:  # the parser takes a tenth of a second to import, and most starts parse nothing
    import yaml

from blog.errors import BadPost
from blog.wording import gettext

YAML_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "timestamp", "seq", "map")}
HEAD_LINE = re.compile(r"([A-Za-z][A-Za-z0-9_ -]{0,40}):(?:[ \t]+(.*)|[ \t]*)$")
MOST_DEEP = 6


class Entry(NamedTuple):
    """One key of a post's head: `problem` is a sentence where its value cannot be read."""

    name: str
    line: int
    value: Any
    problem: str = ""


def split(name: str, text: str) -> tuple[list[Entry], str]:
    """Return the keys of a post's head and its body; raise BadPost where no head can be told from the body."""
    if text.startswith("---\n"):
        front, body = _between(name, text, "---")
        return _yaml(front, name), body
    if re.match("---js(?:on)?\n", text):
        raise BadPost(name, gettext("Front matter in JavaScript is not read. Write it as `key: value` lines."), line=1)
    if text.startswith("+++\n"):
        front, body = _between(name, text, "+++")
        return _toml(front, name), body
    if text.startswith("{") and re.match(r"\{\s*[\"}]", text):
        return _json(text, name)
    if lines := _lines(text):
        return lines
    raise BadPost(
        name,
        gettext("A post begins with its front matter. Write --- on a line of its own, then title: and date:."),
        line=1,
    )


def _between(name: str, text: str, mark: str) -> tuple[str, str]:
    parts = re.split(rf"^{re.escape(mark)}[ \t]*$", text[len(mark) + 1 :], maxsplit=1, flags=re.MULTILINE)
    if len(parts) < 2:
        sentence = gettext("The front matter has no end. Write {mark} on a line of its own below it.", mark=mark)
        raise BadPost(name, sentence, line=1)
    return parts[0], parts[1].lstrip("\n")


def _yaml(text: str, path: str) -> list[Entry]:
    import yaml

    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        sentence = gettext(
            "The front matter is no valid YAML ({problem}). Put a value with a colon, a quote or a # into quotes.",
            problem=problem,
        )
        raise BadPost(path, sentence, line=mark.line + 2 if mark else None) from error
    except RecursionError as error:
        raise BadPost(path, gettext("The front matter is nested too deep. Write `key: value` lines.")) from error
    if not isinstance(node, yaml.MappingNode):
        raise BadPost(path, gettext("The front matter is a list of `key: value` lines, like title: A title."), line=2)
    return [_yaml_entry(key, value) for key, value in node.value]


def _yaml_entry(key: "yaml.Node", value: "yaml.Node") -> Entry:
    import yaml

    name = key.value if isinstance(key, yaml.ScalarNode) else "?"
    line = key.start_mark.line + 2
    if value.tag not in YAML_TAGS:
        sentence = gettext(
            "{key} has the tag {tag!r}, which is not read here. Write a plain text.", key=name, tag=value.tag
        )
        return Entry(name, line, None, sentence)
    return Entry(name, line, _yaml_value(value, MOST_DEEP))


def _yaml_value(node: "yaml.Node", depth: int) -> Any:
    """Return a scalar as it is written, and lists and mappings of them; what is deeper is an empty list."""
    import yaml

    if depth == 0:
        return []
    if isinstance(node, yaml.SequenceNode):
        return [_yaml_value(item, depth - 1) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return {
            key.value: _yaml_value(value, depth - 1) for key, value in node.value if isinstance(key, yaml.ScalarNode)
        }
    return None if node.tag.endswith(":null") else node.value


def _toml(text: str, path: str) -> list[Entry]:
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"line (\d+)", str(error))
        sentence = gettext(
            "The front matter is no valid TOML ({problem}).", problem=re.sub(r" \(at .*\)", "", str(error))
        )
        raise BadPost(path, sentence, line=int(found[1]) + 1 if found else None) from error
    return [Entry(key, _line_of(key, text) + 1, written(value)) for key, value in values.items()]


def _json(text: str, path: str) -> tuple[list[Entry], str]:
    try:
        values, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        sentence = gettext("The front matter is no valid JSON ({problem}).", problem=getattr(error, "msg", str(error)))
        raise BadPost(path, sentence, line=line) from error
    entries = [Entry(key, _line_of(f'"{key}"', text), written(value)) for key, value in values.items()]
    return entries, text[end:].lstrip("\n")


def _lines(text: str) -> tuple[list[Entry], str] | None:
    """Read a head as Pelican has it: lines up to the first empty one, a title among them; None when it is none."""
    entries: list[Entry] = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if not line.strip():
            break
        if found := HEAD_LINE.fullmatch(line):
            entries.append(Entry(found[1].strip(), number + 1, (found[2] or "").strip() or None))
        elif entries and line.startswith("    "):
            last = entries[-1]
            entries[-1] = last._replace(value=f"{last.value or ''} {line.strip()}".strip())
        else:
            return None
    if not any(entry.name.lower() == "title" for entry in entries):
        return None
    return entries, "\n".join(lines[number:]).lstrip("\n")


def _line_of(key: str, text: str) -> int:
    found = re.search(rf"^[ \t{{,]*{re.escape(key)}[ \t]*[=:]", text, re.MULTILINE)
    return text[: found.start()].count("\n") + 1 if found else 1


def written(value: Any, depth: int = MOST_DEEP) -> Any:
    """Return a value of TOML or JSON as it would be written in YAML."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, list):
        return [written(item, depth - 1) for item in value] if depth else []
    if isinstance(value, dict):
        return {str(key): written(item, depth - 1) for key, item in value.items()} if depth else {}
    return str(value)
