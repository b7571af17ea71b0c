"""Mails to readers: the confirmation, the way to their comments, and what became of those."""

from dataclasses import replace
from typing import Any

from blog import wording
from blog.comments import unconfirmed
from blog.deliveries import later
from blog.errors import NotFound
from blog.notifications import answers, subscriptions
from blog.notifications.blocks import Block, Button, Code, Lead, Mail, Quote, Small, Text, shortened
from blog.notifications.following import APPEARED, EVENTS
from blog.notifications.links import LASTS, Link
from blog.notifications.own_page import new_link
from blog.notifications.subscriptions import Subscription
from blog.notifications.writing import Writing, footer, name_of, parent_of, quote_of
from blog.wording import gettext, listed, ngettext

NEWS, SIGNS = 15, 1_000  # comments of one digest, and signs of each


def confirm(writing: Writing) -> Mail | None:
    """Ask whether somebody wants mail. It holds no word of whoever typed the address, only the post's title."""
    found = _subscription(writing)
    if found is None or found["confirmed_at"]:
        return None
    link = Link("confirm", address=found["address"], browser=found["reader_hash"], details=str(found["id"]))
    until = writing.deadline(later(writing.at, seconds=LASTS["confirm"]))
    return Mail(
        to=found["address"],
        subject=gettext("Confirm your address for {site}", site=writing.settings.title),
        blocks=[
            Lead(gettext("Do you want mail when somebody answers you?")),
            Text(
                gettext(
                    "Somebody, probably you, gave this address under “{post}” and asked for it.", post=found["title"]
                )
            ),
            Small(writing.post_url(_post(found))),
            Button(gettext("Yes, confirm this address"), writing.link(link)),
            Small(gettext("The link works until {until}.", until=until)),
            Text(gettext("If it was not you, do nothing. You will get no other mail about this.")),
        ],
        footer=[Small(gettext("This is the only mail we send to an address that nobody has confirmed."))],
        language=wording.tag(),
    )


def confirm_comment(writing: Writing) -> Mail | None:
    """Ask whoever wrote a first comment to confirm the address. It holds no word of theirs, only the post's title."""
    number, address = int(writing.payload["comment"]), str(writing.payload["to"])
    row = writing.comment(number)
    if row is None or not unconfirmed.is_apart(writing.db, number) or subscriptions.is_unwanted(writing.db, address):
        return None
    link = Link("confirm", address=address, browser=row["reader_hash"], comment=number)
    until = writing.deadline(later(writing.at, seconds=LASTS["confirm"]))
    wished = []
    if subscriptions.has_wishes(writing.db, address, row["reader_hash"]):
        wished = [Text(gettext("Then you also get the mail that was asked for there. Every mail has a link to stop."))]
    return Mail(
        to=address,
        subject=gettext("Confirm your address for {site}", site=writing.settings.title),
        blocks=[
            Lead(gettext("Did you write a comment?")),
            Text(gettext("Somebody, probably you, gave this address under “{post}”.", post=row["title"])),
            Text(gettext("A moderator sees the comment only after you confirm that the address is yours.")),
            *wished,
            Small(writing.post_url(row)),
            Button(gettext("Yes, confirm this address"), writing.link(link)),
            Small(gettext("The link works until {until}. Without it the comment is removed.", until=until)),
            Text(gettext("If it was not you, do nothing. You will get no other mail about this.")),
        ],
        footer=[Small(gettext("Until somebody confirms this address, we send it nothing but such questions."))],
        language=wording.tag(),
        sent=[("asked", (number,))],
    )


def login(writing: Writing) -> Mail | None:
    """Send a link and a code that open somebody's comments; only to an address that something is stored of."""
    address = str(writing.payload["to"])
    if subscriptions.is_unwanted(writing.db, address):
        return None
    made = new_link(writing.db, address, str(writing.payload["browser"]), at=writing.at)
    if made is None:
        return None
    token, code = made
    until = writing.deadline(later(writing.at, seconds=LASTS["open"]))
    return Mail(
        to=address,
        subject=gettext("Open your comments on {site}", site=writing.settings.title),
        blocks=[
            Code(gettext("Your code is"), code),
            Text(gettext("Type it in the browser where you asked, or open this link in that same browser:")),
            Button(gettext("Open my comments"), writing.url(f"/your-comments/open/{token}/")),
            Text(
                gettext(
                    "Either works once, until {until}. Nobody from {site} will ever ask you for the code.",
                    until=until,
                    site=writing.settings.title,
                )
            ),
            Text(gettext("If you did not ask for this, do nothing.")),
        ],
        footer=[Small(gettext("Sent because somebody typed this address on the page “Your comments”."))],
        language=wording.tag(),
    )


def public(writing: Writing) -> Mail | None:
    found, row = _subscription(writing), writing.comment(writing.payload["comment"])
    if found is None or not found["confirmed_at"] or row is None or row["status"] != "approved":
        return None
    blocks = [
        Lead(gettext("Your comment on “{post}” is public now.", post=row["title"])),
        quote_of(writing, row),
        Button(gettext("Read it in its place"), writing.place(row)),
        Button(gettext("Change or withdraw it"), writing.url("/your-comments/")),
    ]
    return _about_own(writing, found, gettext("Your comment is public"), blocks)


