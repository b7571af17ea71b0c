"""C6. One database under two names has one server: the lock is beside its real path."""

import os
from pathlib import Path

from tests.reliability.serving import make_site, run, running, sole_sentence


def test_c6_a_second_server_through_another_name_is_refused(tmp_path: Path) -> None:
    site, link, other = (tmp_path / name for name in ("site", "link", "other"))
    site.mkdir()
    make_site(site)
    link.symlink_to(site)
    (other / "posts").mkdir(parents=True)
    (other / "blog.db").symlink_to(site / "blog.db")
    with running(link) as server:
        for folder in (site, link, other):
            said = sole_sentence(run(folder, "serve", "--port", "8999"))
            assert f"already (process {server.process.pid}). Stop it first." in said
        assert server.comment("Words.").status == 303
        assert run(other, "queue", "--count").stdout == "1\n"  # a command beside it is welcome
    assert sorted(name for name in os.listdir(other)) == ["blog.db", "posts"]
