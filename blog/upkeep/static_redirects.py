"""The file `_redirects` of a static export, for hosts that read one: old addresses, the site's own lines, usual feeds.

An address with a query cannot be in it: those hosts look at paths only.
"""

from collections.abc import Mapping, Sequence

from blog.publishing import redirects
from blog.publishing.redirects import Rule


def write(old: Mapping[str, str], rules: Sequence[Rule], prefix: str) -> str:
    """Return the file: `old` are quoted paths with where they lead; the copy will be below the path `prefix`."""
    moved = [(source, target, 301) for source, target in old.items()]
    own = [(rule.source, rule.target, rule.code) for rule in rules if not rule.query]
    feeds = [(source, target, 301) for source, target in redirects.FEEDS.items()]
    lines: dict[str, str] = {}
    for source, target, code in (*moved, *own, *feeds):
        there = f"{prefix}{target}" if target.startswith("/") else target
        lines.setdefault(source, " ".join(filter(None, (f"{prefix}{source}", there, str(code)))))
    return "".join(f"{line}\n" for line in lines.values())


def fixed(rules: Sequence[Rule]) -> dict[str, str]:
    """Return the rules that a page can stand for: no placeholders, no query, a target; path and where it leads."""
    return {
        rule.source: rule.target
        for rule in rules
        if rule.target and not rule.query and "*" not in rule.source and not redirects.PART.search(rule.source)
    }
