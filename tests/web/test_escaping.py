"""Templates write what Jinja itself would write, in ours and in a site's own."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment, StrictUndefined, UndefinedError
from markupsafe import Markup, escape

from blog.web import escaping, own
from blog.web.escaping import written


class Word(str):
    __slots__ = ()


class Drawn:
    def __html__(self) -> str:
        return "<svg>"


class Named(dict[str, Any]):
    title = "an attribute"


KNOWN: dict[str, Any] = {
    "text": "<b> & 'q' \"q\"",
    "safe": Markup("<i>&amp;</i>"),
    "number": 5,
    "none": None,
    "drawn": Drawn(),
    "rows": [{"title": "<1>", "keys": 0}, Named(title="an item"), [7]],
}
WRITTEN = {
    "values": "{{ text }}{{ safe }}{{ number }}{{ none }}{{ drawn }}{{ 1.5 }}{{ true }}{{ text|safe }}{{ text|e }}",
    "a macro": "{% macro m(x) %}<p>{{ x }}</p>{{ caller() if caller }}{% endmacro %}{{ m(text) }}{{ m(safe) ~ text }}"
    "{% call m(text) %}{{ text }}{% endcall %}",
    "set": "{% set block %}<p>{{ text }}{% endset %}{{ block }}{{ block ~ text }}{{ block|length }}",
    "a filter": "{% filter upper %}{{ text }}{{ safe }}{% endfilter %}{{ [text, safe]|join('<') }}",
    "blocks": "{% extends 'below' %}{% block b %}{{ super() }}{{ self.c() }}{% endblock %}",
    "including": "{% include 'below' %}{% from 'below' import shown %}{{ shown(text) }}",
    "unescaped": "{% autoescape false %}{{ text }}{{ safe }}{% endautoescape %}{{ text }}",
    "told by a value": "{% autoescape number == 5 %}{{ text }}{% endautoescape %}",
    "attributes": "{{ rows[0].title }}{{ rows[1].title }}{{ rows[1]['title'] }}{{ rows[0].keys()|list }}"
    "{{ rows[2].x is defined }}{{ rows[0].x|default('-') }}{{ text.upper() }}",
    "a loop": "{% for row in rows recursive %}{{ loop.index }}{{ row }}{% if row == [7] %}{{ loop(row) }}{% endif %}"
    "{% endfor %}",
}
BELOW = "<{% block b %}{{ text }}{% endblock %}{% block c %}{{ safe }}{% endblock %}"
BELOW += "{% macro shown(x) %}{{ x }}{% endmacro %}"


@pytest.mark.parametrize("kind", [own.EngineEnvironment, own.OwnEnvironment])
@pytest.mark.parametrize("name", WRITTEN)
def test_a_template_writes_what_jinja_writes(kind: type[Environment], name: str) -> None:
    def made(environment: type[Environment]) -> str:
        loader = DictLoader({"it": WRITTEN[name], "below": BELOW})
        return environment(loader=loader, autoescape=True).get_template("it").render(KNOWN)

    assert made(kind) == made(Environment)


@pytest.mark.parametrize("template", ["{{ text.psot }}", "{{ row.psot }}", "{{ psot }}"])
def test_what_is_not_there_is_told(template: str) -> None:
    for kind in (own.EngineEnvironment, own.OwnEnvironment):
        with pytest.raises(UndefinedError, match="psot"):
            kind(autoescape=True, undefined=StrictUndefined).from_string(template).render(text="", row={})


@given(
    st.text() | st.integers() | st.booleans() | st.floats() | st.none() | st.text().map(Markup) | st.text().map(Word)
)
def test_a_value_is_written_as_it_is_escaped(value: Any) -> None:
    assert written(value) == escape(value)


def test_an_older_markupsafe_serves_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(escaping, "_escape", escape)
    assert written("<b>") == "&lt;b&gt;"
