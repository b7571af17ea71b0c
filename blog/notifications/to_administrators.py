"""The mail to administrators about the server: its new problems, and those that are solved."""

from sqlite_utils import Database

from blog import wording
from blog.notifications import mail_queue
from blog.notifications.blocks import Button, Heading, Lead, Mail, Small, Text
from blog.notifications.to_accounts import account_of
from blog.notifications.writing import Writing
from blog.operation import known_problems, problems
from blog.operation.problems import Description, Problem
from blog.wording import gettext, ngettext


def tell(db: Database, *, at: str) -> None:
    """Mail new and solved problems, by the outbox, to every administrator who has an address."""
    administrators = db.conn.execute(
        "select id, email from accounts where role = 'admin' and removed_at is null and email <> '' order by id"
    ).fetchall()
    if not administrators:
        return
    news = known_problems.news(db, at=at)
    if not news.new and not news.over:
        return
    for account, email in administrators:
        payload = {
            "mail": "condition",
            "to": email,
            "account": account,
            "new": [[each.name, dict(each.facts)] for each in news.new],
            "over": [[each.name, dict(each.facts)] for each in news.over],
            "left": news.left,
        }
        mail_queue.enqueue(db, payload, at=at, key=f"condition:{account}:{at}")


def condition(writing: Writing) -> Mail | None:
    """Say what is wrong with the server and what to do, and what is solved."""
    if (account := account_of(writing)) is None:
        return None
    new, over = _described(writing, "new"), _described(writing, "over")
    site, left = writing.settings.title, int(writing.payload["left"])
    blocks: list[Heading | Lead | Text | Button] = []
    if new:
        blocks.append(
            Lead(
                ngettext(
                    "The server of {site} has a problem.", "The server of {site} has {n} problems.", len(new), site=site
                )
            )
        )
        for each in new:
            blocks += [Heading(each.what), Text(each.cure)]
    if over:
        blocks.append((Text if new else Lead)(gettext("This is solved:")))
        blocks += [Text(each.what) for each in over]
    if left:
        blocks.append(Text(ngettext("One earlier problem remains.", "{n} earlier problems remain.", left)))
    blocks.append(Button(gettext("Look at the server"), writing.url("/admin/system")))
    return Mail(
        to=account[2],
        subject=gettext("A problem with {site}", site=site)
        if new
        else gettext("Solved: a problem with {site}", site=site),
        blocks=blocks,
        footer=[Small(gettext("Sent to all administrators: once for each problem, and once when it is solved."))],
        language=wording.tag(),
    )


def _described(writing: Writing, which: str) -> list[Description]:
    return [problems.describe(Problem(name, facts), writing.date) for name, facts in writing.payload[which]]
