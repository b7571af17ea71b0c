"""Mutation testing: small changes are made in the code, one by one, and the tests must notice each.

`make mutation` makes all that mutmut knows, `make mutation SAMPLE=40` at most 40 a file, drawn with a fixed seed.
What is changed, and by which tests it is looked at, stands in pyproject.toml. What no test noticed is listed in
mutants/survivors.txt; tests/mutation.md says how to read the list.
"""

import json
import os
import random
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
MUTANTS = ROOT / "mutants"
WANTED = 0.85
KILLED = (1, 3, 24, -24, 36, 152, 255)  # a failed test, an error in pytest, a time limit


def mutmut(*names: str) -> None:
    """Run mutmut over some mutants, or all, in one process; tests and code are those of its copy of the tree."""
    quiet = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(
        [sys.executable, "-m", "mutmut", "run", "--max-children", "1", *names], cwd=ROOT, env=quiet, check=False
    )


def results() -> dict[str, dict[str, int | None]]:
    """Return for each file that was changed its mutants, with what their tests ended with (None: not run)."""
    found = {}
    for path in sorted(MUTANTS.rglob("*.meta")):
        if mutants := json.loads(path.read_text("utf-8"))["exit_code_by_key"]:
            found[path.relative_to(MUTANTS).with_suffix("").as_posix()] = mutants
    return found


def sample(count: int) -> list[str]:
    chosen = random.Random(20)
    return [name for mutants in results().values() for name in chosen.sample(sorted(mutants), min(count, len(mutants)))]


def report() -> tuple[str, float]:
    """Return a table of the files, with the mutants that survived, and the share of those run that were killed."""
    ran, killed, lines, survivors = defaultdict(int), defaultdict(int), [], []
    for file, mutants in results().items():
        for name, code in mutants.items():
            ran[file] += code is not None
            killed[file] += code in KILLED
            if code is not None and code not in KILLED:
                survivors.append(name)
        if ran[file]:
            lines.append(f"{file}: {killed[file]} of {ran[file]} killed ({len(mutants)} in all)")
    share = sum(killed.values()) / max(sum(ran.values()), 1)
    lines.append(f"all: {sum(killed.values())} of {sum(ran.values())} killed, {share:.1%}")
    return "\n".join([*lines, "", "survived:", *survivors, ""]), share


def main(count: str = "") -> int:
    if count:
        mutmut("blog.rules.staff.*")  # makes all mutants, and finds out which tests look at which function
        mutmut(*sample(int(count)))
    else:
        mutmut()
    text, share = report()
    (MUTANTS / "survivors.txt").write_text(text, "utf-8")
    sys.stdout.write(text)
    return int(share < WANTED)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
