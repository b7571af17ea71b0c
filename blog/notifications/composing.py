"""What each mail of the outbox says, written when it is sent, so that it tells how things are then."""

from collections.abc import Callable

from sqlite_utils import Database

from blog import wording
from blog.deliveries import Waiting
from blog.notifications import mail_queue, to_accounts, to_administrators, to_moderators, to_readers
from blog.notifications.blocks import Mail
from blog.notifications.writing import Writing
from blog.people import accounts

Compose = Callable[[Writing], Mail | None]

MAILS: dict[str, Compose] = {
    "waits": to_moderators.waits,
    "digest": to_moderators.digest,
    "confirm": to_readers.confirm,
    "confirm-comment": to_readers.confirm_comment,
    "login": to_readers.login,
    "public": to_readers.public,
    "not-published": to_readers.not_published,
    "accepted": to_readers.accepted,
    "answered": to_readers.answered,
    "news": to_readers.news,
    "invitation": to_accounts.invitation,
    "password": to_accounts.password,
    "changed": to_accounts.changed,
    "condition": to_administrators.condition,
    "test": to_accounts.test,
}


def compose(db: Database, waiting: Waiting, writing: Writing) -> Mail | None:
    """Write a mail, in the site's language or the account's; None when nobody needs it any more."""
    account = waiting.payload.get("account")
    chosen = accounts.language(db, account) if account else ""
    with wording.language(chosen or wording.nearest(writing.settings.language)):
        mail = MAILS[str(waiting.payload["mail"])](writing)
    return None if mail is None or mail_queue.is_stopped(db, mail.to) else mail
