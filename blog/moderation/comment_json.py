"""A comment as programs get it: from `--json` of the commands, and in the messages to webhooks."""

from collections.abc import Mapping
from typing import Any

from blog import rules

NAMES = (
    *("id", "post", "parent", "status", "author", "email", "url", "ip", "created_at", "text"),
    *("rule", "reason", "score"),
)
PERSONAL = ("email", "ip")


def of_row(row: Mapping[str, Any], *, personal: bool = True) -> dict[str, Any]:
    """Return a row of the queue as JSON; without `personal` its email and IP address are left out."""
    named = {**row, "reason": rules.stored_sentence(row)}
    return {name: named[name] for name in NAMES if personal or name not in PERSONAL}
