"""What the page of an import shows: the step, the report as tables, threads beside their source, and how far it is."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from blog.comments import bulk
from blog.importing import sent_file
from blog.importing.imported import PARTS
from blog.importing.report import ImportReport
from blog.importing.samples import CHOICES, Pair, Sample
from blog.importing.sent_file import IMPORTING, READING, RECEIVING, Folder, SentFile
from blog.importing.sources import SOURCES
from blog.journal import events
from blog.web.site import Site
from blog.wording import N_, about, facts, gettext, listed, ngettext, number, percent

STATUSES = {"approved": N_("Approved"), "pending": N_("Pending"), "spam": N_("Spam"), "trash": N_("Trash")}
SHOWN = 100  # names that a remark lists
EARLY_PART, EARLY_SECONDS = 0.05, 3.0  # before which nobody can tell how long it will take
STEPS = (
    (N_("1. Choose"), ("", "receiving", "refused")),
    (N_("2. Report"), ("reading", "report", "stopped")),
    (N_("3. Import"), ("importing",)),
    (N_("4. Done"), ("done",)),
)


@dataclass(frozen=True)
class State:
    """What is known of the import: the file, the report, and how far it is."""

    sent: SentFile | None
    report: ImportReport | None
    progress: int
    stopping: bool

    @property
    def step(self) -> str:
        return self.sent.step if self.sent else ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "file": self.sent.name if self.sent else "",
            "source": self.sent.source if self.sent else "",
            "problem": self.sent.problem if self.sent else "",
            "part": round(part_of(self), 3),
            "report": self.report.as_dict() if self.report else None,
        }


def load(folder: Folder) -> State:
    sent = sent_file.load(folder)
    if sent is None:
        return State(None, None, 0, False)
    return State(
        sent, sent_file.load_report(folder), sent_file.progress(folder), sent_file.asked_to_stop(folder) is not None
    )


def part_of(state: State) -> float:
    """Return how much of a step is done: reading is half of an import."""
    done = state.progress / PARTS
    return min(1.0, done if state.step == READING else done / 2)


def context(site: Site, state: State, at: str, *, thread: str) -> dict[str, Any]:
    """Return the variables of the page."""
    sent, report = state.sent, state.report
    current = next(number for number, (_, steps) in enumerate(STEPS) if state.step in steps)
    return {
        "step": state.step,
        "steps": [
            {"label": gettext(label), "past": number < current, "current": number == current}
            for number, (label, _) in enumerate(STEPS)
        ],
        "file": _file(site, sent) if sent else None,
        "running": state.step in (RECEIVING, READING, IMPORTING),
        "stopping": state.stopping,
        "part": round(100 * part_of(state)),
        "percent": percent(part_of(state)),
        "heading": _heading(state),
        "left": _time_left(state, at),
        "report": _report(report) if report else None,
        "threads": _threads(site, report.samples, thread) if report else None,
    }


def _file(site: Site, sent: SentFile) -> dict[str, Any]:
    source = SOURCES.get(sent.source)
    seconds = _seconds(sent.began_at, sent.ended_at)
    return {
        "name": sent.name,
        "source": gettext(source.title) if source else "",
        "has_threads": source is not None and source.threads,
        "size": gettext("{n} MB", n=number(round(sent.size / 1e6, 1 if sent.size < 10_000_000 else None))),
        "who": sent.who,
        "problem": sent.problem,
        "at": site.render.clock(sent.began_at or sent.sent_at),
        "took": about(seconds) if seconds else "",
    }


def _seconds(began: str, ended: str) -> float:
    if not began or not ended:
        return 0.0
    return max(0.0, (events.moment(ended) - events.moment(began)).total_seconds())


def _heading(state: State) -> str:
    if state.step == RECEIVING:
        return gettext("A file is being sent")
    if state.step == READING:
        return gettext("Reading the file")
    done = state.progress - PARTS
    if done < 0 or state.report is None:
        return gettext("Reading the file once more")
    total = sum(state.report.comments.values()) + state.report.pings
    stored = min(total, round(total * done / PARTS))
    return ngettext(
        "Importing, {stored} of one comment", "Importing, {stored} of {n} comments", total, stored=number(stored)
    )


def _time_left(state: State, at: str) -> str:
    part = part_of(state)
    gone = _seconds(state.sent.began_at, at) if state.sent else 0.0
    if state.step not in (READING, IMPORTING) or part < EARLY_PART or gone < EARLY_SECONDS:
        return ""
    sentence = gettext("{time} left.", time=about(gone * (1 - part) / part))
    return f"{sentence[:1].upper()}{sentence[1:]}"


def _report(report: ImportReport) -> dict[str, Any]:
    rows = [
        {"label": gettext(label), **_row(report.in_file.get(status, 0), report.comments[status])}
        for status, label in STATUSES.items()
    ]
    read = sum(report.in_file.get(status, 0) for status in STATUSES)
    new = sum(report.comments.values())
    return {
        "rows": rows,
        "comments": _row(read, new),
        "pings": _row(report.in_file.get("pings", 0), report.pings),
        "parts": listed(
            sentence
            for count, sentence in (
                (report.posts, ngettext("one post", "{n} posts", report.posts)),
                (report.pages, ngettext("one page", "{n} pages", report.pages)),
                (new, ngettext("one comment", "{n} comments", new)),
                (report.redirects, ngettext("one old address", "{n} old addresses", report.redirects)),
            )
            if count
        ),
        "posts": report.posts + report.pages,
        "replies": report.replies,
        "media": report.media,
        "redirects": report.redirects,
        "spam": report.comments["spam"],
        "trash": report.comments["trash"],
        "pending": report.comments["pending"],
        "skipped": (skipped := _grouped(report.skipped, report.many)),
        "unsure": (unsure := _grouped(report.unsure, report.many)),
        "skipped_count": sum(each["count"] for each in skipped),
        "unsure_count": sum(each["count"] for each in unsure),
        "empty": report.is_empty,
        "batch": report.batch,
    }


def _row(read: int, new: int) -> dict[str, int]:
    return {"read": read, "new": new, "out": max(0, read - new)}


def _grouped(remarks: list[dict[str, str]], many: dict[str, int]) -> list[dict[str, Any]]:
    """Return each reason once, with how many things it is about, and the names of the first."""
    names: dict[str, list[str]] = defaultdict(list)
    for remark in remarks:
        names[remark["why"]].append(remark["what"])
    return [{"why": why, "count": many.get(why, len(what)), "names": what[:SHOWN]} for why, what in names.items()]


def _threads(site: Site, samples: list[Sample], chosen: str) -> dict[str, Any] | None:
    """Return the tabs of the threads that were chosen, and the pairs of one of them."""
    if not samples:
        return None
    labels = {name: gettext(label) for name, label, _, _ in CHOICES}
    sample = next((each for each in samples if each.why == chosen), samples[0])
    return {
        "tabs": [{"name": each.why, "label": labels[each.why], "current": each is sample} for each in samples],
        "post": sample.post,
        "size": facts(
            [
                ngettext("one comment", "{n} comments", sample.comments),
                ngettext("one level", "{n} levels", sample.levels),
            ]
        ),
        "shown": len(sample.pairs) if len(sample.pairs) < sample.comments else 0,
        "pairs": [_pair(site, pair) for pair in sample.pairs],
    }


def _pair(site: Site, pair: Pair) -> dict[str, Any]:
    return {
        "key": pair.key,
        "parent": pair.parent,
        "status": pair.status,
        "status_here": gettext(STATUSES[pair.status]) if pair.status in STATUSES else gettext("removed"),
        "at": pair.at or "",
        "here_at": site.render.moment(pair.at) if pair.at else "",
        "source": pair.source,
        "author": pair.author or bulk.ANONYMOUS,
        "text_html": bulk.rendered_safely(pair.text).html,
        "level": min(pair.level, 5),
        "unsure": pair.unsure,
        "ping": pair.kind != "comment",
    }
