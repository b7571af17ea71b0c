"""C3. Where locks do not keep others out, as in some network folders, the server does not start."""

import shutil
from pathlib import Path

import pytest

from tests.reliability.serving import make_site, run, sole_sentence


@pytest.mark.skipif(shutil.which("gcc") is None, reason="Locks that do not lock are made with a C compiler.")
def test_c3_locks_that_do_not_lock_are_found_and_refused(tmp_path: Path) -> None:
    """A library before libc's grants every lock, as a careless network file system does."""
    import subprocess

    source = tmp_path / "granting.c"
    source.write_text(
        "#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <fcntl.h>\n#include <stdarg.h>\n"
        "static int granted(int fd, int cmd, void *arg, const char *name) {\n"
        "  int (*real)(int, int, ...) = dlsym(RTLD_NEXT, name);\n"
        "  return cmd == F_SETLK || cmd == F_SETLKW ? 0 : real(fd, cmd, arg); }\n"
        "int fcntl(int fd, int cmd, ...) { va_list l; va_start(l, cmd); void *a = va_arg(l, void *); va_end(l);\n"
        '  return granted(fd, cmd, a, "fcntl"); }\n'
        "int fcntl64(int fd, int cmd, ...) { va_list l; va_start(l, cmd); void *a = va_arg(l, void *); va_end(l);\n"
        '  return granted(fd, cmd, a, "fcntl64"); }\n',
        "utf-8",
    )
    library = tmp_path / "granting.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    site = tmp_path / "site"
    site.mkdir()
    make_site(site)
    said = sole_sentence(run(site, "serve", "--port", "8999", before=("env", f"LD_PRELOAD={library}")))
    assert f"Files in {site} cannot be locked (two processes could hold the same lock)" in said
    assert "not on a network folder" in said
