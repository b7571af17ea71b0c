"""Priorities for systemd's journal: each line begins with `<3>` for an error, `<4>` for a warning (man 3 sd-daemon).

So `journalctl -p err` finds what is wrong. Outside of a service, where JOURNAL_STREAM is not set, nothing is added.
"""

import logging
import os
import sys
from typing import Any

ERROR, WARNING, INFO = 3, 4, 6


def to_journal() -> bool:
    """Tell whether the journal reads what this process prints: a terminal that a service started does not count."""
    return bool(os.environ.get("JOURNAL_STREAM")) and not sys.stderr.isatty()


def marked(text: str, priority: int = ERROR) -> str:
    """Return a text with its priority before every line, where the journal reads it."""
    if not to_journal():
        return text
    return "\n".join(f"<{priority}>{line}" for line in text.splitlines())


class Formatter(logging.Formatter):
    """Write a log record with its traceback; every line has the record's priority."""

    def format(self, record: logging.LogRecord) -> str:
        level = record.levelno
        priority = ERROR if level >= logging.ERROR else WARNING if level >= logging.WARNING else INFO
        return marked(super().format(record), priority)


def logging_config() -> dict[str, Any]:
    """Return what the server's processes log, and where to, in the form of logging.config.dictConfig."""
    console = {"class": "logging.StreamHandler", "formatter": "plain", "stream": "ext://sys.stderr"}
    requests = {}
    formatter: dict[str, Any] = {"()": Formatter}
    if os.environ.get("BLOG_LOG") == "json":
        formatter = {"()": "blog.cli.json_log.JsonFormatter"}
        requests = {"blog.requests": {"level": "INFO"}}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"plain": formatter},
        "handlers": {"console": console},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {"_granian": {"handlers": ["console"], "level": "WARNING", "propagate": False}, **requests},
    }
