"""Mails to moderators: one comment that waits, or all that wait."""

import json
from collections.abc import Mapping
from typing import Any

from blog import wording
from blog.comments.unconfirmed import IN_QUEUE
from blog.filter import percent
from blog.notifications import answers
from blog.notifications.blocks import Block, Button, Heading, Lead, Links, Mail, Small, shortened, without_links
from blog.notifications.choices import MAY_DECIDE, OWN, Choice, of_account
from blog.notifications.links import Link, Purpose
from blog.notifications.writing import Writing, name_of, parent_of, quote_of, reason_of
from blog.wording import gettext, ngettext, pgettext

ROWS, SIGNS = 15, 240  # of a digest, so that it stays under 30 KB
LIKELY_SPAM = 0.8
DECISIONS: tuple[Purpose, ...] = ("approve", "spam", "trash")
LABELS = {"approve": "Approve", "spam": "Spam", "trash": "Trash"}


def waits(writing: Writing) -> Mail | None:
    """A comment waits: who wrote it, what it answers, its words, why it waits, and a link for each decision."""
    account, row = writing.payload["account"], writing.comment(writing.payload["comment"])
    if row is None or row["status"] != "pending" or not (address := _address(writing, account, row["id"])):
        return None
    answer_to = answers.address_of_account(writing, address, account, row["id"])
    where = gettext("On “{post}”.", post=row["title"])
    if row["parent_author"]:
        where = gettext("On “{post}”, answering {name}.", post=row["title"], name=row["parent_author"])
    return Mail(
        to=address,
        subject=gettext("A comment waits on “{post}”", post=row["title"]),
        blocks=[
            Lead(person(writing, row)),
            Small(where),
            *parent_of(writing, row),
            quote_of(writing, row, hidden=True),
            Small(why(row)),
            _links(writing, row, account),
            Small(_caution(writing)),
            *([Small(_answering())] if answer_to else []),
        ],
        footer=_footer(writing, account),
        list_id="waiting-comments",
        unsubscribe=writing.leave("account", account),
        thread=f"post-{row['post_id']}",
        reply_to=answer_to,
        language=wording.tag(),
    )


def digest(writing: Writing) -> Mail | None:
    """All comments that wait, with a link for each decision and one to a page where all are decided by one form."""
    account = writing.payload["account"]
    total, rows = _waiting(writing, account)
    if not rows or not (address := _address(writing, account, rows[0]["id"])):
        return None
    details = json.dumps([[row["id"], row["version"]] for row in rows])
    page = Button(
        ngettext("Decide it on one page", "Decide all {n} on one page", len(rows)),
        writing.link(Link("digest", account=account, details=details)),
    )
    likely = [row for row in rows if (row["score"] or 0) >= LIKELY_SPAM]
    others = [row for row in rows if row not in likely]
    blocks: list[Block] = [Lead(ngettext("One comment waits.", "{n} comments wait.", total)), page]
    for heading, part in ((gettext("To review"), others), (gettext("Likely spam"), likely)):
        if part:
            blocks.append(Heading(f"{heading}: {len(part)}"))
        for row in part:
            blocks += _entry(writing, row, account)
    if total > len(rows):
        desk = writing.url("/admin/comments")
        blocks.append(Button(ngettext("One more on the desk", "{n} more on the desk", total - len(rows)), desk))
    oldest = writing.date(rows[0]["created_at"])
    return Mail(
        to=address,
        subject=ngettext(
            "One comment waits, since {since}", "{n} comments wait, the oldest since {since}", total, since=oldest
        ),
        blocks=[*blocks, page, Small(_caution(writing))],
        footer=_footer(writing, account),
        list_id="waiting-comments",
        unsubscribe=writing.leave("account", account),
        language=wording.tag(),
    )


def _entry(writing: Writing, row: Mapping[str, Any], account: int) -> list[Block]:
    short = {**row, "text": shortened(" ".join(row["text"].split()), SIGNS)}
    return [
        Small(gettext("On “{post}”. {person}", post=row["title"], person=person(writing, row))),
        quote_of(writing, short, hidden=True),
        Small(why(row)),
        _links(writing, row, account),
    ]


