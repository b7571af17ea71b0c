"""`blog serve`. A child process prepares the site; then the workers are forked, and import the engine themselves."""

import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from blog import measures, settings
from blog.cli import Shell, main, passed_socket, priorities, say_error
from blog.errors import AfterwordError, Conflict, Unusable
from blog.settings import Settings
from blog.storage import fence
from blog.storage.lock import claim
from blog.wording import gettext

log = logging.getLogger("blog")
# What the workers need of others is imported once for all of them, while the site is prepared: 0.2 s sooner.
LIBRARIES = ("granian.server", "sqlite_utils", "jinja2", "starlette.applications", "itsdangerous", "brotli")
OTHER_VERSION = "another version was installed since it was started. Restart it."  # for the log
EX_CONFIG = 78  # of sysexits.h: the service manager need not start it again (RestartPreventExitStatus)


@main.command(
    help=gettext(
        "Publish what changed in posts/ and pages/, then serve the site.\n\nExits with 78 when a person must fix"
        " something first, such as a wrong setting; a restart would not help."
    )
)
@click.option("--host", default="127.0.0.1", show_default=True, help=gettext("The address to listen on."))
@click.option(
    "--port", type=click.IntRange(1, 65_535), default=8000, show_default=True, help=gettext("The port to listen on.")
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help=gettext("Processes that answer requests."),
)
@click.option(
    "--reload",
    is_flag=True,
    help=gettext("Restart when a file of the engine or blog.toml changes (for development)."),
)
@click.option(
    "--read-only",
    is_flag=True,
    help=gettext("Serve a copy of a site: write nothing into its folder, publish nothing, accept nothing."),
)
@click.pass_context
def serve(context: click.Context, host: str, port: int, workers: int, reload: bool, read_only: bool) -> None:
    shell: Shell = context.obj
    try:
        site = shell.settings
        passed = passed_socket.take()
        if passed is None:
            _check_port(host, port)
        if site.metrics:
            _check_port(site.metrics.host, site.metrics.port)
            measures.share()
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        if passed is not None:
            address = passed_socket.address(passed, site.url)
        os.environ["BLOG_SITE"] = str(site.root)
        os.environ["BLOG_WORKERS"] = str(workers)
        if read_only:
            os.environ["BLOG_READ_ONLY"] = "1"
            if code := _run_in_child(_prepare_to_read, site, address):
                context.exit(code)
            _run(site, passed or (host, port), workers, reload)
            return
        with claim(site.database) as held:
            if site.replica:
                fence.share()
            if code := _run_in_child(_prepare, site, address):
                context.exit(code)
            held.take_file()
            try:
                _run(site, passed or (host, port), workers, reload)
            finally:
                if site.replica:
                    _run_in_child(_release, site)
    except Unusable as error:
        say_error(error.sentence)
        context.exit(EX_CONFIG)


def _run_in_child(act: Callable[..., None], *args: Any) -> int:
    """Run a function in a process of its own; return its exit code.

    This process, which lives as long as the site is served, then never imports the engine: workers that are forked
    from it later, after a file of the engine was changed, import it anew. And no connection is open when it forks.
    """
    context = multiprocessing.get_context("fork" if hasattr(os, "fork") else None)
    process = context.Process(target=_run_and_exit, args=(act, *args))
    process.start()
    for name in LIBRARIES:
        import_module(name)
    process.join()
    return process.exitcode or 0


def _run_and_exit(act: Callable[..., None], *args: Any) -> None:
    try:
        act(*args)
    except AfterwordError as error:
        say_error(error.sentence)
        sys.exit(EX_CONFIG if isinstance(error, Unusable) else 1)


def _prepare(site: Settings, address: str) -> None:
    from blog.cli import preparing

    preparing.prepare(site, address)


def _prepare_to_read(site: Settings, address: str) -> None:
    from blog.cli import preparing

    preparing.prepare_to_read(site, address)


def _release(site: Settings) -> None:
    from blog.cli import preparing

    preparing.release_lease(site)


def _publish(site: Settings) -> None:
    from blog.cli import preparing

    preparing.publish(site)


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Conflict(
                gettext(
                    "{host}:{port} cannot be used ({reason}). Choose another port with --port.",
                    host=host,
                    port=port,
                    reason=error.strerror,
                )
            ) from error


def _run(site: Settings, where: socket.socket | tuple[str, int], workers: int, reload: bool) -> None:
    """Serve at a host and a port, or on the socket that was passed on, until a signal ends it."""
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    listening = {} if isinstance(where, socket.socket) else {"address": where[0], "port": where[1]}
    server = _server_class(site, where if isinstance(where, socket.socket) else None)(
        "blog.app:from_environment",
        factory=True,
        **listening,
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
    server.main_loop_interrupt = ReentrantEvent()
    if "BLOG_READ_ONLY" not in os.environ:
        server.on_reload(partial(_run_in_child, _publish, site))
    _reset_sigterm_in_workers()
    server.serve()


def _server_class(site: Settings, passed: socket.socket | None) -> Any:
    from granian import net
    from granian.server import Server

    installed = _installed()

    class Serving(Server):  # type: ignore[misc,valid-type]  # granian names its class by the system
        def _init_shared_socket(self) -> None:
            """Listen on the socket that was passed on, if there is one."""
            if passed is None:
                super()._init_shared_socket()
                return
            self._sfd, self._sso = passed.fileno(), passed
            holder: Any = net  # whose types leave these out
            self._shd = holder.SocketHolder(passed.fileno(), passed_socket.is_unix(passed), self.backlog)

        def _reload(self, spawn_target: Any, target_loader: Any) -> None:
            """Replace the workers at SIGHUP, but not where new ones could not start."""
            try:
                settings.load(site.root)
                if _installed() != installed:
                    raise Unusable(OTHER_VERSION)
            except Unusable as error:
                log.error("The server goes on as before: %s", error)
                self.reload_signal = False
                self.main_loop_interrupt.clear()
                return
            super()._reload(spawn_target, target_loader)
            self.respawned_wrks.clear()  # a worker that was killed meanwhile does not count as crashed twice

    return Serving


ENGINE = Path(__file__).resolve().parent.parent


def _installed() -> tuple[int, int]:
    """Return what identifies the installed files: new workers must not mix replaced ones with what is in memory."""
    stat = (ENGINE / "__init__.py").stat()
    return stat.st_ino, stat.st_mtime_ns


def _engine_and_settings(site: Settings) -> Any:
    """Return a filter for watchfiles that passes the engine's files and the site's settings.

    Other files of the site, like posts, are published without a restart.
    """
    from watchfiles.filters import DefaultFilter

    settings, engine = str(site.root.resolve() / "blog.toml"), f"{ENGINE}{os.sep}"

    class EngineAndSettings(DefaultFilter):
        def __call__(self, change: Any, path: str) -> bool:
            return (path == settings or path.startswith(engine)) and super().__call__(change, path)

    return EngineAndSettings


class ReentrantEvent(threading.Event):
    """An event that a signal handler can set while the same thread is just about to wait for it.

    With the lock of Python's own event the thread would wait for itself, and the server would never stop.
    """

    def __init__(self) -> None:
        super().__init__()
        self._cond = threading.Condition(threading.RLock())


def _reset_sigterm_in_workers() -> None:
    """Give workers the default handler of SIGTERM until they set their own: the inherited one does nothing there."""
    if not hasattr(os, "register_at_fork"):
        return
    sigterm = {signal.SIGTERM}

    def reset() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, sigterm)

    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, sigterm),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, sigterm),
        after_in_child=reset,
    )