def accepted(writing: Writing) -> Mail | None:
    """Tell that a change that the writer proposed is public."""
    found, row = _subscription(writing), writing.comment(writing.payload["comment"])
    if found is None or not found["confirmed_at"] or row is None or row["status"] != "approved":
        return None
    blocks = [
        Lead(gettext("Your change of your comment on “{post}” is public now.", post=row["title"])),
        quote_of(writing, row),
        Button(gettext("Read it in its place"), writing.place(row)),
    ]
    return _about_own(writing, found, gettext("Your change is public"), blocks)


def not_published(writing: Writing) -> Mail | None:
    found, row = _subscription(writing), writing.comment(writing.payload["comment"])
    if found is None or not found["confirmed_at"] or row is None or row["status"] != "trash":
        return None
    blocks: list[Block] = [Lead(gettext("Your comment on “{post}” was not published.", post=row["title"]))]
    if told := _reason(writing):
        blocks.append(told)
    blocks += [
        Text(gettext("What you wrote:")),
        replace(quote_of(writing, row), answered=True),
        Button(gettext("Change it and send it again"), writing.url(f"/your-comments/{row['id']}/edit")),
        Small(gettext("Only you and the people of this site can see it.")),
    ]
    return _about_own(writing, found, gettext("Your comment was not published"), blocks)


def _reason(writing: Writing) -> Quote | None:
    """Return what a moderator wrote for the writer, if they chose to tell."""
    row = writing.db.conn.execute(
        """
        select b.reason, coalesce(a.name, ''), b.at from batches b left join accounts a on a.id = b.account_id
        where b.id = ? and b.told = 1 and b.reason <> ''
        """,
        [writing.payload["batch"]],
    ).fetchone()
    if row is None:
        return None
    return Quote(row[1] or writing.settings.title, writing.date(row[2]), row[0])


def answered(writing: Writing) -> Mail | None:
    found, row = _subscription(writing), writing.comment(writing.payload["comment"])
    if found is None or not found["confirmed_at"] or row is None or row["status"] != "approved":
        return None
    if row["parent_status"] != "approved":
        return None
    mine = replace(parent_of(writing, row)[0], author=gettext("You"))
    name = name_of(row["author"])
    blocks: list[Block] = [
        Lead(gettext("{name} answered you on “{post}”.", name=name, post=row["title"])),
        mine,
        quote_of(writing, row),
        Button(gettext("Answer {name}", name=name), f"{writing.post_url(row)}?replytocom={row['id']}#comment-form"),
    ]
    answer_to = answers.address(writing, found["address"], row["id"], found["reader_hash"])
    if answer_to:
        blocks.append(Text(gettext("Or answer this mail: your answer appears like any comment.")))
    why = gettext("You asked for mail when you are answered on this post.")
    mail = _mail(writing, found, gettext("{name} answered you", name=name), blocks, why)
    return replace(mail, reply_to=answer_to)


def news(writing: Writing) -> Mail | None:
    """Send what others wrote under a post since the last digest."""
    found = _subscription(writing)
    if found is None or not found["confirmed_at"] or found["kind"] != "all":
        return None
    last, ids = _new(writing, found)
    rows = [row for row in map(writing.comment, ids[:NEWS]) if row]
    if not rows:
        return None
    names = listed(dict.fromkeys(name_of(row["author"]) for row in rows))
    blocks: list[Block] = [Lead(gettext("New on “{post}”, by {names}.", post=found["title"], names=names))]
    blocks += [quote_of(writing, {**row, "text": shortened(row["text"], SIGNS)}) for row in rows]
    blocks.append(Button(gettext("Read them in their place"), writing.place(rows[0])))
    subject = ngettext("One new thought on “{post}”", "{n} new thoughts on “{post}”", len(ids), post=found["title"])
    why = gettext("You asked for all new thoughts on this post, at most one mail an hour.")
    return _mail(writing, found, subject, blocks, why, sent=[("news", (found["id"], last))])


def _new(writing: Writing, found: Subscription) -> tuple[int, list[int]]:
    """Return the last event of the journal, and the comments that appeared since the last digest."""
    rows = writing.db.conn.execute(
        f"""
        select distinct c.id {EVENTS}
        where e.id > :seen and c.post_id = :post and {APPEARED} and b.undone_by is null
          and c.reader_hash is not :reader and lower(c.email) <> :address
        order by c.id
        """,
        {
            "seen": found["seen_event"],
            "post": found["post_id"],
            "reader": found["reader_hash"],
            "address": found["address"],
        },
    ).fetchall()
    last = writing.db.conn.execute("select coalesce(max(id), 0) from events").fetchone()[0]
    return int(last), [int(row[0]) for row in rows]


def _about_own(writing: Writing, found: Subscription, subject: str, blocks: list[Any]) -> Mail:
    return _mail(writing, found, subject, blocks, gettext("You asked for mail about your comments on this post."))


def _mail(writing: Writing, found: Subscription, subject: str, blocks: list[Any], why: str, *, sent: Any = ()) -> Mail:
    return Mail(
        to=found["address"],
        subject=subject,
        blocks=blocks,
        footer=footer(writing, why, found["id"], found["address"]),
        list_id=f"post-{found['post_id']}",
        unsubscribe=writing.leave("subscription", found["id"]),
        thread=f"post-{found['post_id']}",
        language=wording.tag(),
        sent=sent,
    )


def _subscription(writing: Writing) -> Subscription | None:
    try:
        return subscriptions.find(writing.db, int(writing.payload["subscription"]))
    except NotFound:
        return None


def _post(found: Subscription) -> dict[str, Any]:
    return {"slug": found["slug"], "published_at": found["published_at"], "post_kind": found["post_kind"]}
