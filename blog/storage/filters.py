"""Conditions of a query for the filters that were asked for."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

Filter = str | Sequence[int]


def narrow(
    conditions: list[str], values: dict[str, Any], known: Mapping[str, str], asked: Mapping[str, Filter] | None
) -> None:
    """Add the condition of each filter that was asked for, and its value under the filter's name: a list as JSON."""
    for name, value in (asked or {}).items():
        conditions.append(known[name])
        values[name] = value if isinstance(value, str) else json.dumps(list(value))
