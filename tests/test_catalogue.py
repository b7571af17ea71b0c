"""Every sentence that people read goes whole through gettext, and is found by the tools that collect sentences."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from blog import errors

BLOG = Path(errors.__file__).parent
MARKS = {"gettext": (0,), "ngettext": (0, 1), "plural_form": (0, 1), "N_": (0,)}
ERRORS = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}
SAID = ERRORS | {
    "UsageError",
    "Unreadable",
    "echo",
    "confirm",
    "prompt",
    "say_error",
    "say_batch",
    "with_undo",
    "option",
}
WORDS = re.compile(r"[^\W\d_]{2,}[,:;.…]? [^\W\d_]|^[A-Z“].*[.?…]$")


def _rooms() -> list[Path]:
    return sorted(BLOG.rglob("*.py"))


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _text(node: ast.AST) -> str | None:
    """Return the fixed words of a text, with a blank for each place in it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(each.value if isinstance(each, ast.Constant) else " " for each in node.values)  # type: ignore[misc]
    return None


def _bare(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the texts with words below a node that are not marked; keys of dictionaries are no texts."""
    if isinstance(node, ast.Call) and _name(node) in MARKS:
        return
    text = _text(node)
    if text is not None:
        if WORDS.search(text):
            yield node
        return
    children = node.values if isinstance(node, ast.Dict) else ast.iter_child_nodes(node)
    for child in children:
        yield from _bare(child)


@pytest.mark.parametrize("path", _rooms(), ids=lambda path: str(path.relative_to(BLOG)))
def test_what_is_raised_printed_or_shown_as_help_goes_through_gettext(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    said = [call for call in calls if _name(call) in SAID]
    bare = [each for call in said for part in (*call.args, *call.keywords) for each in _bare(part)]
    assert [f"line {each.lineno}: {ast.unparse(each)}" for each in bare] == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", _rooms(), ids=lambda path: str(path.relative_to(BLOG)))
def test_what_an_act_says_goes_through_gettext(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    said = {"sentence", "undone", "event", "decided", "done", "doing"}
    parts = [
        part.value for call in calls if _name(call) in ("Act", "_act") for part in call.keywords if part.arg in said
    ]
    parts += [part for call in calls if _name(call) in ("Group", "Wording") for part in call.args[1:3]]
    assert [ast.unparse(each) for part in parts for each in _bare(part)] == []


def _marked() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(BLOG.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _name(node) in MARKS and path.name != "wording.py":
                yield f"{path.relative_to(BLOG)}, line {node.lineno}", node


def _marked_here() -> Iterator[tuple[str, ast.Call]]:
    """Yield the calls outside of the web, which hands scripts sentences whose places are still empty."""
    return ((where, call) for where, call in _marked() if not where.startswith("web/"))


def test_no_sentence_is_put_together_before_it_is_looked_up() -> None:
    pieces = [
        where
        for where, call in _marked()
        for argument in call.args[: len(MARKS[_name(call)])]
        if isinstance(argument, ast.JoinedStr | ast.BinOp)
    ]
    assert pieces == []


def test_the_forms_of_a_counted_sentence_stand_in_the_call_that_marks_them() -> None:
    hidden = [
        where
        for where, call in _marked_here()
        if _name(call) in ("ngettext", "plural_form", "N_")
        and not all(isinstance(call.args[at], ast.Constant) for at in MARKS[_name(call)])
    ]
    assert hidden == []


def test_every_place_of_a_sentence_has_its_value_and_every_value_its_place() -> None:
    wrong = []
    for where, call in _marked():
        if _name(call) in ("N_", "plural_form") or any(keyword.arg is None for keyword in call.keywords):
            continue
        values = {str(keyword.arg) for keyword in call.keywords}
        for at in MARKS[_name(call)]:
            text = _text(call.args[at]) if isinstance(call.args[at], ast.Constant) else None
            if text is None or (_name(call) == "gettext" and not values):
                continue
            places = {field for _, field, _, _ in Formatter().parse(text) if field is not None} - {"n"} | (
                {"n"} if "n" in values else set()
            )
            if places - values or (values - places and _name(call) == "gettext"):
                wrong.append(f"{where}: {text}")
    assert wrong == []


def test_a_sentence_without_values_has_no_places() -> None:
    wrong = [
        where
        for where, call in _marked_here()
        if _name(call) == "gettext" and not call.keywords and re.search(r"\{\w+\}", str(_text(call.args[0])))
    ]
    assert wrong == []
