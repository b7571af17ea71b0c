"""The sentences of templates come from the catalogue: in the language of whoever reads, and escaped."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from jinja2 import Environment
from jinja2.exceptions import UndefinedError

from blog import wording
from blog.web.theme import environments
from tests.web.test_pseudo_language import forget_languages

LINK = '{% set link %}<a href="/x">{{ who }}</a>{% endset %}'
SENTENCES = {
    "label": '{{ _("Name") }}',
    "value": "{% trans who %}By {{ who }}.{% endtrans %}",
    "place": LINK + "{% trans link %}Write to {{ link }}.{% endtrans %}",
    "count": "{% trans n=count, who %}One link by {{ who }}.{% pluralize %}{{ n }} links by {{ who }}.{% endtrans %}",
    "trimmed": "{% trans %}\n  Two\n  lines.\n{% endtrans %}",
    "context": '{{ pgettext("verb", "Open") }}',
    "missing": "{% trans nobody %}By {{ nobody }}.{% endtrans %}",
}
ENGLISH = {
    "label": "Name",
    "value": "By &lt;Ana&gt; 100%.",
    "place": 'Write to <a href="/x">&lt;Ana&gt; 100%</a>.',
    "count": "1,200 links by &lt;Ana&gt; 100%.",
    "trimmed": "Two lines.",
    "context": "Open",
}
HOSTILE = {
    "Name": "<script>alert(1)</script>",
    "By %(who)s.": "<b>%(who)s</b>",
    "Write to %(link)s.": '"><img src=x> %(link)s',
    ("One link by %(who)s.", "%(n)s links by %(who)s."): ("<i>%(n)s", "<i>%(n)s %(who)s"),
}
IN_GERMAN = {
    "label": "&lt;script&gt;alert(1)&lt;/script&gt;",
    "value": "&lt;b&gt;&lt;Ana&gt; 100%&lt;/b&gt;",
    "place": '&#34;&gt;&lt;img src=x&gt; <a href="/x">&lt;Ana&gt; 100%</a>',
    "count": "&lt;i&gt;1.200 &lt;Ana&gt; 100%",
    "trimmed": "Two lines.",
    "context": "Öffnen",
}


@pytest.fixture(params=["a site's own", "the engine's"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Environment:
    own = environments.over_engine(tmp_path, SENTENCES, {})
    if request.param == "a site's own":
        return own
    engine = environments.engine_only({})
    engine.loader = own.loader
    return engine


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    catalogue = Catalog(locale="de")
    for message, translation in HOSTILE.items():
        catalogue.add(message, translation)
    catalogue.add("Open", "Öffnen", context="verb")
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "afterword.mo").open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(wording, "CATALOGUES", tmp_path)
    forget_languages()
    yield
    forget_languages()


def render(environment: Environment) -> dict[str, str]:
    return {name: environment.get_template(name).render(who="<Ana> 100%", count=1_200) for name in ENGLISH}


@pytest.mark.usefixtures("german")
def test_a_template_is_compiled_once_and_speaks_the_language_of_whoever_reads(environment: Environment) -> None:
    assert render(environment) == ENGLISH
    with wording.language("de"):
        assert render(environment) == IN_GERMAN
    assert render(environment) == ENGLISH


def test_a_name_that_is_missing_in_a_sentence_is_an_error(environment: Environment) -> None:
    with pytest.raises(UndefinedError, match="nobody"):
        environment.get_template("missing").render()
