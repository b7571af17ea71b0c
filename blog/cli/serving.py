"""`blog serve`. Its process stays for as long as the site is served, and holds nothing of the engine: a child prepares
the site and ends, and the workers import the engine after their fork.
"""

import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from blog import settings
from blog.cli import Shell, main, priorities, say_error
from blog.errors import AfterwordError, Conflict, Unusable
from blog.settings import Settings
from blog.storage.lock import claim

log = logging.getLogger("blog")
EX_CONFIG = 78  # of sysexits.h: the service manager need not start it again (RestartPreventExitStatus)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option(
    "--reload",
    is_flag=True,
    help="Restart when a file of the engine or blog.toml changes (for development).",
)
@click.pass_context
def serve(context: click.Context, host: str, port: int, workers: int, reload: bool) -> None:
    """Publish what changed in posts/ and pages/, then serve the site.

    Exits with 78 when a person must fix something first, such as a wrong setting; a restart would not help.
    """
    shell: Shell = context.obj
    try:
        site = shell.settings
        _check_port(host, port)
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        with claim(site.database) as held:
            with _without_numpy():
                if code := _in_a_child(lambda: _prepare(site, address), meanwhile=_import_libraries):
                    context.exit(code)
            held.take_file()
            os.environ["BLOG_SITE"] = str(site.root)
            _run(site, host, port, workers, reload)
    except Unusable as error:
        say_error(error.sentence)
        context.exit(EX_CONFIG)


def _prepare(site: Settings, address: str) -> None:
    from blog.cli import preparing

    preparing.prepare(site, address)


def _publish(site: Settings) -> None:
    from blog.cli import preparing

    preparing.publish(site)


def _import_libraries() -> None:
    """Import what the workers need of others, once for all of them, while the site is prepared."""
    for name in ("granian.server", "sqlite_utils", "jinja2", "starlette.applications", "itsdangerous", "brotli"):
        import_module(name)
    gc.freeze()  # what the workers share with this process stays shared


@contextmanager
def _without_numpy() -> Iterator[None]:
    """Keep sqlite-utils from importing numpy and pandas where they are installed.

    It would know their types as values of columns, which nobody here stores: 8 MiB and a tenth of a second.
    """
    hidden = {"numpy", "pandas"} - sys.modules.keys()
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: an import of it fails
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def _in_a_child(act: Callable[[], None], *, meanwhile: Callable[[], None]) -> int:
    """Run `act` in a process of its own and `meanwhile` in this one; return the exit code, 0 when it went well."""
    if not hasattr(os, "fork"):
        act()
        return 0
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        _run_and_end(act)
    meanwhile()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _run_and_end(act: Callable[[], None]) -> None:
    code = 1
    try:
        act()
        code = 0
    except AfterwordError as error:
        code = EX_CONFIG if isinstance(error, Unusable) else 1
        say_error(error.sentence)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        os._exit(code)


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Conflict(
                f"{host}:{port} cannot be used ({error.strerror}). Choose another port with --port."
            ) from error


def _run(site: Settings, host: str, port: int, workers: int, reload: bool) -> None:
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server import Server

    class Serving(Server):  # type: ignore[misc,valid-type]  # granian names its class by the system
        def _reload(self, spawn_target: Any, target_loader: Any) -> None:
            """Replace the workers when told by SIGHUP, but not where the new ones could not start."""
            try:
                settings.load(site.root)
                if _installed() != installed:
                    raise Unusable("another version was installed since it was started. Restart it.")
            except Unusable as error:
                log.error("The server goes on as before: %s", error)
                self.reload_signal = False
                self.main_loop_interrupt.clear()
                return
            super()._reload(spawn_target, target_loader)
            self.respawned_wrks.clear()  # a worker that was killed meanwhile has not crashed twice

    installed = _installed()
    server = Serving(
        "blog.app:from_environment",
        factory=True,
        address=host,
        port=port,
        workers=workers,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=15_000),
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=priorities.logging_config(),
        reload=reload,
        reload_paths=[site.root.resolve(), ENGINE] if reload else None,
        reload_filter=_engine_and_settings(site) if reload else None,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    )
    server.main_loop_interrupt = Told()
    server.on_reload(lambda: _publish(site))
    _let_workers_end_while_they_start()
    server.serve()


ENGINE = Path(__file__).resolve().parent.parent


def _installed() -> tuple[int, int]:
    """Return what differs when the program's files were replaced: workers would mix them with what is in memory."""
    stat = (ENGINE / "__init__.py").stat()
    return stat.st_ino, stat.st_mtime_ns


def _engine_and_settings(site: Settings) -> Any:
    """Return the filter of watchfiles that lets the engine's files and the site's settings through, and nothing else.

    All else in the site's folder is followed without a start, like posts, or is none of ours, like a server's own log.
    """
    from watchfiles.filters import DefaultFilter

    settings, engine = str(site.root.resolve() / "blog.toml"), f"{ENGINE}{os.sep}"

    class EngineAndSettings(DefaultFilter):
        def __call__(self, change: Any, path: str) -> bool:
            return (path == settings or path.startswith(engine)) and super().__call__(change, path)

    return EngineAndSettings


class Told(threading.Event):
    """An event that the answer to a signal may set while the same thread is just about to wait for it.

    With the lock of Python's own event the thread would wait for itself, and the server would never end.
    """

    def __init__(self) -> None:
        super().__init__()
        self._cond = threading.Condition(threading.RLock())


def _let_workers_end_while_they_start() -> None:
    """Give no child this process's answer to SIGTERM, which would do nothing there until it has one of its own."""
    if not hasattr(os, "register_at_fork"):
        return
    told = {signal.SIGTERM}

    def begin_as_any_process() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, told)

    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, told),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, told),
        after_in_child=begin_as_any_process,
    )
