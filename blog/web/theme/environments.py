"""The Jinja environments: of the engine's templates, and of a site's own over them, which run in a sandbox.

Their sentences come from the catalogue, in the language of whoever reads (`blog/wording.py`). A sentence of the
catalogue is plain text: it is escaped, and so is each value at its places that is not markup made by a template.
"""

import traceback
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Any

from jinja2 import (
    BaseLoader,
    BytecodeCache,
    ChoiceLoader,
    Environment,
    FunctionLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateNotFound,
)
from jinja2.bccache import Bucket
from jinja2.exceptions import TemplateError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from blog import wording
from blog.errors import BadLook
from blog.rendering.typesetting import is_from_right
from blog.web.theme.files import ENGINE

# Whatever a template can raise; it is reported, and the engine's template is used instead.
FAULTS = (TemplateError, ArithmeticError, AttributeError, LookupError, MemoryError, RuntimeError, TypeError, ValueError)


class CompiledTemplates(BytecodeCache):
    """What was compiled in this process: when one of a site's own templates changes, the others need not be again."""

    def __init__(self) -> None:
        self._compiled: dict[str, tuple[str, CodeType | None]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._compiled.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = (bucket.checksum, bucket.code)


# Templates of the sandbox are compiled to other code.
COMPILED = {Environment: CompiledTemplates(), ImmutableSandboxedEnvironment: CompiledTemplates()}


def engine_only(variables: Mapping[str, Any]) -> Environment:
    return _set_up(Environment, PackageLoader("blog.web"), variables)


def over_engine(folder: Path, templates: Mapping[str, str], variables: Mapping[str, Any]) -> Environment:
    """Return the site's own templates over the engine's, in a sandbox that shows them only the page's variables."""

    def own(name: str) -> tuple[str, str, None] | None:
        return (templates[name], str(folder / name), None) if name in templates else None

    engine = PackageLoader("blog.web")
    loaders = [FunctionLoader(own), engine, PrefixLoader({ENGINE.rstrip("/"): engine})]
    return _set_up(ImmutableSandboxedEnvironment, ChoiceLoader(loaders), variables)


def _set_up(kind: type[Environment], loader: BaseLoader, variables: Mapping[str, Any]) -> Environment:
    environment = kind(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=COMPILED[kind],
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    # Its methods are added by the extension, so mypy does not know them.
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        _gettext, _ngettext, newstyle=True, pgettext=_pgettext
    )
    environment.globals |= {
        "number": wording.number,
        "listed": _listed,
        "facts": _facts,
        "language": wording.tag,
        "direction": _direction,
        **variables,
    }
    return environment


def _direction() -> str:
    return "rtl" if is_from_right(wording.tag()) else "ltr"


def _gettext(message: str) -> Markup:
    return _escaped(wording.gettext(message))


def _pgettext(context: str, message: str) -> Markup:
    return _escaped(wording.pgettext(context, message))


def _ngettext(one: str, many: str, n: int) -> Markup:
    """Return the sentence for a count; at its place `n` it gets the number as people write it."""
    return Markup(_escaped(wording.plural_form(one, many, n)).replace("%(n)s", wording.number(n)))


def _listed(parts: Iterable[object]) -> Markup:
    """Write a list of words, or of links: a, b and c."""
    return Markup(wording.listed(map(escape, parts)))


def _facts(parts: Iterable[object]) -> Markup:
    """Write facts side by side, without the empty ones: a, b, c."""
    return Markup(wording.facts(escape(part) for part in parts if part))


_escaped = lru_cache(4_096)(escape)  # the sentences of the catalogue are fewer


def fault(error: Exception, template: str, folder: Path, variables: Mapping[str, Any]) -> BadLook:
    """Describe the error of a site's own template, with its file and line."""
    sentence = _sentence(error, variables)
    for step in reversed(traceback.extract_tb(error.__traceback__)):
        if Path(step.filename).is_relative_to(folder):
            return BadLook(
                f"../templates/{Path(step.filename).relative_to(folder).as_posix()}", sentence, line=step.lineno
            )
    return BadLook(
        "../templates",
        wording.gettext("With these templates {template} makes no page. {why}", template=template, why=sentence),
    )


def _sentence(error: Exception, variables: Mapping[str, Any]) -> str:
    if isinstance(error, TemplateNotFound):
        return wording.gettext(
            "There is no template “{name}”. Write the name of an existing one, or remove the line.", name=error.name
        )
    message = (str(error) or type(error).__name__).rstrip(".")
    if isinstance(error, UndefinedError):
        name = message.split("'")[1] if message.startswith("'") else ""
        near = get_close_matches(name, variables, n=1)
        if near:
            return wording.gettext("{why}. Did you mean {name}?", why=message, name=near[0])
        return wording.gettext("{why}. Use a name that this page has, or remove it.", why=message)
    return wording.gettext("{why}. Correct it, or remove the file to use the engine's own template.", why=message)
