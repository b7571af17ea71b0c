"""Who is at the desk: seen by the others within seconds, gone soon after, and in no file that matters."""

import stat
from pathlib import Path

from blog.moderation import presence
from blog.moderation.presence import Present

ANA, MIA, ROLF = Present(1, "ana", 7), Present(2, "mia"), Present(3, "rolf", 9)


def at(second: int) -> str:
    return f"2026-05-03T10:00:{second:02d}.000Z"


def test_others_are_seen_with_the_comment_they_look_at(tmp_path: Path) -> None:
    database = tmp_path / "blog.db"
    assert presence.meet(database, ANA, at=at(0)).others == []
    assert presence.meet(database, MIA, at=at(1)).others == [ANA]
    assert presence.meet(database, ANA, at=at(2)).others == [MIA]
    moved = Present(2, "mia", 8)
    presence.meet(database, moved, at=at(3))
    assert presence.meet(database, ANA, at=at(4)).others == [moved]


def test_who_says_nothing_for_a_while_has_left(tmp_path: Path) -> None:
    database = tmp_path / "blog.db"
    presence.meet(database, ANA, at=at(0))
    assert presence.meet(database, MIA, at=at(15)).others == [ANA]
    assert presence.meet(database, MIA, at=at(16)).others == []


def test_a_split_gives_each_a_share_and_every_comment_one(tmp_path: Path) -> None:
    database = tmp_path / "blog.db"
    for each in (ANA, MIA, ROLF):
        presence.meet(database, each, at=at(0))
    mine = presence.split(database, MIA, at=at(1))
    assert mine
    assert (mine.part, mine.by) == ("2of3", "mia")
    shares = [presence.meet(database, each, at=at(2)).share for each in (ANA, MIA, ROLF)]
    assert [share and share.part for share in shares] == ["1of3", "2of3", "3of3"]


def test_the_file_is_the_owners_alone_and_a_broken_one_does_no_harm(tmp_path: Path) -> None:
    database = tmp_path / "blog.db"
    presence.meet(database, ANA, at=at(0))
    path = tmp_path / "blog.db.desk"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["blog.db.desk"]
    path.write_bytes(b"no database at all, only words" * 100)
    assert presence.meet(database, ANA, at=at(1)).others == []
    assert presence.split(database, ANA, at=at(1)) is None
    assert presence.meet(tmp_path / "nowhere" / "blog.db", ANA, at=at(1)).others == []
