"""The HTML of every page, in every state, as the server sends it: a strict parser, and the validator of the W3C."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import html5lib
import pytest

from tests.browser.conftest import Stage, Visitor
from tests.browser.states import NAMES, STATES, State

VNU = "26.9.27"
# What the validator says of pages that are right, each with the reason why they are.
FALSE_ALARMS: dict[str, str] = {}


@pytest.mark.parametrize("state", STATES, ids=NAMES)
def test_a_strict_parser_finds_no_error(visit: Visitor, stage: Stage, state: State) -> None:
    html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html_of(state, visit, stage))


def test_the_validator_finds_no_error(
    visit: Visitor, stage: Stage, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    jar = validator(pytestconfig)
    for place, state in enumerate(STATES):
        (tmp_path / f"{place:02}.html").write_text(html_of(state, visit, stage), "utf-8")
    done = subprocess.run(
        ["java", "-Xss1m", "-jar", str(jar), "--format", "json", "--stdout", "--exit-zero-always", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found = told(json.loads(done.stdout)["messages"])
    assert not found, "\n".join(found)


def html_of(state: State, visit: Visitor, stage: Stage) -> str:
    if state.name not in stage.documents:
        visit(state)
    return stage.documents[state.name]


def told(messages: list[dict[str, str]]) -> list[str]:
    """Return errors and warnings as sentences, each once, with the first state that has it."""
    said: dict[str, str] = {}
    for message in messages:
        if any(re.search(alarm, message["message"]) for alarm in FALSE_ALARMS):
            continue
        name = NAMES[int(Path(message["url"]).stem)]
        said.setdefault(message["message"], f"{name}: {message['message']} … {message.get('extract', '')}")
    return list(said.values())


def validator(config: pytest.Config) -> Path:
    """Return the validator's jar, fetched once from npm and kept beside pytest's cache; skip where that cannot be."""
    if not shutil.which("java"):
        pytest.skip("There is no Java here, which the HTML validator needs.")
    folder = config.rootpath / ".pytest_cache" / f"vnu-{VNU}"
    if not (found := sorted(folder.rglob("vnu.jar"))):
        if not shutil.which("npm"):
            pytest.skip("There is no npm here to fetch the HTML validator with.")
        done = subprocess.run(
            [
                "npm",
                "install",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--prefix",
                str(folder),
                f"vnu-jar@{VNU}",
            ],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            pytest.skip(f"npm could not fetch the HTML validator: {done.stderr.strip().splitlines()[-1:]}")
        found = sorted(folder.rglob("vnu.jar"))
    return found[0]
