"""When an account is told about comments that wait: its choice, its quiet hours, and when its next mail is due."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from blog.errors import Invalid
from blog.journal.events import moment, stamp
from blog.people.accounts import Account, find
from blog.text import EMAIL
from blog.wording import gettext

NOTIFY = ("at-once", "hourly", "daily", "never")
POSTS = ("all", "own")
QUIET = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True)
class Choice:
    """`hour` is when a daily mail comes, `quiet` a span such as "22:00-07:00" in which none does, "" for none."""

    notify: str = "never"
    hour: int = 8
    quiet: str = ""
    posts: str = "all"

    def checked(self) -> "Choice":
        errors = {}
        if self.notify not in NOTIFY:
            errors["notify"] = gettext("Mail comes at-once, hourly, daily or never, not {value!r}.", value=self.notify)
        if not 0 <= self.hour <= 23:
            errors["hour"] = gettext("The hour of a daily mail is a whole number from 0 to 23.")
        if self.quiet and not QUIET.fullmatch(self.quiet):
            errors["quiet"] = gettext("Quiet hours are written like 22:00-07:00, not {value!r}.", value=self.quiet)
        if self.posts not in POSTS:
            errors["posts"] = gettext("Mail comes about all posts or own posts, not {value!r}.", value=self.posts)
        if errors:
            raise Invalid(errors)
        return self


def of_account(db: Database, account: int) -> Choice:
    row = db.conn.execute(
        "select notify, hour, quiet, posts from account_mail where account_id = ?", [account]
    ).fetchone()
    return Choice(*row) if row else Choice()


def choose(db: Database, account: int, choice: Choice) -> None:
    """Store what an account chose; raise Invalid with a sentence for each field."""
    chosen = choice.checked()
    db.conn.execute(
        """
        insert into account_mail (account_id, notify, hour, quiet, posts) values (?, ?, ?, ?, ?)
        on conflict (account_id) do update set notify = excluded.notify, hour = excluded.hour, quiet = excluded.quiet,
          posts = excluded.posts
        """,
        [account, chosen.notify, chosen.hour, chosen.quiet, chosen.posts],
    )


def set_address(db: Database, name: str, email: str) -> Account:
    """Give an account an email ("" for none) and return it."""
    account = find(db, name)
    email = email.strip()
    if email and not EMAIL.fullmatch(email):
        raise Invalid({"email": gettext("“{email}” is no email address. Write it like name@example.org.", email=email)})
    db.conn.execute("update accounts set email = ? where id = ?", [email, account["id"]])
    return account


def recipients(db: Database, comments: list[int]) -> list[dict[str, Any]]:
    """Return for each of these comments the accounts that want mail about it and may decide on it."""
    if not comments:
        return []
    return list(
        db.query(
            f"""
            select c.id as comment, a.id as account, a.email, m.notify, m.hour, m.quiet, m.posts
            from comments c join posts p on p.id = c.post_id
            join account_mail m on m.notify <> 'never' join accounts a on a.id = m.account_id
            where c.id in ({", ".join(map(str, comments))}) and {MAY_DECIDE} and a.email <> ''
              and (m.posts = 'all' or {OWN})
            order by c.id
            """
        )
    )


OWN = "(p.author = a.name collate nocase and p.author <> '')"
MAY_DECIDE = f"(a.removed_at is null and (a.role in ('admin', 'editor', 'moderator') or (a.role = 'author' and {OWN})))"


def is_quiet(quiet: str, local: datetime) -> bool:
    if not (found := QUIET.fullmatch(quiet)):
        return False
    start, end = _minutes(found, 1), _minutes(found, 3)
    now = local.hour * 60 + local.minute
    return start <= now < end if start <= end else now >= start or now < end


def _minutes(found: re.Match[str], group: int) -> int:
    return int(found[group]) * 60 + int(found[group + 1])


def digest_due(choice: Choice, at: str, zone: ZoneInfo) -> str:
    """Return when the next mail about all that waits is due: the next hour, the daily hour, or the end of the quiet."""
    local = moment(at).astimezone(zone)
    if choice.notify == "daily":
        due = local.replace(hour=choice.hour, minute=0, second=0, microsecond=0)
        due += timedelta(days=int(due <= local))
    elif choice.notify == "hourly":
        due = local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    else:
        due = local
    if is_quiet(choice.quiet, due):
        found = QUIET.fullmatch(choice.quiet)
        assert found
        end = due.replace(hour=int(found[3]), minute=int(found[4]), second=0, microsecond=0)
        due = end + timedelta(days=int(end <= due))
    return stamp(due)
