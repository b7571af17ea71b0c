"""Which index should the desk's search have? `python -m benchmarks.search [COMMENTS]`.

SQLite's two full-text tokenizers that know every script index the same comments, in ten languages: words by their
beginning (`unicode61`) and every three letters (`trigram`, which the desk uses). The answer is the size of the index,
the time of adding a comment to it, and for each kind of question the time in which the newest fifty are found, and the
share of the comments found of those that a plain scan finds.
"""

import random
import sqlite3
import sys
import time
from statistics import median

COMMENTS = 100_000
SHOWN = 50
INDEXES = {
    "unicode61": "tokenize = 'unicode61 remove_diacritics 2'",
    "trigram": "tokenize = 'trigram'",
}
WORDS = {
    "en": "margin answer reader writer quiet bridge letter page notebook thanks lighthouse keeper ledger harbour",
    "de": "Leserin Antwort Rand Brücke Leuchtturmwärter Donaudampfschiff Briefwechsel Straße Höflichkeit Tisch",
    "cs": "čtenářka odpověď okraj most dopisovatel přístav zápisník světlo děkuji nejneobhospodařovávatelnější",
    "ru": "читатель ответ поля мост письмо страница маяк спасибо тетрадь разговор",
    "el": "αναγνώστης απάντηση περιθώριο γέφυρα επιστολή σελίδα φάρος ευχαριστώ",
    "ar": "القارئ الجواب الهامش الجسر الرسالة الصفحة المنارة شكرا الدفتر",
    "hi": "पाठक उत्तर हाशिया पुल चिट्ठी पन्ना धन्यवाद बातचीत किताब",
    "zh": "读者 回答 页边空白 桥梁 灯塔管理员 笔记本 谢谢你们 编辑部 公共讨论",
    "ja": "読者 返事 余白 橋 灯台守 手紙 ありがとうございます ノートブック 編集者",
    "th": "ผู้อ่าน คำตอบ ขอบกระดาษ สะพาน จดหมาย ประภาคาร ขอบคุณ สมุดบันทึก",
}
UNSPACED = {"zh", "ja", "th"}
QUESTIONS = {
    "a whole word": ["lighthouse", "Leuchtturmwärter", "маяк", "απάντηση", "الرسالة", "dopisovatel"],
    "part of a word": ["ighthous", "turmwärt", "обхосп", "damPFschiff", "hospodařov", "ontes"],
    "a word of a script without blanks": [
        "灯塔管理员",
        "ありがとうございます",
        "ประภาคาร",
        "公共讨论",
        "灯台守",
        "จดหมาย",
    ],
    "part of an address": ["example.org/9", "@mail7", "10.1.2", "reader7"],
    "an address that few have": ["reader770@mail5", "reader990@", "10.1.3.77", "10.1.2.19"],
}


def comments(count: int) -> list[tuple[int, str]]:
    drawn = random.Random(61)
    found = []
    for number in range(1, count + 1):
        language = drawn.choice(list(WORDS))
        joint = "" if language in UNSPACED else " "
        text = joint.join(drawn.choices(WORDS[language].split(), k=drawn.randint(8, 60)))
        person = drawn.randrange(count // 20)
        address = f"reader{person}@mail{person % 9}.example.org/{person % 97} 10.1.{person >> 8}.{person & 255}"
        found.append((number, f"{text} {address}"))
    return found


def build(name: str, rows: list[tuple[int, str]]) -> tuple[sqlite3.Connection, float, int]:
    """Return a database with an index of the comments, the microseconds for each, and the bytes of the index."""
    db = sqlite3.connect(":memory:")
    db.execute("create table comments (id integer primary key, text text)")
    db.executemany("insert into comments values (?, ?)", rows)
    before = _bytes(db)
    db.execute(f"create virtual table found using fts5 (text, content = 'comments', {INDEXES[name]})")
    begun = time.perf_counter()
    for start in range(0, len(rows), 100):
        batch = rows[start : start + 100]
        db.executemany("insert into found (rowid, text) values (-?, ?)", reversed(batch))
    db.commit()
    return db, (time.perf_counter() - begun) / len(rows) * 1e6, _bytes(db) - before


def _bytes(db: sqlite3.Connection) -> int:
    return int(db.execute("pragma page_count").fetchone()[0] * db.execute("pragma page_size").fetchone()[0])


def ask(db: sqlite3.Connection, name: str, words: str) -> tuple[float, set[int]]:
    """Return the milliseconds until the newest are found, and all that is found."""
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        _found(db, name, words, SHOWN)
        times.append((time.perf_counter() - begun) * 1000)
    return median(times), set(_found(db, name, words, -1))


def _found(db: sqlite3.Connection, name: str, words: str, most: int) -> list[int]:
    match = f'"{words}"' + ("*" if name == "unicode61" else "")
    rows = db.execute("select -rowid from found where found match ? order by rowid limit ?", [match, most])
    return [row[0] for row in rows.fetchall()]


def main(count: int) -> None:
    rows = comments(count)
    size = sum(len(text.encode()) for _, text in rows)
    plain = {number: text.lower() for number, text in rows}
    for name in INDEXES:
        db, added, index = build(name, rows)
        print(f"{name}: {added:.0f} µs a comment, index {index / size:.1f} times the text")
        for kind, asked in QUESTIONS.items():
            times, shares = [], []
            for words in asked:
                expected = {number for number, text in plain.items() if words.lower() in text}
                if not expected:
                    continue
                ms, found = ask(db, name, words)
                times.append(ms)
                shares.append(len(found & expected) / len(expected))
            print(f"  {kind:34} {median(times):6.1f} ms, finds {sum(shares) / len(shares):4.0%}")
        db.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COMMENTS)
