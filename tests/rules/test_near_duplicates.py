import pytest

from blog.comments.near_duplicates import fingerprints
from blog.rules import Action, History, Submission, near_duplicates
from tests.rules.submissions import outcome, typed

TEXT = (
    "I have read this essay twice, and the second time I began to see what the author leaves out: nobody asks who pays"
    " for the lamp, and who carries the oil."
)


def alike(count: int, least: int = 2) -> Submission:
    return typed(history=History(alike=count), settings={"near_duplicates": least})


@pytest.mark.parametrize(
    ("submission", "reason"),
    [
        (alike(0), None),
        (alike(1), None),
        (alike(2), "Others sent nearly the same text 2 times within a month."),
        (alike(20), "Others sent nearly the same text 20 times within a month."),
        (alike(1, least=1), "Others sent nearly the same text once within a month."),
        (alike(20, least=0), None),
    ],
)
def test_what_others_sent_too_is_held(submission: Submission, reason: str | None) -> None:
    assert outcome(near_duplicates, submission) == ((Action.HOLD, reason) if reason else None)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (TEXT, True),
        (TEXT.upper(), True),
        (TEXT.replace("twice", "thrice"), True),
        (TEXT.replace("oil", "paraffin"), True),
        (TEXT.replace("I have", "Dear Ana, I have"), True),
        (f"{TEXT} https://shoes.example/", True),
        (TEXT.replace(" ", "\n\n"), True),
        (f"> {TEXT}\n\nYes.", False),
        ("A thought.", False),
        (
            "I have read this essay once, and the only time I began to doubt was at its end: everybody knows who pays"
            " for lamps, and nobody minds.",
            False,
        ),
    ],
)
def test_texts_are_alike_when_they_begin_or_end_with_the_same_words(other: str, same: bool) -> None:
    mine, theirs = fingerprints(TEXT), fingerprints(other)
    assert mine != ()
    assert (theirs != () and (mine[0] == theirs[0] or mine[1] == theirs[1])) is same


def test_a_short_text_is_like_no_other() -> None:
    assert fingerprints(" ".join(["word"] * 15)) == ()
    assert fingerprints(" ".join(["word"] * 16)) != ()
    assert fingerprints("> " + " ".join(["word"] * 99)) == ()


def test_a_script_without_blanks_is_compared_letter_by_letter() -> None:
    text = "オンラインカジノで遊ぶと必ず勝てます。登録は今すぐこちらからどうぞ。初回は{}をプレゼントいたします。"
    one, other = (fingerprints(text.format(sum)) for sum in ("一万円", "二千円"))
    assert set(one) & set(other)
    assert fingerprints("とても面白い記事でした。続きを楽しみにしています。") == ()
