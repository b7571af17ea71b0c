"""What an import found and did: counts, what was left out, what is unsure; as JSON and as sentences."""

from dataclasses import dataclass, field
from typing import Any

from blog.importing.samples import Sample
from blog.wording import N_, gettext, listed, ngettext, number

SHOWN = 40  # remarks that are printed; --json has all of them


@dataclass
class ImportReport:
    """`comments` counts by status, without pings; `batch` is None when there was nothing new, or on a dry run.

    `in_file` counts what the file holds, also what came in before; `samples` are threads beside their source;
    `many` has the number of remarks with the same reason where they are too many to be listed.
    """

    posts: int = 0
    pages: int = 0
    comments: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("approved", "pending", "spam", "trash"), 0))
    replies: int = 0
    pings: int = 0
    media: int = 0
    redirects: int = 0
    skipped: list[dict[str, str]] = field(default_factory=list)
    unsure: list[dict[str, str]] = field(default_factory=list)
    batch: int | None = None
    dry_run: bool = False
    in_file: dict[str, int] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    many: dict[str, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing of it is new."""
        return not (self.posts or self.pages or self.pings or any(self.comments.values()))

    def as_dict(self) -> dict[str, Any]:
        return {
            "posts": self.posts,
            "pages": self.pages,
            "comments": self.comments,
            "replies": self.replies,
            "pings": self.pings,
            "media": self.media,
            "redirects": self.redirects,
            "skipped": self.skipped,
            "unsure": self.unsure,
            "batch": self.batch,
        }

    def lines(self) -> list[str]:
        """Return the report as sentences."""
        said = [self._counts(), *self._statuses()]
        for heading, remarks in (
            (N_("Left out: {what}: {why}"), self.skipped),
            (N_("Unsure: {what}: {why}"), self.unsure),
        ):
            said += [gettext(heading, **each) for each in remarks[:SHOWN]]
            if len(remarks) > SHOWN:
                more = len(remarks) - SHOWN
                said.append(ngettext("One more; see --json.", "{n} more; see --json.", more))
        return [*said, self._done()]

    def _counts(self) -> str:
        parts = [
            ngettext("one post", "{n} posts", self.posts),
            ngettext("one page", "{n} pages", self.pages),
            ngettext("one comment", "{n} comments", sum(self.comments.values())),
            ngettext("one of them a reply", "{n} of them replies", self.replies),
            ngettext("one ping", "{n} pings", self.pings),
            ngettext("one picture", "{n} pictures", self.media),
            ngettext("one old address", "{n} old addresses", self.redirects),
        ]
        return gettext("New: {parts}.", parts=listed(parts))

    def _statuses(self) -> list[str]:
        if not any(self.comments.values()):
            return []
        return [
            gettext(
                "Comments: {approved} approved, {pending} pending, {spam} spam, {trash} in the trash.",
                **{name: number(count) for name, count in self.comments.items()},
            )
        ]

    def _done(self) -> str:
        if self.dry_run:
            return gettext("Nothing was changed.")
        if self.batch is None:
            return gettext("Nothing was added: all of it is here already.")
        return gettext("Imported. Batch {batch}; undo with: blog undo {batch}", batch=self.batch)
