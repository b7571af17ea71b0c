"""What a template writes out, escaped without a Markup around each value: nothing asks for one within a page.

A page of a hundred comments writes nine hundred values. `markupsafe.escape` spends nine tenths of its time on making
each a Markup, which Jinja then joins as the text it is. Macros and blocks are made Markup as a whole, as ever.
"""

from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup, escape

try:
    from markupsafe import _escape_inner as _escape  # type: ignore[attr-defined]
except ImportError:  # MarkupSafe before 3 escapes in one step
    _escape = escape


def written(value: Any) -> str:
    """Return a value as it stands in HTML: what `escape` returns, which may be a plain text here."""
    kind = type(value)
    if kind is str:
        escaped: str = _escape(value)
        return escaped
    if kind is Markup:
        text: str = value
        return text
    return str(value) if kind is int else escape(value)


class Escaping(CodeGenerator):
    """Jinja's writer of Python, which lets what is written out go through `written`."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.written(")
