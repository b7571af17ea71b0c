"""The docs, held to the code: every command, option, setting, rule, reason and key is in them, and no other."""

import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest

from blog import reserved, rules
from blog.cli import load
from blog.closing import MODES
from blog.comments import LIMITS
from blog.moderation import LISTED, STATUSES, Decision
from blog.moderation.purging import DELETED_DAYS
from blog.people import passwords
from blog.people.accounts import ROLES
from blog.people.throttle import FREE
from blog.posts.front_matter import KEYS
from blog.rules import NAMES, RULES, policy
from blog.rules.policy import Policy
from blog.rules.policy_words import WORDINGS
from blog.rules.verdict import Action
from blog.settings import TABLES, Settings
from blog.web.admin.access import OWN_POSTS_ONLY, ROLE_PERMISSIONS
from blog.web.middleware import bodies
from blog.web.middleware.limits import RATES
from tests.rules import verdicts
from tests.rules.verdicts import SPEAKS

ROOT = Path(__file__).parent.parent
DOCS = {
    path.name: path for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
}
TEXTS = {name: path.read_text("utf-8") for name, path in DOCS.items()}
COMMANDS, MODERATING, STARTED = TEXTS["commands.md"], TEXTS["moderating.md"], TEXTS["getting-started.md"]
WRITING, PRIVACY = TEXTS["writing-posts.md"], TEXTS["privacy.md"]


