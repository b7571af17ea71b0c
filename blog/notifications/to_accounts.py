"""Mails to account holders: an invitation, a forgotten password, a change of the account, and a test."""

from blog import wording
from blog.deliveries import later
from blog.notifications.blocks import Button, Lead, Mail, Small, Text
from blog.notifications.links import LASTS, Link
from blog.notifications.writing import Writing
from blog.wording import N_, gettext

CHANGES = {
    "password changed": N_("The password of the account {name} was changed on {when}."),
    "role changed": N_("The role of the account {name} was changed on {when}."),
    "passkey added": N_("A passkey was added to the account {name} on {when}."),
    "passkey removed": N_("A passkey of the account {name} was removed on {when}."),
    "token made": N_("An application password was made for the account {name} on {when}."),
    "token revoked": N_("An application password of the account {name} was revoked on {when}."),
}


def account_of(writing: Writing, name: str = "") -> tuple[int, str, str] | None:
    """Return id, name and address of the account that a mail is for; None when it is gone or has no address."""
    by_name = "name = ?" if name else "id = ?"
    row: tuple[int, str, str] | None = writing.db.conn.execute(
        f"select id, name, email from accounts where {by_name} and removed_at is null and email <> ''",
        [name or writing.payload["account"]],
    ).fetchone()
    return row


def invitation(writing: Writing) -> Mail | None:
    """Ask somebody to choose a password for a new account."""
    if (found := account_of(writing)) is None:
        return None
    number, name, address = found
    seconds = LASTS["password"]
    return Mail(
        to=address,
        subject=gettext("Your account on {site}", site=writing.settings.title),
        blocks=[
            Lead(gettext("You have an account on {site} now: {name}.", site=writing.settings.title, name=name)),
            Button(gettext("Choose a password"), writing.link(Link("password", account=number))),
            Small(_until(writing, seconds)),
            Text(gettext("Later you can ask for another link on the page where one signs in.")),
        ],
        footer=[Small(gettext("Sent because an administrator made this account."))],
        language=wording.tag(),
    )


def password(writing: Writing) -> Mail | None:
    """Send a link to choose a new password; nothing for a name that no account has."""
    if (found := account_of(writing, str(writing.payload["name"]))) is None:
        return None
    number, name, address = found
    return Mail(
        to=address,
        subject=gettext("Set a new password"),
        blocks=[
            Lead(gettext("Somebody, probably you, forgot the password of the account {name}.", name=name)),
            Button(gettext("Set a new password"), writing.link(Link("password", account=number))),
            Small(_until(writing, LASTS["password"])),
            Text(gettext("If it was not you, do nothing. Your password stays as it is.")),
        ],
        footer=[Small(gettext("Sent to the address of the account {name}.", name=name))],
        language=wording.tag(),
    )


def _until(writing: Writing, seconds: int) -> str:
    until = writing.deadline(later(writing.at, seconds=seconds))
    return gettext("The link works once, for an hour, until {until}.", until=until)


def changed(writing: Writing) -> Mail | None:
    """Tell that a password, a passkey, an application password or a role changed."""
    if (found := account_of(writing)) is None:
        return None
    _, name, address = found
    when = writing.deadline(str(writing.payload["at"]))
    return Mail(
        to=address,
        subject=gettext("Your account was changed"),
        blocks=[
            Lead(gettext(CHANGES[str(writing.payload["what"])], name=name, when=when)),
            Text(gettext("If it was you, there is nothing to do.")),
            Text(gettext("If it was not you, take the account back now:")),
            Button(gettext("Set a new password"), writing.url("/admin/forgot")),
        ],
        footer=[
            Small(
                gettext(
                    "You cannot turn this mail off: it is sent whenever a password, a passkey or a role of your"
                    " account changes."
                )
            )
        ],
        language=wording.tag(),
    )


def test(writing: Writing) -> Mail:
    """Show that mail arrives."""
    return Mail(
        to=str(writing.payload["to"]),
        subject=gettext("A test message from {site}", site=writing.settings.title),
        blocks=[
            Lead(gettext("Mail from {site} arrives.", site=writing.settings.title)),
            Text(gettext("Nobody has to do anything. Somebody typed `blog mail test`.")),
        ],
        footer=[Small(gettext("Sent once, because the owner of the site asked for it."))],
        language=wording.tag(),
    )
