"""A discussion of three hundred of our own invention, eight deep, in several scripts.

`python -m tests.browser.discussion FOLDER` makes a site with it, to be served and looked at.
"""

import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from blog.journal import events
from blog.storage import store
from tests import factories
from tests.browser.running import WELCOME, copy_site

COUNT, DEPTH = 310, 8
NAMES = (
    *("Tove Lindqvist", "Marek Dvořák", "Efua Mensah", "Hal Brightwater", "Noor Haddad", "Jun Watanabe"),
    *("Ottoline Greaves", "Wanda Król", "Samir Patel", "Ada Lindgren", "Ruth Abelard", "Joaquim Reis", "Piet Hoekstra"),
    "Maria Aurélia da Conceição Figueiredo de Albuquerque e Vasconcelos",
)
OPENINGS = (
    *("I tried it for a week.", "That is not how I remember it.", "Yes, and there is more.", "A small correction."),
    *("Where was that printed?", "My grandmother said the same.", "This proves too much.", "Careful with the dates."),
)
MIDDLES = (
    *("The harbour office kept a book for it, and the book is still there.", "Nobody signed the second page."),
    *("It worked until somebody in the capital noticed that it worked.", "The price was on the door, in chalk."),
    *("Two different things have the same name in that sentence.", "I would be glad to be shown wrong, with a date."),
    *("What you call a rule I would call a habit, and habits have no author.", "The list was longer than the law."),
    *("They printed the names of those who had not paid, and nailed the sheet to the church door.",),
)
SPECIAL = {
    4: "> That is not how I remember it.\n\nIt was so. See `grep lantern log`:\n\n    $ cut -d' ' -f3 log\n    11",
    9: "> > Where was that printed?\n>\n> In the appendix.\n\nThe appendix is missing from every scan.",
    14: "אצלנו בנמל חיפה נגבתה האגרה עוד בימי המנדט, ואיש לא שאל אם המגדלור הוא מוצר ציבורי.",
    15: "في ميناء عكا كان البحارة يدفعون ثمن الزيت للمسجد القريب من المنارة، ولم يسمه أحد ضريبة.",
    16: "灯台の火は、だれのものでもなく、だれのものでもある。昔の人はそう書いた。",
    17: "Thirty beans! 🫘 And one for the 👩🏽‍🚀 upstairs.",
    21: '1. The lamp came first.\n2. The fee came *eleven years* later.\n\n***\n\n"Always" -- so much for that...',
}


def fill(db: Database, *, slug: str = WELCOME, count: int = COUNT) -> list[int]:
    """Write and approve a discussion; return its ids."""
    chance = random.Random(310)
    sent: list[tuple[int, int]] = []  # id and depth
    for n in range(count):
        above = (0, 0)
        if sent and chance.random() < 0.72:
            near = [one for one in sent[-30:] if one[1] < DEPTH]
            above = chance.choice(near) if near else (0, 0)
        if 40 <= n < 47 and sent:
            above = sent[-1] if sent[-1][1] < DEPTH else (0, 0)
        author = chance.choice(NAMES)
        number = factories.submit(
            db,
            SPECIAL.get(n) or _text(chance),
            1_000 + n,
            slug=slug,
            at=events.stamp(datetime.now(UTC) - timedelta(minutes=12 * (count - n))),
            author=author,
            email=f"{author.split()[0].lower()}@example.org",
            comment_parent=str(above[0] or ""),
        )
        factories.decide(db, number, "approve")
        sent.append((number, above[1] + 1))
    return [number for number, _ in sent]


POSTS = {
    "hebrew": """---
title: מי משלם על האור
date: 2026-11-03
language: he
author: אינס סנדוויק
tags: [נמלים, מגדלורים]
summary: מאה שנה הסכימו הכלכלנים שאיש לא ישלם על מגדלור. בינתיים, במשרדי הנמל, מישהו כתב קבלות.
comments: open
---

המגדלור הוא תמונת הקדוש של הכלכלה הציבורית. אלומה על סלע מאירה לכל ספינה, ולכן איש לא ישלם. זהו טיעון יפה.

## הקבלות

בשנת 1974 הלך רונלד קוז (Ronald Coase) לבדוק, ומצא *אגרת אור* בכל נמל.
""",
    "arabic": """---
title: من يدفع ثمن الضوء
date: 2026-11-03
language: ar
author: إيناس ساندفيك
tags: [الموانئ]
summary: مئة عام اتفق الاقتصاديون على أن أحدا لن يدفع ثمن منارة. وفي مكاتب الميناء كان أحدهم يكتب الإيصالات.
comments: open
---

المنارة هي صورة القديس في الاقتصاد العام. شعاع على صخرة يضيء لكل سفينة، ولذلك لن يدفع أحد.
""",
}
ANSWERS = (
    ("נועה ברקאי", SPECIAL[14], 0),
    ("יואב שטרן", "רציף בלי מפקח הוא רק נוף אל המים.", 1),
    ("Anneke Vos", "I read this with a dictionary and much pleasure. Was the *Haifa* tariff ever printed?", 2),
    ("יוסף חדד", SPECIAL[15], 0),
    ("דניאל אוחנה", "כולם עוצרים שם:\n\n    $ pip download lanternlib\n\n> רציף בלי מפקח\n\nכן.", 1),
)


def write_posts(folder: Path) -> None:
    """Write two posts from the right into a site's posts/."""
    for slug, text in POSTS.items():
        (folder / "posts" / f"{slug}.md").write_text(text, "utf-8")


def answer_posts(db: Database) -> None:
    """Write a few comments in several scripts beneath them."""
    for offset, slug in enumerate(POSTS):
        ids = [0]
        for n, (author, text, parent) in enumerate(ANSWERS, 5_000 + 100 * offset):
            sent = factories.submit(
                db,
                text,
                n,
                slug=slug,
                at=events.stamp(datetime.now(UTC) - timedelta(hours=9 - len(ids))),
                author=author,
                email=f"writer{n}@example.org",
                comment_parent=str(ids[parent] or ""),
            )
            factories.decide(db, sent, "approve")
            ids.append(sent)


def _text(chance: random.Random) -> str:
    said = [chance.choice(OPENINGS), *chance.sample(MIDDLES, chance.randint(1, 4))]
    if chance.random() < 0.3:
        said.insert(2, "\n\n")
    return " ".join(said).replace(" \n\n ", "\n\n")


def main(folder: Path) -> None:
    site = copy_site(folder)
    db = store.connect(site / "blog.db")
    with store.transaction(db):
        factories.account(db, "ana")
    print(len(fill(db)), "comments under", WELCOME)
    db.conn.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
