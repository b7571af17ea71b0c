"""Make the table of look-alike characters anew: `python -m tests.confusables confusables.txt`.

Unicode publishes that file with each version, at https://www.unicode.org/Public/security/latest/confusables.txt.
"""

import re
import sys
from collections import defaultdict
from pathlib import Path

TABLE = Path(__file__).parents[1] / "blog" / "confusables.txt"
ENTRY = re.compile(r"([0-9A-F]+)\s*;\s*([0-9A-F ]+?)\s*;")


def table(published: str, heading: str) -> str:
    """Return the table under its heading: in each line what the characters look like, then these characters."""
    alike: dict[str, list[str]] = defaultdict(list)
    for line in published.splitlines():
        if entry := ENTRY.match(line):
            alike[entry[2]].append(entry[1])
    return heading + "".join(f"{looks};{' '.join(characters)}\n" for looks, characters in alike.items())


if __name__ == "__main__":
    heading = re.match(r"(#.*\n)*", TABLE.read_text("utf-8"))
    made = table(Path(sys.argv[1]).read_text("utf-8-sig"), heading[0] if heading else "")
    TABLE.write_text(made, "utf-8")
    sys.stdout.write(f"{TABLE}: write the new version of Unicode into its heading.\n")
