"""What is wrong with the server, and what to do: by name and figures, so that it can be said in any language."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from blog.journal.events import earlier, moment
from blog.operation.condition import Condition
from blog.wording import gettext, ngettext
from blog.wording import size as in_units

NEEDED = 500_000_000  # bytes that are to be free
NEW_DAYS = 7  # from the first account on, in which nobody needs a backup yet
BACKUP_DAYS, CHECK_DAYS = 8, 31  # for those who back up each week, and check each month
OVERDUE_SECONDS = 900
CERTIFICATE_DAYS, CERTIFICATE_SHARE = 14, 5  # so many days are left, or less than a fifth of its time
CACHE_TRIES = 5


@dataclass(frozen=True)
class Problem:
    """Something that is wrong: its name and the figures of its sentence."""

    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class Description(NamedTuple):
    """What is wrong, and what to do about it."""

    what: str
    cure: str


Day = Callable[[str], str]  # writes a moment as a day, as the site does


def find(condition: Condition) -> list[Problem]:
    """Return what is wrong, the most urgent first."""
    return [problem for look in LOOKS for problem in look(condition)]


def describe(problem: Problem, day: Day) -> Description:
    """Say a problem in the reader's language; `day` writes its dates."""
    return SENTENCES[problem.name](problem.facts, day)


def _of_disk(condition: Condition) -> Iterator[Problem]:
    disk = condition.disk
    if disk.free < max(NEEDED, disk.database + disk.log):
        yield Problem("disk", {"free": disk.free, "database": disk.database})


def _of_settings(condition: Condition) -> Iterator[Problem]:
    if condition.blog_toml == "changed":
        yield Problem("settings changed")
    elif condition.blog_toml:
        yield Problem("settings broken", {"error": condition.blog_toml})


def _of_backup(condition: Condition) -> Iterator[Problem]:
    last = condition.records.get("backup")
    if last and not last.good:
        yield Problem("backup failed", {"at": last.at, "error": last.facts.get("error", "")})
    elif _is_due(condition, last.good_at if last else "", BACKUP_DAYS):
        yield Problem("backup old", {"at": last.good_at if last else ""})


def _of_check(condition: Condition) -> Iterator[Problem]:
    last = condition.records.get("check")
    if last and not last.good:
        yield Problem("check failed", {"at": last.at, "problems": last.facts.get("problems", 0)})
    elif _is_due(condition, last.good_at if last else "", CHECK_DAYS):
        yield Problem("check old", {"at": last.good_at if last else ""})


def _is_due(condition: Condition, good_at: str, days: int) -> bool:
    """Tell whether something was done too long ago, or never though the site is not new."""
    if good_at:
        return good_at < earlier(condition.at, days=days)
    return bool(condition.began_at) and condition.began_at < earlier(condition.at, days=max(days, NEW_DAYS))


def _of_certificate(condition: Condition) -> Iterator[Problem]:
    last = condition.records.get("certificate")
    if last is None or "host" not in last.facts:
        return
    if "refused" in last.facts:
        yield Problem("certificate refused", {"host": last.facts["host"], "error": last.facts["refused"]})
    elif last.facts.get("until"):
        begins, ends, now = (moment(at) for at in (last.facts["since"], last.facts["until"], condition.at))
        if (ends - now).total_seconds() < min(
            CERTIFICATE_DAYS * 86_400, (ends - begins).total_seconds() / CERTIFICATE_SHARE
        ):
            yield Problem("certificate ends", {"host": last.facts["host"], "until": last.facts["until"]})


def _of_outbox(condition: Condition) -> Iterator[Problem]:
    if condition.held:
        yield Problem("outbox held")
        return
    for each in condition.outbox:
        if each.kind == "mail" and not condition.sends_mail:
            continue
        if each.overdue_since and each.overdue_since < earlier(condition.at, seconds=OVERDUE_SECONDS):
            yield Problem("outbox stuck", {"at": each.overdue_since})
            return
    for each in condition.outbox:
        if each.failing and each.kind in FAILING and (each.kind != "mail" or condition.sends_mail):
            yield Problem(FAILING[each.kind], {"n": each.failing, "error": each.error})


FAILING = {"mail": "mail failing", "webhook": "webhook failing", "websub": "hub failing", "purge": "cache failing"}
# A mail about these would not arrive, or would tell what somebody just did.
UNMAILED = ("mail failing", "outbox held", "outbox stuck", "settings changed")
LOOKS = (_of_disk, _of_settings, _of_certificate, _of_backup, _of_check, _of_outbox)


def _disk(facts: Mapping[str, Any], day: Day) -> Description:
    return Description(
        gettext("Only {free} are free on the disk of the site.", free=in_units(facts["free"])),
        gettext(
            "Make room: on a full disk no comment can be saved. A backup and a check need as much as the database,"
            " {size}.",
            size=in_units(facts["database"]),
        ),
    )


