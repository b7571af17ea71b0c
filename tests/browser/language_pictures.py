"""Make the pictures of six languages in docs/screenshots: `python -m tests.browser.language_pictures`.

Each is a site of its own, in its language, with a post and comments in it; light, from the real server. What is shown
of Japanese needs a Japanese font on the machine.
"""

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from blog import publishing, settings
from blog.journal import events
from blog.storage import store
from tests import factories
from tests.browser import running
from tests.browser.conftest import signed_in
from tests.browser.screenshots import FOLDER, save

WIDTH, HEIGHT, OF_DESK = 640, 1150, 600


@dataclass(frozen=True)
class Sample:
    """A post, and comments on it, each with its writer; the last one waits."""

    site: str
    title: str
    author: str
    body: str
    comments: tuple[tuple[str, str], ...]
    desk: bool = False


SAMPLES = {
    "de": Sample(
        "Hafenblatt",
        "Wer bezahlt das Licht?",
        "Inga Sandvik",
        "Hundert Jahre lang galt der Leuchtturm als Beweis, dass niemand für ein Licht bezahlt, das alle sehen.",
        (
            ("Jonas Weber", "In Bremen stand die Abgabe noch 1912 im *Hafenbuch*. Gezahlt haben alle, gern keiner."),
            ("Tove Lindqvist", "Und wer hat das Buch geführt?"),
            ("Jonas Weber", "Der Küster. Er konnte als Einziger „Feuergeld“ schreiben."),
        ),
    ),
    "fr": Sample(
        "Le Quai",
        "Qui paie la lumière ?",
        "Inès Sandvik",
        "Pendant cent ans, le phare a servi de preuve : personne ne paie une lumière que tout le monde voit.",
        (
            ("Aurélie Martin", "À Saint-Malo, le « droit de feu » figurait encore sur les reçus de 1905."),
            ("Piet Hoekstra", "Avez-vous vu ces reçus, ou seulement leur inventaire ?"),
            ("Aurélie Martin", "Les deux. L’inventaire en compte trois de moins."),
        ),
    ),
    "ru": Sample(
        "Причал",
        "Кто платит за свет",
        "Инес Сандвик",
        "Сто лет маяк служил доказательством: за свет, который видят все, не платит никто.",
        (
            ("Ольга Титова", "В Кронштадте «огневой сбор» брали ещё в 1908 году, и расписка сохранилась."),
            ("Marek Dvořák", "А кто её подписал?"),
            ("Ольга Титова", "Смотритель. Неразборчиво, зато трижды."),
        ),
        desk=True,
    ),
    "he": Sample(
        "הרציף",
        "מי משלם על האור",
        "אינס סנדוויק",
        "מאה שנה הסכימו הכלכלנים שאיש לא ישלם על מגדלור. בינתיים, במשרדי הנמל, מישהו כתב קבלות.",
        (
            ("נועה ברקאי", "אצלנו בנמל חיפה נגבתה האגרה עוד בימי המנדט, ואיש לא שאל אם המגדלור הוא מוצר ציבורי."),
            ("Anneke Vos", "Was the *Haifa* tariff ever printed?"),
            ("יואב שטרן", "כן, בשנת 1936. עותק אחד נשאר."),
        ),
    ),
    "ar": Sample(
        "الرصيف",
        "من يدفع ثمن الضوء",
        "إيناس ساندفيك",
        "مئة عام اتفق الاقتصاديون على أن أحدا لن يدفع ثمن منارة. وفي مكاتب الميناء كان أحدهم يكتب الإيصالات.",
        (
            ("ليلى منصور", "في ميناء عكا كان البحارة يدفعون ثمن الزيت للمسجد القريب من المنارة، ولم يسمه أحد ضريبة."),
            ("Noor Haddad", "Who kept the receipts?"),
            ("ليلى منصور", "الحارس، في صندوق من خشب الأرز. فيه 214 إيصالا."),
        ),
        desk=True,
    ),
    "ja": Sample(
        "波止場",
        "灯りの代金は誰が払うのか",
        "サンドヴィク・イネス",
        "百年のあいだ、灯台は「誰もが見る光に金を払う者はいない」ことの証拠とされてきた。",
        (
            ("渡辺 純", "横浜の港では、明治の終わりまで「灯明料」を取っていました。領収書も残っています。"),
            ("Jun Ito", "その領収書はどこで見られますか。"),
            ("渡辺 純", "開港資料館の三階です。ただし、月曜日は休みです。"),
        ),
    ),
}


def make(folder: Path, language: str, sample: Sample) -> None:
    """Make a site with a post and its comments."""
    (folder / "posts").mkdir(parents=True)
    (folder / "blog.toml").write_text(f'title = "{sample.site}"\nlanguage = "{language}"\ntimezone = "UTC"\n', "utf-8")
    day = datetime.now(UTC) - timedelta(days=3)
    front = f"title: '{sample.title}'\ndate: {day:%Y-%m-%d}\nauthor: {sample.author}\n"
    (folder / "posts" / "light.md").write_text(f"---\n{front}---\n\n{sample.body}\n", "utf-8")
    site = settings.load(folder, {})
    store.prepare(site.database)
    db = store.connect(site.database)
    publishing.publish(db, site, by=running.by())
    with store.transaction(db):
        running.hurry(db)
        factories.account(db, "ana")
    parent = ""
    for n, (author, text) in enumerate(sample.comments, start=1):
        at = events.stamp(day + timedelta(hours=3 * n))
        sent = factories.submit(db, text, n, slug="light", at=at, author=author, comment_parent=parent)
        if n < len(sample.comments) or not sample.desk:
            factories.decide(db, sent, "approve", by=running.by())
            parent = str(sent)
    if sample.desk:
        author, text = sample.comments[0]
        at = events.stamp(datetime.now(UTC) - timedelta(hours=1))
        factories.submit(db, f"{text} https://a.example https://b.example", 9, slug="light", at=at, author=author)
    db.conn.close()


def picture(folder: Path, browser: Browser, language: str, sample: Sample) -> None:
    """Take the picture of a site's post, or of its queue."""
    make(folder, language, sample)
    with running.serve(folder) as site:
        session = signed_in(site, browser) if sample.desk else None
        page = browser.new_page(
            base_url=site.address,
            viewport={"width": WIDTH, "height": OF_DESK if sample.desk else HEIGHT},
            storage_state=session,
        )
        page.goto("/admin/comments" if sample.desk else "/light/")
        save(page.screenshot(animations="disabled"), FOLDER / f"language-{language}.png")
        page.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = running.chromium(playwright, "--font-render-hinting=none")
        for language, sample in SAMPLES.items():
            picture(Path(folder) / language, browser, language, sample)
        browser.close()


if __name__ == "__main__":
    main()
