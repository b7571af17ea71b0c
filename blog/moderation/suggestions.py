"""What the decisions of the last month say about the settings: limits that hold mostly what is approved in the end."""

from dataclasses import dataclass

from sqlite_utils import Database

from blog.errors import Invalid
from blog.journal.events import earlier
from blog.rules.policy import Policy
from blog.wording import gettext

DAYS = 30
SAMPLE = 1_000  # comments of each status that are looked at, the newest
PAUSE = 28  # days that a suggestion stays away after “Not now”
FEWEST, MOSTLY = 20, 0.85  # decided comments, and the share of them that was approved, from which a limit is too strict
# Rules that hold from a number on: the setting with that number, and the fact of a verdict that is compared with it.
LIMITS = {
    "comment_max_links": ("comment_max_links", "links"),
    "near_duplicates": ("near_duplicates", "alike"),
    "link_domains": ("link_domain_spam", "spam"),
}


@dataclass(frozen=True)
class Suggestion:
    """Raise a limit: how many comments its rule held that are decided by now, how many of them were approved, and how
    many it would have held with the raised limit.
    """

    rule: str
    setting: str
    limit: int
    held: int
    approved: int
    still: int

    @property
    def raised(self) -> int:
        return self.limit + 1


def suggestions(db: Database, policy: Policy, *, at: str) -> list[Suggestion]:
    """Return the limits to raise, the one that held most for nothing first; not those declined in the last weeks."""
    listed = []
    for rule, (setting, _) in LIMITS.items():
        limit = getattr(policy, setting)
        held, approved, still = _decided(db, rule, limit, since=earlier(at, days=DAYS)) if limit else (0, 0, 0)
        if held >= FEWEST and approved / held >= MOSTLY:
            listed.append(Suggestion(rule, setting, limit, held, approved, still))
    declined = _declined(db, since=earlier(at, days=PAUSE)) if listed else set()
    wanted = [each for each in listed if (each.setting, each.raised) not in declined]
    return sorted(wanted, key=lambda each: -each.approved)


def _declined(db: Database, *, since: str) -> set[tuple[str, int]]:
    return set(db.conn.execute("select setting, value from declined_suggestions where at > ?", [since]).fetchall())


def decline(db: Database, setting: str, value: int, *, at: str) -> None:
    """Keep a suggested value of a setting away for some weeks; raises Invalid for one that is never suggested."""
    if setting not in {each for each, _ in LIMITS.values()}:
        raise Invalid({"setting": gettext("There is no suggestion about {setting!r}.", setting=setting)})
    db.conn.execute("insert or replace into declined_suggestions values (?, ?, ?)", [setting, value, at])


def _decided(db: Database, rule: str, limit: int, *, since: str) -> tuple[int, int, int]:
    """Count the decided comments of late that a limit holds, the approved ones of them, and those above the limit."""
    of_status = " union all ".join(
        f"""
        select status, fact from (
          select status, created_at, verdict_facts ->> :fact as fact from comments
          where status = '{status}' and rule = :rule order by id desc limit :most
        ) where created_at >= :since and fact >= :limit
        """
        for status in ("approved", "spam", "trash")
    )
    row = db.conn.execute(
        f"select count(*), total(status = 'approved'), total(fact > :limit) from ({of_status})",
        {"rule": rule, "fact": LIMITS[rule][1], "limit": limit, "since": since, "most": SAMPLE},
    ).fetchone()
    return int(row[0]), int(row[1]), int(row[2])
