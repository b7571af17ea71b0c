"""The sentences that the scripts of the queue and the editor show; the server brings them, from the catalogue.

Places are `{name}`; a counted sentence comes in all forms of the language, by CLDR's names of them (one, few, other).
"""

import json
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from blog.journal.acts import Act, Acts
from blog.web import site as sites
from blog.web.admin.rows import LABELS, STATUSES, status_word
from blog.wording import gettext, locale, pgettext, plural_form, tag

SAMPLES = range(1_000)  # every form of every language is among these counts


def forms(sentence: Callable[[int], str]) -> dict[str, str]:
    """Return a counted sentence in each form that the language has."""
    rule = locale().plural_form
    counts: dict[str, int] = {}
    for n in SAMPLES:
        counts.setdefault(rule(n), n)
    return {form: sentence(n) for form, n in counts.items()}


DOING: dict[str, Callable[[int], str]] = {
    "approve": lambda n: plural_form("Approving one comment…", "Approving {n} comments…", n),
    "unapprove": lambda n: plural_form(
        "Moving one comment back to the queue…", "Moving {n} comments back to the queue…", n
    ),
    "spam": lambda n: plural_form("Moving one comment to spam…", "Moving {n} comments to spam…", n),
    "trash": lambda n: plural_form("Moving one comment to trash…", "Moving {n} comments to trash…", n),
    "restore": lambda n: plural_form("Restoring one comment…", "Restoring {n} comments…", n),
    "delete": lambda n: plural_form("Deleting one comment…", "Deleting {n} comments…", n),
}


def address(declared: Acts) -> str:
    """Return where the script of the queue gets its sentences; other sentences have another address."""
    return f"/admin/script.json?v={sha256(_body(tag(), tuple(declared))).hexdigest()[:12]}"


async def show(request: Request) -> Response:
    """All sentences of the queue's script, as JSON."""
    body = _body(tag(), tuple(sites.of(request).acts))
    headers = {"Cache-Control": "private, max-age=31536000, immutable"}
    return Response(body, media_type="application/json", headers=headers)


@cache
def _body(language: str, declared: tuple[Act, ...]) -> bytes:
    return json.dumps({"acts": acts(declared), "sentences": sentences()}, ensure_ascii=False).encode()


def acts(declared: Acts) -> dict[str, dict[str, Any]]:
    """Return for each act where it leads, and what is said while it is under way."""
    return {
        act.kind: {
            "status": act.status,
            "doing": forms(DOING[act.kind]) if act.kind in DOING else {"other": act.doing},
            "anyway": gettext(LABELS[act.kind].anyway) if act.kind in LABELS else act.kind,
        }
        for act in declared
        if act.doing
    }


def sentences() -> dict[str, Any]:
    """Return all other sentences of the script."""
    return {**_plain(), **_counted(), "statuses": {status: status_word(status) for status in STATUSES}}


def _counted() -> dict[str, dict[str, str]]:
    return {
        "notApplied": forms(
            lambda n: plural_form(
                "Not applied to one comment that somebody else changed meanwhile.",
                "Not applied to {n} comments that somebody else changed meanwhile.",
                n,
            )
        ),
        "missing": forms(
            lambda n: plural_form("One comment is no longer there.", "{n} comments are no longer there.", n)
        ),
        "refusedMany": forms(
            lambda n: plural_form(
                "“{act}” was not applied to {n} comment. {why}", "“{act}” was not applied to {n} comments. {why}", n
            )
        ),
        "notUndoneMany": forms(
            lambda n: plural_form("Not undone for {n} comment. {why}", "Not undone for {n} comments. {why}", n)
        ),
        "back": forms(
            lambda n: plural_form("Undone: the comment is back.", "Undone: {n} comments are back.", n),
        ),
    }


def _plain() -> dict[str, str]:
    return {
        **_of_decisions(),
        **_of_conflicts(),
        "undo": pgettext("verb", "Undo"),
        "undoPrevious": gettext("Undo the previous one"),
        "undoing": gettext("Undoing…"),
        "inPlace": gettext("Undone: the comment is back in its place."),
        "notUndone": gettext("Not undone. {why}"),
        "notUndoneOne": gettext("Not undone for the comment by {author}. {why}"),
        "markingLater": gettext("Marking it for later…"),
        "removingMark": gettext("Removing the mark…"),
        "markedLater": gettext("Marked for later and moved to the end of the queue."),
        "notLater": gettext("No longer marked for later."),
        "markLater": gettext("Mark for later"),
        "noAnswer": gettext("The server did not answer. Please try again."),
        "signedOut": gettext("You are no longer signed in. Sign in again in another tab, then repeat this."),
        "status": gettext("The server answered {status}. Please try again."),
        "leaving": gettext("Saving your decisions before leaving the page…"),
        "staysOpen": gettext("Some decisions failed, so this page stays open."),
    }


def _of_decisions() -> dict[str, str]:
    return {
        "unable": gettext("This cannot be done to any selected comment."),
        "nothing": gettext("Nothing to change."),
        "refused": gettext("Not applied. {why}"),
        "refusedOne": gettext("“{act}” was not applied to the comment by {author}. {why}"),
        "tryAgain": gettext("Try again"),
        "signIn": gettext("Sign in"),
        "show": gettext("Show it"),
        "dismiss": gettext("Dismiss"),
        "hide": pgettext("verb", "Hide"),
        "keepOpen": gettext("Keep open"),
    }


def _of_conflicts() -> dict[str, str]:
    return {
        "edited": gettext("{who} edited this at {time}, while you were reading it."),
        "editedAndMoved": gettext("{who} edited this and moved it to {status} at {time}, while you were reading it."),
        "moved": gettext("{who} moved this to {status} at {time}, while you were reading it."),
        "reason": gettext("Reason: “{reason}”."),
        "reasonTold": gettext("Reason, also for the writer: “{reason}”."),
        "somebody": gettext("Somebody"),
        "yours": gettext("Your “{act}” was not applied."),
        "leave": gettext("Leave unchanged"),
        "needsOverride": gettext("Somebody else has decided this meanwhile. Shift+O applies your decision anyway."),
        "nameWas": gettext("The name was {name}."),
        "addressWas": gettext("The address was {address}."),
        "addressEmpty": gettext("The address was empty."),
        "decidedElsewhere": gettext("Somebody else has decided this comment meanwhile."),
    }


def for_editor() -> dict[str, str]:
    """Return what the script of the editor says."""
    return {
        "stored": gettext("Draft stored at {time}, not saved yet."),
        "storedHere": gettext("Stored in this browser only: {why}"),
        "noAnswer": gettext("the server does not answer."),
        "status": gettext("it answered {status}."),
        "restored": gettext("Restored the text that was stored in this browser."),
        "uploading": gettext("Uploading {file}…"),
        "uploadingIt": gettext("Uploading the picture…"),
        "uploaded": gettext("The picture is in the text. Describe it between the brackets."),
        "uploadedFile": gettext("The file is in the text. Name it between the brackets."),
        "chooseFile": gettext("Choose a file first."),
        "tooLarge": gettext("The file has {size} MB; the limit is {most} MB."),
        "notUploaded": gettext("Not uploaded: {why}"),
        "chooseFirst": gettext("Choose a picture first."),
        "tooHeavy": gettext("The picture has {size} MB; the limit is {most} MB. Make it smaller first."),
    }