def _sections(text: str, level: int) -> dict[str, str]:
    """Return the text beneath each heading of a level, up to the next heading of it or of a higher one."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    parts = re.split(rf"^#{{1,{level}}} (?!#)", text, flags=re.MULTILINE)
    headed = re.findall(rf"^(#{{1,{level}}}) (.+)$", text, flags=re.MULTILINE)
    found = zip(headed, parts[1:], strict=True)
    return {heading: part for (signs, heading), part in found if len(signs) == level}


def _table(text: str) -> list[list[str]]:
    """Return the cells of all rows of a text's tables, without the heads' rules."""
    rows = [line.strip().strip("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)] for row in rows if set(row) - set("|- ")]


# Commands


def _commands(group: click.Group, *above: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, *above, name)
        else:
            yield (*above, name), command


TOLD = {
    tuple(re.findall(r"(?<= )[a-z][a-z0-9-]*", heading.split("`")[1].partition("[")[0])): part
    for heading, part in _sections(COMMANDS, 3).items()
}


def test_every_command_has_its_heading_and_no_other() -> None:
    assert set(TOLD) == {path for path, _ in _commands(load())}


@pytest.mark.parametrize(
    ("path", "command"), [pytest.param(path, command, id=" ".join(path)) for path, command in _commands(load())]
)
def test_every_option_is_told_with_its_default_and_no_other(path: tuple[str, ...], command: click.Command) -> None:
    options = [param for param in command.params if isinstance(param, click.Option)]
    told = TOLD[path]
    assert set(re.findall(r"`(--[a-z-]+)", told)) - {"--site"} == {option.opts[0] for option in options} - {"--site"}
    for option in options:
        if option.show_default is True:
            default = re.escape(str(option.default))
            assert re.search(rf"{option.opts[0]}\b[^|]*?(\| |default ){default}\b", told), option.name


def test_the_words_of_a_choice_are_told() -> None:
    for path, command in _commands(load()):
        for param in command.params:
            for word in param.type.choices if isinstance(param.type, click.Choice) else ():
                assert f"`{word}`" in TOLD[path]


@pytest.mark.parametrize("name", TEXTS)
def test_no_text_names_a_command_that_there_is_not(name: str) -> None:
    known = {path[:length] for path, _ in _commands(load()) for length in (1, 2)} | {("COMMAND",), ("[--site",)}
    code = re.findall(r"```\n(.*?)```|`([^`\n]+)`", TEXTS[name], flags=re.DOTALL)
    lines = [line for pair in code for line in "".join(pair).splitlines()]
    for line in lines:
        if found := re.match(r"(?:\S*/)?blog (?:--site \S+ )?(\S+)(?: (page))?", line):
            words = tuple(word for word in found.groups() if word)
            assert words in known or words[:1] in {("--version",), ("--help",)}, line


def test_the_exit_codes_are_told() -> None:
    assert [row[0] for row in _table(COMMANDS)[1:4]] == ["0", "1", "2"]


# Settings and rules


def test_every_setting_is_told_with_its_default_and_no_other() -> None:
    rows = {row[0].strip("`"): row[1] for row in _table(_sections(MODERATING, 2)["The settings"])[1:]}
    defaults = {name: policy.value_text(Policy(), name).replace("\n", "<br>") for name in WORDINGS}
    assert rows == {name: default or "empty" for name, default in defaults.items()}
    assert set(WORDINGS) == {field.name for field in fields(Policy)}


def test_the_limits_of_settings_are_told() -> None:
    told = {row[0].strip("`"): row[2] for row in _table(_sections(MODERATING, 2)["The settings"])[1:]}
    for name, wording in WORDINGS.items():
        assert wording.low == 0 or f"{wording.low} to {wording.high}" in told[name]
        assert all(f"`{choice}`" in told[name] for choice in wording.choices)


def test_every_rule_has_its_heading_in_the_order_in_which_it_is_asked() -> None:
    assert [heading.strip("`") for heading in _sections(_sections(MODERATING, 2)["The rules"], 3)] == list(NAMES)


@pytest.mark.parametrize(("name", "rule"), list(zip(NAMES, RULES, strict=True)), ids=NAMES)
def test_every_rule_is_told_with_its_reasons(name: str, rule: Any) -> None:
    quoted = re.findall(r"^> (.+)$", _sections(MODERATING, 3)[f"`{name}`"], flags=re.MULTILINE)
    assert quoted == [rule.sentence(rule.judge(submission).facts) for submission in SPEAKS[name]]


def test_the_page_of_verdicts_is_what_the_rules_say() -> None:
    assert TEXTS["verdicts.md"] == verdicts.page(), "Write it anew: python -m tests.rules.verdicts"


def test_statuses_decisions_and_roles_are_told() -> None:
    assert [row[0] for row in _table(_sections(MODERATING, 2)["The statuses of a comment"])[1:]] == [
        f"`{status}`" for status in ("approved", "pending", "spam", "trash")
    ]
    assert set(STATUSES) == {"approved", "pending", "spam", "trash"} == set(LISTED) - {"all"}
    rows = {row[0].strip("`"): row[1] for row in _table(_sections(MODERATING, 2)["The decisions"])[1:]}
    assert set(rows) == set(Decision)
    assert all(Decision(name).status in rows[name] for name in rows if name != "restore")
    may = {row[0].strip("`"): row[1:] for row in _table(_sections(MODERATING, 2)["Who may do what"])[1:]}
    rights = ("moderate", "close", "site", "publish", "settings", "users")
    said = {role: ["yes" if right in ROLE_PERMISSIONS[role] else "no" for right in rights] for role in ROLES}
    assert may == {**said, "author": ["on own posts", "of own posts", "no", "own posts", "no", "no"]}
    assert {"author"} == OWN_POSTS_ONLY
    assert ROLE_PERMISSIONS["author"] == {"self", "moderate", "close", "publish"}


def test_the_limits_of_a_comment_are_told() -> None:
    assert all(f"{most:,}" in _sections(MODERATING, 2)["Refused comments"] for most in LIMITS.values())
    low, high = passwords.LENGTH
    assert f"{low} to {high} characters" in COMMANDS
    assert all(f"{DELETED_DAYS} days" in text for text in (COMMANDS, MODERATING, PRIVACY))


def test_the_keys_of_the_desk_are_told() -> None:
    script = (ROOT / "static" / "admin.js").read_text("utf-8")
    block = script[script.index("const bindings = {") : script.index("// A key must not")]
    bound = set(re.findall(r'^  "?([a-z/?]|Enter)"?: ', block, flags=re.MULTILINE | re.IGNORECASE))
    bound |= set(re.findall(r'(\w): "\w+"', block))
    bound = {key.lower() if len(key) == 1 else key for key in bound}
    page = (ROOT / "blog" / "web" / "templates" / "admin" / "keys.html").read_text("utf-8")
    listed = {
        key
        for keys in re.findall(r'^      \(\[(.+?)\], _\("', page, flags=re.MULTILINE)
        for key in re.findall(r'"(.+?)"', keys)
    }
    told = {key for row in _table(_sections(MODERATING, 3)["Keys"])[1:] for key in re.findall(r"`(.+?)`", row[0])}
    digits = {"0", "1", "9"}  # `onDigit`
    palette = {"K"}  # static/palette.js
    assert bound | digits | palette | {"Shift", "Ctrl", "Esc"} == told == listed


# The glossary

FILTER_MODES = WORDINGS["filter_mode"].choices
TERMS = {row[0] for row in _table(TEXTS["glossary.md"]) if row[0] != "term"}
EVERYDAY = {
    "approvals",
    "closing",
    "for",
    "order",
    "at",
    "close",
    "days",
    "default",
    "depth",
    "domain",
    "email",
    "empty",
    "flag",
    "ping",
    "pingback",
    "hours",
    "ip",
    "keep",
    "limit",
    "max",
    "minutes",
    "name",
    "needed",
    "old",
    "per",
    "previously",
    "require",
    "seconds",
}
SYNONYMS = {  # what a heading says instead: the term of the glossary
    "article": "post",
    "back end": "desk",
    "blacklist": "disallowed keys",
    "dashboard": "desk",
    "moderation list": "queue",
    "preferences": "setting",
    "talk": "discussion",
    "telephone": "phone",
    "thought": "comment",
    "visitor": "reader",
    "waiting list": "queue",
}


def test_the_glossary_has_every_status_decision_verdict_mode_role_and_state() -> None:
    words = {
        *STATUSES,
        *Decision,
        *Action,
        *MODES,
        *ROLES,
        *FILTER_MODES,
        "draft",
        "published",
        "scheduled",
        "withdrawn",
    }
    assert words - TERMS == set()


def test_the_glossary_has_the_words_of_every_setting() -> None:
    words = {word for name in WORDINGS for word in name.split("_")} - EVERYDAY
    known = {word.removesuffix("s") for term in TERMS for word in re.split(r"[ -]", term)}
    unknown = {word for word in words if word.removesuffix("s") not in known}
    assert unknown == set()


def test_each_term_of_the_glossary_has_one_meaning_and_stands_in_its_place() -> None:
    for part in _sections(TEXTS["glossary.md"], 2).values():
        terms = [row[0] for row in _table(part)[1:]]
        assert terms == sorted(terms)
    rows = [row[0] for row in _table(TEXTS["glossary.md"]) if row[0] != "term"]
    assert len(rows) == len(set(rows))


@pytest.mark.parametrize("name", [name for name in TEXTS if name != "architecture.md"])
def test_headings_use_the_terms_of_the_glossary(name: str) -> None:
    prose = re.sub(r"```.*?```", "", TEXTS[name], flags=re.DOTALL)
    for heading in re.findall(r"^#+ (.+)$", prose, flags=re.MULTILINE):
        for banned, term in SYNONYMS.items():
            assert not re.search(rf"\b{banned}s?\b", heading.lower()), f"{heading!r}: say {term!r}, not {banned!r}"


# Files and folders


def test_every_setting_of_an_installation_is_told_with_its_default() -> None:
    rows = {
        row[0].strip("`"): row[1].strip("`")
        for row in _table(_sections(STARTED, 2)["The settings of an installation"])[1:]
    }
    defaults = {field.name: field.default for field in fields(Settings) if field.name not in ("root", *TABLES)}
    assert rows == {name: _written(value) for name, value in defaults.items()}


def _written(default: object) -> str:
    """Return a default as it is written in TOML."""
    if default == ():
        return "[]"
    if isinstance(default, bool):
        return str(default).lower()
    return str(default) if isinstance(default, int) else f'"{default}"'


def test_every_key_of_front_matter_is_told_and_no_other() -> None:
    rows = [row[0].strip("`") for row in _table(_sections(WRITING, 2)["Front matter"])[1:]]
    assert rows == list(KEYS)


def test_every_reserved_address_is_told() -> None:
    assert all(f"`{slug}`" in _sections(WRITING, 3)["Addresses"] for slug in reserved.WORDS)


def test_every_module_has_its_place_in_the_architecture() -> None:
    told = set(re.findall(r"`(blog/[\w/.]+)`", _sections(TEXTS["architecture.md"], 2)["The layers"]))
    there = {f"blog/{path.name}{'/' if path.is_dir() else ''}" for path in (ROOT / "blog").iterdir()}
    there = {name for name in there if not name.startswith("blog/_")}
    assert there - told == set()
    assert {name for name in told if not (ROOT / name).exists()} == set()


@pytest.mark.parametrize("name", TEXTS)
def test_links_lead_to_files_and_headings_that_are_there(name: str) -> None:
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", TEXTS[name], flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose) + re.findall(r'src="([^"]+)"', prose):
        path, _, heading = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (DOCS[name].parent / path).resolve() if path else DOCS[name]
        assert file.is_file(), target
        if heading:
            assert heading in {
                _anchor(line) for line in re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
            }


def test_every_picture_is_shown_in_the_tour_and_no_other() -> None:
    shown = re.findall(r"screenshots/([\w-]+\.png)", TEXTS["tour.md"])
    assert sorted(shown) == sorted(path.name for path in (ROOT / "docs" / "screenshots").iterdir())


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("name", TEXTS)
def test_files_that_are_named_are_there(name: str) -> None:
    named = re.findall(r"`((?:blog|tests|docs|static)/[\w/.-]+)`", TEXTS[name])
    example = {"blog/rules/shouting.py", "tests/rules/test_shouting.py", "static/custom.css"}
    assert {path for path in named if not (ROOT / path).exists()} - example == set()


def test_every_function_of_the_walks_is_there() -> None:
    named = re.findall(r"`([\w/]+\.py): ([\w.]+)`", TEXTS["architecture.md"])
    assert len(named) > 12
    for file, function in named:
        code = (ROOT / "blog" / file).read_text("utf-8")
        defined = rf"^ *(async )?def {function.rpartition('.')[2]}\("
        assert re.search(defined, code, flags=re.MULTILINE), (file, function)


def test_ci_runs_the_tests_by_make_test_and_prints_nothing_after_them() -> None:
    assert (ROOT / ".ci" / "run").read_text("utf-8").splitlines()[-2:] == ["make style", "make test"]


def test_every_target_of_make_that_is_named_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE))
    named = {
        pair
        for text in TEXTS.values()
        for pair in re.findall(r"^make ([a-z-]+)(?: +#.*)?$|`make ([a-z-]+)`", text, re.M)
    }
    assert {word for pair in named for word in pair if word} <= targets


@pytest.mark.parametrize("name", TEXTS)
def test_no_text_names_a_place_of_the_machine_it_was_written_on(name: str) -> None:
    assert not re.search(r"(?<![\w.])/(?:work|tmp|home|root)/", TEXTS[name])


def test_every_requirement_of_the_standard_has_its_test_or_its_reason() -> None:
    rows = _table(_sections(TEXTS["security.md"], 2)["OWASP ASVS 5.0, level 1"])[1:]
    assert len(rows) == len({row[0] for row in rows}) == 70
    applying = [row for row in rows if row[2] != "does not apply"]
    assert f"Of the 70 requirements {len(applying)} apply" in TEXTS["security.md"]
    for number, said, test in applying:
        path, _, name = test.strip("`").partition("::")
        assert said, number
        assert re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text("utf-8"), re.MULTILINE), (number, test)


def test_the_limits_of_networks_are_told() -> None:
    text = _sections(TEXTS["security.md"], 2)["Limits"]
    burst, pace = RATES["login"]
    assert f"{burst} at once, then one in {1 / pace:.0f} seconds" in text
    assert f"after {FREE['name']} for a name, {FREE['network']} from a network" in text
    assert f"{bodies.FORM.seconds:.0f} for its body" in text


# The example


def test_the_rule_of_the_example_does_what_its_table_says(monkeypatch: pytest.MonkeyPatch) -> None:
    table, rule = re.findall(r"```python\n(.*?)```", TEXTS["CONTRIBUTING.md"], flags=re.DOTALL)
    module = ModuleType("blog.rules.shouting")
    exec(compile(rule, "shouting.py", "exec"), module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(rules, "shouting", module, raising=False)
    written: dict[str, Any] = {}
    exec(compile(table, "test_shouting.py", "exec"), written)
    test = next(value for name, value in written.items() if name.startswith("test_"))
    (mark,) = test.pytestmark
    for case in mark.args[1]:
        test(*case)
    assert {held for _, held in mark.args[1]} == {True, False}
