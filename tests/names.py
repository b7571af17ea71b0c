"""Names that people have, to look for two that the site would take for one: given names, and each with family names."""

from pathlib import Path

GIVEN, FAMILY = (part.split() for part in Path(__file__).with_suffix(".txt").read_text("utf-8").split("\n\n"))
NAMES = [*GIVEN, *(f"{given} {family}" for given in GIVEN for family in FAMILY)]