def _settings_changed(facts: Mapping[str, Any], day: Day) -> Description:
    return Description(
        gettext("blog.toml was changed since the server started."),
        gettext("Reload the server, so that the change takes effect: systemctl reload, or the signal SIGHUP."),
    )


def _settings_broken(facts: Mapping[str, Any], day: Day) -> Description:
    return Description(
        gettext("blog.toml has an error. {error}", error=facts["error"]),
        gettext("Correct it: the server goes on as before, but would not start again."),
    )


def _certificate_refused(facts: Mapping[str, Any], day: Day) -> Description:
    return Description(
        gettext("Browsers refuse the certificate of {host}: {error}.", host=facts["host"], error=facts["error"]),
        gettext("Renew it now, and look into the log of the web server that has it, or of certbot."),
    )


def _certificate_ends(facts: Mapping[str, Any], day: Day) -> Description:
    return Description(
        gettext("The certificate of {host} ends on {day}.", host=facts["host"], day=day(facts["until"])),
        gettext("It should have been renewed by now. Look into the log of the web server that has it, or of certbot."),
    )


def _backup_failed(facts: Mapping[str, Any], day: Day) -> Description:
    return Description(
        gettext("The backup of {day} failed: {error}", day=day(facts["at"]), error=facts["error"]),
        gettext("Run “blog backup” by hand, and mend what it says."),
    )


def _backup_old(facts: Mapping[str, Any], day: Day) -> Description:
    cure = gettext("Run “blog backup” each night by a timer, as the production guide shows.")
    if not facts["at"]:
        return Description(gettext("No backup was ever made with “blog backup”."), cure)
    return Description(gettext("The last backup is of {day}.", day=day(facts["at"])), cure)


def _check_failed(facts: Mapping[str, Any], day: Day) -> Description:
    return Description(
        ngettext(
            "The check of {day} found {n} problem.",
            "The check of {day} found {n} problems.",
            facts["problems"],
            day=day(facts["at"]),
        ),
        gettext("Run “blog check”: it says what each of them is, and what to do."),
    )


def _check_old(facts: Mapping[str, Any], day: Day) -> Description:
    cure = gettext("Run “blog check” each week by a timer, as the production guide shows.")
    if not facts["at"]:
        return Description(gettext("The site was never checked with “blog check”."), cure)
    return Description(gettext("The last check is of {day}.", day=day(facts["at"])), cure)


def _outbox_held(facts: Mapping[str, Any], day: Day) -> Description:
    return Description(
        gettext("Nothing is sent since a backup was restored."),
        gettext("Look with “blog outbox” at what waits; “blog outbox release” sends it."),
    )


def _outbox_stuck(facts: Mapping[str, Any], day: Day) -> Description:
    return Description(
        gettext("Messages that were due on {day} have not been sent, and nobody tries.", day=day(facts["at"])),
        gettext("Restart the server. If that does not help, its log says why."),
    )


def _mail_failing(facts: Mapping[str, Any], day: Day) -> Description:
    return Description(
        ngettext(
            "One mail was tried in vain for over half an hour: {error}",
            "{n} mails were tried in vain for over half an hour: {error}",
            facts["n"],
            error=facts["error"],
        ),
        gettext("If it is the mail server that refuses, look at [mail] in blog.toml, and try “blog mail test”."),
    )


def _webhook_failing(facts: Mapping[str, Any], day: Day) -> Description:
    return Description(
        ngettext(
            "One message to a webhook was tried in vain for over half an hour: {error}",
            "{n} messages to webhooks were tried in vain for over half an hour: {error}",
            facts["n"],
            error=facts["error"],
        ),
        gettext("Mend the program that takes them, or remove its webhook on the desk."),
    )


def _hub_failing(facts: Mapping[str, Any], day: Day) -> Description:
    return Description(
        gettext("The hub was not told of new posts: {error}", error=facts["error"]),
        gettext("Look at websub_hub in blog.toml, or remove it."),
    )


def _cache_failing(facts: Mapping[str, Any], day: Day) -> Description:
    return Description(
        gettext("A cache in front of the site was not told what to drop: {error}", error=facts["error"]),
        gettext("It may show old pages. Look whether it runs, and at [cache] in blog.toml."),
    )


SENTENCES: dict[str, Callable[[Mapping[str, Any], Day], Description]] = {
    "disk": _disk,
    "settings changed": _settings_changed,
    "settings broken": _settings_broken,
    "certificate refused": _certificate_refused,
    "certificate ends": _certificate_ends,
    "backup failed": _backup_failed,
    "backup old": _backup_old,
    "check failed": _check_failed,
    "check old": _check_old,
    "outbox held": _outbox_held,
    "outbox stuck": _outbox_stuck,
    "mail failing": _mail_failing,
    "webhook failing": _webhook_failing,
    "hub failing": _hub_failing,
    "cache failing": _cache_failing,
}
