"""Limits on mails that anybody can cause by typing an address: for each address, for each network and in all."""

from sqlite_utils import Database

from blog.journal.events import earlier
from blog.notifications.links import keyed_hash

DAY = 86_400
CONFIRMATIONS = 3  # that an address gets in all while it never confirms
CONFIRMATION_PAUSE = DAY
NETWORK_HOURLY, SITE_HOURLY = 10, 200  # confirmations and links
LINK_PAUSE, LINKS_DAILY = 120, 10  # seconds between two links to the same address, and how many a day


def may_confirm(db: Database, address: str, network: str, *, at: str) -> bool:
    """Tell whether an address may get a confirmation now, and count it if so."""
    key = keyed_hash(db, f"confirm {address}")
    count, last = _stored(db, key)
    if count >= CONFIRMATIONS or (last and last > earlier(at, seconds=CONFIRMATION_PAUSE)):
        return False
    if not _within_the_hour(db, network, at):
        return False
    _count(db, key, at)
    return True


def forget_confirmations(db: Database, address: str) -> None:
    """Begin to count again: the address was confirmed."""
    db.conn.execute("delete from mail_limits where key = ?", [keyed_hash(db, f"confirm {address}")])


def may_send_link(db: Database, address: str, network: str, *, at: str) -> bool:
    """Tell whether an address, known or not, may get a link now, and count it if so."""
    key, daily = keyed_hash(db, f"link {address}"), keyed_hash(db, f"link {address} {at[:10]}")
    _, last = _stored(db, key)
    if (last and last > earlier(at, seconds=LINK_PAUSE)) or _stored(db, daily)[0] >= LINKS_DAILY:
        return False
    if not _within_the_hour(db, network, at):
        return False
    _count(db, key, at)
    _count(db, daily, at)
    return True


def _within_the_hour(db: Database, network: str, at: str) -> bool:
    of_network, of_all = (keyed_hash(db, f"{what} {at[:13]}") for what in (f"network {network}", "all"))
    if _stored(db, of_network)[0] >= NETWORK_HOURLY or _stored(db, of_all)[0] >= SITE_HOURLY:
        return False
    _count(db, of_network, at)
    _count(db, of_all, at)
    return True


def _stored(db: Database, key: str) -> tuple[int, str]:
    row = db.conn.execute("select count, at from mail_limits where key = ?", [key]).fetchone()
    return (int(row[0]), str(row[1])) if row else (0, "")


def _count(db: Database, key: str, at: str) -> None:
    db.conn.execute(
        """
        insert into mail_limits (key, count, at) values (?, 1, ?)
        on conflict (key) do update set count = count + 1, at = excluded.at
        """,
        [key, at],
    )


def purge(db: Database, *, at: str) -> None:
    """Forget old counts. What counts confirmations stays a year, so that nobody can be written to again and again."""
    db.conn.execute(
        "delete from mail_limits where at < ? or (at < ? and count < ?)",
        [earlier(at, days=365), earlier(at, days=2), CONFIRMATIONS],
    )