def _links(writing: Writing, row: Mapping[str, Any], account: int) -> Links:
    decisions = [
        (
            gettext(LABELS[decision]),
            writing.link(Link(decision, account=account, comment=row["id"], revision=row["version"])),
        )
        for decision in DECISIONS
    ]
    return Links([*decisions, (pgettext("verb", "Open"), writing.url(f"/admin/comments/{row['id']}"))])


def _caution(writing: Writing) -> str:
    return gettext(
        "Each link shows the comment and asks you once. It works one time, for 7 days, for whoever holds this mail:"
        " please do not forward it. Addresses in comments are broken with [.] so that nothing opens by mistake."
    )


def _answering() -> str:
    return gettext(
        "When the comment is public, you can answer this mail. The answer waits for a moderator like that of a"
        " stranger, because nobody is a member of the site by mail alone."
    )


def why(row: Mapping[str, Any]) -> str:
    """Say why a comment waits, and how likely it is spam."""
    reason = reason_of(row) or gettext("It waits for a moderator.")
    if row["score"] is None:
        return reason
    return gettext("{reason} Likely spam: {percent}.", reason=reason, percent=percent(row["score"]))


def person(writing: Writing, row: Mapping[str, Any]) -> str:
    """Say what is known of the writer of a comment: by browser and by address, each for itself."""
    name = without_links(name_of(row["author"]))
    count, public = writing.db.conn.execute(
        """
        select count(*), total(status = 'approved') from (select status from comments
          where reader_hash = ? and id <> ? and status <> 'deleted' order by created_at desc limit 100)
        """,
        [row["reader_hash"], row["id"]],
    ).fetchone()
    if count:
        before = ngettext(
            "{name} wrote one comment here before from this browser; {public} of them public.",
            "{name} wrote {n} comments here before from this browser; {public} of them public.",
            count,
            name=name,
            public=int(public),
        )
    else:
        before = gettext("{name} writes for the first time from this browser.", name=name)
    if not row["email"]:
        return gettext("{before} No address.", before=before)
    if row["address_confirmed"]:
        return gettext("{before} Address confirmed.", before=before)
    return gettext("{before} Address not confirmed.", before=before)


def _address(writing: Writing, account: int, comment: int) -> str:
    """Return the address of an account that still may decide on a comment and wants mail, else ""."""
    row = writing.db.conn.execute(
        f"""
        select a.email from accounts a join account_mail m on m.account_id = a.id and m.notify <> 'never'
        join comments c on c.id = ? join posts p on p.id = c.post_id where a.id = ? and {MAY_DECIDE}
        """,
        [comment, account],
    ).fetchone()
    return str(row[0]) if row else ""


def _waiting(writing: Writing, account: int) -> tuple[int, list[dict[str, Any]]]:
    """Return how many comments wait for an account, and the first of them."""
    found = f"""
        from accounts a join account_mail m on m.account_id = a.id join comments c on c.status = 'pending'
        join posts p on p.id = c.post_id
        where a.id = ? and {IN_QUEUE} and {MAY_DECIDE} and (m.posts = 'all' or {OWN})
    """
    total = int(writing.db.conn.execute(f"select count(*) {found}", [account]).fetchone()[0])
    ids = writing.db.conn.execute(f"select c.id {found} order by c.id limit {ROWS}", [account]).fetchall()
    rows = [writing.comment(row[0]) for row in ids]
    return total, [row for row in rows if row]


def _footer(writing: Writing, account: int) -> list[Small | Button]:
    return [
        Small(_rhythm(of_account(writing.db, account))),
        Button(gettext("Change that"), writing.url("/admin/account#mail")),
    ]


def _rhythm(choice: Choice) -> str:
    if choice.notify == "hourly":
        return gettext("You get what waits once an hour.")
    if choice.notify == "daily":
        return gettext("You get what waits once a day, at {hour}:00.", hour=choice.hour)
    if choice.quiet:
        start, _, end = choice.quiet.partition("-")
        return gettext("You get each comment at once, but not from {start} to {end}.", start=start, end=end)
    return gettext("You get each comment at once.")
