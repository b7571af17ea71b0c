"""What an export wrote and what it could not: counts and sentences."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blog.wording import gettext, listed, ngettext, number

STATUSES = ("approved", "pending", "spam", "trash")


@dataclass
class ExportReport:
    """`comments` counts by status, without pings; `notes` are sentences on what the format cannot hold."""

    path: Path
    posts: int = 0
    pages: int = 0
    comments: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATUSES, 0))
    replies: int = 0
    pings: int = 0
    left_out: int = 0
    notes: list[str] = field(default_factory=list)

    def note(self, sentence: str, count: int) -> None:
        if count:
            self.notes.append(sentence)

    def as_dict(self) -> dict[str, Any]:
        return {
            "file": str(self.path),
            "posts": self.posts,
            "pages": self.pages,
            "comments": self.comments,
            "replies": self.replies,
            "pings": self.pings,
            "left_out": self.left_out,
            "notes": self.notes,
        }

    def lines(self) -> list[str]:
        """Return the report as sentences."""
        parts = [
            ngettext("one post", "{n} posts", self.posts),
            ngettext("one page", "{n} pages", self.pages),
            ngettext("one comment", "{n} comments", sum(self.comments.values())),
            ngettext("one ping", "{n} pings", self.pings),
        ]
        said = [gettext("{path} contains {parts}.", path=self.path, parts=listed(parts))]
        if any(self.comments.values()):
            said.append(
                gettext(
                    "Comments: {approved} approved, {pending} pending, {spam} spam, {trash} in the trash.",
                    **{name: number(count) for name, count in self.comments.items()},
                )
            )
        return [*said, *self.notes]
