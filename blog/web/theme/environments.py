"""The engine's templates, and a site's own over them: made in a sandbox, and what breaks in one told with its line."""

import traceback
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FunctionLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateNotFound,
)
from jinja2.exceptions import TemplateError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from blog.errors import BadLook
from blog.web.theme.files import ENGINE

# Whatever a template can bring about; it is told, and another page stands in.
FAULTS = (TemplateError, ArithmeticError, AttributeError, LookupError, MemoryError, RuntimeError, TypeError, ValueError)


def engine_only(known: Mapping[str, Any]) -> Environment:
    return _set_up(Environment, PackageLoader("blog.web"), known)


def over_engine(folder: Path, templates: Mapping[str, str], known: Mapping[str, Any]) -> Environment:
    """Return the site's own templates over the engine's; they see what a page is made of, and reach nothing else."""

    def own(name: str) -> tuple[str, str, None] | None:
        return (templates[name], str(folder / name), None) if name in templates else None

    engine = PackageLoader("blog.web")
    loaders = [FunctionLoader(own), engine, PrefixLoader({ENGINE.rstrip("/"): engine})]
    return _set_up(ImmutableSandboxedEnvironment, ChoiceLoader(loaders), known)


def _set_up(kind: type[Environment], loader: BaseLoader, known: Mapping[str, Any]) -> Environment:
    made = kind(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals |= known
    return made


def fault(error: Exception, template: str, folder: Path, known: Mapping[str, Any]) -> BadLook:
    """Say what broke in which template of the site's own, and on which line, when a page was made."""
    sentence = _sentence(error, known)
    for step in reversed(traceback.extract_tb(error.__traceback__)):
        if Path(step.filename).is_relative_to(folder):
            return BadLook(
                f"../templates/{Path(step.filename).relative_to(folder).as_posix()}", sentence, line=step.lineno
            )
    return BadLook("../templates", f"With these templates {template} makes no page: {sentence}")


def _sentence(error: Exception, known: Mapping[str, Any]) -> str:
    if isinstance(error, TemplateNotFound):
        return f"There is no template {error.name!r}. Write the name of one that is there, or take the line out."
    said = (str(error) or type(error).__name__).rstrip(".")
    if isinstance(error, UndefinedError):
        name = said.split("'")[1] if said.startswith("'") else ""
        near = get_close_matches(name, known, n=1)
        return f"{said}. {f'Did you mean {near[0]}?' if near else 'Write a name that this page has, or take it out.'}"
    return f"{said}. Mend the line, or take the file away to have the engine's own page."
